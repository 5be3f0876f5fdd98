import { once } from 'node:events'
import { createServer as createHttpServer, type RequestListener, type ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { pino } from 'pino'
import { request } from 'undici'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createApiKey, hashApiKey } from '../../src/server/auth/api-key.ts'
import { scopes } from '../../src/caller.ts'
import { providers } from '../../src/providers/index.ts'
import { createAdmin } from '../../src/server/admin.ts'
import { defaultLimits, type Limits } from '../../src/server/limits.ts'
import { createBacklog, createOutbox } from '../../src/server/outbox.ts'
import { openGateway, toAccount } from '../helpers/gateway.ts'
import { openStandIn } from '../helpers/stand-in.ts'

const large = '{ webhooks(filter: { accounts: ["fingerprint"] }) { nodes { a: name b: name c: name d: name } } }'
const small = '{ webhooks(filter: { accounts: ["baanx"] }) { complete } }'
const create = `mutation { createWebhook(input: { account: "baanx", name: "x", url: "https://hooks.acme.test", eventTypes: ["*"] }) {
  ... on CreateWebhookSuccess { signingSecret } } }`
const plenty = { callerUnsentBytes: 20_000_000, unsentBytes: 60_000_000, sendTimeoutMs: 60_000 }

function getProvider(name: string) {
  const provider = providers.find((each) => each.name === name)
  if (provider === undefined) throw new Error(`There is no provider ${name}.`)
  return provider
}

/** A listener with two callers, where `large` is answered with 8 MB. */
async function open(limits: Partial<Limits> = {}) {
  const [fingerprint, baanx] = [getProvider('fingerprint'), getProvider('baanx')]
  const [full, plain] = await Promise.all([openStandIn(fingerprint), openStandIn(baanx)])
  const webhook = {
    id: 'wh_1',
    description: 'x'.repeat(2_000_000),
    url: 'https://hooks.acme.test',
    status: 'enabled',
    verified: true,
    environment: null,
    legacy: false,
    created_at: '2026-01-05T09:00:00Z',
  }
  full.fail({ status: 200, body: JSON.stringify({ data: [webhook], metadata: { pagination: {} } }), times: 1_000 })
  const keys = {
    one: createApiKey(),
    other: createApiKey(),
    third: createApiKey(),
    fourth: createApiKey(),
    fifth: createApiKey(),
  }
  const apiKeys = Object.entries(keys).map(([name, key]) => ({ name, sha256: hashApiKey(key), scopes: [...scopes] }))
  const backlog = createBacklog()
  const start = () =>
    openGateway({
      accounts: [toAccount(fingerprint, full), toAccount(baanx, plain)],
      server: { auth: { apiKeys }, limits: { ...plenty, ...limits }, backlog },
    })
  let { server, readLog } = start()
  const responses = new Set<ServerResponse>()
  const port = await listen((incoming, response) => {
    responses.add(response)
    server(incoming, response)
  })
  const toHeaders = (key: string) => ({ 'content-type': 'application/json', authorization: `Bearer ${key}` })

  return {
    keys,
    plain,
    backlog,
    reload: () => void ({ server, readLog } = start()),
    countAnswered: () => readLog('request').length,
    listOutcomes: () => readLog('request').map(({ outcome }) => outcome),
    /** Bytes that wait in this process, over all connections. */
    measure: () => [...responses].reduce((sum, { closed, writableLength }) => sum + (closed ? 0 : writableLength), 0),
    async ask(key: string, query: string) {
      const body = JSON.stringify({ query })
      const {
        statusCode,
        headers,
        body: answer,
      } = await request(`http://127.0.0.1:${port}/graphql`, { method: 'POST', headers: toHeaders(key), body })
      return { status: statusCode, headers, text: await answer.text() }
    },
    /** Sends requests over one connection and does not read. */
    leave(key: string, query: string, count = 1) {
      const body = JSON.stringify({ query })
      const headers = { ...toHeaders(key), 'content-length': String(body.length) }
      return leave(port, `${toHead('POST', headers)}${body}`.repeat(count))
    },
    /** Asks for a file of GraphiQL, not compressed, and does not read. */
    leaveFile: (file: string) => leave(port, toHead('GET', {}, `/graphql${file}`)),
    /** The largest file of GraphiQL. */
    async readFile() {
      const url = `http://127.0.0.1:${port}/graphql`
      const { body: page } = await request(url, { headers: { accept: 'text/html' } })
      const file = /<script src="([^"]+)"/.exec(await page.text())?.[1] ?? ''
      const { body } = await request(`${url}${file}`)
      return { file, bytes: (await body.arrayBuffer()).byteLength }
    },
  }
}

function toHead(method: string, headers: Readonly<Record<string, string>>, path = '/graphql'): string {
  const lines = Object.entries({ host: '127.0.0.1', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`)
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`
}

async function listen(listener: RequestListener): Promise<number> {
  const http = createHttpServer(listener)
  await once(http.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => {
    http.closeAllConnections()
    http.close()
  })
  const address = http.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** Writes to a connection and does not read. */
async function leave(port: number, text: string) {
  const socket = connect({ port, host: '127.0.0.1' })
    .pause()
    .on('error', () => undefined)
  onTestFinished(() => void socket.destroy())
  await once(socket, 'connect')
  socket.write(text)
  return socket
}

const whenBusy = { timeout: 200_000, interval: 20 }

describe('answers that nobody reads', () => {
  it('wait up to a number of bytes of one caller, and keep nobody else from being served', async () => {
    const { ask, leave, keys, measure, backlog, countAnswered, listOutcomes } = await open()
    await Promise.all(Array.from({ length: 8 }, () => leave(keys.one, large)))
    await vi.waitFor(() => expect(countAnswered()).toBe(8), whenBusy)
    expect(measure()).toBeGreaterThan(8_000_000)
    expect(measure()).toBeLessThan(plenty.callerUnsentBytes)
    expect(backlog.bytes).toBeGreaterThanOrEqual(measure() - 10_000)
    expect(Object.groupBy(listOutcomes(), String)).toMatchObject({
      OK: { length: 2 },
      OVERLOADED: { length: 6 },
    })
    expect(await ask(keys.other, small)).toMatchObject({ status: 200, text: '{"data":{"webhooks":{"complete":true}}}' })
    const refused = await ask(keys.one, large)
    expect(refused).toMatchObject({ status: 503, headers: { 'retry-after': '60' } })
    expect(JSON.parse(refused.text)).toMatchObject({ errors: [{ extensions: { code: 'OVERLOADED' } }] })
    // One answer of somebody else fits, whatever waits for this caller.
    expect(await ask(keys.other, large)).toMatchObject({ status: 200 })
  })

  it('wait up to a number of bytes in all', async () => {
    const { ask, leave, keys, measure, countAnswered } = await open({
      unsentBytes: 20_000_000,
      callerUnsentBytes: 12_000_000,
    })
    await Promise.all([keys.one, keys.other, keys.third, keys.fourth].map((key) => leave(key, large)))
    await vi.waitFor(() => expect(countAnswered()).toBe(4), whenBusy)
    expect(measure()).toBeGreaterThan(8_000_000)
    expect(measure()).toBeLessThan(20_000_000)
    expect(await ask(keys.fifth, large)).toMatchObject({ status: 503 })
    expect(await ask(keys.fifth, small)).toMatchObject({ status: 200 })
  })

  it('are gone after a time, and their connections with them', async () => {
    const { ask, leave, keys, measure, backlog, countAnswered } = await open({ sendTimeoutMs: 300 })
    const socket = await leave(keys.one, large)
    const queue = await leave(keys.one, large, 3)
    await vi.waitFor(() => expect(countAnswered()).toBe(4), whenBusy)
    await vi.waitFor(() => expect([measure(), backlog.bytes, backlog.byCaller.size]).toEqual([0, 0, 0]), whenBusy)
    let received = 0
    socket.on('data', (chunk: Buffer) => (received += chunk.length)).resume()
    queue.resume()
    await once(socket, 'close')
    expect(received).toBeLessThan(8_000_000)
    expect(await ask(keys.one, small)).toMatchObject({ status: 200 })
  })

  it('are forgotten once they are read, and when their client hangs up', async () => {
    const { leave, keys, backlog, countAnswered } = await open()
    const [read, left] = [await leave(keys.one, large), await leave(keys.other, large)]
    await vi.waitFor(() => expect([countAnswered(), backlog.byCaller.size]).toEqual([2, 2]), whenBusy)
    read.resume()
    left.destroy()
    await vi.waitFor(() => expect([backlog.bytes, backlog.byCaller.size]).toEqual([0, 0]), whenBusy)
  })

  it('keep a write from beginning, over a reload too, and no answer from what was written', async () => {
    const { ask, leave, keys, countAnswered, plain, reload } = await open({ callerUnsentBytes: 1_000_000 })
    const countPosts = () => plain.calls.filter(({ method }) => method === 'POST').length
    const { promise: mayAnswer, resolve: answerNow } = Promise.withResolvers<void>()
    plain.fail({ method: 'POST', when: 'after' }, () => mayAnswer)
    const creating = ask(keys.one, create)
    await vi.waitFor(() => expect(countPosts()).toBe(1), whenBusy)
    await leave(keys.one, large)
    await vi.waitFor(() => expect(countAnswered()).toBeGreaterThan(0), whenBusy)
    const refused = await ask(keys.one, create)
    expect(refused).toMatchObject({ status: 503, headers: { 'retry-after': '60' } })
    expect(refused.text).toContain('"OVERLOADED"')
    answerNow()
    const created = await creating
    expect(created.status).toBe(200)
    expect(created.text).toMatch(/"signingSecret":"whk_/)
    reload()
    expect(await ask(keys.one, create)).toMatchObject({ status: 503 })
    expect(countPosts()).toBe(1)
  })
})

describe('a file of GraphiQL', () => {
  it('is one copy for all who do not read it, and they are cut off too', async () => {
    const { leaveFile, readFile, measure } = await open({ sendTimeoutMs: 10_000 })
    const { file, bytes } = await readFile()
    expect(bytes).toBeGreaterThan(5_000_000)
    const before = process.memoryUsage().arrayBuffers
    await Promise.all(Array.from({ length: 20 }, () => leaveFile(file)))
    await vi.waitFor(() => expect(measure()).toBeGreaterThan(10 * bytes), whenBusy)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(5 * bytes)
    await vi.waitFor(() => expect(measure()).toBe(0), whenBusy)
  })
})

describe('the admin port', () => {
  it('refuses metrics while too many of them wait to be read, and goes on telling its health', async () => {
    const backlog = createBacklog()
    const port = await listen(
      createAdmin({
        metrics: {
          format: () => Promise.resolve('x'.repeat(8_000_000)),
          contentType: 'text/plain; version=0.0.4; charset=utf-8',
        },
        log: pino({ enabled: false }),
        host: '127.0.0.1',
        isReady: () => true,
        isStoreHealthy: () => true,
        outbox: createOutbox({ ...defaultLimits, callerUnsentBytes: 1_000_000 }, backlog),
      }),
    )
    const ask = async (path: string) => {
      const { statusCode, body } = await request(`http://127.0.0.1:${port}${path}`)
      await body.dump()
      return statusCode
    }
    const socket = await leave(port, toHead('GET', {}, '/metrics'))
    await vi.waitFor(() => expect(backlog.bytes).toBe(8_000_000), whenBusy)
    expect([await ask('/metrics'), await ask('/livez'), await ask('/readyz')]).toEqual([503, 200, 200])
    socket.destroy()
    await vi.waitFor(() => expect(backlog.bytes).toBe(0), whenBusy)
    expect(await ask('/metrics')).toBe(200)
  })
})
