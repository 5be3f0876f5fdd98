import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { HangError, SinkError } from './error.ts'
import { openPair } from './pair.ts'

export interface Patience {
  /** Aborted when the run is told to end. */
  readonly signal?: AbortSignal
  /** How long a command has for one secret. */
  readonly limitMs?: number
  /** How long it has once the run is told to end. */
  readonly graceMs?: number
}

export interface CommandOptions extends Patience {
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
}

/**
 * Runs a command with the secret on its standard input: arguments are shown to everyone on the machine. What the command prints is
 * dropped, because it may repeat the secret. Throws SinkError if it fails, has not read everything, or does not end.
 */
export async function pipeSecret(
  command: readonly string[],
  secret: string,
  { cwd, env, ...patience }: CommandOptions,
): Promise<void> {
  const [program = '', ...args] = command
  const [own, input] = await openPair().catch((error: unknown) => {
    throw new SinkError(`${program} cannot be given the secret (${toCode(error)}). Set TMPDIR to a folder that can be written`)
  })
  // A group of its own, so that what it starts ends with it, unless that leaves the group.
  const child = spawn(program, args, { cwd, env: { ...env }, stdio: [input, 'ignore', 'ignore'], detached: true })
  input.destroy()
  const isRead = send(own, secret)
  const limit = startLimit(child, own, patience)
  try {
    await once(child, 'close').catch((error: unknown) => {
      throw new SinkError(`${program} cannot be run (${toCode(error)})`)
    })
    // What it has started may still read.
    const isWhole = await isRead
    const { exitCode, signalCode } = child
    if (limit.reason() !== null) throw new HangError(`${program} ${limit.reason()}`)
    if (exitCode !== 0) throw new SinkError(`${program} ended with ${exitCode === null ? signalCode : `exit code ${exitCode}`}`)
    if (!isWhole) throw new SinkError(`${program} did not read the secret`)
  } finally {
    limit.clear()
    own.destroy()
  }
}

/** Resolves to whether everything was read, once nobody can read any more. */
function send(own: Socket, secret: string): Promise<boolean> {
  return new Promise((resolve) => {
    own.once('end', () => resolve(true))
    own.once('error', () => resolve(false))
    own.once('close', () => resolve(false))
    own.resume().end(secret)
  })
}

/** Ends a command with its process group when its time is up. */
function startLimit(child: ChildProcess, own: Socket, { signal, limitMs = 60_000, graceMs = 5_000 }: Patience) {
  let ended: string | null = null
  const end = (reason: string) => {
    ended ??= reason
    own.destroy()
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    } catch {
      // It has ended by itself.
    }
  }
  const timers = [setTimeout(() => end(`did not end within ${limitMs / 1_000} s, and was ended`), limitMs)]
  const hurry = () =>
    void timers.push(setTimeout(() => end('was ended, because this command was told to end'), Math.min(graceMs, limitMs)))
  if (signal?.aborted === true) hurry()
  else signal?.addEventListener('abort', hurry, { once: true })
  return {
    reason: () => ended,
    clear() {
      signal?.removeEventListener('abort', hurry)
      for (const timer of timers) clearTimeout(timer)
    },
  }
}

function toCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'UNKNOWN'
}
