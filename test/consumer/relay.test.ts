import {
  commitMutation,
  createOperationDescriptor,
  type Environment,
  fetchQuery,
  getRequest,
  type GraphQLTaggedNode,
  type MutationParameters,
  Store,
} from 'relay-runtime'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { relayCreateMutation } from './relay/__generated__/relayCreateMutation.graphql.ts'
import type { relayDeleteMutation } from './relay/__generated__/relayDeleteMutation.graphql.ts'
import type { relayDeliveriesQuery } from './relay/__generated__/relayDeliveriesQuery.graphql.ts'
import type { relayWebhooksQuery } from './relay/__generated__/relayWebhooksQuery.graphql.ts'
import { createEnvironment, createMutation, deleteMutation, deliveriesQuery, webhooksQuery } from './relay/relay.ts'
import { type SandboxGateway, serve, startSandboxGateway } from './gateways.ts'

const first = 5

/** Reads a page, which Relay puts behind those that its store has; resolves to them all. */
async function readPage(environment: Environment, after: string | null = null) {
  const page = await fetchQuery<relayWebhooksQuery>(environment, webhooksQuery, { first, after }).toPromise()
  if (page === undefined) throw new Error('There is no answer.')
  return page.webhooks
}

/** What a component that shows the list would show now. */
function readStore(environment: Environment): relayWebhooksQuery['response']['webhooks'] {
  const operation = createOperationDescriptor(getRequest(webhooksQuery), { first, after: null })
  return (environment.lookup(operation.fragment).data as relayWebhooksQuery['response']).webhooks
}

const toIds = ({ edges }: relayWebhooksQuery['response']['webhooks']) => edges.map(({ node }) => node.id)

function commit<Operation extends MutationParameters>(
  environment: Environment,
  mutation: GraphQLTaggedNode,
  variables: Operation['variables'],
): Promise<Operation['response']> {
  return new Promise((onCompleted, onError) => {
    commitMutation<Operation>(environment, { mutation, variables, onCompleted, onError })
  })
}

describe("Relay's store", () => {
  let gateway: SandboxGateway
  beforeAll(async () => {
    gateway = await startSandboxGateway()
  })
  afterAll(() => gateway.stop())

  it('puts every page of webhooks behind the one before', async () => {
    const environment = createEnvironment(gateway.url, gateway.apiKey)
    let list = await readPage(environment)
    expect(list.edges).toHaveLength(first)
    while (list.pageInfo.hasNextPage) list = await readPage(environment, list.pageInfo.endCursor ?? null)
    expect(toIds(readStore(environment))).toEqual(await gateway.listIds())
  })

  it('puts every page of deliveries behind the one before', async () => {
    const { id, deliveryIds } = await gateway.findDeliveries()
    const environment = createEnvironment(gateway.url, gateway.apiKey)
    const read = async (after: string | null) => {
      const variables = { id, first: 2, after }
      const page = await fetchQuery<relayDeliveriesQuery>(environment, deliveriesQuery, variables).toPromise()
      return page?.node?.deliveries
    }
    let list = await read(null)
    expect(list?.edges).toHaveLength(2)
    while (list?.pageInfo.hasNextPage) list = await read(list.pageInfo.endCursor ?? null)
    expect(list?.edges.map(({ node }) => node.id)).toEqual(deliveryIds)
    expect(list?.error).toBeNull()
  })

  it('has why deliveries could not be read', async () => {
    const query = '{ webhooks(first: 1, filter: { providers: [VERIFIK] }) { nodes { id } } }'
    const { data } = await gateway.ask(query, {}, { authorization: `Bearer ${gateway.apiKey}` })
    const variables = { id: data.webhooks.nodes[0].id, first: 2 }
    const environment = createEnvironment(gateway.url, gateway.apiKey)
    const page = await fetchQuery<relayDeliveriesQuery>(environment, deliveriesQuery, variables).toPromise()
    expect(page?.node?.deliveries).toMatchObject({
      edges: [],
      error: { message: expect.stringContaining('no delivery log') },
    })
  })

  it('gains the edge of a webhook that is created, and loses that of one that is deleted', async () => {
    const environment = createEnvironment(gateway.url, gateway.apiKey)
    const before = await readPage(environment)
    const connections = [before.__id]
    const input = { account: 'verifik', name: 'From Relay', url: 'https://hooks.acme.test/relay' }
    const { createWebhook } = await commit<relayCreateMutation>(environment, createMutation, { input, connections })
    expect(createWebhook.signingSecret).toEqual(expect.any(String))
    expect(readStore(environment).edges[0]?.node).toMatchObject({ id: createWebhook.webhook?.id, name: 'From Relay' })
    expect(toIds(readStore(environment))).toEqual((await gateway.listIds()).slice(0, first + 1))
    const [, id = ''] = toIds(before)
    const { deleteWebhook } = await commit<relayDeleteMutation>(environment, deleteMutation, { input: { id }, connections })
    expect(deleteWebhook.deletedId).toBe(id)
    expect(toIds(readStore(environment))).toEqual((await gateway.listIds()).slice(0, first))
  })

  it('forgets a signing secret with the next garbage collection', async () => {
    const environment = createEnvironment(gateway.url, gateway.apiKey)
    const input = { account: 'baanx', name: 'Secret', url: 'https://hooks.acme.test/secret', eventTypes: ['card.*'] }
    const variables = { input, connections: [] }
    const { createWebhook } = await commit<relayCreateMutation>(environment, createMutation, variables)
    const secret = createWebhook.signingSecret ?? 'none'
    const readAll = () => JSON.stringify(environment.getStore().getSource().toJSON())
    expect(readAll()).toContain(secret)
    const store = environment.getStore()
    if (store instanceof Store) store.scheduleGC()
    await expect.poll(readAll).not.toContain(secret)
  })

  it.each([
    ['was only tried', { validateOnly: true }],
    ['came to an error', { id: 'none' }],
  ])('keeps its edges where a delete %s', async (_, change) => {
    const environment = createEnvironment(gateway.url, gateway.apiKey)
    const before = await readPage(environment)
    const [id = ''] = toIds(before)
    const variables = { input: { id, ...change }, connections: [before.__id] }
    const { deleteWebhook } = await commit<relayDeleteMutation>(environment, deleteMutation, variables)
    expect(deleteWebhook.deletedId).toBeUndefined()
    expect(readStore(environment)).toEqual(before)
  })

  it('reads an error that it was not built with', async () => {
    const message = 'The quota is used up.'
    const newcomer = { __typename: 'QuotaError', __isWebhookError: 'QuotaError', message }
    const environment = createEnvironment(await serve({ data: { deleteWebhook: newcomer } }), 'none')
    const variables = { input: { id: '1' }, connections: [] }
    const { deleteWebhook } = await commit<relayDeleteMutation>(environment, deleteMutation, variables)
    expect(deleteWebhook.message).toBe(message)
  })
})

describe("Relay's types", () => {
  const common = { account: 'baanx', name: 'Typed', url: 'https://hooks.acme.test/typed' }
  type Input = relayCreateMutation['variables']['input']

  // The type check is the test: each line below an expected error must be one.
  it('take the options of exactly one provider', () => {
    const one: Input = { ...common, options: { baanx: { metadata: { any: ['JSON', 1, null] } } } }
    // @ts-expect-error two keys of a @oneOf input
    const two: Input = { ...common, options: { baanx: {}, verifik: {} } }
    // @ts-expect-error no key of a @oneOf input
    const none: Input = { ...common, options: {} }
    expect([one, two, none].map(({ options }) => Object.keys(options ?? {}).length)).toEqual([1, 2, 0])
  })
})
