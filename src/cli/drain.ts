import type { Config } from '../config/config.ts'

/** How long requests may take to end, once the process is told to stop. */
export const drainMs = 4_000

/** How long a write may take beyond its time: to be recorded and answered. */
const afterMs = 15_000

/** How long writes may, whose answer may be the only one with a secret: longer than they have time for. */
export function getDrainWritesMs({ upstreamTimeoutMs }: Pick<Config, 'upstreamTimeoutMs'>): number {
  return upstreamTimeoutMs + afterMs
}
