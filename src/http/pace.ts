/** How many calls an API takes in a sliding window. */
export interface Rate {
  readonly calls: number
  readonly perMs: number
}

/** What a window counts at most, whatever a header says: each call is remembered. */
const mostCalls = 10_000

type Headers = Readonly<Record<string, string | string[] | undefined>>

interface Window {
  /** When calls were made or are reserved to be made, oldest first. */
  starts: number[]
  calls: number
  /** The provider said that there is nothing left until then. */
  blockedUntil: number
}

/** Spreads calls so that a rate holds; what the provider's own headers say wins, either way. Each key has its own window. */
export function createPacer(rate: Rate, now: () => number = Date.now) {
  const windows = new Map<string, Window>()

  function open(key: string): Window {
    const window = windows.get(key) ?? { starts: [], calls: rate.calls, blockedUntil: 0 }
    windows.set(key, window)
    const time = now()
    const fresh = window.starts.findIndex((start) => start > time - rate.perMs)
    window.starts.splice(0, fresh === -1 ? window.starts.length : fresh)
    return window
  }

  return {
    /** Reserves the next free moment and tells how far away it is; reserves nothing when that is further than `mostMs`. */
    reserve(key: string, mostMs: number): { readonly waitMs: number; readonly reserved: boolean } {
      const window = open(key)
      const time = now()
      const oldest = window.starts.at(-window.calls)
      const start = Math.max(time, window.blockedUntil, oldest === undefined ? 0 : oldest + rate.perMs)
      const waitMs = start - time
      if (waitMs >= mostMs) return { waitMs, reserved: false }
      window.starts.push(start)
      return { waitMs, reserved: true }
    },

    /** Learns from X-RateLimit-Limit, -Remaining and -Reset (Unix seconds), where an answer has them. */
    learn(key: string, headers: Headers): void {
      if (headers['x-ratelimit-limit'] === undefined && headers['x-ratelimit-remaining'] === undefined) return
      const [limit, remaining, reset] = ['limit', 'remaining', 'reset'].map((name) => readCount(headers[`x-ratelimit-${name}`]))
      const window = open(key)
      if (limit !== undefined && limit > 0) window.calls = Math.min(limit, mostCalls)
      if (remaining === undefined) return
      const used = Math.max(0, window.calls - remaining)
      const time = now()
      const past = window.starts.filter((start) => start <= time)
      const reserved = window.starts.filter((start) => start > time)
      const counted = used === 0 ? [] : past.slice(-used)
      const unseen = Array.from({ length: used - counted.length }, () => time)
      window.starts = [...counted, ...unseen, ...reserved]
      window.blockedUntil = remaining === 0 && reset !== undefined ? reset * 1000 : 0
    },
  }
}

function readCount(value: string | string[] | undefined): number | undefined {
  return typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : undefined
}
