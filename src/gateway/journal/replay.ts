import { startBudget } from '../../budget.ts'
import { OutcomeUnknownError, StoreUnavailableError } from '../../errors.ts'
import { Secret } from '../../secret.ts'
import type { Store, StoredEntry } from '../../store/store.ts'
import type { Connection } from '../connection.ts'
import { createPauses } from '../write/others.ts'
import { toEntry } from './entry.ts'
import type { Journaled } from './journaled.ts'
import type { Recordable } from './outcome.ts'
import { unpack, unpackError } from './record.ts'
import { toUnavailableError } from './unavailable.ts'

// The answer to a write from its entry.

/** The outcome of an earlier write, or of a new look at it; it is sent again only with the provider's own key. */
export async function replay<Result extends Recordable>(
  store: Store,
  entry: StoredEntry,
  { account }: Connection,
): Promise<Journaled<Result>> {
  const journalEntry = toEntry(entry, account, store)
  if (entry.state !== 'SUCCEEDED') {
    const error = entry.state === 'RUNNING' ? toUnrecorded() : unpackError(entry.error)
    error.journalEntry = journalEntry
    throw error
  }
  const { hadSecret, ...result } = unpack<Result & { readonly hadSecret?: boolean }>(entry.result)
  const text = journalEntry.secretUntil === null ? null : await store.openSecret(entry.id, 'signingSecret')
  return {
    // The rest of the result as it was.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    ...(result as unknown as Result),
    ...(hadSecret !== undefined && { signingSecret: text === null ? null : new Secret(text) }),
    ...(hadSecret === true && text === null && { secretState: 'GONE' }),
    journalEntry,
    replayed: true,
  }
}

/** What the process that took a write over has found out, once it has: that may take it a moment. */
export async function replayTaken<Result extends Recordable>(
  store: Store,
  taken: StoredEntry | null,
  connection: Connection,
  waitMs: number,
): Promise<Journaled<Result>> {
  const entry = await waitForLook(store, taken, waitMs)
  if (entry !== null && entry.state !== 'RUNNING' && (entry.state === 'SUCCEEDED' || entry.error !== null))
    return { ...(await replay<Result>(store, entry, connection).catch(toUnavailableError)), replayed: false }
  const error = toUnresolved()
  error.journalEntry = entry && toEntry(entry, connection.account, store)
  throw error
}

/** The entry, once no other process is at it, or as it is when the time is over. */
async function waitForLook(store: Store, taken: StoredEntry | null, waitMs: number): Promise<StoredEntry | null> {
  using patience = startBudget(waitMs)
  const pause = createPauses()
  let entry = taken
  while (entry?.isOwnedElsewhere === true && (await pause(patience.signal))) entry = await store.find(entry.id)
  return entry
}

function toUnrecorded(): StoreUnavailableError {
  return new StoreUnavailableError(
    'The outcome of the first write with this idempotency key could not be recorded in the journal yet. Nothing was sent by this one. Repeat it to get the outcome.',
  )
}

function toUnresolved(): OutcomeUnknownError {
  return new OutcomeUnknownError(
    'The write was interrupted for so long that another process took it over, which has not determined its outcome yet. Query its journal entry.',
    [],
  )
}
