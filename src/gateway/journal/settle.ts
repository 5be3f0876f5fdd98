import { InvalidInputError, NotFoundError, OutcomeUnknownError, UpstreamUnavailableError, WebhookError } from '../../errors.ts'
import { parseId } from '../../id.ts'
import { StoreError, TakenOverError } from '../../store/error.ts'
import type { Secrets, Step, Store, StoredEntry } from '../../store/store.ts'
import type { JournalEntry } from '../../journal.ts'
import type { Account, Warning } from '../../webhook.ts'
import { NotMade } from '../write/recover.ts'
import { type Asker, inTurn, noEntry, runWrite, type WriteOptions } from '../write/write.ts'
import { claim, type Durability, getLive, getUnsent, inTime, perStore, recordLate, recordOutcome, release } from './commit.ts'
import { isOpen, toEntry } from './entry.ts'
import type { Settled, SettleInput } from './journaled.ts'
import { adoptAs } from './adopt.ts'
import { interrupted, isRecoverable, type Look, readTurn, setsSecretOf } from './begun.ts'
import { warnOfLeft } from './left.ts'
import { looks } from './look.ts'
import { createOthersOfLook, NotClaimed } from './others.ts'
import { type Recordable, toFailed, toSucceeded } from './outcome.ts'
import { createPermit } from './permit.ts'
import { createTakeover, type TakeoverOptions } from './takeover.ts'
import { toJournalWarnings, toUnavailable, toUnavailableError } from './unavailable.ts'
import { mayHaveSecret, type Reader } from './view.ts'

// Settles open entries: what a stopped process left running, and what stayed unknown.

export interface SettleOptions extends TakeoverOptions {
  readonly secretRetentionMs: number
  readonly writing: WriteOptions
}

/** An entry after an attempt to settle it. */
interface Attempt {
  readonly entry: StoredEntry
  /** The result, if this attempt found it. */
  readonly result: Recordable | null
  readonly durability: Durability
  /** Whether this attempt has settled it, and nobody else. */
  readonly isSettled: boolean
}

export function createSettling({ openStore, secretRetentionMs, writing, findConnection }: SettleOptions) {
  /** Looks at an open entry once more, in turn with other writes. Returns the entry as it is then. */
  async function look(entry: StoredEntry): Promise<StoredEntry> {
    return (await attemptLook(entry)).entry
  }

  function attemptLook(seen: StoredEntry): Promise<Attempt> {
    return once(seen.id, () => settle(seen.id, {}, lookAt, toUnresolved, seen), true)
  }

  /** Runs an attempt to settle an entry: one that joins takes the result of one in progress, any other waits for it. */
  async function once(id: string, run: () => Promise<Attempt>, joins: boolean): Promise<Attempt> {
    const underWay = getUnderWay(await openStore())
    for (let current = underWay.get(id); current !== undefined; current = underWay.get(id)) {
      if (joins) return current
      await Promise.allSettled([current])
    }
    const attempt = run().finally(() => underWay.delete(id))
    underWay.set(id, attempt)
    return attempt
  }

  /** Leaves it alone if somebody has settled it since it was `seen`. */
  async function settle(id: string, asker: Asker, run: Look, toFound: ToFound, seen?: StoredEntry): Promise<Attempt> {
    const store = await openStore()
    const first = await readEntry(store, id)
    if (!isOpen(first) || getLive(store).has(id) || hasEndedSince(first, seen)) return toAttempt(first)
    // It is somebody else's.
    if (first.isOwnedElsewhere || !(await claim(store, id))) return toAttempt(await requireEntry(store, id))
    try {
      // Another process may have looked at it since it was read.
      const entry = store.isShared ? await requireEntry(store, id) : first
      if (!hasEndedSince(entry, seen)) return await settleClaimed(store, entry, asker, run, toFound)
      await release(store, id)
      return toAttempt(entry)
    } catch (error) {
      if (error instanceof NotClaimed || error instanceof TakenOverError) return toAttempt(await requireEntry(store, id))
      // A person, or another process, may look at it next.
      await release(store, id)
      throw error
    }
  }

  async function settleClaimed(store: Store, entry: StoredEntry, asker: Asker, run: Look, toFound: ToFound): Promise<Attempt> {
    const { id } = entry
    if (getUnsent(store).has(id)) return settleUnsent(store, id)
    const connection = findConnection(entry.account, entry.upstream)
    const open = (field: string) => store.openSecret(id, field)
    // Nobody would get the secret that comes with the result.
    const maySendAgain = secretRetentionMs > 0
    const readAgeMs = await openAge(store, entry)
    const mayReplaceSecret = secretRetentionMs > 0 && isRecoverable(readAgeMs())
    const isSecretNewer = await store.wasSecretSetSince(id)
    const note = (step: Step, secrets?: Secrets) => inTime(store.note(id, step, secrets)).then(() => true)
    let result: Recordable
    let setsSecret: boolean
    try {
      if (connection === undefined) throw toUnconfigured(entry)
      setsSecret = await setsSecretOf(entry, connection, open)
      const turn = await readTurn(entry, open)
      const permit = createPermit(store, () => id)
      const log = { ...noEntry, note, permit, others: createOthersOfLook(store, connection, id) }
      result = await runWrite(connection, writing, asker, log, (write) =>
        inTurn(write, turn, (own) => run({ ...own, mayReplaceSecret, maySendAgain, readAgeMs, isSecretNewer }, entry, open)),
      )
    } catch (error) {
      if (!(error instanceof WebhookError) && !(error instanceof NotMade)) throw error
      const found = error instanceof NotMade ? error.refusal : toFound(error, entry)
      if (found === null) {
        await release(store, id)
        return toAttempt(entry)
      }
      await inTime(store.settle(id, toFailed(found, store.readClock(), await open('signingSecret'), secretRetentionMs)))
      return toAttempt(await requireEntry(store, id), true)
    }
    // A new key that was handed out is not lost with the store.
    const durability = await recordOutcome(store, id, toSucceeded(result, store.readClock(), setsSecret, secretRetentionMs))
    const isSettled = durability !== 'TAKEN_OVER'
    return { entry: durability === 'LATE' ? entry : await requireEntry(store, id), result, durability, isSettled }
  }

  /** What a person decides about an open entry. The result has the secret of an adopted webhook, if it is for that person. */
  async function decide(
    id: string,
    { as, webhookId }: SettleInput,
    account: Account,
    reader: Reader,
    asker: Asker,
  ): Promise<Settled> {
    // It may be a slip for ADOPT, which an abandoned entry takes no more.
    if (as !== 'ADOPT' && webhookId != null)
      throw refuse('webhookId', `It is for ADOPT only. Use ADOPT to take this webhook as the result, or omit it for ${as}.`)
    const store = await openStore()
    const entry = await readEntry(store, id)
    if (getLive(store).has(id) || (entry.state === 'RUNNING' && entry.isOwnedElsewhere)) throw refuseRunning()
    if (!isOpen(entry)) throw refuseSettled(entry)
    switch (as) {
      case 'LOOK_AGAIN':
        return toSettled(toEntry(await look(entry), account, store))
      case 'ABANDON': {
        const { entry: abandoned, warnings } = await abandon(store, id)
        return { ...toSettled(toEntry(abandoned, account, store)), warnings }
      }
      case 'ADOPT': {
        const adopted = parseId(webhookId ?? '')
        if (adopted?.kind !== 'webhook' || adopted.slug !== entry.account) {
          throw refuse('webhookId', 'Provide the ID of the candidate to adopt.')
        }
        const isReader = mayHaveSecret(entry, reader)
        const adoption = { upstreamId: adopted.upstreamId, losesSecret: !isReader && secretRetentionMs === 0 }
        const run: Look = (write, current, open) => adoptAs(write, current, adoption, open)
        const { entry: now, result, durability } = await once(id, () => settle(id, asker, run, rethrow), false)
        if (result === null) throw isOpen(now) ? refuseRunning() : refuseSettled(now)
        const warnings: readonly Warning[] = [...result.warnings, ...toJournalWarnings(durability)]
        const { signingSecret = null, isNewSecret = false } = result
        const journalEntry = toEntry(now, account, store)
        const isKept = signingSecret !== null && !isReader && !isNewSecret
        return { journalEntry, signingSecret: isKept ? null : signingSecret, ...(isKept && { secretState: 'KEPT' }), warnings }
      }
    }
  }

  /** Waits for an attempt in progress, which may settle the entry. */
  async function abandon(store: Store, id: string): Promise<Pick<Settled, 'warnings'> & Pick<Attempt, 'entry'>> {
    let warnings: readonly Warning[] = []
    const run = async (): Promise<Attempt> => {
      const entry = await requireEntry(store, id)
      if (!isOpen(entry)) throw refuseSettled(entry)
      // What tells of it is erased.
      const connection = findConnection(entry.account, entry.upstream)
      warnings = await warnOfLeft(entry, { store, connection, timeoutMs: writing.timeoutMs })
      if (!(await claim(store, id))) throw refuseRunning()
      await inTime(store.abandon(id, store.readClock()))
      return toAttempt(await requireEntry(store, id))
    }
    const { entry } = await once(id, run, false)
    return { entry, warnings }
  }

  return {
    look: (entry: StoredEntry) => look(entry).catch(toUnavailableError),
    decide: (...args: Parameters<typeof decide>) => decide(...args).catch(toUnavailableError),
    ...createTakeover({ openStore, findConnection, attemptLook }),
  }
}

/** A secret that is there all the same is for those who can reveal it. */
function toSettled(journalEntry: JournalEntry): Settled {
  return { journalEntry, signingSecret: null, ...(journalEntry.secretUntil !== null && { secretState: 'KEPT' }), warnings: [] }
}

const lookAt: Look = (write, entry, open) => looks[entry.operation](write, entry, open)

/** The error that an entry ends with, from the error of an attempt; null leaves it as it is. */
type ToFound = (error: WebhookError, entry: StoredEntry) => WebhookError | null

/** Only two errors say something about the write: any other says that nothing could be found out now. */
function toUnresolved(error: WebhookError, { state, candidates }: StoredEntry): WebhookError | null {
  // A look that shows nothing, perhaps of a list that could not be read, takes away no candidate.
  if (error instanceof OutcomeUnknownError && error.candidates.length === 0 && candidates !== null && state === 'UNKNOWN')
    return null
  if (error instanceof OutcomeUnknownError || error instanceof NotFoundError) return error
  return state === 'UNKNOWN' ? null : new OutcomeUnknownError(`${interrupted} ${error.message}`, [], error)
}

function rethrow(error: WebhookError): never {
  throw error
}

function toUnconfigured({ account }: StoredEntry): UpstreamUnavailableError {
  return new UpstreamUnavailableError(
    `Its outcome cannot be determined while account "${account}" is not configured with the same base URL.`,
    'NOT_CONFIGURED',
  )
}

function refuseSettled({ abandonedMs, state }: StoredEntry): InvalidInputError {
  return refuse('id', `This entry is settled already: ${abandonedMs === null ? state : 'it was abandoned'}.`)
}

function refuseRunning(): InvalidInputError {
  return refuse('id', 'This write is still running. Wait for its outcome.')
}

function refuse(field: string, message: string): InvalidInputError {
  return new InvalidInputError([{ path: ['input', field], code: 'INVALID', message }])
}

/** The age of an entry; negative while the clock is behind what the journal has seen. */
async function openAge(store: Store, { id, startedMs, settledMs }: StoredEntry): Promise<() => number> {
  if (store.isShared) {
    // By the clock of the database: the one of the process that began it may be wrong.
    const [ageMs, readMs] = [await store.readAgeMs(id), performance.now()]
    return () => (ageMs === null || ageMs < 0 ? -1 : ageMs + performance.now() - readMs)
  }
  const [newest] = await store.list({}, 1)
  const seenMs = Math.max(startedMs, settledMs ?? 0, newest?.startedMs ?? 0)
  return () => (store.readClock() < seenMs ? -1 : store.readClock() - startedMs)
}

/** The beginning was only late: its caller was told that nothing was sent. */
async function settleUnsent(store: Store, id: string): Promise<Attempt> {
  await inTime(store.settle(id, toFailed(toUnavailable(new StoreError('Its beginning was late')), store.readClock())))
  return toAttempt(await requireEntry(store, id), true)
}

function hasEndedSince({ state, settledMs }: StoredEntry, seen: StoredEntry | undefined): boolean {
  return seen !== undefined && (state !== seen.state || settledMs !== seen.settledMs)
}

function toAttempt(entry: StoredEntry, isSettled = false): Attempt {
  return { entry, result: null, durability: 'DURABLE', isSettled }
}

/** Same, with an outcome that could not be recorded before. */
async function readEntry(store: Store, id: string): Promise<StoredEntry> {
  await recordLate(store, id)
  return requireEntry(store, id)
}

async function requireEntry(store: Store, id: string): Promise<StoredEntry> {
  const entry = await store.find(id)
  if (entry === null) throw new NotFoundError('No journal entry has this ID.')
  return entry
}

/** The attempts in progress, by entry. */
const getUnderWay = perStore(() => new Map<string, Promise<Attempt>>())
