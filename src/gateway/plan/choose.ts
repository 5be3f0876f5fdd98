import { type InputIssue, InvalidInputError } from '../../errors.ts'
import { isEffective } from '../../plan/fingerprint.ts'
import type { Checked } from './checked.ts'
import type { Recalled } from './earlier.ts'
import { PlanUnsafeError } from './errors.ts'
import type { ApplyFields } from './input.ts'
import type { PlannedOutcome } from './outcome.ts'
import type { PlannedChange, WebhookPlan } from './planned.ts'
import { findUndone, toOutcomes, toRests } from './resume.ts'

// What one call does of a plan.

/** Maximum changes of one call. */
export const mostChanges = 25

/** Throws if the plan changes unusually much. */
export function requireUsual(plan: WebhookPlan, { force }: ApplyFields): void {
  // Whatever is chosen: piece by piece, anything would pass.
  if (force === true || plan.refusals.length === 0) return
  throw new PlanUnsafeError(
    plan,
    plan.refusals.map(({ message }) => message),
  )
}

/** Throws if changes are chosen that the plan does not have. Those of an account that cannot be read are not known. */
export function requireKnown({ changes, isComplete }: WebhookPlan, { only }: ApplyFields): void {
  const ids = new Set(changes.map(({ id }) => id))
  const issues = (only ?? []).flatMap((id, index): readonly InputIssue[] => {
    const path = ['input', 'only', String(index)]
    return ids.has(id) ? [] : [{ path, code: 'INVALID', message: unknownChange }]
  })
  if (isComplete && issues.length > 0) throw new InvalidInputError(issues)
}

const unknownChange = 'The plan has no change with this ID. Use an ID of its `changes`.'

export interface Chosen {
  readonly plan: WebhookPlan
  /** Outcomes of a call that is repeated. */
  readonly told: readonly PlannedOutcome[]
  /** Replacements of earlier calls to be finished. */
  readonly rests: ReturnType<typeof toRests>
  /** In the order in which they are carried out. */
  readonly changes: readonly PlannedChange[]
}

/** Creates come before deletes, so that there are never fewer webhooks than before. */
const order = ['CREATE', 'UPDATE', 'REPLACE', 'DELETE']

export function choose(
  plan: WebhookPlan,
  { fingerprint, only }: ApplyFields,
  earlier: readonly Recalled[],
  checked: Checked,
): Chosen {
  const rests = plan.isComplete ? toRests(earlier, plan) : []
  const restIds = new Set(rests.map(({ change }) => change.id))
  const openIds = restIds.union(findUndone(earlier, plan))
  const told = toOutcomes(earlier.filter((each) => each.fingerprint === fingerprint && !openIds.has(each.change.id)))
  const toldIds = new Set(told.map(({ change }) => change.id))
  const isChosen = ({ id }: PlannedChange) => !toldIds.has(id) && !restIds.has(id) && (only == null || only.includes(id))
  const changes = plan.changes
    .filter((change) => isEffective(change) && isChosen(change) && checked.has(change))
    .toSorted((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind))
    .slice(0, Math.max(0, mostChanges - rests.length))
  return { plan, told, rests, changes }
}
