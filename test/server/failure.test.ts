import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import fc from 'fast-check'
import { GraphQLError } from 'graphql'
import { createYoga } from 'graphql-yoga'
import { pino } from 'pino'
import { request } from 'undici'
import { describe, expect, it, onTestFinished } from 'vitest'
import { anybody } from '../../src/caller.ts'
import { requests } from '../../src/observe/request.ts'
import { native } from '../../src/provider/operations.ts'
import { defineProvider } from '../../src/provider/provider.ts'
import { verifik } from '../../src/providers/verifik/index.ts'
import { defaultLimits } from '../../src/server/limits.ts'
import { createOutbox } from '../../src/server/outbox.ts'
import { readCode } from '../../src/server/request-info.ts'
import { createShortcut, type ShortcutOptions } from '../../src/server/shortcut.ts'
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

describe('the short way', () => {
  /** The short way with parts that do nothing, or what a test says. */
  async function open(parts: Partial<ShortcutOptions> & { readonly handleRequest?: () => Promise<never> }) {
    const failures: { readonly requestId: string | undefined; readonly error: unknown }[] = []
    const answered: { readonly status: number; readonly errors: readonly string[] }[] = []
    const yoga = createYoga({ logging: false })
    const shortcut = createShortcut({
      yoga: new Proxy(yoga, {
        get: (whole, name) => (name === 'handleRequest' ? (parts.handleRequest ?? yoga.handleRequest) : Reflect.get(whole, name)),
      }),
      path: '/graphql',
      pipeline: () => Promise.resolve({ data: { done: true } }),
      requestCounter: { consume: () => Promise.resolve() },
      outbox: createOutbox(defaultLimits),
      isOpen: true,
      loopbackOnly: false,
      maxRequestBodySize: 1_000,
      findCaller: () => anybody,
      onAnswer: ({ status, request: { errors } }) => void answered.push({ status, errors }),
      toFailure: (error) => {
        failures.push({ requestId: requests.getStore()?.requestId, error })
        return new GraphQLError('masked', { extensions: { code: 'INTERNAL_SERVER_ERROR', http: { status: 500 } } })
      },
      ...parts,
    })
    const http = createHttpServer(shortcut).listen(0, '127.0.0.1')
    onTestFinished(() => http.close().closeAllConnections())
    await once(http, 'listening')
    const address = http.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const post = async (body: string) => {
      const {
        statusCode,
        headers,
        body: content,
      } = await request(`http://127.0.0.1:${port}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-request-id': 'the-id-of-it' },
        body,
      })
      return {
        status: statusCode,
        requestId: headers['x-request-id'],
        cache: headers['cache-control'],
        text: await content.text(),
      }
    }
    return { post, failures, answered }
  }

  const canary = new Error('canary: what went wrong')
  const fail = (): never => {
    throw canary
  }
  const reject = () => Promise.reject(canary)
  const [plain, odd] = [JSON.stringify({ query: '{ accounts { slug } }' }), '{"query":']
  it.each<[string, Parameters<typeof open>[0], string]>([
    ['telling who calls', { findCaller: fail }, plain],
    ['an operation', { pipeline: reject }, plain],
    ['an operation at once', { pipeline: fail }, plain],
    ['the long way that it goes on', { handleRequest: reject }, odd],
    ['an answer that cannot be written', { pipeline: () => Promise.resolve({ data: { number: 1n } }) }, plain],
    [
      'errors that cannot be read',
      {
        pipeline: () => Promise.resolve({ errors: [Object.defineProperty(new GraphQLError('x'), 'extensions', { get: fail })] }),
      },
      plain,
    ],
  ])('answers with HTTP 500 and logs why where it fails in %s', async (_, parts, body) => {
    const { post, failures, answered } = await open(parts)
    const { text, ...rest } = await post(body)
    expect(rest).toEqual({ status: 500, requestId: 'the-id-of-it', cache: 'no-store' })
    expect(JSON.parse(text)).toEqual({ errors: [{ message: 'masked', extensions: { code: 'INTERNAL_SERVER_ERROR' } }] })
    expect(failures).toEqual([{ requestId: 'the-id-of-it', error: expect.any(Error) }])
    expect(answered).toEqual([{ status: 500, errors: ['INTERNAL_SERVER_ERROR'] }])
  })

  it('leaves an answer alone that is written when something fails', async () => {
    const { post, failures } = await open({ onAnswer: fail })
    expect(await post(plain)).toMatchObject({ status: 200, text: '{"data":{"done":true}}' })
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
