import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection, Visit } from '../connection.ts'
import { ConflictError, NotFoundError, OutcomeUnknownError, UpstreamUnavailableError, WebhookError } from '../../errors.ts'
import { type Budget, startBudget } from '../../http/budget.ts'
import type { Listing } from '../listing.ts'
import type { AccountOperations, WriteResult } from '../operations.ts'
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
  /** Called when the response to a call was lost, whatever is found out afterwards. */
  onLost?(): void
}

/** A write that is under way: its budget ends when its whole time is up, and not with its caller. */
export interface Write extends Visit {
  /** Ends with its caller too: until it has begun. */
  readonly waiting: Budget
  readonly looksMs: readonly number[]
  /** To be called before the first call that changes something: throws where it is not to be made any more. */
  begin(): void
}

/** Runs a write within its budget, if it may begin. */
export async function runWrite<Result>(
  account: Connection,
  { timeoutMs, looksMs }: WriteOptions,
  asker: Asker,
  run: (write: Write) => Promise<Result>,
): Promise<Result> {
  using budget = startBudget(timeoutMs)
  using waiting = startBudget(timeoutMs, asker.signal)
  const connection: Connection = { ...account, within: (own) => account.within(own, asker.onLost) }
  const begin = () => {
    if (asker.signal?.aborted === true) throw toNotBegun('The client disconnected before the write started')
    asker.checkMayBegin?.()
  }
  begin()
  return await run({ connection, budget, waiting, looksMs, begin })
}

/** Runs when it is its turn among those with the same key. Who has the turn of a URL waits for no other: nobody waits in a ring. */
export async function inTurn<Result>(
  { connection: { ledger }, waiting, begin }: Write,
  key: string,
  run: () => Promise<Result>,
): Promise<Result> {
  if (!(await ledger.takeTurn(key, waiting.signal))) {
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
 * Reads a list that a write can do without, for a part of its budget. It is left then as by a caller who leaves, so that it does
 * not tell against the provider: many slow ones at once would keep the writes from being made.
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

/** What one call of a write may spend of its budget. */
export function getCallMs({ remainingMs }: Budget): number {
  return Math.max(1, remainingMs * shareOfCall)
}

/** Makes one call of a write, within its part of the budget. */
export async function callOnce<Result>(
  { connection, budget }: Visit,
  call: (operations: AccountOperations) => Promise<Result>,
  callMs: number = getCallMs(budget),
): Promise<Result> {
  using own = startBudget(callMs)
  return await call(connection.within(own))
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
  write: Write,
  upstreamId: string,
  run: (write: Write) => Promise<Result>,
): Promise<Result> {
  const { connection } = write
  const inDoubt = connection.ledger.isInDoubt(upstreamId)
  return warnOfEarlier(connection, upstreamId, async () => {
    try {
      return await run(write)
    } catch (error) {
      throw inDoubt && error instanceof NotFoundError ? await confirm(error, write, upstreamId) : error
    }
  })
}

async function confirm(error: NotFoundError, write: Write, upstreamId: string) {
  const found = await confirmGone(error, write, upstreamId)
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

/** Adds to a conflict the one webhook that is in the way, where a look at the account tells. */
export async function findInTheWay(
  error: ConflictError,
  { connection, budget }: Visit,
  asked: { readonly name?: string | undefined; readonly url?: string | undefined },
): Promise<ConflictError> {
  const { field } = error
  if (field === null) return error
  const { webhooks } = await connection.within(budget).list()
  const [existing = null, ...others] = webhooks.filter((webhook) => webhook[field] === asked[field])
  return new ConflictError(error.message, field, others.length === 0 ? existing : null, error)
}
