import { describe, expect, it } from 'vitest'
import { formatId } from '../../../src/id.ts'
import { baanx } from '../../../src/providers/baanx/index.ts'
import { type Answer, openGateway, toAccount } from '../../helpers/gateway.ts'
import { openStandIn } from '../../helpers/stand-in.ts'

const id = formatId({ kind: 'webhook', slug: 'baanx', upstreamId: baanx.sandbox.seededId })
const toDeliveryId = (key: string, slug = 'baanx') => {
  return formatId({ kind: 'delivery', slug, upstreamId: baanx.sandbox.seededId, key })
}
const deliveryId = toDeliveryId(baanx.sandbox.seededEventId ?? '')
const deliveries = `query ($id: ID!) { webhook(id: $id) { ... on Webhook { deliveries {
  nodes { id upstreamId eventId eventType state attempts responseStatus responseBody error durationMs createdAt lastAttemptAt nextRetryAt } } } } }`
const redeliver = `mutation ($input: RedeliverEventInput!) { redeliverEvent(input: $input) {
  ... on RedeliverEventSuccess { webhookCount } ... on WebhookError { __typename message } } }`
const rotate = `mutation ($id: ID!) { rotateWebhookSecret(input: { id: $id }) {
  ... on RotateWebhookSecretSuccess { __typename signingSecret webhook { secretHint } warnings { code } }
  ... on WebhookError { __typename message } ... on OutcomeUnknownError { candidates { id } } } }`

async function open() {
  const standIn = await openStandIn(baanx, { seeded: true })
  return { standIn, ...openGateway({ accounts: [toAccount(baanx, standIn)] }) }
}

function toAttempt(attemptNumber: number, deliveryStatus: string, more: object = {}) {
  return {
    id: `attempt-${attemptNumber}`,
    eventId: 'event-1',
    webhookId: baanx.sandbox.seededId,
    attemptNumber,
    requestUrl: 'https://hooks.acme.test/baanx',
    requestHeaders: { 'X-Signature': 'canary-signature' },
    requestBody: { event_type: 'card.activated', userId: 'canary-user' },
    responseStatus: 500,
    responseBody: 'oops',
    errorMessage: null,
    deliveryStatus,
    durationMs: 312,
    createdAt: `2026-01-05T09:00:0${attemptNumber}.000Z`,
    nextRetryAt: null,
    ...more,
  }
}

describe('deliveries at Baanx', () => {
  it('are read anew after each write of an operation', async () => {
    const { ask } = await open()
    const read = `updateWebhook(input: { id: $id, enabled: true }) { ... on UpdateWebhookSuccess { webhook {
      deliveries { nodes { id eventId attempts } } } } }`
    const { data } = await ask(
      `mutation ($id: ID!, $input: RedeliverEventInput!) { before: ${read}
        redeliverEvent(input: $input) { ... on RedeliverEventSuccess { webhookCount } } after: ${read} }`,
      { id, input: { deliveryId } },
    )
    expect(data.redeliverEvent).toEqual({ webhookCount: 1 })
    const [before, after] = [data.before, data.after].map(({ webhook }) =>
      webhook.deliveries.nodes.find(({ eventId }: { eventId: string }) => eventId === baanx.sandbox.seededEventId),
    )
    // It is the same delivery with one attempt more.
    expect(after).toEqual({ ...before, id: deliveryId, attempts: before.attempts + 1 })
    // The same as in an operation of its own.
    expect((await ask(deliveries, { id })).data.webhook.deliveries.nodes).toContainEqual(expect.objectContaining(after))
  })

  it('are the attempts for one event together, the last one telling how far it has come', async () => {
    const { ask, standIn } = await open()
    const responseBody = `Bearer ${standIn.token} ${'x'.repeat(600)}`
    const errorMessage = 'refused with Bearer canary-of-the-endpoint'
    const last = toAttempt(3, 'success', { responseStatus: 200, responseBody, errorMessage })
    const other = toAttempt(0, 'pending', { eventId: 'event-2', responseStatus: null, responseBody: '', durationMs: null })
    standIn.fail({
      path: '/logs',
      status: 200,
      body: JSON.stringify({ count: 4, logs: [last, toAttempt(1, 'failed'), toAttempt(2, 'failed'), other] }),
    })
    const { data, text } = await ask(deliveries, { id })
    const [first, second] = data.webhook.deliveries.nodes
    expect(first).toMatchObject({
      upstreamId: 'attempt-3',
      eventId: 'event-1',
      eventType: 'card.activated',
      state: 'SUCCEEDED',
      attempts: 3,
      responseStatus: 200,
      responseBody: expect.stringMatching(/^\[secret\] x+…$/),
      error: 'refused with [secret]',
      createdAt: '2026-01-05T09:00:01.000Z',
      lastAttemptAt: '2026-01-05T09:00:03.000Z',
    })
    expect(first.responseBody).toHaveLength(500)
    expect(second).toMatchObject({ eventId: 'event-2', state: 'PENDING', responseStatus: null, responseBody: null })
    expect(text).not.toMatch(/canary/)
    expect(text).not.toContain(standIn.token)
  })

  it('have cursors that are good for those of one webhook', async () => {
    const { ask, standIn } = await open()
    const page = `query ($id: ID!, $after: String) { webhook(id: $id) { ... on Webhook { deliveries(first: 1, after: $after) {
      edges { cursor } error { __typename } } } } }`
    const after = (await ask(page, { id })).data.webhook.deliveries.edges[0].cursor
    const create = `mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { ... on CreateWebhookSuccess { webhook { id } } } }`
    const input = { account: 'baanx', name: 'Other', url: 'https://hooks.acme.test/other', eventTypes: ['*'] }
    const other = (await ask(create, { input })).data.createWebhook.webhook.id
    const start = standIn.calls.length
    const { data } = await ask(page, { id: other, after })
    expect(data.webhook.deliveries).toEqual({ edges: [], error: { __typename: 'InvalidInputError' } })
    expect(standIn.calls.slice(start).filter(({ path }) => path.includes('/logs'))).toEqual([])
    expect((await ask(page, { id, after })).data.webhook.deliveries.error).toBeNull()
  })

  it.each([
    [-1, 'TOO_SMALL'],
    [201, 'TOO_BIG'],
  ])('are not read for a page of %s: the issue is %s', async (first, code) => {
    const { ask, standIn } = await open()
    const { data } = await ask(
      `query ($id: ID!, $first: Int) { webhook(id: $id) { ... on Webhook { deliveries(first: $first) {
        error { ... on InvalidInputError { issues { path code message } } } } } } }`,
      { id, first },
    )
    const message = `first must be between 0 and 200, not ${first}.`
    expect(data.webhook.deliveries.error.issues).toEqual([{ path: ['first'], code, message }])
    expect(standIn.calls.filter(({ path }) => path.includes('/logs'))).toEqual([])
  })

  it('are listed and found though the log tells neither attempts nor when they began', async () => {
    const { LIST_DELIVERIES } = baanx.operations
    if (LIST_DELIVERIES.support === 'UNSUPPORTED') throw new Error('Baanx has a log.')
    const run: typeof LIST_DELIVERIES.run = async (...args) => {
      const { items, unreadable } = await LIST_DELIVERIES.run(...args)
      return { items: items.map((each) => ({ ...each, attempts: null, createdAt: null })), unreadable }
    }
    const terse = { ...baanx, operations: { ...baanx.operations, LIST_DELIVERIES: { ...LIST_DELIVERIES, run } } }
    const standIn = await openStandIn(baanx, { seeded: true })
    const { ask } = openGateway({ providers: [terse], accounts: [toAccount(terse, standIn)] })
    const page = `query ($id: ID!, $after: String) { node(id: $id) { ... on Webhook { deliveries(first: 1, after: $after) {
      nodes { id attempts createdAt } pageInfo { hasNextPage endCursor } error { code } } } } }`
    const seen: string[] = []
    for (let after: string | null = null; ;) {
      const { data }: Answer = await ask(page, { id, after })
      const { nodes, pageInfo, error } = data.node.deliveries
      expect({ nodes, error }).toMatchObject({ nodes: [{ attempts: null, createdAt: null }], error: null })
      seen.push(nodes[0].id)
      if (pageInfo.hasNextPage !== true) break
      after = pageInfo.endCursor
    }
    expect(new Set(seen).size).toBe(seen.length)
    expect(seen.length).toBeGreaterThan(1)
    expect((await ask('query ($id: ID!) { node(id: $id) { id } }', { id: deliveryId })).data.node).toEqual({ id: deliveryId })
  })

  it.each([
    ['that begin anew', [1, 2, 1], 3],
    ['of which the log has forgotten the oldest', [3, 4], 4],
    ['without a number that can be read', ['x', null], 2],
  ])('never count less attempts than there were: %s', async (_, numbers, attempts) => {
    const { ask, standIn } = await open()
    const logs = numbers.map((attemptNumber, index) => ({ ...toAttempt(index, 'failed'), attemptNumber }))
    standIn.fail({ path: '/logs', status: 200, body: JSON.stringify({ count: logs.length, logs: logs.toReversed() }) })
    const { nodes } = (await ask(deliveries, { id })).data.webhook.deliveries
    expect(nodes).toMatchObject([{ upstreamId: `attempt-${logs.length - 1}`, attempts }])
  })

  it.each(['soon', null, undefined])('whose time is %j lose no more than that', async (createdAt) => {
    const { ask, standIn } = await open()
    const logs = [toAttempt(2, 'success', { createdAt }), toAttempt(1, 'failed')]
    standIn.fail({ path: '/logs', status: 200, body: JSON.stringify({ count: 2, logs }) })
    const { nodes } = (await ask(deliveries, { id })).data.webhook.deliveries
    expect(nodes).toMatchObject([
      { upstreamId: 'attempt-2', state: 'SUCCEEDED', createdAt: '2026-01-05T09:00:01.000Z', lastAttemptAt: null },
    ])
  })

  it.each(['skipped', 'constructor', null])('whose last attempt has the state %j are UNKNOWN', async (deliveryStatus) => {
    const { ask, standIn } = await open()
    const logs = [toAttempt(1, 'failed'), { ...toAttempt(2, 'failed'), deliveryStatus }]
    standIn.fail({ path: '/logs', status: 200, body: JSON.stringify({ count: 2, logs }) })
    const { nodes } = (await ask(deliveries, { id })).data.webhook.deliveries
    expect(nodes).toMatchObject([{ upstreamId: 'attempt-2', state: 'UNKNOWN' }])
  })
})

describe('an event at Baanx', () => {
  it('is found by the id that logs show, where the path takes another one', async () => {
    const { ask, standIn } = await open()
    const { data } = await ask(redeliver, { input: { deliveryId } })
    expect(data.redeliverEvent).toEqual({ webhookCount: 1 })
    expect(standIn.calls.map(({ method, status }) => [method, status])).toEqual([
      ['POST', 404],
      ['GET', 200],
      ['POST', 200],
    ])
  })

  it('that nobody knows is not found, and nothing is sent', async () => {
    const { ask, standIn } = await open()
    const { data } = await ask(redeliver, { input: { deliveryId: toDeliveryId('nothing') } })
    expect(data.redeliverEvent).toMatchObject({ __typename: 'NotFoundError' })
    expect(standIn.calls.map(({ method, status }) => [method, status])).toEqual([
      ['POST', 404],
      ['GET', 200],
    ])
  })

  it.each([
    ['of a webhook', id],
    ['of an account', formatId({ kind: 'account', slug: 'baanx' })],
    ['of a foreign account', toDeliveryId('x', 'nobody')],
    ['that was never made', 'nothing'],
    ['that is two segments', toDeliveryId('..')],
  ])('is not found by an id %s, and nobody is called', async (_, given) => {
    const { ask, standIn } = await open()
    const input = { deliveryId: given }
    expect((await ask(redeliver, { input })).data.redeliverEvent).toMatchObject({ __typename: 'NotFoundError' })
    expect(standIn.calls).toEqual([])
  })

  it('is in the audit with the webhook that it is sent to, or with none where it is sent to all', async () => {
    const { ask, readLog } = await open()
    for (const allWebhooks of [false, true]) await ask(redeliver, { input: { deliveryId, allWebhooks } })
    const lines = readLog('audit').map(({ operation, account, webhook, outcome }) => ({ operation, account, webhook, outcome }))
    const toLine = (webhook: string | null) => (outcome: string) => ({
      operation: 'REDELIVER',
      account: 'baanx',
      webhook,
      outcome,
    })
    expect(lines).toEqual([id, null].flatMap((webhook) => ['BEGUN', 'DONE'].map(toLine(webhook))))
  })

  it('whose answer is lost is not sent again', async () => {
    const { ask, standIn } = await open()
    standIn.fail({ method: 'POST', when: 'after', status: 500, body: '{}', times: 9 })
    const { data } = await ask(redeliver, { input: { deliveryId, allWebhooks: true } })
    expect(data.redeliverEvent).toMatchObject({ __typename: 'OutcomeUnknownError' })
    expect(standIn.calls).toHaveLength(1)
  })
})

describe('a rotation at Baanx', () => {
  it('whose answer is lost is not sent again when the mask has changed: that tells not who has rotated', async () => {
    const { ask, standIn } = await open()
    standIn.fail({ method: 'POST', path: '/rotate-key', when: 'after', cut: 'connection' })
    const { data } = await ask(rotate, { id })
    expect(data.rotateWebhookSecret).toMatchObject({ __typename: 'OutcomeUnknownError', candidates: [{ id }] })
    expect(standIn.calls.filter(({ method }) => method === 'POST')).toHaveLength(1)
  })

  it('whose answer is lost is not sent again when the mask is the old one', async () => {
    const { ask, standIn } = await open()
    standIn.fail({ method: 'POST', path: '/rotate-key', when: 'before', cut: 'connection' })
    const { data } = await ask(rotate, { id })
    expect(data.rotateWebhookSecret).toMatchObject({ __typename: 'OutcomeUnknownError', candidates: [{ id }] })
    expect(standIn.calls.filter(({ method }) => method === 'POST')).toHaveLength(1)
  })
})
