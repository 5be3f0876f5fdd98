import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { type Environment, young } from './process.ts'
import { programs } from './programs.ts'

/** The program, as it is started here. */
export const main = programs['src/main.ts'] ?? fileURLToPath(new URL('../../src/main.ts', import.meta.url))
/** Where it finds what is compiled of it. */
export const compiled = { NODE_COMPILE_CACHE: dirname(main) }

/** A new folder for one test. */
export function openFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hookql-command-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Runs a command line in a folder, with only the given environment. Its store is in memory unless that says otherwise. */
export async function runIn(folder: string, args: readonly string[], environment: Environment = {}, program = main) {
  const child = spawn(process.execPath, [young, program, ...args], {
    cwd: folder,
    env: { HOOKQL_STORE: 'memory', ...compiled, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code: child.exitCode, stdout, stderr }
}
