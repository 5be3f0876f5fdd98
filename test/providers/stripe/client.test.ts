import { Stripe } from 'stripe'
import { request } from 'undici'
import { describe, expect, it } from 'vitest'
import { stripe } from '../../../src/providers/stripe/index.ts'
import type { StartOptions } from '../../../src/sandbox/server.ts'
import { openGateway, toAccount } from '../../helpers/gateway.ts'
import { openStandIn } from '../../helpers/stand-in.ts'

// Stripe's own client against the stand-in, beside the gateway.

const url = 'https://hooks.acme.test/client'
const asked = { url, enabled_events: ['charge.refunded', 'payout.paid'] as Stripe.WebhookEndpointCreateParams.EnabledEvent[] }
const { seededId } = stripe.sandbox

async function open(options: StartOptions = {}) {
  const standIn = await openStandIn(stripe, options)
  const { hostname: host, port } = new URL(standIn.baseUrl)
  const client = new Stripe(standIn.token, { host, port, protocol: 'http', maxNetworkRetries: 0, telemetry: false })
  const { ask } = openGateway({ providers: [stripe], accounts: [toAccount(stripe, standIn)] })
  const list = async () => {
    const own = '... on StripeWebhook { apiVersion application livemode metadata }'
    const query = `{ webhooks(first: 200) { complete nodes { upstreamId name url enabled eventTypes ${own} } } }`
    return (await ask(query)).data.webhooks
  }
  const create = async (input: object) => {
    const query =
      'mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { ... on CreateWebhookSuccess { signingSecret webhook { id upstreamId } } } }'
    return (await ask(query, { input: { account: 'stripe', url, eventTypes: ['charge.refunded'], ...input } })).data.createWebhook
  }
  return { standIn, webhooks: client.webhookEndpoints, ask, list, create }
}

describe("Stripe's own client", () => {
  it('creates, changes and deletes a webhook, as the gateway sees it', async () => {
    const { webhooks, list } = await open()
    const created = await webhooks.create({
      ...asked,
      description: 'Client',
      api_version: '2024-06-20',
      connect: true,
      metadata: { team: 'orders', old: 'yes' },
    })
    expect(created).toMatchObject({
      object: 'webhook_endpoint',
      status: 'enabled',
      secret: expect.stringMatching(/^whsec_\w{32}$/),
    })
    const seen = { upstreamId: created.id, url, eventTypes: asked.enabled_events, apiVersion: '2024-06-20', livemode: false }
    expect(await list()).toMatchObject({
      complete: true,
      nodes: [
        {
          ...seen,
          name: 'Client',
          enabled: true,
          application: expect.stringMatching(/^ca_/),
          metadata: { team: 'orders', old: 'yes' },
        },
      ],
    })

    const updated = await webhooks.update(created.id, {
      description: '',
      disabled: true,
      enabled_events: ['*'],
      metadata: { old: '', new: 'ü & =' },
    })
    expect(updated).not.toHaveProperty('secret')
    expect((await list()).nodes).toMatchObject([
      { upstreamId: created.id, name: null, url, enabled: false, eventTypes: ['*'], metadata: { team: 'orders', new: 'ü & =' } },
    ])
    await webhooks.update(created.id, { metadata: '' })
    expect((await webhooks.retrieve(created.id)).metadata).toEqual({})

    expect(await webhooks.del(created.id)).toMatchObject({ id: created.id, object: 'webhook_endpoint', deleted: true })
    expect((await list()).nodes).toEqual([])
  })

  it('lists, reads, changes and deletes what the gateway has created', async () => {
    const { webhooks, create } = await open()
    const options = { stripe: { apiVersion: '2025-03-31.basil', metadata: { team: 'data' } } }
    const { signingSecret, webhook } = await create({ name: 'Gateway', enabled: false, options })
    expect(signingSecret).toMatch(/^whsec_/)
    const made = {
      id: webhook.upstreamId,
      url,
      description: 'Gateway',
      status: 'disabled',
      enabled_events: ['charge.refunded'],
      api_version: '2025-03-31.basil',
      application: null,
      metadata: { team: 'data' },
    }
    expect((await webhooks.list()).data).toMatchObject([made])
    expect(await webhooks.retrieve(made.id)).toMatchObject(made)
    expect(await webhooks.update(made.id, { disabled: false })).toMatchObject({ ...made, status: 'enabled' })
    await webhooks.del(made.id)
    await expect(webhooks.retrieve(made.id)).rejects.toMatchObject({ statusCode: 404, code: 'resource_missing' })
  })

  it('lists page by page, newest first, what the gateway lists', async () => {
    const { webhooks, list } = await open({ seeded: true })
    for (let count = 0; count < 20; count += 1) await webhooks.create({ ...asked, url: `${url}/${count}` })
    const listed = await webhooks.list({ limit: 7 }).autoPagingToArray({ limit: 100 })
    expect(listed).toHaveLength(24)
    expect([listed[0]?.url, listed.at(-1)?.id]).toEqual([`${url}/19`, seededId])
    const ids = (await list()).nodes.map(({ upstreamId }: { upstreamId: string }) => upstreamId)
    expect(ids.toSorted()).toEqual(listed.map(({ id }) => id).toSorted())
    const { data, has_more } = await webhooks.list({ limit: 3, ending_before: seededId })
    expect({ ids: data.map(({ id }) => id), has_more }).toEqual({ ids: listed.slice(-4, -1).map(({ id }) => id), has_more: true })
  })

  it('is given its first answer again for the same key, with the secret, and refused other parameters', async () => {
    let now = new Date('2026-07-01T12:00:00Z')
    const { webhooks } = await open({ now: () => now })
    const first = await webhooks.create(asked, { idempotencyKey: 'once' })
    const again = await webhooks.create(asked, { idempotencyKey: 'once' })
    expect([again, again.lastResponse.headers['idempotent-replayed']]).toEqual([first, 'true'])
    await expect(webhooks.create({ ...asked, url: `${url}/2` }, { idempotencyKey: 'once' })).rejects.toMatchObject({
      statusCode: 400,
      type: 'StripeIdempotencyError',
    })
    await expect(webhooks.create({ ...asked, url: 'no' }, { idempotencyKey: 'other' })).rejects.toMatchObject({
      code: 'url_invalid',
    })
    const fixed = await webhooks.create(asked, { idempotencyKey: 'other' })
    expect((await webhooks.list()).data.map(({ id }) => id)).toEqual([fixed.id, first.id])
    now = new Date('2026-07-02T12:00:00Z')
    expect((await webhooks.create(asked, { idempotencyKey: 'once' })).id).not.toBe(first.id)
  })

  it.each([
    ['no URL', { url: undefined }, 'parameter_missing', 'url'],
    ['no event types', { enabled_events: undefined }, 'parameter_missing', 'enabled_events'],
    ['a URL that is none', { url: 'hooks.acme.test' }, 'url_invalid', 'url'],
    ['an unknown event type', { enabled_events: ['charge.refunded', 'charge.lost'] }, undefined, 'enabled_events[1]'],
    ['all event types and another', { enabled_events: ['*', 'charge.refunded'] }, undefined, 'enabled_events'],
    ['a field that is not documented', { colour: 'red' }, 'parameter_unknown', 'colour'],
    ['a field of an update', { disabled: true }, 'parameter_unknown', 'disabled'],
    ['a version that is none', { api_version: 'latest' }, undefined, 'api_version'],
    ['a text for a switch', { connect: 'maybe' }, undefined, 'connect'],
    ['too long a value of metadata', { metadata: { a: 'x'.repeat(501) } }, undefined, 'metadata[a]'],
  ])('is refused %s', async (_, changes, code, param) => {
    const { webhooks, list } = await open()
    const sent = { ...asked, ...changes } as typeof asked
    await expect(webhooks.create(sent)).rejects.toMatchObject({ statusCode: 400, type: 'StripeInvalidRequestError', code, param })
    expect((await list()).nodes).toEqual([])
  })

  it('is refused what cannot be changed, a query and headers that the documentation does not have', async () => {
    const { webhooks } = await open({ seeded: true })
    const change = { api_version: '2024-06-20' } as Stripe.WebhookEndpointUpdateParams
    await expect(webhooks.update(seededId, change)).rejects.toMatchObject({ code: 'parameter_unknown', param: 'api_version' })
    const query = { sort: 'asc' } as Stripe.WebhookEndpointListParams
    await expect(webhooks.list(query)).rejects.toMatchObject({ statusCode: 400 })
    await expect(webhooks.list({ limit: 101 })).rejects.toMatchObject({ code: 'parameter_invalid_integer', param: 'limit' })
    await expect(webhooks.list({ starting_after: 'we_gone' })).rejects.toMatchObject({ code: 'resource_missing' })
    await expect(webhooks.list({}, { apiVersion: 'latest' })).rejects.toMatchObject({ statusCode: 400 })
    await expect(webhooks.list({}, { stripeAccount: 'acct_other' })).rejects.toMatchObject({ statusCode: 403 })
    expect((await webhooks.list({}, { stripeAccount: 'acct_1SandboxAcme' })).data).toHaveLength(4)
    await expect(webhooks.create(asked, { idempotencyKey: 'x'.repeat(256) })).rejects.toMatchObject({ statusCode: 400 })
  })

  it.each([
    ['JSON', 'POST', '', '{"url":"https://hooks.acme.test"}', { 'content-type': 'application/json' }],
    ['a form without its type', 'POST', '', 'url=https%3A%2F%2Fhooks.acme.test', { 'content-type': 'text/plain' }],
    ['a parameter twice', 'GET', '?limit=1&limit=2', null, {}],
    ['a body that is read by nobody', 'DELETE', `/${seededId}`, 'a=b', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['a header', 'GET', '', null, { 'x-colour': 'red' }],
    ['a malformed path', 'GET', '/%zz', null, {}],
  ])('refuses %s of any other client', async (_, method, path, body, more) => {
    const { standIn, list } = await open({ seeded: true })
    const headers = { authorization: `Bearer ${standIn.token}`, ...more }
    const response = await request(`${standIn.apiUrl}/webhook_endpoints${path}`, { method, headers, body })
    await response.body.dump()
    expect(response.statusCode).toBe(400)
    expect((await list()).nodes).toHaveLength(4)
  })

  it('is refused more than 100 webhooks', async () => {
    const { webhooks } = await open()
    for (let count = 0; count < 100; count += 1) await webhooks.create(asked)
    await expect(webhooks.create(asked)).rejects.toMatchObject({
      statusCode: 400,
      message: expect.stringContaining('maximum of 100'),
    })
  })

  it('drops an empty list of event types without a word, and the stand-in says that they are missing', async () => {
    const { webhooks } = await open()
    await expect(webhooks.create({ url, enabled_events: [] })).rejects.toMatchObject({ code: 'parameter_missing' })
  })
})
