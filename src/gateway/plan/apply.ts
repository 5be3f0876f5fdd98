import { startBudget } from '../../budget.ts'
import { type InputIssue, InvalidInputError } from '../../errors.ts'
import { isEffective } from '../../plan/fingerprint.ts'
import type { Provider } from '../../provider/provider.ts'
import type { Connection } from '../connection.ts'
import { inspectKey } from '../journal/key.ts'
import type { Listing } from '../listing.ts'
import { type Applier, createCarrier, type Writes } from './carry.ts'
import {
  type Checked,
  findUndone,
  type Recalled,
  recallEarlier,
  type RecallOptions,
  toChecked,
  toOutcomes,
  toRests,
} from './earlier.ts'
import { PlanOutdatedError, PlanUnsafeError } from './errors.ts'
import type { ApplyFields, AskedPlan, PlanReader } from './input.ts'
import { createWaiting, runAlone, runLanes } from './lanes.ts'
import { type PlannedOutcome, untouched } from './outcome.ts'
import { makePlan } from './plan.ts'
import type { PlannedChange, WebhookPlan } from './planned.ts'

/** Maximum changes of one call. */
export const mostChanges = 25

export interface Applied {
  readonly outcomes: readonly PlannedOutcome[]
  /** What is left to do. */
  readonly remaining: WebhookPlan
}

export interface ApplyOptions extends RecallOptions {
  readonly readPlan: PlanReader
  /** For a list, and for the wait for another plan. */
  readonly timeoutMs: number
  readonly writes: Writes
}

/** Applies a plan: makes it anew, and carries out what it may. */
export function createApply(options: ApplyOptions) {
  const { readPlan, timeoutMs, writes } = options

  async function list(connection: Connection) {
    using budget = startBudget(timeoutMs)
    return await connection.within(budget).list()
  }

  function listOf({ connections }: AskedPlan): (slug: string) => Promise<Listing> {
    return (slug) => list(requireConnection(connections, slug))
  }

  return async (given: ApplyFields, idempotencyKey: string | undefined, applier: Applier): Promise<Applied> => {
    const asked = readPlan('APPLY', given, inspectKey(idempotencyKey))
    return runAlone(asked.connections, timeoutMs, applier.signal, async () => {
      const earlier = await recallEarlier(options, applier.caller, idempotencyKey)
      const plan = await makePlan(asked, list)
      const { fingerprint } = given
      if (earlier.length === 0 && plan.fingerprint !== fingerprint) throw new PlanOutdatedError(plan)
      // A repeat names what is done too.
      if (earlier.length === 0) requireKnown(plan, given)
      const checked = toChecked(plan, fingerprint, earlier)
      const chosen = choose(plan, given, earlier, checked)
      if (chosen.changes.length > 0) requireUsual(plan, given)
      const carrier = createCarrier({
        writes,
        applier,
        idempotencyKey,
        fingerprint,
        checked,
        earlier,
        listings: plan.sources,
        list: listOf(asked),
      })
      const outcomes = await carryOut(carrier, applier, asked, chosen)
      return { outcomes, remaining: await makePlan(asked, list) }
    })
  }
}

/** Throws if the plan changes unusually much. */
function requireUsual(plan: WebhookPlan, { force }: ApplyFields): void {
  // Whatever is chosen: piece by piece, anything would pass.
  if (force === true || plan.refusals.length === 0) return
  throw new PlanUnsafeError(
    plan,
    plan.refusals.map(({ message }) => message),
  )
}

/** Throws if changes are chosen that the plan does not have. Those of an account that cannot be read are not known. */
function requireKnown({ changes, isComplete }: WebhookPlan, { only }: ApplyFields): void {
  const ids = new Set(changes.map(({ id }) => id))
  const issues = (only ?? []).flatMap((id, index): readonly InputIssue[] => {
    const path = ['input', 'only', String(index)]
    return ids.has(id) ? [] : [{ path, code: 'INVALID', message: unknownChange }]
  })
  if (isComplete && issues.length > 0) throw new InvalidInputError(issues)
}

const unknownChange = 'The plan has no change with this ID. Use an ID of its `changes`.'

interface Chosen {
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

function choose(plan: WebhookPlan, { fingerprint, only }: ApplyFields, earlier: readonly Recalled[], checked: Checked): Chosen {
  const rests = plan.isComplete ? toRests(earlier, plan) : []
  const openIds = new Set([...rests.map(({ change }) => change.id), ...findUndone(earlier, plan)])
  const told = toOutcomes(earlier.filter((each) => each.fingerprint === fingerprint && !openIds.has(each.change.id)))
  const toldIds = new Set(told.map(({ change }) => change.id))
  const isChosen = ({ id }: PlannedChange) => !toldIds.has(id) && (only == null || only.includes(id))
  const changes = plan.changes
    .filter((change) => isEffective(change) && isChosen(change) && checked.has(change))
    .toSorted((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind))
    .slice(0, Math.max(0, mostChanges - rests.length))
  return { plan, told, rests, changes }
}

function requireConnection(connections: readonly Connection[], slug: string): Connection {
  const connection = connections.find(({ account }) => account.slug === slug)
  if (connection === undefined) throw new TypeError('A change belongs to an account of its plan')
  return connection
}

type Carrier = ReturnType<typeof createCarrier>

async function carryOut(
  { carry, finish }: Carrier,
  applier: Applier,
  { connections, desired }: AskedPlan,
  { plan, told, rests, changes }: Chosen,
): Promise<readonly PlannedOutcome[]> {
  const run = (of: readonly PlannedChange[], step: (provider: Provider, change: PlannedChange) => Promise<PlannedOutcome>) =>
    runLanes(of, applier, (change) => {
      return step(requireConnection(connections, change.account.slug).provider, change)
    })
  const begun = new Map<PlannedChange, (typeof rests)[number]>(rests.map((rest) => [rest.change, rest]))
  const finished = await run([...begun.keys()], (provider, change) => {
    const { created = null, settings = null } = begun.get(change) ?? {}
    return finish(provider, change, created, settings)
  })
  const made = await run(
    changes.filter(({ kind }) => kind !== 'DELETE'),
    carry,
  )
  const waits = createWaiting(desired, plan, [...told, ...finished, ...made])
  const deleted = await run(
    changes.filter(({ kind }) => kind === 'DELETE'),
    (provider, change) => (waits(change) ? Promise.resolve({ ...untouched, change, skipped: waiting }) : carry(provider, change)),
  )
  return [...told, ...finished, ...made, ...deleted]
}

const waiting =
  'Nothing was deleted, because a desired webhook with the same name or URL does not exist yet. See its outcome or problem.'
