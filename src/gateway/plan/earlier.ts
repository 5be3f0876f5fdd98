import { OutcomeUnknownError, WebhookError } from '../../errors.ts'
import { isEffective, toDigest } from '../../plan/fingerprint.ts'
import type { Store, StoredEntry } from '../../store/store.ts'
import type { Connection } from '../connection.ts'
import { inTime } from '../journal/commit.ts'
import { toKeyStart, toRunning } from '../journal/held.ts'
import type { Journaled } from '../journal/journaled.ts'
import { pack, unpack } from '../journal/record.ts'
import { toUnavailableError } from '../journal/unavailable.ts'
import type { CreateResult } from '../operations.ts'
import { isRecord } from '../unchecked.ts'
import type { Part } from '../write/write.ts'
import type { DeleteResult } from '../writes.ts'
import { type Answered, type PlannedOutcome, toAnswer, toWithdrawn, untouched } from './outcome.ts'
import type { PlannedChange, WebhookPlan } from './planned.ts'
import { hashSettings } from './settings.ts'

// What has become of the changes that were carried out under the same key before.

/** One of the writes that carry a change out. WITHDRAW deletes the new webhook of a replacement. */
export type Step = 'CREATE' | 'UPDATE' | 'DELETE' | 'WITHDRAW'

/** A change as its entries keep it. */
type KeptChange = Omit<PlannedChange, 'account' | 'webhook' | 'desired'>

interface Facts {
  /** Of the plan that was applied. */
  readonly fingerprint: string
  readonly step: Step
  readonly change: KeptChange
  /** Global ID of the webhook that is updated, replaced or deleted. */
  readonly webhookId: string | null
  /** Hash of what that webhook was set to; null if that does not matter. */
  readonly settings: string | null
  /** Digests of the changes that were checked and that no other entry has. */
  readonly checked?: readonly string[]
}

/** A write of an earlier call with the same key. */
interface Earlier extends Facts {
  readonly entry: StoredEntry
  readonly connection: Connection
}

/** Same, with its outcome. */
export interface Recalled extends Earlier {
  readonly result: Answered<CreateResult & DeleteResult>
}

/** What tells a write from the others of the same plan. */
export function toPart(
  known: Pick<Facts, 'fingerprint' | 'checked' | 'settings'>,
  planned: PlannedChange,
  step: Step,
  earlier: readonly Recalled[],
): Part {
  const { account: _, webhook, desired: __, ...change } = planned
  const facts: Facts = { ...known, step, change, webhookId: webhook?.id ?? null }
  const tries = earlier.filter((each) => each.change.id === planned.id && each.step === step && isDoubtfulRemoval(each)).length
  return { key: JSON.stringify([planned.id, toDigest(planned), step, ...(tries > 0 ? [tries] : [])]), facts: pack(facts) }
}

/** Whether nobody knows if a webhook is deleted: if it is still there, it can be deleted again without doing anything twice. */
function isDoubtfulRemoval({ step, result }: Recalled): boolean {
  return (step === 'DELETE' || step === 'WITHDRAW') && result instanceof OutcomeUnknownError
}

/** IDs of the planned deletions that were begun, and whose webhooks are still there as they were. */
export function findUndone(earlier: readonly Recalled[], { changes }: WebhookPlan): ReadonlySet<string> {
  const planned = new Map(changes.map((change) => [change.id, change]))
  const undone = earlier.filter((each) => {
    const { webhook } = planned.get(each.change.id) ?? { webhook: null }
    const isDeletion = each.change.kind === 'DELETE' && webhook !== null
    return isDeletion && isDoubtfulRemoval(each) && hashSettings(each.connection.provider, webhook) === each.settings
  })
  return new Set(undone.map(({ change }) => change.id))
}

/** The earlier writes with a key that hold their outcome, oldest first. */
async function readEarlier(
  store: Store,
  find: (slug: string) => Connection | undefined,
  caller: string,
  idempotencyKey: string,
): Promise<readonly Earlier[]> {
  const entries = await inTime(store.listByKey(toKeyStart(caller, idempotencyKey))).catch(toUnavailableError)
  return entries.flatMap((entry) => {
    const connection = find(entry.account)
    const facts = isRecord(entry.facts) ? entry.facts['part'] : undefined
    if (connection?.ledger.account !== entry.upstream || facts === undefined || facts === null) return []
    return [{ ...unpack<Facts>(facts), entry, connection }]
  })
}

type Recall = (entry: StoredEntry, connection: Connection) => Promise<Journaled<CreateResult & DeleteResult> | null>

export interface RecallOptions {
  readonly openStore: () => Promise<Store>
  readonly find: (slug: string) => Connection | undefined
  readonly recall: Recall
}

/** What earlier calls with the same key have begun, oldest first. What was interrupted is settled by the way. */
export async function recallEarlier(
  { openStore, find, recall }: RecallOptions,
  caller: string,
  idempotencyKey: string | undefined,
): Promise<readonly Recalled[]> {
  if (idempotencyKey === undefined) return []
  const recalled: Recalled[] = []
  for (const each of await readEarlier(await openStore(), find, caller, idempotencyKey)) {
    const result = await recall(each.entry, each.connection).catch(toAnswer)
    if (result === null) throw toRunning()
    recalled.push({ ...each, result })
  }
  return recalled
}

/** The changes that were checked under a key: nothing else is carried out under it. */
export interface Checked {
  has(change: PlannedChange): boolean
  /** Digests that no lasting entry has. */
  readonly unkept: readonly string[]
}

/** A plan that is as it was checked adds its changes to those of earlier calls. */
export function toChecked(plan: WebhookPlan, fingerprint: string, earlier: readonly Recalled[]): Checked {
  const own = plan.fingerprint === fingerprint ? plan.changes.filter(isEffective).map(toShortDigest) : []
  const read = (from: readonly Recalled[]) => from.flatMap(({ checked = [] }) => checked)
  const all = new Set([...own, ...read(earlier)])
  const kept = new Set(read(earlier.filter(isLasting)))
  return { has: (change) => all.has(toShortDigest(change)), unkept: [...all].filter((digest) => !kept.has(digest)) }
}

/** Whether its entry still holds the key: a write that has changed nothing lets go of it. */
function isLasting({ result }: Recalled): boolean {
  return !(result instanceof WebhookError) || result instanceof OutcomeUnknownError
}

/** Enough that nobody finds another change with the same one. */
const digestLength = 22

function toShortDigest(change: PlannedChange): string {
  return toDigest(change).slice(0, digestLength)
}

/** What is left of the replacements whose new webhook exists, as long as the old one does too. */
export function toRests(earlier: readonly Recalled[], { sources }: WebhookPlan) {
  const withdrawn = new Set(earlier.filter(isWithdrawn).map(({ change }) => change.id))
  const webhooks = new Map(sources.flatMap((source) => source.webhooks.map((webhook) => [webhook.id, webhook] as const)))
  return earlier.flatMap(({ change, step, result, settings, webhookId, connection: { account } }) => {
    const webhook = webhooks.get(webhookId ?? '')
    const isHalf = change.kind === 'REPLACE' && step === 'CREATE' && !(result instanceof WebhookError)
    if (!isHalf || webhook === undefined || withdrawn.has(change.id)) return []
    return [{ change: { ...change, account, webhook, desired: null }, created: result, settings }]
  })
}

function isWithdrawn({ step, result }: Recalled): boolean {
  return step === 'WITHDRAW' && !(result instanceof WebhookError)
}

const members = { CREATE: 'create', UPDATE: 'update', DELETE: 'delete', WITHDRAW: 'delete' } as const

/** The outcomes of earlier writes, by change. */
export function toOutcomes(recalled: readonly Recalled[]): readonly PlannedOutcome[] {
  const outcomes = new Map<string, PlannedOutcome>()
  for (const each of recalled) {
    const { change, step, result, connection } = each
    const own = { ...change, account: connection.account, webhook: null, desired: null }
    const known = outcomes.get(change.id) ?? { ...untouched, change: own }
    outcomes.set(change.id, { ...known, ...(isWithdrawn(each) ? { create: toWithdrawn(null) } : { [members[step]]: result }) })
  }
  return [...outcomes.values()]
}
