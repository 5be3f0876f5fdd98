import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { encrata } from '../../src/providers/encrata/index.ts'
import { verifik } from '../../src/providers/verifik/index.ts'
import { openWay } from '../helpers/cut.ts'
import { createDatabase, runSql, type TestDatabase } from '../helpers/postgres.ts'
import { type Environment, startGateway, startProcess } from '../helpers/process.ts'
import { openStandIn } from '../helpers/stand-in.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createDatabase()
})
afterAll(() => database.drop())

const createKey = () => randomBytes(32).toString('base64')
const key = createKey()

/** The URL of the store in a file, and the configuration that names it. */
function writeConfiguration(url: string, more = ''): string {
  const folder = mkdtempSync(join(tmpdir(), 'hookql-postgres-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'store.url'), `${url}\n`)
  writeFileSync(join(folder, 'hookql.yaml'), `storeUrlFile: store.url\n${more}`)
  return join(folder, 'hookql.yaml')
}

const create = `mutation ($name: String!) {
  createWebhook(input: { account: "verifik", name: $name, url: "https://hook.test/a", idempotencyKey: $name }) {
    __typename
    ... on CreateWebhookSuccess { replayed webhook { upstreamId } }
    ... on WebhookError { code retry message }
  }
}`

describe('a store in Postgres', () => {
  it('is used by several processes, of which each replays what another has done', async () => {
    const standIn = await openStandIn(verifik)
    const environment: Environment = {
      VERIFIK_TOKEN: standIn.token,
      VERIFIK_BASE_URL: standIn.baseUrl,
      HOOKQL_STORE: database.url,
      HOOKQL_STORE_KEY: key,
    }
    const gateways = await Promise.all([startGateway(environment), startGateway(environment)])
    for (const gateway of gateways) onTestFinished(() => gateway.stop())
    const [one, other] = gateways
    const first = await one.ask(create, { name: 'a' })
    expect(first.data.createWebhook).toMatchObject({ __typename: 'CreateWebhookSuccess', replayed: false })
    const again = await other.ask(create, { name: 'a' })
    expect(again.data.createWebhook).toEqual({ ...first.data.createWebhook, replayed: true })
    expect(await runSql(database.url, 'SELECT state FROM entries')).toEqual([{ state: 'SUCCEEDED' }])
    one.kill('SIGTERM')
    const { code, stdout, stderr } = await one.exited
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const { password, pathname, host } = new URL(database.url)
    expect(stdout).toContain(`"store":"Postgres at ${host}${pathname}","msg":"store opened: secrets in it are sealed"`)
    expect(stdout).not.toContain(`:${password}@`)
  })

  it('has what a killed process left settled by another one, which answers its key', async () => {
    const { url, drop } = await createDatabase()
    onTestFinished(drop)
    const standIn = await openStandIn(verifik)
    const environment: Environment = {
      VERIFIK_TOKEN: standIn.token,
      VERIFIK_BASE_URL: standIn.baseUrl,
      HOOKQL_STORE: url,
      HOOKQL_STORE_KEY: key,
    }
    const one = await startGateway(environment)
    onTestFinished(() => one.stop())
    const [owner] = await runSql(url, 'SELECT id FROM owners')
    const other = await startGateway(environment)
    onTestFinished(() => other.stop())
    const reached = Promise.withResolvers<void>()
    standIn.fail({ effect: 'WRITE', when: 'after' }, () => {
      reached.resolve()
      return one.exited
    })
    const left = one.ask(create, { name: 'left' }).catch(() => null)
    await reached.promise
    one.kill('SIGKILL')
    await one.exited
    expect(await left).toBeNull()
    expect(await runSql(url, 'SELECT state FROM entries')).toEqual([{ state: 'RUNNING' }])
    // As if a lease had passed.
    await runSql(url, 'UPDATE owners SET since_ms = 0', `UPDATE owners SET until_ms = 0 WHERE id = '${String(owner?.['id'])}'`)
    await other.waitFor(/"unknown":0,"msg":"interrupted writes settled"/)
    expect(await runSql(url, 'SELECT state, recovered FROM entries')).toEqual([{ state: 'SUCCEEDED', recovered: 1 }])
    expect((await other.ask(create, { name: 'left' })).data.createWebhook).toMatchObject({ replayed: true })
    expect(standIn.calls.filter(({ method }) => method === 'POST')).toHaveLength(1)
  })

  it('divides the requests of a caller among the processes, before a new one takes any', async () => {
    const { url, drop } = await createDatabase()
    onTestFinished(drop)
    const file = writeConfiguration(url, 'limits:\n  requestsPerMinute: 3\n')
    const environment = { HOOKQL_CONFIG: file, HOOKQL_STORE: '', HOOKQL_STORE_KEY: key, VERIFIK_TOKEN: 'token' }
    const one = await startGateway(environment)
    onTestFinished(() => one.stop())
    const other = await startGateway(environment)
    onTestFinished(() => other.stop())
    const readStatuses = async ({ origin }: typeof one) => {
      const request = {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"query":"{ accounts { slug } }"}',
      }
      return [await fetch(`${origin}/graphql`, request), await fetch(`${origin}/graphql`, request)].map(({ status }) => status)
    }
    expect([await readStatuses(one), await readStatuses(other)]).toEqual([
      [200, 429],
      [200, 429],
    ])
  })

  it('lets a process that stops take requests until its load balancer knows', async () => {
    const standIn = await openStandIn(verifik)
    const gateway = await startGateway({
      VERIFIK_TOKEN: standIn.token,
      VERIFIK_BASE_URL: standIn.baseUrl,
      HOOKQL_STORE: database.url,
      HOOKQL_STORE_KEY: key,
    })
    onTestFinished(() => gateway.stop())
    gateway.kill('SIGTERM')
    await gateway.waitFor(/"msg":"SIGTERM: draining"/)
    const ready = await fetch(`${gateway.origin}/readyz`)
    expect([ready.status, await ready.text()]).toEqual([503, 'draining\n'])
    const { data, headers } = await gateway.ask(create, { name: 'last' })
    expect(data.createWebhook).toMatchObject({ __typename: 'CreateWebhookSuccess' })
    // A client that keeps connections leaves, before they are closed.
    expect([ready.headers.get('connection'), headers.get('connection')]).toEqual(['close', 'close'])
    expect((await gateway.exited).code).toBe(0)
  })

  it('that is away refuses writes before any call, says so on /readyz, and is used again once it is back', async () => {
    const standIn = await openStandIn(verifik)
    const way = await openWay(database.url)
    const gateway = await startGateway({
      VERIFIK_TOKEN: standIn.token,
      VERIFIK_BASE_URL: standIn.baseUrl,
      HOOKQL_STORE: '',
      HOOKQL_CONFIG: writeConfiguration(way.url),
      HOOKQL_STORE_KEY: key,
    })
    onTestFinished(() => gateway.stop())
    const isReady = async () => (await fetch(`${gateway.origin}/readyz`)).status
    expect(await isReady()).toBe(200)
    await way.cut()
    await expect.poll(isReady).toBe(503)
    expect((await gateway.ask(create, { name: 'b' })).data.createWebhook).toMatchObject({ code: 'STORE_UNAVAILABLE' })
    expect(standIn.calls.filter(({ method }) => method !== 'GET')).toEqual([])
    expect((await gateway.ask('{ webhooks { complete } }')).data.webhooks).toEqual({ complete: true })
    await gateway.waitFor(/"level":50.*Postgres at .*"msg":"store cannot be written: writes are refused"/)
    await way.heal()
    await expect.poll(isReady).toBe(200)
    expect((await gateway.ask(create, { name: 'b' })).data.createWebhook).toMatchObject({ __typename: 'CreateWebhookSuccess' })
    gateway.kill('SIGTERM')
    const { stdout } = await gateway.exited
    expect(stdout).not.toContain(`:${new URL(way.url).password}@`)
  })

  describe('that is away when a process stops', () => {
    /** A process that stops and knows an outcome, with a secret, that is not recorded. */
    async function open(more: Environment = {}) {
      const { url, drop } = await createDatabase()
      onTestFinished(drop)
      const way = await openWay(url)
      const standIn = await openStandIn(encrata)
      const account = { ENCRATA_API_KEY: standIn.token, ENCRATA_BASE_URL: standIn.baseUrl, HOOKQL_STORE_KEY: key, ...more }
      const start = async (HOOKQL_STORE: string) => {
        const gateway = await startGateway({ ...account, HOOKQL_STORE })
        onTestFinished(() => gateway.stop())
        return gateway
      }
      const gateway = await start(way.url)
      standIn.fail({ method: 'POST', when: 'after' }, () => way.cut())
      const ask = async ({ ask }: typeof gateway) => (await ask(createEncrata)).data.createWebhook
      const { signingSecret, ...created } = await ask(gateway)
      expect(created).toMatchObject({ replayed: false, warnings: [{ code: 'JOURNAL_INCOMPLETE' }] })
      // Unlike SIGTERM, it leaves no time for a load balancer first.
      gateway.kill('SIGINT')
      await gateway.waitFor(/"msg":"SIGINT: draining"/)
      return { url, way, gateway, signingSecret, entry: created.journalEntry.id, start, ask }
    }
    const createEncrata = `mutation {
      createWebhook(input: {
        account: "encrata", name: "a", url: "https://hook.test/a", eventTypes: ["credits.low"], idempotencyKey: "a"
      }) {
        ... on CreateWebhookSuccess { signingSecret replayed journalEntry { id } warnings { code } }
      }
    }`
    const notRecorded = 'outcomes not recorded: check these writes with their providers'

    it('has the outcomes that only this process knows recorded as soon as it is back', async () => {
      const { url, way, gateway, signingSecret, start, ask } = await open()
      await sleep(5_000)
      await way.heal()
      expect(await gateway.exited).toMatchObject({ code: 0 })
      expect(gateway.output()).not.toContain(notRecorded)
      expect(await ask(await start(url))).toMatchObject({ replayed: true, signingSecret })
    })

    it('is waited for as long as writes have, and then the process names the entries and fails', async () => {
      const { gateway, signingSecret, entry } = await open({ HOOKQL_UPSTREAM_TIMEOUT_MS: '1000' })
      const { code, stdout } = await gateway.exited
      expect(code).toBe(1)
      expect(stdout).toContain(`"entries":["${entry}"],"msg":"${notRecorded}"`)
      expect(stdout).not.toContain(signingSecret)
    })

    it('is not waited for when the process is told twice, which names the entries', async () => {
      const { gateway, entry } = await open()
      gateway.kill('SIGTERM')
      const { code, stdout } = await gateway.exited
      expect(code).toBe(1)
      expect(stdout).toContain(`"entries":["${entry}"],"msg":"${notRecorded}"`)
    })
  })

  it('is checked, and sealed with another key, without a word of its password', async () => {
    const rekeyed = await createDatabase()
    onTestFinished(() => rekeyed.drop())
    const [old, next] = [createKey(), createKey()]
    const run = (args: readonly string[], HOOKQL_STORE_KEY: string) => {
      const program = startProcess('src/main.ts', { ENCRATA_API_KEY: 'token', HOOKQL_STORE: rekeyed.url, HOOKQL_STORE_KEY }, args)
      onTestFinished(() => program.stop())
      return program.exited
    }
    const { host, pathname, password } = new URL(rekeyed.url)
    const place = `Postgres at ${host}${pathname}`
    const exits = [await run(['check'], old), await run(['store', 'rekey'], old), await run(['store', 'rekey'], `${next} ${old}`)]
    expect(exits).toMatchObject([
      { code: 0, stdout: expect.stringContaining(`store in ${place}\n`) },
      { code: 0, stdout: `ok ${place}: sealed 0 secrets with the first key; no other key is needed any more\n` },
      { code: 0, stdout: `ok ${place}: sealed 0 secrets with the first key; no other key is needed any more\n` },
    ])
    for (const secret of [old, next, `:${password}@`]) expect(JSON.stringify(exits)).not.toContain(secret)
  })
})
