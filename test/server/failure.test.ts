import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { connect } from 'node:net'
import { Readable } from 'node:stream'
import fc from 'fast-check'
import { GraphQLError } from 'graphql'
import { createYoga } from 'graphql-yoga'
import { pino } from 'pino'
import { request } from 'undici'
import { describe, expect, it, onTestFinished } from 'vitest'
import { anybody, type Caller } from '../../src/caller.ts'
import { requests } from '../../src/observe/request.ts'
import { native } from '../../src/provider/operations.ts'
import { defineProvider } from '../../src/provider/provider.ts'
import { verifik } from '../../src/providers/verifik/index.ts'
import { createResponder } from '../../src/server/responder.ts'
import { createFetch } from '../../src/server/fetch.ts'
import { createGraphQL, type GraphQLOptions } from '../../src/server/graphql.ts'
import { defaultLimits } from '../../src/server/limits.ts'
import { createListener } from '../../src/server/listener.ts'
import { createOutbox } from '../../src/server/outbox.ts'
import { readCode } from '../../src/server/request-info.ts'
import { createRouter } from '../../src/server/routes.ts'
import { openGateway, toAccount } from '../helpers/gateway.ts'
import { openStandIn } from '../helpers/stand-in.ts'

// What fails on the way to an answer is answered too.

describe('the code of an error', () => {
  it('is read of whatever stands where an error should', () => {
    expect(readCode(new GraphQLError('x', { extensions: { code: 'FORBIDDEN' } }))).toBe('FORBIDDEN')
    expect([undefined, null, 'x', {}, { extensions: undefined }, { extensions: { code: 1 } }].map(readCode)).toEqual(
      Array.from({ length: 6 }, () => 'ERROR'),
    )
    fc.assert(fc.property(fc.anything({ withNullPrototype: true }), (error) => typeof readCode(error) === 'string'))
  })
})

describe('a request', () => {
  interface Parts extends Partial<Omit<GraphQLOptions, 'authentication'>> {
    findCaller?(): Caller
    onAnswer?(): void
  }

  /** Whatever stands in front of the pipeline, over HTTP, with parts that do nothing, or what a test says. */
  async function open({ findCaller = () => anybody, onAnswer, ...parts }: Parts) {
    const failures: { readonly requestId: string | undefined; readonly error: unknown }[] = []
    const answered: { readonly status: number; readonly errors: readonly string[] }[] = []
    const outbox = createOutbox(defaultLimits)
    const { fetchAPI } = createYoga({ logging: false })
    const maskError = (error: unknown) => {
      failures.push({ requestId: requests.getStore()?.requestId, error })
      return new GraphQLError('masked', { extensions: { code: 'INTERNAL_SERVER_ERROR', http: { status: 500 } } })
    }
    const graphql = createGraphQL({
      authentication: { findCaller, checkToken: () => Promise.reject(canary) },
      requestCounter: { consume: () => Promise.resolve() },
      outbox,
      trustedDocuments: null,
      pipeline: () => Promise.resolve({ data: { done: true } }),
      planBytes: 100_000,
      fetchAPI,
      page: null,
      maskError: (error) => (error instanceof GraphQLError ? error : maskError(error)),
      ...parts,
    })
    const answer = createResponder({
      outbox,
      fetchAPI,
      cors: null,
      judge: createRouter({ routes: new Map([['/graphql', graphql]]), loopbackOnly: false }),
      onAnswer: ({ status, request: { errors } }) => {
        answered.push({ status, errors })
        onAnswer?.()
      },
      toFailure: maskError,
    })
    const http = createHttpServer(createListener({ answer, outbox, isReady: () => true })).listen(0, '127.0.0.1')
    onTestFinished(() => http.close().closeAllConnections())
    await once(http, 'listening')
    const address = http.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const post = async () => {
      const {
        statusCode,
        headers,
        body: content,
      } = await request(`http://127.0.0.1:${port}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-request-id': 'the-id-of-it' },
        body: JSON.stringify({ query: '{ accounts { slug } }' }),
      })
      return {
        status: statusCode,
        requestId: headers['x-request-id'],
        cache: headers['cache-control'],
        text: await content.text(),
      }
    }
    return { post, port, fetch: createFetch(answer).fetch, failures, answered }
  }

  const canary = new Error('canary: what went wrong')
  const fail = (): never => {
    throw canary
  }
  const reject = () => Promise.reject(canary)
  it.each<[string, Parts]>([
    ['telling who calls', { findCaller: fail }],
    ['counting', { requestCounter: { consume: reject } }],
    ['an operation', { pipeline: reject }],
    ['an operation at once', { pipeline: fail }],
    ['an answer that cannot be written', { pipeline: () => Promise.resolve({ data: { number: 1n } }) }],
    [
      'errors that cannot be read',
      {
        pipeline: () => Promise.resolve({ errors: [Object.defineProperty(new GraphQLError('x'), 'extensions', { get: fail })] }),
      },
    ],
  ])('is answered with HTTP 500, and why is logged, where it fails in %s', async (_, parts) => {
    const { post, failures, answered } = await open(parts)
    const { text, ...rest } = await post()
    expect(rest).toEqual({ status: 500, requestId: 'the-id-of-it', cache: 'no-store' })
    expect(JSON.parse(text)).toEqual({ errors: [{ message: 'masked', extensions: { code: 'INTERNAL_SERVER_ERROR' } }] })
    expect(failures).toEqual([{ requestId: 'the-id-of-it', error: expect.any(Error) }])
    expect(answered).toEqual([{ status: 500, errors: ['INTERNAL_SERVER_ERROR'] }])
  })

  it('is given up, and logged, where its client leaves before the whole body is there', async () => {
    const { port, answered, failures } = await open({})
    const socket = connect(port, '127.0.0.1')
    const head = 'POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n'
    socket.write(`${head}{"query":`, () => socket.destroy())
    await expect.poll(() => answered).toEqual([{ status: 400, errors: ['BAD_REQUEST'] }])
    expect(failures).toEqual([])
  })

  it('is refused by the length that it tells, before its body is there', async () => {
    const { port, answered } = await open({})
    const socket = connect(port, '127.0.0.1')
    onTestFinished(() => void socket.destroy())
    socket.write('POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100001\r\n\r\n')
    await expect.poll(() => answered).toEqual([{ status: 413, errors: ['REQUEST_ENTITY_TOO_LARGE'] }])
  })

  it('is refused by that by the Fetch standard, too', async () => {
    const { fetch } = await open({})
    const headers = { 'content-type': 'application/json', 'content-length': '100001' }
    const init = { method: 'POST', headers, body: new ReadableStream(), duplex: 'half' } as const
    expect((await fetch('http://localhost/graphql', init)).status).toBe(413)
  })

  it.each([
    [100_000, 200],
    [100_001, 413],
  ])('of %i bytes in pieces, whose length nobody tells, is answered with %i', async (bytes, status) => {
    const { port } = await open({})
    const body = JSON.stringify({ query: '{ accounts { slug } }' }).padEnd(bytes)
    const pieces = Array.from({ length: Math.ceil(bytes / 30_000) }, (_, index) =>
      body.slice(index * 30_000, (index + 1) * 30_000),
    )
    const { statusCode, body: content } = await request(`http://127.0.0.1:${port}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: Readable.from(pieces),
    })
    await content.dump()
    expect(statusCode).toBe(status)
  })

  it('is cut off, and why is logged, where its answer cannot be sent', async () => {
    const headers = { 'x-broken': 'a\r\nb: c' }
    const error = new GraphQLError('It failed.', { extensions: { http: { headers } } })
    const { post, failures } = await open({ pipeline: () => Promise.resolve({ errors: [error] }) })
    await expect(post()).rejects.toThrow(/closed/)
    expect(failures).toMatchObject([{ requestId: 'the-id-of-it', error: { code: 'ERR_INVALID_CHAR' } }])
  })

  it('keeps its answer where something fails once that is written', async () => {
    const { post, failures } = await open({ onAnswer: fail })
    expect(await post()).toMatchObject({ status: 200, text: '{"data":{"done":true}}' })
    expect(failures).toEqual([{ requestId: 'the-id-of-it', error: canary }])
  })
})

describe('whatever a bug throws', () => {
  const thrown: readonly (readonly [string, () => unknown])[] = [
    ['an object without a prototype', () => Object.create(null)],
    ['nothing', () => undefined],
    ['a symbol', () => Symbol('canary')],
    ['an error whose message is no text', () => Object.assign(new Error('x'), { message: { canary: true } })],
    ['an error without a stack', () => Object.assign(new Error('canary'), { stack: undefined })],
    [
      'an error that cannot be read',
      () =>
        Object.defineProperty(new Error('x'), 'message', {
          get: () => {
            throw new TypeError('canary')
          },
        }),
    ],
    ['an error with odd extensions', () => Object.assign(new Error('canary'), { extensions: 'canary', locations: null })],
  ]

  it.each(thrown)('%s is masked and logged under its request id', async (_, make) => {
    const broken = native((): never => {
      throw make()
    })
    const provider = defineProvider({ ...verifik, operations: { ...verifik.operations, LIST: broken, GET: broken } })
    const { ask, readLog } = openGateway({ providers: [provider], accounts: [toAccount(provider, await openStandIn(provider))] })
    const { errors, text } = await ask('{ webhooks { totalCount } }')
    expect(errors).toMatchObject([{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }])
    expect(text).not.toContain('canary')
    expect(readLog('unexpected error')).toMatchObject([{ requestId: errors?.[0]?.extensions?.['requestId'] }])
  })

  it('is masked where the log cannot be written, too', async () => {
    const broken = native((): never => {
      throw new TypeError('canary')
    })
    const provider = defineProvider({ ...verifik, operations: { ...verifik.operations, LIST: broken } })
    const log = pino(
      { level: 'trace' },
      {
        write: () => {
          throw new Error('canary: the disk is full')
        },
      },
    )
    const { ask } = openGateway({
      providers: [provider],
      accounts: [toAccount(provider, await openStandIn(provider))],
      server: { log },
    })
    const { errors, text } = await ask('{ webhooks { totalCount } }')
    expect(errors).toMatchObject([{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }])
    expect(text).not.toContain('canary')
  })

  it('in one write takes the secret of another from nobody', async () => {
    const broken = native((): never => {
      throw new TypeError('canary')
    })
    const provider = defineProvider({ ...verifik, operations: { ...verifik.operations, DELETE: broken } })
    const standIn = await openStandIn(provider)
    const { ask, readLog } = openGateway({ providers: [provider], accounts: [toAccount(provider, standIn)] })
    const create = `createWebhook(input: { account: "verifik", name: "Kept", url: "https://hooks.acme.test/kept" }) {
      ... on CreateWebhookSuccess { signingSecret webhook { id } }
    }`
    const { id } = (await ask(`mutation { ${create} }`)).data.createWebhook.webhook
    const { data, errors, text } = await ask(
      `mutation ($id: ID!) { ${create.replace('Kept', 'Other').replace('/kept', '/other')}
        deleteWebhook(input: { id: $id }) { ... on WebhookError { code retry message } } }`,
      { id },
    )
    expect(errors).toBeUndefined()
    expect(data.createWebhook).toMatchObject({ signingSecret: expect.any(String) })
    const [{ requestId } = {}] = readLog('unexpected error')
    expect(data.deleteWebhook).toMatchObject({ code: 'OUTCOME_UNKNOWN', retry: 'CHECK_FIRST' })
    expect(data.deleteWebhook.message).toContain(requestId)
    expect(text).not.toContain('canary')
  })
})
