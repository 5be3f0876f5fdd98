import { OutcomeUnknownError, WebhookError } from '../../errors.ts'
import { digestLength } from '../../plan/change.ts'
import { isEffective } from '../../plan/fingerprint.ts'
import type { Recalled } from './earlier.ts'
import type { PlannedChange, WebhookPlan } from './planned.ts'

/** The changes that were checked under a key: nothing else is carried out under it. */
export interface Checked {
  has(change: PlannedChange): boolean
  /** Digests that no lasting entry has. */
  readonly unkept: readonly string[]
}

/** A plan that is as it was checked adds its changes to those of earlier calls. */
export function toChecked(plan: WebhookPlan, fingerprint: string, earlier: readonly Recalled[]): Checked {
  const own = plan.fingerprint === fingerprint ? plan.changes.filter(isEffective).map(toDigest) : []
  const all = new Set([...own, ...listChecked(earlier)])
  const kept = new Set(listChecked(earlier.filter(isLasting)))
  return { has: (change) => all.has(toDigest(change)), unkept: [...all].filter((digest) => !kept.has(digest)) }
}

function listChecked(earlier: readonly Recalled[]): readonly string[] {
  return earlier.flatMap(({ checked = [] }) => checked)
}

/** Whether its entry still holds the key: a write that has changed nothing lets go of it. */
function isLasting({ result }: Recalled): boolean {
  return !(result instanceof WebhookError) || result instanceof OutcomeUnknownError
}

/** What an ID ends in: a plan can have many. */
function toDigest({ id }: PlannedChange): string {
  return id.slice(-digestLength)
}
