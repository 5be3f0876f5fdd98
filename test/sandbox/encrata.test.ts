import { describe, expect, it } from 'vitest'
import { encrata } from '../../src/providers/encrata/index.ts'
import type { StartOptions } from '../../src/sandbox/server.ts'
import { open, time, toSignature } from './open.ts'

const { seededId } = encrata.sandbox
const monitoringId = 'e96f2a40-8d7b-4135-b2c0-58d1a9f74e44'
const up = { url: 'https://hooks.acme.test/e', events: ['credits.low', 'credits.exhausted'] }
const down = { ...up, url: 'https://down.acme.test/e' }
const second = '2026-07-01T12:00:00Z'
const key: unknown = expect.stringMatching(/^del_[0-9a-f]+$/)

/** A stand-in with one webhook, and its deliveries as they are answered. */
async function openWith(webhook: object, options: StartOptions = {}) {
  const opened = await open(encrata, options)
  const { id, secret } = (await opened.call('POST', '/webhooks', webhook)).body
  return { ...opened, id, secret, list: async () => (await opened.call('GET', `/webhooks/deliveries?webhook_id=${id}`)).body }
}

describe("Encrata's stand-in", () => {
  it('sends a test, signed with the secret of the webhook, and lists it', async () => {
    const { call, id, secret, list } = await openWith(up)
    expect(await list()).toEqual([])
    const payload = { event: 'test', data: { message: 'This is a test webhook from Encrata' }, created_at: second }
    const signature = toSignature(secret, JSON.stringify(payload))
    expect(await call('POST', '/webhooks/test', { id })).toMatchObject({
      status: 200,
      body: { status: 'sent', url: up.url, signature },
    })
    expect(await list()).toEqual([
      {
        id: key,
        webhook_id: id,
        event_type: 'test',
        payload,
        status: 'success',
        attempts: 1,
        response_status: 200,
        response_body: 'OK',
        last_attempt_at: second,
        created_at: second,
      },
    ])
  })

  it('signs with the secret of each webhook, also of those that it started with', async () => {
    const { call, id } = await openWith(up, { seeded: true })
    const ids = [id, seededId, monitoringId]
    const answers = await Promise.all(ids.map((id) => call('POST', '/webhooks/test', { id })))
    const signatures = answers.map(({ body }) => body.signature)
    expect(signatures).toEqual(ids.map(() => expect.stringMatching(/^[0-9a-f]{64}$/)))
    expect(new Set(signatures).size).toBe(3)
  })

  it('lists a test that was not answered as failed', async () => {
    const { call, id, list } = await openWith(down)
    expect((await call('POST', '/webhooks/test', { id })).body).toMatchObject({ status: 'sent', url: down.url })
    const [delivery] = await list()
    expect(delivery).toMatchObject({ event_type: 'test', status: 'failed', attempts: 1 })
    expect(delivery).not.toHaveProperty('response_status')
    expect(delivery).not.toHaveProperty('response_body')
  })

  it('lists the newest 50 deliveries of one webhook', async () => {
    let now = time
    const { call, id, list } = await openWith(up, { now: () => now })
    const other = (await call('POST', '/webhooks', down)).body
    for (let count = 0; count < 51; count += 1) {
      now = new Date(now.getTime() + 1_000)
      await call('POST', '/webhooks/test', { id })
    }
    await call('POST', '/webhooks/test', { id: other.id })
    const times: string[] = (await list()).map((delivery: { created_at: string }) => delivery.created_at)
    expect(times).toHaveLength(50)
    expect(times).toEqual(times.toSorted().toReversed())
    expect([times[0], times.at(-1)]).toEqual(['2026-07-01T12:00:51Z', '2026-07-01T12:00:02Z'])
  })

  it('deletes the deliveries of a webhook with it, and no others', async () => {
    const { call, id, list } = await openWith(up)
    const other = (await call('POST', '/webhooks', down)).body
    await call('POST', '/webhooks/test', { id })
    await call('POST', '/webhooks/test', { id: other.id })
    expect(await call('DELETE', '/webhooks', { id: other.id })).toMatchObject({ status: 204, body: undefined })
    expect(await call('GET', `/webhooks/deliveries?webhook_id=${other.id}`)).toMatchObject({ status: 404 })
    expect(await list()).toHaveLength(1)
  })

  it('starts with deliveries of every state', async () => {
    const { call } = await open(encrata, { seeded: true })
    const seeded = await call('GET', `/webhooks/deliveries?webhook_id=${seededId}`)
    expect(seeded.body).toMatchObject([
      { status: 'pending', attempts: 0, last_attempt_at: null, created_at: '2026-07-01T11:59:55Z' },
      { status: 'failed', attempts: 3, response_status: 500, last_attempt_at: '2026-07-01T10:01:00Z' },
      { status: 'success', attempts: 1, response_status: 200, response_body: 'OK' },
    ])
    const { body } = await call('GET', `/webhooks/deliveries?webhook_id=${monitoringId}`)
    expect(body).toMatchObject([{ event_type: 'monitor.run.completed', payload: { event: 'monitor.run.completed' } }])
  })

  it('allows two webhooks with one URL', async () => {
    const { call, id } = await openWith(up)
    const twin = await call('POST', '/webhooks', up)
    expect(twin.status).toBe(201)
    expect(await call('PUT', '/webhooks', { ...up, id })).toMatchObject({ status: 200 })
    expect((await call('GET', '/webhooks')).body).toMatchObject([{ id }, { id: twin.body.id }])
  })

  it('keeps the events of a webhook that is replaced without them', async () => {
    const { call, id } = await openWith(up)
    expect(await call('PUT', '/webhooks', { id, url: down.url })).toMatchObject({ status: 200 })
    expect((await call('GET', `/webhooks?id=${id}`)).body).toMatchObject({ url: down.url, events: up.events })
  })

  it.each(['docs', 'clients'])('in variant %s shows the secret on create and never again', async (variant) => {
    const { call, id, secret } = await openWith(up, { variant })
    expect(secret).toMatch(/^whsec_[0-9a-f]{64}$/)
    const answers = [
      await call('POST', '/webhooks/test', { id }),
      await call('GET', `/webhooks/deliveries?webhook_id=${id}`),
      await call('GET', '/webhooks'),
      await call('GET', `/webhooks?id=${id}`),
      await call('PUT', '/webhooks', { ...up, id }),
      await call('DELETE', '/webhooks', { id }),
    ]
    expect(answers.map(({ status }) => status < 300)).not.toContain(false)
    expect(JSON.stringify(answers)).not.toContain('whsec_')
    expect(JSON.stringify(answers)).not.toContain(secret.slice(6))
  })

  it.each([
    ['POST', '/webhooks/test', undefined, 400],
    ['POST', '/webhooks/test', {}, 400],
    ['POST', '/webhooks/test', '{"id":', 400],
    ['POST', '/webhooks/test', { id: seededId, event: 'test' }, 400],
    ['POST', `/webhooks/test?id=${seededId}`, { id: seededId }, 400],
    ['POST', '/webhooks/test', { id: 'none' }, 404],
    ['GET', '/webhooks/test', undefined, 405],
    ['PATCH', '/webhooks', { id: seededId }, 405],
    ['POST', '/webhooks/deliveries', undefined, 405],
    ['GET', '/webhooks/none', undefined, 404],
    ['GET', '/webhooks/deliveries', undefined, 400],
    ['GET', `/webhooks/deliveries?id=${seededId}`, undefined, 400],
    ['GET', `/webhooks/deliveries?webhook_id=${seededId}&limit=5`, undefined, 400],
    ['GET', '/webhooks/deliveries?webhook_id=none', undefined, 404],
    ['GET', '/webhooks/deliveries?webhook_id=', undefined, 404],
  ] as const)('refuses %s %s %j with %i', async (method, path, body, status) => {
    const { call } = await open(encrata, { seeded: true })
    const list = async () => (await call('GET', `/webhooks/deliveries?webhook_id=${seededId}`)).body
    const before = await list()
    const error: unknown = expect.stringMatching(/./)
    expect(await call(method, path, body)).toMatchObject({ status, body: { error } })
    expect(await list()).toEqual(before)
  })

  it('counts 30 tests and 30 lists of deliveries in a minute, each for itself', async () => {
    const { call, id } = await openWith(up, { limited: true })
    const test = async () => (await call('POST', '/webhooks/test', { id })).status
    const list = async () => (await call('GET', `/webhooks/deliveries?webhook_id=${id}`)).status
    for (const send of [test, list]) {
      for (let count = 0; count < 30; count += 1) expect(await send()).toBe(200)
      expect(await send()).toBe(429)
    }
  })
})

describe("Encrata's stand-in, as the official clients read it", () => {
  const variant = 'clients'

  it('wraps its lists and answers to a delete', async () => {
    const { call, id } = await openWith(up, { variant })
    expect((await call('GET', '/webhooks')).body).toMatchObject({ webhooks: [{ id }] })
    expect((await call('GET', `/webhooks?id=${id}`)).body).toMatchObject({ id })
    expect((await call('GET', `/webhooks/deliveries?webhook_id=${id}`)).body).toEqual({ deliveries: [] })
    expect(await call('DELETE', '/webhooks', { id })).toMatchObject({ status: 200, body: { status: 'deleted' } })
  })

  it.each([
    [up, { status: 'delivered', status_code: 200, error: null, response_body: 'OK' }, 'success'],
    [down, { status: 'failed', status_code: null, error: 'connection refused', response_body: null }, 'failed'],
  ])('sends %j the first event that it subscribes to and tells %j', async (webhook, told, status) => {
    const { call, id, list } = await openWith(webhook, { variant })
    expect((await call('POST', '/webhooks/test', { id })).body).toEqual({ url: webhook.url, ...told })
    const payload = { event: 'credits.low', data: { test: true }, created_at: second }
    expect(await list()).toMatchObject({ deliveries: [{ event_type: 'credits.low', payload, status }] })
  })
})

it("Encrata's stand-in has no other variants", async () => {
  await expect(open(encrata, { variant: 'other' })).rejects.toThrow('Encrata has no variant other')
})
