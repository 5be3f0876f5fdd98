import { toPortion } from '../portion.ts'
import type { Rate, WindowState } from './rate.ts'
import { longestWaitMs } from './wait.ts'

/** Position of a request in the queue. */
export interface Turn {
  getWaitMs(): number
  /** Resolves to true when its turn comes, or to false if the signal aborts first. */
  wait(signal: AbortSignal): Promise<boolean>
  /** Called if the request is not sent: later ones move up. */
  giveBack(): void
}

/** What waits for a time that can change. */
export interface Waiting {
  /** Makes it check the time again. */
  wake?: () => void
}

/** Resolves to true when there is nothing to wait for, or to false if the signal aborts first. */
export async function waitUntil(waiting: Waiting, getWaitMs: () => number, signal: AbortSignal): Promise<boolean> {
  for (let waitMs = getWaitMs(); waitMs > 0 && !signal.aborted; waitMs = getWaitMs()) {
    const { promise, resolve } = Promise.withResolvers<void>()
    waiting.wake = resolve
    const timer = setTimeout(resolve, Math.ceil(waitMs))
    signal.addEventListener('abort', () => resolve(), { once: true })
    await promise
    clearTimeout(timer)
  }
  return !signal.aborted
}

/** Paces requests to one limit, by key. */
export interface Pacer {
  /** Time until the next free slot. */
  getWaitMs(key: string, amount: number): number
  /** Reserves the next free slot and returns the wait; reserves nothing if the wait exceeds `mostMs`. */
  reserve(key: string, mostMs: number, amount?: number): { readonly waitMs: number; readonly turn: Turn | null }
  /** Blocks requests for a requested wait. */
  hold(key: string, waitMs: number): void
  isHeld(key: string): boolean
  /** Applies what a response tells, for at most an hour. */
  learn(key: string, state: WindowState): void
  /** Drops what it learned, but not the requests sent. */
  forget(): void
}

interface Start extends Waiting {
  atMs: number
  /** How much of the window it takes. */
  readonly amount: number
  /** Whether another client made it, according to the provider's count. */
  readonly learned: boolean
}

interface Window {
  /** Times of sent and reserved requests, oldest first. */
  starts: Start[]
  /** What they take together. */
  taken: number
  calls: number
  /** Time until which the provider reports no remaining requests. */
  blockedUntil: number
  /** Time until which the provider asked to wait. */
  heldUntil: number
  /** Time until which the provider's value for `calls` is valid. */
  learnedUntil: number
}

/** A clock that nobody sets. */
export const readSteadyMs = (): number => performance.now()

/**
 * Paces requests to a window that slides. What the provider tells takes precedence. Each key has its own window. Of several processes, each
 * keeps to its share of the limit, however much of it the others use.
 */
export function createPacer(rate: Rate, now: () => number = readSteadyMs, countProcesses: () => number = () => 1): Pacer {
  const windows = new Map<string, Window>()

  function open(key: string): Window {
    const window = windows.get(key) ?? { starts: [], taken: 0, calls: rate.calls, blockedUntil: 0, heldUntil: 0, learnedUntil: 0 }
    windows.set(key, window)
    const time = now()
    if (window.learnedUntil <= time) window.calls = rate.calls
    const fresh = window.starts.findIndex(({ atMs }) => atMs > time - rate.perMs)
    const passed = window.starts.splice(0, fresh === -1 ? window.starts.length : fresh)
    window.taken = window.starts.length === 0 ? 0 : window.taken - sum(passed)
    return window
  }

  /** Time at which there is room for an amount. */
  function findTurn(starts: readonly Start[], calls: number, amount: number): number {
    // More than the window has would never fit.
    let left = calls - Math.min(amount, calls)
    const last = starts.findLast((start) => {
      left -= start.amount
      return left < 0
    })
    return last === undefined ? 0 : last.atMs + rate.perMs
  }

  /** Time at which there is room within a limit, and within the share of this process. */
  function findRoom({ starts, taken }: Window, calls: number, amount: number): number {
    const room = taken + amount <= calls ? 0 : findTurn(starts, calls, amount)
    const processes = countProcesses()
    if (processes <= 1) return room
    const own = starts.filter(({ learned }) => !learned)
    return Math.max(room, findTurn(own, toPortion(calls, processes), amount))
  }

  function toTurn(window: Window, start: Start): Turn {
    const getWaitMs = () => start.atMs - now()
    return {
      getWaitMs,
      wait: (signal) => waitUntil(start, getWaitMs, signal),
      giveBack() {
        const index = window.starts.indexOf(start)
        if (index === -1) return
        const behind = window.starts.slice(index + 1)
        let freeMs = start.atMs
        // A larger one has no room in its place.
        if (behind.every(({ amount }) => amount === start.amount))
          for (const each of behind) [each.atMs, freeMs] = [freeMs, each.atMs]
        window.starts.splice(index, 1)
        window.taken -= start.amount
        for (const { wake } of behind) wake?.()
      },
    }
  }

  /** Time of the next free slot. */
  function findSlot(window: Window, amount: number): number {
    const learned = Math.min(findRoom(window, window.calls, amount), window.learnedUntil)
    const stated = findRoom(window, Math.max(window.calls, rate.calls), amount)
    return Math.max(now(), window.blockedUntil, window.heldUntil, learned, stated)
  }

  return {
    getWaitMs: (key, amount) => findSlot(open(key), amount) - now(),

    reserve(key, mostMs, amount = 1) {
      const window = open(key)
      const atMs = findSlot(window, amount)
      const waitMs = atMs - now()
      if (waitMs >= mostMs) return { waitMs, turn: null }
      const start: Start = { atMs, amount, learned: false }
      window.starts.push(start)
      window.taken += amount
      mergeOldest(window.starts)
      return { waitMs, turn: toTurn(window, start) }
    },

    hold(key, waitMs) {
      const window = open(key)
      window.heldUntil = Math.max(window.heldUntil, now() + waitMs)
    },
    isHeld: (key) => (windows.get(key)?.heldUntil ?? 0) > now(),

    learn(key, { limit, remaining, resetMs }) {
      if (limit === undefined && remaining === undefined) return
      const window = open(key)
      const time = now()
      if (limit !== undefined && limit > 0) {
        window.calls = limit
        window.learnedUntil = time + longestWaitMs
      }
      if (remaining === undefined) return
      const used = Math.max(0, window.calls - remaining)
      const past = window.starts.filter(({ atMs }) => atMs <= time)
      const reserved = window.starts.filter(({ atMs }) => atMs > time)
      const counted = takeNewest(past, used)
      const unseen = used - sum(counted)
      // What is used is free again at the reset. A reset in the past says nothing.
      const freeMs = resetMs || Number.POSITIVE_INFINITY
      for (const each of counted) each.atMs = Math.min(each.atMs, time - rate.perMs + freeMs)
      // In a longer window, it counts as used early enough not to delay anyone.
      const atMs = Math.min(time, time - rate.perMs + Math.min(freeMs, longestWaitMs))
      const others = unseen > 0 ? [{ atMs, amount: unseen, learned: true }] : []
      window.starts = [...counted, ...others, ...reserved].toSorted((one, other) => one.atMs - other.atMs)
      window.taken = sum(window.starts)
      window.blockedUntil = remaining === 0 ? time + (resetMs ?? 0) : 0
    },

    forget() {
      for (const window of windows.values()) {
        window.calls = rate.calls
        window.blockedUntil = 0
        window.heldUntil = 0
        window.starts = window.starts.filter(({ learned }) => !learned)
        window.taken = sum(window.starts)
      }
    },
  }
}

function sum(starts: readonly Start[]): number {
  return starts.reduce((total, { amount }) => total + amount, 0)
}

/** The newest that together take no more than an amount, oldest first. */
function takeNewest(starts: readonly Start[], most: number): readonly Start[] {
  let left = most
  const first = starts.findLastIndex(({ amount }) => {
    left -= amount
    return left < 0
  })
  return starts.slice(first + 1)
}

/** Maximum number of requests that are kept apart in a window. */
const mostKept = 10_000

/** Counts the two oldest of too many as one, at the later time. */
function mergeOldest(starts: Start[]): void {
  const [oldest, next] = starts
  if (starts.length <= mostKept || oldest === undefined || next === undefined) return
  starts.splice(0, 2, { ...next, amount: oldest.amount + next.amount })
}
