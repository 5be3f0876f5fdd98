import type { ApolloClient } from '@apollo/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createApolloClient, deleteWebhook } from './apollo.ts'
import { AccountWebhooksDocument, DeliveriesDocument, WebhooksDocument, type WebhooksQuery } from './generated/cached/graphql.ts'
import { type SandboxGateway, serve, startSandboxGateway } from './gateways.ts'

const page = { query: WebhooksDocument, variables: { first: 5 } }
const toIds = (data: WebhooksQuery | null) => data?.webhooks.edges.map(({ node }) => node.id)

/** What a component that shows the list would show now. */
const readCache = (client: ApolloClient) => client.cache.readQuery(page)

describe("Apollo Client's cache", () => {
  let gateway: SandboxGateway
  beforeAll(async () => {
    gateway = await startSandboxGateway()
  })
  afterAll(() => gateway.stop())

  it('puts every page of webhooks behind the one before', async () => {
    const client = createApolloClient(gateway.url, gateway.apiKey)
    const list = client.watchQuery(page)
    list.subscribe({})
    await client.query(page)
    expect(readCache(client)?.webhooks.edges).toHaveLength(page.variables.first)
    while (readCache(client)?.webhooks.pageInfo.hasNextPage) {
      await list.fetchMore({ variables: { after: readCache(client)?.webhooks.pageInfo.endCursor ?? null } })
    }
    expect(toIds(readCache(client))).toEqual(await gateway.listIds())
  })

  it("puts every page of an account's webhooks behind the one before", async () => {
    const client = createApolloClient(gateway.url, gateway.apiKey)
    const options = { query: AccountWebhooksDocument, variables: { slug: 'encrata', first: 2 } }
    const list = client.watchQuery(options)
    list.subscribe({})
    await client.query(options)
    const read = () => client.cache.readQuery(options)?.account?.webhooks
    while (read()?.pageInfo.hasNextPage) await list.fetchMore({ variables: { after: read()?.pageInfo.endCursor ?? null } })
    expect(read()?.edges.map(({ node }) => node.id)).toEqual(await gateway.listIds('encrata'))
  })

  it('puts every page of deliveries behind the one before', async () => {
    const { id, deliveryIds } = await gateway.findDeliveries()
    const client = createApolloClient(gateway.url, gateway.apiKey)
    const options = { query: DeliveriesDocument, variables: { id, first: 2 } }
    const list = client.watchQuery(options)
    list.subscribe({})
    await client.query(options)
    const read = () => {
      const node = client.cache.readQuery(options)?.node
      return node && 'deliveries' in node ? node.deliveries : undefined
    }
    expect(read()?.edges).toHaveLength(2)
    while (read()?.pageInfo.hasNextPage) await list.fetchMore({ variables: { after: read()?.pageInfo.endCursor ?? null } })
    expect(read()?.edges.map(({ node }) => node.id)).toEqual(deliveryIds)
  })

  it('loses a webhook that is deleted, from the list too', async () => {
    const client = createApolloClient(gateway.url, gateway.apiKey)
    const { data: before = null } = await client.query(page)
    const [, id = ''] = toIds(before) ?? []
    const { data } = await deleteWebhook(client, { id })
    expect(data?.deleteWebhook).toMatchObject({ deletedId: id })
    const left = await gateway.listIds()
    expect(left).not.toContain(id)
    expect(toIds(readCache(client))).toEqual(left.slice(0, page.variables.first - 1))
    expect(client.cache.extract()).not.toHaveProperty(id)
  })

  it.each([
    ['was only tried', { validateOnly: true }],
    ['came to an error', { id: 'none' }],
  ])('keeps what it has where a delete %s', async (_, change) => {
    const client = createApolloClient(gateway.url, gateway.apiKey)
    const { data: before = null } = await client.query(page)
    const [id = ''] = toIds(before) ?? []
    await deleteWebhook(client, { id, ...change })
    expect(readCache(client)).toEqual(before)
  })

  it('reads an error that it was not built with', async () => {
    const newcomer = { __typename: 'QuotaError', message: 'The quota is used up.', retry: 'SAFE_AFTER_DELAY' }
    const client = createApolloClient(await serve({ data: { deleteWebhook: newcomer } }), 'none')
    expect((await deleteWebhook(client, { id: '1' })).data?.deleteWebhook).toEqual(newcomer)
  })
})
