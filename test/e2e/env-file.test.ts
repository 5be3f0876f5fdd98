import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseEnv } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { readConfig } from '../../src/config/config.ts'
import { providers } from '../../src/providers/index.ts'
import { compiled, main } from '../helpers/command.ts'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
const { scripts } = JSON.parse(read('package.json')) as { readonly scripts: Readonly<Record<string, string>> }

/** Runs a command line of Node in a folder with this .env, until it ends or has said what is wrong. */
async function run(command: string, envFile: string, environment: Readonly<Record<string, string>> = {}): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'hookql-env-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, '.env'), envFile)
  const args = command.replace('src/main.ts', main).split(' ').slice(1)
  const child = spawn(process.execPath, args, { cwd: folder, env: { ...compiled, ...environment } })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
      // With --watch it waits for a change.
      if (text.includes('HOOKQL_LOG_LEVEL: must be')) child.kill()
    })
  }
  await once(child, 'close')
  return text
}

/** A provider that knows no token. Resolves to what it was shown. */
async function openUpstream() {
  const shown: (string | undefined)[] = []
  const server = createServer(({ headers }, response) => {
    shown.push(headers.authorization)
    response.writeHead(401).end()
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('There is no port.')
  return { shown, url: `http://127.0.0.1:${address.port}` }
}

describe('.env', () => {
  it('brings tokens through as they are, whatever a shell would make of them', async () => {
    const upstream = await openUpstream()
    const envFile = `
BAANX_ACCESS_TOKEN=a&b$c;d|e"f'g\\h
ENCRATA_API_KEY='a#b"c&$d' # a comment
FINGERPRINT_MANAGEMENT_API_KEY="a#b'c&$d"
VERIFIK_TOKEN=\`a'b"c#d\`
${['BAANX', 'ENCRATA', 'FINGERPRINT', 'VERIFIK'].map((name) => `${name}_BASE_URL=${upstream.url}`).join('\n')}
`
    expect(await run(`${scripts['check']} --live`, envFile)).toContain('4 accounts')
    const tokens = [`a&b$c;d|e"f'g\\h`, 'a#b"c&$d', `a#b'c&$d`, `a'b"c#d`]
    expect(new Set(upstream.shown)).toEqual(new Set(tokens.map((token) => `Bearer ${token}`)))
  })

  it.each(['start', 'dev', 'hookql', 'check'])('is read by npm run %s', async (script) => {
    expect(await run(scripts[script] ?? '', 'HOOKQL_LOG_LEVEL=wrong')).toContain('HOOKQL_LOG_LEVEL: must be debug')
  })

  it('gives way to variables that are set', async () => {
    const text = await run(scripts['check'] ?? '', 'HOOKQL_LOG_LEVEL=wrong', { HOOKQL_LOG_LEVEL: 'warn' })
    expect(text).toContain('ok configuration')
  })

  // Node 24 takes --env-file from behind a program too, unless there is a -- before.
  it('is not read by the command alone, but with its option, or by Node before it', async () => {
    expect(await run('node src/main.ts check', 'HOOKQL_LOG_LEVEL=wrong')).toContain('ok configuration')
    expect(await run('node --env-file=.env src/main.ts check', 'HOOKQL_LOG_LEVEL=wrong')).toContain(
      'HOOKQL_LOG_LEVEL: must be debug',
    )
    expect(await run('node -- src/main.ts check --env-file .env', 'HOOKQL_LOG_LEVEL=wrong')).toContain(
      'HOOKQL_LOG_LEVEL: must be debug',
    )
  })

  it('gives way to variables that are set, and to a later file, as with Node', async () => {
    const both = 'HOOKQL_LOG_LEVEL=warn\nPORT=wrong'
    const files = ['--env-file .env', `--env-file=${fileURLToPath(new URL('../../.env.example', import.meta.url))}`]
    const runBoth = (command: string) => run(command, both, { HOOKQL_SANDBOX: 'false' })
    for (const order of [files, files.toReversed()]) {
      const [ofNode, ofCommand] = await Promise.all([
        runBoth(`node ${order.join(' ')} src/main.ts check`),
        runBoth(`node -- src/main.ts check ${order.join(' ')}`),
      ])
      expect(ofCommand).toBe(ofNode)
    }
    expect(await run('node -- src/main.ts check --env-file .env', both, { PORT: '1' })).toContain('ok configuration')
  })

  it('is missed in one line', async () => {
    const text = await run('node -- src/main.ts check --env-file other.env', '')
    expect(text).toBe('--env-file: other.env cannot be read. Check its path and permissions\n')
  })

  it('is a copy of .env.example to begin with, which changes nothing', () => {
    expect(readConfig(parseEnv(read('.env.example')), providers)).toEqual(readConfig({}, providers))
  })
})
