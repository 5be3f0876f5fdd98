import type { RequestListener } from 'node:http'
import { onTestFinished } from 'vitest'
import { startBudget } from '../../src/budget.ts'
import type { Permit } from '../../src/http/call.ts'
import { createDispatcher } from '../../src/http/dispatcher.ts'
import { createDoor, defaultDoor, type DoorOptions } from '../../src/http/door.ts'
import type { Upstream } from '../../src/http/upstream.ts'
import { listen } from './holding.ts'

/** The gateway's HTTP client, with the token `canary-token`, for an upstream on loopback that answers as told. */
export async function openUpstream(listener: RequestListener, more: Partial<Upstream> = {}, options: Partial<DoorOptions> = {}) {
  const port = await listen(listener)
  const baseUrl = `http://127.0.0.1:${port}/v1`
  const dispatcher = createDispatcher()
  onTestFinished(() => dispatcher.destroy())
  const provider: Upstream = { displayName: 'Vendor', rateLimitDelayMs: 1_234, readFailure: () => null, ...more }
  const account = { slug: 'main', provider: 'vendor', sandbox: true }
  const endpoint = {
    account,
    provider,
    baseUrl,
    headers: { authorization: 'Bearer canary-token' },
    secrets: ['canary-token'],
    dispatcher,
  }
  const door = createDoor(endpoint, { ...defaultDoor, retry: { calls: 3, firstPauseMs: 1 }, ...options })
  const budget = startBudget(5_000)
  onTestFinished(() => budget[Symbol.dispose]())
  return { http: door.within(budget), within: (permit: Permit) => door.within(budget, permit), port, baseUrl }
}

/** The whole body of a request. */
export async function readText(request: AsyncIterable<unknown>): Promise<string> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text
}
