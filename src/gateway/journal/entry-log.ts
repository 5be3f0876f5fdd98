import { randomBytes } from 'node:crypto'
import type { WebhookError } from '../../errors.ts'
import type { JournalEntry, JournaledOperation } from '../../journal.ts'
import { quietly } from '../../observe/quietly.ts'
import { KeyHeldError, StoreError, TurnTakenError } from '../../store/error.ts'
import type { Intent, Outcome, Secrets, Step, Store, StoredEntry } from '../../store/store.ts'
import type { Connection } from '../connection.ts'
import type { Asker, Beginning } from '../write/write.ts'
import { getLive, getUnsent, inTime, recordAllLate, recordOutcome, type Durability } from './commit.ts'
import { toEntry } from './entry.ts'
import { createOthers } from './others.ts'
import { type Recordable, toFailed, toSucceeded } from './outcome.ts'
import { createPermit } from './permit.ts'
import { pack } from './record.ts'
import { toUnavailable } from './unavailable.ts'

/** A write to be recorded. */
export interface Recorded {
  readonly operation: JournaledOperation
  readonly connection: Connection
  /** Null for a create. */
  readonly upstreamId: string | null
  /** The input that a repeated write must equal. */
  readonly input: unknown
  /** Whether a success sets the webhook's secret. */
  readonly setsSecret: boolean
}

export interface Key {
  /** Null without an idempotency key. */
  readonly keyHash: string | null
  /** Hash of the input. */
  readonly digest: string
}

interface EntryOptions extends Recorded, Key {
  readonly asker: Asker
  readonly secretRetentionMs: number
}

/** The entry of one write. Nothing is stored until it begins. */
export function openEntry(store: Store, { asker, secretRetentionMs, keyHash, digest, ...recorded }: EntryOptions) {
  const { operation, connection, upstreamId, setsSecret } = recorded
  let stored: StoredEntry | null = null
  let knownSecret: string | null = null

  async function begin({ facts = {}, secrets = {}, turns = [] }: Beginning): Promise<void> {
    if (stored !== null) throw new TypeError('A write begins once')
    const { account, provider, ledger } = connection
    const intent = {
      id: randomBytes(16).toString('hex'),
      operation,
      account: account.slug,
      provider: provider.name,
      upstream: ledger.account,
      webhook: upstreamId,
      caller: asker.caller ?? '',
      keyHash,
      before: pack(asker.before ?? null),
      facts: asker.part === undefined ? facts : { ...facts, part: asker.part.facts },
      startedMs: store.readClock(),
    }
    getLive(store).add(intent.id)
    try {
      await inTime(store.begin({ ...intent, secrets: { ...secrets, digest } }, turns))
    } catch (cause) {
      getLive(store).delete(intent.id)
      if (cause instanceof TurnTakenError || cause instanceof KeyHeldError) throw cause
      // A commit that is only late must not look like a write that was sent.
      getUnsent(store).set(intent.id, true)
      store.settle(intent.id, toFailed(toUnavailable(cause), store.readClock())).catch(() => {})
      throw toUnavailable(cause)
    }
    void recordAllLate(store)
    stored = toStored(intent)
    knownSecret = secrets['signingSecret'] ?? null
  }

  async function end(outcome: Outcome): Promise<Durability> {
    if (stored === null) return 'DURABLE'
    const { signingSecret: _, setsSecret: __, ...rest } = outcome
    const durability = await recordOutcome(store, stored.id, outcome)
    if (durability === 'DURABLE')
      stored = { ...stored, ...rest, webhook: rest.webhook ?? stored.webhook, previous: toPrevious(stored, rest.webhook) }
    else if (durability === 'TAKEN_OVER') stored = (await store.find(stored.id)) ?? stored
    return durability
  }

  return {
    begin,
    others: createOthers(store, connection, () => stored?.id ?? null),
    async note(step: Step, secrets?: Secrets): Promise<boolean> {
      if (stored === null) return true
      const { id } = stored
      try {
        await inTime(store.note(id, step, secrets))
        knownSecret = secrets?.['signingSecret'] ?? knownSecret
        return true
      } catch (error) {
        if (error instanceof StoreError) return false
        throw error
      }
    },
    permit: createPermit(store, () => stored?.id ?? null),
    /** Never rejects: the write was sent. */
    succeed: (result: Recordable) =>
      safely(() => end(toSucceeded(result, store.readClock(), setsSecret, secretRetentionMs)), 'LATE' as const),
    async fail(error: WebhookError): Promise<Durability> {
      const durability = await safely(
        () => end(toFailed(error, store.readClock(), knownSecret, secretRetentionMs)),
        'LATE' as const,
      )
      error.journalEntry = await show()
      return durability
    },
    /** The entry as far as it is known here; as it is stored once it was taken over. */
    read: (): StoredEntry | null => stored,
    show,
  }

  function show(): Promise<JournalEntry | null> {
    return safely(() => Promise.resolve(stored === null ? null : toEntry(stored, connection.account, store)), null)
  }
}

/** Whatever fails here must not replace the answer to a write that was sent. */
async function safely<Result>(run: () => Promise<Result>, otherwise: Result): Promise<Result> {
  try {
    return await run()
  } catch (error) {
    quietly('The journal', () => {
      throw error
    })
    return otherwise
  }
}

function toStored(intent: Omit<Intent, 'secrets'>): StoredEntry {
  return {
    ...intent,
    position: 0,
    state: 'RUNNING',
    previous: null,
    steps: [],
    after: null,
    result: null,
    error: null,
    candidates: null,
    recovered: false,
    secretUntilMs: null,
    holdsKey: intent.keyHash !== null,
    abandonedMs: null,
    settledMs: null,
    isOwnedElsewhere: false,
  }
}

function toPrevious({ webhook, previous }: StoredEntry, now: string | null): string | null {
  return now !== null && webhook !== null && now !== webhook ? webhook : previous
}
