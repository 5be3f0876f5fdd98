import { longestWaitMs, readResetMs } from './wait.ts'

/** Number of requests that an API allows in a sliding window. */
export interface Rate {
  readonly calls: number
  readonly perMs: number
}

/** Rate limit of an upstream API, counted together or per method and path. */
export interface UpstreamRate extends Rate {
  readonly per: 'account' | 'endpoint'
}

/** Maximum count of a window, even if a header allows more, because each request is kept in memory. */
const mostCalls = 10_000

/** For providers that document no rate limit: only their headers apply. */
export const unlimited: Rate = { calls: mostCalls, perMs: 0 }

type Headers = Readonly<Record<string, string | string[] | undefined>>

/** Position of a request in the queue. */
export interface Turn {
  getWaitMs(): number
  /** Resolves to true when its turn comes, or to false if the signal aborts first. */
  wait(signal: AbortSignal): Promise<boolean>
  /** Called if the request is not sent: later ones move up. */
  giveBack(): void
}

interface Start {
  atMs: number
  /** Makes the waiting request check the time again. */
  wake?: () => void
  /** Whether another client made it, according to the provider's count. */
  readonly learned: boolean
}

interface Window {
  /** Times of sent and reserved requests, oldest first. */
  starts: Start[]
  calls: number
  /** Time until which the provider reports no remaining requests. */
  blockedUntil: number
  /** Time until which the provider asked to wait. */
  heldUntil: number
  /** Time until which the provider's value for `calls` is valid. */
  learnedUntil: number
}

/** Paces requests to a rate limit. The provider's headers take precedence. Each key has its own window. */
export function createPacer(rate: Rate, now: () => number = () => performance.now()) {
  const windows = new Map<string, Window>()

  function open(key: string): Window {
    const window = windows.get(key) ?? { starts: [], calls: rate.calls, blockedUntil: 0, heldUntil: 0, learnedUntil: 0 }
    windows.set(key, window)
    const time = now()
    if (window.learnedUntil <= time) window.calls = rate.calls
    const fresh = window.starts.findIndex(({ atMs }) => atMs > time - rate.perMs)
    window.starts.splice(0, fresh === -1 ? window.starts.length : fresh)
    return window
  }

  /** Time of the next free slot by the request count. */
  function findTurn({ starts }: Window, calls: number): number {
    const oldest = starts.at(-calls)
    return oldest === undefined ? 0 : oldest.atMs + rate.perMs
  }

  function toTurn(window: Window, start: Start): Turn {
    const getWaitMs = () => start.atMs - now()
    return {
      getWaitMs,
      async wait(signal) {
        for (let waitMs = getWaitMs(); waitMs > 0 && !signal.aborted; waitMs = getWaitMs()) {
          const { promise, resolve } = Promise.withResolvers<void>()
          start.wake = resolve
          const timer = setTimeout(resolve, Math.ceil(waitMs))
          signal.addEventListener('abort', () => resolve(), { once: true })
          await promise
          clearTimeout(timer)
        }
        return !signal.aborted
      },
      giveBack() {
        const index = window.starts.indexOf(start)
        if (index === -1) return
        const behind = window.starts.slice(index + 1)
        let freeMs = start.atMs
        for (const each of behind) [each.atMs, freeMs] = [freeMs, each.atMs]
        window.starts.splice(index, 1)
        for (const { wake } of behind) wake?.()
      },
    }
  }

  return {
    /** Reserves the next free slot and returns the wait; reserves nothing if the wait exceeds `mostMs`. */
    reserve(key: string, mostMs: number): { readonly waitMs: number; readonly turn: Turn | null } {
      const window = open(key)
      const time = now()
      const learned = Math.min(findTurn(window, window.calls), window.learnedUntil)
      const stated = findTurn(window, Math.max(window.calls, rate.calls))
      const atMs = Math.max(time, window.blockedUntil, window.heldUntil, learned, stated)
      const waitMs = atMs - time
      if (waitMs >= mostMs) return { waitMs, turn: null }
      const start: Start = { atMs, learned: false }
      window.starts.push(start)
      return { waitMs, turn: toTurn(window, start) }
    },

    /** Blocks requests for a requested wait. */
    hold(key: string, waitMs: number): void {
      const window = open(key)
      window.heldUntil = Math.max(window.heldUntil, now() + waitMs)
    },
    isHeld: (key: string): boolean => (windows.get(key)?.heldUntil ?? 0) > now(),

    /** Applies X-RateLimit-Limit, -Remaining and -Reset, if present, for at most an hour. */
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
      // Used requests are free again at the reset. A reset in the past says nothing.
      const resetMs = readResetMs(headers) || Number.POSITIVE_INFINITY
      for (const each of counted) each.atMs = Math.min(each.atMs, time - rate.perMs + resetMs)
      // In a longer window, they count as sent early enough not to delay anyone.
      const atMs = Math.min(time, time - rate.perMs + Math.min(resetMs, longestWaitMs))
      const unseen = Array.from({ length: used - counted.length }, () => ({ atMs, learned: true }))
      window.starts = [...counted, ...unseen, ...reserved].toSorted((one, other) => one.atMs - other.atMs)
      window.blockedUntil = remaining === 0 ? time + (readResetMs(headers) ?? 0) : 0
    },

    /** Drops what it learned from headers, but not the requests sent. */
    forget(): void {
      for (const window of windows.values()) {
        window.calls = rate.calls
        window.blockedUntil = 0
        window.heldUntil = 0
        window.starts = window.starts.filter(({ learned }) => !learned)
      }
    },
  }
}

function readCount(value: string | string[] | undefined): number | undefined {
  return typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : undefined
}
