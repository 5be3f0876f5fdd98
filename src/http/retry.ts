import { setTimeout as sleep } from 'node:timers/promises'
import { RateLimitedError, UpstreamUnavailableError } from '../errors.ts'
import type { Budget } from './budget.ts'

export interface RetryPolicy {
  /** Calls at most, the first included. */
  readonly calls: number
  /** The first pause is at most this long, each further one at most twice the one before. */
  readonly firstPauseMs: number
}

/**
 * Calls until it succeeds, fails for good, has called often enough or has no time left for another try. `attempt` is told
 * how many calls were made, this one included.
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

/** What may pass and changed nothing: a call that never left, a rate limit, a read that met a failing server. */
function isPassing(error: unknown): error is RateLimitedError | UpstreamUnavailableError {
  // Without upstream, it was the gateway itself that did not call.
  if (error instanceof RateLimitedError) return error.upstream !== null
  if (!(error instanceof UpstreamUnavailableError)) return false
  if (error.reason === 'CONNECTION') return true
  return error.reason === 'SERVER_ERROR' && [500, 502, 503, 504].includes(error.upstream?.status ?? 0)
}
