import { afterEach, describe, expect, it, vi } from 'vitest'
import { providers } from '../../src/providers/index.ts'
import { openGateway, type GatewayOptions, toAccount } from '../helpers/gateway.ts'
import { openStandIn } from '../helpers/stand-in.ts'

const hourMs = 3_600_000
const steps = [
  ['back', -hourMs],
  ['ahead', hourMs],
] as const

/** The time by everybody else's clock. */
const readTrueMs = () => performance.timeOrigin + performance.now()

/** Sets the wall clock of the gateway; the provider's Date header, timers and the monotonic clock go on as they are. */
function stepClock(byMs: number): void {
  vi.useFakeTimers({ toFake: ['Date'], now: readTrueMs() + byMs })
}

const list = `{ webhooks { complete sources { error { code retryAfterMs upstream { status } ... on UpstreamUnavailableError { reason } } } } }`
const create = `mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { ... on CreateWebhookSuccess { webhook { id } } } }`
const update = `mutation ($input: UpdateWebhookInput!) { updateWebhook(input: $input) { __typename
  ... on UpdateWebhookSuccess { warnings { code } } } }`

async function open(name: string, options: Partial<GatewayOptions> = {}) {
  const provider = providers.find((each) => each.name === name)
  if (provider === undefined) throw new Error(`There is no provider ${name}.`)
  const standIn = await openStandIn(provider)
  const { ask } = openGateway({ accounts: [toAccount(provider, standIn)], ...options })
  const read = async () => {
    const { data, errors } = await ask(list)
    expect(errors).toBeUndefined()
    return data.webhooks.sources[0].error
  }
  return { standIn, ask, read }
}

afterEach(() => {
  vi.useRealTimers()
})

describe.each(steps)('a wall clock that is set %s by an hour', (_, byMs) => {
  it('leaves the wait that Fingerprint asks for as long as it is', async () => {
    const { standIn, read } = await open('fingerprint', { door: { pacing: true } })
    expect(await read()).toBeNull()
    const resetSeconds = Math.round(readTrueMs() / 1_000) + 60
    const headers = { 'x-ratelimit-limit': '5', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(resetSeconds) }
    standIn.fail({ status: 429, body: '', headers })
    for (const [upstream, offMs] of [
      [{ status: 429 }, byMs],
      [null, -byMs],
    ] as const) {
      stepClock(offMs)
      const error = await read()
      expect(error).toMatchObject({ code: 'RATE_LIMITED', upstream })
      // However busy the machine is: by the other clock it would be nothing, or an hour.
      expect(error.retryAfterMs).toBeGreaterThan(1_000)
      expect(error.retryAfterMs).toBeLessThan(hourMs / 2)
    }
    expect(standIn.calls).toHaveLength(2)
  })

  it('leaves a wait until a date as long as it is', async () => {
    const { standIn, read } = await open('fingerprint')
    stepClock(byMs)
    const headers = { 'retry-after': new Date(readTrueMs() + 60_000).toUTCString() }
    standIn.fail({ status: 429, body: '', headers })
    const { retryAfterMs } = await read()
    expect(retryAfterMs).toBeGreaterThan(1_000)
    expect(retryAfterMs).toBeLessThan(hourMs / 2)
  })

  it('keeps a breaker open for no less than its pause', async () => {
    const { standIn, read } = await open('verifik', { door: { breaker: { failures: 2, pauseMs: 600_000 } } })
    standIn.fail({ status: 500, body: '', times: 2 })
    for (let count = 0; count < 2; count += 1) expect(await read()).toMatchObject({ reason: 'SERVER_ERROR' })
    stepClock(byMs)
    const error = await read()
    expect(error).toMatchObject({ reason: 'CIRCUIT_OPEN', upstream: null })
    expect(error.retryAfterMs).toBeGreaterThan(1_000)
    expect(error.retryAfterMs).toBeLessThanOrEqual(600_000)
    expect(standIn.calls).toHaveLength(2)
  })

  it('keeps a breaker open for no longer than its pause', async () => {
    const { standIn, read } = await open('verifik', { door: { breaker: { failures: 2, pauseMs: 20 } } })
    standIn.fail({ status: 500, body: '', times: 2 })
    for (let count = 0; count < 2; count += 1) await read()
    stepClock(byMs)
    await expect.poll(read).toBeNull()
  })

  it('leaves time to those who wait, and the minute in which later writes warn of a lost answer', async () => {
    const { standIn, ask } = await open('baanx', { timeoutMs: 10_000 })
    const input = { account: 'baanx', name: 'Kept', url: 'https://hooks.acme.test/kept', eventTypes: ['*'] }
    const { id } = (await ask(create, { input })).data.createWebhook.webhook
    const { id: otherId } = (await ask(create, { input })).data.createWebhook.webhook
    standIn.fail({ method: 'PUT', cut: 'connection', when: 'before', times: 2 })
    for (const each of [id, otherId]) {
      const { data } = await ask(update, { input: { id: each, name: 'Lost' } })
      expect(data.updateWebhook).toEqual({ __typename: 'OutcomeUnknownError' })
    }
    standIn.fail({ method: 'PUT', cut: 'connection', when: 'after' }, () => stepClock(byMs))
    // What it has become is still looked for.
    expect((await ask(update, { input: { id, name: 'Later' } })).data.updateWebhook).toMatchObject({
      warnings: [{ code: 'RECOVERED' }, { code: 'EARLIER_WRITE_UNRESOLVED' }],
    })
    for (const each of [id, otherId]) {
      const { data } = await ask(update, { input: { id: each, name: 'Last' } })
      expect(data.updateWebhook).toMatchObject({ warnings: [{ code: 'EARLIER_WRITE_UNRESOLVED' }] })
    }
  })

  it('has a caller who asks too often wait for no more than a minute', async () => {
    const { ask } = await open('verifik', { server: { limits: { requestsPerMinute: 1 } } })
    await ask('{ accounts { slug } }')
    stepClock(byMs)
    await ask('{ accounts { slug } }')
    const { status, headers } = await ask('{ accounts { slug } }')
    expect(status).toBe(429)
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
    expect(Number(headers.get('retry-after'))).toBeLessThanOrEqual(60)
  })
})
