import { checkMs, within } from './deadline.ts'
import { RefusedWriteError } from './error.ts'

export interface HealthOptions {
  /** After this time without a new entry, a check tries to record one. */
  readonly checkEveryMs?: number | undefined
  /** A check that takes longer has failed. */
  readonly checkMs?: number | undefined
}

const checkEveryMs = 10_000

/** Whether entries can be recorded, as far as that is known. */
export function createHealth(options: HealthOptions, place: string) {
  const everyMs = options.checkEveryMs ?? checkEveryMs
  const mostMs = options.checkMs ?? checkMs
  let isWritable = true
  let shownMs = performance.now()
  let running: Promise<void> | undefined

  return {
    isWritable: () => isWritable,

    /** Only an entry shows that entries can be recorded: other tables may be fine without that. */
    noteEntry(): void {
      isWritable = true
      shownMs = performance.now()
    },

    /** A refused write changes nothing, so it shows nothing. */
    noteFailure(error: unknown): void {
      isWritable &&= error instanceof RefusedWriteError
    },

    isDue: () => !isWritable || performance.now() >= shownMs + everyMs,

    /** Runs one attempt to record an entry at a time. */
    async check(attempt: () => Promise<void>): Promise<void> {
      const startedMs = performance.now()
      try {
        running ??= attempt().finally(() => (running = undefined))
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
