import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { serve } from '@hono/node-server'
import express, { type Express } from 'express'
import Fastify, { type FastifyInstance } from 'fastify'
import { Hono } from 'hono'
import { pino } from 'pino'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { createApiKey, hashApiKey } from '../../src/server/auth/api-key.ts'
import { createGateway } from '../../src/gateway/gateway.ts'
import { createDispatcher } from '../../src/http/dispatcher.ts'
import { encrata } from '../../src/providers/encrata/index.ts'
import { providers } from '../../src/providers/index.ts'
import { createServer, type ServerOptions } from '../../src/server/server.ts'
import { openGateway, toAccount } from '../helpers/gateway.ts'
import { openStandIn } from '../helpers/stand-in.ts'

const json = { 'content-type': 'application/json' }
const query = '{ providers { name } }'
const asked = { method: 'POST', headers: json, body: JSON.stringify({ query }) }
const found = { data: { providers: providers.map(({ name }) => ({ name: name.toUpperCase() })) } }
const documents = new Map([['abc', query]])

function open(options: Partial<ServerOptions> = {}) {
  const dispatcher = createDispatcher()
  onTestFinished(() => dispatcher.destroy())
  const gateway = createGateway({ providers, accounts: [], dispatcher, timeoutMs: 1_000 })
  return createServer({ gateway, auth: 'none', log: pino({ enabled: false }), ...options })
}

async function listen(listener: RequestListener): Promise<string> {
  const server = createHttpServer(listener).listen(0, '127.0.0.1')
  onTestFinished(() => server.close().closeAllConnections())
  await once(server, 'listening')
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
}

/** Each listens on a port of its own. */
async function listenFastify(app: FastifyInstance): Promise<string> {
  onTestFinished(() => app.close())
  return app.listen({ port: 0, host: '127.0.0.1' })
}

async function post(url: string, init: RequestInit = asked) {
  const answer = await fetch(url, init)
  return { status: answer.status, body: (await answer.json()) as unknown }
}

describe('the examples of docs/embedding.md', () => {
  const root = fileURLToPath(new URL('../../', import.meta.url))
  let folder = ''

  /** Beside the tests, where the packages are that they import; ours are taken from the sources. */
  beforeAll(async () => {
    folder = await mkdtemp(join(root, 'test/generated-embedding-'))
    const text = await readFile(join(root, 'docs/embedding.md'), 'utf8')
    const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
      readonly exports: Readonly<Record<string, { readonly default: string }>>
    }
    for (const [, name = '', code = ''] of text.matchAll(/^```ts\n\/\/ (\S+)\n(.*?)^```$/gms)) {
      const file = join(folder, name)
      const own = code.replaceAll(/'hookql(\/[a-z]+)'/g, (_, path: string) => {
        const source = manifest.exports[`.${path}`]?.default.replace('./dist/', 'src/').replace(/\.js$/, '.ts')
        return `'${join(root, source ?? 'missing')}'`
      })
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, own)
    }
    return () => rm(folder, { recursive: true })
  })

  const url = '/api/graphql'
  const load = async <T>(name: string): Promise<T> => (await import(/* @vite-ignore */ join(folder, name))) as T

  it('serve behind Express', async () => {
    const { app } = await load<{ app: Express }>('express.ts')
    expect(await post(`${await listen(app)}${url}`)).toEqual({ status: 200, body: found })
  })

  it('serve behind Fastify', async () => {
    const { app } = await load<{ app: FastifyInstance }>('fastify.ts')
    expect(await post(`${await listenFastify(app)}${url}`)).toEqual({ status: 200, body: found })
  })

  it('serve behind Hono, by its own requests and on Node', async () => {
    const { app } = await load<{ app: Hono }>('hono.ts')
    const answer = await app.request(url, asked)
    expect(await answer.json()).toEqual(found)
    const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' })
    onTestFinished(() => void server.close())
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    expect(await post(`http://127.0.0.1:${port}${url}`)).toEqual({ status: 200, body: found })
  })

  it('serve as route handlers of Next.js', async () => {
    const route =
      await load<Record<'GET' | 'POST' | 'OPTIONS', (request: Request) => Promise<Response>>>('app/api/graphql/route.ts')
    expect(await (await route.POST(new Request(`http://next.test${url}`, asked))).json()).toEqual(found)
    const page = await route.GET(new Request(`http://next.test${url}`, { headers: { accept: 'text/html' } }))
    expect(page.headers.get('content-type')).toContain('text/html')
    expect((await route.OPTIONS(new Request(`http://next.test${url}`, { method: 'OPTIONS' }))).status).toBe(204)
  })
})

describe('a body that a framework has read', () => {
  const parsers = [
    ['express.json()', express.json()],
    ['express.text()', express.text({ type: 'application/json' })],
    ['express.raw()', express.raw({ type: 'application/json' })],
  ] as const
  const bodies: readonly (readonly [string, object, Partial<ServerOptions>])[] = [
    ['a document', { query }, {}],
    ['a trusted document', { documentId: 'abc' }, { trustedDocuments: { documents, only: true } }],
  ]

  for (const [parser, parse] of parsers) {
    it.each(bodies)(`is used: %s, by ${parser}`, async (_, body, options) => {
      const app = express().use(parse).use(open(options))
      const url = `${await listen(app)}/graphql`
      expect(await post(url, { ...asked, body: JSON.stringify(body) })).toEqual({ status: 200, body: found })
    })
  }

  it('is used as what it was before it was compressed', async () => {
    const app = express().use(express.json()).use(open())
    const headers = { ...json, 'content-encoding': 'gzip' }
    const body = new Uint8Array(gzipSync(asked.body))
    expect(await post(`${await listen(app)}/graphql`, { method: 'POST', headers, body })).toEqual({ status: 200, body: found })
  })

  it('is refused as long as nobody has decompressed it', async () => {
    const headers = { ...json, 'content-encoding': 'gzip' }
    const body = new Uint8Array(gzipSync(asked.body))
    const url = `${await listen(express().use(open()))}/graphql`
    expect((await post(url, { method: 'POST', headers, body })).status).toBe(415)
  })

  it('is held to the same rules: credentials, content type, size and form', async () => {
    const key = createApiKey()
    const auth = { apiKeys: [{ name: 'ci', sha256: hashApiKey(key), scopes: ['webhooks:read'] as const }] }
    const parse = express.json({ limit: '1mb', type: () => true })
    const url = `${await listen(express().use(parse).use(open({ auth })))}/graphql`
    const headers = { ...json, authorization: `Bearer ${key}` }
    const send = async (more: RequestInit) => (await post(url, { ...asked, headers, ...more })).status
    expect(await send({})).toBe(200)
    expect(await send({ headers: json })).toBe(401)
    expect(await send({ headers: { ...headers, 'content-type': 'text/plain' } })).toBe(415)
    expect(await send({ body: JSON.stringify({ query, variables: { x: 'x'.repeat(200_000) } }) })).toBe(413)
    expect(await send({ body: JSON.stringify([{ query }]) })).toBe(400)
  })

  const gone = { status: 500, body: { errors: [{ message: expect.any(String), extensions: { code: 'BODY_ALREADY_READ' } }] } }

  it.each([{}, { trustedDocuments: { documents, only: false } }])(
    'and kept to itself is never waited for: %j',
    async (options) => {
      const server = open(options)
      const app = Fastify()
      app.post('/graphql', (request, reply) => {
        reply.hijack()
        server(request.raw, reply.raw)
      })
      expect(await post(`${await listenFastify(app)}/graphql`)).toEqual(gone)
      const request = new Request('http://gateway.test/graphql', asked)
      await request.text()
      const answer = await server.fetch(request)
      expect({ status: answer.status, body: await answer.json() }).toEqual(gone)
      const hono = new Hono().post('/graphql', async (context) => {
        await context.req.json()
        return server.fetch(context.req.raw)
      })
      const answered = await hono.request('/graphql', asked)
      expect({ status: answered.status, body: await answered.json() }).toEqual(gone)
    },
  )

  it.each([true, false])('begins no write for a client that has left, read or not: %s', async (isRead) => {
    const standIn = await openStandIn(encrata)
    const [counting, left] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const consume = () => {
      counting.resolve()
      return left.promise
    }
    const { server, readLog } = openGateway({ accounts: [toAccount(encrata, standIn)], server: { requestCounter: { consume } } })
    const app = express()
    if (isRead) app.use(express.json())
    app.use((request, response) => {
      response.once('close', () => left.resolve())
      server(request, response)
    })
    const input = '{ account: "encrata", name: "x", url: "https://hooks.acme.test/x", eventTypes: ["lookup.completed"] }'
    const body = JSON.stringify({ query: `mutation { createWebhook(input: ${input}) { __typename } }` })
    const client = new AbortController()
    const asking = fetch(`${await listen(app)}/graphql`, { ...asked, body, signal: client.signal })
    await counting.promise
    client.abort()
    await expect(asking).rejects.toThrow('aborted')
    await expect.poll(() => readLog('request')).toHaveLength(1)
    expect(standIn.calls).toEqual([])
  })
})

describe('a path', () => {
  it('is the one that clients ask for, whatever the server is mounted at', async () => {
    const server = open({ path: '/api/graphql' })
    const mounts: readonly Express[] = [
      express().use('/api/graphql', server),
      express().use('/api', server),
      express().use(server),
      express().use('/api', express.Router().all('/graphql', server)),
    ]
    for (const app of mounts) {
      const origin = await listen(app)
      expect(await post(`${origin}/api/graphql`)).toEqual({ status: 200, body: found })
      expect(await post(`${origin}/api/graphql?x=1`)).toEqual({ status: 200, body: found })
      const page = await fetch(`${origin}/api/graphql`, { headers: { accept: 'text/html' } })
      expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
      expect((await fetch(`${origin}/api/other`)).status).toBe(404)
      expect((await fetch(`${origin}/graphql`, asked)).status).toBe(404)
    }
  })

  it('leads people there, and has the rules for web pages', async () => {
    const origin = 'https://console.acme.test'
    const server = open({ path: '/api/graphql', corsOrigins: [origin] })
    const root = await server.fetch('http://gateway.test/')
    expect([root.status, root.headers.get('location')]).toEqual([302, '/api/graphql'])
    const headers = { origin, 'access-control-request-method': 'POST' }
    const preflight = await server.fetch('http://gateway.test/api/graphql', { method: 'OPTIONS', headers })
    expect(preflight.headers.get('access-control-allow-origin')).toBe(origin)
  })

  it.each(['', '/', 'graphql', '/graphql/', '/a//b', '/../graphql', '/graphql?x', '/:path', '/*', '/livez', '/readyz'])(
    'that cannot be one stops the start: %j',
    (path) => {
      expect(() => open({ path })).toThrow(TypeError)
    },
  )
})

describe('a server without anything that says who may call', () => {
  it.each([undefined, null, true, '', 'None'])('is not made: %j', (auth) => {
    expect(() => Reflect.apply(open, undefined, [{ auth }])).toThrow(/createServer requires auth.*'none'/)
  })

  it('lets nobody in who has no key, where there are no keys', async () => {
    const answer = await open({ auth: { apiKeys: [] } }).fetch('http://gateway.test/graphql', asked)
    expect(answer.status).toBe(401)
  })
})

describe('a server that is told neither of a log nor whether it is ready', () => {
  it('is ready, and answers', async () => {
    const gateway = createGateway({ providers, accounts: [], dispatcher: createDispatcher(), timeoutMs: 1_000 })
    const server = createServer({ gateway, auth: 'none' })
    expect((await server.fetch('http://gateway.test/readyz')).status).toBe(200)
    expect(await (await server.fetch('http://gateway.test/graphql', asked)).json()).toEqual(found)
  })
})
