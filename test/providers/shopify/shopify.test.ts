import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { formatId } from '../../../src/id.ts'
import { readFailure, readState, wire } from '../../../src/providers/shopify/api.ts'
import { shopify } from '../../../src/providers/shopify/index.ts'
import type { StartOptions } from '../../../src/sandbox/server.ts'
import { describeFixtures } from '../../helpers/fixtures.ts'
import { openGateway, toAccount } from '../../helpers/gateway.ts'
import { openStandIn } from '../../helpers/stand-in.ts'

const url = 'https://hooks.acme.test/orders'
const input = { account: 'shopify', url, eventTypes: ['ORDERS_CREATE'] }
const seededId = formatId({ kind: 'webhook', slug: 'shopify', upstreamId: shopify.sandbox.seededId })
const gone = 'gid://shopify/WebhookSubscription/1'

async function open(options: StartOptions = {}) {
  const standIn = await openStandIn(shopify, options)
  const { ask } = openGateway({ providers: [shopify], accounts: [toAccount(shopify, standIn)] })
  const details = 'format filter includeFields metafieldNamespaces metafields apiVersion legacyResourceId'
  const fields = `id upstreamId name url enabled status eventTypes ... on ShopifyWebhook { ${details} }`
  const failure = `... on WebhookError { __typename code message upstream { status code message } }
    ... on InvalidInputError { issues { path code message } } ... on UnsupportedError { path }
    ... on OutcomeUnknownError { candidates { id } }`
  async function write(name: 'create' | 'update', given: object) {
    const type = name === 'create' ? 'CreateWebhook' : 'UpdateWebhook'
    const more = name === 'create' ? 'signingSecret' : ''
    const query = `mutation ($input: ${type}Input!) { answer: ${name}Webhook(input: $input) {
      ... on ${type}Success { webhook { ${fields} } warnings { code message } ${more} } ${failure} ... on ConflictError { existing { id } } } }`
    const { data, errors } = await ask(query, { input: given })
    expect(errors).toBeUndefined()
    return data.answer
  }
  return {
    standIn,
    create: (more: object = {}) => write('create', { ...input, ...more }),
    update: (id: string, changes: object) => write('update', { id, ...changes }),
    remove: async (id: string) =>
      (
        await ask(
          `mutation ($id: ID!) { answer: deleteWebhook(input: { id: $id }) { ... on DeleteWebhookSuccess { alreadyAbsent } ${failure} } }`,
          { id },
        )
      ).data.answer,
    list: async () => (await ask(`{ webhooks { nodes { ${fields} } complete } }`)).data.webhooks,
    setAt: async (id: string) =>
      (await ask('query ($id: ID!) { webhook(id: $id) { ... on Webhook { secretSetAt } } }', { id })).data.webhook,
    /** The variables of the last request for a root field. */
    sent: (field: string) => Object(standIn.calls.findLast((call) => call.field === field)?.body).variables,
  }
}

const taken = { kind: 'CONFLICT', field: 'url', of: 'url, event type, format and filter' }

/** The message of a conflict. */
const sharing = (field: string): unknown => expect.stringContaining(`already has a webhook with this ${field}`)

describeFixtures(new URL('./fixtures/', import.meta.url), wire)

describe('a conflict at Shopify', () => {
  const different: readonly (readonly [string, object])[] = [
    ['event type', { eventTypes: ['ORDERS_PAID'] }],
    ['format', { options: { shopify: { format: 'XML' } } }],
    ['filter', { options: { shopify: { filter: 'total_price:>=100.00' } } }],
  ]
  const conflict = {
    field: 'webhookSubscriptionCreate',
    status: 200,
    body: JSON.stringify({
      data: {
        webhookSubscriptionCreate: {
          webhookSubscription: null,
          userErrors: [
            { field: ['webhookSubscription', 'callbackUrl'], message: 'Address for this topic has already been taken' },
          ],
        },
      },
    }),
  }

  it('names the webhook with the same event type, URL, format and filter', async () => {
    const { create } = await open()
    const { webhook } = await create()
    for (const [, more] of different) await create(more)
    expect(await create()).toMatchObject({
      __typename: 'ConflictError',
      existing: { id: webhook.id },
      message:
        'Shopify already has a webhook with this url, event type, format and filter. Change one of them or update the existing webhook.',
    })
  })

  it.each(different)('names no webhook with the same URL and another %s', async (_, more) => {
    const { create, standIn } = await open()
    await create(more)
    standIn.fail(conflict)
    expect(await create()).toMatchObject({ __typename: 'ConflictError', existing: null })
  })

  it('never names the webhook that an update is for', async () => {
    const { create, update, standIn } = await open()
    const { webhook } = await create()
    standIn.fail({ ...conflict, field: 'webhookSubscriptionUpdate', body: conflict.body.replace('Create', 'Update') })
    const changed = await update(webhook.id, { options: { shopify: { format: 'JSON' } } })
    expect(changed).toMatchObject({ __typename: 'ConflictError', existing: null })
  })

  it('names the other webhook when an update comes to the same as it', async () => {
    const { create, update } = await open()
    const { webhook } = await create()
    const { webhook: other } = await create({ options: { shopify: { format: 'XML' } } })
    const changed = await update(other.id, { options: { shopify: { format: 'JSON' } } })
    expect(changed).toMatchObject({ __typename: 'ConflictError', existing: { id: webhook.id } })
  })
})

describe('Shopify', () => {
  it('creates a webhook with every option, and says whose secret signs', async () => {
    const { create, list, sent, setAt } = await open()
    const shopifyOptions = {
      format: 'XML',
      filter: 'total_price:>=100.00',
      includeFields: ['id'],
      metafieldNamespaces: ['custom'],
      metafields: [{ namespace: 'custom', key: 'tier' }, { key: 'own' }],
    }
    const { webhook, signingSecret, warnings } = await create({ name: 'orders-1', options: { shopify: shopifyOptions } })
    expect(sent('webhookSubscriptionCreate')).toEqual({
      topic: 'ORDERS_CREATE',
      webhookSubscription: { uri: url, name: 'orders-1', ...shopifyOptions },
    })
    expect({ signingSecret, codes: warnings.map(({ code }: { code: string }) => code) }).toEqual({
      signingSecret: null,
      codes: ['NO_SIGNING_SECRET'],
    })
    expect(warnings[0].message).toContain('client secret of the app')
    expect(await setAt(webhook.id)).toEqual({ secretSetAt: null })
    expect(webhook).toMatchObject({
      ...shopifyOptions,
      metafields: [
        { namespace: 'custom', key: 'tier' },
        { namespace: 'app--101', key: 'own' },
      ],
      name: 'orders-1',
      status: 'ACTIVE',
      eventTypes: ['ORDERS_CREATE'],
      apiVersion: '2026-10',
    })
    expect(await list()).toEqual({ nodes: [webhook], complete: true })
  })

  it('sends nothing that was not given', async () => {
    const { create, sent } = await open()
    expect(await create()).toMatchObject({ webhook: { name: null, format: 'JSON', filter: null, includeFields: [] } })
    expect(sent('webhookSubscriptionCreate')).toEqual({ topic: 'ORDERS_CREATE', webhookSubscription: { uri: url } })
  })

  it('writes everything on an update, so that nothing is lost whatever Shopify makes of the rest', async () => {
    const { update, sent } = await open({ seeded: true })
    const { webhook } = await update(seededId, { url })
    const before = { format: 'JSON', filter: 'total_price:>=100.00', includeFields: ['id', 'name', 'total_price', 'updated_at'] }
    expect(webhook).toMatchObject({ ...before, name: 'large-orders', url })
    expect(sent('webhookSubscriptionUpdate')).toEqual({
      id: shopify.sandbox.seededId,
      webhookSubscription: { uri: url, ...before, metafieldNamespaces: [], metafields: [], name: 'large-orders' },
    })
  })

  it('writes nothing when the webhook that it read is another webhook than requested', async () => {
    const { update, standIn } = await open({ seeded: true })
    const node = JSON.parse(readFileSync(new URL('./fixtures/webhook.json', import.meta.url), 'utf8'))
    standIn.fail({ field: 'webhookSubscription', status: 200, body: JSON.stringify({ data: node }) })
    expect(await update(seededId, { url })).toMatchObject({ __typename: 'UpstreamContractError' })
    expect(standIn.calls.filter(({ effect }) => effect === 'WRITE')).toEqual([])
  })

  it('reads an update back that is refused beside a webhook that shows it', async () => {
    const { update, standIn } = await open({ seeded: true })
    const userErrors = [{ field: ['webhookSubscription', 'filter'], message: 'The filter was ignored.' }]
    const payload = { webhookSubscription: { id: shopify.sandbox.seededId }, userErrors }
    const body = JSON.stringify({ data: { webhookSubscriptionUpdate: payload } })
    standIn.fail({ field: 'webhookSubscriptionUpdate', when: 'after', status: 200, body })
    expect(await update(seededId, { url })).toMatchObject({ webhook: { url }, warnings: [{ code: 'RECOVERED' }] })
  })

  it.each(['THROTTLED', 'ACCESS_DENIED'])('creates nothing twice when %s comes with an internal error', async (code) => {
    const { create, list, standIn } = await open()
    const errors = [code, 'INTERNAL_SERVER_ERROR'].map((each) => ({ message: each, extensions: { code: each } }))
    const body = JSON.stringify({ data: { webhookSubscriptionCreate: null }, errors })
    standIn.fail({ field: 'webhookSubscriptionCreate', when: 'after', status: 200, body })
    expect(await create()).toMatchObject({ __typename: 'OutcomeUnknownError', candidates: [{}] })
    expect((await list()).nodes).toHaveLength(1)
  })

  it('removes a filter and lists that are set to null', async () => {
    const { update, sent } = await open({ seeded: true })
    const nothing = { filter: null, includeFields: null, metafieldNamespaces: null, metafields: null }
    const { webhook } = await update(seededId, { options: { shopify: nothing } })
    expect(webhook).toMatchObject({ filter: null, includeFields: [], metafieldNamespaces: [], metafields: [] })
    expect(sent('webhookSubscriptionUpdate').webhookSubscription).toMatchObject({
      filter: null,
      includeFields: [],
      name: 'large-orders',
    })
  })

  it('keeps the target of a webhook that does not send to a URL', async () => {
    const { list, update, sent } = await open({ seeded: true })
    const { id, url: target } = (await list()).nodes.find(
      ({ eventTypes }: { eventTypes: string[] }) => eventTypes[0] === 'APP_UNINSTALLED',
    )
    expect(target).toBe('pubsub://acme-production:shopify-events')
    expect(await update(id, { name: 'events' })).toMatchObject({ webhook: { name: 'events', url: target } })
    expect(sent('webhookSubscriptionUpdate').webhookSubscription.uri).toBe(target)
  })

  it.each([
    [{ eventTypes: ['ORDERS_CREATE', 'ORDERS_PAID'] }, 'InvalidInputError'],
    [{ eventTypes: ['*'] }, 'InvalidInputError'],
    [{ name: 'two words' }, 'InvalidInputError'],
    [{ enabled: false }, 'UnsupportedError'],
  ])('refuses to create %j before any call', async (more, __typename) => {
    const { create, standIn } = await open()
    expect(await create(more)).toMatchObject({ __typename })
    expect(standIn.calls).toEqual([])
  })

  it.each([{ eventTypes: ['ORDERS_PAID'] }, { enabled: true }])('refuses to change %j before any call', async (changes) => {
    const { update, standIn } = await open({ seeded: true })
    expect(await update(seededId, changes)).toMatchObject({ __typename: 'UnsupportedError' })
    expect(standIn.calls).toEqual([])
  })

  it('says which webhook is in the way, by URL and by name', async () => {
    const { create } = await open()
    await create({ name: 'orders' })
    expect(await create()).toMatchObject({ __typename: 'ConflictError', message: sharing('url') })
    expect(await create({ url: `${url}/2`, name: 'ORDERS' })).toMatchObject({
      __typename: 'ConflictError',
      message: sharing('name'),
    })
    expect(await create({ options: { shopify: { format: 'XML' } } })).toMatchObject({ webhook: { format: 'XML' } })
  })

  it.each([
    [{ eventTypes: ['ORDERS_EAT'] }, ['input', 'eventTypes']],
    [{ url: 'https://acme.myshopify.com/hook' }, ['input', 'url']],
    [{ eventTypes: ['CUSTOMER_TAGS_ADDED'], options: { shopify: { format: 'XML' } } }, ['input', 'options', 'shopify', 'format']],
    [{ options: { shopify: { filter: 'everything' } } }, ['input', 'options', 'shopify', 'filter']],
  ])('says which input Shopify refuses: %j', async (more, path) => {
    const { create } = await open()
    expect(await create(more)).toMatchObject({ __typename: 'InvalidInputError', issues: [{ path, code: 'REJECTED_UPSTREAM' }] })
  })

  it('takes a webhook that Shopify has deleted itself as gone, and nothing for an error of the list', async () => {
    const { update, remove, list } = await open()
    const id = formatId({ kind: 'webhook', slug: 'shopify', upstreamId: gone })
    expect(await list()).toEqual({ nodes: [], complete: true })
    expect(await update(id, { name: 'x' })).toMatchObject({ __typename: 'NotFoundError' })
    expect(await remove(id)).toEqual({ alreadyAbsent: true })
  })

  it('does not claim a webhook that somebody else made while a response was lost', async () => {
    const { create, standIn, list } = await open()
    standIn.fail({ field: 'webhookSubscriptionCreate', cut: 'connection', when: 'after' })
    const lost = await create()
    const [webhook] = (await list()).nodes
    expect(lost).toMatchObject({ __typename: 'OutcomeUnknownError', candidates: [{ id: webhook.id }] })
    expect(lost.message).toContain('Shopify refuses a second webhook')
    expect(await create()).toMatchObject({ __typename: 'ConflictError', message: sharing('url') })
    expect((await list()).nodes).toEqual([webhook])
  })
})

describe("Shopify's refusals", () => {
  const toError = (code: string | undefined, more: object = {}) => ({
    errors: [{ message: 'Refused', ...(code !== undefined && { extensions: { code } }), ...more }],
  })
  const toUserError = (message: string, field: readonly string[] | null = ['webhookSubscription', 'callbackUrl']) => ({
    data: { webhookSubscriptionUpdate: { webhookSubscription: null, userErrors: [{ field, message }] } },
  })
  const invalid = (...path: string[]) => ({ kind: 'INVALID_INPUT', paths: [path] })

  it.each([
    [200, toError('THROTTLED'), { kind: 'RATE_LIMITED' }],
    [200, toError('ACCESS_DENIED'), { kind: 'PERMISSION_DENIED' }],
    [200, toError('undefinedField'), { kind: 'REJECTED' }],
    [200, toError('INTERNAL_SERVER_ERROR'), { kind: 'SERVER_ERROR' }],
    // Then nobody knows whether something was carried out.
    [200, toError('SOMETHING_NEW'), undefined],
    [200, toError(undefined), undefined],
    [200, { errors: [...toError('THROTTLED').errors, ...toError('SOMETHING_NEW').errors] }, undefined],
    [401, { errors: '[API] Invalid API key or access token (unrecognized login or wrong password)' }, undefined],
    // About the shop, and no proof that a webhook is gone.
    [404, { errors: 'Not Found' }, { kind: 'REJECTED' }],
    [200, { data: { webhookSubscription: null } }, { kind: 'NOT_FOUND' }],
    [200, toUserError('Webhook subscription does not exist', ['id']), { kind: 'NOT_FOUND' }],
    [200, toUserError('Address for this topic has already been taken'), taken],
    [200, toUserError('Name already exists, no duplicate allowed'), { kind: 'CONFLICT', field: 'name' }],
    [200, toUserError('Address is invalid'), invalid('url')],
    [200, toUserError('Something new', ['webhookSubscription', 'includeFields']), invalid('options', 'shopify', 'includeFields')],
    [200, toUserError('Something new', null), invalid()],
    [200, toUserError('You cannot create a webhook subscription with the specified topic', null), invalid('eventTypes')],
  ])('with status %i mean what they say: %j', (status, body, meaning) => {
    expect(readFailure(status, body, {})?.meaning).toEqual(meaning)
  })

  it('prove nothing beside a webhook that was created or updated', () => {
    const payload = { webhookSubscription: { id: gone }, userErrors: [{ field: null, message: 'Hm.' }] }
    expect(readFailure(200, { data: { webhookSubscriptionCreate: payload } }, {})?.meaning).toBeUndefined()
    expect(readFailure(200, { data: { webhookSubscriptionUpdate: payload } }, {})?.meaning).toBeUndefined()
  })

  it('are not read from what is no response of Shopify', () => {
    for (const body of [undefined, null, [], {}, '<html>']) expect(readFailure(502, body, {})).toBeNull()
  })

  it('tell how many points are left', () => {
    const throttleStatus = { maximumAvailable: 2_000, currentlyAvailable: 500, restoreRate: 100 }
    const cost = { requestedQueryCost: 10, actualQueryCost: 10, throttleStatus }
    expect(readState({ extensions: { cost } })).toEqual({ limit: 2_000, remaining: 500, fullMs: 20_000, cost: 10 })
    expect(readState({ data: {} })).toBeNull()
    expect(readState({ extensions: { cost: { ...cost, throttleStatus: { ...throttleStatus, restoreRate: 0 } } } })).toBeNull()
  })
})
