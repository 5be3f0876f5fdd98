import { describe, expect, it } from 'vitest'
import { formatId } from '../../src/id.ts'
import { verifik } from '../../src/providers/verifik/index.ts'
import type { StandIn, StandInCall } from '../../src/sandbox/server.ts'
import { openGateway, toAccount } from '../helpers/gateway.ts'
import { openStandIn, repeatCall } from '../helpers/stand-in.ts'

// Lists whose pages are known by their numbers: Verifik's, with a total (variant B) and without (variant A).

const create = `mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { __typename
  ... on CreateWebhookSuccess { webhook { id upstreamId } } ... on WebhookError { message }
  ... on OutcomeUnknownError { candidates { id } } } }`
const list =
  '{ webhooks { complete totalCount nodes { name } sources { state count unreadableIds error { __typename retry message } } } }'

interface Made {
  readonly id: string
  readonly upstreamId: string
}

/** A stand-in with so many webhooks, two on a page, and the gateway before it. */
async function open(variant: string, count: number, mostPerPage = 2) {
  const standIn = await openStandIn(verifik, { variant, mostPerPage })
  const { ask } = openGateway({ accounts: [toAccount(verifik, standIn)], providers: [verifik] })
  const made: Made[] = []
  for (let index = 0; index < count; index += 1) {
    const input = { account: 'verifik', name: `Webhook ${index}`, url: `https://hooks.acme.test/${index}` }
    made.push((await ask(create, { input })).data.createWebhook.webhook)
  }
  standIn.forgetCalls()
  return {
    standIn,
    ask,
    made,
    read: async () => (await ask(list)).data.webhooks,
    /** Has somebody else delete this webhook, once this page has been read. */
    deleteAfter(page: number, index: number) {
      const meanwhile = { method: 'DELETE', path: `/v2/webhooks/${made[index]?.upstreamId}` }
      standIn.fail({ effect: 'READ', path: `page=${page}&`, when: 'after', meanwhile })
    },
  }
}

function getCall({ calls }: StandIn, part: string): StandInCall {
  const call = calls.find(({ path }) => path.includes(part))
  if (call === undefined) throw new Error(`There is no call with ${part}.`)
  return call
}

const toNames = (nodes: readonly { readonly name: string }[]) => nodes.map(({ name }) => name).toSorted()
const named = (...numbers: readonly number[]) => numbers.map((number) => `Webhook ${number}`)

describe.each(['A', 'B'])('a list of variant %s', (variant) => {
  it.each([1, 2])('is read again when a webhook of page %i is deleted before the next page', async (page) => {
    const { read, deleteAfter } = await open(variant, 7)
    deleteAfter(page, 0)
    const { complete, totalCount, nodes, sources } = await read()
    expect(toNames(nodes)).toEqual(named(1, 2, 3, 4, 5, 6))
    expect({ complete, totalCount, sources }).toMatchObject({ complete: true, totalCount: 6, sources: [{ state: 'COMPLETE' }] })
  })

  it('is read again when so many are deleted that one page is left, which looks as if it were not full', async () => {
    const { read, deleteAfter } = await open(variant, 3)
    deleteAfter(1, 0)
    const { complete, nodes } = await read()
    expect({ complete, names: toNames(nodes) }).toEqual({ complete: true, names: named(1, 2) })
  })

  it('that changes each time it is read is TRUNCATED, says why, and tells no total', async () => {
    const { read, deleteAfter, standIn } = await open(variant, 9)
    for (const index of [0, 1, 2, 3, 4, 5]) deleteAfter(1, index)
    const { complete, totalCount, sources } = await read()
    const message = expect.stringMatching(/for account "verifik" changed during each of 3 reads.*Query the list again/)
    expect({ complete, totalCount }).toEqual({ complete: false, totalCount: null })
    expect(sources).toMatchObject([{ state: 'TRUNCATED', error: { __typename: 'UpstreamContractError', message } }])
    const first = ({ path }: { readonly path: string }) => path.includes('page=1&')
    // Without a total, each reading looks at its pages twice.
    expect(standIn.calls.filter(first)).toHaveLength(variant === 'B' ? 3 : 6)
  })

  it('keeps what it has read when it cannot be read again', async () => {
    const { read, deleteAfter, standIn } = await open(variant, 5)
    deleteAfter(1, 0)
    standIn.fail({ effect: 'READ', path: variant === 'B' ? 'page=3&' : 'page=4&', when: 'after' })
    standIn.fail({ effect: 'READ', path: 'page=2&', when: 'after' })
    if (variant === 'A') standIn.fail({ effect: 'READ', path: 'page=1&' })
    standIn.fail({ effect: 'READ', path: 'page=1&', status: 500, times: 9 })
    const { nodes, sources } = await read()
    expect(sources).toMatchObject([{ state: 'TRUNCATED', error: { message: expect.stringMatching(/changed during each of/) } }])
    expect(toNames(nodes)).toEqual(named(0, 1, 3, 4))
  })

  it.each([1, 2, 3, 10])('is read whole where the provider gives %i on a page, however many it is asked for', async (most) => {
    const { read } = await open(variant, 5, most)
    const { complete, totalCount, nodes } = await read()
    expect({ complete, totalCount, names: toNames(nodes) }).toEqual({
      complete: true,
      totalCount: 5,
      names: named(0, 1, 2, 3, 4),
    })
  })

  it('that is not read whole has a create without an answer name no candidates', async () => {
    const { ask, made, deleteAfter, standIn } = await open(variant, 9)
    for (const index of [0, 1, 2, 3, 4, 5]) deleteAfter(1, index)
    standIn.fail({ method: 'POST', cut: 'connection', when: 'before' })
    // A secret of the caller's proves nothing.
    const secret = { options: { verifik: { secret: 'chosen-by-the-caller' } } }
    const input = { account: 'verifik', name: 'Another', url: 'https://hooks.acme.test/8', ...secret }
    const { data } = await ask(create, { input })
    expect(made).toHaveLength(9)
    expect(data.createWebhook).toMatchObject({
      __typename: 'OutcomeUnknownError',
      candidates: [],
      message: expect.stringMatching(/could not be listed in full/),
    })
  })
})

describe('a list without a total', () => {
  /** The first page of a provider that takes no notice of the number of a page. */
  async function openUnpaged(count: number) {
    const opened = await open('A', 1)
    await opened.read()
    const { data } = (await repeatCall(opened.standIn, getCall(opened.standIn, 'page=1&'))) as { data: readonly object[] }
    const body = JSON.stringify({ data: Array.from({ length: count }, (_, index) => ({ ...data[0], _id: `w${index}` })) })
    opened.standIn.fail({ effect: 'READ', path: 'page=', status: 200, body, times: 99 })
    opened.standIn.forgetCalls()
    return opened
  }

  it('is not complete where a full page 1 comes again as page 2: there may be more', async () => {
    const { ask, read, standIn } = await openUnpaged(100)
    const message = expect.stringMatching(/page 2 of the list repeats the full page 1.*may be missing/)
    expect(await read()).toMatchObject({
      complete: false,
      totalCount: null,
      sources: [{ state: 'TRUNCATED', count: 100, error: { __typename: 'UpstreamContractError', message } }],
    })
    // To read it again tells nothing new.
    expect(standIn.calls).toHaveLength(2)
    standIn.fail({ method: 'POST', cut: 'connection', when: 'before' })
    const input = { account: 'verifik', name: 'Webhook 2', url: 'https://hooks.acme.test/2' }
    expect((await ask(create, { input })).data.createWebhook).toMatchObject({ candidates: [] })
  })

  it('is complete where all are on the page that always comes, which is not full', async () => {
    const { read } = await openUnpaged(99)
    expect(await read()).toMatchObject({ complete: true, totalCount: 99 })
  })

  it('is complete where a later page is the one before it again', async () => {
    const { read, standIn } = await open('A', 3)
    await read()
    const last = await repeatCall(standIn, getCall(standIn, 'page=2&'))
    standIn.fail({ effect: 'READ', path: 'page=3&', status: 200, body: JSON.stringify(last), times: 2 })
    expect(await read()).toMatchObject({ complete: true, totalCount: 3 })
  })
})

describe('a total', () => {
  it('that is wrong makes the list TRUNCATED, after it was read three times', async () => {
    const { read, standIn } = await open('B', 0)
    const body = JSON.stringify({ success: true, data: [], pagination: { page: 1, limit: 100, total: 3, pages: 1 } })
    standIn.fail({ effect: 'READ', status: 200, body, times: 9 })
    const message = expect.stringContaining('the total is 3, but 0 were listed')
    expect(await read()).toMatchObject({ complete: false, totalCount: null, sources: [{ count: 0, error: { message } }] })
    expect(standIn.calls).toHaveLength(3)
  })

  it('counts webhooks that cannot be read', async () => {
    const { read, standIn, made } = await open('B', 3, 100)
    const broken = { _id: 'broken', url: 7 }
    const pagination = { page: 1, limit: 100, total: 3, pages: 1 }
    const body = JSON.stringify({ success: true, data: [broken, broken, { url: 8 }, { url: 9 }], pagination })
    standIn.fail({ effect: 'READ', status: 200, body })
    const unreadableIds = [formatId({ kind: 'webhook', slug: 'verifik', upstreamId: 'broken' })]
    const message = expect.stringContaining('3 of 3 webhooks could not be read')
    expect(await read()).toMatchObject({ sources: [{ count: 0, unreadableIds, error: { message } }] })
    expect(standIn.calls).toHaveLength(1)
    expect(made).toHaveLength(3)
  })
})

describe('a webhook beside another one', () => {
  const both = `query ($a: ID!, $b: ID!) { a: webhook(id: $a) { ... on Webhook { name } ... on WebhookError { __typename } }
    b: webhook(id: $b) { ... on Webhook { name } ... on WebhookError { __typename } } nodes(ids: [$a, $b]) { id } }`

  it('that the list misses is got before anybody says that it is not there', async () => {
    const { ask, made, standIn } = await open('A', 2, 100)
    standIn.fail({ effect: 'READ', path: 'page=', status: 200, body: '{ "data": [] }', times: 9 })
    const [a, b] = made.map(({ id }) => id)
    const { data } = await ask(both, { a, b })
    expect(data).toEqual({ a: { name: 'Webhook 0' }, b: { name: 'Webhook 1' }, nodes: [{ id: a }, { id: b }] })
  })

  it('that is not there is looked for once, whoever asks', async () => {
    const { ask, made, standIn } = await open('B', 1, 100)
    const b = formatId({ kind: 'webhook', slug: 'verifik', upstreamId: 'absent' })
    const { data } = await ask(both, { a: made[0]?.id, b })
    expect(data).toEqual({ a: { name: 'Webhook 0' }, b: { __typename: 'NotFoundError' }, nodes: [{ id: made[0]?.id }, null] })
    expect(standIn.calls.map(({ path }) => path.replace(/\?.*/, ''))).toEqual(['/v2/webhooks', '/v2/webhooks/absent'])
  })

  it('is got too where the list was not read whole', async () => {
    const { ask, made, standIn } = await open('B', 4)
    standIn.fail({ effect: 'READ', path: 'page=2&', status: 500 })
    const { data } = await ask(both, { a: made[0]?.id, b: made[3]?.id })
    expect(data).toMatchObject({ a: { name: 'Webhook 0' }, b: { name: 'Webhook 3' } })
  })
})
