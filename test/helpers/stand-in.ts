import { randomUUID } from 'node:crypto'
import { request } from 'undici'
import { onTestFinished } from 'vitest'
import { createDispatcher } from '../../src/http/dispatcher.ts'
import { startBudget } from '../../src/budget.ts'
import { toReach } from '../../src/gateway/reach.ts'
import { createDoor, defaultDoor } from '../../src/http/door.ts'
import type { Created } from '../../src/provider/operations.ts'
import type { Provider } from '../../src/provider/provider.ts'
import { type StandIn, type StandInCall, type StartOptions, startStandIn } from '../../src/sandbox/server.ts'
import type { Webhook } from '../../src/webhook.ts'

/** Starts a provider's stand-in for one test, by default empty and without rate limits. */
export async function openStandIn(provider: Provider, options: StartOptions = {}): Promise<StandIn> {
  const standIn = await startStandIn(provider, { seeded: false, limited: false, ...options })
  onTestFinished(() => standIn.close())
  return standIn
}

/** The provider's own idempotency key of a request, in the header that most have. */
export function readKey({ headers }: StandInCall): string | undefined {
  const key = headers['idempotency-key']
  return typeof key === 'string' ? key : undefined
}

/** A stand-in's response, as JSON, to a request that it has received before. */
export async function repeatCall(standIn: StandIn, { method, path, text, headers }: StandInCall): Promise<unknown> {
  const own = Object.entries(headers).filter(([name]) => !['host', 'connection', 'content-length'].includes(name))
  const { body } = await request(new URL(path, standIn.baseUrl), {
    method,
    headers: Object.fromEntries(own),
    body: text === '' ? null : text,
  })
  return body.json()
}

/** Has a stand-in that was asked to create `webhook-0` at `https://hooks.acme.test/0` create so many more, without a gateway. */
export async function repeatCreates(standIn: StandIn, count: number): Promise<void> {
  const first = standIn.calls.find(({ text }) => text.includes('https://hooks.acme.test/0'))
  if (first === undefined) throw new Error('It was not asked.')
  for (let index = 1; index <= count; index += 1) {
    const text = first.text.replace('webhook-0', `webhook-${index}`).replace('hooks.acme.test/0', `hooks.acme.test/${index}`)
    // Some let the caller choose the ID.
    await repeatCall(standIn, { ...first, text: text.replace(/"id":"[\da-f-]{36}"/, `"id":"${randomUUID()}"`) })
  }
}

/** The gateway's HTTP client for a stand-in, without pacing, for tests of a single adapter. */
export function openHttp(provider: Provider, standIn: StandIn) {
  const dispatcher = createDispatcher()
  onTestFinished(() => dispatcher.close())
  const endpoint = {
    account: { slug: provider.name, provider: provider.name, sandbox: true },
    provider,
    ...toReach(provider, standIn),
    secrets: [standIn.token],
    dispatcher,
  }
  const door = createDoor(endpoint, { ...defaultDoor, pacing: false, retry: { calls: 1, firstPauseMs: 0 } })
  const budget = startBudget(10_000)
  onTestFinished(() => budget[Symbol.dispose]())
  return door.within(budget)
}

/** A webhook with the provider's response already read. */
export function showSent<W extends Webhook<unknown>>(webhook: W) {
  return { ...webhook, raw: webhook.raw?.read() ?? null }
}

/** The result of a create, with its signing secret revealed. */
export function showSecret<C extends Created<unknown>>(created: C) {
  return { ...created, signingSecret: created.signingSecret?.reveal() ?? null }
}
