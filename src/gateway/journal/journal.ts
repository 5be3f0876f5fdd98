import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  InvalidInputError,
  OutcomeUnknownError,
  StoreUnavailableError,
  UpstreamUnavailableError,
  WebhookError,
} from '../../errors.ts'
import type { JournaledOperation } from '../../journal.ts'
import { Secret } from '../../secret.ts'
import type { Store, StoredEntry } from '../../store/store.ts'
import type { Connection } from '../connection.ts'
import { toMember } from '../members.ts'
import type { Asker, EntryLog } from '../write/write.ts'
import { inTime, perStore, recordLate } from './commit.ts'
import { toEntry } from './entry.ts'
import { journalIncomplete, type Key, openEntry, type Recorded, toUnavailable, toUnavailableError } from './entry-log.ts'
import type { Journaled } from './journaled.ts'
import type { Recordable } from './outcome.ts'
import { unpack, unpackError } from './record.ts'

// The order is always the same: intent durable, requests, outcome durable, response.

export interface JournalOptions {
  readonly openStore: () => Promise<Store>
  /** How long a signing secret that was handed out is kept; 0 for not at all. */
  readonly secretRetentionMs: number
  /** Determines the outcome of an open entry, as far as that is possible, and returns the entry as it is then. */
  look(entry: StoredEntry): Promise<StoredEntry>
}

/** The keyed writes in progress, by the hash of the key. */
const getUnderWay = perStore(() => new Map<string, { readonly digest: string; readonly done: Promise<void> }>())

export function createJournal({ openStore, secretRetentionMs, look }: JournalOptions) {
  /** Runs a write once per idempotency key, and records it. A repeated one waits for the first at most this long. */
  async function run<Result extends Recordable>(
    recorded: Recorded,
    asker: Asker,
    waitMs: number,
    carryOut: (entry: EntryLog) => Promise<Result>,
  ): Promise<Journaled<Result>> {
    const { caller = '', idempotencyKey } = asker
    const store = await openStore()
    const digest = toDigest(recorded.operation, recorded.input)
    if (idempotencyKey === undefined) return recordOnce(store, recorded, asker, { keyHash: null, digest }, carryOut)
    const keyHash = createHash('sha256')
      .update(JSON.stringify([caller, idempotencyKey]))
      .digest('hex')
    const underWay = getUnderWay(store)
    const deadlineMs = performance.now() + waitMs
    for (let first = underWay.get(keyHash); first !== undefined; first = underWay.get(keyHash)) {
      if (first.digest !== digest) throw toOtherInput()
      await waitFor(first.done, deadlineMs - performance.now(), asker.signal)
    }
    const { promise: done, resolve } = Promise.withResolvers<void>()
    underWay.set(keyHash, { digest, done })
    let held: StoredEntry | null
    try {
      held = await findHeld(store, keyHash, digest)
      if (held === null) return await recordOnce(store, recorded, asker, { keyHash, digest }, carryOut)
    } finally {
      underWay.delete(keyHash)
      resolve()
    }
    // Nothing new is sent from here on, so that all who repeat it share one look.
    return replay<Result>(store, held, recorded.connection).catch(toUnavailableError)
  }

  /** The outcome of an earlier write, or of a new look at it; it is sent again only with the provider's own key. */
  async function replay<Result extends Recordable>(
    store: Store,
    held: StoredEntry,
    { account }: Connection,
  ): Promise<Journaled<Result>> {
    const entry = held.state === 'SUCCEEDED' ? held : await look(held)
    const journalEntry = toEntry(entry, account)
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

  async function recordOnce<Result extends Recordable>(
    store: Store,
    recorded: Recorded,
    asker: Asker,
    key: Key,
    carryOut: (entry: EntryLog) => Promise<Result>,
  ): Promise<Journaled<Result>> {
    const { operation } = recorded
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
      await entry.fail(error)
      throw error
    }
    const isRecorded = await entry.succeed(result)
    const warnings = isRecorded ? result.warnings : [...result.warnings, journalIncomplete]
    return { ...result, warnings, journalEntry: await entry.show(), replayed: false }
  }

  return { run }
}

/** The entry that holds a key. Throws if it is for another input. */
async function findHeld(store: Store, keyHash: string, digest: string): Promise<StoredEntry | null> {
  try {
    let held = await inTime(store.findByKey(keyHash))
    // A failure that changed nothing frees the key.
    if (held !== null && (await recordLate(store, held.id))) held = await inTime(store.findByKey(keyHash))
    if (held === null || (await inTime(store.openSecret(held.id, 'digest'))) === digest) return held
  } catch (cause) {
    throw toUnavailable(cause)
  }
  throw toOtherInput()
}

function toUnrecorded(): StoreUnavailableError {
  return new StoreUnavailableError(
    'The outcome of the first write with this idempotency key could not be recorded in the journal yet. Nothing was sent by this one. Repeat it to get the outcome.',
  )
}

function toBug(): OutcomeUnknownError {
  return new OutcomeUnknownError('Unexpected gateway error. The write may have been carried out.', [])
}

function toOtherInput(): InvalidInputError {
  const message = 'This key was used for a different input. Use a new key for each write, and repeat a write with the same input.'
  return new InvalidInputError([{ path: ['input', 'idempotencyKey'], code: 'INVALID', message }])
}

async function waitFor(done: Promise<void>, waitMs: number, signal: AbortSignal | undefined): Promise<void> {
  const leaving = new AbortController()
  try {
    const ended = await Promise.race([
      done.then(() => true),
      sleep(Math.max(0, waitMs), false, {
        signal: signal === undefined ? leaving.signal : AbortSignal.any([signal, leaving.signal]),
      }).catch(() => false),
    ])
    if (ended) return
  } finally {
    leaving.abort()
  }
  throw new UpstreamUnavailableError(
    'An earlier write with this idempotency key is still running. Nothing was sent by this one. Repeat it to get the outcome.',
    'TIMEOUT',
  )
}

/** Equal for equal inputs: the order of fields and omitted ones do not matter. It is kept sealed, because inputs contain secrets. */
function toDigest(operation: JournaledOperation, input: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify([operation, toCanonical(input)]))
    .digest('hex')
}

function toCanonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toCanonical)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([, each]) => each != null)
  return entries.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, each]) => [name, toCanonical(each)])
}
