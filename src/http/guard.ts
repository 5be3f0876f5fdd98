import { setTimeout as sleep } from 'node:timers/promises'
import { BrokenCircuitError, bulkhead, circuitBreaker, ConsecutiveBreaker, handleWhen, TaskCancelledError } from 'cockatiel'
import { OutcomeUnknownError, RateLimitedError, UpstreamUnavailableError } from '../errors.ts'
import { getRemainingMs } from './budget.ts'
import type { Call, Endpoint } from './exchange.ts'
import { combineObservers, type Observer } from './observe.ts'
import { createPacer } from './pace.ts'
import type { ResponseHeaders } from './send.ts'

export interface GuardOptions {
  /** Whether calls are spread by the rate that the account or its provider states. */
  readonly pacing: boolean
  readonly breaker: {
    /** Unavailable this often in a row, and the account is left alone. */
    readonly failures: number
    /** For this long; then one call probes whether it has healed. */
    readonly pauseMs: number
  }
  /** Calls at the same time. */
  readonly concurrency: number
}

/** What stands between an account and too many calls: pace, a limit of concurrency and a circuit breaker. */
export function createGuard(
  { account, provider, rate }: Endpoint,
  options: GuardOptions,
  observer: Required<Observer> = combineObservers([]),
) {
  const name = provider.displayName
  const pacer = options.pacing && rate !== undefined ? createPacer(rate) : undefined
  const slots = bulkhead(options.concurrency, Number.POSITIVE_INFINITY)
  let openedAt = 0
  const breaker = circuitBreaker(handleWhen(isUnavailable), {
    halfOpenAfter: options.breaker.pauseMs,
    breaker: new ConsecutiveBreaker(options.breaker.failures),
  })
  breaker.onBreak(() => {
    openedAt = performance.now()
    observer.onBreaker(account, 'open')
  })
  breaker.onHalfOpen(() => observer.onBreaker(account, 'half-open'))
  breaker.onReset(() => observer.onBreaker(account, 'closed'))
  observer.onBreaker(account, 'closed')

  /** How long a call is to wait for its turn; fails when that is longer than it may take. */
  function reserveTurn(key: string, budget: AbortSignal): number {
    if (pacer === undefined) return 0
    const { waitMs, reserved } = pacer.reserve(key, getRemainingMs(budget))
    if (!reserved) throw toPacedError(waitMs)
    return waitMs
  }

  /** The error of a call that the budget's end found waiting: it was never sent. */
  function toWaitedError() {
    return new UpstreamUnavailableError(
      `${name} was not called: too many calls to account "${account.slug}" were waiting.`,
      'TIMEOUT',
    )
  }

  function toPacedError(waitMs: number) {
    const retryAfterMs = Math.ceil(waitMs)
    const message = `Account "${account.slug}" has used up what ${name} allows; wait ${Math.ceil(waitMs / 1000)} s and send the same call again.`
    return new RateLimitedError(message, { retryAfterMs })
  }

  function toOpenError() {
    const retryAfterMs = Math.max(0, Math.ceil(openedAt + options.breaker.pauseMs - performance.now()))
    const message = `${name} failed on account "${account.slug}" so often that it is left alone for a while; nobody was called.`
    return new UpstreamUnavailableError(message, 'CIRCUIT_OPEN', { retryAfterMs })
  }

  type Exchange<T> = (observe: (headers: ResponseHeaders) => void) => Promise<T>

  /** Runs one exchange when it may; `observe` is to be told the headers of its answer. Not sent when it fails here. */
  async function run<T>(call: Call<T>, exchange: Exchange<T>): Promise<T> {
    const key = rate?.per === 'endpoint' ? `${call.method} ${call.path}` : ''
    const send = () => breaker.execute(() => exchange((headers) => pacer?.learn(key, headers)))
    const waitMs = reserveTurn(key, call.signal)
    try {
      return await (waitMs > 0 || slots.executionSlots === 0
        ? waitAndSend(waitMs, call.signal, send)
        : slots.execute(send, call.signal))
    } catch (error) {
      if (error instanceof TaskCancelledError) throw toWaitedError()
      throw error instanceof BrokenCircuitError ? toOpenError() : error
    }
  }

  async function waitAndSend<T>(waitMs: number, budget: AbortSignal, send: () => Promise<T>): Promise<T> {
    observer.onWaiting(account, 1)
    const { promise: spent, reject } = Promise.withResolvers<never>()
    const giveUp = () => reject(toWaitedError())
    let waiting = true
    const stopWaiting = () => {
      if (!waiting) return
      waiting = false
      budget.removeEventListener('abort', giveUp)
      observer.onWaiting(account, -1)
    }
    const start = () => {
      stopWaiting()
      return send()
    }
    try {
      if (waitMs > 0) await sleep(waitMs, undefined, { signal: budget }).catch(() => Promise.reject(toWaitedError()))
      budget.addEventListener('abort', giveUp, { once: true })
      return await Promise.race([slots.execute(start, budget), spent])
    } finally {
      stopWaiting()
    }
  }

  return {
    run,
    /** Forgets how long the provider said to wait. */
    forgetWaits: () => pacer?.forget(),
  }
}

/** Whether a failure tells against the provider; a call whose owner left does not. */
function isUnavailable(error: unknown): boolean {
  const abandoned = error instanceof Error && error.cause instanceof DOMException && error.cause.name === 'AbortError'
  if (abandoned) return false
  return error instanceof OutcomeUnknownError || (error instanceof UpstreamUnavailableError && error.reason !== 'NOT_CONFIGURED')
}
