import { readFileSync } from 'node:fs'
import { request } from 'undici'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import type { CreateInput, UpdateInput } from '../../../src/provider/operations.ts'
import { createVerifikApi, readFailure, wire } from '../../../src/providers/verifik/api.ts'
import { options, toChanges, toWebhook } from '../../../src/providers/verifik/convert.ts'
import { verifik } from '../../../src/providers/verifik/index.ts'
import type { StartOptions } from '../../../src/sandbox/server.ts'
import { newMarks } from '../../../src/gateway/write/proof.ts'
import { readBatches } from '../../helpers/batches.ts'
import { describeFixtures } from '../../helpers/fixtures.ts'
import { openGateway, toAccount } from '../../helpers/gateway.ts'
import { openHttp, openStandIn, repeatCall, showSecret, showSent } from '../../helpers/stand-in.ts'

const fixtures = new URL('./fixtures/', import.meta.url)
const variants = ['B', 'A', 'C']
const input = { name: 'Orders', url: 'https://hooks.acme.test/v', eventTypes: ['validation.failed'], enabled: true, options: {} }
const unchanged = { name: undefined, url: undefined, eventTypes: undefined, enabled: undefined, options: {} }

async function open(settings: StartOptions = {}) {
  const standIn = await openStandIn(verifik, settings)
  const api = createVerifikApi(openHttp(verifik, standIn))
  const { LIST, GET, CREATE, UPDATE, DELETE } = verifik.operations
  if (LIST.support !== 'NATIVE' || GET.support !== 'NATIVE') throw new Error('Verifik lists and reads.')
  if (CREATE.support !== 'NATIVE' || UPDATE.support !== 'NATIVE') throw new Error('Verifik creates and updates.')
  if (DELETE.support !== 'NATIVE') throw new Error('Verifik deletes.')
  return {
    standIn,
    list: async () => (await readBatches(LIST.run(api))).flatMap(({ items }) => items),
    get: (upstreamId: string) => GET.run(api, upstreamId),
    create: async (changes: Partial<CreateInput<object>> = {}) => {
      return showSecret(await CREATE.run(api, { ...input, ...newMarks(), ...changes }))
    },
    update: (upstreamId: string, changes: Partial<UpdateInput<object>>) =>
      UPDATE.run(api, { ...unchanged, ...changes, upstreamId }),
    remove: (upstreamId: string) => DELETE.run(api, upstreamId),
    async fill(webhooks: number) {
      const body = (index: number) => toChanges({ ...input, name: `Orders ${index}` })
      for (let index = 1; index <= webhooks; index += 1) await api.create(body(index))
    },
    /** A call that the adapter does not make. */
    async call(method: 'GET' | 'POST', path: string, sent?: object, contentType = 'application/json') {
      const headers = { authorization: `Bearer ${standIn.token}`, 'content-type': contentType }
      const text = sent === undefined ? null : JSON.stringify(sent)
      const { statusCode, body } = await request(`${standIn.baseUrl}${path}`, { method, headers, body: text })
      return { status: statusCode, body: await body.json() }
    },
  }
}

function readFixture(name: string): unknown {
  return JSON.parse(readFileSync(new URL(name, fixtures), 'utf8'))
}

describeFixtures(fixtures, wire)

describe('the variants of Verifik', () => {
  const createdAt = '2026-01-05T09:00:00.000Z'
  const url = 'https://hooks.acme.test/verifik'

  it('A has neither events nor a retry policy', () => {
    expect(showSent(toWebhook(wire.webhook.parse(readFixture('webhook.a.read.json'))))).toEqual({
      upstreamId: '64a0c0ffee00000000000004',
      name: 'Orders hook',
      url,
      enabled: true,
      status: 'ACTIVE',
      eventTypes: null,
      createdAt,
      updatedAt: createdAt,
      secretHint: null,
      raw: expect.objectContaining({ _id: '64a0c0ffee00000000000004', name: 'Orders hook' }),
      details: {
        description: null,
        clientId: '64a0c0ffee00000000000001',
        projectFlowIds: ['64a0c0ffee00000000000002'],
        retryPolicy: null,
        statistics: null,
      },
    })
  })

  it('B tells everything', () => {
    expect(showSent(toWebhook(wire.webhook.parse(readFixture('webhook.b.read.json'))))).toEqual({
      upstreamId: 'wh_demo_01',
      name: 'Orders hook',
      url,
      enabled: true,
      status: 'ACTIVE',
      eventTypes: ['validation.completed', 'validation.failed'],
      createdAt,
      updatedAt: createdAt,
      secretHint: null,
      raw: expect.objectContaining({ description: 'order events' }),
      details: {
        description: 'order events',
        clientId: 'client_demo_9',
        projectFlowIds: ['pf_demo_3'],
        retryPolicy: { maxRetries: 3, retryDelayMs: 5_000, timeoutMs: 30_000 },
        statistics: {
          totalRequests: 150,
          successfulRequests: 145,
          failedRequests: 5,
          lastTriggeredAt: '2026-02-01T07:00:00.000Z',
        },
      },
    })
  })

  it('C has no name and no owners', () => {
    expect(showSent(toWebhook(wire.webhook.parse(readFixture('webhook.c.updated.json'))))).toEqual({
      upstreamId: 'wh_demo_01',
      name: null,
      url,
      enabled: false,
      status: 'DISABLED',
      eventTypes: ['verification.completed'],
      createdAt,
      updatedAt: '2026-02-11T10:30:00.000Z',
      secretHint: null,
      raw: expect.objectContaining({ id: 'wh_demo_01', active: false }),
      details: { description: null, clientId: null, projectFlowIds: [], retryPolicy: null, statistics: null },
    })
  })

  it.each(['webhook.b.updated.json', 'webhook.b.created.json'])('%s tells no more than it has', (file) => {
    const { details } = toWebhook(wire.webhook.parse(readFixture(file)))
    expect(details).toMatchObject(file.includes('created') ? { statistics: null } : { retryPolicy: null })
  })

  it('reads an expanded owner as its id', () => {
    const plain = wire.list.parse(readFixture('list.b.json')).batch.items[0]
    const expanded = wire.list.parse(readFixture('list.b.expanded.json')).batch.items[0]
    expect(expanded).toMatchObject({ client: plain?.client, projectFlow: plain?.projectFlow })
  })

  it.each(['a', 'b', 'c'])('drops the secret and whatever else is not known to be harmless from %s', (variant) => {
    const parsed = wire.webhook.parse(readFixture(`webhook.${variant}.read.json`))
    expect(JSON.stringify(parsed)).not.toMatch(/secret|s3cr3t|whsec|__v|email/)
  })

  const envelope = z.object({ data: z.record(z.string(), z.json()) })
  const { data: fromA } = envelope.parse(readFixture('webhook.a.read.json'))
  const { data: fromB } = envelope.parse(readFixture('webhook.b.read.json'))
  const { data: fromC } = envelope.parse(readFixture('webhook.c.read.json'))
  it.each([
    ['A with a notification that is none', { ...fromA, notification: true }],
    ['B without events', { ...fromB, events: undefined }],
    ['B without _id', { ...fromB, _id: undefined }],
    ['C without active', { ...fromC, active: undefined }],
    ['C with isActive instead of active', { ...fromC, active: undefined, isActive: true }],
    ['nothing', {}],
    ['null', null],
  ])('refuses what fits none: %s', (_, data) => {
    const sample: unknown = JSON.parse(JSON.stringify({ success: true, data }))
    expect(wire.webhook.safeParse(sample).success).toBe(false)
  })

  it('refuses an envelope that says it is no success', () => {
    expect(wire.webhook.safeParse({ success: false, data: fromB }).success).toBe(false)
  })
})

describe('Verifik', () => {
  it('sends what the create page documents, and a secret of its own where none is given', async () => {
    const { standIn, create } = await open()
    const { signingSecret, warnings } = await create({ options: { description: 'd', linkProjectFlowIds: ['pf_1'] } })
    expect(signingSecret).toMatch(/^whsec_[\w-]{43}$/)
    expect(warnings).toEqual([])
    expect(standIn.calls.at(-1)?.body).toEqual({
      url: input.url,
      name: 'Orders',
      isActive: true,
      description: 'd',
      link: ['pf_1'],
      events: ['validation.failed'],
      secret: signingSecret,
    })
  })

  it('never makes the same secret twice', async () => {
    const { create } = await open({ variant: 'A' })
    const secrets = [await create(), await create(), await create()].map(({ signingSecret }) => signingSecret)
    expect(new Set(secrets).size).toBe(3)
  })

  it.each(variants)('in variant %s the secret is in the result of create and nowhere else', async (variant) => {
    const { standIn, create, get, list, update } = await open({ variant })
    const { webhook, signingSecret } = await create({ options: { secret: 'chosen-by-me' } })
    expect(signingSecret).toBe('chosen-by-me')
    const updated = await update(webhook.upstreamId, { options: { secret: 'chosen-later' } })
    const seen = JSON.stringify([webhook, updated, await get(webhook.upstreamId), await list()])
    expect(seen).not.toMatch(/chosen/)
    const sent = standIn.calls.slice(0, 2).map(({ body }) => body)
    expect(sent).toMatchObject([{ secret: 'chosen-by-me' }, { secret: 'chosen-later' }])
  })

  it('keeps the secret out of the text of a failure', async () => {
    const { standIn, create, update } = await open()
    const { webhook } = await create()
    const failure = { error: 'secret chosen-by-me is too weak', message: 'WEAK_SECRET' }
    standIn.fail({ times: 2, status: 400, body: JSON.stringify(failure) })
    const expected = { code: 'UPSTREAM_REJECTED', upstream: { code: 'WEAK_SECRET', message: 'secret [secret] is too weak' } }
    await expect(create({ name: 'Other', options: { secret: 'chosen-by-me' } })).rejects.toMatchObject(expected)
    await expect(update(webhook.upstreamId, { options: { secret: 'chosen-by-me' } })).rejects.toMatchObject(expected)
  })

  it.each([
    ['1234567', false],
    ['12345678', true],
    ['x'.repeat(256), true],
    ['x'.repeat(257), false],
  ])('takes a secret of 8 to 256 characters: %s', (secret, fits) => {
    expect(options.secret.shape.safeParse(secret).success).toBe(fits)
  })

  it.each(variants)('in variant %s an update sends and changes what it is told and nothing else', async (variant) => {
    const { standIn, create, get, update } = await open({ variant })
    const { webhook } = await create()
    const before = await get(webhook.upstreamId)
    await update(webhook.upstreamId, { enabled: false })
    expect(standIn.calls.at(-1)?.method).toBe('PUT')
    expect(standIn.calls.at(-1)?.body).toEqual({ isActive: false })
    const after = await get(webhook.upstreamId)
    const { updatedAt, raw } = showSent(after)
    expect(showSent(after)).toEqual({ ...before, enabled: false, status: 'DISABLED', updatedAt, raw })
    expect(raw).toMatchObject({ [variant === 'C' ? 'active' : 'isActive']: false })
  })

  it('links and unlinks project flows', async () => {
    const { create, update } = await open()
    const { webhook } = await create({ options: { linkProjectFlowIds: ['pf_1', 'pf_2'] } })
    const changes = { options: { linkProjectFlowIds: ['pf_3'], unlinkProjectFlowIds: ['pf_1'] } }
    const updated = await update(webhook.upstreamId, changes)
    expect(updated.webhook.details).toMatchObject({ projectFlowIds: ['pf_2', 'pf_3'] })
  })

  it.each([
    ['A', ['validation.failed'], ['EVENT_TYPES_UNCONFIRMED']],
    ['A', undefined, []],
    ['B', ['validation.failed'], []],
    ['C', ['validation.failed'], []],
  ])('in variant %s event types %j bring the warnings %j', async (variant, eventTypes, codes) => {
    const { create, update } = await open({ variant })
    const created = await create({ eventTypes })
    const updated = await update(created.webhook.upstreamId, { enabled: true, eventTypes })
    expect(created.warnings.map(({ code }) => code)).toEqual(codes)
    expect(updated.warnings.map(({ code }) => code)).toEqual(codes)
  })

  it.each([
    ['B', 0, [1]],
    ['B', 100, [1]],
    ['B', 101, [1, 2]],
    ['C', 201, [1, 2, 3]],
    // Without a total, only a page with nothing new is the end, and what may have moved meanwhile is read again.
    ['A', 0, [1]],
    ['A', 99, [1, 2, 1]],
    ['A', 100, [1, 2, 1]],
    ['A', 101, [1, 2, 3, 1, 2]],
  ])('in variant %s lists %i webhooks, each once, by reading the pages %j', async (variant, webhooks, pages) => {
    const { standIn, list, fill } = await open({ variant })
    await fill(webhooks)
    const ids = (await list()).map(({ upstreamId }) => upstreamId)
    expect([ids.length, new Set(ids).size]).toEqual([webhooks, webhooks])
    expect(standIn.calls.filter(({ method }) => method === 'GET').map(({ path }) => path)).toEqual(
      pages.map((page) => `/v2/webhooks?page=${page}&limit=100&perPage=100`),
    )
  })

  it('breaks off at a page 2 that is page 1 again', async () => {
    const { standIn, list, fill, call } = await open({ variant: 'A' })
    await fill(100)
    const { body } = await call('GET', '/webhooks?perPage=100')
    standIn.fail({ method: 'GET', times: 9, status: 200, body: JSON.stringify(body) })
    const before = standIn.calls.length
    await expect(list()).rejects.toMatchObject({ code: 'UPSTREAM_CONTRACT' })
    expect(standIn.calls.length - before).toBe(2)
  })

  it.each(variants)('in variant %s a deleted webhook is not found again', async (variant) => {
    const { create, remove, get, update, list } = await open({ variant })
    const { upstreamId } = (await create()).webhook
    await remove(upstreamId)
    const code = variant === 'A' ? 'NotFound' : 'WEBHOOK_NOT_FOUND'
    const expected = { code: 'NOT_FOUND', upstream: { status: 404, code } }
    await expect(remove(upstreamId)).rejects.toMatchObject(expected)
    await expect(get(upstreamId)).rejects.toMatchObject(expected)
    await expect(update(upstreamId, { enabled: true })).rejects.toMatchObject(expected)
    expect(await list()).toEqual([])
  })

  it.each(['B', 'C'])('in variant %s a name may not occur twice', async (variant) => {
    const { create, update } = await open({ variant })
    await create()
    const other = await create({ name: 'Other' })
    const expected = { code: 'CONFLICT', field: 'name', upstream: { code: 'WEBHOOK_NAME_EXISTS' } }
    await expect(create()).rejects.toMatchObject(expected)
    await expect(update(other.webhook.upstreamId, { name: 'Orders' })).rejects.toMatchObject(expected)
    await expect(update(other.webhook.upstreamId, { name: 'Other' })).resolves.toMatchObject({ warnings: [] })
  })

  it('in variant A a name may occur twice', async () => {
    const { create, list } = await open({ variant: 'A' })
    await create()
    await create()
    expect((await list()).map(({ name }) => name)).toEqual(['Orders', 'Orders'])
  })

  it('reads an error that comes with status 200', async () => {
    const { standIn, create, get, remove } = await open()
    const failure = { success: false, error: 'Webhook not found', code: 'WEBHOOK_NOT_FOUND' }
    standIn.fail({ times: 2, status: 200, body: JSON.stringify(failure) })
    const upstream = { status: 200, message: 'Webhook not found' }
    await expect(get('wh_1')).rejects.toMatchObject({ code: 'NOT_FOUND', upstream })
    await expect(remove('wh_1')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    standIn.fail({ status: 200, body: '{"error":"Invalid webhook URL","message":"INVALID_WEBHOOK_URL"}' })
    await expect(create()).rejects.toMatchObject({ code: 'INVALID_INPUT', issues: [{ path: ['input', 'url'] }] })
  })

  it('does not take a deletion without confirmation for one', async () => {
    const { standIn, remove } = await open()
    standIn.fail({ times: 2, status: 200, body: '{"success":false}' })
    await expect(remove('wh_1')).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' })
    standIn.heal()
    standIn.fail({ status: 200, body: '{"message":"Something else"}' })
    await expect(remove('wh_1')).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' })
  })

  it('refuses a read that fits no variant', async () => {
    const { standIn, get } = await open()
    standIn.fail({ status: 200, body: '{"data":{"_id":"wh_1","isActive":true}}' })
    await expect(get('wh_1')).rejects.toMatchObject({ code: 'UPSTREAM_CONTRACT' })
  })
})

describe('an error of Verifik', () => {
  it.each([
    [400, 'Invalid webhook URL', 'INVALID_WEBHOOK_URL', { kind: 'INVALID_INPUT', paths: [['url']] }],
    [400, 'Webhook name already exists', 'WEBHOOK_NAME_EXISTS', { kind: 'CONFLICT', field: 'name' }],
    [500, 'Webhook not found', 'WEBHOOK_NOT_FOUND', { kind: 'NOT_FOUND' }],
    [400, 'Unauthorized', 'UNAUTHORIZED', { kind: 'CREDENTIALS_REJECTED' }],
    [400, 'Invalid query parameters', 'INVALID_PARAMETERS', undefined],
  ])('of variant B or C with %i "%s" is read as %s, with 200 too', (status, error, code, meaning) => {
    const expected = { code, message: error, ...(meaning && { meaning }) }
    expect(readFailure(status, { error, message: code })).toEqual(expected)
    expect(readFailure(status, { success: false, error, code })).toEqual(expected)
    expect(readFailure(200, { error, message: code })).toEqual(expected)
  })

  it.each([
    [404, 'NotFound', 'Record not found.', { kind: 'NOT_FOUND' }],
    [409, 'MissingParameter', 'missing url\n', { kind: 'INVALID_INPUT', paths: [['url']] }],
    [409, 'MissingParameter', 'missing name\n', { kind: 'INVALID_INPUT', paths: [['name']] }],
    [409, 'MissingParameter', 'missing isActive\n', { kind: 'INVALID_INPUT', paths: [['enabled']] }],
    [409, 'MissingParameter', 'missing client\n', { kind: 'INVALID_INPUT', paths: [[]] }],
    [409, 'MissingParameter', 'something is missing', { kind: 'INVALID_INPUT', paths: [[]] }],
  ])('of variant A with %i %s "%s" is read as %j, with 200 too', (status, code, message, meaning) => {
    expect(readFailure(status, { code, message })).toEqual({ code, message, meaning })
    expect(readFailure(200, { code, message })).toEqual({ code, message, meaning })
  })

  it.each([
    [400, { error: 'Bad Request', message: 'name is too long' }, { code: null, message: 'name is too long' }],
    [400, { code: 'not a code', message: 'text' }, { code: null, message: 'text' }],
    [404, { message: 'Not Found' }, null],
    [401, { message: 'UNAUTHORIZED' }, null],
    [500, { error: { message: 'x' }, message: 7, code: null }, null],
    [502, 'Bad Gateway', null],
    [500, [], null],
    [500, null, null],
    [500, undefined, null],
  ])('of no variant, %i %j, is read as far as it goes', (status, body, failure) => {
    expect(readFailure(status, body)).toEqual(failure)
  })
})

describe("Verifik's stand-in", () => {
  it.each(variants)('in variant %s starts with webhooks worth looking at', async (variant) => {
    const { list } = await open({ variant, seeded: true })
    expect((await list()).map(({ enabled }) => enabled)).toEqual([true, true, false])
  })

  it('demands the documented content type of every call', async () => {
    const { call } = await open()
    expect(await call('GET', '/webhooks', undefined, 'text/plain')).toMatchObject({ status: 400 })
  })

  it.each([
    'limit=101',
    'page=0',
    'isActive=maybe',
    'populates[]=secret',
    'populates[]=client&populates[]=secret',
    'populates=client',
    'sort=name',
  ])('refuses the query %s', async (query) => {
    const { call } = await open()
    const { status, body } = await call('GET', `/webhooks?${query}`)
    expect(status).toBe(400)
    expect(body).toMatchObject({ success: false, code: 'INVALID_PARAMETERS' })
  })

  it.each([
    ['limit=2', ['Onboarding results', 'Login audit']],
    ['page=2&limit=2', ['Verification funnel, paused']],
    ['isActive=false', ['Verification funnel, paused']],
    ['projectFlow=64a0c0ffee0000000000000b', ['Login audit']],
    ['like_name=audit', ['Login audit']],
    ['where_url=https://audit.acme.test/webhooks/logins', ['Login audit']],
  ])('answers the query %s', async (query, names) => {
    const { call } = await open({ seeded: true })
    const { body } = await call('GET', `/webhooks?${query}`)
    expect(wire.list.parse(body).batch.items.map(({ name }) => name)).toEqual(names)
  })

  it.each(['client', 'projectFlow'])('shows %s whole where asked to', async (populated) => {
    const { call } = await open({ seeded: true })
    const plain = await call('GET', '/webhooks')
    const whole = await call('GET', `/webhooks?populates[]=${populated}`)
    expect(whole.body).not.toEqual(plain.body)
    // What only mirrors the answer differs as the answer does.
    const read = (body: unknown) => wire.list.parse(body).batch.items.map((webhook) => ({ ...webhook, raw: null }))
    expect(read(whole.body)).toEqual(read(plain.body))
    expect(JSON.stringify(wire.list.parse(whole.body))).not.toMatch(/email|Acme/)
  })

  it('shows both whole where asked to, as the example of the vendor does', async () => {
    const { call } = await open({ seeded: true })
    const { body } = await call('GET', '/webhooks?populates[]=client&populates[]=projectFlow')
    expect(body).toMatchObject({ data: [{ client: { name: 'Acme' }, projectFlow: [{ name: 'Acme flow' }] }, {}, {}] })
  })

  it.each(['https://', 'https://a b', 'hooks.acme.test'])(
    'takes %j for no URL in variant A, which demands no HTTPS',
    async (url) => {
      const { call } = await open({ variant: 'A' })
      const { status } = await call('POST', '/webhooks', { name: 'New', url, isActive: true })
      expect(status).toBe(400)
    },
  )

  it('echoes the secret of variant B but in lists', async () => {
    const { create, call } = await open()
    const { webhook } = await create({ options: { secret: 'chosen-by-me' } })
    expect(await call('GET', `/webhooks/${webhook.upstreamId}`)).toMatchObject({ body: { data: { secret: 'chosen-by-me' } } })
    expect(JSON.stringify(await call('GET', '/webhooks'))).not.toContain('chosen-by-me')
  })

  it.each([
    ['A', { name: 'x', isActive: true }, 409, { code: 'MissingParameter', message: 'missing url\n' }],
    ['A', { url: input.url, name: 'x' }, 409, { code: 'MissingParameter', message: 'missing isActive\n' }],
    ['B', { name: 'x', isActive: true, url: 'http://hooks.acme.test' }, 400, { message: 'INVALID_WEBHOOK_URL' }],
    ['C', { name: 'x', isActive: true, url: 'nowhere' }, 400, { message: 'INVALID_WEBHOOK_URL' }],
    ['B', { name: 'x', isActive: true, url: input.url, events_: [] }, 400, { message: 'INVALID_PARAMETERS' }],
    ['A', { name: 'x', isActive: true, url: input.url, events_: [] }, 400, { code: 'INVALID_PARAMETERS' }],
    ['B', { name: 'x', isActive: true, url: input.url, unlink: ['pf_1'] }, 400, { message: 'INVALID_PARAMETERS' }],
  ])('in variant %s refuses to create from %j', async (variant, sent, status, expected) => {
    const { call } = await open({ variant })
    const answer = await call('POST', '/webhooks', sent)
    expect(answer).toMatchObject({ status, body: expected })
  })

  it('has no other variants', async () => {
    await expect(open({ variant: 'D' })).rejects.toThrow('Verifik has no variant D')
  })
})

describe('a create whose answer was lost', () => {
  it('has no candidate in a webhook that could not be read before', async () => {
    const standIn = await openStandIn(verifik, { variant: 'A' })
    const { ask } = openGateway({ accounts: [toAccount(verifik, standIn)] })
    const create = async () => {
      const { data } = await ask(
        `mutation { createWebhook(input: { account: "verifik", name: "Twin", url: "https://hooks.acme.test/twin" }) {
          ... on CreateWebhookSuccess { webhook { id } } ... on OutcomeUnknownError { candidates { id } } } }`,
      )
      return data.createWebhook
    }
    const first = await create()
    await ask('{ webhooks { complete } }')
    const [call] = standIn.calls.slice(-1)
    if (call === undefined) throw new Error('The list was not read.')
    const list = JSON.stringify(await repeatCall(standIn, call)).replace('"url":', '"uri":')
    standIn.fail({ method: 'GET', status: 200, body: list })
    standIn.fail({ method: 'POST', when: 'after', cut: 'connection' })
    const second = await create()
    expect(second.candidates).toHaveLength(1)
    expect(second.candidates[0].id).not.toBe(first.webhook.id)
  })
})

describe('an answer with another secret than was sent', () => {
  it('is a warning, and the other secret is shown to nobody', async () => {
    const { standIn, create, update } = await open()
    const body = readFileSync(new URL('salvaged.b.json', fixtures), 'utf8')
    expect(body).toContain('s3cr3t-demo')
    const options = { secret: 'chosen-by-me' }
    standIn.fail({ method: 'POST', status: 200, body })
    standIn.fail({ method: 'PUT', status: 200, body })
    const created = await create({ options })
    const updated = await update('wh_demo_01', { options })
    expect(created.signingSecret).toBe('chosen-by-me')
    const warnings = [{ code: 'SECRET_UNCONFIRMED', message: expect.stringContaining('rotate the secret again') }]
    expect([created.warnings, updated.warnings]).toEqual([warnings, warnings])
    expect(JSON.stringify([created, updated])).not.toContain('s3cr3t-demo')
    expect((await create({ options, name: 'Confirmed' })).warnings).toEqual([])
  })
})
