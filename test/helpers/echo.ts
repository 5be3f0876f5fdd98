import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { request } from 'undici'
import { onTestFinished } from 'vitest'
import type { StandIn } from '../../src/sandbox/server.ts'
import type { Json } from '../../src/webhook.ts'

/** The free texts of a response. All other texts are ids, timestamps or API keywords. */
const free = new Set([
  'name',
  'url',
  'description',
  'tenant',
  'events',
  'eventTypes',
  'metadata',
  'workspace_id',
  'created_by',
  'environment',
  'response_body',
  'responseBody',
  'errorMessage',
  'event_type',
  'eventId',
  'signature',
  'message',
  'error',
  'next_cursor',
])

/** The response with `echo` appended to each free text, and added as a member of JSON values. */
export function repeatIn(value: Json, echo: string, isFree = false): Json {
  if (typeof value === 'string') return isFree ? `${value}${echo}` : value
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item: Json) => repeatIn(item, echo, isFree))
  const members = Object.entries(value).map(([name, each]): [string, Json] => {
    const changed = repeatIn(each ?? null, echo, free.has(name))
    return [name, name === 'metadata' ? Object.assign({ [echo]: echo }, changed) : changed]
  })
  return Object.fromEntries(members)
}

/** A proxy in front of a stand-in that changes its responses. Resolves to its base URL. */
export async function openEcho(standIn: StandIn, change: (answer: Json, method: string) => string): Promise<string> {
  const { origin, pathname } = new URL(standIn.baseUrl)
  async function relay(asked: IncomingMessage, answered: ServerResponse): Promise<void> {
    const { host: _, connection: __, ...headers } = asked.headers
    const { method = 'GET' } = asked
    const sent = await buffer(asked)
    const { statusCode, body } = await request(`${origin}${asked.url ?? ''}`, {
      method,
      headers,
      body: sent.length === 0 ? null : sent,
    })
    const text = await body.text()
    answered.statusCode = statusCode
    answered.end(text === '' ? '' : change(JSON.parse(text) as Json, method))
  }
  const server = createServer((asked, answered) => void relay(asked, answered))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => server.close().closeAllConnections())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}${pathname === '/' ? '' : pathname}`
}
