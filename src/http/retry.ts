import { setTimeout as sleep } from 'node:timers/promises'
import { RateLimitedError, UpstreamUnavailableError, WebhookError } from '../errors.ts'
import type { Budget } from '../budget.ts'

export interface RetryPolicy {
  /** Maximum number of attempts, including the first. */
  readonly calls: number
  /** Maximum first pause; the maximum doubles with each further one. */
  readonly firstPauseMs: number
}

/**
 * Retries until the request succeeds, fails permanently, or runs out of attempts or time. `attempt` receives the number of
 * requests sent, including this one. If a retry isn't sent, the failure of the request before it is the result.
 */
export async function retry<T>(policy: RetryPolicy, budget: Budget, attempt: (attempts: number) => Promise<T>): Promise<T> {
  let failure: PassingError | null = null
  for (let attempts = 1; ; attempts += 1) {
    try {
      return await attempt(attempts)
    } catch (error) {
      if (failure !== null && isUnsent(error)) throw toAnswered(failure, error)
      if (attempts >= policy.calls || !isPassing(error)) throw error
      failure = error
      const pauseMs = error.retryAfterMs ?? Math.random() * policy.firstPauseMs * 2 ** (attempts - 1)
      if (pauseMs >= budget.remainingMs) throw error
      try {
        await sleep(pauseMs, undefined, { signal: budget.signal })
      } catch {
        throw error
      }
    }
  }
}

type PassingError = RateLimitedError | UpstreamUnavailableError

/** Only an error from a request that was sent has upstream details. */
function isUnsent(error: unknown): error is WebhookError {
  return error instanceof WebhookError && error.upstream === null
}

/** The failure of the last request that was sent, with the time to wait for the next one. */
function toAnswered(failure: PassingError, refusal: WebhookError): WebhookError {
  const { cause, upstream } = failure
  const facts = { cause, upstream, retryAfterMs: refusal.retryAfterMs ?? failure.retryAfterMs }
  if (failure instanceof UpstreamUnavailableError) return new UpstreamUnavailableError(failure.message, failure.reason, facts)
  return refusal instanceof RateLimitedError ? new RateLimitedError(refusal.message, facts) : failure
}

/** Temporary failures that changed nothing: a request that was never sent, a rate limit, a failed read. */
function isPassing(error: unknown): error is PassingError {
  if (error instanceof RateLimitedError) return true
  if (!(error instanceof UpstreamUnavailableError)) return false
  if (error.reason === 'CONNECTION') return true
  if (error.reason !== 'SERVER_ERROR') return false
  const status = error.upstream?.status ?? 0
  // A response with 200 can state a failure in its body.
  return status === 200 || [500, 502, 503, 504].includes(status)
}
