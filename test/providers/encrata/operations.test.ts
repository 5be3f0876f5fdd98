import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { formatId } from '../../../src/id.ts'
import { encrata } from '../../../src/providers/encrata/index.ts'
import { openGateway, toAccount } from '../../helpers/gateway.ts'
import { openStandIn } from '../../helpers/stand-in.ts'

const id = formatId({ kind: 'webhook', slug: 'encrata', upstreamId: encrata.sandbox.seededId })
const test = `mutation ($id: ID!) { testWebhook(input: { id: $id }) {
  ... on TestWebhookSuccess { accepted endpointStatus signature note } ... on WebhookError { __typename } } }`
const deliveries = `query ($id: ID!) { webhook(id: $id) { ... on Webhook { deliveries {
  nodes { upstreamId eventId eventType state attempts responseStatus responseBody createdAt lastAttemptAt nextRetryAt } windowNote } } } }`
const rotate = `mutation ($id: ID!) { rotateWebhookSecret(input: { id: $id, strategy: REPLACEMENT }) {
  ... on RotateWebhookSecretSuccess { signingSecret } ... on WebhookError { __typename upstream { status } } } }`

async function open() {
  const standIn = await openStandIn(encrata, { seeded: true })
  return { standIn, ...openGateway({ accounts: [toAccount(encrata, standIn)] }) }
}

function readFixture(name: string): string {
  return readFileSync(new URL(`./fixtures/${name}`, import.meta.url), 'utf8')
}

describe('a test event of Encrata', () => {
  it.each([
    [
      'tested.docs.json',
      { accepted: true, endpointStatus: null, signature: 'ab12'.repeat(16), note: expect.stringContaining('does not report') },
    ],
    ['tested.clients.json', { accepted: true, endpointStatus: 200, signature: null, note: null }],
  ])('is read as %s shows its answer', async (file, expected) => {
    const { ask, standIn } = await open()
    standIn.fail({ path: '/test', status: 200, body: readFixture(file) })
    expect((await ask(test, { id })).data.testWebhook).toEqual(expected)
  })

  it('that the endpoint refused is not accepted, and no text shows a credential', async () => {
    const { ask, standIn } = await open()
    const body = { status: 'failed', status_code: 503, error: `refused Bearer ${standIn.token}` }
    standIn.fail({ path: '/test', status: 200, body: JSON.stringify(body) })
    const { data, text } = await ask(test, { id })
    expect(data.testWebhook).toEqual({ accepted: false, endpointStatus: 503, signature: null, note: 'refused [secret]' })
    expect(text).not.toContain(standIn.token)
  })
})

describe('deliveries at Encrata', () => {
  it.each(['deliveries.bare.json', 'deliveries.wrapped.json'])('are read from %s', async (file) => {
    const { ask, standIn } = await open()
    standIn.fail({ path: '/deliveries', status: 200, body: readFixture(file) })
    const { nodes, windowNote } = (await ask(deliveries, { id })).data.webhook.deliveries
    expect(nodes).toEqual([
      {
        upstreamId: 'del_demo1',
        eventId: null,
        eventType: 'lookup.completed',
        state: 'SUCCEEDED',
        attempts: 1,
        responseStatus: 200,
        responseBody: 'OK',
        createdAt: expect.stringMatching(/Z$/),
        lastAttemptAt: '2026-01-05T09:00:01.000Z',
        nextRetryAt: null,
      },
    ])
    expect(windowNote).toContain('newest 50')
  })

  it('of a state that is not documented, or of none, are UNKNOWN, and one without an attempt has no last one', async () => {
    const { ask, standIn } = await open()
    const [delivery] = JSON.parse(readFixture('deliveries.bare.json'))
    const states = ['delivered', 'retrying', 'queued', 'constructor', 7, undefined, 'pending']
    const sent = states.map((status, index) => ({ ...delivery, id: `del_${index}`, status, last_attempt_at: '' }))
    standIn.fail({ path: '/deliveries', status: 200, body: JSON.stringify(sent) })
    const { nodes } = (await ask(deliveries, { id })).data.webhook.deliveries
    const read = nodes.map(({ state, lastAttemptAt }: { state: string; lastAttemptAt: unknown }) => [state, lastAttemptAt])
    expect(read).toEqual(states.map((status) => [status === 'pending' ? 'PENDING' : 'UNKNOWN', null]))
  })
})

describe('a delivery at Encrata', () => {
  it.each([['created_at'], ['attempts']])('whose %s cannot be read loses no more than that', async (member) => {
    const { ask, standIn } = await open()
    const [delivery] = JSON.parse(readFixture('deliveries.bare.json'))
    standIn.fail({ path: '/deliveries', status: 200, body: JSON.stringify([{ ...delivery, [member]: 'soon' }]) })
    const { nodes } = (await ask(deliveries, { id })).data.webhook.deliveries
    expect(nodes).toMatchObject([{ upstreamId: 'del_demo1', [member === 'attempts' ? 'attempts' : 'createdAt']: null }])
  })
})

describe('a replacement at Encrata', () => {
  it('whose twin is refused as a duplicate changes nothing', async () => {
    const { ask, standIn } = await open()
    const list = '{ webhooks { nodes { id status } } }'
    const before = await ask(list)
    standIn.fail({ method: 'POST', status: 409, body: '{"error":"a webhook with this url already exists"}' })
    const { data } = await ask(rotate, { id })
    expect(data.rotateWebhookSecret).toEqual({ __typename: 'ConflictError', upstream: { status: 409 } })
    expect((await ask(list)).data).toEqual(before.data)
  })
})

describe('a deletion at Encrata', () => {
  it('tells before what is lost with the webhook', async () => {
    const { ask, standIn } = await open()
    const preview = `mutation ($id: ID!) { deleteWebhook(input: { id: $id, validateOnly: true }) {
      ... on MutationPreview { requests { method } warnings { code } } } }`
    const { data } = await ask(preview, { id })
    expect(data.deleteWebhook).toEqual({ requests: [{ method: 'DELETE' }], warnings: [{ code: 'LOSES_DELIVERY_HISTORY' }] })
    expect(standIn.calls).toEqual([])
  })
})
