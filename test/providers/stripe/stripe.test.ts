import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { formatId } from '../../../src/id.ts'
import { ShiftedListError } from '../../../src/provider/numbered-pages.ts'
import type { CreateInput, UpdateInput } from '../../../src/provider/operations.ts'
import { isUnsupported } from '../../../src/provider/unsupported.ts'
import { createStripeApi, readFailure, wire } from '../../../src/providers/stripe/api.ts'
import { stripe } from '../../../src/providers/stripe/index.ts'
import type { StartOptions } from '../../../src/sandbox/server.ts'
import type { Webhook } from '../../../src/webhook.ts'
import { readBatches } from '../../helpers/batches.ts'
import { describeFixtures } from '../../helpers/fixtures.ts'
import { openGateway, toAccount } from '../../helpers/gateway.ts'
import { openHttp, openStandIn, readKey, showSecret, showSent } from '../../helpers/stand-in.ts'

const fixtures = new URL('./fixtures/', import.meta.url)
const time = '2026-07-01T12:00:00.000Z'
const input = {
  name: 'Orders',
  url: 'https://hooks.acme.test/s',
  eventTypes: ['charge.refunded'],
  enabled: true,
  options: {},
  proof: 'proof',
  key: '7d5a1c1e-0f5b-4b0e-9d0c-3a9b6e3f2a11',
}
const unchanged = { name: undefined, url: undefined, eventTypes: undefined, enabled: undefined, options: {} }
const [platformId, archiveId, , seededId] = [
  'we_1Sandbox0platform000000dd',
  'we_1Sandbox0archive0000000cc',
  'we_1Sandbox0dunning0000000bb',
  stripe.sandbox.seededId,
]

async function open(options: StartOptions = {}) {
  const standIn = await openStandIn(stripe, { now: () => new Date(time), ...options })
  const api = createStripeApi(openHttp(stripe, standIn))
  const { CREATE, UPDATE, DELETE, GET, LIST } = stripe.operations
  if (isUnsupported(CREATE) || isUnsupported(UPDATE) || isUnsupported(DELETE) || isUnsupported(GET) || isUnsupported(LIST)) {
    throw new Error('Stripe does all five.')
  }
  return {
    standIn,
    create: async (changes: Partial<CreateInput<object>> = {}) => showSecret(await CREATE.run(api, { ...input, ...changes })),
    update: (upstreamId: string, changes: Partial<UpdateInput<object>>) =>
      UPDATE.run(api, { ...unchanged, ...changes, upstreamId }),
    remove: (upstreamId: string) => DELETE.run(api, upstreamId),
    get: (upstreamId: string) => GET.run(api, upstreamId),
    list: () => readBatches(LIST.run(api)),
  }
}

function toIds(batches: readonly { readonly items: readonly Webhook<unknown>[] }[]): readonly string[] {
  return batches.flatMap(({ items }) => items.map(({ upstreamId }) => upstreamId))
}

function toError(error: object): string {
  return JSON.stringify({ error: { type: 'invalid_request_error', ...error } })
}

describeFixtures(fixtures, wire)

describe('Stripe', () => {
  it('creates an enabled webhook in one request, as a form with the key, and gives its secret once', async () => {
    const { standIn, create, get } = await open()
    const options = { apiVersion: '2024-06-20', connect: false, metadata: { team: 'a & b', '?': '=' } }
    const { webhook, signingSecret, warnings } = await create({ options })
    expect(standIn.calls).toHaveLength(1)
    const [call] = standIn.calls
    expect({ ...call }).toMatchObject({
      method: 'POST',
      path: '/v1/webhook_endpoints',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'stripe-version': '2026-10-28.endive',
        'idempotency-key': input.key,
      },
    })
    expect(call?.body).toEqual({
      url: input.url,
      enabled_events: ['charge.refunded'],
      description: 'Orders',
      api_version: '2024-06-20',
      connect: 'false',
      metadata: { team: 'a & b', '?': '=' },
    })
    expect(signingSecret).toMatch(/^whsec_/)
    expect(warnings).toEqual([])
    expect(showSent(webhook)).toMatchObject({
      name: 'Orders',
      url: input.url,
      enabled: true,
      status: 'ACTIVE',
      eventTypes: ['charge.refunded'],
      createdAt: time,
      updatedAt: null,
      details: { apiVersion: '2024-06-20', application: null, livemode: false, metadata: options.metadata },
    })
    expect(await get(webhook.upstreamId)).toEqual(webhook)
    expect(JSON.stringify(webhook)).not.toContain(signingSecret)
  })

  it('sends the same key again, and is given the same webhook and secret', async () => {
    const { standIn, create, list } = await open()
    const first = await create({ enabled: false })
    const again = await create({ enabled: false })
    expect(again.signingSecret).toBe(first.signingSecret)
    expect(showSent(again.webhook)).toEqual(showSent(first.webhook))
    expect(first.webhook).toMatchObject({ enabled: false })
    expect(standIn.calls.map(readKey)).toEqual([input.key, undefined, input.key, undefined])
    expect(toIds(await list())).toEqual([first.webhook.upstreamId])
  })

  it('gets the secret of a create whose response is lost, with the same key', async () => {
    const { standIn } = await open()
    const { ask } = openGateway({ providers: [stripe], accounts: [toAccount(stripe, standIn)] })
    standIn.fail({ method: 'POST', cut: 'connection', when: 'after' })
    const query =
      'mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { ... on CreateWebhookSuccess { signingSecret warnings { code } } } }'
    const { url, eventTypes } = input
    const { data } = await ask(query, { input: { account: 'stripe', url, eventTypes } })
    expect(data.createWebhook).toEqual({ signingSecret: expect.stringMatching(/^whsec_/), warnings: [{ code: 'RECOVERED' }] })
    const keys = standIn.calls.filter(({ effect }) => effect === 'WRITE').map(readKey)
    expect([keys.length, new Set(keys).size]).toEqual([2, 1])
  })

  it('changes what it is told, and leaves the metadata that it does not name', async () => {
    const { standIn, update, get } = await open({ seeded: true })
    const { webhook } = await update(archiveId, { enabled: false, options: { metadata: { team: '', owner: 'ada' } } })
    expect(standIn.calls[0]?.body).toEqual({ disabled: 'true', metadata: { team: '', owner: 'ada' } })
    expect(webhook).toMatchObject({
      enabled: false,
      eventTypes: ['*'],
      details: { metadata: { retention: '400 days', owner: 'ada' } },
    })
    expect(await get(archiveId)).toEqual(webhook)
  })

  it('does not send empty metadata, which would remove all of it', async () => {
    const { standIn, update } = await open({ seeded: true })
    const { webhook } = await update(archiveId, { options: { metadata: {} } })
    expect(standIn.calls[0]?.text).toBe('')
    expect(webhook).toMatchObject({ details: { metadata: { team: 'data', retention: '400 days' } } })
  })

  it('reads all pages, although no record of the first can be read but the ID of its last', async () => {
    const { standIn, list } = await open({ seeded: true, mostPerPage: 2 })
    const unreadable = { object: 'list', data: [{ id: 1 }, { id: archiveId, url: 7 }], has_more: true }
    standIn.fail({ status: 200, body: JSON.stringify(unreadable) })
    const [first, ...others] = await list()
    expect(first).toEqual({ items: [], unreadable: [null, archiveId] })
    expect(toIds(others)).toEqual(['we_1Sandbox0dunning0000000bb', seededId])
    expect(standIn.calls.map(({ path }) => path)).toEqual([
      '/v1/webhook_endpoints?limit=100',
      `/v1/webhook_endpoints?limit=100&starting_after=${archiveId}`,
    ])
  })

  it.each([
    ['a webhook without a readable ID', [{ id: archiveId }, { id: 7 }]],
    ['an empty page', []],
  ])('takes a list that goes on after %s for a broken one', async (place, data) => {
    const { standIn, list } = await open({ seeded: true })
    standIn.fail({ status: 200, body: JSON.stringify({ object: 'list', data, has_more: true }) })
    const message = expect.stringContaining(`the list goes on after ${place}`)
    await expect(list()).rejects.toMatchObject({ code: 'UPSTREAM_CONTRACT', message })
    expect(standIn.calls).toHaveLength(1)
  })

  it('takes a list that repeats its first page for a broken one', async () => {
    const { standIn, list } = await open({ seeded: true, mostPerPage: 2 })
    const body = JSON.stringify({ object: 'list', data: [{ id: archiveId }], has_more: true })
    standIn.fail({ status: 200, body, times: 2 })
    await expect(list()).rejects.toMatchObject({ code: 'UPSTREAM_CONTRACT' })
  })

  it('starts the list over if the last webhook of a page is deleted before the next is read', async () => {
    const { standIn, list } = await open({ seeded: true, mostPerPage: 2 })
    const removed = { method: 'DELETE', path: `/v1/webhook_endpoints/${archiveId}` }
    standIn.fail({ path: 'starting_after', meanwhile: removed })
    await expect(list()).rejects.toBeInstanceOf(ShiftedListError)

    const { ask } = openGateway({ providers: [stripe], accounts: [toAccount(stripe, standIn)] })
    standIn.fail({
      path: 'starting_after',
      meanwhile: { method: 'DELETE', path: `/v1/webhook_endpoints/we_1Sandbox0dunning0000000bb` },
    })
    const { data } = await ask('{ webhooks(first: 200) { complete nodes { upstreamId } } }')
    expect(data.webhooks).toMatchObject({ complete: true })
    expect(data.webhooks.nodes.map(({ upstreamId }: { upstreamId: string }) => upstreamId)).toEqual([platformId, seededId])
  })

  it.each([
    [400, { code: 'rate_limit' }, { kind: 'RATE_LIMITED' }],
    [400, { message: 'You have reached the maximum of 16 test webhook endpoints.' }, { kind: 'LIMIT_REACHED', limit: 16 }],
    [400, { message: 'You have reached the maximum of 100 webhook endpoints.' }, { kind: 'LIMIT_REACHED', limit: 100 }],
    [400, { code: 'url_invalid' }, { kind: 'INVALID_INPUT', paths: [['url']] }],
    [400, { param: 'enabled_events[0]' }, { kind: 'INVALID_INPUT', paths: [['eventTypes']] }],
    [400, { param: 'description' }, { kind: 'INVALID_INPUT', paths: [['name']] }],
    [400, { param: 'disabled' }, { kind: 'INVALID_INPUT', paths: [['enabled']] }],
    [400, { param: 'metadata[team]' }, { kind: 'INVALID_INPUT', paths: [['options', 'stripe', 'metadata']] }],
    [400, { param: 'api_version' }, { kind: 'INVALID_INPUT', paths: [['options', 'stripe', 'apiVersion']] }],
    [400, { param: 'connect' }, { kind: 'INVALID_INPUT', paths: [['options', 'stripe', 'connect']] }],
    [400, { code: 'parameter_unknown', param: 'colour' }, undefined],
    [400, { code: 'resource_missing', param: 'starting_after' }, { kind: 'NOT_FOUND' }],
    [400, { type: 'idempotency_error', param: 'url' }, undefined],
    [404, { code: 'resource_missing' }, { kind: 'NOT_FOUND' }],
    [404, { message: 'Unrecognized request URL.' }, { kind: 'REJECTED' }],
    [409, { type: 'idempotency_error' }, { kind: 'IN_PROGRESS' }],
    [409, { code: 'idempotency_key_in_use' }, { kind: 'IN_PROGRESS' }],
    [409, { code: 'lock_timeout' }, { kind: 'REJECTED' }],
    [500, { type: 'api_error', param: 'url' }, undefined],
  ])('reads an error with status %i and %j', (status, error, meaning) => {
    const sent: unknown = JSON.parse(toError({ message: 'No.', ...error }))
    const code = 'code' in error ? error.code : 'type' in error ? error.type : 'invalid_request_error'
    const message = 'message' in error ? error.message : 'No.'
    expect(readFailure(status, sent)).toEqual({ code, message, ...(meaning && { meaning }) })
  })

  it.each([{ message: 'not found' }, { error: 'not found' }, { error: { message: 'not found' } }, undefined, []])(
    'takes %j for no error of Stripe',
    (body) => {
      expect(readFailure(404, body)).toBeNull()
    },
  )

  it('does not take a path that Stripe does not know for a webhook that is gone', async () => {
    const { standIn, remove } = await open({ seeded: true })
    standIn.fail({ status: 404, body: toError({ message: 'Unrecognized request URL.' }) })
    await expect(remove(seededId)).rejects.toMatchObject({ code: 'UPSTREAM_REJECTED' })
  })

  it('copies a webhook with its version and metadata, but none that belongs to an application', async () => {
    const { get } = await open({ seeded: true })
    const { ROTATE_SECRET: rotation } = stripe.operations
    if (isUnsupported(rotation) || rotation.strategy !== 'REPLACEMENT') throw new Error('Stripe replaces.')
    expect(rotation.toTwin(await get(archiveId))).toEqual({
      url: 'https://archive.acme.test/stripe',
      name: 'Archive of all events',
      eventTypes: ['*'],
      enabled: true,
      options: { apiVersion: '2026-10-28.endive', metadata: { team: 'data', retention: '400 days' } },
    })
    expect(rotation.toTwin(await get(seededId))).toMatchObject({ options: { metadata: { team: 'orders' } } })
    const archive = await get(archiveId)
    const metadata = JSON.parse('{"__proto__":"p"}')
    expect(JSON.stringify(rotation.toTwin({ ...archive, details: { ...archive.details, metadata } }))).toContain(
      '"metadata":{"__proto__":"p"}',
    )
    expect(rotation.toTwin(await get(platformId))).toMatchObject({ support: 'UNSUPPORTED', note: expect.stringMatching(/^This/) })
  })

  it('tells whether a webhook shows options, with metadata that was merged', async () => {
    const { get } = await open({ seeded: true })
    const webhook = await get(archiveId)
    const shows = (options: object) => stripe.showsOptions?.(webhook, options)
    expect(shows({ metadata: { team: 'data', gone: '' } })).toBe(true)
    expect(shows({ metadata: { team: 'other' } })).toBe(false)
    expect(shows({ metadata: { retention: '' } })).toBe(false)
    expect(shows({ apiVersion: '2026-10-28.endive' })).toBe(true)
    expect(shows({ apiVersion: '2024-06-20' })).toBe(false)
    expect(shows({ connect: true })).toBe('UNTOLD')
    expect(shows({ connect: true, metadata: { team: 'other' } })).toBe(false)
    const metadata = JSON.parse('{"__proto__":"p"}')
    expect(stripe.showsOptions?.({ ...webhook, details: { ...webhook.details, metadata } }, { metadata })).toBe(true)
  })
})

describe('creating a disabled webhook at Stripe', () => {
  it('takes a second request', async () => {
    const { standIn, create, get } = await open()
    const { webhook, warnings } = await create({ enabled: false })
    expect(standIn.calls.map(({ path, body }) => [path, body])).toMatchObject([
      ['/v1/webhook_endpoints', { url: input.url }],
      [`/v1/webhook_endpoints/${webhook.upstreamId}`, { disabled: 'true' }],
    ])
    expect(warnings).toEqual([])
    expect(webhook).toMatchObject({ enabled: false, status: 'DISABLED' })
    expect(await get(webhook.upstreamId)).toEqual(webhook)
  })

  it.each([
    [{ status: 400, body: toError({ message: 'No.' }) }, 2],
    [{ status: 503 }, 3],
    [{ cut: 'connection' as const }, 3],
  ])('gives the secret and says that it is still sending when that request fails with %j', async (fault, calls) => {
    const { standIn, create } = await open()
    standIn.fail({ path: '/webhook_endpoints/', method: 'POST', ...fault })
    const { webhook, signingSecret, warnings } = await create({ enabled: false })
    expect(warnings).toMatchObject([{ code: 'NOT_DISABLED', message: expect.stringContaining('It is still sending events.') }])
    expect(signingSecret).toMatch(/^whsec_/)
    expect(webhook).toMatchObject({ enabled: true })
    expect(standIn.calls).toHaveLength(calls)
  })

  it('says that it is still sending if Stripe accepts that request and changes nothing', async () => {
    const { standIn, create } = await open()
    const body = readFileSync(new URL('webhook.json', fixtures), 'utf8')
    standIn.fail({ path: '/webhook_endpoints/', method: 'POST', status: 200, body })
    expect((await create({ enabled: false })).warnings).toMatchObject([{ code: 'NOT_DISABLED' }])
  })
})

describe('options of Stripe in a mutation', () => {
  async function openAsk() {
    const standIn = await openStandIn(stripe, { seeded: true })
    const { ask } = openGateway({ providers: [stripe], accounts: [toAccount(stripe, standIn)] })
    const fields = '__typename ... on InvalidInputError { issues { path message } } ... on UnsupportedError { path }'
    return {
      standIn,
      create: async (own: object) => {
        const query = `mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { ${fields} } }`
        const base = { account: 'stripe', url: input.url, eventTypes: ['*'] }
        return (await ask(query, { input: { ...base, options: { stripe: own } } })).data.createWebhook
      },
      update: async (own: object) => {
        const query = `mutation ($input: UpdateWebhookInput!) { updateWebhook(input: $input) { ${fields} } }`
        const id = formatId({ kind: 'webhook', slug: 'stripe', upstreamId: seededId })
        return (await ask(query, { input: { id, options: { stripe: own } } })).data.updateWebhook
      },
    }
  }

  it('counts characters of metadata as Stripe does, and tells what is wrong with a name', async () => {
    const { create } = await openAsk()
    expect(await create({ metadata: { ['😀'.repeat(40)]: '😀'.repeat(500) } })).toEqual({ __typename: 'CreateWebhookSuccess' })
    const message = 'Names must be 1 to 40 characters long, without brackets.'
    for (const name of ['a[b]', '😀'.repeat(41)])
      expect(await create({ metadata: { [name]: 'c' } })).toMatchObject({ issues: [{ message }] })
  })

  it.each([
    [{ apiVersion: 'latest' }, 'apiVersion'],
    [{ apiVersion: '2024-06-20\nx: y' }, 'apiVersion'],
    [{ metadata: { 'a[b]': 'c' } }, 'metadata'],
    [{ metadata: { '': 'c' } }, 'metadata'],
    [{ metadata: { ['x'.repeat(41)]: 'c' } }, 'metadata'],
    [{ metadata: { a: 'x'.repeat(501) } }, 'metadata'],
    [{ metadata: { a: 1 } }, 'metadata'],
    [{ metadata: [] }, 'metadata'],
    [{ metadata: Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`key${index}`, 'v'])) }, 'metadata'],
  ])('refuses %j before any request', async (own, option) => {
    const { standIn, create } = await openAsk()
    expect(await create(own)).toMatchObject({
      __typename: 'InvalidInputError',
      issues: [{ path: ['input', 'options', 'stripe', option] }],
    })
    expect(standIn.calls).toEqual([])
  })
  it.each([
    [{ apiVersion: '2024-06-20' }, 'apiVersion'],
    [{ connect: true }, 'connect'],
  ])('refuses to change %j, which Stripe fixes on create', async (own, option) => {
    const { standIn, update } = await openAsk()
    expect(await update(own)).toEqual({ __typename: 'UnsupportedError', path: ['input', 'options', 'stripe', option] })
    expect(standIn.calls).toEqual([])
  })
})
