import { once } from 'node:events'
import type { RequestListener, ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { pino } from 'pino'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createGateway } from '../../src/gateway/gateway.ts'
import { providers } from '../../src/providers/index.ts'
import { createDispatcher } from '../../src/http/dispatcher.ts'
import { createMetrics } from '../../src/observe/metrics.ts'
import { createServer } from '../../src/server/server.ts'
import { createAdmin } from '../../src/server/admin.ts'
import { createHttpServer } from '../../src/cli/connect.ts'
import { defaultLimits } from '../../src/server/limits.ts'
import { createOutbox } from '../../src/server/outbox.ts'
import type { ServerOptions } from '../../src/server/server.ts'
import { openGateway } from '../helpers/gateway.ts'

const origin = 'http://127.0.0.1'
const json = { 'content-type': 'application/json' }
const body = '{"query":"{ accounts { slug } }"}'

describe('a path', () => {
  function open(server: Partial<ServerOptions> = {}) {
    const opened = openGateway({ accounts: [], server })
    return (path: string, init: RequestInit = {}) => opened.server.fetch(`${origin}${path}`, { redirect: 'manual', ...init })
  }

  it.each([
    '/foo/graphql',
    '/graphql/',
    '/graphql/x',
    '/health',
    '/foo/health',
    '/foo/livez',
    '/livez/',
    '/GRAPHQL',
    '/metrics',
    '/favicon.ico',
  ])('that is not served is 404 for every method: %s', async (path) => {
    for (const server of [{}, { graphiql: false }, { corsOrigins: ['https://console.acme.test'] }]) {
      const fetch = open(server)
      for (const method of ['GET', 'HEAD', 'OPTIONS', 'DELETE', 'POST']) {
        const headers = { accept: 'text/html', origin: 'https://console.acme.test', ...json }
        const answer = await fetch(path, { method, headers, ...(method === 'POST' && { body }) })
        expect([method, answer.status, answer.headers.get('allow')]).toEqual([method, 404, null])
        const text = await answer.text()
        if (method === 'GET') expect(JSON.parse(text)).toMatchObject({ errors: [{ extensions: { code: 'NOT_FOUND' } }] })
        if (method === 'HEAD') expect(text).toBe('')
      }
    }
  })

  it.each(['/graphql', '/livez', '/readyz', '/'])('means the same with a query string: %s', async (path) => {
    const fetch = open()
    const send = (target: string) => fetch(target, path === '/graphql' ? { method: 'POST', headers: json, body } : {})
    expect((await send(`${path}?x=/health`)).status).toBe((await send(path)).status)
    expect((await send(path)).status).toBe(path === '/' ? 302 : 200)
  })

  it.each([
    [{}, '/', 'GET, HEAD, OPTIONS'],
    [{}, '/livez', 'GET, HEAD, OPTIONS'],
    [{}, '/readyz', 'GET, HEAD, OPTIONS'],
    [{}, '/graphql', 'GET, HEAD, POST, OPTIONS'],
    [{ graphiql: false }, '/graphql', 'POST, OPTIONS'],
    [{ corsOrigins: ['https://console.acme.test'] }, '/graphql', 'GET, HEAD, POST, OPTIONS'],
  ] as const)('with %j says what it allows, and allows that: %s', async (server, path, allow) => {
    const fetch = open(server)
    const options = await fetch(path, { method: 'OPTIONS', headers: { origin: 'https://console.acme.test' } })
    expect([options.status, options.headers.get('allow')]).toEqual([204, allow])
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH']) {
      const answer = await fetch(path, {
        method,
        headers: { accept: method === 'POST' ? '*/*' : 'text/html', ...json },
        ...(method !== 'GET' && method !== 'HEAD' && { body }),
      })
      const isAllowed = allow.split(', ').includes(method)
      expect([method, answer.status === 405]).toEqual([method, !isAllowed])
      expect(answer.headers.get('allow')).toBe(isAllowed ? null : allow)
      if (isAllowed) expect(answer.status).toBe(path === '/' ? 302 : 200)
    }
  })

  it.each([
    ['application/json', 'application/json'],
    ['application/json, text/plain, */*', 'application/json'],
    ['Application/JSON', 'application/json'],
    ['application/graphql-response+json,application/json;q=0.9', 'application/graphql-response+json'],
    ['application/jsonfoo, application/graphql-response+json', 'application/graphql-response+json'],
    ['text/event-stream, application/json', 'application/json'],
    ['*/*', 'application/json'],
    ['application/json;q=0, application/graphql-response+json', 'application/graphql-response+json'],
    ['application/json; q=0.00, */*', 'application/graphql-response+json'],
    ['text/html;q=0, application/*;q=0.1', 'application/json'],
    ['application/json;q=0.05', 'application/json'],
  ])('answers with the first of its media types that is accepted: %s', async (accept, type) => {
    const fetch = open()
    const answer = await fetch('/graphql', { method: 'POST', headers: { ...json, accept }, body })
    expect(answer).toMatchObject({ status: 200 })
    expect(answer.headers.get('content-type')).toBe(`${type}; charset=utf-8`)
  })

  it.each([
    'application/jsonfoo',
    'application/graphql-response',
    'application/graphql-response+jsonfoo',
    'application/json+foo',
    'text/plain',
    'application/json;q=0',
    'Application/JSON; Q=0.0, text/plain',
    '*/*;q=0',
    'text/event-stream',
    'multipart/mixed',
  ])('answers with 406 where nothing that it has is accepted, before anything runs: %s', async (accept) => {
    const consume = vi.fn<() => Promise<void>>(() => Promise.resolve())
    const fetch = open({ requestCounter: { consume } })
    const answer = await fetch('/graphql', { method: 'POST', headers: { ...json, accept }, body })
    expect([answer.status, await answer.json()]).toMatchObject([406, { errors: [{ extensions: { code: 'NOT_ACCEPTABLE' } }] }])
    expect(consume).not.toHaveBeenCalled()
  })

  it('has a page for those who accept one: the others are told to post', async () => {
    const fetch = open()
    const answer = await fetch('/graphql?query={accounts{slug}}', { headers: { accept: 'application/json' } })
    expect([answer.status, await answer.json()]).toMatchObject([406, { errors: [{ extensions: { code: 'NOT_ACCEPTABLE' } }] }])
  })
})

/** Sends the bytes of a request and resolves to those of the answer. */
async function exchange(listener: RequestListener, request: string): Promise<string> {
  const server = createHttpServer(listener)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  const socket = connect(typeof address === 'object' && address !== null ? address.port : 0, '127.0.0.1')
  let received = ''
  socket.on('data', (chunk) => (received += chunk.toString()))
  socket.end(request)
  await once(socket, 'close')
  return received
}

function toRequest(method: string, target: string, host: string): string {
  const more = method === 'POST' ? `content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}` : '\r\n'
  return `${method} ${target} HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n${more}`
}

const hosts = [
  '',
  '[',
  '[::1',
  'a b',
  'a/b',
  'a@b',
  'a?b',
  'a#b',
  'a\\b',
  'a:b',
  'a:99999',
  '1.2.3.4.5',
  '[::g]',
  'http://a',
  'ä',
]
const targets = [
  '//',
  '//evil.test/graphql',
  'http://[',
  'http://127.0.0.1/graphql',
  '*',
  '/x/../graphql',
  '/%2e/graphql',
  '/./livez',
  'graphql',
]

describe('a request of which no URL can be made', () => {
  function open(server: Partial<ServerOptions> = {}) {
    const lines: string[] = []
    const log = pino({}, { write: (line) => void lines.push(line) })
    const dispatcher = createDispatcher()
    onTestFinished(() => dispatcher.destroy())
    const gateway = createGateway({ providers, accounts: [], dispatcher, timeoutMs: 1_000 })
    return { app: createServer({ gateway, log, auth: 'none', ...server }), lines }
  }
  const trusted = { documents: new Map<string, string>(), only: false }

  it.each([...hosts.map((host) => ['/graphql', host] as const), ...targets.map((target) => [target, '127.0.0.1'] as const)])(
    'is answered with 400, logged, and shows no stack: %s at %j',
    async (target, host) => {
      for (const server of [{}, { loopbackOnly: true }, { trustedDocuments: trusted }]) {
        for (const method of ['GET', 'POST', 'OPTIONS']) {
          // OPTIONS alone may be about no path at all.
          if (target === '*' && method !== 'OPTIONS') continue
          const { app, lines } = open(server)
          const answer = await exchange(app, toRequest(method, target, host))
          expect(answer).toMatch(/^HTTP\/1.1 400 /)
          expect(answer).not.toMatch(/\bat .*:\d+:\d+|node_modules|TypeError|Invalid URL/)
          // What is no HTTP at all, Node refuses itself.
          if (!answer.includes('x-request-id')) expect(answer).toMatch(/^HTTP\/1.1 400 Bad Request\r\nConnection: close\r\n\r\n$/)
          else
            expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ msg: 'request', status: 400, outcome: 'BAD_REQUEST' }])
        }
      }
    },
  )

  it.each(hosts.filter((host) => host !== 'ä'))(
    'is answered with 400 by fetch too, where it has a Host header: %j',
    async (host) => {
      const { app } = open()
      const answer = await app.fetch(`${origin}/graphql`, { method: 'POST', headers: { ...json, host }, body })
      expect(answer.status).toBe(400)
      expect(await answer.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_REQUEST' } }] })
    },
  )

  it('is one with two Host headers', async () => {
    for (const host of ['localhost\r\nHost: localhost', 'localhost\r\nHOST: evil.test', 'localhost\r\nx: host\r\nhost:']) {
      for (const method of ['GET', 'POST', 'OPTIONS']) {
        const { app, lines } = open()
        expect(await exchange(app, toRequest(method, '/graphql', host))).toMatch(/^HTTP\/1.1 400 [^]*"BAD_REQUEST"/)
        expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ msg: 'request', status: 400, outcome: 'BAD_REQUEST' }])
      }
    }
    const other = 'localhost\r\nx: host\r\nx: host\r\nx-host: a'
    expect(await exchange(open().app, toRequest('POST', '/graphql', other))).toMatch(/^HTTP\/1.1 200 /)
  })

  it.each(['evil.test:443', 'evil.test', '/graphql', '*'])('is every CONNECT: %s', async (target) => {
    const { app, lines } = open()
    const answer = await exchange(app, `${toRequest('CONNECT', target, 'localhost')}bytes for the other end`)
    expect(answer).toMatch(/^HTTP\/1.1 400 [^]*\r\nconnection: close\r\n[^]*"BAD_REQUEST"/i)
    expect(answer).toMatch(/\r\ncache-control: no-store\r\n/i)
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ msg: 'request', status: 400, outcome: 'BAD_REQUEST' }])
  })

  it('is the last one on its connection', async () => {
    const { app } = open()
    const [bad, good] = ['a b', 'a'].map((host) => toRequest('POST', '/graphql', host).replace('close', 'keep-alive'))
    const answers = await exchange(app, `${good}${bad}${good}`)
    expect([...answers.matchAll(/HTTP\/1.1 (\d+)/g)].map(([, status]) => status)).toEqual(['200', '400'])
  })

  it('is answered behind those before it on the same connection', async () => {
    const { app, lines } = open()
    const before = toRequest('POST', '/graphql', 'a').replace('close', 'keep-alive')
    const answers = await exchange(app, `${before}${before}${toRequest('CONNECT', 'b:443', 'a')}`)
    expect([...answers.matchAll(/HTTP\/1.1 (\d+)/g)].map(([, status]) => status)).toEqual(['200', '200', '400'])
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ status: 200 }, { status: 200 }, { status: 400 }])
  })

  it('is let go with a client that leaves before the answers are there', async () => {
    const left = Promise.withResolvers<ServerResponse>()
    const server = createHttpServer((_, response) => response.once('close', () => left.resolve(response)))
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const address = server.address()
    const socket = connect(typeof address === 'object' && address !== null ? address.port : 0, '127.0.0.1')
    const asked = once(server, 'connect')
    socket.write(toRequest('GET', '/graphql', 'a').replace('close', 'keep-alive') + toRequest('CONNECT', 'b:443', 'a'))
    await asked
    socket.resetAndDestroy()
    server.close()
    await once(server, 'close')
    expect((await left.promise).headersSent).toBe(false)
  })

  it.each(['websocket', 'h2c'])('is none that would rather speak %s', async (protocol) => {
    const host = `localhost\r\nupgrade: ${protocol}\r\nconnection: upgrade`
    expect(await exchange(open().app, toRequest('POST', '/graphql', host))).toMatch(/^HTTP\/1.1 200 /)
  })

  it('is none where the Host is well-formed', async () => {
    for (const host of ['gateway', 'gateway.acme.test:4000', '10.0.0.1', '[::1]:80', 'my_service', 'a.test.']) {
      expect(await exchange(open().app, toRequest('POST', '/graphql', host))).toMatch(/^HTTP\/1.1 200 /)
      expect(await exchange(open().app, toRequest('GET', '/livez', host))).toMatch(/^HTTP\/1.1 200 /)
    }
  })
})

describe('while the gateway drains', () => {
  const readAnswers = (received: string) =>
    [...received.matchAll(/HTTP\/1.1 (\d+)[^]*?\r\nconnection: ([\w-]+)\r\n/gi)].map(([, status, connection]) => [
      Number(status),
      connection,
    ])
  const [read, post, unknown] = [
    toRequest('GET', '/livez', 'a'),
    toRequest('POST', '/graphql', 'a'),
    toRequest('GET', '/nowhere', 'a'),
  ].map((request) => request.replace('close', 'keep-alive'))

  it.each([
    [200, read],
    [200, post],
    [404, unknown],
  ])('a kept connection ends with its next answer: %i', async (status, request = '') => {
    let isReady = true
    const { server } = openGateway({ accounts: [], server: { isReady: () => isReady } })
    expect(readAnswers(await exchange(server, request))).toEqual([[status, 'keep-alive']])
    isReady = false
    expect(readAnswers(await exchange(server, request))).toEqual([[status, 'close']])
  })

  it('a connection does not end before what was sent on it already is answered', async () => {
    const { server } = openGateway({ accounts: [], server: { isReady: () => false } })
    expect(readAnswers(await exchange(server, `${post}${read}${post}`))).toEqual([
      [200, 'keep-alive'],
      [200, 'keep-alive'],
      [200, 'close'],
    ])
  })
})

describe('the admin port', () => {
  const open = (host = '0.0.0.0', format = () => Promise.resolve('metrics\n'), readiness = {}) => {
    return createAdmin({
      metrics: { ...createMetrics(), format },
      log: pino({ enabled: false }),
      outbox: createOutbox(defaultLimits),
      host,
      isReady: () => true,
      isStoreHealthy: () => true,
      ...readiness,
    })
  }
  const ask = async (listener: RequestListener, target: string, host: string, method = 'GET') =>
    Number((await exchange(listener, toRequest(method, target, host))).split(' ')[1])

  it.each([...hosts.map((host) => ['/metrics', host] as const), ...targets.map((target) => [target, '10.0.0.1'] as const)])(
    'answers 400 to what is malformed: %s at %j',
    async (target, host) => {
      if (target !== '*') expect(await ask(open(), target, host)).toBe(400)
      expect(await ask(open(), target, host, 'OPTIONS')).toBe(400)
    },
  )

  it('answers 400 to two Host headers and to CONNECT', async () => {
    expect(await ask(open(), '/metrics', '10.0.0.1\r\nHost: 10.0.0.1')).toBe(400)
    for (const target of ['evil.test:443', '/metrics']) expect(await ask(open(), target, '10.0.0.1', 'CONNECT')).toBe(400)
  })

  it('answers on loopback by the names of this machine only', async () => {
    for (const host of ['127.0.0.1:9090', 'localhost', '[::1]:9090'])
      expect(await ask(open('127.0.0.1'), '/metrics', host)).toBe(200)
    for (const host of ['evil.test', 'gateway', '10.0.0.1', 'localhost.evil.test']) {
      for (const path of ['/metrics', '/livez', '/readyz', '/']) expect(await ask(open('127.0.0.1'), path, host)).toBe(421)
    }
  })

  it('answers elsewhere by addresses, by HOST, and by names that nobody can register', async () => {
    for (const host of [
      '10.0.0.1:9090',
      '[fd00::1]:9090',
      'localhost',
      'hookql:9090',
      'hookql.default.svc',
      'a.b.svc.cluster.local.',
      'a.internal',
    ]) {
      expect(await ask(open(), '/metrics', host)).toBe(200)
    }
    expect(await ask(open('gateway.acme.test'), '/metrics', 'Gateway.acme.test:9090')).toBe(200)
    for (const host of ['evil.test', 'gateway.acme.test', '10.0.0.1.evil.test', 'svc.evil.test'])
      expect(await ask(open(), '/metrics', host)).toBe(421)
  })

  it('has exact paths, of which it allows to be read', async () => {
    for (const path of ['/', '/graphql', '/metrics/', '/x/metrics', '/health', '/Metrics'])
      expect(await ask(open(), path, '10.0.0.1')).toBe(404)
    for (const path of ['/metrics', '/livez', '/readyz']) {
      expect(await ask(open(), `${path}?x`, '10.0.0.1')).toBe(200)
      expect(await ask(open(), path, '10.0.0.1', 'HEAD')).toBe(200)
      expect(await exchange(open(), toRequest('POST', path, '10.0.0.1'))).toMatch(
        /^HTTP\/1.1 405 [^]*\r\nallow: GET, HEAD, OPTIONS\r\n/,
      )
      expect(await exchange(open(), toRequest('OPTIONS', path, '10.0.0.1'))).toMatch(
        /^HTTP\/1.1 204 [^]*\r\nallow: GET, HEAD, OPTIONS\r\n/,
      )
    }
  })

  it.each([
    ['the gateway drains', { isReady: () => false }, 'draining'],
    ['the store cannot be written', { isStoreHealthy: () => false }, 'store cannot be written'],
  ])('tells that %s', async (_, readiness, body) => {
    const admin = open('127.0.0.1', undefined, readiness)
    const told = await exchange(admin, toRequest('GET', '/readyz', 'localhost'))
    expect(told).toMatch(new RegExp(`^HTTP/1.1 503 [^]*${body}`))
    const kept = await exchange(admin, toRequest('GET', '/metrics', 'localhost').replace('close', 'keep-alive'))
    expect(kept).toMatch('isReady' in readiness ? /\r\nconnection: close\r\n/i : /\r\nconnection: keep-alive\r\n/i)
    expect(await ask(admin, '/livez', 'localhost')).toBe(200)
  })

  it('says that metrics failed, and not why', async () => {
    const answer = await exchange(
      open('127.0.0.1', () => Promise.reject(new Error('canary'))),
      toRequest('GET', '/metrics', 'localhost'),
    )
    expect(answer).toMatch(/^HTTP\/1.1 500 /)
    expect(answer).not.toContain('canary')
  })
})
