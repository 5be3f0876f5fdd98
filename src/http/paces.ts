import { createBucket } from './bucket.ts'
import type { Call } from './call.ts'
import { createPacer, readSteadyMs, type Turn } from './pace.ts'
import type { RateWindow, WindowState } from './rate.ts'
import type { ResponseHeaders } from './send.ts'
import { readState } from './wait.ts'

/** A request that waits for its turn in several windows, one after the other. */
export interface LongTurn extends Turn {
  /** Time until the next turn, if it comes too late; null otherwise. */
  getLateMs(): number | null
  /** Whether requests like this one are blocked for a requested wait. */
  isHeld(): boolean
}

/** Paces requests to all limits of an API, each counted on its own. */
export function createPaces(windows: readonly RateWindow[], now: () => number = readSteadyMs, countProcesses?: () => number) {
  const all = windows.map((window) => ({
    window,
    pacer: (window.steady === true ? createBucket : createPacer)(window, now, countProcesses),
    /** What requests of each kind cost, as a response told. */
    costs: new Map<string, number>(),
  }))

  /** The windows that count a request, with what it takes of each. */
  function listFor(call: Call<unknown>) {
    return all
      .filter(({ window: { counts } }) => counts !== 'WRITES' || call.effect === 'WRITE')
      .map(({ window, pacer, costs }) => ({
        pacer,
        key: toKey(window, call),
        amount: window.counts === 'POINTS' ? (costs.get(call.kind ?? '') ?? call.cost ?? 1) : 1,
      }))
  }

  /** Reserves the next free slot; reserves nothing if the wait exceeds `mostMs`. */
  function reserve(call: Call<unknown>, mostMs: number): { readonly waitMs: number; readonly turn: LongTurn | null } {
    const steps = listFor(call)
    const untilMs = now() + mostMs
    const longestMs = Math.max(...steps.map(({ pacer, key, amount }) => pacer.getWaitMs(key, amount)))
    if (longestMs >= mostMs) return { waitMs: longestMs, turn: null }
    const turns: Turn[] = []
    let lateMs: number | null = null

    /** Takes its place in one window after the other, until it has to wait. */
    function advance(): void {
      for (const { pacer, key, amount } of steps.slice(turns.length)) {
        const { waitMs, turn } = pacer.reserve(key, untilMs - now(), amount)
        if (turn === null) {
          lateMs = waitMs
          return
        }
        turns.push(turn)
        if (waitMs > 0) return
      }
    }

    const giveBack = () => {
      for (const turn of turns) turn.giveBack()
    }
    const getWaitMs = () => Math.max(...turns.map((turn) => turn.getWaitMs()))
    advance()
    return {
      waitMs: longestMs,
      turn: {
        getWaitMs,
        giveBack,
        getLateMs: () => lateMs,
        isHeld: () => steps.some(({ pacer, key }) => pacer.isHeld(key)),
        async wait(signal) {
          for (;;) {
            for (const turn of turns) if (!(await turn.wait(signal))) return false
            if (turns.length === steps.length) return true
            advance()
            if (lateMs !== null) return false
          }
        },
      },
    }
  }

  return {
    reserve,
    /** Blocks requests like this one for a requested wait. */
    hold(call: Call<unknown>, waitMs: number): void {
      for (const { pacer, key } of listFor(call)) pacer.hold(key, waitMs)
    },
    /** Applies what a response tells of each window. */
    learn(call: Call<unknown>, headers: ResponseHeaders, body: unknown): void {
      for (const { window, pacer, costs } of all) {
        const told = window.readState?.(body) ?? (window.headers && readState(headers, window.headers))
        if (told === undefined || !isCount(told)) continue
        pacer.learn(toKey(window, call), told)
        if (call.kind !== undefined && told.cost !== undefined) costs.set(call.kind, told.cost)
      }
    },
    /** Drops what it learned, but not the requests sent. */
    forget(): void {
      for (const { pacer } of all) pacer.forget()
    },
  }
}

/** What shares a window. */
function toKey({ per }: RateWindow, { method, path, kind = '' }: Call<unknown>): string {
  return per === 'endpoint' ? `${method} ${path.replace(/\?.*/, '')} ${kind}` : ''
}

/** Whether it can be counted with: larger numbers are no limit, and would add up to an endless wait. */
function isCount(state: WindowState): boolean {
  const numbers: readonly (number | undefined)[] = Object.values(state)
  return numbers.every((each) => each === undefined || Math.abs(each) <= Number.MAX_SAFE_INTEGER)
}
