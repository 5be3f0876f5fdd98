import type { Config } from '../config/config.ts'

/** Time for requests to end after a stop signal. */
export const drainMs = 4_000

/** Extra time for a write to be recorded and its response sent. */
const afterMs = 15_000

/** Time for writes to end, longer than their own timeout, because their response may be the only one with a secret. */
export function getDrainWritesMs({ upstreamTimeoutMs }: Pick<Config, 'upstreamTimeoutMs'>): number {
  return upstreamTimeoutMs + afterMs
}
