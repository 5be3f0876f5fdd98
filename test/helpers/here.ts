import { vi } from 'vitest'
import { run } from '../../src/cli/command.ts'
import type { Environment } from './process.ts'

const hasExited = new Error('The process exits.')

/**
 * Runs a command line as `runIn` does, but in this process, one at a time: for what a command says and does, not for how its process
 * starts and ends.
 */
export async function runHere(folder: string, args: readonly string[], environment: Environment = {}) {
  using before = new DisposableStack()
  const shown = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const)
    before.use(vi.spyOn(process[stream], 'write')).mockImplementation((text) => {
      shown[stream] += String(text)
      return true
    })
  before.use(vi.spyOn(process, 'exit')).mockImplementation((code) => {
    process.exitCode = code
    throw hasExited
  })
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    before.adopt(process.listeners(signal), (listeners) => {
      process.removeAllListeners(signal)
      for (const listener of listeners) process.on(signal, listener)
    })
  before.adopt(process.exitCode, (code) => (process.exitCode = code))
  before.adopt(process.cwd(), (path) => process.chdir(path))
  process.exitCode = 0
  process.chdir(folder)
  await run(args, { HOOKQL_STORE: 'memory', ...environment }).catch((error: unknown) => {
    if (error !== hasExited) throw error
  })
  return { code: process.exitCode, ...shown }
}
