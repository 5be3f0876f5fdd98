import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection } from '../connection.ts'
import { ConflictError, NotFoundError, OutcomeUnknownError, UpstreamUnavailableError, WebhookError } from '../../errors.ts'
import { endBudget, getRemainingMs, startBudget } from '../../http/budget.ts'
import type { WriteResult } from '../operations.ts'
import type { Options } from '../../provider/fields.ts'
import type { Foreseen } from '../../provider/provider.ts'
import type { AccountWebhook, Warning } from '../../webhook.ts'
import { confirmGone } from './find.ts'

// What all writes share. Answers may get lost: nothing is ever sent again that is not a delete.

export interface WriteOptions {
  /** The whole budget of the write: its turn, its calls and the looks at what became of it. */
  readonly timeoutMs: number
  /** Pauses before each look at what became of a write without an answer. */
  readonly looksMs: readonly number[]
}

/** Upstream calls that an operation comes to at most, each page of a list for itself, retries left out. */
export interface CallBound {
  readonly calls: number
  /** Those that only a lost answer leads to. */
  readonly looks: number
}

/** Who asks for a write. */
export interface Asker {
  /** Ends when the caller leaves: then a write that has not begun does not begin. One that has is carried through. */
  readonly signal?: AbortSignal | undefined
  /** Throws where no write may begin any more. */
  checkMayBegin?(): void
}

/** A write that is under way. */
export interface Write {
  /** Ends when its whole time is up, and not with its caller. */
  readonly budget: AbortSignal
  /** Ends with its caller too: until it has begun. */
  readonly waiting: AbortSignal
  readonly looksMs: readonly number[]
  /** To be called before the first call that changes something: throws where it is not to be made any more. */
  begin(): void
}

/** Runs a write within its budget, if it may begin. */
export async function runWrite<Result>(
  { timeoutMs, looksMs }: WriteOptions,
  asker: Asker,
  run: (write: Write) => Promise<Result>,
): Promise<Result> {
  const budget = startBudget(timeoutMs)
  const waiting = startBudget(timeoutMs, asker.signal)
  const begin = () => {
    if (asker.signal?.aborted === true) throw toNotBegun('The client disconnected before the write started')
    asker.checkMayBegin?.()
  }
  try {
    begin()
    return await run({ budget, waiting, looksMs, begin })
  } finally {
    endBudget(waiting)
    endBudget(budget)
  }
}

/** Runs when it is its turn among those with the same key. Who has the turn of a URL waits for no other: nobody waits in a ring. */
export async function inTurn<Result>(
  { ledger }: Connection,
  key: string,
  { waiting, begin }: Write,
  run: () => Promise<Result>,
): Promise<Result> {
  if (!(await ledger.takeTurn(key, waiting))) {
    begin()
    throw toNotBegun('The write timed out while waiting for other writes')
  }
  try {
    begin()
    return await run()
  } finally {
    ledger.passTurn(key)
  }
}

function toNotBegun(reason: string): UpstreamUnavailableError {
  return new UpstreamUnavailableError(`${reason}. Nothing was sent. It is safe to retry.`, 'TIMEOUT')
}

/** A part of a write that has begun, which is carried through whoever waits for it. */
export function toBegun(write: Write): Write {
  return { ...write, begin: () => {} }
}

// The rest of the budget is for looking: a provider that hangs would else leave no time for it.
const shareOfCall = 0.6

export const recovered: Warning = {
  code: 'RECOVERED',
  message: "The provider's response was lost. The gateway determined the outcome, and nothing was done twice.",
}

// The list before a create only tells what is new: it takes nothing from the create, and leaves as much for looking.
const shareOfAside = 0.2

/**
 * Runs a read that a write can do without, for a part of its budget. It is left then as by a caller who leaves, so that it does
 * not tell against the provider: many slow ones at once would keep the writes from being made.
 */
export async function readAside<Result>(budget: AbortSignal, run: (budget: AbortSignal) => Promise<Result>): Promise<Result> {
  const remainingMs = getRemainingMs(budget)
  const leaving = new AbortController()
  const timer = setTimeout(() => leaving.abort(), Math.max(0, remainingMs) * shareOfAside)
  const aside = startBudget(remainingMs, leaving.signal)
  try {
    return await run(aside)
  } finally {
    clearTimeout(timer)
    endBudget(aside)
  }
}

/** What one call of a write may spend of its budget. */
export function getCallMs(budget: AbortSignal): number {
  return Math.max(1, getRemainingMs(budget) * shareOfCall)
}

export function startCallBudget(budget: AbortSignal): AbortSignal {
  return startBudget(getCallMs(budget))
}

const earlierUnresolved: Warning = {
  code: 'EARLIER_WRITE_UNRESOLVED',
  message:
    'The response to an earlier write to this webhook was lost less than a minute ago. If the provider carries it out late, it ' +
    'overrides this one. Query the webhook again.',
}

/** Runs a write to a webhook, and warns where an earlier one may come into effect after it. */
export async function warnOfEarlier<Result extends { readonly warnings: readonly Warning[] }>(
  { ledger }: Connection,
  upstreamId: string,
  run: () => Promise<Result>,
): Promise<Result> {
  const inDoubt = ledger.isInDoubt(upstreamId)
  const result = await run()
  return inDoubt ? { ...result, warnings: [...result.warnings, earlierUnresolved] } : result
}

/** The same of one that finds out whether the webhook is there: that it is not is believed then where the list says so too. */
export function runAfterEarlier<Result extends { readonly warnings: readonly Warning[] }>(
  connection: Connection,
  upstreamId: string,
  write: Write,
  run: (write: Write) => Promise<Result>,
): Promise<Result> {
  const inDoubt = connection.ledger.isInDoubt(upstreamId)
  return warnOfEarlier(connection, upstreamId, async () => {
    try {
      return await run(write)
    } catch (error) {
      throw inDoubt && error instanceof NotFoundError ? await confirm(error, connection, upstreamId, write.budget) : error
    }
  })
}

async function confirm(error: NotFoundError, connection: Connection, upstreamId: string, budget: AbortSignal) {
  const found = await confirmGone(error, connection, upstreamId, budget)
  if (found instanceof NotFoundError) return found
  const message = `${error.message} The response to an earlier write to it was lost, and the list does not confirm that it is gone. Check again.`
  return new OutcomeUnknownError(message, found === null ? [] : [found], error)
}

/** What came of a write, with what its preview warns of; however that was found out. */
export function addForeseen<Result extends WriteResult>(
  { provider }: Connection,
  write: Foreseen<Options>,
  result: Result,
): Result {
  const foreseen = provider.foresee?.(write, result.webhook) ?? []
  return foreseen.length === 0 ? result : { ...result, warnings: [...foreseen, ...result.warnings] }
}

/** Reads a webhook until it is as wanted, the looks are used up or the time is; null where it could not be read. */
export async function readUntil(
  connection: Connection,
  upstreamId: string,
  isWanted: (webhook: AccountWebhook) => boolean,
  budget: AbortSignal,
  looksMs: readonly number[],
): Promise<AccountWebhook | null> {
  let last: AccountWebhook | null = null
  for (const pauseMs of looksMs) {
    if (pauseMs >= getRemainingMs(budget)) break
    await sleep(pauseMs)
    try {
      const found = await connection.get(upstreamId, budget)
      if (connection.ledger.isBehind(found)) continue
      last = found
      if (isWanted(last)) break
    } catch (error) {
      if (!(error instanceof WebhookError)) throw error
    }
  }
  return last
}

/** Adds to a conflict the one webhook that is in the way, where a look at the account tells. */
export async function findInTheWay(
  error: ConflictError,
  connection: Connection,
  asked: { readonly name?: string | undefined; readonly url?: string | undefined },
  budget: AbortSignal,
): Promise<ConflictError> {
  const { field } = error
  if (field === null) return error
  const { webhooks } = await connection.list(budget)
  const [existing = null, ...others] = webhooks.filter((webhook) => webhook[field] === asked[field])
  return new ConflictError(error.message, field, others.length === 0 ? existing : null, error)
}
