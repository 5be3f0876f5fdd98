import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { inspect, styleText } from 'node:util'
import { destination, type Logger, levels, pino } from 'pino'
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
export function openLog(level: string): ProcessLog {
  if (process.stdout.isTTY) {
    return { log: toLogger(level, destination({ sync: true }), toReadable), end: () => Promise.resolve() }
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
function toLogger(level: string, stream: ReturnType<typeof destination>, format = (line: string) => line): Logger {
  // A disk that is full, or a reader that is gone, ends no process whose writes have begun.
  stream.on('error', () => undefined)
  return pino({ level }, { write: (line) => void quietly('The log', () => stream.write(format(line))) })
}

type Facts = Readonly<Record<string, unknown>>

/** A line of the log for people, without what all lines of a process have in common. */
export function toReadable(line: string): string {
  const parsed: unknown = JSON.parse(line)
  const { time, level, msg = '', pid: _, hostname: __, ...more }: Facts = typeof parsed === 'object' ? { ...parsed } : {}
  const severity = Number(level)
  const color = severity < 40 ? 'green' : severity < 50 ? 'yellow' : 'red'
  const label = styleText(color, levels.labels[severity]?.toUpperCase() ?? '')
  const facts = Object.entries(more).map(([name, value]) => ` ${name}=${inspect(value, { breakLength: Infinity, depth: null })}`)
  return `[${new Date(Number(time)).toISOString().slice(11, 23)}] ${label}: ${String(msg)}${styleText('gray', facts.join(''))}\n`
}
