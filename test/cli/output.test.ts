import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { describe, expect, it, onTestFinished } from 'vitest'
import { encrata } from '../../src/providers/encrata/index.ts'
import { compiled, main, openFolder, runIn } from '../helpers/command.ts'
import { serveGateway, toAccount } from '../helpers/gateway.ts'
import { startOnTerminal } from '../helpers/pty.ts'
import { openStandIn } from '../helpers/stand-in.ts'

function openFile(): string {
  const folder = openFolder()
  writeFileSync(
    join(folder, 'webhooks.yaml'),
    `accounts: { encrata: { provider: encrata, webhooks: [{ name: new, url: 'https://h.test/', eventTypes: [credits.low] }] } }`,
  )
  return folder
}

describe('the output of a command', () => {
  it.skipIf(!existsSync('/dev/full')).each([['plan'], ['plan', '--json'], ['schema'], ['key'], ['check'], ['plan', '--help']])(
    'is missed if the disk is full: %s %s',
    async (...args) => {
      const full = openSync('/dev/full', 'w')
      onTestFinished(() => closeSync(full))
      const child = spawn(process.execPath, [main, ...args], {
        cwd: openFile(),
        env: { HOOKQL_STORE: 'memory', ...compiled },
        stdio: ['ignore', full, 'pipe'],
      })
      const [stderr] = await Promise.all([text(child.stderr ?? Readable.from([])), once(child, 'close')])
      expect(child.exitCode).toBe(1)
      expect(stderr.split('\n').filter((line) => !line.startsWith('The embedded sandbox'))).toEqual([
        'The output cannot be written (ENOSPC)',
        '',
      ])
    },
  )

  it.each([['schema'], ['plan', '--json']])('can be left by whoever has read enough: %s %s', async (...args) => {
    const child = spawn(process.execPath, [main, ...args], { cwd: openFile(), env: { HOOKQL_STORE: 'memory', ...compiled } })
    child.stdout.destroy()
    const [stderr] = await Promise.all([text(child.stderr), once(child, 'close')])
    expect({ code: child.exitCode, signal: child.signalCode }).toEqual({ code: 0, signal: null })
    expect(stderr.replace(/^The embedded sandbox.*\n/, '')).toBe('')
  })

  it('has colours on a terminal alone, and never with NO_COLOR', async () => {
    const folder = openFile()
    const { origin } = await serveGateway({ accounts: [toAccount(encrata, await openStandIn(encrata))] })
    for (const [args, shown] of [
      [['plan', '--server', origin], '+ create new'],
      [['check'], 'ok configuration'],
    ] as const) {
      const show = async (env: Readonly<Record<string, string>>) => {
        const terminal = startOnTerminal(process.execPath, [main, ...args], {
          cwd: folder,
          env: { HOOKQL_STORE: 'memory', ...compiled, ...env },
        })
        expect(await terminal.exited).toBe(0)
        return terminal.raw()
      }
      expect((await runIn(folder, args, { FORCE_COLOR: '1', NO_COLOR: '1' })).stderr).not.toContain('Warning')
      const piped = await runIn(folder, args, { FORCE_COLOR: '1' })
      expect(piped.stdout).toContain(shown)
      expect(piped.stdout).not.toContain('\u001B[3')
      expect(await show({ TERM: 'xterm' })).toContain('\u001B[32m')
      const plain = await show({ TERM: 'xterm', FORCE_COLOR: '1', NO_COLOR: '1' })
      expect(plain).not.toContain('\u001B[3')
      expect(plain).not.toContain('Warning')
    }
  })
})

describe('--env-file', () => {
  it('ends as the help says if Node.js, which reads it first, cannot find the file', async () => {
    const { code, stderr } = await runIn(openFolder(), ['check', '--env-file', 'nope.env'])
    expect(stderr).toMatch(/^.*: nope\.env: not found\n$/)
    const help = await runIn(openFolder(), ['--help'])
    expect(help.stdout).toContain(`ends with ${code} if one is missing`)
  })
})
