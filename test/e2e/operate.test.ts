import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createApiKey, hashApiKey } from '../../src/server/auth/api-key.ts'
import { formatId } from '../../src/id.ts'
import { encrata } from '../../src/providers/encrata/index.ts'
import { verifik } from '../../src/providers/verifik/index.ts'
import { type Environment, startGateway, startProcess } from '../helpers/process.ts'
import { openStandIn } from '../helpers/stand-in.ts'

const slugs = '{ accounts { slug } webhooks { complete sources { error { message } } } }'

async function openGateway(environment: Environment = {}, file?: string) {
  const gateway = await startGateway(environment, file)
  onTestFinished(() => gateway.stop())
  const readLog = (message: string) => {
    const lines = gateway
      .output()
      .split('\n')
      .filter((line) => line.startsWith('{'))
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>).filter(({ msg }) => msg === message)
  }
  return { ...gateway, readLog }
}

function openFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hookql-operate-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

describe('the admin port', () => {
  it('has metrics and health, and nothing else; both answer CONNECT, and the gateway logs it', async () => {
    const gateway = await openGateway({ HOOKQL_ADMIN_PORT: '0' })
    const [, admin = ''] = await gateway.waitFor(/"admin":"([^"]+)"/)
    await gateway.ask('{ webhooks { complete } }')
    const metrics = await fetch(`${admin}/metrics`)
    expect(metrics.headers.get('content-type')).toMatch(/^text\/plain; version=/)
    expect(await metrics.text()).toMatch(/^hookql_request_duration_seconds_count\{type="query",outcome="OK"\} 1$/m)
    expect((await fetch(`${admin}/livez`)).status).toBe(200)
    expect((await fetch(`${admin}/readyz`)).status).toBe(200)
    for (const path of ['/graphql', '/', '/metrics/']) expect((await fetch(`${admin}${path}`)).status).toBe(404)
    expect((await fetch(`${gateway.origin}/metrics`)).status).toBe(404)
    for (const origin of [admin, gateway.origin]) {
      const { hostname, port } = new URL(origin)
      const socket = connect(Number(port), hostname).end('CONNECT evil.test:443 HTTP/1.1\r\nhost: localhost\r\n\r\n')
      expect(await text(socket)).toMatch(/^HTTP\/1.1 400 /)
    }
    await gateway.waitFor(/"status":400/)
    const refused = gateway.readLog('request').filter(({ status }) => status === 400)
    expect(refused).toMatchObject([{ outcome: 'BAD_REQUEST' }])
  })
})

describe('a reload', () => {
  async function open() {
    const [first, second] = [await openStandIn(encrata), await openStandIn(verifik)]
    const folder = openFolder()
    const file = join(folder, 'hookql.yaml')
    const tokenFile = join(folder, 'encrata.token')
    const keys = [createApiKey(), createApiKey()]
    const write = (accounts: string, key = keys[0] ?? '') => {
      writeFileSync(
        file,
        `accounts:\n${accounts}\nauth: { apiKeys: [{ name: ci, sha256: '${hashApiKey(key)}', scopes: [webhooks:read, webhooks:write, secrets:write] }] }\n`,
      )
    }
    const one = `  - { slug: one, provider: encrata, tokenFile: encrata.token, baseUrl: '${first.baseUrl}' }`
    const two = `  - { slug: two, provider: verifik, token: '${second.token}', baseUrl: '${second.baseUrl}' }`
    writeFileSync(tokenFile, first.token)
    write(one)
    const gateway = await openGateway({ HOOKQL_CONFIG: file })
    const askAs = (key = keys[0], query = slugs) => gateway.ask(query, {}, { authorization: `Bearer ${key}` })
    return { ...gateway, askAs, write, one, two, keys, first, second, folder, file, tokenFile }
  }

  it('on SIGHUP swaps accounts and keys, and names what needs a restart', async () => {
    const { askAs, write, one, two, keys, kill, waitFor, file } = await open()
    expect((await askAs()).data.accounts).toEqual([{ slug: 'one' }])
    write(`${one}\n${two}`, keys[1])
    appendFileSync(file, 'auditFile: audit.log\njournalRetention: 30d\n')
    kill('SIGHUP')
    await waitFor(/"configuration reloaded"/)
    await waitFor(/"settings":\["auditFile"\],"msg":"restart needed: some changed settings apply after a restart"/)
    expect((await askAs(keys[0])).status).toBe(401)
    expect((await askAs(keys[1])).data).toMatchObject({
      accounts: [{ slug: 'one' }, { slug: 'two' }],
      webhooks: { complete: true },
    })
  })

  it('drops no request that has begun', async () => {
    const { askAs, write, two, first, kill, waitFor } = await open()
    const create =
      'mutation { createWebhook(input: { account: "one", name: "x", url: "https://hooks.acme.test/x", eventTypes: ["lookup.completed"] }) { ... on CreateWebhookSuccess { signingSecret } } }'
    let accounts: unknown
    first.fail({ method: 'POST' }, async () => {
      write(two)
      kill('SIGHUP')
      await waitFor(/"configuration reloaded"/)
      accounts = (await askAs()).data.accounts
    })
    const asked = await askAs(undefined, create)
    expect(accounts).toEqual([{ slug: 'two' }])
    expect(asked.data.createWebhook.signingSecret).toMatch(/^whsec_/)
  })

  it('that drops auth is refused, and so is one without a file: callers stay who they were', async () => {
    const { askAs, ask, file, one, kill, readLog } = await open()
    const attempts: readonly (readonly [what: () => void, problem: string])[] = [
      [() => writeFileSync(file, `accounts:\n${one}\n`), 'auth was removed. Restore it, or restart'],
      [() => writeFileSync(file, '{}'), 'auth was removed'],
      [() => rmSync(file), 'cannot be read'],
    ]
    for (const [index, [attempt, problem]] of attempts.entries()) {
      attempt()
      kill('SIGHUP')
      const read = () => readLog('configuration not reloaded: the previous one stays in effect')
      await expect.poll(read).toHaveLength(index + 1)
      expect(read().at(-1)).toMatchObject({ level: 50, problems: [expect.stringContaining(problem)] })
      expect((await ask(slugs)).status).toBe(401)
      expect((await askAs()).data).toMatchObject({ accounts: [{ slug: 'one' }], webhooks: { complete: true } })
    }
  })

  it('of tokens comes by itself when their file changes, and reads nothing else', async () => {
    const { askAs, ask, write, file, first, one, two, keys, tokenFile, waitFor, readLog, output } = await open()
    write(`${one}\n${two}`, keys[1])
    writeFileSync(tokenFile, 'another-token-that-is-longer')
    await waitFor(/"tokens reloaded"/)
    expect((await askAs()).data).toMatchObject({
      accounts: [{ slug: 'one' }],
      webhooks: { complete: false, sources: [{ error: {} }] },
    })
    expect((await askAs(keys[1])).status).toBe(401)
    writeFileSync(file, 'accounts: [ half')
    writeFileSync(tokenFile, first.token)
    await waitFor(/"tokens reloaded"[^]*"tokens reloaded"/)
    expect((await askAs()).data.webhooks.complete).toBe(true)
    expect((await ask(slugs)).status).toBe(401)
    expect(readLog('tokens reloaded')).toMatchObject([{ accounts: ['one'] }, { accounts: ['one'] }])
    expect(output()).not.toContain('another-token-that-is-longer')
    expect(output()).not.toMatch(/configuration (?:not )?reloaded/)
  })

  it('of tokens keeps the one before while their file is empty or gone, and takes the next that is good', async () => {
    const { askAs, first, tokenFile, waitFor } = await open()
    writeFileSync(tokenFile, '\n')
    await waitFor(/encrata\.token: is empty.*"token not reloaded: the previous one stays in effect"/)
    expect((await askAs()).data.webhooks.complete).toBe(true)
    rmSync(tokenFile)
    await waitFor(/encrata\.token: cannot be read.*"token not reloaded: the previous one stays in effect"/)
    expect((await askAs()).data.webhooks.complete).toBe(true)
    writeFileSync(`${tokenFile}.next`, 'another-token-that-is-longer')
    renameSync(`${tokenFile}.next`, tokenFile)
    await waitFor(/"tokens reloaded"/)
    expect((await askAs()).data.webhooks.complete).toBe(false)
    writeFileSync(`${tokenFile}.next`, first.token)
    renameSync(`${tokenFile}.next`, tokenFile)
    await waitFor(/"tokens reloaded"[^]*"tokens reloaded"/)
    expect((await askAs()).data.webhooks.complete).toBe(true)
  })

  it('of tokens sees a folder that is swapped behind its files, as Kubernetes does it', async () => {
    const standIn = await openStandIn(encrata)
    const folder = openFolder()
    const swap = (version: string, token: string) => {
      mkdirSync(join(folder, version))
      writeFileSync(join(folder, version, 'token'), token)
      symlinkSync(version, join(folder, '..next'))
      renameSync(join(folder, '..next'), join(folder, '..data'))
    }
    swap('first', 'another-token-that-is-longer')
    symlinkSync('..data/token', join(folder, 'token'))
    const file = join(folder, 'hookql.yaml')
    writeFileSync(file, `accounts: [{ slug: one, provider: encrata, tokenFile: token, baseUrl: '${standIn.baseUrl}' }]\n`)
    const gateway = await openGateway({ HOOKQL_CONFIG: file })
    expect((await gateway.ask(slugs)).data.webhooks.complete).toBe(false)
    swap('second', standIn.token)
    await gateway.waitFor(/"tokens reloaded"/)
    expect((await gateway.ask(slugs)).data.webhooks.complete).toBe(true)
  })

  it('lets the file drop a variable whose name comes near another one', async () => {
    const file = join(openFolder(), 'hookql.yaml')
    const write = (slug: string, token: string) => {
      writeFileSync(file, `accounts: [{ slug: ${slug}, provider: encrata, token: '${token}' }]\n`)
    }
    write('one', '${ENCRATA_API_KEY_2}')
    const gateway = await openGateway({ HOOKQL_CONFIG: file, ENCRATA_API_KEY_2: 'two' })
    write('other', 'three')
    gateway.kill('SIGHUP')
    await gateway.waitFor(/"configuration (?:not )?reloaded/)
    expect((await gateway.ask('{ accounts { slug } }')).data).toEqual({ accounts: [{ slug: 'other' }] })
  })

  it('changes nothing where the file is wrong, and says why without a value', async () => {
    const { askAs, write, kill, waitFor, output } = await open()
    write('  - { slug: one, provider: canary-provider, token: canary-token }')
    kill('SIGHUP')
    await waitFor(/"configuration not reloaded/)
    expect(output()).toContain('accounts.0.provider: must be one of')
    expect(output()).not.toContain('canary')
    expect((await askAs()).data).toMatchObject({ accounts: [{ slug: 'one' }], webhooks: { complete: true } })
  })
})

describe('a gateway that is told to stop', () => {
  it('waits for a write longer than for anything else, so that its secret arrives', async () => {
    const standIn = await openStandIn(verifik)
    const gateway = await openGateway({
      VERIFIK_TOKEN: standIn.token,
      VERIFIK_BASE_URL: standIn.baseUrl,
      HOOKQL_UPSTREAM_TIMEOUT_MS: '20000',
    })
    standIn.fail({ method: 'POST', delayMs: 6_000 })
    const asked = gateway.ask(
      'mutation { createWebhook(input: { account: "verifik", name: "x", url: "https://hooks.acme.test/x" }) { ... on CreateWebhookSuccess { signingSecret } } }',
    )
    // A call that is delayed is not noted before it is answered.
    await gateway.waitFor(/"method":"GET".*"upstream call"/)
    gateway.kill('SIGTERM')
    await gateway.waitFor(/SIGTERM: draining/)
    expect((await asked).data.createWebhook.signingSecret).toMatch(/.{12,}/)
    expect(await gateway.exited).toMatchObject({ code: 0, signal: null })
    expect(gateway.output()).not.toContain('shutdown timed out')
  })

  it('finishes a write whose client has left, and records its outcome', async () => {
    const standIn = await openStandIn(encrata, { seeded: true })
    const gateway = await openGateway({ ENCRATA_API_KEY: standIn.token, ENCRATA_BASE_URL: standIn.baseUrl })
    const webhook = formatId({ kind: 'webhook', slug: 'encrata', upstreamId: encrata.sandbox.seededId })
    const left = new AbortController()
    standIn.fail({ method: 'POST', when: 'after' }, async () => {
      left.abort()
      gateway.kill('SIGTERM')
      await gateway.waitFor(/SIGTERM: draining/)
      // No connection is left, and the second half of the write is yet to come.
      await expect.poll(() => fetch(gateway.origin).catch(() => null)).toBeNull()
    })
    const query = `mutation { rotateWebhookSecret(input: { id: "${webhook}", strategy: REPLACEMENT }) { __typename } }`
    const headers = { 'content-type': 'application/json' }
    const asked = fetch(gateway.url, { method: 'POST', headers, body: JSON.stringify({ query }), signal: left.signal })
    await expect(asked).rejects.toThrow('aborted')
    expect(await gateway.exited).toMatchObject({ code: 0 })
    expect(standIn.calls.map(({ method }) => method)).toContain('DELETE')
    expect(gateway.readLog('audit').at(-1)).toMatchObject({ outcome: 'DONE', abandoned: true })
  })

  it('ends at once when it is told twice', async () => {
    const standIn = await openStandIn(verifik)
    const gateway = await openGateway({ VERIFIK_TOKEN: standIn.token, VERIFIK_BASE_URL: standIn.baseUrl })
    standIn.fail({ hang: true })
    const asked = gateway.ask('{ webhooks { complete } }').catch(() => null)
    await expect.poll(() => standIn.calls.length).toBe(1)
    gateway.kill('SIGTERM')
    await gateway.waitFor(/SIGTERM: draining/)
    gateway.kill('SIGTERM')
    expect(await gateway.exited).toMatchObject({ code: 1 })
    expect(gateway.output()).toContain('SIGTERM again: exiting immediately')
    expect(await asked).toBeNull()
  })
})

describe('a bug that nobody catches', () => {
  it('is logged without a secret, ends what has begun, and then the process', async () => {
    const standIn = await openStandIn(encrata)
    const environment = { ENCRATA_API_KEY: standIn.token, ENCRATA_BASE_URL: standIn.baseUrl }
    const gateway = await openGateway(environment, 'test/helpers/crash.ts')
    standIn.fail({ when: 'after' }, () => {
      gateway.tell('now')
      return gateway.waitFor(/unexpected error: exiting/)
    })
    expect(await gateway.ask('{ webhooks { complete } }')).toMatchObject({ status: 200, data: { webhooks: { complete: true } } })
    const { code, stdout, stderr } = await gateway.exited
    expect(code).toBe(1)
    expect(gateway.readLog('unexpected error: exiting')).toMatchObject([
      { level: 60, error: { name: 'TypeError', message: 'a bug with [secret]' } },
    ])
    expect(stdout + stderr).not.toContain(standIn.token)
  })
})

describe('the audit file', () => {
  it('has two lines for each write, and is added to', async () => {
    const folder = openFolder()
    writeFileSync(join(folder, 'hookql.yaml'), 'auditFile: logs/audit.log\n')
    const webhook = formatId({ kind: 'webhook', slug: 'baanx', upstreamId: 'gone' })
    const remove = `mutation { deleteWebhook(input: { id: "${webhook}" }) { __typename } }`
    for (let starts = 1; starts <= 2; starts += 1) {
      const gateway = await openGateway({ HOOKQL_CONFIG: join(folder, 'hookql.yaml') })
      await gateway.ask(remove)
      gateway.kill('SIGTERM')
      await gateway.exited
      const lines = readFileSync(join(folder, 'logs/audit.log'), 'utf8').trim().split('\n')
      expect(lines).toHaveLength(2 * starts)
      expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({
        caller: 'anybody',
        operation: 'DELETE',
        webhook,
        outcome: 'DONE',
      })
    }
  })

  /** What starting with such an audit file, and checking it, come to. */
  async function run(prepare: (file: string) => void) {
    const folder = openFolder()
    const file = join(folder, 'logs/audit.log')
    prepare(file)
    writeFileSync(join(folder, 'hookql.yaml'), 'auditFile: logs/audit.log\n')
    const exits = [[], ['check']].map((args) => {
      const program = startProcess('src/main.ts', { PORT: '0', HOOKQL_CONFIG: join(folder, 'hookql.yaml') }, args)
      onTestFinished(() => program.stop())
      return program.exited
    })
    return { file, exits: await Promise.all(exits) }
  }

  const makeFile = (path: string) => writeFileSync(path, '')
  const obstacles: readonly (readonly [title: string, prepare: (file: string) => void, isRoot?: boolean])[] = [
    ['is a folder', (file) => mkdirSync(file, { recursive: true })],
    ['is in a folder that cannot be made', (file) => makeFile(join(file, '..'))],
    [
      'is not to be written by this user',
      (file) => {
        mkdirSync(join(file, '..'))
        makeFile(file)
        chmodSync(file, 0o444)
      },
      process.getuid?.() === 0,
    ],
  ]
  for (const [title, prepare, isRoot = false] of obstacles) {
    it.skipIf(isRoot)(`that ${title} stops the start in one line, and the check says so`, async () => {
      const { file, exits } = await run(prepare)
      const problem = new RegExp(String.raw`^auditFile: ${file} cannot be opened for writing \(E[A-Z]+\)\. .*\n$`)
      const stopped = { code: 1, stdout: '', stderr: expect.stringMatching(problem) }
      expect(exits).toMatchObject([stopped, stopped])
    })
  }

  it('is not made by a check', async () => {
    const folder = openFolder()
    writeFileSync(join(folder, 'hookql.yaml'), 'auditFile: logs/audit.log\n')
    const checking = startProcess('src/main.ts', { HOOKQL_CONFIG: join(folder, 'hookql.yaml') }, ['check'])
    expect(await checking.exited).toMatchObject({ code: 0, stderr: '' })
    expect(existsSync(join(folder, 'logs'))).toBe(false)
  })

  it('on a disk that is full refuses every write, and nobody is called', async () => {
    const standIn = await openStandIn(encrata)
    const folder = openFolder()
    writeFileSync(
      join(folder, 'hookql.yaml'),
      `auditFile: /dev/full\naccounts: [{ slug: one, provider: encrata, token: '${standIn.token}', baseUrl: '${standIn.baseUrl}' }]\n`,
    )
    const gateway = await openGateway({ HOOKQL_CONFIG: join(folder, 'hookql.yaml') })
    const { data } = await gateway.ask(
      `mutation { createWebhook(input: { account: "one", name: "x", url: "https://hooks.acme.test/x", eventTypes: ["credits.low"] }) {
        ... on UpstreamUnavailableError { reason retry } } }`,
    )
    expect(data.createWebhook).toEqual({ reason: 'AUDIT_FAILED', retry: 'SAFE' })
    expect(standIn.calls).toEqual([])
    await gateway.waitFor(/"outcome":"BEGUN","reason":"ENOSPC","msg":"audit failed"/)
  })
})

describe('spans', () => {
  it('that the SDK still holds are sent on SIGTERM, before the process ends', async () => {
    const gateway = await openGateway({}, 'test/helpers/traced.ts')
    await gateway.ask('query Slugs { accounts { slug } }')
    expect(gateway.output()).not.toContain('sent span')
    gateway.kill('SIGTERM')
    const { code, stdout } = await gateway.exited
    expect(stdout).toContain('sent span: query Slugs\n')
    expect(code).toBe(0)
  })

  it('keep no process from ending where they cannot be sent', async () => {
    const gateway = await openGateway({ EXPORT_HANGS: 'true' }, 'test/helpers/traced.ts')
    await gateway.ask('query Slugs { accounts { slug } }')
    gateway.kill('SIGTERM')
    expect((await gateway.exited).code).toBe(0)
  })
})
