import { execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { providers } from '../../src/providers/index.ts'
import { linkPackages, openRegistry } from '../helpers/registry.ts'

interface Packed {
  readonly filename: string
  readonly files: readonly { readonly path: string }[]
}

/** What someone writes who runs the gateway inside a program of their own. */
const program = `
import { createDispatcher } from 'hookql/dispatcher'
import { WebhookError } from 'hookql/errors'
import { createGateway, type GatewayOptions } from 'hookql/gateway'
import { providers } from 'hookql/providers'
import { startSandbox } from 'hookql/sandbox'
import { Secret } from 'hookql/secret'
import { createServer } from 'hookql/server'
import { openStore } from 'hookql/store'
import { parseKeys } from 'hookql/store/keys'

// @ts-expect-error The declarations know what an account needs.
const incomplete: GatewayOptions['accounts'] = [{ slug: 'first' }]

const sandbox = await startSandbox(providers)
const dispatcher = createDispatcher()
const store = await openStore({ path: 'program/journal.db', keys: parseKeys('${'ab'.repeat(32)}', 'STORE_KEY') })
const gateway = createGateway({ providers, accounts: sandbox.accounts, dispatcher, timeoutMs: 5_000, store })
// @ts-expect-error Nobody opens a gateway to everybody by leaving something out.
const open = () => createServer({ gateway })
const server = createServer({ gateway, auth: 'none', isReady: () => incomplete.length > 0 })
const response = await server.fetch('http://gateway.test/graphql', {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ query: '{ webhooks { complete } }' }),
})
const failure: unknown = await gateway.get('none').catch((error: unknown) => error)
const isKnown = failure instanceof WebhookError && failure.code === 'NOT_FOUND'
console.log(JSON.stringify([await response.json(), isKnown, new Secret('canary'), typeof open]))
await store.close()
await dispatcher.close()
await sandbox.close()
`

/** What someone writes who verifies deliveries, and knows no GraphQL. */
const receiver = `
import { verifyDelivery } from 'hookql/verify'
import vectors from 'hookql/vectors/fingerprint.json' with { type: 'json' }

const [{ headers, body, secrets }] = vectors.cases
const rawBody = Buffer.from(body.text)
console.log(verifyDelivery({ provider: 'fingerprint', headers: Object.fromEntries(headers), rawBody, secrets }))
`

describe('the package, installed into an empty project', () => {
  const root = fileURLToPath(new URL('../../', import.meta.url))
  const bin = join(root, 'node_modules/.bin')
  let project = ''
  // Nothing of the npm run around this test and of its user's configuration.
  let env: Record<string, string> = {}
  let packed: Packed | undefined

  beforeAll(async () => {
    project = await mkdtemp(join(tmpdir(), 'hookql-package-'))
    env = { HOME: project, PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter) }
    const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', project], root)
    packed = (JSON.parse(stdout.slice(stdout.indexOf('['))) as readonly Packed[])[0]
    await writeFile(join(project, 'package.json'), JSON.stringify({ name: 'empty', private: true, type: 'module' }))
    const registry = await openRegistry()
    const quiet = ['--no-audit', '--no-fund', '--no-update-notifier']
    const source = ['--registry', registry.url, '--cache', join(project, 'cache')]
    await run('npm', ['install', `./${packed?.filename}`, ...source, ...quiet], project)
    registry.close()
    linkPackages(project)
  })
  afterAll(() => rm(project, { recursive: true, force: true }))

  function run(command: string, args: readonly string[], cwd: string) {
    return promisify(execFile)(command, args, { cwd, env })
  }

  it('holds what runs, its types and its licence, and neither sources nor tests', () => {
    const files = packed?.files.map(({ path }) => path) ?? []
    const needed = [
      'LICENSE',
      'dist/main.js',
      'dist/cli/licenses.txt',
      'dist/gateway/gateway.d.ts',
      'hookql.schema.json',
      'package.json',
      'schema.graphql',
      'webhooks.schema.json',
    ]
    expect(files).toEqual(expect.arrayContaining(needed))
    const allowed = [/^dist\/.+\.(?:d\.ts|js)$/, /^dist\/cli\/licenses\.txt$/, /^vectors\/[^/]+$/, /^[^/]+$/]
    expect(files.filter((path) => !allowed.some((form) => form.test(path)))).toEqual([])
  })

  it('brings no Node and no tool of the development along', () => {
    const isInstalled = (name: string) => existsSync(join(project, 'node_modules', name))
    expect(['hookql', 'graphql', 'node', 'typescript', 'vitest', 'oxlint'].filter(isInstalled)).toEqual(['hookql', 'graphql'])
  })

  it('starts as a command with a store in a file, answers, and ends well on SIGTERM', async () => {
    const command = join(project, 'node_modules/.bin/hookql')
    const environment = { ...env, PORT: '0', HOOKQL_STORE: '.hookql/hookql.db' }
    const gateway = spawn(command, { cwd: project, env: environment, stdio: ['ignore', 'pipe', 'inherit'] })
    onTestFinished(() => void gateway.kill('SIGKILL'))
    const exited = once(gateway, 'exit')
    const response = await fetch(await readUrl(gateway.stdout), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ webhooks { complete sources { account { sandbox } state } } }' }),
    })
    const source = { account: { sandbox: true }, state: 'COMPLETE' }
    expect(await response.json()).toEqual({ data: { webhooks: { complete: true, sources: providers.map(() => source) } } })
    gateway.kill('SIGTERM')
    expect(await exited).toEqual([0, null])
    expect((await readdir(join(project, '.hookql'))).toSorted()).toEqual(['.gitignore', 'hookql.db', 'hookql.db.key'])
  })

  it('says in one sentence that a Node is too old', async () => {
    const pretend = "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '23.11.1' } })"
    const preload = ['--import', `data:text/javascript,${encodeURIComponent(pretend)}`]
    const command = [...preload, join(project, 'node_modules/hookql/dist/main.js'), 'key']
    const failure: unknown = await run(process.execPath, command, project).catch((error: unknown) => error)
    const stderr = 'HookQL requires Node.js 24 or later; this is Node.js 23.11.1.\n'
    expect(failure).toMatchObject({ code: 1, stdout: '', stderr })
  })

  it('starts with what every Node with modules can parse, and loads nothing before it has looked at the version', async () => {
    const entry = await readFile(join(project, 'node_modules/hookql/dist/main.js'), 'utf8')
    const [before, after] = entry.split('process.versions')
    expect(after).toContain("import('./cli/command.js')")
    expect(before).not.toContain('import')
    expect(entry).not.toMatch(/^import|\?\.|\?\?|\bawait\b|&&=|\bfrom '/m)
  })

  it('tells its help in at most three times what Node itself costs', async () => {
    const meter = join(project, 'meter.cjs')
    const told =
      "process.on('exit', () => { const { user, system } = process.cpuUsage(); fs.writeSync(2, String(user + system)) })"
    await writeFile(meter, `const fs = require('node:fs'); ${told}`)
    const measure = async (...args: readonly string[]) =>
      Number((await run(process.execPath, ['--require', meter, ...args], project)).stderr)
    const costs = { node: Infinity, help: Infinity }
    // Side by side, and the least processor time of each: whatever else the machine does costs both.
    for (let round = 0; round < 6 || (round < 15 && costs.help >= 3 * costs.node); round += 1) {
      costs.node = Math.min(costs.node, await measure('--eval', '0'))
      costs.help = Math.min(costs.help, await measure(join(project, 'node_modules/hookql/dist/main.js'), '--help'))
    }
    expect(costs.node).toBeGreaterThan(0)
    expect(costs.help / costs.node).toBeLessThan(3)
  })

  it('loads for its help nothing of the gateway, and of its dependencies the parser alone', async () => {
    const trace =
      "import { registerHooks } from 'node:module'; registerHooks({ load(url, context, next) { console.error(url); return next(url, context) } })"
    const preload = ['--import', `data:text/javascript,${encodeURIComponent(trace)}`]
    const { stderr } = await run(process.execPath, [...preload, 'node_modules/hookql/dist/main.js', '--help'], project)
    const loaded = stderr.split('\n').filter((url) => url.startsWith('file:'))
    const texts = await Promise.all(loaded.map((url) => readFile(new URL(url), 'utf8')))
    expect(loaded.filter((url) => !url.includes('/node_modules/hookql/dist/'))).toEqual([])
    // Before each source, the bundle has its path.
    const sources = texts.flatMap((text) =>
      [...text.matchAll(/^\/\/ ((?:src|node_modules)\/.+)$/gm)].map(([, path = '']) => path),
    )
    expect(sources.filter((path) => path.startsWith('src/')).toSorted()).toEqual([
      'src/cli/command.ts',
      'src/cli/output.ts',
      'src/cli/program.ts',
      'src/cli/usage.ts',
      'src/http/version.ts',
      'src/observe/plain.ts',
    ])
    const packages = new Set(sources.flatMap((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []))
    expect([...packages]).toEqual(['commander'])
  })

  // Whatever other Nodes the machine has: npm test runs on the one that it brings.
  const others = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'node'))
  const versions = [...new Set(others)].filter(existsSync).map((path) => ({ path, version: readVersion(path) }))
  it.runIf(versions.some(({ version }) => Number.parseInt(version) < 24))('says so on an old Node of this machine', async () => {
    for (const { path, version } of versions.filter(({ version }) => Number.parseInt(version) < 24)) {
      const failure: unknown = await run(path, ['node_modules/hookql/dist/main.js'], project).catch((error: unknown) => error)
      const stderr = `HookQL requires Node.js 24 or later; this is Node.js ${version}.\n`
      expect(failure).toMatchObject({ code: 1, stdout: '', stderr })
    }
  })

  it('names the repository that the relative links of its page lead to', async () => {
    const manifest: unknown = JSON.parse(await readFile(join(project, 'node_modules/hookql/package.json'), 'utf8'))
    expect(manifest).toMatchObject({ repository: { type: 'git', url: expect.stringMatching(/^git\+https:\/\/.+\.git$/) } })
  })

  it('takes the .env that Node reads before it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hookql-env-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    await writeFile(join(folder, '.env'), "HOOKQL_OTHER='a b'\n")
    const command = [join(project, 'node_modules/.bin/hookql'), 'check']
    const alone = await run(process.execPath, command, folder)
    const behind = await run(process.execPath, ['--env-file=.env', ...command], folder)
    expect([alone, behind].map(({ stdout }) => stdout.includes('HOOKQL_OTHER'))).toEqual([false, true])
  })

  it('can be built into a program, with types', async () => {
    await writeFile(join(project, 'program.ts'), program)
    const language = ['--strict', '--noEmit', '--skipLibCheck', '--module', 'nodenext', '--lib', 'es2024,dom', '--checkers', '1']
    const nodeTypes = ['--types', 'node', '--typeRoots', join(root, 'node_modules/@types')]
    await run(join(bin, 'tsc'), [...language, ...nodeTypes, '--ignoreConfig', '--preserveSymlinks', 'program.ts'], project)
    const { stdout } = await run(process.execPath, ['--preserve-symlinks', 'program.ts'], project)
    expect(JSON.parse(stdout)).toEqual([{ data: { webhooks: { complete: true } } }, true, '[secret]', 'function'])
  })

  it('verifies deliveries, without anything else of it or of its dependencies', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hookql-receiver-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    await cp(join(project, 'node_modules/hookql'), join(folder, 'node_modules/hookql'), { recursive: true })
    await rm(join(folder, 'node_modules/hookql/node_modules'), { recursive: true, force: true })
    await writeFile(join(folder, 'receiver.mjs'), receiver)
    const { stdout } = await run(process.execPath, ['receiver.mjs'], folder)
    expect(stdout).toBe('{ ok: true, secretIndex: 0 }\n')
  })
})

/** The version of a Node, without its v. */
function readVersion(path: string): string {
  return execFileSync(path, ['--version'], { encoding: 'utf8' }).trim().slice(1)
}

/** The URL in the start-up line. */
async function readUrl(output: Readable): Promise<string> {
  let text = ''
  for await (const chunk of output.iterator({ destroyOnReturn: false })) {
    text += String(chunk)
    const url = /serves (http:\S+\/graphql)/.exec(text)?.[1]
    if (url === undefined) continue
    output.resume()
    return url
  }
  throw new Error(`It ended without serving: ${text}`)
}
