import type { Config } from '../config/config.ts'

/**
 * Time after SIGTERM in which one of several processes still takes requests, though it is not ready any more: as long as a load balancer
 * that asks every second needs to notice.
 */
export const acceptMs = 3_000

/** Time for requests to end after that. */
export const drainMs = 4_000

/** Extra time for a write to be recorded and its response sent. */
const afterMs = 15_000

/** Time for writes to end, longer than their own timeout, because their response may be the only one with a secret. */
export function getDrainWritesMs({ upstreamTimeoutMs }: Pick<Config, 'upstreamTimeoutMs'>): number {
  return upstreamTimeoutMs + afterMs
}
