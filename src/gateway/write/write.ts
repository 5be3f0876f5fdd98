import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection, Visit } from '../connection.ts'
import { UpstreamUnavailableError, WebhookError } from '../../errors.ts'
import { type Budget, startBudget } from '../../budget.ts'
import type { Permit } from '../../http/call.ts'
import type { Listing } from '../listing.ts'
import type { AccountOperations, WriteResult } from '../operations.ts'
import type { Options } from '../../provider/fields.ts'
import type { Foreseen } from '../../provider/provider.ts'
import type { WebhookState } from '../../journal.ts'
import { TurnTakenError } from '../../store/error.ts'
import type { ReadTurn, Secrets, Step } from '../../store/store.ts'
import type { AccountWebhook, Json, Warning } from '../../webhook.ts'
import { createPauses, type Others } from './others.ts'

// Shared by all writes. Responses can get lost: only deletes are ever resent, and what has an idempotency key of the provider's own.

export interface WriteOptions {
  /** Total time budget of the write: its turn, its requests and the checks of its outcome. */
  readonly timeoutMs: number
  /** Pauses before each check of the outcome of a write without a response. */
  readonly looksMs: readonly number[]
}

/** Maximum upstream requests of an operation, without further list pages and retries. */
export interface CallBound {
  readonly calls: number
  /** Requests made only after a lost response. */
  readonly looks: number
}

/** Hooks of the caller of a write. */
export interface Asker {
  /** Aborts when the client disconnects: a write that has not started does not start, and one that has is completed. */
  readonly signal?: AbortSignal | undefined
  /** Throws if no further write may start. */
  checkMayBegin?(): void
  /** Called when the response to a request was lost, even if the outcome is resolved later. */
  onLost?(): void
  /** Name of the caller, for the journal. */
  readonly caller?: string
  /** A repeated write of the same caller with the same key is not carried out again. */
  readonly idempotencyKey?: string | undefined
  /** The state of the webhook before the write; null if it is not known. */
  readonly before?: WebhookState | null
  /** What tells the write from the others with the same key, if it is a part of something. */
  readonly part?: Part | undefined
  /** Throws if a create must not be sent, given what the account has right before. */
  checkBefore?(listing: Listing): void
}

/** A write that is carried out as a part of something. */
export interface Part {
  readonly key: string
  /** For its entry. Contains no secrets. */
  readonly facts: Json
  /** Digest of the input of the whole. It is kept sealed. */
  readonly digest: string
}

/** What a write is about to do: everything needed to determine its outcome if nobody lives to see it. */
export interface Beginning {
  /** Contains no secrets. */
  readonly facts?: Readonly<Record<string, Json>>
  readonly secrets?: Secrets
  /** The turns that it is in, of a store that several processes share. */
  readonly turns?: readonly ReadTurn[]
}

/** The journal entry of a write in progress. */
export interface EntryLog {
  /** Resolves once this is durable. Throws StoreUnavailableError if it cannot be recorded. */
  begin(beginning: Beginning): Promise<void>
  /** Records a step that a crash would hide; resolves to whether it is durable. */
  note(step: Step, secrets?: Secrets): Promise<boolean>
  /** Whether this process still carries the write out, and no other one. */
  readonly permit: Permit
  /** Null if no other process shares the store. */
  readonly others: Others | null
}

/** For previews, which have no entry. */
export const noEntry: EntryLog = {
  begin: () => Promise.resolve(),
  note: () => Promise.resolve(true),
  permit: { confirm: () => Promise.resolve(), isSure: () => true },
  others: null,
}

/** A write in progress: its budget ends when its time is up, not when its client disconnects. */
export interface Write extends Visit, EntryLog {
  /** Also aborts when the client disconnects, until the write has started. */
  readonly waiting: Budget
  readonly looksMs: readonly number[]
  checkBefore?: Asker['checkBefore']
  /** Throws if the write must not start. */
  checkMayBegin(): void
}

/** Runs a write within its budget, if it may start. */
export async function runWrite<Result>(
  account: Connection,
  { timeoutMs, looksMs }: WriteOptions,
  asker: Asker,
  entry: EntryLog,
  run: (write: Write) => Promise<Result>,
): Promise<Result> {
  using budget = startBudget(timeoutMs)
  using waiting = startBudget(timeoutMs, asker.signal)
  const hooks = { onLost: asker.onLost, permit: entry.permit }
  const connection: Connection = { ...account, within: (own) => account.within(own, hooks) }
  const checkMayBegin = () => {
    if (asker.signal?.aborted === true) throw toNotBegun('The client disconnected before the write started')
    asker.checkMayBegin?.()
  }
  const begin = (beginning: Beginning) => {
    checkMayBegin()
    return entry.begin(beginning)
  }
  checkMayBegin()
  const { checkBefore } = asker
  return await run({ ...entry, connection, budget, waiting, looksMs, checkMayBegin, checkBefore, begin })
}

/**
 * Runs in turn with writes of the same key, in this process and in others. The holder of a URL's turn waits for no other turn, so
 * there are no deadlocks. If another process was in while it read, it runs again: nothing was sent.
 */
export async function inTurn<Result>(write: Write, key: string, run: (write: Write) => Promise<Result>): Promise<Result> {
  const pause = createPauses()
  for (;;) {
    const ran = await inOwnTurn(write, key, () => enterAndRun(write, key, run))
    if (ran !== null) return ran.result
    // Nobody in this process waits for a write in another one.
    if (!(await pause(write.waiting.signal))) throw toOvertaken(write)
  }
}

/** Runs in turn with writes of the same key in this process. */
async function inOwnTurn<Result>(write: Write, key: string, run: () => Promise<Result>): Promise<Result> {
  const { connection, waiting, checkMayBegin } = write
  if (!(await connection.ledger.takeTurn(key, waiting.signal))) throw toOvertaken(write)
  try {
    checkMayBegin()
    return await run()
  } finally {
    connection.ledger.passTurn(key)
  }
}

/** Null if another process is in, or was before the write could begin. */
async function enterAndRun<Result>(
  write: Write,
  key: string,
  run: (write: Write) => Promise<Result>,
): Promise<{ readonly result: Result } | null> {
  const { others, connection } = write
  if (others === null) return { result: await run(write) }
  const read = await others.enter(connection.ledger.toTurn(key))
  if (read === null) return null
  const begin: Write['begin'] = ({ turns = [], ...rest }) => write.begin({ ...rest, turns: [read, ...turns] })
  try {
    return { result: await run({ ...write, begin }) }
  } catch (error) {
    if (error instanceof TurnTakenError && error.turn === read.turn) return null
    throw error
  }
}

function toOvertaken({ checkMayBegin }: Write): UpstreamUnavailableError {
  checkMayBegin()
  return toNotBegun('The write timed out while waiting for other writes')
}

function toNotBegun(reason: string): UpstreamUnavailableError {
  return new UpstreamUnavailableError(`${reason}. Nothing was sent. It is safe to retry.`, 'TIMEOUT')
}

/** A step of a write in progress, which is completed even if the client has disconnected. */
export function toBegun(write: Write): Write {
  return { ...write, checkMayBegin: () => {} }
}

// The rest of the budget is reserved for checks: a hanging provider would otherwise leave no time for them.
const shareOfCall = 0.6

export const recovered: Warning = {
  code: 'RECOVERED',
  message: "The provider's response was lost. The gateway determined the outcome, and nothing was done twice.",
}

// The list before a create only identifies what is new. It takes no time from the create and leaves as much for checks.
const shareOfAside = 0.2

/**
 * Reads an optional list for part of a write's budget. It is then aborted as if the client had disconnected, so that it does not
 * count as a provider failure: many slow lists at once would otherwise block the writes.
 */
export async function listAside({ connection, budget: { remainingMs } }: Visit): Promise<Listing> {
  const leaving = new AbortController()
  const timer = setTimeout(() => leaving.abort(), Math.max(0, remainingMs) * shareOfAside)
  using aside = startBudget(remainingMs, leaving.signal)
  try {
    return await connection.within(aside).list()
  } finally {
    clearTimeout(timer)
  }
}

/** Part of the budget for one request of a write. */
export function getCallMs({ remainingMs }: Budget): number {
  return Math.max(1, remainingMs * shareOfCall)
}

/** Sends one request of a write, within its part of the budget. */
export async function callOnce<Result>(
  { connection, budget }: Visit,
  call: (operations: AccountOperations) => Promise<Result>,
  callMs: number = getCallMs(budget),
): Promise<Result> {
  using own = startBudget(callMs)
  return await call(connection.within(own))
}

/** The outcome of a write, however it was determined, with the warnings of its preview. */
export function addForeseen<Result extends WriteResult>(
  { provider }: Connection,
  write: Foreseen<Options>,
  result: Result,
): Result {
  const foreseen = provider.foresee?.(write, result.webhook) ?? []
  return foreseen.length === 0 ? result : { ...result, warnings: [...foreseen, ...result.warnings] }
}

/** Reads a webhook until it is as expected, or checks or time run out; null if it could not be read. */
export async function readUntil(
  { connection, budget, looksMs }: Write,
  upstreamId: string,
  isWanted: (webhook: AccountWebhook) => boolean,
): Promise<AccountWebhook | null> {
  let last: AccountWebhook | null = null
  for (const pauseMs of looksMs) {
    if (pauseMs >= budget.remainingMs) break
    await sleep(pauseMs)
    try {
      const found = await connection.within(budget).get(upstreamId)
      if (connection.ledger.isBehind(found)) continue
      last = found
      if (isWanted(last)) break
    } catch (error) {
      if (!(error instanceof WebhookError)) throw error
    }
  }
  return last
}
