import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { finished } from 'node:stream/promises'
import { SinkError } from './error.ts'

export interface CommandOptions {
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
}

/**
 * Runs a command with the secret on its standard input: arguments are shown to everyone on the machine. What the command prints is
 * dropped, because it may repeat the secret. Throws SinkError if it fails.
 */
export async function pipeSecret(command: readonly string[], secret: string, { cwd, env }: CommandOptions): Promise<void> {
  const [program = '', ...args] = command
  const child = spawn(program, args, { cwd, env: { ...env }, stdio: ['pipe', 'ignore', 'ignore'] })
  // A command that fails before it has read everything closes its input.
  const written = finished(child.stdin.end(secret), { cleanup: true }).then(
    () => true,
    () => false,
  )
  try {
    await once(child, 'close')
  } catch (error) {
    throw new SinkError(`${program} cannot be run (${toCode(error)})`)
  }
  const { exitCode, signalCode } = child
  if (exitCode !== 0) throw new SinkError(`${program} ended with ${exitCode === null ? signalCode : `exit code ${exitCode}`}`)
  if (!(await written)) throw new SinkError(`${program} did not read the secret`)
}

function toCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'UNKNOWN'
}
