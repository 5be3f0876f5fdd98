import { once } from 'node:events'
import { createServer, type RequestListener, request, type Server } from 'node:http'
import { describe, expect, it, onTestFinished } from 'vitest'
import { providers } from '../src/providers/index.ts'
import { openGateway, toAccount } from './helpers/gateway.ts'
import { openStandIn } from './helpers/stand-in.ts'

async function listen(listener: RequestListener): Promise<number> {
  const server: Server = createServer(listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close().closeAllConnections()
  })
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('The server has no port.')
  return address.port
}

/** A gateway of one provider behind a real HTTP server, and a client that hangs up once `isReady`. */
async function open(baseUrl?: string) {
  const [provider] = providers
  if (provider === undefined) throw new Error('There is no provider.')
  const standIn = await openStandIn(provider)
  const account = toAccount(provider, standIn)
  const { server, logs, readLog } = openGateway({ accounts: [{ ...account, baseUrl: baseUrl ?? account.baseUrl }] })
  const port = await listen((incoming, response) => server(incoming, response))

  async function abandon(query: string, isReady: () => boolean): Promise<void> {
    const headers = { 'content-type': 'application/json' }
    const call = request({ port, host: '127.0.0.1', path: '/graphql', method: 'POST', headers })
    call.on('error', () => {})
    call.end(JSON.stringify({ query }))
    await expect.poll(isReady).toBe(true)
    call.destroy()
  }
  return { standIn, logs, readLog, abandon, eventType: provider.eventTypes.known[0]?.name }
}

describe('a client that hangs up', () => {
  it('does not keep its create from being carried through, and the log has the outcome without the secret', async () => {
    const { standIn, logs, readLog, abandon, eventType } = await open()
    standIn.fail({ method: 'POST', when: 'after', delayMs: 1_500 })
    const input = `{ account: "baanx", name: "Abandoned", url: "https://hooks.acme.test/a", eventTypes: ["${eventType}"] }`
    const create = `mutation { createWebhook(input: ${input}) { ... on CreateWebhookSuccess { signingSecret } } }`
    await abandon(create, () => standIn.calls.some(({ method }) => method === 'POST'))
    await expect.poll(() => readLog('audit').length, { timeout: 10_000 }).toBe(2)
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
    const { abandon, readLog } = await open(`http://127.0.0.1:${port}`)
    await abandon('{ webhooks { totalCount } }', () => upstream.asked === 1)
    await expect.poll(() => upstream.closed).toBe(1)
    expect(readLog('unexpected error')).toEqual([])
  })
})
