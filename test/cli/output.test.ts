import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { describe, expect, it, onTestFinished } from 'vitest'
import { encrata } from '../../src/providers/encrata/index.ts'
import { compiled, main, openFolder, runIn } from '../helpers/command.ts'
import { serveGateway, toAccount } from '../helpers/gateway.ts'
import { runHere } from '../helpers/here.ts'
import { startOnTerminal } from '../helpers/pty.ts'
import { openStandIn } from '../helpers/stand-in.ts'
import { toStandInVariables } from '../helpers/variables.ts'

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

  it.each([
    [0, ['schema']],
    [0, ['plan', '--json']],
    [2, ['plan', '--exit-code']],
    [2, ['drift']],
    [0, ['drift', '--watch', '1s']],
  ])('can be left by whoever has read enough, and the exit code is %i all the same: %j', async (code, args) => {
    const child = spawn(process.execPath, [main, ...args], { cwd: openFile(), env: { HOOKQL_STORE: 'memory', ...compiled } })
    child.stdout.destroy()
    const [stderr] = await Promise.all([text(child.stderr), once(child, 'close')])
    expect({ code: child.exitCode, signal: child.signalCode }).toEqual({ code, signal: null })
    expect(stderr.replace(/^The embedded sandbox.*\n/, '')).toBe('')
  })

  it('shows what others have named as text, whatever that is', async () => {
    const folder = openFile()
    const evil = 'a\u001B[31m\u0007\u202E\u2066\u200B\u0085\u2028\u009B\0\r\nb\uFEFF'
    const escaped = String.raw`a\u{1b}[31m\u{7}\u{202e}\u{2066}\u{200b}\u{85}\u{2028}\u{9b}\u{0}\u{d}\u{a}b\u{feff}`
    const standIn = await openStandIn(encrata)
    await fetch(new URL('/sandbox/faults', standIn.baseUrl), {
      method: 'POST',
      body: JSON.stringify({
        method: 'GET',
        status: 422,
        times: 100,
        body: JSON.stringify({ error: evil }),
        headers: { 'content-type': 'application/json' },
      }),
    })
    const environment = toStandInVariables(encrata, standIn)
    for (const [args, stream] of [
      [['check', '--live'], 'stdout'],
      [['plan'], 'stdout'],
      [['pull'], 'stderr'],
      [['plan', '-f', evil.replace('\0', '')], 'stderr'],
    ] as const) {
      const ended = await runHere(folder, args, environment)
      expect(ended[stream]).toContain(args[0] === 'check' || args.length === 1 ? escaped : escaped.replace('\\u{0}', ''))
      expect(`${ended.stdout}${ended.stderr}`).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\u2028\u2029]/u)
    }
  })

  it('has colours and progress on a terminal alone, and never with NO_COLOR', async () => {
    const folder = openFile()
    const { origin } = await serveGateway({ accounts: [toAccount(encrata, await openStandIn(encrata))] })
    for (const [args, shown] of [
      [['plan', '--server', origin], '+ create new'],
      [['check'], 'ok configuration'],
    ] as const) {
      const show = async (env: Readonly<Record<string, string>>) => {
        // The terminal itself sets TERM.
        const terminal = startOnTerminal('env', [`TERM=${env['TERM']}`, process.execPath, main, ...args], {
          cwd: folder,
          env: { PATH: process.env['PATH'] ?? '', HOOKQL_STORE: 'memory', ...compiled, ...env },
        })
        expect(await terminal.exited).toBe(0)
        return terminal.raw()
      }
      expect((await runIn(folder, args, { FORCE_COLOR: '1', NO_COLOR: '1' })).stderr).not.toContain('Warning')
      const piped = await runIn(folder, args, { FORCE_COLOR: '1' })
      expect(piped.stdout).toContain(shown)
      expect(piped.stdout).not.toContain('\u001B[3')
      expect(await show({ TERM: 'xterm' })).toContain('\u001B[32m')
      for (const plain of [await show({ TERM: 'xterm', FORCE_COLOR: '1', NO_COLOR: '1' }), await show({ TERM: 'dumb' })]) {
        expect(plain).toContain(shown)
        expect(plain).not.toContain('\u001B')
        expect(plain).not.toMatch(/Warning|Reading/)
      }
    }
  })
})

describe('a command that changes something', () => {
  const names = ['a', 'b', 'c']

  /** Applies a file that makes three secrets, and reads no more of an output as soon as it has this. */
  async function apply(leave: { readonly stdout?: string; readonly stderr?: string }, stdout: 'pipe' | number = 'pipe') {
    const folder = openFolder()
    const webhooks = names.map((name) => `{ name: ${name}, url: 'https://h.test/${name}', eventTypes: [credits.low] }`)
    writeFileSync(
      join(folder, 'webhooks.yaml'),
      `secrets: { file: secrets.env }\naccounts: { encrata: { provider: encrata, webhooks: [${webhooks.join(', ')}] } }\n`,
    )
    // The sandbox is told of on the standard error.
    const env = { HOOKQL_STORE: 'memory', HOOKQL_SANDBOX: 'true', ...compiled }
    const child = spawn(process.execPath, [main, 'apply', '--yes'], { cwd: folder, env, stdio: ['ignore', stdout, 'pipe'] })
    const read = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const) {
      const last = leave[name]
      const look = () => {
        if (last !== undefined && read[name].includes(last)) child[name]?.destroy()
      }
      child[name]?.on('data', (data: Buffer) => {
        read[name] += data.toString()
        look()
      })
      look()
    }
    await once(child, 'close')
    const secrets = [...readFileSync(join(folder, 'secrets.env'), 'utf8').matchAll(/^ENCRATA_(\w)_SECRET=./gm)].map(
      ([, name]) => name,
    )
    return { code: child.exitCode, signal: child.signalCode, secrets, stderr: read.stderr }
  }

  it.each([
    ['at once', { stdout: '' }],
    ['after the first line', { stdout: '\n' }],
    ['in the middle', { stdout: 'created' }],
    ['at once, with all that is told', { stdout: '', stderr: '' }],
    ['at once, as far as it tells of problems', { stderr: '' }],
  ])('does all of it, and puts its secrets away, when nobody reads its output any more: %s', async (_, leave) => {
    expect(await apply(leave)).toMatchObject({ code: 0, signal: null, secrets: ['A', 'B', 'C'] })
  })

  it.skipIf(!existsSync('/dev/full'))('does all of it before it fails because of a full disk', async () => {
    const full = openSync('/dev/full', 'w')
    onTestFinished(() => closeSync(full))
    const { stderr, ...ended } = await apply({}, full)
    expect(ended).toEqual({ code: 1, signal: null, secrets: ['A', 'B', 'C'] })
    expect(stderr.split('\n').filter((line) => line.includes('written'))).toEqual(['The output cannot be written (ENOSPC)'])
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
