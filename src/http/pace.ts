import { longestWaitMs, readResetMs } from './wait.ts'

/** How many calls an API takes in a sliding window. */
export interface Rate {
  readonly calls: number
  readonly perMs: number
}

/** How many calls an upstream takes: counted together, or for each method and path on its own. */
export interface UpstreamRate extends Rate {
  readonly per: 'account' | 'endpoint'
}

/** What a window counts at most, whatever a header says: each call is remembered. */
const mostCalls = 10_000

/** Of providers that document none: what they themselves say is kept. */
export const unlimited: Rate = { calls: mostCalls, perMs: 0 }

type Headers = Readonly<Record<string, string | string[] | undefined>>

/** The place of a call in the line. */
export interface Turn {
  getWaitMs(): number
  /** Resolves to whether its turn has come: false when the signal ended before. */
  wait(signal: AbortSignal): Promise<boolean>
  /** For a call that is not made: those behind it move up. */
  giveBack(): void
}

interface Start {
  atMs: number
  /** Has whoever waits for it look at the time again. */
  wake?: () => void
  /** Whether somebody else made it, as the provider's count tells. */
  readonly learned: boolean
}

interface Window {
  /** When calls were made or are reserved to be made, oldest first. */
  starts: Start[]
  calls: number
  /** The provider said that there is nothing left until then. */
  blockedUntil: number
  /** The provider asked for no call until then. */
  heldUntil: number
  /** What the provider said of `calls` holds until then. */
  learnedUntil: number
}

/** Spreads calls so that a rate holds; what the provider's own headers say wins, either way. Each key has its own window. */
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

  /** When the next call is free by a count of calls. */
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
    /** Reserves the next free moment and tells how far away it is; reserves nothing when that is further than `mostMs`. */
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

    /** Has no call begin for so long: a wait that was asked for. */
    hold(key: string, waitMs: number): void {
      const window = open(key)
      window.heldUntil = Math.max(window.heldUntil, now() + waitMs)
    },
    isHeld: (key: string): boolean => (windows.get(key)?.heldUntil ?? 0) > now(),

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
      // What is used up is free again at the reset. One that is not ahead tells nothing.
      const resetMs = readResetMs(headers) || Number.POSITIVE_INFINITY
      for (const each of counted) each.atMs = Math.min(each.atMs, time - rate.perMs + resetMs)
      // In a longer window they count as made so early that nobody waits longer for them.
      const atMs = Math.min(time, time - rate.perMs + Math.min(resetMs, longestWaitMs))
      const unseen = Array.from({ length: used - counted.length }, () => ({ atMs, learned: true }))
      window.starts = [...counted, ...unseen, ...reserved].toSorted((one, other) => one.atMs - other.atMs)
      window.blockedUntil = remaining === 0 ? time + (readResetMs(headers) ?? 0) : 0
    },

    /** Forgets what it has learned, and not the calls that were made. */
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
