import { createAdminApiClient } from '@shopify/admin-api-client'
import { describe, expect, it } from 'vitest'
import { shopify } from '../../../src/providers/shopify/index.ts'
import type { StartOptions } from '../../../src/sandbox/server.ts'
import { openGateway, toAccount } from '../../helpers/gateway.ts'
import { openStandIn } from '../../helpers/stand-in.ts'

const { seededId } = shopify.sandbox
const uri = 'https://hooks.acme.test/orders'

async function open(options: StartOptions = {}) {
  const standIn = await openStandIn(shopify, { seeded: true, ...options })
  const { origin } = new URL(standIn.baseUrl)
  const client = createAdminApiClient({
    storeDomain: 'acme.myshopify.com',
    apiVersion: '2026-10',
    accessToken: standIn.token,
    retries: 0,
    // The client insists on HTTPS.
    customFetchApi: (url, init) => fetch(url.replace('https://acme.myshopify.com', origin), init),
  })
  async function ask(query: string, variables: Record<string, unknown> = {}) {
    const { data, errors, extensions } = await client.request(query, { variables })
    return { data, errors, extensions }
  }
  const { ask: askGateway } = openGateway({ providers: [shopify], accounts: [toAccount(shopify, standIn)] })
  return {
    standIn,
    ask,
    create: async (topic: string, webhookSubscription: object) => (await ask(create, { topic, webhookSubscription })).data.answer,
    update: async (id: string, webhookSubscription: object) => (await ask(update, { id, webhookSubscription })).data.answer,
    listAtGateway: async () =>
      (await askGateway('{ webhooks { nodes { upstreamId url eventTypes name } } }')).data.webhooks.nodes,
    askGateway,
  }
}

const errors = 'userErrors { field message }'
const create = `mutation ($topic: WebhookSubscriptionTopic!, $webhookSubscription: WebhookSubscriptionInput!) {
  answer: webhookSubscriptionCreate(topic: $topic, webhookSubscription: $webhookSubscription) {
    webhookSubscription { id topic uri format name filter createdAt } ${errors} } }`
const update = `mutation ($id: ID!, $webhookSubscription: WebhookSubscriptionInput!) {
  answer: webhookSubscriptionUpdate(id: $id, webhookSubscription: $webhookSubscription) {
    webhookSubscription { id topic uri format name filter createdAt } ${errors} } }`
const remove = `mutation ($id: ID!) { answer: webhookSubscriptionDelete(id: $id) { deletedWebhookSubscriptionId ${errors} } }`
const list = `query ($first: Int!, $after: String) {
  answer: webhookSubscriptions(first: $first, after: $after) { edges { cursor node { id topic } } pageInfo { hasNextPage endCursor } } }`

describe("Shopify's own client at its stand-in", () => {
  it('lists webhooks page by page, oldest first, and says what that cost', async () => {
    const { ask } = await open()
    const first = await ask(list, { first: 3 })
    const { endCursor, hasNextPage } = first.data.answer.pageInfo
    const last = await ask(list, { first: 3, after: endCursor })
    const topics = [first, last].map(({ data }) => data.answer.edges.map(({ node }: { node: { topic: string } }) => node.topic))
    expect(topics).toEqual([['ORDERS_CREATE', 'PRODUCTS_UPDATE', 'INVENTORY_LEVELS_UPDATE'], ['APP_UNINSTALLED']])
    expect([hasNextPage, last.data.answer.pageInfo.hasNextPage]).toEqual([true, false])
    expect(last.extensions?.['cost']).toMatchObject({ requestedQueryCost: 19, actualQueryCost: 9 })
    expect(first.extensions?.['cost']).toMatchObject({
      requestedQueryCost: 19,
      actualQueryCost: 19,
      throttleStatus: { maximumAvailable: 2_000, currentlyAvailable: 1_981, restoreRate: 100 },
    })
  })

  it('creates, updates and deletes what the gateway lists', async () => {
    const { ask, create, update, listAtGateway } = await open({ seeded: false })
    const { webhookSubscription, userErrors } = await create('ORDERS_CREATE', { uri, name: 'orders' })
    expect({ ...webhookSubscription, userErrors }).toMatchObject({ topic: 'ORDERS_CREATE', uri, format: 'JSON', userErrors: [] })
    const { id, createdAt } = webhookSubscription
    expect(await listAtGateway()).toEqual([{ upstreamId: id, url: uri, eventTypes: ['ORDERS_CREATE'], name: 'orders' }])
    const updated = await update(id, { uri: `${uri}/2`, filter: 'id:>1' })
    expect(updated.webhookSubscription).toMatchObject({ id, uri: `${uri}/2`, filter: 'id:>1', name: 'orders', createdAt })
    expect(await listAtGateway()).toMatchObject([{ url: `${uri}/2`, name: 'orders' }])
    expect((await ask(remove, { id })).data.answer).toEqual({ deletedWebhookSubscriptionId: id, userErrors: [] })
    expect(await listAtGateway()).toEqual([])
  })

  it('finds what the gateway has created, changed and deleted', async () => {
    const { ask, askGateway } = await open({ seeded: false })
    const listed = async () => (await ask(list, { first: 9 })).data.answer.edges.map(({ node }: { node: object }) => node)
    const input = { account: 'shopify', url: uri, eventTypes: ['CARTS_UPDATE'] }
    const { data } = await askGateway(
      'mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { ... on CreateWebhookSuccess { webhook { id upstreamId } } } }',
      { input },
    )
    const { id, upstreamId } = data.createWebhook.webhook
    expect(await listed()).toEqual([{ id: upstreamId, topic: 'CARTS_UPDATE' }])
    await askGateway('mutation ($id: ID!) { deleteWebhook(input: { id: $id }) { __typename } }', { id })
    expect(await listed()).toEqual([])
  })

  const taken = 'Address for this topic has already been taken'
  const nameRule = 'Name name field can only contain alphanumeric characters, underscores, and hyphens'
  it.each([
    [{ uri: '  ' }, ["Address can't be blank"]],
    [{}, ["Address can't be blank"]],
    [{ uri: 'http://hooks.acme.test' }, ['Address protocol http:// is not supported']],
    [{ uri: 'hooks.acme.test' }, ['Address is invalid']],
    [{ uri: 'https://acme.myshopify.com/x' }, ['Address cannot be a Shopify or an internal domain']],
    [{ uri: `${uri}?${'x'.repeat(65_535)}` }, ['Address is too big (maximum is 64 KB)']],
    [
      { uri: 'pubsub://project' },
      [
        'Address protocol pubsub:// is not supported',
        'Address is not a valid GCP pub/sub format. Format should be pubsub://project:topic',
      ],
    ],
    [{ uri: 'arn:aws:sqs:x' }, ['Address is invalid', 'Address is not a valid AWS ARN']],
    [{ uri: 'https://fulfillment.acme.test/shopify/orders', filter: 'total_price:>=100.00' }, [taken]],
  ])('is told what is wrong with an address: case %#', async (input, messages) => {
    const { create } = await open()
    const field = ['webhookSubscription', 'callbackUrl']
    expect(await create('ORDERS_CREATE', input)).toEqual({
      webhookSubscription: null,
      userErrors: messages.map((message) => ({ field, message })),
    })
  })

  it.each([
    [{ name: '' }, 'name', ['Name is too short (minimum is 1 character)', nameRule]],
    [{ name: 'two words' }, 'name', [nameRule]],
    [{ name: 'ERP_stock' }, 'name', ['Name already exists, no duplicate allowed']],
    [{ uri: 'pubsub://acme-1:topic', format: 'XML' }, 'format', ["Format can only be used with format: 'json'"]],
    [
      { filter: 'anything' },
      null,
      ['The specified filter is invalid, please ensure you specify the field(s) you wish to filter on.'],
    ],
    [{ filter: `id:${'x'.repeat(65_535)}` }, null, ['The specified filter exceeds the maximum allowed size.']],
  ])('is told what is wrong with another field: case %#', async (input, field, messages) => {
    const { create } = await open()
    const { userErrors } = await create('ORDERS_PAID', { uri, ...input })
    const path = ['webhookSubscription', ...(field === null ? [] : [field])]
    expect(userErrors).toEqual(messages.map((message) => ({ field: path, message })))
  })

  it('may have the same address for another topic, format or filter', async () => {
    const { create } = await open({ seeded: false })
    const each = [await create('ORDERS_CREATE', { uri }), await create('ORDERS_PAID', { uri })]
    each.push(await create('ORDERS_CREATE', { uri, format: 'XML' }), await create('ORDERS_CREATE', { uri, filter: 'id:1' }))
    expect(each.flatMap(({ userErrors }) => userErrors)).toEqual([])
    expect(await create('ORDERS_CREATE', { uri: ` ${uri} ` })).toMatchObject({ userErrors: [{ message: taken }] })
  })

  it('is told that a webhook does not exist: null on a read, an error on a write', async () => {
    const { ask, update } = await open()
    const id = 'gid://shopify/WebhookSubscription/1'
    expect((await ask('query ($id: ID!) { webhookSubscription(id: $id) { id } }', { id })).data).toEqual({
      webhookSubscription: null,
    })
    const userErrors = [{ field: ['id'], message: 'Webhook subscription does not exist' }]
    expect(await update(id, { uri })).toEqual({ webhookSubscription: null, userErrors })
    expect((await ask(remove, { id })).data.answer).toEqual({ deletedWebhookSubscriptionId: null, userErrors })
  })

  it.each([
    [create, { topic: 'ORDERS_EAT', webhookSubscription: { uri } }, 'INVALID_VARIABLE'],
    [create, { topic: 'ORDERS_CREATE', webhookSubscription: { uri, format: 'YAML' } }, 'INVALID_VARIABLE'],
    [create, { topic: 'ORDERS_CREATE', webhookSubscription: { uri, enabled: true } }, 'INVALID_VARIABLE'],
    [remove, { id: seededId.replace('gid:', '') }, 'INVALID_VARIABLE'],
    ['{ webhookSubscription(id: 1) { secret } }', {}, 'undefinedField'],
  ])('is refused what the schema does not have, with status 200: %s with %j', async (query, variables, code) => {
    const { ask, standIn } = await open()
    const { data, errors } = await ask(query, variables)
    expect(data).toBeUndefined()
    expect(errors?.graphQLErrors).toMatchObject([{ extensions: { code } }])
    expect(standIn.calls.map(({ status }) => status)).toEqual([200])
  })

  it('is throttled with status 200', async () => {
    const { ask } = await open({ limited: true, now: () => new Date(0) })
    for (let count = 0; count < 200; count += 1) await ask(list, { first: 1 })
    const { errors } = await ask(list, { first: 1 })
    expect(errors?.graphQLErrors).toMatchObject([{ message: 'Throttled', extensions: { code: 'THROTTLED' } }])
  })
})
