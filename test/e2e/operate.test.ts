import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createApiKey, hashApiKey } from '../../src/auth/api-key.ts'
import { encrata } from '../../src/providers/encrata/index.ts'
import { verifik } from '../../src/providers/verifik/index.ts'
import { type Environment, startGateway } from '../helpers/process.ts'
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
  it('has metrics and health, and nothing else; the port of the gateway has no metrics', async () => {
    const gateway = await openGateway({ HOOKQL_ADMIN_PORT: '0' })
    const [, admin = ''] = await gateway.waitFor(/"admin":"([^"]+)"/)
    await gateway.ask('{ webhooks { complete } }')
    const metrics = await fetch(`${admin}/metrics`)
    expect(metrics.headers.get('content-type')).toMatch(/^text\/plain; version=/)
    expect(await metrics.text()).toMatch(/^hookql_request_duration_seconds_count\{type="query",outcome="OK"\} 1$/m)
    expect((await fetch(`${admin}/livez`)).status).toBe(200)
    expect((await fetch(`${admin}/readyz`)).status).toBe(200)
    for (const path of ['/graphql', '/', '/metrics?x']) expect((await fetch(`${admin}${path}`)).status).toBe(404)
    expect((await fetch(`${gateway.origin}/metrics`)).status).not.toBe(200)
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
    return { ...gateway, askAs, write, one, two, keys, first, second, tokenFile }
  }

  it('on SIGHUP swaps accounts and keys', async () => {
    const { askAs, write, one, two, keys, kill, waitFor } = await open()
    expect((await askAs()).data.accounts).toEqual([{ slug: 'one' }])
    write(`${one}\n${two}`, keys[1])
    kill('SIGHUP')
    await waitFor(/"configuration reloaded"/)
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
    first.fail({ method: 'POST', delayMs: 1_000 })
    const asked = askAs(undefined, create)
    await expect.poll(() => first.calls.some(({ method }) => method === 'GET')).toBe(true)
    write(two)
    kill('SIGHUP')
    await waitFor(/"configuration reloaded"/)
    expect((await askAs()).data.accounts).toEqual([{ slug: 'two' }])
    expect((await asked).data.createWebhook.signingSecret).toMatch(/^whsec_/)
  })

  it('comes by itself when a file with a token changes', async () => {
    const { askAs, first, tokenFile, waitFor } = await open()
    writeFileSync(tokenFile, 'another-token-that-is-longer')
    await waitFor(/"configuration reloaded"/)
    expect((await askAs()).data.webhooks).toMatchObject({ complete: false, sources: [{ error: {} }] })
    writeFileSync(tokenFile, first.token)
    await waitFor(/"configuration reloaded"[^]*"configuration reloaded"/)
    expect((await askAs()).data.webhooks.complete).toBe(true)
  })

  it('changes nothing where the file is wrong, and says why without a value', async () => {
    const { askAs, write, kill, waitFor, output } = await open()
    write('  - { slug: one, provider: canary-provider, token: canary-token }')
    kill('SIGHUP')
    await waitFor(/"configuration not reloaded/)
    expect(output()).toContain('accounts.0.provider: give one of')
    expect(output()).not.toContain('canary')
    expect((await askAs()).data).toMatchObject({ accounts: [{ slug: 'one' }], webhooks: { complete: true } })
  })
})

describe('a gateway that is told to stop', () => {
  it('waits for a write longer than for anything else, so that its secret arrives', { timeout: 30_000 }, async () => {
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
    expect(gateway.output()).not.toContain('Some requests did not end in time')
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
    expect(gateway.output()).toContain('SIGTERM again: stopping at once')
    expect(await asked).toBeNull()
  })
})

describe('a bug that nobody catches', () => {
  it('is logged without a secret, ends what has begun, and then the process', async () => {
    const standIn = await openStandIn(encrata)
    const environment = { ENCRATA_API_KEY: standIn.token, ENCRATA_BASE_URL: standIn.baseUrl }
    const gateway = await openGateway(environment, 'test/helpers/crash.ts')
    standIn.fail({ when: 'after', delayMs: 500 })
    const asked = gateway.ask('{ webhooks { complete } }')
    await expect.poll(() => standIn.calls.length).toBe(1)
    gateway.tell('now')
    expect(await asked).toMatchObject({ status: 200, data: { webhooks: { complete: true } } })
    const { code, stdout, stderr } = await gateway.exited
    expect(code).toBe(1)
    expect(gateway.readLog('a bug ends this process')).toMatchObject([
      { level: 60, error: { name: 'TypeError', message: 'a bug with [secret]' } },
    ])
    expect(stdout + stderr).not.toContain(standIn.token)
  })
})

describe('the audit file', () => {
  it('has a line for each write, and is added to', async () => {
    const folder = openFolder()
    writeFileSync(join(folder, 'hookql.yaml'), 'auditFile: logs/audit.log\n')
    const remove = 'mutation { deleteWebhook(input: { id: "none" }) { __typename } }'
    for (let starts = 1; starts <= 2; starts += 1) {
      const gateway = await openGateway({ HOOKQL_CONFIG: join(folder, 'hookql.yaml') })
      await gateway.ask(remove)
      gateway.kill('SIGTERM')
      await gateway.exited
      const lines = readFileSync(join(folder, 'logs/audit.log'), 'utf8').trim().split('\n')
      expect(lines).toHaveLength(starts)
      expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({
        caller: 'anybody',
        operation: 'DELETE',
        webhook: 'none',
        outcome: 'NOT_FOUND',
      })
    }
  })
})
