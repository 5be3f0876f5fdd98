import { createInterface } from 'node:readline/promises'
import type { Environment } from '../config/config.ts'
import { toPlain } from '../observe/plain.ts'
import { write } from './output.ts'
import { createStyle, isPlain, type Style, toColoured } from './style.ts'

/** Where a command talks to a person, or to what reads its output. What others have named is shown as text in every line. */
export interface Terminal {
  /** A line of the result. */
  print(line: string): void
  /** A line about the result, which is not part of it. */
  note(line: string): void
  /** What is happening, replaced by the next one; on a terminal only, and never with NO_COLOR. */
  progress(text: string | null): void
  /** Colours a text if it is shown on a terminal that wants colours. */
  readonly style: Style
  /** Asks a question; null if there is nobody to answer. Ctrl+C and Ctrl+D are no answer. */
  ask(question: string): Promise<string | null>
}

/** The terminal of this process. */
export function openTerminal(environment: Environment): Terminal {
  const { stdin, stderr } = process
  let shown = false

  function progress(text: string | null): void {
    if (isPlain(stderr, environment) || (text === null && !shown)) return
    stderr.write(`\r\u001B[K${text === null ? '' : text.slice(0, stderr.columns - 1)}`)
    shown = text !== null
  }

  async function ask(question: string): Promise<string | null> {
    if (!stdin.isTTY || !stderr.isTTY) return null
    const lines = createInterface({ input: stdin, output: stderr })
    try {
      return await lines.question(question, { signal: onClose(lines) })
    } catch {
      stderr.write('\n')
      return ''
    } finally {
      lines.close()
    }
  }

  return {
    print(line) {
      progress(null)
      write(`${toColoured(line)}\n`)
    },
    note(line) {
      progress(null)
      stderr.write(`${toPlain(line)}\n`)
    },
    progress,
    style: createStyle(environment),
    ask,
  }
}

function onClose(lines: ReturnType<typeof createInterface>): AbortSignal {
  const controller = new AbortController()
  lines.once('close', () => controller.abort())
  lines.once('SIGINT', () => controller.abort())
  return controller.signal
}
