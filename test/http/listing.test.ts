import { describe, expect, it } from 'vitest'
import { formatId } from '../../src/id.ts'
import type { ListLimits } from '../../src/http/door.ts'
import { providers } from '../../src/providers/index.ts'
import { openGateway, toAccount } from '../helpers/gateway.ts'
import { openStandIn } from '../helpers/stand-in.ts'

const query = '{ webhooks(first: 1) { complete totalCount sources { state count error { __typename message } } } }'

async function open(name: string, list: ListLimits, timeoutMs = 5_000) {
  const provider = providers.find((each) => each.name === name)
  if (provider === undefined) throw new Error(`There is no provider ${name}.`)
  const standIn = await openStandIn(provider)
  const { ask } = openGateway({ accounts: [toAccount(provider, standIn)], providers: [provider], door: { list }, timeoutMs })
  return { standIn, ask, read: async () => (await ask(query)).data.webhooks }
}

/** A page of Fingerprint's list: so many webhooks, each with a description of so many characters. */
function toPage(first: number, count: number, next: string | null, characters = 1): string {
  const data = Array.from({ length: count }, (_, index) => ({
    id: `wh_${first + index}`,
    description: 'x'.repeat(characters),
    url: 'https://hooks.acme.test',
    status: 'enabled',
    verified: true,
    environment: null,
    legacy: false,
    created_at: '2026-01-05T09:00:00Z',
  }))
  return JSON.stringify({ data, metadata: { pagination: { next_cursor: next } } })
}

/** The page with so many of its webhooks unreadable. */
function spoilPage(page: string, count: number): string {
  const { data, ...rest } = JSON.parse(page) as { readonly data: readonly object[] }
  return JSON.stringify({ ...rest, data: data.map((each, index) => (index < count ? { ...each, url: 7 } : each)) })
}

describe('a list', () => {
  it('is read up to a number of webhooks, keeps those, and says which cap it met', async () => {
    const { standIn, read } = await open('fingerprint', { items: 150, bytes: 1e9 })
    for (let page = 0; page < 3; page += 1) standIn.fail({ status: 200, body: toPage(page * 100, 100, `c${page}`) })
    expect(await read()).toEqual({
      complete: false,
      totalCount: null,
      sources: [
        {
          state: 'TRUNCATED',
          count: 150,
          error: {
            __typename: 'UpstreamContractError',
            message:
              'Fingerprint lists more than 150 webhooks for account "fingerprint", the most that the gateway reads of one list. To raise the limit, set HOOKQL_MAX_LIST_ITEMS.',
          },
        },
      ],
    })
    expect(standIn.calls).toHaveLength(2)
  })

  it.each([1, 2])('leaves out what is listed twice under one ID with other values, on %i pages', async (pages) => {
    const { standIn, ask } = await open('fingerprint', { items: 100_000, bytes: 1e9 })
    const read = (page: string) => (JSON.parse(page) as { readonly data: readonly object[] }).data
    const [first = {}, second = {}] = read(toPage(0, 2, null))
    const other = { ...first, description: 'Other' }
    const lists =
      pages === 1
        ? [[first, second, second, other, first]]
        : [
            [first, second],
            [second, other, first],
          ]
    for (const [index, data] of lists.entries()) {
      const next_cursor = index + 1 < pages ? 'next' : null
      standIn.fail({ status: 200, body: JSON.stringify({ data, metadata: { pagination: { next_cursor } } }) })
    }
    const { data } = await ask('{ webhooks { complete nodes { upstreamId } sources { state count error { message } } } }')
    const message = expect.stringContaining('1 of 2 webhooks could not be read')
    expect(data.webhooks).toMatchObject({ nodes: [{ upstreamId: 'wh_1' }], complete: false })
    expect(data.webhooks.sources).toMatchObject([{ state: 'TRUNCATED', count: 1, error: { message } }])
  })

  it('leaves out up to 1,000 unreadable webhooks of one answer', async () => {
    const { standIn, read } = await open('fingerprint', { items: 100_000, bytes: 1e9 })
    standIn.fail({ status: 200, body: spoilPage(toPage(0, 1_003, null), 1_000) })
    const message = expect.stringContaining('1000 of 1003 webhooks could not be read')
    expect((await read()).sources).toMatchObject([{ state: 'TRUNCATED', count: 3, error: { message } }])
  })

  it('gives up an answer with more of them, and keeps what it has read before', async () => {
    const { standIn, read } = await open('fingerprint', { items: 100_000, bytes: 1e9 })
    const error = { __typename: 'UpstreamContractError', message: expect.stringContaining('does not match its documentation') }
    const spoiled = spoilPage(toPage(100, 1_004, 'c1'), 1_001)
    standIn.fail({ status: 200, body: spoiled })
    expect((await read()).sources).toEqual([{ state: 'FAILED', count: 0, error }])
    for (const body of [toPage(0, 100, 'c0'), spoiled]) standIn.fail({ status: 200, body })
    expect((await read()).sources).toEqual([{ state: 'TRUNCATED', count: 100, error }])
  })

  it('is complete when it has exactly as many as are read', async () => {
    const { standIn, read } = await open('fingerprint', { items: 100, bytes: 1e9 })
    standIn.fail({ status: 200, body: toPage(0, 100, null) })
    expect(await read()).toMatchObject({ complete: true, totalCount: 100 })
  })

  it('is read no further once its pages have so many bytes, in UTF-8', async () => {
    const { standIn, read } = await open('fingerprint', { items: 1e6, bytes: 250_000 })
    for (let page = 0; page < 50; page += 1) standIn.fail({ status: 200, body: toPage(page, 1, `c${page}`, 100_000) })
    const { sources } = await read()
    expect(sources).toMatchObject([
      { state: 'TRUNCATED', count: 3, error: { message: expect.stringMatching(/250000 bytes .*HOOKQL_MAX_LIST_BYTES/) } },
    ])
    expect(standIn.calls).toHaveLength(3)
  })

  it('is read for a thousand pages, however little is on them', async () => {
    const { standIn, read } = await open('fingerprint', { items: 1e6, bytes: 1e9 }, 150_000)
    for (let page = 0; page < 1_010; page += 1) standIn.fail({ status: 200, body: toPage(page, page === 0 ? 1 : 0, `c${page}`) })
    const { sources } = await read()
    expect(sources).toMatchObject([
      { state: 'TRUNCATED', count: 1, error: { message: expect.stringContaining('did not end after 1000 pages') } },
    ])
    expect(standIn.calls).toHaveLength(1_000)
  })

  it('is measured for each reader, who may share its pages', async () => {
    const { standIn, ask } = await open('fingerprint', { items: 1e6, bytes: 150_000 })
    for (let page = 0; page < 2; page += 1) standIn.fail({ status: 200, body: toPage(page, 1, page === 0 ? 'c' : null, 100_000) })
    const answers = await Promise.all([ask(query), ask(query)])
    expect(answers.map(({ data }) => data.webhooks.complete)).toEqual([true, true])
  })

  it('in one answer is cut too', async () => {
    const { standIn, ask, read } = await open('verifik', { items: 3, bytes: 1e9 })
    const create = 'mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { __typename } }'
    for (let count = 0; count < 4; count += 1) {
      await ask(create, { input: { account: 'verifik', name: `Webhook ${count}`, url: `https://hooks.acme.test/${count}` } })
    }
    expect(await read()).toMatchObject({ sources: [{ state: 'TRUNCATED', count: 3 }] })
    expect(standIn.calls.length).toBeGreaterThan(4)
  })
})

describe('deliveries', () => {
  it('that are more than are read fail with the reason', async () => {
    const { standIn, ask } = await open('baanx', { items: 3, bytes: 1e9 })
    const create = `mutation { createWebhook(input: { account: "baanx", name: "x", url: "https://hooks.acme.test", eventTypes: ["*"] }) {
      ... on CreateWebhookSuccess { webhook { upstreamId } } } }`
    const { upstreamId } = (await ask(create)).data.createWebhook.webhook
    const logs = Array.from({ length: 4 }, (_, index) => ({
      id: `log_${index}`,
      eventId: `evt_${index}`,
      attemptNumber: 1,
      deliveryStatus: 'success',
      createdAt: '2026-01-05T09:00:00Z',
    }))
    standIn.fail({ path: '/logs', status: 200, body: JSON.stringify({ logs }) })
    const id = formatId({ kind: 'webhook', slug: 'baanx', upstreamId })
    const { data } = await ask(`{ webhook(id: "${id}") { ... on Webhook { deliveries { error { __typename message } } } } }`)
    expect(data.webhook.deliveries.error).toMatchObject({
      __typename: 'UpstreamContractError',
      message: expect.stringMatching(/more than 3 deliveries.*HOOKQL_MAX_LIST_ITEMS/),
    })
  })
})
