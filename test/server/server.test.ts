import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { native } from '../../src/provider/operations.ts'
import { defineProvider, type Provider } from '../../src/provider/provider.ts'
import { providers } from '../../src/providers/index.ts'
import type { ServerOptions } from '../../src/server/server.ts'
import { openGateway, toAccount } from '../helpers/gateway.ts'
import { openStandIn } from '../helpers/stand-in.ts'

const sound = getFirst()

function getFirst(): Provider {
  const [provider] = providers
  if (provider === undefined) throw new Error('There is no provider.')
  return provider
}

/** A provider whose adapter has a bug. */
function toBroken(): Provider {
  const broken = native((): never => {
    throw new TypeError('canary-bug of the adapter')
  })
  return defineProvider({ ...sound, operations: { ...sound.operations, LIST: broken, GET: broken } })
}

describe('a bug', () => {
  it('is masked, and the log has it under the request id that the answer names', async () => {
    const broken = toBroken()
    const { ask, readLog } = openGateway({ providers: [broken], accounts: [toAccount(broken, await openStandIn(broken))] })
    const { errors, text } = await ask('{ webhooks { totalCount } }')
    expect(errors).toMatchObject([{ path: ['webhooks'], extensions: { code: 'INTERNAL_SERVER_ERROR' } }])
    const requestId = errors?.[0]?.extensions?.['requestId']
    expect(requestId).toMatch(/^[0-9a-f-]{36}$/)
    expect(text).not.toContain('canary-bug')
    expect(readLog('unexpected error')).toMatchObject([
      { requestId, error: { name: 'TypeError', message: 'canary-bug of the adapter' } },
    ])
  })

  it('never carries a credential into the log', async () => {
    const standIn = await openStandIn(sound)
    const leaking: Provider = {
      ...sound,
      readFailure: () => {
        throw new TypeError(`no such key ${standIn.token}`)
      },
    }
    const { ask, logs, readLog } = openGateway({ providers: [leaking], accounts: [toAccount(leaking, standIn)] })
    standIn.fail({ status: 400 })
    const { text } = await ask('{ webhooks { totalCount } }')
    expect(readLog('unexpected error')).toHaveLength(1)
    expect(`${text}${logs.join('')}`).not.toContain(standIn.token)
  })
})

function post(body: string): RequestInit {
  return { method: 'POST', headers: { 'content-type': 'application/json' }, body }
}

describe('the server', () => {
  async function open() {
    const { server } = openGateway({ accounts: [toAccount(sound, await openStandIn(sound))] })
    return (path: string, init: RequestInit = {}) => server.fetch(new Request(`http://gateway.test${path}`, init))
  }

  it('answers on /livez and /readyz, and sends people to /graphql', async () => {
    const fetch = await open()
    expect((await fetch('/livez')).status).toBe(200)
    expect((await fetch('/readyz')).status).toBe(200)
    const root = await fetch('/')
    expect([root.status, root.headers.get('location')]).toEqual([302, '/graphql'])
  })

  it('names the request in every answer', async () => {
    const fetch = await open()
    const answer = await fetch('/livez')
    expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
  })

  it.each<[string, RequestInit]>([
    ['/livez', {}],
    ['/nowhere', {}],
    ['/graphql', post('{"query":"{ accounts { slug } }"}')],
    ['/graphql', post('{"query":"{ accounts { slug } }","operationName":"Nothing"}')],
    ['/graphql', post('{"query":"{ nothing }"}')],
    ['/graphql', post('{')],
    ['/graphql', { ...post('{}'), headers: { 'content-type': 'text/plain' } }],
    ['/graphql', { method: 'OPTIONS' }],
  ])('lets nobody keep an answer: %s %j', async (path, init) => {
    const fetch = await open()
    expect((await fetch(path, init)).headers.get('cache-control')).toBe('no-store')
  })

  it('says on /readyz that it drains, or that the store cannot be written', async () => {
    const ask = async (server: Partial<ServerOptions>) => {
      const answer = await openGateway({ accounts: [], server }).server.fetch(new Request('http://gateway.test/readyz'))
      return [answer.status, await answer.text()]
    }
    expect(await ask({})).toEqual([200, 'ready\n'])
    expect(await ask({ isReady: () => false, isStoreHealthy: () => false })).toEqual([503, 'draining\n'])
    expect(await ask({ isStoreHealthy: () => false })).toEqual([503, 'store cannot be written\n'])
  })

  it('says of a batch what to do instead', async () => {
    const fetch = await open()
    const answer = await fetch('/graphql', post('[{"query":"{ accounts { slug } }"}]'))
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('in its own request')])
  })

  it.each(['application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'text/plain', 'application/graphql'])(
    'refuses a post of %s, which any web page can send',
    async (type) => {
      const fetch = await open()
      const answer = await fetch('/graphql', {
        method: 'POST',
        headers: { 'content-type': type },
        // It would be read, were it not for its type.
        body: '{"query":"{accounts{slug}}"}',
      })
      expect(answer.status).toBe(415)
    },
  )

  it.each(['gzip', 'br, gzip', 'x-unknown'])('says of a body in %s to send it as it is', async (encoding) => {
    const fetch = await open()
    const headers = { 'content-type': 'application/json', 'content-encoding': encoding }
    const body = gzipSync('{"query":"{ accounts { slug } }"}')
    const answer = await fetch('/graphql', { method: 'POST', headers, body })
    expect(answer.status).toBe(415)
    expect(await answer.json()).toMatchObject({
      errors: [{ message: expect.stringContaining('Content-Encoding'), extensions: { code: 'UNSUPPORTED_MEDIA_TYPE' } }],
    })
    const plain = { ...headers, 'content-encoding': 'Identity' }
    expect((await fetch('/graphql', { ...post('{"query":"{ accounts { slug } }"}'), headers: plain })).status).toBe(200)
  })

  it('tells no other origin that it may read', async () => {
    const fetch = await open()
    const answer = await fetch('/graphql?query={accounts{slug}}', { headers: { origin: 'https://evil.test' } })
    expect(answer.headers.get('access-control-allow-origin')).toBeNull()
  })

  it('refuses a body that is too large', async () => {
    const fetch = await open()
    const body = JSON.stringify({ query: '{ accounts { slug } }', variables: { x: 'x'.repeat(200_000) } })
    expect((await fetch('/graphql', { method: 'POST', headers: { 'content-type': 'application/json' }, body })).status).toBe(413)
  })
})
