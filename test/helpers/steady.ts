import { setTimeout as sleep } from 'node:timers/promises'

/** What a beat consists of: each nap ends late where the machine has no time for this process. */
const naps = 8
const napMs = 2
/** How long a beat takes at most on a machine that has the time. */
const punctualMs = 4 * naps * napMs

/** Tells time that passes from time that the machine is busy with something else. */
export interface SteadyClock extends Disposable {
  /** In milliseconds. Stands still while the machine is busy, and never goes faster than any other clock. */
  now(): number
  /** For how many milliseconds it has stood still. */
  lagMs(): number
}

/** Starts a clock that counts the beats that are on time: those that take no longer than `mostMs`. */
export function startSteadyClock(mostMs: number = punctualMs): SteadyClock {
  const startedMs = performance.now()
  let steadyMs = 0
  let beganMs = startedMs
  const end = new AbortController()

  async function goOn(): Promise<void> {
    for (;;) {
      for (let nap = 0; nap < naps; nap += 1) await sleep(napMs, undefined, { ref: false, signal: end.signal })
      const endedMs = performance.now()
      if (endedMs - beganMs <= mostMs) steadyMs += endedMs - beganMs
      beganMs = endedMs
    }
  }
  goOn().catch(() => {})

  return {
    now: () => steadyMs,
    lagMs: () => beganMs - startedMs - steadyMs,
    [Symbol.dispose]() {
      end.abort()
    },
  }
}
