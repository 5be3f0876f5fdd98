import { OutcomeUnknownError, RateLimitedError, UpstreamUnavailableError } from '../errors.ts'
import { type BreakerOptions, createBreaker, type Verdict } from './breaker.ts'
import type { Budget } from '../budget.ts'
import type { Call, Permit } from './call.ts'
import type { Attempt, Endpoint } from './exchange.ts'
import { combineObservers, type Observer } from '../observe/observer.ts'
import { readSteadyMs } from './pace.ts'
import { createPaces, type LongTurn } from './paces.ts'
import { toWindows } from './rate.ts'
import { createTurns } from './turns.ts'
import { readAskedWaitMs } from './wait.ts'

export interface GuardOptions {
  /** Whether requests are paced by the rate limit of the account or provider, and by waits that the provider requests. */
  readonly pacing: boolean
  /** Processes that share the account: each keeps to its share of the rate limit. Defaults to this one alone. */
  countProcesses?(): number
  readonly breaker: BreakerOptions
  /** Concurrent requests. */
  readonly concurrency: number
  /** Minimum time to start a write. A request that had less says nothing about the provider's health. */
  readonly leastMs: number
}

type Exchange<T> = (observe: Attempt['observe']) => Promise<T>

/** Protects an account from too many requests: pacing, a concurrency limit and a circuit breaker. */
export function createGuard(
  { account, provider, windows = toWindows(provider.rates) }: Endpoint,
  { pacing, countProcesses, breaker: breakerOptions, concurrency, leastMs }: GuardOptions,
  observer: Required<Observer> = combineObservers([]),
) {
  const name = provider.displayName
  const paces = pacing ? createPaces(windows, readSteadyMs, countProcesses) : undefined
  const slots = createTurns(concurrency)
  const breaker = createBreaker(breakerOptions, (state) => observer.onBreaker(account, state))
  observer.onBreaker(account, 'closed')

  /** Reserves a turn by pacing; fails if the turn comes too late. */
  function reserve(call: Call<unknown>, budget: Budget): LongTurn | undefined {
    const reserved = paces?.reserve(call, budget.remainingMs)
    if (reserved === undefined) return undefined
    if (reserved.turn !== null) return reserved.turn
    throw toUsedUp(reserved.waitMs)
  }

  function toUsedUp(waitMs: number): RateLimitedError {
    const message = `The rate limit of ${name} for account "${account.slug}" is used up. Wait ${Math.ceil(waitMs / 1000)} s and retry.`
    return new RateLimitedError(message, { retryAfterMs: Math.ceil(waitMs) })
  }

  /** Waits for a turn and a slot, and releases both if it gives up. */
  async function waitFor(turn: LongTurn | undefined, signal: AbortSignal): Promise<void> {
    observer.onWaiting(account, 1)
    try {
      if ((await turn?.wait(signal)) !== false && (await slots.enter('', signal))) return
    } finally {
      observer.onWaiting(account, -1)
    }
    const lateMs = turn?.getLateMs() ?? null
    turn?.giveBack()
    if (lateMs !== null) throw toUsedUp(lateMs)
    throw toNotCalled(`too many requests for account "${account.slug}" were waiting`)
  }

  /** A request that was never sent does not count as a provider failure. */
  function refuseLate({ effect }: Call<unknown>, { signal, remainingMs: leftMs }: Budget): void {
    if (signal.aborted || leftMs <= 0) throw toNotCalled('the time limit was reached')
    if (effect === 'WRITE' && leftMs < leastMs) throw toNotCalled(`a write needs at least ${Math.round(leastMs)} ms`)
  }

  function toNotCalled(reason: string) {
    return new UpstreamUnavailableError(`No request was sent to ${name}: ${reason}. It is safe to retry.`, 'TIMEOUT')
  }

  function refuseOpen(): void {
    const waitMs = breaker.getWaitMs()
    if (waitMs === 0) return
    const message = `${name} failed repeatedly for account "${account.slug}". No request was sent. Wait ${Math.ceil(waitMs / 1000)} s and retry.`
    throw new UpstreamUnavailableError(message, 'CIRCUIT_OPEN', { retryAfterMs: Math.ceil(waitMs) })
  }

  function learn(call: Call<unknown>, ...[status, headers, body]: Parameters<Attempt['observe']>): void {
    paces?.learn(call, headers, body)
    const waitMs = readAskedWaitMs(status, headers, windows) ?? (status === 429 ? provider.rateLimitDelayMs : null)
    if (waitMs !== null) paces?.hold(call, waitMs)
  }

  /**
   * Runs one exchange when allowed; `observe` receives status and headers of the response. If it fails here, nothing was sent. `confirm`
   * comes last: while the request waited, the process may have been stopped.
   */
  async function run<T>(call: Call<unknown>, budget: Budget, exchange: Exchange<T>, confirm?: Permit['confirm']): Promise<T> {
    refuseLate(call, budget)
    refuseOpen()
    for (;;) {
      const turn = reserve(call, budget)
      if ((turn !== undefined && turn.getWaitMs() > 0) || !slots.take('')) await waitFor(turn, budget.signal)
      if (turn?.isHeld() !== true) break
      // The provider has requested another wait by then.
      slots.leave('')
      turn.giveBack()
    }
    try {
      if (confirm !== undefined) await confirm()
      refuseLate(call, budget)
      refuseOpen()
      const isFair = budget.remainingMs >= leastMs
      return await breaker.run(
        () => exchange((...seen) => learn(call, ...seen)),
        (error) => judge(error, budget, isFair),
      )
    } finally {
      slots.leave('')
    }
  }

  return {
    run,
    /** Drops the waits that the provider requested. */
    forgetWaits: () => paces?.forget(),
  }
}

/** What a failure says about the provider's health: nothing if the client disconnected or left too little time. */
function judge(error: unknown, { signal, isSpent }: Budget, isFair: boolean): Verdict {
  if (signal.aborted && (!isSpent || !isFair)) return 'NOTHING'
  const unavailable = error instanceof UpstreamUnavailableError && error.reason !== 'NOT_CONFIGURED'
  return unavailable || (error instanceof OutcomeUnknownError && !isAnswered(error)) ? 'FAILING' : 'HEALTHY'
}

/** Whether a working server responded, with its own page or a redirect. */
function isAnswered({ upstream }: OutcomeUnknownError): boolean {
  const status = upstream?.status ?? 0
  return status >= 300 && status < 500 && status !== 408
}
