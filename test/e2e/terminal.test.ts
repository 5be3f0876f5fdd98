import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { parseEnv } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compiled, main, runIn } from '../helpers/command.ts'
import { startOnTerminal } from '../helpers/pty.ts'

describe('a command on a terminal', () => {
  const question = 'Only yes is taken: '
  let folder = ''
  let environment: Record<string, string> = {}
  let sandbox: ReturnType<typeof spawn> | undefined

  function start(args: readonly string[], more: Readonly<Record<string, string>> = {}) {
    return startOnTerminal(process.execPath, [main, ...args], { cwd: folder, env: { ...environment, ...more } })
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hookql-terminal-'))
    const running = spawn(process.execPath, [main, 'sandbox'], {
      cwd: folder,
      env: compiled,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    sandbox = running
    const accounts = await readVariables(running.stdout)
    environment = { ...compiled, ...accounts, HOOKQL_STORE: join(folder, '.hookql/hookql.db'), TERM: 'xterm-256color' }
  })
  afterAll(async () => {
    sandbox?.kill('SIGKILL')
    await rm(folder, { recursive: true, force: true })
  })

  it('pulls what exists into a file', async () => {
    expect(await start(['pull', '--account', 'encrata']).exited).toBe(0)
    const file = join(folder, 'webhooks.yaml')
    const text = await readFile(file, 'utf8')
    expect(text).toContain('encrata:')
    const added = `      - { name: new, url: 'https://h.test/new', eventTypes: [credits.low], secrets: { file: secrets.env } }\n`
    await writeFile(file, `${text}${added}`)
  })

  // Before it is applied.
  it('shows colours only where they are wanted, and progress on no other output', async () => {
    const plain = start(['plan'], { NO_COLOR: '1' })
    expect(await plain.exited).toBe(0)
    expect(plain.text()).toContain('+ create new')
    expect(plain.raw()).not.toContain('\u001B[32m')
    const colored = start(['plan'])
    expect(await colored.exited).toBe(0)
    expect(colored.raw()).toContain('\u001B[32m')
    expect(await runIn(folder, ['plan', '--server', 'http://127.0.0.1:1'])).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^http:\/\/127\.0\.0\.1:1: does not respond .+\n$/),
    })
  })

  it('asks before it applies, shows how far it is, and no secret', async () => {
    const refused = start(['apply'])
    await refused.answer(question, 'y\r')
    expect(await refused.exited).toBe(1)
    expect(refused.text()).toMatch(/Nothing was changed\.\n$/)
    const left = start(['apply'])
    await left.answer(question, '\u0003')
    expect(await left.exited).toBe(1)
    expect(left.text()).toMatch(/Nothing was changed\.\n$/)

    const applied = start(['apply'])
    await applied.answer(question, 'yes\r')
    expect(await applied.exited).toBe(0)
    expect(applied.text()).toContain('Apply 1 change? Only yes is taken: yes')
    expect(applied.text()).toContain('Applying 1 of 1')
    expect(applied.text()).toMatch(/created encrata: new \(https:\/\/h\.test\/new\)\n[^]*\nApplied: 1 created\.\n$/)
    // Progress makes way for what follows it.
    expect(applied.raw()).toContain('Applying 1 of 1\r\u001B[K')
    expect(applied.raw()).toContain('\u001B[32m+ create\u001B[39m')
    const [, secret = ''] = /'(whsec_.+)'/.exec(await readFile(join(folder, 'secrets.env'), 'utf8')) ?? []
    expect(secret).toMatch(/^whsec_/)
    expect(applied.raw()).not.toContain(secret)
  })
})

/** The variables that a sandbox prints, once it has printed them all. */
async function readVariables(output: Readable): Promise<Readonly<Record<string, string>>> {
  let text = ''
  for await (const chunk of output.iterator({ destroyOnReturn: false })) {
    text += String(chunk)
    if (!/^VERIFIK_TOKEN=.*\n/m.test(text)) continue
    output.resume()
    return Object.fromEntries(Object.entries(parseEnv(text)).map(([name, value = '']) => [name, value]))
  }
  throw new Error(`It ended without its variables: ${text}`)
}
