import { Client, fetchExchange } from '@urql/core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import {
  AccountWebhooksDocument,
  DeleteWebhookDocument,
  DeliveriesDocument,
  WebhooksDocument,
  type WebhooksQuery,
} from './generated/cached/graphql.ts'
import { type SandboxGateway, startSandboxGateway } from './gateways.ts'
import { createUrqlClient } from './urql.ts'

const first = 5
const toIds = (data: WebhooksQuery | undefined) => data?.webhooks.edges.map(({ node }) => node.id)

async function readPage(client: Client, after: string | null = null) {
  const { data, error } = await client.query(WebhooksDocument, { first, after }).toPromise()
  if (data === undefined) throw error ?? new Error('There is no answer.')
  return data
}

async function readDeliveries(client: Client, id: string, after: string | null = null) {
  const { data, error } = await client.query(DeliveriesDocument, { id, first: 2, after }).toPromise()
  if (!data?.node || !('deliveries' in data.node)) throw error ?? new Error('There is no answer.')
  return data.node.deliveries
}

describe("urql's graphcache", () => {
  let gateway: SandboxGateway
  beforeAll(async () => {
    gateway = await startSandboxGateway()
  })
  afterAll(() => gateway.stop())

  it('puts every page of webhooks behind the one before, and warns of nothing', async () => {
    const warn = vi.spyOn(console, 'warn')
    onTestFinished(() => warn.mockRestore())
    const client = createUrqlClient(gateway.url, gateway.apiKey)
    let list = await readPage(client)
    expect(list.webhooks.edges).toHaveLength(first)
    while (list.webhooks.pageInfo.hasNextPage) list = await readPage(client, list.webhooks.pageInfo.endCursor)
    expect(toIds(list)).toEqual(await gateway.listIds())
    expect(list.webhooks.sources).toHaveLength(3)
    expect(warn).not.toHaveBeenCalled()
  })

  it("puts every page of an account's webhooks behind the one before", async () => {
    const client = createUrqlClient(gateway.url, gateway.apiKey)
    const read = async (after: string | null) => {
      const { data } = await client.query(AccountWebhooksDocument, { slug: 'encrata', first: 2, after }).toPromise()
      return data?.account?.webhooks
    }
    let list = await read(null)
    while (list?.pageInfo.hasNextPage) list = await read(list.pageInfo.endCursor)
    expect(list?.edges.map(({ node }) => node.id)).toEqual(await gateway.listIds('encrata'))
  })

  it('puts every page of deliveries behind the one before, and warns of nothing', async () => {
    const warn = vi.spyOn(console, 'warn')
    onTestFinished(() => warn.mockRestore())
    const { id, deliveryIds } = await gateway.findDeliveries()
    const client = createUrqlClient(gateway.url, gateway.apiKey)
    let list = await readDeliveries(client, id)
    expect(list.edges).toHaveLength(2)
    while (list.pageInfo.hasNextPage) list = await readDeliveries(client, id, list.pageInfo.endCursor)
    expect(list.edges.map(({ node }) => node.id)).toEqual(deliveryIds)
    expect(warn).not.toHaveBeenCalled()
  })

  it('reads a list again when a webhook of it is deleted', async () => {
    const client = createUrqlClient(gateway.url, gateway.apiKey)
    const shown: unknown[] = []
    const { unsubscribe } = client.query(WebhooksDocument, { first }).subscribe(({ data }) => shown.push(toIds(data)))
    onTestFinished(unsubscribe)
    const [, id = ''] = toIds(await readPage(client)) ?? []
    const { data } = await client.mutation(DeleteWebhookDocument, { input: { id } }).toPromise()
    expect(data?.deleteWebhook).toEqual({ __typename: 'DeleteWebhookSuccess', deletedId: id })
    const left = await gateway.listIds()
    expect(left).not.toContain(id)
    await expect.poll(() => shown.at(-1)).toEqual(left.slice(0, first))
  })

  it.each([
    ['was only tried', { validateOnly: true }],
    ['came to an error', { id: 'none' }],
  ])('keeps what it has where a delete %s', async (_, change) => {
    const client = createUrqlClient(gateway.url, gateway.apiKey)
    const before = await readPage(client)
    const [id = ''] = toIds(before) ?? []
    await client.mutation(DeleteWebhookDocument, { input: { id, ...change } }).toPromise()
    const { data } = await client.query(WebhooksDocument, { first, after: null }, { requestPolicy: 'cache-only' }).toPromise()
    expect(data).toEqual(before)
  })

  it('is told to send POST where it was not told itself', async () => {
    const fetchOptions = { headers: { authorization: `Bearer ${gateway.apiKey}` } }
    const client = new Client({ url: gateway.url, fetchOptions, exchanges: [fetchExchange] })
    const { error } = await client.query(WebhooksDocument, { first }).toPromise()
    expect(error?.message).toContain('Use POST with a JSON body')
  })
})
