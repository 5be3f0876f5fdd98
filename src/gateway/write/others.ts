import { setTimeout as sleep } from 'node:timers/promises'
import type { ReadTurn } from '../../store/store.ts'

/** The other processes on a store that several share, as far as a write has to do with them. */
export interface Others {
  /** The turn, as a write has to know it when it begins; null while another process is in. */
  enter(turn: string): Promise<ReadTurn | null>
  /** Learns what others have done to a webhook lately. */
  learn(upstreamId: string): Promise<void>
  /** Those of the webhooks that other writes have made; null if the store cannot tell now. */
  findMade(upstreamIds: readonly string[]): Promise<ReadonlySet<string> | null>
}

const firstPauseMs = 25
const longestPauseMs = 250

/** Pauses that grow, and differ from those of others who wait for the same. */
export function createPauses() {
  let nextMs = firstPauseMs
  /** Resolves to whether the pause came to its end before the signal aborted. */
  return async (signal: AbortSignal): Promise<boolean> => {
    const pauseMs = nextMs * (0.5 + Math.random() / 2)
    nextMs = Math.min(longestPauseMs, nextMs * 2)
    await sleep(pauseMs, undefined, { signal }).catch(() => {})
    return !signal.aborted
  }
}
