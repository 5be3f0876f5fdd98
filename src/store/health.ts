import { checkMs, within } from './deadline.ts'
import { RefusedWriteError } from './error.ts'

export interface HealthOptions {
  /** After this time without a new entry, a check tries to record one. */
  readonly checkEveryMs?: number | undefined
  /** A check that takes longer has failed. */
  readonly checkMs?: number | undefined
}

const checkEveryMs = 10_000

/** Whether writes can be recorded, as far as that is known. */
export function createHealth(options: HealthOptions, place: string) {
  const everyMs = options.checkEveryMs ?? checkEveryMs
  const mostMs = options.checkMs ?? checkMs
  let isWritable = true
  let shownMs = performance.now()
  let failedMs = Number.NEGATIVE_INFINITY
  let running: Promise<void> | undefined

  async function run(attempt: () => Promise<void>): Promise<void> {
    const startedMs = performance.now()
    await attempt()
    shownMs = performance.now()
    if (startedMs >= failedMs) isWritable = true
  }

  return {
    isWritable: () => isWritable,

    /** After a failure, it shows nothing: an outcome needs more tables than an entry. */
    noteEntry(): void {
      shownMs = performance.now()
    },

    /** A refused write changes nothing, so it shows nothing. Anything else fails the store until an attempt that begins later succeeds. */
    noteFailure(error: unknown): void {
      if (error instanceof RefusedWriteError) return
      isWritable = false
      failedMs = performance.now()
    },

    isDue: () => !isWritable || performance.now() >= shownMs + everyMs,

    /** Runs one attempt to record all that a write does at a time. */
    async check(attempt: () => Promise<void>): Promise<void> {
      const startedMs = performance.now()
      try {
        running ??= run(attempt).finally(() => (running = undefined))
        await within(mostMs, running, `${place}: it does not answer in time; check its load and its locks`)
      } catch (error) {
        // Others may have recorded theirs meanwhile.
        isWritable &&= shownMs > startedMs
        throw error
      }
    },
  }
}

export type Health = ReturnType<typeof createHealth>
