import { setTimeout as sleep } from 'node:timers/promises'
import { OutcomeUnknownError, RateLimitedError, UpstreamUnavailableError, WebhookError } from '../../errors.ts'
import type { Repeat } from '../../provider/operations.ts'
import { readClock } from '../../store/clock.ts'
import type { Budget } from '../../budget.ts'
import type { AccountOperations } from '../operations.ts'
import { callOnce, type Write } from './write.ts'

// A write without a response is sent again only with the provider's own idempotency key, and only while the provider is sure to
// remember it.

/** Whether a write may be sent again now. */
export type MaySendAgain = (repeat: Repeat) => boolean

/** For a write that begins now: both clocks must agree, because one may be set and the other may stop with the machine. */
export function allowFromNow({ budget }: Pick<Write, 'budget'>): MaySendAgain {
  const [startedMs, steadyMs] = [readClock(), performance.now()]
  return (repeat) => {
    const agesMs = [readClock() - startedMs, performance.now() - steadyMs]
    return agesMs.every((ageMs) => isRemembered(repeat, ageMs, budget))
  }
}

/** Whether a request sent now arrives in time, however long it takes. A negative age means that nobody knows how much time has passed. */
export function isRemembered({ holdsMs }: Repeat, ageMs: number, { remainingMs }: Pick<Budget, 'remainingMs'>): boolean {
  return ageMs >= 0 && ageMs + remainingMs <= holdsMs
}

/** What came of sending a write again: its result, a refusal, or neither. */
export interface Replayed<Result> {
  readonly result: Result | null
  readonly refusal: WebhookError | null
}

/** Sends a write again, with its key and after pauses, until it is answered or may not be sent any more. */
export async function sendAgain<Result>(
  write: Write,
  maySend: () => boolean,
  send: (operations: AccountOperations) => Promise<Result>,
): Promise<Replayed<Result>> {
  for (const pauseMs of write.looksMs) {
    if (pauseMs >= write.budget.remainingMs) break
    await sleep(pauseMs)
    if (!maySend()) break
    const { result, refusal } = await sendOnceMore(write, send)
    if (result !== null || refusal !== null) return { result, refusal }
  }
  return { result: null, refusal: null }
}

/** Sends it once. No response, an earlier attempt that is still being processed, and a request that was not sent say nothing. */
export async function sendOnceMore<Result>(
  write: Write,
  send: (operations: AccountOperations) => Promise<Result>,
): Promise<Replayed<Result>> {
  try {
    return { result: await callOnce(write, send), refusal: null }
  } catch (error) {
    if (!(error instanceof WebhookError)) throw error
    return { result: null, refusal: saysNothing(error) ? null : error }
  }
}

function saysNothing(error: WebhookError): boolean {
  return error instanceof OutcomeUnknownError || error instanceof RateLimitedError || error instanceof UpstreamUnavailableError
}
