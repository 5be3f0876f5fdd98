import { once } from 'node:events'
import type { Server } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Config } from '../config/config.ts'
import { quietly } from '../observe/quietly.ts'
import { flushTraces } from '../observe/trace.ts'
import type { Store } from '../store/store.ts'
import { closeStore, logUnrecorded } from './close.ts'
import { acceptMs, drainMs, getDrainWritesMs } from './drain.ts'

// The end of a process that serves: it takes nothing more, finishes what it has begun, and records the outcomes.

/** Time to send the spans of the last requests. */
const flushTracesMs = 2_000

export type Life = ReturnType<typeof createLife>

/** Whether a process takes requests, and what it still does. */
export function createLife() {
  let phase: 'SERVING' | 'LEAVING' | 'DRAINING' = 'SERVING'
  let writing = 0
  let writtenMs = 0
  return {
    isReady: () => phase === 'SERVING',
    isStopping: () => phase === 'DRAINING',
    isWriting: () => writing > 0,
    /** When a write last began or ended. */
    getWrittenMs: () => writtenMs,
    /** Tells others that it will take nothing more. */
    leave: () => void (phase = 'LEAVING'),
    drain: () => void (phase = 'DRAINING'),
    onWriting(change: 1 | -1): void {
      writing += change
      writtenMs = performance.now()
    },
  }
}

interface StopOptions {
  readonly life: Life
  readonly config: Config
  readonly server: Server
  readonly store: Store
  readonly log: Logger
  endLog(): Promise<void>
  redact(text: string): string
  /** Begins nothing more by itself. */
  endWork(): void
  endUpkeep(): void
  /** Lets go of everything but store and log, once no request runs. */
  release(): Promise<void>
}

/** Stops the process when it is told to, or on an error that nobody expects. */
export function stopOnSignals(options: StopOptions): void {
  const { store, log, endLog, redact } = options
  const stop = createStop(options)
  let stopping = false
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (stopping) {
        log.warn(`${signal} again: exiting immediately`)
        logUnrecorded(store, log)
        void endLog().then(() => process.exit(1))
        return
      }
      stopping = true
      log.info(`${signal}: draining`)
      // Others can take what comes, once whoever sends it knows.
      void stop(0, signal === 'SIGTERM' && store.isShared ? acceptMs : 0)
    })
  }
  process.on('uncaughtException', (error) => {
    quietly('The log', () => {
      const { name, message, stack = '' } = error
      log.fatal({ error: { name, message: redact(message), stack: redact(stack) } }, 'unexpected error: exiting')
    })
    if (stopping) return
    stopping = true
    void stop(1)
  })
}

function createStop({ life, config, server, store, log, endLog, endWork, endUpkeep, release }: StopOptions) {
  const { isWriting, getWrittenMs } = life

  let isExiting = false
  /** Outcomes of writes can be recorded until then. */
  async function exit(code: number, untilMs: number): Promise<void> {
    if (isExiting) return
    isExiting = true
    endUpkeep()
    const [isRecorded] = await Promise.all([closeStore({ store, log, untilMs }), flushTraces(flushTracesMs)])
    await endLog()
    process.exit(isRecorded ? code : 1)
  }

  return async (exitCode: number, waitMs = 0): Promise<void> => {
    life.leave()
    await sleep(waitMs)
    life.drain()
    endWork()
    const startedMs = performance.now()
    const writesUntilMs = startedMs + getDrainWritesMs(config)
    const timer = setInterval(() => {
      // Idle keep-alive connections would stay open otherwise.
      server.closeIdleConnections()
      // Responses to recent writes still have to be sent.
      const lastMs = isWriting() ? writesUntilMs : Math.max(startedMs + drainMs, getWrittenMs() + 1_000)
      if (performance.now() < lastMs) return
      clearInterval(timer)
      log.warn('shutdown timed out: remaining requests were aborted')
      void exit(isWriting() ? 1 : exitCode, writesUntilMs)
    }, 100).unref()
    const closed = once(server, 'close')
    server.close()
    await closed
    // A client that has left doesn't end its write, whose outcome is yet to be recorded.
    while (isWriting()) await sleep(20)
    await release()
    clearInterval(timer)
    await exit(exitCode, writesUntilMs)
  }
}
