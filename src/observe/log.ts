import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { destination, type Logger, pino } from 'pino'
import { quietly } from './quietly.ts'

/** How much of the log is written at once, and after how long at the latest. */
const [bufferBytes, flushMs] = [8_192, 100]
/** How much of it waits where nobody takes it; what comes beyond that is dropped. */
const maximumBytes = 10_000_000
/** How long what is left may take at the end. */
const endMs = 1_000

export interface ProcessLog {
  /** Never throws. */
  readonly log: Logger
  /** Resolves when everything is written or cannot be, and after a while in any case. Nothing can be logged any more. */
  end(): Promise<void>
}

/** JSON, or lines for people where people are looking. Written behind the requests. */
export async function openLog(level: string): Promise<ProcessLog> {
  if (process.stdout.isTTY) {
    const stream = (await import('pino-pretty')).default({ ignore: 'pid,hostname', sync: true })
    return { log: toLogger(level, stream), end: () => Promise.resolve() }
  }
  const stream = destination({ sync: false, minLength: bufferBytes, periodicFlush: flushMs, maxLength: maximumBytes })
  async function end(): Promise<void> {
    const ended = once(stream, 'close').catch(() => undefined)
    stream.end()
    await Promise.race([ended, sleep(endMs)])
    // What is left would be tried again for as long as it fails, while the process exits.
    stream.destroy()
  }
  let ending: Promise<void> | undefined
  return { log: toLogger(level, stream), end: () => (ending ??= end()) }
}

/** By `write` alone: what pino does with whole streams, it does until it succeeds. */
function toLogger(level: string, stream: ReturnType<typeof destination> | NodeJS.WritableStream): Logger {
  // A disk that is full, or a reader that is gone, ends no process whose writes have begun.
  stream.on('error', () => undefined)
  return pino({ level }, { write: (line) => void quietly('The log', () => stream.write(line)) })
}
