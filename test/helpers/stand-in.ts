import { request } from 'undici'
import { onTestFinished } from 'vitest'
import { createDispatcher } from '../../src/http/dispatcher.ts'
import { startBudget } from '../../src/budget.ts'
import { createDoor, defaultDoor } from '../../src/http/door.ts'
import type { Created } from '../../src/provider/operations.ts'
import type { Provider } from '../../src/provider/provider.ts'
import { type StandIn, type StandInCall, type StartOptions, startStandIn } from '../../src/sandbox/server.ts'
import type { Webhook } from '../../src/webhook.ts'

/** Starts a provider's stand-in for one test: empty and without rate limits unless told otherwise. */
export async function openStandIn(provider: Provider, options: StartOptions = {}): Promise<StandIn> {
  const standIn = await startStandIn(provider.sandbox, { seeded: false, limited: false, ...options })
  onTestFinished(() => standIn.close())
  return standIn
}

/** What a stand-in answers, as JSON, to a call that it has had before. */
export async function repeatCall(standIn: StandIn, { method, path, text, headers }: StandInCall): Promise<unknown> {
  const own = Object.entries(headers).filter(([name]) => !['host', 'connection', 'content-length'].includes(name))
  const { body } = await request(new URL(path, standIn.baseUrl), {
    method,
    headers: Object.fromEntries(own),
    body: text === '' ? null : text,
  })
  return body.json()
}

/** The door to a stand-in, as the gateway opens it, without its pace: for tests of one adapter. */
export function openHttp(provider: Provider, standIn: StandIn) {
  const dispatcher = createDispatcher()
  onTestFinished(() => dispatcher.close())
  const endpoint = {
    account: { slug: provider.name, provider: provider.name, sandbox: true },
    provider,
    baseUrl: standIn.baseUrl,
    headers: {
      authorization: `Bearer ${standIn.token}`,
      ...provider.headers,
      ...(provider.apiVersion && { [provider.apiVersion.header]: provider.apiVersion.default }),
    },
    secrets: [standIn.token],
    dispatcher,
  }
  const door = createDoor(endpoint, { ...defaultDoor, pacing: false, retry: { calls: 1, firstPauseMs: 0 } })
  const budget = startBudget(10_000)
  onTestFinished(() => budget[Symbol.dispose]())
  return door.within(budget)
}

/** A webhook with what its provider sent, read. */
export function showSent<W extends Webhook<unknown>>(webhook: W) {
  return { ...webhook, raw: webhook.raw?.read() ?? null }
}

/** What a create answers with, its signing secret revealed. */
export function showSecret<C extends Created<unknown>>(created: C) {
  return { ...created, signingSecret: created.signingSecret?.reveal() ?? null }
}
