import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Budget } from '../../budget.ts'
import { InvalidInputError, UpstreamUnavailableError } from '../../errors.ts'
import type { JournaledOperation } from '../../journal.ts'
import type { Store, StoredEntry } from '../../store/store.ts'
import type { Asker } from '../write/write.ts'
import { createPauses } from '../write/others.ts'
import { inTime, perStore, recordLate } from './commit.ts'
import { toUnavailable } from './unavailable.ts'

// Who holds an idempotency key: a write in progress in this process, or an entry.

/** The keyed writes in progress, by the hash of the key. */
const getUnderWay = perStore(() => new Map<string, { readonly digest: string; readonly done: Promise<void> }>())

/** Runs alone among the writes of this process with the same key. Waits for another one only if that has the same input. */
export async function holdAlone<Result>(
  store: Store,
  keyHash: string,
  digest: string,
  patience: Budget,
  run: () => Promise<Result>,
): Promise<Result> {
  const underWay = getUnderWay(store)
  for (let first = underWay.get(keyHash); first !== undefined; first = underWay.get(keyHash)) {
    if (first.digest !== digest) throw toOtherInput()
    await waitFor(first.done, patience)
  }
  const { promise: done, resolve } = Promise.withResolvers<void>()
  underWay.set(keyHash, { digest, done })
  try {
    return await run()
  } finally {
    underWay.delete(keyHash)
    resolve()
  }
}

/** The entry that holds a key, once no other process is at it. Throws if it is for another input. */
export async function findHeld(store: Store, keyHash: string, digest: string, patience: Budget): Promise<StoredEntry | null> {
  const pause = createPauses()
  for (;;) {
    const held = await readHeld(store, keyHash, digest)
    if (held?.isOwnedElsewhere !== true) return held
    if (!(await pause(patience.signal))) throw toRunning()
  }
}

async function readHeld(store: Store, keyHash: string, digest: string): Promise<StoredEntry | null> {
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

export function toOtherInput(): InvalidInputError {
  const message = 'This key was used for a different input. Use a new key for each write, and repeat a write with the same input.'
  return new InvalidInputError([{ path: ['input', 'idempotencyKey'], code: 'INVALID', message }])
}

async function waitFor(done: Promise<void>, { signal, remainingMs }: Budget): Promise<void> {
  const leaving = new AbortController()
  try {
    const left = sleep(Math.max(0, remainingMs), false, { signal: AbortSignal.any([signal, leaving.signal]) }).catch(() => false)
    if (await Promise.race([done.then(() => true), left])) return
  } finally {
    leaving.abort()
  }
  throw toRunning()
}

export function toRunning(): UpstreamUnavailableError {
  return new UpstreamUnavailableError(
    'An earlier write with this idempotency key is still running. Nothing was sent by this one. Repeat it to get the outcome.',
    'TIMEOUT',
  )
}

export function toKeyHash({ caller = '', part }: Asker, idempotencyKey: string): string {
  const own = hash([caller, idempotencyKey])
  return part === undefined ? own : `${toKeyStart(caller, idempotencyKey)}${hash(part.key).slice(keyStartLength)}`
}

const keyStartLength = 32

/** Start of the hashes of all writes that are parts of one with this key. */
export function toKeyStart(caller: string, idempotencyKey: string): string {
  return hash(['PARTS', caller, idempotencyKey]).slice(0, keyStartLength)
}

function hash(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex')
}

/** Equal for equal inputs: the order of fields and omitted ones do not matter. It is kept sealed, because inputs contain secrets. */
export function toDigest(operation: JournaledOperation | 'APPLY', input: unknown): string {
  return hash([operation, toCanonical(input)])
}

function toCanonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toCanonical)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([, each]) => each != null)
  return entries.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, each]) => [name, toCanonical(each)])
}
