import { describe, expect, it } from 'vitest'
import { baanx } from '../../src/providers/baanx/index.ts'
import { open, time, toSignature } from './open.ts'

const { seededId, seededEventId } = baanx.sandbox
const ledgerId = 'a2b7e9c4-1d36-4f08-8b5a-6e0c93d74f22'
const archiveId = 'c91f46d8-3e0b-4a75-b2d7-0a58e1c63f33'
/** Record id of the event that was delivered to two webhooks. */
const recordId = '8c41d7e2-05fa-4b96-b3c8-6e9a1d2f7041'
const uuid: unknown = expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
const instant: unknown = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
const up = { name: 'New', url: 'https://hooks.acme.test/b', event_types: ['*'], is_active: true }
const down = { ...up, url: 'https://down.acme.test/b' }

interface Attempt {
  readonly eventId: string
  readonly attemptNumber: number
  readonly createdAt: string
  readonly requestHeaders: Readonly<Record<string, string>>
  readonly requestBody: Readonly<Record<string, unknown>>
}

async function openSeeded() {
  const opened = await open(baanx, { seeded: true })
  const { call } = opened
  return {
    ...opened,
    create: async (webhook: object) => (await call('POST', '/webhooks', webhook)).body.data,
    retry: (id: string, body?: object | string) => call('POST', `/webhooks/events/${id}/retry`, body),
    listLogs: async (id: string): Promise<Attempt[]> => (await call('GET', `/webhooks/${id}/logs`)).body.logs,
  }
}

describe("the logs of Baanx's stand-in", () => {
  it('show every attempt for one webhook, newest first', async () => {
    const { call, listLogs } = await openSeeded()
    const { body } = await call('GET', `/webhooks/${seededId}/logs`)
    expect(body).toMatchObject({
      count: 6,
      logs: [
        { attemptNumber: 1, deliveryStatus: 'pending', responseStatus: null, durationMs: null, nextRetryAt: null },
        { attemptNumber: 2, deliveryStatus: 'failed', responseStatus: 500, nextRetryAt: '2026-07-01T12:08:00.000Z' },
        { attemptNumber: 1, deliveryStatus: 'failed', responseStatus: 500, nextRetryAt: instant },
        { attemptNumber: 2, deliveryStatus: 'success', responseStatus: 200, responseBody: 'OK', eventId: seededEventId },
        { attemptNumber: 1, deliveryStatus: 'failed', responseStatus: 500, nextRetryAt: instant, eventId: seededEventId },
        { attemptNumber: 1, deliveryStatus: 'success', responseStatus: 200, nextRetryAt: null },
      ],
    })
    const times = (await listLogs(seededId)).map(({ createdAt }) => createdAt)
    expect(times).toEqual(times.toSorted().toReversed())
    const [ledger, archive] = [await listLogs(ledgerId), await listLogs(archiveId)]
    expect(ledger).toMatchObject([
      { deliveryStatus: 'success' },
      { deliveryStatus: 'failed', responseStatus: 404, nextRetryAt: null },
    ])
    expect(archive).toMatchObject([{ webhookId: archiveId, requestUrl: 'https://archive.acme.test/baanx' }])
  })

  it('have all documented fields', async () => {
    const { listLogs } = await openSeeded()
    const [entry] = await listLogs(archiveId)
    expect(entry).toEqual({
      id: uuid,
      eventId: uuid,
      webhookId: archiveId,
      attemptNumber: 1,
      requestUrl: 'https://archive.acme.test/baanx',
      requestHeaders: {
        'Content-Type': 'application/json',
        'X-Timestamp': expect.stringMatching(/^\d{10}$/),
        'X-Signature': expect.stringMatching(/^[0-9a-f]{64}$/),
      },
      requestBody: { eventType: 'kyc.status.changed', userId: uuid, status: 'approved' },
      responseStatus: 200,
      responseBody: 'OK',
      errorMessage: null,
      deliveryStatus: 'success',
      durationMs: 143,
      createdAt: instant,
      nextRetryAt: null,
    })
  })

  it('show what was sent in both documented forms, of one event the same each time', async () => {
    const { listLogs } = await openSeeded()
    const [, , , retried, first, short] = await listLogs(seededId)
    expect(first?.requestBody).toEqual({
      api_version: 'v1',
      event_id: seededEventId,
      event_category: 'kyc',
      event_type: 'kyc.status.changed',
      user_id: uuid,
      event_object_id: uuid,
      event_object_status: 'rejected',
      event_object: { id: uuid, status: 'rejected' },
      occurred_at: instant,
    })
    expect(retried?.requestBody).toEqual(first?.requestBody)
    expect(Object.keys(short?.requestBody ?? {})).toEqual(['eventType', 'userId', 'status'])
  })

  it('are no older than the seven days for which they are kept', async () => {
    const { listLogs } = await openSeeded()
    const oldest = new Date(time.getTime() - 7 * 86_400_000).toISOString()
    for (const id of [seededId, ledgerId, archiveId])
      expect((await listLogs(id)).at(-1)?.createdAt ?? '').toSatisfy((at) => at > oldest)
  })

  it.each([
    [1, 1],
    [3, 3],
    [100, 6],
  ])('are cut to the limit %i', async (limit, count) => {
    const { call, listLogs } = await openSeeded()
    const all = await listLogs(seededId)
    expect((await call('GET', `/webhooks/${seededId}/logs?limit=${limit}`)).body).toEqual({ count, logs: all.slice(0, count) })
  })

  it('are cut to 50 when no limit is given', async () => {
    const { call, retry, listLogs } = await openSeeded()
    for (let count = 0; count < 48; count += 1) await retry(recordId, { webhookId: seededId })
    expect(await listLogs(seededId)).toHaveLength(50)
    expect((await call('GET', `/webhooks/${seededId}/logs?limit=100`)).body.count).toBe(54)
  })

  it('go with their webhook', async () => {
    const { call } = await openSeeded()
    const log = `/webhooks/events/${recordId}/logs`
    expect((await call('GET', log)).body.logs).toMatchObject([{ webhookId: archiveId }, { webhookId: seededId }])
    await call('DELETE', `/webhooks/${archiveId}`)
    expect((await call('GET', log)).body.logs).toMatchObject([{ webhookId: seededId }])
    expect(await call('GET', `/webhooks/${archiveId}/logs`)).toMatchObject({
      status: 404,
      body: { message: 'Webhook not found' },
    })
  })
})

describe("the events of Baanx's stand-in", () => {
  it('are listed newest first, with their number', async () => {
    const { call } = await openSeeded()
    const { body } = await call('GET', '/webhooks/events')
    expect(body.total).toBe(6)
    expect(body.events.map(({ status }: { status: string }) => status)).toEqual([
      'pending',
      'processing',
      'completed',
      'failed',
      'completed',
      'completed',
    ])
    expect(body.events.at(-1)).toEqual({
      id: recordId,
      eventId: uuid,
      tenant: 'sandbox',
      eventType: 'kyc.status.changed',
      payload: { eventType: 'kyc.status.changed', userId: uuid, status: 'approved' },
      userId: uuid,
      sourceService: 'kyc-service',
      status: 'completed',
      createdAt: '2026-06-28T14:00:00.000Z',
      processedAt: instant,
      queuedAt: '2026-06-28T14:00:00.000Z',
    })
    expect(body.events[0].processedAt).toBeNull()
  })

  it('are found by status, and counted before the limit', async () => {
    const { call } = await openSeeded()
    const { body } = await call('GET', '/webhooks/events?status=completed&limit=2')
    expect(body).toMatchObject({ total: 3, events: [{ status: 'completed' }, { status: 'completed' }] })
    expect(body.events).toHaveLength(2)
    expect((await call('GET', '/webhooks/events?status=skipped')).body).toEqual({ total: 0, events: [] })
  })

  it('tell their status and their log by their record id', async () => {
    const { call } = await openSeeded()
    const event = (await call('GET', '/webhooks/events')).body.events.at(-1)
    const { id, eventId, status, eventType, createdAt, processedAt } = event
    expect((await call('GET', `/webhooks/events/${id}/status`)).body).toEqual({
      id,
      eventId,
      status,
      eventType,
      createdAt,
      processedAt,
    })
    const { body } = await call('GET', `/webhooks/events/${id}/logs`)
    expect(body).toMatchObject({ event, logs: [{ eventId }, { eventId }] })
  })

  it('are none in an empty stand-in', async () => {
    const { call } = await open(baanx)
    expect((await call('GET', '/webhooks/events')).body).toEqual({ total: 0, events: [] })
    const { id } = (await call('POST', '/webhooks', up)).body.data
    expect((await call('GET', `/webhooks/${id}/logs`)).body).toEqual({ count: 0, logs: [] })
  })
})

describe("a retry at Baanx's stand-in", () => {
  it('goes to every active webhook, with the next number of each', async () => {
    const { call, retry } = await openSeeded()
    expect(await retry(recordId)).toMatchObject({
      status: 200,
      body: {
        success: true,
        data: { eventId: recordId, webhookCount: 2, message: 'Event queued for retry to 2 webhook(s)' },
      },
    })
    const { logs } = (await call('GET', `/webhooks/events/${recordId}/logs`)).body
    expect(logs).toMatchObject([
      { webhookId: ledgerId, attemptNumber: 1, deliveryStatus: 'success', createdAt: time.toISOString() },
      { webhookId: seededId, attemptNumber: 2, deliveryStatus: 'success', responseStatus: 200, responseBody: 'OK' },
      { webhookId: archiveId, attemptNumber: 1 },
      { webhookId: seededId, attemptNumber: 1 },
    ])
  })

  it('goes to all of them for an empty object too', async () => {
    const { retry } = await openSeeded()
    expect((await retry(recordId, {})).body.data).toMatchObject({ webhookCount: 2 })
  })

  it('goes to one webhook, signed with its key', async () => {
    const { create, retry, listLogs } = await openSeeded()
    const { id, apiKey } = await create(up)
    expect((await retry(recordId, { webhookId: id })).body.data).toMatchObject({
      webhookCount: 1,
      message: 'Event queued for retry to 1 webhook(s)',
    })
    const [entry, ...others] = await listLogs(id)
    expect(others).toEqual([])
    const timestamp = String(time.getTime() / 1000)
    expect(entry?.requestHeaders).toEqual({
      'Content-Type': 'application/json',
      'X-Timestamp': timestamp,
      'X-Signature': toSignature(apiKey, `${timestamp}.${JSON.stringify(entry?.requestBody)}`),
    })
  })

  it('fails where nobody answers, and says so of the event until it is delivered', async () => {
    const { call, create, retry, listLogs } = await openSeeded()
    const { id } = await create(down)
    const status = async () => (await call('GET', `/webhooks/events/${recordId}/status`)).body
    await retry(recordId, { webhookId: id })
    expect(await listLogs(id)).toMatchObject([
      {
        deliveryStatus: 'failed',
        responseStatus: null,
        responseBody: '',
        errorMessage: expect.stringMatching(/^connect ECONNREFUSED /),
        nextRetryAt: null,
      },
    ])
    expect(await status()).toMatchObject({ status: 'failed', processedAt: time.toISOString() })
    await call('PUT', `/webhooks/${id}`, { url: up.url })
    await retry(recordId, { webhookId: id })
    expect(await listLogs(id)).toMatchObject([
      { attemptNumber: 2, deliveryStatus: 'success', requestUrl: up.url },
      { attemptNumber: 1, deliveryStatus: 'failed', requestUrl: down.url },
    ])
    expect(await status()).toMatchObject({ status: 'completed' })
  })

  it('counts up to six', async () => {
    const { retry, listLogs } = await openSeeded()
    for (let count = 0; count < 7; count += 1) await retry(recordId, { webhookId: archiveId })
    expect((await listLogs(archiveId)).map(({ attemptNumber }) => attemptNumber)).toEqual([6, 6, 6, 5, 4, 3, 2, 1])
  })

  it('changes nothing where no webhook is active', async () => {
    const { call, retry } = await openSeeded()
    for (const id of [seededId, ledgerId]) await call('PUT', `/webhooks/${id}`, { is_active: false })
    const before = (await call('GET', '/webhooks/events')).body
    expect((await retry(before.events[0].id)).body.data).toMatchObject({ webhookCount: 0 })
    expect((await call('GET', '/webhooks/events')).body).toEqual(before)
  })

  it.each([
    [recordId, { webhookId: 'none' }, 400, 'webhookId must be a valid UUID'],
    [recordId, { webhookId: null }, 400, 'webhookId must be a valid UUID'],
    [recordId, { webhookId: seededId, force: true }, 400, /force/],
    [recordId, '{"webhookId":', 400, 'body is not documented'],
    [recordId, 'null', 400, /^body /],
    [recordId, { webhookId: recordId }, 404, 'Webhook not found'],
    [seededEventId ?? '', undefined, 404, 'Event not found'],
    ['none', { webhookId: seededId }, 404, 'Event not found'],
  ])('of %s with %j is refused with %i %s', async (id, body, status, message) => {
    const { retry, call } = await openSeeded()
    const log = `/webhooks/${seededId}/logs`
    const before = (await call('GET', log)).body
    const expected: unknown = typeof message === 'string' ? message : expect.stringMatching(message)
    expect(await retry(id, body)).toMatchObject({ status, body: { message: expected } })
    expect((await call('GET', log)).body).toEqual(before)
  })
})

describe("Baanx's stand-in", () => {
  it.each([
    ['GET', `/webhooks/${seededId}/logs?limit=0`, undefined, 400],
    ['GET', `/webhooks/${seededId}/logs?limit=101`, undefined, 400],
    ['GET', `/webhooks/${seededId}/logs?limit=1.5`, undefined, 400],
    ['GET', `/webhooks/${seededId}/logs?limit=`, undefined, 400],
    ['GET', `/webhooks/${seededId}/logs?limit=all`, undefined, 400],
    ['GET', `/webhooks/${seededId}/logs?status=failed`, undefined, 400],
    ['GET', `/webhooks/${seededId}/logs`, {}, 400],
    ['GET', '/webhooks/none/logs', undefined, 404],
    ['GET', '/webhooks/events/logs', undefined, 404],
    ['GET', '/webhooks/events?limit=101', undefined, 400],
    ['GET', '/webhooks/events?status=success', undefined, 400],
    ['GET', '/webhooks/events?page=1', undefined, 400],
    ['GET', `/webhooks/events/${recordId}`, undefined, 404],
    ['GET', `/webhooks/events/${recordId}/status?limit=1`, undefined, 400],
    ['GET', `/webhooks/events/${recordId}/logs?limit=1`, undefined, 400],
    ['GET', `/webhooks/events/${seededEventId}/status`, undefined, 404],
    ['GET', `/webhooks/events/${seededEventId}/logs`, undefined, 404],
    ['POST', `/webhooks/events/${recordId}/retry?webhookId=${seededId}`, undefined, 400],
    ['POST', `/webhooks/${seededId}/test`, undefined, 404],
  ] as const)('refuses %s %s %j with %i', async (method, path, body, status) => {
    const { call } = await openSeeded()
    const message: unknown = expect.stringMatching(/./)
    expect(await call(method, path, body)).toMatchObject({ status, body: { message } })
  })

  it('shows a key on create and on rotation, and in no other answer', async () => {
    const { call, create, retry } = await openSeeded()
    const { id, apiKey } = await create(up)
    await retry(recordId)
    const rotated: string = (await call('POST', `/webhooks/${id}/rotate-key`)).body.data.apiKey
    const answers = [
      await retry(recordId),
      await call('GET', `/webhooks/${id}/logs`),
      await call('GET', '/webhooks/events'),
      await call('GET', `/webhooks/events/${recordId}/status`),
      await call('GET', `/webhooks/events/${recordId}/logs`),
      await call('GET', '/webhooks'),
      await call('GET', `/webhooks/${id}`),
      await call('PUT', `/webhooks/${id}`, { name: 'Other' }),
      await call('DELETE', `/webhooks/${id}`),
    ]
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
    const text = answers.map((answer) => answer.text).join('\n')
    expect(text).not.toMatch(/whk_[a-z0-9]/)
    for (const key of [apiKey, rotated]) expect(text).not.toContain(key.slice(4))
  })
})
