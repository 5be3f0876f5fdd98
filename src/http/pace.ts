import { longestWaitMs, readResetMs } from './wait.ts'

/** How many calls an API takes in a sliding window. */
export interface Rate {
  readonly calls: number
  readonly perMs: number
}

/** What a window counts at most, whatever a header says: each call is remembered. */
const mostCalls = 10_000

type Headers = Readonly<Record<string, string | string[] | undefined>>

interface Start {
  readonly atMs: number
  /** Whether somebody else made it, as the provider's count tells. */
  readonly learned: boolean
}

interface Window {
  /** When calls were made or are reserved to be made, oldest first. */
  starts: Start[]
  calls: number
  /** The provider said that there is nothing left until then. */
  blockedUntil: number
  /** What the provider said of `calls` holds until then. */
  learnedUntil: number
}

/** Spreads calls so that a rate holds; what the provider's own headers say wins, either way. Each key has its own window. */
export function createPacer(rate: Rate, now: () => number = Date.now) {
  const windows = new Map<string, Window>()

  function open(key: string): Window {
    const window = windows.get(key) ?? { starts: [], calls: rate.calls, blockedUntil: 0, learnedUntil: 0 }
    windows.set(key, window)
    const time = now()
    if (window.learnedUntil <= time) window.calls = rate.calls
    const fresh = window.starts.findIndex(({ atMs }) => atMs > time - rate.perMs)
    window.starts.splice(0, fresh === -1 ? window.starts.length : fresh)
    return window
  }

  /** When the next call is free by a count of calls. */
  function findTurn({ starts }: Window, calls: number): number {
    const oldest = starts.at(-calls)
    return oldest === undefined ? 0 : oldest.atMs + rate.perMs
  }

  return {
    /** Reserves the next free moment and tells how far away it is; reserves nothing when that is further than `mostMs`. */
    reserve(key: string, mostMs: number): { readonly waitMs: number; readonly reserved: boolean } {
      const window = open(key)
      const time = now()
      const learned = Math.min(findTurn(window, window.calls), window.learnedUntil)
      const stated = findTurn(window, Math.max(window.calls, rate.calls))
      const atMs = Math.max(time, window.blockedUntil, learned, stated)
      const waitMs = atMs - time
      if (waitMs >= mostMs) return { waitMs, reserved: false }
      window.starts.push({ atMs, learned: false })
      return { waitMs, reserved: true }
    },

    /** Learns from X-RateLimit-Limit, -Remaining and -Reset, where an answer has them; for an hour at most. */
    learn(key: string, headers: Headers): void {
      if (headers['x-ratelimit-limit'] === undefined && headers['x-ratelimit-remaining'] === undefined) return
      const [limit, remaining] = [readCount(headers['x-ratelimit-limit']), readCount(headers['x-ratelimit-remaining'])]
      const window = open(key)
      const time = now()
      if (limit !== undefined && limit > 0) {
        window.calls = Math.min(limit, mostCalls)
        window.learnedUntil = time + longestWaitMs
      }
      if (remaining === undefined) return
      const used = Math.max(0, window.calls - remaining)
      const past = window.starts.filter(({ atMs }) => atMs <= time)
      const reserved = window.starts.filter(({ atMs }) => atMs > time)
      const counted = used === 0 ? [] : past.slice(-used)
      // In a longer window they count as made so early that nobody waits longer for them.
      const atMs = Math.min(time, time - rate.perMs + longestWaitMs)
      const unseen = Array.from({ length: used - counted.length }, () => ({ atMs, learned: true }))
      window.starts = [...counted, ...unseen, ...reserved].toSorted((one, other) => one.atMs - other.atMs)
      window.blockedUntil = remaining === 0 ? time + (readResetMs(headers) ?? 0) : 0
    },

    /** Forgets what it has learned, and not the calls that were made. */
    forget(): void {
      for (const window of windows.values()) {
        window.calls = rate.calls
        window.blockedUntil = 0
        window.starts = window.starts.filter(({ learned }) => !learned)
      }
    },
  }
}

function readCount(value: string | string[] | undefined): number | undefined {
  return typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : undefined
}
