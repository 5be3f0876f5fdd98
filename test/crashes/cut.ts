import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { pino } from 'pino'
import * as z from 'zod'
import { parseId } from '../../src/id.ts'
import type { Provider } from '../../src/provider/provider.ts'
import { createServer } from '../../src/server/server.ts'
import { createKeys } from '../../src/store/keys.ts'
import { openStore } from '../../src/store/open.ts'
import { openRig, type Rig } from '../faults/rig.ts'

const document = `mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) {
  ... on CreateWebhookSuccess { webhook { id } signingSecret replayed }
  ... on WebhookError { message }
} }`
const created = z.object({
  data: z.object({
    createWebhook: z.object({ webhook: z.object({ id: z.string() }), signingSecret: z.string(), replayed: z.boolean() }),
  }),
})

export interface Cuts {
  /** Length of the response. */
  readonly bytes: number
  /** How many were cut. */
  readonly cuts: number
  readonly violations: readonly string[]
}

/** Creates webhooks for a client whose connection is cut after every so many bytes of the response, and which repeats with its key. */
export async function runCuts(provider: Provider, every = 1): Promise<Cuts> {
  const rig = await openRig(provider, 30_000)
  const store = await openStore({ path: null, keys: createKeys() })
  const limits = { requestsPerMinute: 1_000_000 }
  const app = createServer({ gateway: rig.openOther({ store }), log: pino({ level: 'silent' }), auth: 'none', limits })
  const http = createHttpServer(app).listen(0, '127.0.0.1')
  try {
    await once(http, 'listening')
    const { port } = z.object({ port: z.number() }).parse(http.address()) satisfies Pick<AddressInfo, 'port'>
    const whole = await send(port, toBody(provider, 'whole'))
    const cuts = Array.from({ length: Math.ceil(whole.length / every) }, (_, index) => index * every)
    const violations: string[] = []
    for (const bytes of cuts) {
      const body = toBody(provider, `cut-${bytes}`)
      const received = await send(port, body, bytes)
      const violation = await judge(rig, `https://hooks.acme.test/cut-${bytes}`, received, await send(port, body))
      if (violation !== null) violations.push(`after ${bytes} bytes: ${violation}`)
    }
    const sent = rig.standIn.calls.filter(({ method }) => method === 'POST').length
    if (sent !== cuts.length + 1) violations.push(`${sent} requests for ${cuts.length + 1} webhooks`)
    return { bytes: whole.length, cuts: cuts.length, violations }
  } finally {
    http.closeAllConnections()
    http.close()
    await store.close()
    await rig.close()
  }
}

function toBody({ name: account, eventTypes }: Provider, name: string): string {
  const [event] = eventTypes.known
  const input = {
    account,
    name,
    url: `https://hooks.acme.test/${name}`,
    idempotencyKey: name,
    ...(event && { eventTypes: [event.name] }),
  }
  return JSON.stringify({ query: document, variables: { input } })
}

/** What a client gets until its connection is cut after so many bytes of the response. */
async function send(port: number, body: string, most = Number.POSITIVE_INFINITY): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  let received = ''
  socket.setEncoding('latin1')
  socket.on('data', (text: string) => {
    received += text
    if (received.length >= most) socket.resetAndDestroy()
  })
  socket.on('error', () => {})
  const head = `POST /graphql HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-type: application/json\r\nconnection: close\r\n`
  socket.write(`${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`, () => {
    if (most === 0) socket.resetAndDestroy()
  })
  await once(socket, 'close')
  return received.slice(0, most)
}

async function judge(rig: Rig, url: string, received: string, repeated: string): Promise<string | null> {
  const { webhook, signingSecret } = created.parse(JSON.parse(repeated.slice(repeated.indexOf('\r\n\r\n')))).data.createWebhook
  const stored = (await rig.hands.look()).filter((each) => each.url === url)
  const [only] = stored
  if (only === undefined || stored.length > 1) return `${stored.length} webhooks`
  const parsed = parseId(webhook.id)
  if (parsed?.kind !== 'webhook' || parsed.upstreamId !== only.id) return 'another webhook'
  if (!(await rig.hands.isAlive(only.id, signingSecret))) return 'a secret that signs nothing'
  const shown = /"signingSecret":"([^"]*)"/.exec(received)?.[1]
  if (shown !== undefined && shown !== signingSecret) return 'another secret'
  // What is no longer needed only makes the lists longer.
  await rig.hands.remove(only.id)
  return null
}
