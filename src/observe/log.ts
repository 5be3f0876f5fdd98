import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { inspect } from 'node:util'
import { destination, type Logger, levels, pino } from 'pino'
import { toPlain } from './plain.ts'
import { quietly } from './quietly.ts'

/** Maximum buffered log if nothing reads it; more is dropped. */
const maximumBytes = 10_000_000
/** Time to flush the rest at exit. */
const endMs = 1_000

/** Colours a text where that is wanted. */
type Style = (color: 'green' | 'yellow' | 'red' | 'gray', text: string) => string

export interface ProcessLog {
  /** Never throws. */
  readonly log: Logger
  /** Flushes and closes the log. Resolves when everything is written, cannot be, or time runs out. */
  end(): Promise<void>
}

/** JSON, or human-readable lines on a terminal. Written asynchronously. */
export function openLog(level: string, style: Style = (_, text) => text): ProcessLog {
  if (process.stdout.isTTY) {
    const terminal = destination({ sync: true })
    return { log: toLogger(level, terminal, (line) => terminal.write(toReadable(line, style))), end: () => Promise.resolve() }
  }
  const stream = destination({ sync: false, maxLength: maximumBytes })
  async function end(): Promise<void> {
    const ended = once(stream, 'close').catch(() => undefined)
    stream.end()
    await Promise.race([ended, sleep(endMs)])
    // Otherwise, failing writes would be retried while the process exits.
    stream.destroy()
  }
  let ending: Promise<void> | undefined
  return { log: toLogger(level, stream, (line) => stream.write(line)), end: () => (ending ??= end()) }
}

/** Uses `write` only: pino retries operations on streams until they succeed. */
function toLogger(level: string, stream: ReturnType<typeof destination>, write: (line: string) => unknown): Logger {
  // A full disk or a missing reader must not end a process with writes in progress.
  stream.on('error', () => undefined)
  return pino({ level }, { write: (line) => void quietly('The log', () => write(line)) })
}

type Facts = Readonly<Record<string, unknown>>

/** A human-readable log line, without fields that are the same for the whole process. */
export function toReadable(line: string, style: Style = (_, text) => text): string {
  const parsed: unknown = JSON.parse(line)
  const { time, level, msg = '', pid: _, hostname: __, ...more }: Facts = typeof parsed === 'object' ? { ...parsed } : {}
  const severity = Number(level)
  const color = severity < 40 ? 'green' : severity < 50 ? 'yellow' : 'red'
  const label = style(color, levels.labels[severity]?.toUpperCase() ?? '')
  const facts = Object.entries(more).map(([name, value]) => ` ${name}=${inspect(value, { breakLength: Infinity, depth: null })}`)
  return `[${new Date(Number(time)).toISOString().slice(11, 23)}] ${label}: ${toPlain(String(msg))}${style('gray', toPlain(facts.join('')))}\n`
}
