import { createServer } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { gzipSync } from 'node:zlib'
import { Agent } from 'undici'
import { describe, expect, it, onTestFinished } from 'vitest'
import * as z from 'zod'
import { createDispatcher } from '../../src/http/dispatcher.ts'
import { startBudget } from '../../src/budget.ts'
import { createDoor, defaultDoor } from '../../src/http/door.ts'
import { isSegment, path } from '../../src/provider/path.ts'
import { readNumberedPages } from '../../src/provider/numbered-pages.ts'
import { readPages } from '../../src/provider/pages.ts'
import { providers } from '../../src/providers/index.ts'
import { openHttp, openStandIn } from '../helpers/stand-in.ts'

const [provider] = providers
if (provider === undefined) throw new Error('There is no provider.')
const account = { slug: 'first', provider: provider.name, sandbox: true }

/** A door to an upstream that answers as told. */
async function open(answer: Parameters<typeof createServer>[1], ended?: AbortSignal) {
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => server.close().closeAllConnections())
  return openDoor((server.address() as AddressInfo).port).within(ended)
}

function openDoor(port: number, dispatcher = createDispatcher(), scheme = 'http', host = '127.0.0.1') {
  onTestFinished(() => dispatcher.destroy())
  if (provider === undefined) throw new Error('There is no provider.')
  const endpoint = {
    account,
    provider,
    baseUrl: `${scheme}://${host}:${port}`,
    headers: { authorization: 'Bearer canary-token' },
    secrets: ['canary-token', 'tok-5'],
    dispatcher,
  }
  const door = createDoor(endpoint, { ...defaultDoor, retry: { calls: 1, firstPauseMs: 0 } })
  /** Ends after five seconds, or with its owner. */
  const within = (ended?: AbortSignal) => {
    const budget = startBudget(5_000, ended)
    onTestFinished(() => budget[Symbol.dispose]())
    return door.within(budget)
  }
  return { dispatcher, within, http: within() }
}

const read = { path: path`/webhooks`, answer: z.object({ ok: z.boolean() }) } as const
const write = { ...read, method: 'POST', body: { name: 'x' } } as const

describe('the door', () => {
  it('sends method, path, query, headers and body, and parses the answer', async () => {
    const seen: unknown[] = []
    const http = await open((request, response) => {
      request.on('data', (chunk: Buffer) => seen.push(chunk.toString()))
      request.on('end', () => {
        seen.push(request.method, request.url, request.headers.authorization, request.headers['content-type'])
        response.end('{"ok":true,"more":1}')
      })
    })
    expect(await http.write({ ...write, path: path`/webhooks/${'a/b ?'}`, query: { id: 'x&y' } })).toEqual({
      ok: true,
    })
    expect(seen).toEqual(['{"name":"x"}', 'POST', '/webhooks/a%2Fb%20%3F?id=x%26y', 'Bearer canary-token', 'application/json'])
  })

  it('knows that a write never left when nobody listens', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    await new Promise((resolve) => server.close(resolve))
    await expect(openDoor(port).http.write(write)).rejects.toMatchObject({
      code: 'UPSTREAM_UNAVAILABLE',
      reason: 'CONNECTION',
      retry: 'SAFE',
      upstream: { status: null, attempts: 1 },
    })
  })

  it('knows that a write never left when no TLS connection comes about', async () => {
    let heard = ''
    const server = createTcpServer((socket) =>
      socket.once('data', (bytes) => {
        heard = bytes.toString('latin1')
        socket.destroy()
      }),
    )
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => {
      server.close()
    })
    const { http } = openDoor((server.address() as AddressInfo).port, createDispatcher(), 'https')
    await expect(http.write(write)).rejects.toMatchObject({ reason: 'CONNECTION', retry: 'SAFE' })
    expect(heard).not.toContain('canary-token')
  })

  it('knows that a write never left when the name of the host is not resolved', async () => {
    const lookup = (_: string, __: object, done: (error: Error, address: string, family: number) => void) =>
      done(Object.assign(new Error('not found'), { code: 'ENOTFOUND' }), '', 4)
    const { http } = openDoor(1, new Agent({ connect: { lookup } }), 'http', 'nowhere.test')
    await expect(http.write(write)).rejects.toMatchObject({ reason: 'CONNECTION', retry: 'SAFE' })
  })

  it('does not know what became of a write whose connection was cut', async () => {
    const http = await open((request) => request.socket.destroy())
    await expect(http.write(write)).rejects.toMatchObject({
      code: 'OUTCOME_UNKNOWN',
      retry: 'CHECK_FIRST',
      upstream: { status: null },
    })
  })

  it('does not know what became of a write that was answered with 5xx', async () => {
    const http = await open((_, response) => response.writeHead(502).end('<html>'))
    await expect(http.write(write)).rejects.toMatchObject({
      code: 'OUTCOME_UNKNOWN',
      upstream: { status: 502 },
    })
  })

  it('does not know what became of a write whose answer cannot be read', async () => {
    const http = await open((_, response) => response.end('<html>'))
    await expect(http.write(write)).rejects.toMatchObject({
      code: 'OUTCOME_UNKNOWN',
      retry: 'CHECK_FIRST',
    })
  })

  it('does not know what became of a write that was sent when its time was up', async () => {
    const controller = new AbortController()
    const http = await open(() => controller.abort(), controller.signal)
    await expect(http.write(write)).rejects.toMatchObject({
      code: 'OUTCOME_UNKNOWN',
      upstream: { status: null },
    })
  })

  it('never sends a write that was given up while it waited for a connection', async () => {
    const { promise: mayAnswer, resolve: answerNow } = Promise.withResolvers<void>()
    const seen: (string | undefined)[] = []
    const server = createServer((request, response) => {
      seen.push(request.method)
      void mayAnswer.then(() => response.end('{"ok":true}'))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => server.close().closeAllConnections())
    const { http, within } = openDoor((server.address() as AddressInfo).port, new Agent({ connections: 1, pipelining: 1 }))
    const first = http.read(read)
    await expect.poll(() => seen.length).toBe(1)
    const owner = new AbortController()
    const second = within(owner.signal).write(write)
    await new Promise((resolve) => setImmediate(resolve))
    owner.abort()
    await expect(second).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', retry: 'SAFE' })
    answerNow()
    await first
    expect(await http.read({ ...read, query: { last: 'yes' } })).toEqual({ ok: true })
    expect(seen).toEqual(['GET', 'GET'])
  })

  it('takes no informational answer for the answer', async () => {
    const http = await open(({ method, socket }, response) => {
      response.writeProcessing()
      if (method === 'GET') response.end('{"ok":true}')
      else setTimeout(() => socket.destroy(), 50)
    })
    expect(await http.read(read)).toEqual({ ok: true })
    await expect(http.write(write)).rejects.toMatchObject({
      code: 'OUTCOME_UNKNOWN',
      upstream: { status: null },
    })
  })

  it('reads an answer with a byte order mark in front', async () => {
    const http = await open((_, response) => response.end('\uFEFF{"ok":true}'))
    expect(await http.read(read)).toEqual({ ok: true })
  })

  it('breaks an answer off that is larger than it reads', async () => {
    const http = await open((_, response) => {
      response.on('error', () => {})
      response.end('x'.repeat(6_000_000))
    })
    await expect(http.read(read)).rejects.toMatchObject({ code: 'UPSTREAM_CONTRACT' })
  })

  it('never unpacks an answer, so that no bomb goes off', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000, ' '))
    const http = await open((_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb))
    await expect(http.read(read)).rejects.toMatchObject({ code: 'UPSTREAM_CONTRACT' })
  })

  it('opens another connection where the pooled one has died: the write is sent once, and arrives', async () => {
    let sent = 0
    const server = createServer((_, response) => {
      sent += 1
      response.end('{"ok":true}')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => {
      server.close().closeAllConnections()
    })
    const { port } = server.address() as AddressInfo
    const { http, dispatcher } = openDoor(port)
    await http.read(read)
    server.closeAllConnections()
    await expect.poll(() => dispatcher.stats[`http://127.0.0.1:${port}`]?.connected ?? 0).toBe(0)
    expect(await http.write(write)).toEqual({ ok: true })
    expect(sent).toBe(2)
  })

  it('does not follow a redirect', async () => {
    const paths: (string | undefined)[] = []
    const http = await open((request, response) => {
      paths.push(request.url)
      response.writeHead(302, { location: '/elsewhere' }).end()
    })
    await expect(http.read(read)).rejects.toMatchObject({
      code: 'UPSTREAM_CONTRACT',
      upstream: { status: 302 },
    })
    expect(paths).toEqual(['/webhooks'])
  })

  it('ends a read with its budget', async () => {
    const controller = new AbortController()
    const http = await open(() => controller.abort(), controller.signal)
    await expect(http.read(read)).rejects.toMatchObject({
      code: 'UPSTREAM_UNAVAILABLE',
      reason: 'TIMEOUT',
    })
  })

  it.each([
    ['12', 12_000],
    ['Fri, 20 Nov 2026 00:00:00 GMT', 0],
    ['soon', provider.rateLimitDelayMs],
  ])('waits after Retry-After: %s', async (after, retryAfterMs) => {
    const http = await open((_, response) => response.writeHead(429, { 'retry-after': after }).end())
    const error: unknown = await http.read(read).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'RATE_LIMITED', retryAfterMs })
  })

  it('says SAFE_AFTER_DELAY for a failing provider that says when', async () => {
    const http = await open((_, response) => response.writeHead(503, { 'retry-after': '3' }).end())
    await expect(http.read(read)).rejects.toMatchObject({
      code: 'UPSTREAM_UNAVAILABLE',
      retry: 'SAFE_AFTER_DELAY',
      retryAfterMs: 3_000,
    })
  })

  it('shows no credential that the provider echoes, however short', async () => {
    const echo = '{"message":"bad key canary-token, tok-5 and whk_0123456789"}'
    const http = await open((_, response) => response.writeHead(400).end(echo))
    await expect(http.read(read)).rejects.toMatchObject({
      upstream: { message: 'bad key [secret], [secret] and [secret]' },
    })
  })
})

describe('a path', () => {
  it('has each part as exactly one encoded segment', () => {
    expect(path`/webhooks/${'../x'}/y/${'a?b#c%2f'}`).toBe('/webhooks/..%2Fx/y/a%3Fb%23c%252f')
  })

  it.each(['', '.', '..', 'x'.repeat(257), '\ud800'])('refuses %j', (part) => {
    expect(isSegment(part)).toBe(false)
    expect(() => path`/webhooks/${part}`).toThrow(TypeError)
  })
})

describe('pages', () => {
  const toBatch = (page: number) => ({ items: [page], unreadable: [] })

  it('are read to the last one', async () => {
    const http = openHttp(provider, await openStandIn(provider))
    const pages = readPages(http, 1, (page) => Promise.resolve({ batch: toBatch(page), next: page < 3 ? page + 1 : null }))
    expect(await Array.fromAsync(pages)).toEqual([1, 2, 3].map(toBatch))
  })

  it('are read where the first one has no position', async () => {
    const http = openHttp(provider, await openStandIn(provider))
    const pages = readPages<number | null, number>(http, null, (page) =>
      Promise.resolve({ batch: toBatch(page ?? 1), next: page === null ? 2 : null }),
    )
    expect(await Array.fromAsync(pages)).toEqual([1, 2].map(toBatch))
  })

  it('that go round in a circle break the contract', async () => {
    const http = openHttp(provider, await openStandIn(provider))
    const pages = readPages(http, 1, (page) => Promise.resolve({ batch: toBatch(page), next: page === 3 ? 1 : page + 1 }))
    await expect(Array.fromAsync(pages)).rejects.toMatchObject({ code: 'UPSTREAM_CONTRACT' })
  })

  it('without an end break the contract', async () => {
    const http = openHttp(provider, await openStandIn(provider))
    const pages = readPages(http, 1, (page) => {
      if (page > 10_000) throw new Error('It was read on.')
      return Promise.resolve({ batch: toBatch(page), next: page + 1 })
    })
    await expect(Array.fromAsync(pages)).rejects.toMatchObject({ code: 'UPSTREAM_CONTRACT' })
  })

  it('whose total is not the same on all of them have shifted, though as many were read as the first one said', async () => {
    const http = openHttp(provider, await openStandIn(provider))
    const toItems = (...ids: string[]) => ({ items: ids.map((id) => ({ id })), unreadable: [] })
    const answers = [
      { batch: toItems('a', 'b'), total: 3 },
      { batch: toItems('b', 'c'), total: 4 },
    ]
    const pages = readNumberedPages(http, 100, (page) => Promise.resolve(answers[page - 1] ?? { batch: toItems(), total: 4 }))
    await expect(Array.fromAsync(pages)).rejects.toThrow('the total was 3 on one page and 4 on another')
  })
})
