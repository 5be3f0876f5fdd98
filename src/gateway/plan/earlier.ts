import { OutcomeUnknownError } from '../../errors.ts'
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
import { type Answered, toAnswer } from './outcome.ts'
import type { PlannedChange } from './planned.ts'
import { requireSameInput } from './same.ts'

// The writes that earlier calls with the same key have begun.

/** One of the writes that carry a change out. WITHDRAW deletes the new webhook of a replacement. */
export type Step = 'CREATE' | 'UPDATE' | 'DELETE' | 'WITHDRAW'

/** A change as its entries keep it. */
type KeptChange = Omit<PlannedChange, 'account' | 'webhook' | 'desired' | 'begun'>

/** What an entry keeps of the plan that it is a part of. */
export interface Facts {
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
  digest: string,
): Part {
  const { account: _, webhook, desired: __, begun: ___, ...change } = planned
  const facts: Facts = { ...known, step, change, webhookId: webhook?.id ?? null }
  const tries = earlier.filter((each) => each.change.id === planned.id && each.step === step && isDoubtfulRemoval(each)).length
  return { key: JSON.stringify([planned.id, step, ...(tries > 0 ? [tries] : [])]), facts: pack(facts), digest }
}

/** Whether nobody knows if a webhook is deleted: if it is still there, it can be deleted again without doing anything twice. */
export function isDoubtfulRemoval({ step, result }: Recalled): boolean {
  return (step === 'DELETE' || step === 'WITHDRAW') && result instanceof OutcomeUnknownError
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
  digest: string,
): Promise<readonly Recalled[]> {
  if (idempotencyKey === undefined) return []
  const store = await openStore()
  const earlier = await readEarlier(store, find, caller, idempotencyKey)
  await requireSameInput(store, earlier, digest)
  const recalled: Recalled[] = []
  for (const each of earlier) {
    const result = await recall(each.entry, each.connection).catch(toAnswer)
    if (result === null) throw toRunning()
    recalled.push({ ...each, result })
  }
  return recalled
}
