import { setTimeout as sleep } from 'node:timers/promises'
import { RateLimitedError, UpstreamUnavailableError } from '../errors.ts'
import type { Budget } from '../budget.ts'

export interface RetryPolicy {
  /** Maximum number of attempts, including the first. */
  readonly calls: number
  /** Maximum first pause; the maximum doubles with each further one. */
  readonly firstPauseMs: number
}

/**
 * Retries until the request succeeds, fails permanently, or runs out of attempts or time. `attempt` receives the number of
 * requests sent, including this one.
 */
export async function retry<T>(policy: RetryPolicy, budget: Budget, attempt: (attempts: number) => Promise<T>): Promise<T> {
  for (let attempts = 1; ; attempts += 1) {
    try {
      return await attempt(attempts)
    } catch (error) {
      if (attempts >= policy.calls || !isPassing(error)) throw error
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

/** Temporary failures that changed nothing: a request that was never sent, a rate limit, a failed read. */
function isPassing(error: unknown): error is RateLimitedError | UpstreamUnavailableError {
  if (error instanceof RateLimitedError) return true
  if (!(error instanceof UpstreamUnavailableError)) return false
  if (error.reason === 'CONNECTION') return true
  return error.reason === 'SERVER_ERROR' && [500, 502, 503, 504].includes(error.upstream?.status ?? 0)
}
