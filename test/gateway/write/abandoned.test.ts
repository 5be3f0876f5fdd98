import { request } from 'node:http'
import { describe, expect, it } from 'vitest'
import { formatId } from '../../../src/id.ts'
import { providers } from '../../../src/providers/index.ts'
import { type GatewayOptions, openGateway, toAccount } from '../../helpers/gateway.ts'
import { listen, openHolding } from '../../helpers/holding.ts'
import { openStandIn } from '../../helpers/stand-in.ts'

interface Options extends Pick<GatewayOptions, 'door'> {
  readonly baseUrl?: string
  readonly mayAnswer?: Promise<void>
}

/** A gateway of one provider behind a real HTTP server, and a client that hangs up once `isReady`. */
async function open({ baseUrl, mayAnswer = Promise.resolve(), door }: Options) {
  const [provider] = providers
  if (provider === undefined) throw new Error('There is no provider.')
  const standIn = await openStandIn(provider)
  const account = toAccount(provider, standIn)
  const front = baseUrl ?? (await openHolding(standIn.baseUrl, () => mayAnswer))
  const accounts = [{ ...account, baseUrl: front }]
  const { server, ask, logs, readLog } = openGateway({ accounts, timeoutMs: 300_000, ...(door && { door }) })
  let left = 0
  const port = await listen((incoming, response) => {
    response.once('close', () => (left += 1))
    return server(incoming, response)
  })

  async function abandon(query: string, isReady: () => boolean): Promise<void> {
    const headers = { 'content-type': 'application/json' }
    const call = request({ port, host: '127.0.0.1', path: '/graphql', method: 'POST', headers })
    call.on('error', () => {})
    call.end(JSON.stringify({ query }))
    await expect.poll(isReady).toBe(true)
    call.destroy()
    await expect.poll(() => left).toBe(1)
  }
  return { standIn, ask, logs, readLog, abandon, eventType: provider.eventTypes.known[0]?.name }
}

describe('a client that hangs up', () => {
  it('does not keep its create from being carried through, and the log has the outcome without the secret', async () => {
    const { promise: mayAnswer, resolve: answerNow } = Promise.withResolvers<void>()
    const { standIn, logs, readLog, abandon, eventType } = await open({ mayAnswer })
    const input = `{ account: "baanx", name: "Abandoned", url: "https://hooks.acme.test/a", eventTypes: ["${eventType}"] }`
    const create = `mutation { createWebhook(input: ${input}) { ... on CreateWebhookSuccess { signingSecret } } }`
    await abandon(create, () => standIn.calls.some(({ method }) => method === 'POST'))
    answerNow()
    await expect.poll(() => readLog('audit').length).toBe(2)
    const done = { operation: 'CREATE', account: 'baanx', outcome: 'DONE', webhook: expect.any(String), abandoned: true }
    expect(readLog('audit')).toMatchObject([{ operation: 'CREATE', outcome: 'BEGUN', abandoned: false }, done])
    expect(standIn.calls.at(-1)).toMatchObject({ method: 'POST', status: 201 })
    expect(logs.join('')).not.toMatch(/whk_[a-z0-9]{8}/)
  })

  it('takes its reads with it: the upstream call is cancelled', async () => {
    const upstream = { asked: 0, closed: 0 }
    const port = await listen((incoming) => {
      upstream.asked += 1
      incoming.socket.once('close', () => (upstream.closed += 1))
    })
    const { abandon, readLog } = await open({ baseUrl: `http://127.0.0.1:${port}` })
    await abandon('{ webhooks { totalCount } }', () => upstream.asked === 1)
    await expect.poll(() => upstream.closed).toBe(1)
    expect(readLog('unexpected error')).toEqual([])
  })

  it('does not tell against the provider: others are served by it', async () => {
    const { promise: mayAnswer, resolve: answerNow } = Promise.withResolvers<void>()
    let asked = 0
    const port = await listen((_, response) => {
      asked += 1
      void mayAnswer.then(() => response.writeHead(200, { 'content-type': 'application/json' }).end('[]'))
    })
    const breaker = { failures: 1, pauseMs: 600_000 }
    const { abandon, ask } = await open({ baseUrl: `http://127.0.0.1:${port}`, door: { breaker } })
    await abandon('{ webhooks { totalCount } }', () => asked === 1)
    answerNow()
    expect((await ask('{ webhooks { complete totalCount } }')).data.webhooks).toEqual({ complete: true, totalCount: 0 })
  })

  it('before its operation begins has nothing begun', async () => {
    const [provider] = providers
    if (provider === undefined) throw new Error('There is no provider.')
    const standIn = await openStandIn(provider)
    const client = new AbortController()
    const requestCounter = {
      consume() {
        client.abort()
        return Promise.resolve()
      },
    }
    const { server, readLog } = openGateway({ accounts: [toAccount(provider, standIn)], server: { requestCounter } })
    const id = formatId({ kind: 'webhook', slug: provider.name, upstreamId: 'any' })
    const call = async () =>
      server.fetch('http://gateway.test/graphql', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query: `mutation { deleteWebhook(input: { id: "${id}" }) { __typename } }` }),
        signal: client.signal,
      })
    await expect(call()).rejects.toThrow('aborted')
    await expect.poll(() => readLog('request').length).toBe(1)
    expect(readLog('audit')).toMatchObject([{ outcome: 'BEGUN' }, { outcome: 'UPSTREAM_UNAVAILABLE', abandoned: true }])
    expect(standIn.calls).toEqual([])
  })
})
