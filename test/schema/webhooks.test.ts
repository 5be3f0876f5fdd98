import { describe, expect, it } from 'vitest'
import { mapBatches } from '../../src/provider/answers.ts'
import { providers } from '../../src/providers/index.ts'
import type { Provider } from '../../src/provider/provider.ts'
import { type Answer, openGateway, toAccount } from '../helpers/gateway.ts'
import { openStandIn, repeatCreates } from '../helpers/stand-in.ts'

/** All providers, seeded; the stand-ins by the name of their provider. */
async function open(timeoutMs?: number) {
  const standIns = new Map(
    await Promise.all(providers.map(async (each) => [each.name, await openStandIn(each, { seeded: true })] as const)),
  )
  const accounts = providers.map((each) => toAccount(each, getStandIn(each.name)))
  const { ask } = openGateway({ accounts, ...(timeoutMs !== undefined && { timeoutMs }) })
  const countCalls = () => [...standIns.values()].reduce((sum, { calls }) => sum + calls.length, 0)
  return { ask, getStandIn, countCalls }

  function getStandIn(name: string) {
    const standIn = standIns.get(name)
    if (standIn === undefined) throw new Error(`There is no stand-in ${name}.`)
    return standIn
  }
}

const fields = `totalCount complete nodes { id name url status createdAt account { slug } }
  sources { account { slug } state count error { __typename code retry upstream { status attempts } } }
  pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor node { id } }`
const list = `query ($first: Int, $last: Int, $after: String, $before: String, $filter: WebhookFilter, $orderBy: WebhookOrder) {
  webhooks(first: $first, last: $last, after: $after, before: $before, filter: $filter, orderBy: $orderBy) { ${fields} }
}`

describe('webhooks', () => {
  it('merges all accounts, newest first, at one call per account', async () => {
    const { ask, countCalls } = await open()
    const { data, errors } = await ask(list)
    expect(errors).toBeUndefined()
    const { nodes, totalCount, complete, sources, edges } = data.webhooks
    expect({ totalCount, complete }).toEqual({ totalCount: nodes.length, complete: true })
    expect(sources.map(({ account, state }: { account: { slug: string }; state: string }) => [account.slug, state])).toEqual(
      providers.map(({ name }) => [name, 'COMPLETE']),
    )
    expect(sources.reduce((sum: number, { count }: { count: number }) => sum + count, 0)).toBe(totalCount)
    const times = nodes.map(({ createdAt }: { createdAt: string }) => createdAt)
    expect(times).toEqual(times.toSorted().toReversed())
    expect(edges.map(({ node }: { node: { id: string } }) => node.id)).toEqual(nodes.map(({ id }: { id: string }) => id))
    expect(countCalls()).toBe(providers.length)
  })

  it('gives the same webhooks page by page, forwards and backwards', async () => {
    const { ask } = await open()
    const orderBy = { field: 'NAME', direction: 'ASC' }
    const whole = (await ask(list, { orderBy })).data.webhooks.nodes.map(({ id }: { id: string }) => id)
    const forwards: string[] = []
    for (let after: string | null = null; ;) {
      const answer: Answer = await ask(list, { first: 4, after, orderBy })
      const { nodes, pageInfo } = answer.data.webhooks
      expect(pageInfo.hasPreviousPage).toBe(forwards.length > 0)
      forwards.push(...nodes.map(({ id }: { id: string }) => id))
      if (pageInfo.hasNextPage !== true) break
      after = pageInfo.endCursor
    }
    const backwards: string[] = []
    for (let before: string | null = null; ;) {
      const answer: Answer = await ask(list, { last: 4, before, orderBy })
      const { nodes, pageInfo } = answer.data.webhooks
      expect(pageInfo.hasNextPage).toBe(backwards.length > 0)
      backwards.unshift(...nodes.map(({ id }: { id: string }) => id))
      if (pageInfo.hasPreviousPage !== true) break
      before = pageInfo.startCursor
    }
    expect(forwards).toEqual(whole)
    expect(backwards).toEqual(whole)
  })

  it.each([{}, { field: null }, { direction: null }, { field: null, direction: null }])(
    'are newest first where the order leaves it open (%j)',
    async (orderBy) => {
      const { ask } = await open()
      const first = (await ask(list, { first: 2 })).data.webhooks
      const { nodes, pageInfo } = (await ask(list, { first: 2, orderBy })).data.webhooks
      expect(nodes).toEqual(first.nodes)
      // A cursor is good for the same order, however it is said.
      expect(pageInfo.endCursor).toBe(first.pageInfo.endCursor)
    },
  )

  it('tell what a provider has switched off from what its owner has', async () => {
    const encrata = providers.find(({ name }) => name === 'encrata')
    if (encrata === undefined || encrata.operations.LIST.support === 'UNSUPPORTED') throw new Error('There is no list.')
    const { LIST } = encrata.operations
    const suspending: Provider = {
      ...encrata,
      operations: {
        ...encrata.operations,
        LIST: {
          ...LIST,
          run: (api) => mapBatches(LIST.run(api), (webhook) => (webhook.enabled ? webhook : { ...webhook, status: 'SUSPENDED' })),
        },
      },
    }
    const standIn = await openStandIn(suspending, { seeded: true })
    const { ask } = openGateway({
      providers: providers.map((each) => (each === encrata ? suspending : each)),
      accounts: [toAccount(suspending, standIn)],
    })
    const statesOf = async (status: readonly string[]) => {
      const { nodes } = (await ask(list, { filter: { status } })).data.webhooks
      return new Set(nodes.map((webhook: { status: string }) => webhook.status))
    }
    expect(await statesOf(['SUSPENDED'])).toEqual(new Set(['SUSPENDED']))
    expect(await statesOf(['DISABLED'])).toEqual(new Set())
  })

  it('filters, and calls only the accounts that the filter selects', async () => {
    const { ask, countCalls } = await open()
    const { nodes, sources } = (
      await ask(list, { filter: { accounts: ['baanx', 'verifik'], providers: ['BAANX', 'ENCRATA'], status: ['DISABLED'] } })
    ).data.webhooks
    expect(sources).toMatchObject([{ account: { slug: 'baanx' }, count: 1 }])
    expect(nodes).toMatchObject([{ status: 'DISABLED', account: { slug: 'baanx' } }])
    expect(countCalls()).toBe(1)
  })

  it('finds by event type, patterns and webhooks without a filter included', async () => {
    const { ask } = await open()
    const { nodes } = (
      await ask(list, { filter: { eventType: 'card.activated', providers: ['BAANX', 'ENCRATA', 'FINGERPRINT', 'VERIFIK'] } })
    ).data.webhooks
    const slugs = new Set(nodes.map(({ account }: { account: { slug: string } }) => account.slug))
    expect(slugs).toEqual(new Set(['baanx', 'fingerprint']))
  })

  it.each(['complete', 'totalCount', 'sources { state }', 'pageInfo { hasNextPage }'])(
    'says of an empty page that nobody could be read: %s',
    async (selection) => {
      const { ask, getStandIn } = await open()
      for (const { name } of providers) getStandIn(name).fail({ status: 500, times: 9 })
      const { data } = await ask(`{ webhooks(first: 0) { ${selection} } }`)
      const failed = { complete: false, totalCount: null, sources: providers.map(() => ({ state: 'FAILED' })) }
      expect({ ...failed, pageInfo: { hasNextPage: false } }).toMatchObject(data.webhooks)
    },
  )

  it.each([
    '{ webhooks(first: 0) { totalCount } }',
    '{ webhooks(first: 0) { complete } }',
    '{ webhooks(last: 0) { pageInfo { hasPreviousPage } } }',
    '{ webhooks(first: 0) { ...S } } fragment S on WebhookConnection { all: sources { state } }',
  ])('reads the accounts for an empty page with %s', async (query) => {
    const { ask, countCalls } = await open()
    expect((await ask(query)).errors).toBeUndefined()
    expect(countCalls()).toBe(providers.length)
  })

  it('reads an account once, however many lists of one operation want it', async () => {
    const { ask, countCalls } = await open()
    await ask('{ a: webhooks { totalCount } b: webhooks(first: 1, filter: { accounts: ["baanx"] }) { totalCount } }')
    expect(countCalls()).toBe(providers.length)
  })

  const wrong: [string, Record<string, unknown>, RegExp][] = [
    ['first with last', { first: 1, last: 1 }, /not both/],
    ['a negative size', { first: -1 }, /first must be between 0 and 200, not -1/],
    ['a size over 200', { last: 201 }, /last must be between 0 and 200, not 201/],
    ['a garbled cursor', { after: 'garbled' }, /cursor in after/],
    ['a garbled cursor backwards', { last: 1, before: 'garbled' }, /cursor in before/],
    ['an unknown account', { filter: { accounts: ['nobody'] } }, /no account "nobody"\. Configured accounts: baanx/],
  ]
  it.each(wrong)('refuses %s with BAD_USER_INPUT before any call', async (_, variables, message) => {
    const { ask, countCalls } = await open()
    const own = list.replace('webhooks(', 'account(slug: "baanx") { webhooks(').replace(/\}$/, '} }')
    const [answer, below] = await Promise.all([ask(list, variables), ask(own, variables)])
    for (const { status, data, errors } of [answer, below]) {
      expect({ status, data }).toEqual({ status: 400, data: undefined })
      expect(errors).toMatchObject([{ message: expect.stringMatching(message), extensions: { code: 'BAD_USER_INPUT' } }])
    }
    expect(countCalls()).toBe(0)
  })

  it('refuses a cursor of another order', async () => {
    const { ask } = await open()
    const { endCursor } = (await ask(list, { first: 1 })).data.webhooks.pageInfo
    const { errors } = await ask(list, { first: 1, after: endCursor, orderBy: { field: 'URL', direction: 'ASC' } })
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }])
  })
})

describe('a failing account', () => {
  const failures = [
    ['refused credentials', { status: 401, body: '' }, 'CredentialsRejectedError'],
    ['a server error', { status: 500, body: '' }, 'UpstreamUnavailableError'],
    ['a reset', { cut: 'connection' }, 'UpstreamUnavailableError'],
    ['HTML', { status: 200, body: '<html>' }, 'UpstreamContractError'],
    ['a wrong path', { status: 404, body: '{}' }, 'UpstreamContractError'],
  ] as const
  /** None, each one, all but each one, and all. */
  const subsets = [
    [],
    ...providers.map((each) => [each]),
    ...providers.map((each) => providers.filter((other) => other !== each)),
    providers,
  ].map((subset) => subset.map(({ name }) => name))

  it.each(failures)('with %s costs only its own webhooks, however many fail', async (_, fault, error) => {
    const { ask, getStandIn } = await open()
    const before: readonly { account: { slug: string } }[] = (await ask(list)).data.webhooks.nodes
    for (const failing of subsets) {
      for (const name of failing) getStandIn(name).fail(fault)
      const { data, errors } = await ask(list)
      expect(errors).toBeUndefined()
      const nodes = before.filter(({ account }) => !failing.includes(account.slug))
      expect(data.webhooks.nodes).toEqual(nodes)
      const complete = failing.length === 0
      expect(data.webhooks).toMatchObject({ complete, totalCount: complete ? nodes.length : null })
      expect(data.webhooks.sources).toMatchObject(
        providers.map(({ name }) =>
          failing.includes(name)
            ? { account: { slug: name }, state: 'FAILED', count: 0, error: { __typename: error } }
            : { account: { slug: name }, state: 'COMPLETE', error: null },
        ),
      )
    }
  })

  it('that hangs is cut off, and the others are there', async () => {
    const { ask, getStandIn } = await open(4_000)
    getStandIn('encrata').fail({ hang: true })
    const { data } = await ask(list)
    expect(data.webhooks).toMatchObject({ complete: false, totalCount: null })
    expect(data.webhooks.sources.map(({ state }: { state: string }) => state)).toEqual(
      providers.map(({ name }) => (name === 'encrata' ? 'FAILED' : 'COMPLETE')),
    )
  })

  it('in the middle of its pages is TRUNCATED and keeps what was read', async () => {
    const { ask, getStandIn } = await open()
    const create = 'mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { __typename } }'
    await ask(create, { input: { account: 'verifik', name: 'webhook-0', url: 'https://hooks.acme.test/0' } })
    await repeatCreates(getStandIn('verifik'), 109)
    getStandIn('verifik').fail({ path: 'page=2', status: 500, body: '' })
    const { data } = await ask(list, { filter: { accounts: ['verifik'] } })
    expect(data.webhooks).toMatchObject({
      complete: false,
      totalCount: null,
      sources: [{ state: 'TRUNCATED', count: 100, error: { code: 'UPSTREAM_UNAVAILABLE' } }],
    })
  })
})
