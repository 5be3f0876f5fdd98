import { spawn } from '@lydell/node-pty'
import { stripVTControlCharacters } from 'node:util'
import { onTestFinished } from 'vitest'

export interface TerminalOptions {
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
}

/** A program on a terminal of its own. */
export function startOnTerminal(program: string, args: readonly string[], { cwd, env }: TerminalOptions) {
  const terminal = spawn(program, [...args], { name: 'xterm-256color', cols: 120, rows: 40, cwd, env: { ...env } })
  let shown = ''
  terminal.onData((data) => {
    shown += data
  })
  const exited = new Promise<number>((resolve) => terminal.onExit(({ exitCode }) => resolve(exitCode)))
  let hasEnded = false
  void exited.then(() => (hasEnded = true))
  onTestFinished(() => {
    if (!hasEnded) terminal.kill('SIGKILL')
  })

  return {
    /** Everything that was shown so far, with colours and whatever moves the cursor. */
    raw: () => shown,
    /** Same, as a person reads it. */
    text: () => stripVTControlCharacters(shown).replaceAll('\r\n', '\n'),
    /** Types, once this is shown. */
    async answer(question: string, keys: string): Promise<void> {
      while (!shown.includes(question)) {
        if (hasEnded) throw new Error(`It ended before it asked ${JSON.stringify(question)}:\n${shown}`)
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
      terminal.write(keys)
    },
    exited,
  }
}
