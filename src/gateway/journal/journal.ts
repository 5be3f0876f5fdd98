import { startBudget } from '../../budget.ts'
import { OutcomeUnknownError, StoreUnavailableError, WebhookError } from '../../errors.ts'
import { KeyHeldError } from '../../store/error.ts'
import type { Store, StoredEntry } from '../../store/store.ts'
import type { Connection } from '../connection.ts'
import { toMember } from '../members.ts'
import type { Asker, EntryLog } from '../write/write.ts'
import { inTime } from './commit.ts'
import { type Key, openEntry, type Recorded } from './entry-log.ts'
import { findHeld, holdAlone, toDigest, toKeyHash } from './held.ts'
import type { Journaled } from './journaled.ts'
import type { Recordable } from './outcome.ts'
import { replay, replayTaken } from './replay.ts'
import { toJournalWarnings, toUnavailableError } from './unavailable.ts'

// The order is always the same: intent durable, requests, outcome durable, response.

export interface JournalOptions {
  readonly openStore: () => Promise<Store>
  /** How long a signing secret that was handed out is kept; 0 for not at all. */
  readonly secretRetentionMs: number
  /** Determines the outcome of an open entry, as far as that is possible, and returns the entry as it is then. */
  look(entry: StoredEntry): Promise<StoredEntry>
}

export function createJournal({ openStore, secretRetentionMs, look }: JournalOptions) {
  /** Runs a write once per idempotency key, and records it. A repeated one waits for the first at most this long. */
  async function run<Result extends Recordable>(
    recorded: Recorded,
    asker: Asker,
    waitMs: number,
    carryOut: (entry: EntryLog) => Promise<Result>,
  ): Promise<Journaled<Result>> {
    const { idempotencyKey } = asker
    const store = await openStore()
    const digest = toDigest(recorded.operation, recorded.input) + (asker.part?.digest ?? '')
    if (idempotencyKey === undefined) return recordOnce(store, recorded, asker, { keyHash: null, digest }, waitMs, carryOut)
    const keyHash = toKeyHash(asker, idempotencyKey)
    using patience = startBudget(waitMs, asker.signal)
    for (;;) {
      const first = await holdAlone(store, keyHash, digest, patience, async () => {
        const held = await findHeld(store, keyHash, digest, patience)
        if (held !== null) return { held }
        const done = await recordOnce(store, recorded, asker, { keyHash, digest }, waitMs, carryOut).catch(
          async (error: unknown) => {
            if (await isOvertaken(store, keyHash, error)) return null
            throw error
          },
        )
        return { done }
      })
      if ('held' in first) {
        // Nothing new is sent from here on, so that all who repeat it share one look.
        const recalled = await recall<Result>(first.held, recorded.connection)
        if (recalled !== null) return recalled
      } else if (first.done !== null) return first.done
      // Another process was faster: what it finds out is the outcome.
    }
  }

  /** The outcome of an entry as far as it can be known now; null if another process is at it. */
  async function recall<Result extends Recordable>(held: StoredEntry, connection: Connection): Promise<Journaled<Result> | null> {
    const entry = held.state === 'SUCCEEDED' ? held : await look(held).catch(toUnavailableError)
    if (entry.isOwnedElsewhere) return null
    return replay<Result>(await openStore(), entry, connection).catch(toUnavailableError)
  }

  async function recordOnce<Result extends Recordable>(
    store: Store,
    recorded: Recorded,
    asker: Asker,
    key: Key,
    waitMs: number,
    carryOut: (entry: EntryLog) => Promise<Result>,
  ): Promise<Journaled<Result>> {
    const { operation, connection } = recorded
    const entry = openEntry(store, { ...recorded, ...key, asker, secretRetentionMs })
    let result: Result
    try {
      result = await carryOut(entry)
    } catch (cause) {
      if (!(cause instanceof WebhookError)) {
        await entry.fail(toBug())
        throw cause
      }
      const error = toMember(cause, operation)
      if ((await entry.fail(error)) === 'TAKEN_OVER') return replayTaken<Result>(store, entry.read(), connection, waitMs)
      throw error
    }
    const durability = await entry.succeed(result)
    const own = { ...result, journalEntry: await entry.show(), replayed: false }
    switch (durability) {
      case 'DURABLE':
        return own
      case 'LATE':
        return { ...own, warnings: [...result.warnings, ...toJournalWarnings(durability)] }
      case 'TAKEN_OVER': {
        const taken = await replayTaken<Result>(store, entry.read(), connection, waitMs).catch(() => null)
        // A secret that only this process knows is not lost, though the other may have replaced it.
        const isLost = result.signingSecret != null && taken?.signingSecret == null
        return taken === null || isLost ? { ...own, warnings: [...result.warnings, ...toJournalWarnings(durability)] } : taken
      }
    }
  }

  return { run, recall }
}

/** Whether an entry of another process holds the key of a write that could not begin: what it met was that other one's doing. */
async function isOvertaken(store: Store, keyHash: string, error: unknown): Promise<boolean> {
  if (error instanceof KeyHeldError) return true
  const isUnbegun = error instanceof WebhookError && error.journalEntry === null && !(error instanceof StoreUnavailableError)
  if (!store.isShared || !isUnbegun) return false
  return (await inTime(store.findByKey(keyHash)).catch(() => null)) !== null
}

function toBug(): OutcomeUnknownError {
  return new OutcomeUnknownError('Unexpected gateway error. The write may have been carried out.', [])
}
