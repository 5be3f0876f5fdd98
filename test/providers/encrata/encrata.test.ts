import { readFileSync } from 'node:fs'
import { request } from 'undici'
import { describe, expect, it } from 'vitest'
import { OutcomeUnknownError } from '../../../src/errors.ts'
import type { CreateInput, UpdateInput } from '../../../src/provider/operations.ts'
import { createEncrataApi, type EncrataApi, readFailure, wire } from '../../../src/providers/encrata/api.ts'
import { encrata } from '../../../src/providers/encrata/index.ts'
import type { StartOptions } from '../../../src/sandbox/server.ts'
import { readBatches } from '../../helpers/batches.ts'
import { describeFixtures } from '../../helpers/fixtures.ts'
import { openHttp, openStandIn, showSecret, showSent } from '../../helpers/stand-in.ts'

const fixtures = new URL('./fixtures/', import.meta.url)
const input = { name: 'Credits', url: 'https://hooks.acme.test/e', eventTypes: ['credits.low'], enabled: true, options: {} }
const unchanged = { name: undefined, url: undefined, eventTypes: undefined, enabled: undefined, options: {} }
const time = '2026-07-01T12:00:00.000Z'

async function open({ wrap = (api) => api, ...options }: StartOptions & { wrap?: (api: EncrataApi) => EncrataApi } = {}) {
  const standIn = await openStandIn(encrata, { now: () => new Date(time), ...options })
  const api = wrap(createEncrataApi(openHttp(encrata, standIn)))
  const { CREATE, UPDATE, DELETE, GET, LIST } = encrata.operations
  if (
    CREATE.support === 'UNSUPPORTED' ||
    UPDATE.support === 'UNSUPPORTED' ||
    DELETE.support === 'UNSUPPORTED' ||
    GET.support === 'UNSUPPORTED' ||
    LIST.support === 'UNSUPPORTED'
  ) {
    throw new Error('Encrata does all five.')
  }
  return {
    standIn,
    create: async (changes: Partial<CreateInput<object>> = {}) =>
      showSecret(await CREATE.run(api, { ...input, proof: 'proof', key: 'key', ...changes })),
    update: (upstreamId: string, changes: Partial<UpdateInput<object>>) =>
      UPDATE.run(api, { ...unchanged, ...changes, upstreamId }),
    remove: (upstreamId: string) => DELETE.run(api, upstreamId),
    get: (upstreamId: string) => GET.run(api, upstreamId),
    list: async () => (await readBatches(LIST.run(api))).flatMap(({ items }) => items),
    /** The calls that came in since the last look, without their bodies. */
    takeCalls: createReader(() => standIn.calls.map(({ method, path }) => `${method} ${path}`)),
    /** A call that the adapter does not make. */
    async call(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: object) {
      const headers = { authorization: `Bearer ${standIn.token}`, ...(body && { 'content-type': 'application/json' }) }
      const response = await request(`${standIn.baseUrl}${path}`, { method, headers, body: body ? JSON.stringify(body) : null })
      const text = await response.body.text()
      const answer: unknown = text === '' ? undefined : JSON.parse(text)
      return { status: response.statusCode, headers: response.headers, body: answer }
    },
  }
}

function createReader(read: () => readonly string[]): () => readonly string[] {
  let seen = 0
  return () => {
    const fresh = read().slice(seen)
    seen += fresh.length
    return fresh
  }
}

describeFixtures(fixtures, wire)

describe('Encrata', () => {
  it('creates an enabled webhook in one call and gives its secret once', async () => {
    const { standIn, create, get, list, takeCalls } = await open()
    const { webhook, signingSecret, warnings } = await create()
    expect(takeCalls()).toEqual(['POST /api/webhooks'])
    expect(standIn.calls[0]?.body).toEqual({ url: input.url, events: ['credits.low'], description: 'Credits' })
    expect(signingSecret).toMatch(/^whsec_[0-9a-f]{64}$/)
    expect(warnings).toEqual([])
    const id: unknown = expect.stringMatching(/^[0-9a-f-]{36}$/)
    expect(showSent(webhook)).toEqual({
      upstreamId: id,
      name: 'Credits',
      url: input.url,
      enabled: true,
      status: 'ACTIVE',
      eventTypes: ['credits.low'],
      createdAt: time,
      updatedAt: time,
      secretHint: null,
      raw: {
        id: webhook.upstreamId,
        workspace_id: id,
        url: input.url,
        events: ['credits.low'],
        is_active: true,
        description: 'Credits',
        created_by: id,
        created_at: '2026-07-01T12:00:00Z',
        updated_at: '2026-07-01T12:00:00Z',
      },
      details: { workspaceId: id, createdBy: id },
    })
    expect(await get(webhook.upstreamId)).toEqual(webhook)
    expect(await list()).toEqual([webhook])
    expect(takeCalls()).toEqual([`GET /api/webhooks?id=${webhook.upstreamId}`, 'GET /api/webhooks'])
    expect(JSON.stringify([webhook, await list()])).not.toContain(signingSecret)
  })

  it.each(['list.bare.json', 'list.wrapped.json'])('reads %s', async (file) => {
    const { standIn, list } = await open()
    standIn.fail({ status: 200, body: readFileSync(new URL(file, fixtures), 'utf8') })
    expect(await list()).toMatchObject([
      { name: 'prod', status: 'ACTIVE', eventTypes: ['lookup.completed'] },
      { name: null, status: 'DISABLED', eventTypes: ['credits.low', 'credits.exhausted'] },
    ])
  })

  it.each(['{"webhooks":{}}', '{}', '{"webhooks":[]', '<html>'])('takes %s for no list', async (body) => {
    const { standIn, list } = await open()
    standIn.fail({ status: 200, body })
    await expect(list()).rejects.toMatchObject({ code: 'UPSTREAM_CONTRACT' })
  })

  it('reads a webhook that has the fields of the documented table only', async () => {
    const { standIn, get } = await open()
    standIn.fail({ status: 200, body: readFileSync(new URL('webhook.table.json', fixtures), 'utf8') })
    expect(await get('9b2e1c6a-3f57-4c0e-8c55-0d7f2a6b1e11')).toMatchObject({
      name: 'prod',
      updatedAt: null,
      details: { workspaceId: null, createdBy: null },
    })
  })

  it.each(['..', '../x', 'a/b', 'a?b', 'a&x=1', 'a#b', 'ü✓', ' '])('keeps the id %j in its place', async (id) => {
    const { standIn, get, update, remove } = await open()
    await expect(get(id)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(update(id, { name: 'Other' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(remove(id)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    const ids = standIn.calls.map(({ path, body }) => body ?? Object.fromEntries(new URL(path, 'http://stand-in').searchParams))
    expect(ids).toEqual([{ id }, { id }, { id }])
  })

  it('deletes by the id in the body, whatever a success answers', async () => {
    const { standIn, create, remove, list } = await open()
    const [first, second] = [await create(), await create({ url: 'https://other.acme.test/e' })]
    await remove(first.webhook.upstreamId)
    expect(standIn.calls.at(-1)).toMatchObject({ method: 'DELETE', path: '/api/webhooks', status: 204 })
    standIn.fail({ status: 200, body: '{"status":"deleted"}', when: 'after' })
    await remove(second.webhook.upstreamId)
    expect(await list()).toEqual([])
    await expect(remove(first.webhook.upstreamId)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  it('takes a refused duplicate for a URL that another webhook has', async () => {
    const { standIn, create, update } = await open()
    const duplicate = { status: 409, body: '{"error":"a webhook with this url already exists"}' }
    const conflict = { code: 'CONFLICT', field: 'url' }
    standIn.fail({ method: 'POST', ...duplicate })
    await expect(create()).rejects.toMatchObject(conflict)
    const { webhook } = await create()
    standIn.fail({ method: 'PUT', ...duplicate })
    await expect(update(webhook.upstreamId, { url: 'https://other.acme.test/e' })).rejects.toMatchObject(conflict)
  })

  it('waits for the end of the minute after the thirtieth call of one endpoint', async () => {
    const { get, list, remove } = await open({ limited: true })
    await expect(remove('a')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    for (let count = 0; count < 30; count += 1) await list()
    await expect(get('a')).rejects.toMatchObject({
      code: 'RATE_LIMITED',
      retryAfterMs: 60_000,
      upstream: { status: 429, message: 'Rate limit exceeded. Please try again later.' },
    })
    await expect(remove('a')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
})

describe('creating a disabled webhook at Encrata', () => {
  it('takes a second call', async () => {
    const { standIn, create, get, takeCalls } = await open()
    const { webhook, signingSecret, warnings } = await create({ enabled: false })
    expect(takeCalls()).toEqual(['POST /api/webhooks', 'PUT /api/webhooks'])
    expect(standIn.calls[1]?.body).toEqual({
      id: webhook.upstreamId,
      url: input.url,
      events: ['credits.low'],
      description: 'Credits',
      is_active: false,
    })
    expect(warnings).toEqual([])
    expect(signingSecret).toMatch(/^whsec_/)
    expect(webhook).toMatchObject({ name: 'Credits', enabled: false, status: 'DISABLED', updatedAt: null })
    expect(showSent(await get(webhook.upstreamId))).toEqual({
      ...webhook,
      updatedAt: time,
      raw: expect.objectContaining({ is_active: false }),
    })
  })

  it.each([
    [{ status: 400, body: '{"error":"bad request"}' }, ['POST', 'PUT']],
    [{ status: 403, body: '{"error":"forbidden"}' }, ['POST', 'PUT']],
    [{ status: 404, body: '{"error":"webhook not found"}' }, ['POST', 'PUT']],
    [{ status: 404, body: '<html>' }, ['POST', 'PUT', 'GET']],
    [{ status: 429 }, ['POST', 'PUT']],
    [{ status: 503 }, ['POST', 'PUT', 'GET']],
    [{ status: 200, body: '<html>' }, ['POST', 'PUT', 'GET']],
    [{ cut: 'connection' as const }, ['POST', 'PUT', 'GET']],
  ])('gives the secret and says that it is still sending when that call fails with %j', async (fault, methods) => {
    const { standIn, create, get } = await open()
    standIn.fail({ method: 'PUT', ...fault })
    const { webhook, signingSecret, warnings } = await create({ enabled: false })
    expect(standIn.calls.map(({ method }) => method)).toEqual(methods)
    const message: unknown = expect.stringMatching(/It is still sending events\. Update it with enabled: false\./)
    expect(warnings).toEqual([{ code: 'NOT_DISABLED', message }])
    expect(signingSecret).toMatch(/^whsec_/)
    expect(webhook).toMatchObject({ enabled: true, status: 'ACTIVE' })
    expect(await get(webhook.upstreamId)).toEqual(webhook)
  })

  it.each([{ status: 503 }, { status: 200, body: '<html>' }, { cut: 'connection' as const }, { cut: 'body' as const }])(
    'needs no warning when that call fails with %j, but has disabled it',
    async (fault) => {
      const { standIn, create, get } = await open()
      standIn.fail({ method: 'PUT', when: 'after', ...fault })
      const { webhook, signingSecret, warnings } = await create({ enabled: false })
      expect(warnings).toEqual([])
      expect(signingSecret).toMatch(/^whsec_/)
      expect(webhook).toMatchObject({ enabled: false, status: 'DISABLED' })
      expect(await get(webhook.upstreamId)).toEqual(webhook)
    },
  )

  it('says that it may be sending when nothing is known', async () => {
    const { standIn, create } = await open()
    standIn.fail({ method: 'PUT', status: 500, when: 'after' })
    standIn.fail({ method: 'GET', status: 500 })
    const { webhook, signingSecret, warnings } = await create({ enabled: false })
    const message: unknown = expect.stringMatching(/It may still be sending events\. Update it with enabled: false\./)
    expect(warnings).toEqual([{ code: 'NOT_DISABLED', message }])
    expect(signingSecret).toMatch(/^whsec_/)
    expect(webhook).toMatchObject({ enabled: true, status: 'ACTIVE' })
  })

  it('fails when the first call does, without a second', async () => {
    const { standIn, create } = await open()
    standIn.fail({ method: 'POST', status: 502 })
    await expect(create({ enabled: false })).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' })
    expect(standIn.calls).toHaveLength(1)
  })

  it('lets a bug in the second or third call through', async () => {
    const bug = () => Promise.reject(new TypeError('bug'))
    const unknown = () => Promise.reject(new OutcomeUnknownError('unknown', []))
    const second = await open({ wrap: (api) => ({ ...api, replace: bug }) })
    await expect(second.create({ enabled: false })).rejects.toThrow(TypeError)
    const third = await open({ wrap: (api) => ({ ...api, replace: unknown, get: bug }) })
    await expect(third.create({ enabled: false })).rejects.toThrow(TypeError)
  })
})

describe('updating a webhook at Encrata', () => {
  it.each([
    [{ name: 'Other' }, { name: 'Other' }],
    [{ url: 'https://new.acme.test/e' }, { url: 'https://new.acme.test/e' }],
    [{ eventTypes: ['lookup.completed', 'apikey.created'] }, { eventTypes: ['lookup.completed', 'apikey.created'] }],
    [{ enabled: false }, { enabled: false, status: 'DISABLED' }],
  ])('changes %j and nothing else', async (changes, changed) => {
    const { create, update, get, list, takeCalls } = await open()
    const { webhook } = await create()
    await create({ url: 'https://bystander.acme.test/e' })
    const before = await list()
    takeCalls()
    const raw: unknown = expect.objectContaining({ id: webhook.upstreamId })
    const updated = await update(webhook.upstreamId, changes)
    expect({ ...updated, webhook: showSent(updated.webhook) }).toEqual({
      webhook: { ...webhook, ...changed, raw },
      warnings: [],
    })
    const read = `GET /api/webhooks?id=${webhook.upstreamId}`
    expect(takeCalls()).toEqual([read, 'PUT /api/webhooks', read])
    expect(showSent(await get(webhook.upstreamId))).toEqual({ ...webhook, ...changed, raw })
    expect((await list()).slice(1)).toEqual(before.slice(1))
  })

  it('writes everything, so that a full replace loses nothing', async () => {
    const { standIn, create, update } = await open()
    const { webhook } = await create({ enabled: false })
    await update(webhook.upstreamId, { name: 'Other' })
    expect(standIn.calls.findLast(({ method }) => method === 'PUT')?.body).toEqual({
      id: webhook.upstreamId,
      url: input.url,
      events: ['credits.low'],
      description: 'Other',
      is_active: false,
    })
  })

  it('leaves a webhook without a description without one', async () => {
    const { standIn, list, update } = await open({ seeded: true })
    const unnamed = (await list()).find(({ name }) => name === null)
    const updated = await update(unnamed?.upstreamId ?? '', { enabled: false })
    expect(updated.webhook).toMatchObject({ name: null, enabled: false })
    expect(standIn.calls.findLast(({ method }) => method === 'PUT')?.body).not.toHaveProperty('description')
  })

  it.each([{ status: 500 }, { status: 404 }, { status: 429 }, { status: 200, body: '<html>' }, { cut: 'connection' as const }])(
    'answers with what was written when the last read fails with %j',
    async (fault) => {
      const { standIn, create, update, get } = await open()
      const { webhook } = await create()
      // Waits for nothing: it is used up by the first read, so that the fault meets the last.
      standIn.fail({ method: 'GET', delayMs: 0 })
      standIn.fail({ method: 'GET', ...fault })
      const updated = await update(webhook.upstreamId, { name: 'Other', enabled: false })
      const changed = { name: 'Other', enabled: false, status: 'DISABLED' }
      // Nothing of it was read from an answer.
      expect(updated.webhook).toEqual({ ...webhook, ...changed, updatedAt: null, raw: null })
      expect(updated.warnings.map(({ code }) => code)).toEqual(['NOT_READ_BACK'])
      const raw: unknown = expect.objectContaining({ is_active: false })
      expect(showSent(await get(webhook.upstreamId))).toEqual({ ...webhook, ...changed, raw })
    },
  )

  it('lets a bug in the last read through', async () => {
    let reads = 0
    const wrap = (api: EncrataApi): EncrataApi => ({
      ...api,
      get: (...args) => ((reads += 1) === 2 ? Promise.reject(new TypeError('bug')) : api.get(...args)),
    })
    const { create, update } = await open({ wrap })
    const { webhook } = await create()
    await expect(update(webhook.upstreamId, { name: 'Other' })).rejects.toThrow(TypeError)
  })

  it('writes nothing when the first read fails', async () => {
    const { standIn, create, update, takeCalls } = await open()
    const { webhook } = await create()
    takeCalls()
    standIn.fail({ method: 'GET', status: 500 })
    await expect(update(webhook.upstreamId, { name: 'Other' })).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' })
    expect(takeCalls()).toHaveLength(1)
  })

  it.each([
    [{ status: 500 }, 'OUTCOME_UNKNOWN'],
    [{ status: 200, body: '{"status":"queued"}' }, 'OUTCOME_UNKNOWN'],
    [{ status: 200, body: '' }, 'OUTCOME_UNKNOWN'],
    [{ status: 403, body: '{"error":"forbidden"}' }, 'PERMISSION_DENIED'],
    [{ status: 409, body: '{"error":"duplicate"}' }, 'CONFLICT'],
  ])('fails when the write answers %j', async (fault, code) => {
    const { standIn, create, update } = await open()
    const { webhook } = await create()
    standIn.fail({ method: 'PUT', ...fault })
    await expect(update(webhook.upstreamId, { name: 'Other' })).rejects.toMatchObject({ code })
  })
})

describe("Encrata's stand-in", () => {
  const id = '3d5b7f19-2c84-4e60-a1f7-6b9082d4c511'
  const whole = { id, url: 'https://crm.acme.test/encrata/lookups', events: ['lookup.completed'] }

  it('starts with webhooks worth looking at', async () => {
    const { list } = await open({ seeded: true })
    expect((await list()).map(({ name, status }) => [name, status])).toEqual([
      ['CRM enrichment', 'ACTIVE'],
      ['Audit of API keys', 'ACTIVE'],
      ['Credit alerts, paused until the new budget', 'DISABLED'],
      [null, 'ACTIVE'],
    ])
  })

  it('replaces: a missing description is cleared, a missing or null is_active is kept', async () => {
    const { call, get } = await open({ seeded: true })
    await call('PUT', '/webhooks', { ...whole, description: 'Paused', is_active: false })
    expect(await get(id)).toMatchObject({ name: 'Paused', enabled: false })
    const replaced = await call('PUT', '/webhooks', { ...whole, is_active: null })
    expect(replaced).toMatchObject({ status: 200, body: { status: 'updated' } })
    expect(await get(id)).toMatchObject({ name: null, enabled: false })
    await call('PUT', '/webhooks', whole)
    expect(await get(id)).toMatchObject({ name: null, enabled: false })
  })

  it.each([
    ['PUT', '/webhooks', { id, url: whole.url, events: [] }, 400],
    ['PUT', '/webhooks', { id, events: whole.events }, 400],
    ['PUT', '/webhooks', { url: whole.url, events: whole.events }, 400],
    ['PUT', '/webhooks', { ...whole, name: 'CRM' }, 400],
    ['PUT', `/webhooks?id=${id}`, whole, 400],
    ['POST', '/webhooks', { url: 'https://new.acme.test/e', events: ['credits.low'], is_active: false }, 400],
    ['POST', '/webhooks', { url: 'https://new.acme.test/e', events: [] }, 400],
    ['POST', '/webhooks', { url: 'https://new.acme.test/e', events: ['credits.*'] }, 400],
    ['POST', '/webhooks', { url: 'http://new.acme.test/e', events: ['credits.low'] }, 400],
    ['DELETE', '/webhooks', undefined, 400],
    ['DELETE', `/webhooks?id=${id}`, { id }, 400],
    ['DELETE', `/webhooks/${id}`, undefined, 404],
    ['GET', `/webhooks/${id}`, undefined, 404],
    ['GET', '/webhooks?page=1', undefined, 400],
    ['GET', '/webhooks?id=', undefined, 404],
  ] as const)('refuses %s %s %j with %i', async (method, path, body, status) => {
    const { call, list } = await open({ seeded: true })
    const before = await list()
    const error: unknown = expect.stringMatching(/./)
    expect(await call(method, path, body)).toMatchObject({ status, body: { error } })
    expect(await list()).toEqual(before)
  })

  it('tells its rate limit', async () => {
    const { call } = await open({ limited: true })
    expect((await call('GET', '/webhooks')).headers).toMatchObject({
      'x-ratelimit-limit': '30',
      'x-ratelimit-remaining': '29',
      'x-ratelimit-reset': String(Date.parse(time) / 1000 + 60),
    })
  })
})

describe('readFailure of Encrata', () => {
  it.each([
    [400, { error: 'invalid request body' }, { code: null, message: 'invalid request body' }],
    [401, { error: 'unauthorized' }, { code: null, message: 'unauthorized' }],
    [401, { error: 'Unauthorized' }, { code: null, message: 'Unauthorized' }],
    [402, { error: 'Insufficient credits' }, { code: null, message: 'Insufficient credits' }],
    [409, { error: 'duplicate' }, { code: null, message: 'duplicate', meaning: { kind: 'CONFLICT', field: 'url' } }],
    [409, undefined, null],
    [429, { error: 'Rate limit exceeded.' }, { code: null, message: 'Rate limit exceeded.' }],
    [401, { c: 401, m: 'bad key' }, null],
    [500, { error: { message: 'nested' } }, null],
    [500, [], null],
    [502, undefined, null],
    [200, null, null],
  ])('reads %i %j', (status, body, failure) => {
    expect(readFailure(status, body)).toEqual(failure)
  })
})
