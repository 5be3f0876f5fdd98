import { describe, expect, it } from 'vitest'
import { createApiKey, hashApiKey } from '../../src/server/auth/api-key.ts'
import type { Scope } from '../../src/caller.ts'
import { formatId } from '../../src/id.ts'
import { baanx } from '../../src/providers/baanx/index.ts'
import { providers } from '../../src/providers/index.ts'
import type { ServerOptions } from '../../src/server/server.ts'
import { type Answer, openGateway, toAccount } from '../helpers/gateway.ts'
import { parcel } from '../helpers/parcel.ts'
import { openStandIn } from '../helpers/stand-in.ts'

async function open(server: Partial<ServerOptions> = {}) {
  const standIns = await Promise.all(providers.map((provider) => openStandIn(provider, { seeded: true })))
  const accounts = providers.flatMap((provider, index) => {
    const standIn = standIns[index]
    return standIn === undefined ? [] : [toAccount(provider, standIn), toAccount(provider, standIn, `${provider.name}-too`)]
  })
  const countCalls = () => standIns.reduce((sum, { calls }) => sum + calls.length, 0)
  return { ...openGateway({ accounts, server }), countCalls, slugs: accounts.map(({ slug }) => slug) }
}

function toAuth(scopes: readonly Scope[], accounts?: readonly string[]) {
  const key = createApiKey()
  const auth = { apiKeys: [{ name: 'one', sha256: hashApiKey(key), scopes, ...(accounts && { accounts }) }] }
  return { auth, headers: { authorization: `Bearer ${key}` } }
}

const page = `totalCount complete nodes { id name } edges { cursor } pageInfo { hasNextPage endCursor }
  sources { account { slug } state count }`
const ofAccount = `query ($slug: String!, $first: Int, $after: String, $filter: WebhookFilter, $orderBy: WebhookOrder) {
  account(slug: $slug) { webhooks(first: $first, after: $after, filter: $filter, orderBy: $orderBy) { ${page} } } }`
const ofAll = `query ($first: Int, $after: String, $filter: WebhookFilter, $orderBy: WebhookOrder) {
  webhooks(first: $first, after: $after, filter: $filter, orderBy: $orderBy) { ${page} } }`

describe('an account', () => {
  it('is found by its slug, without any call', async () => {
    const { ask, countCalls } = await open()
    const { data } = await ask(
      '{ account(slug: "encrata") { slug sandbox provider { name } } other: account(slug: "nobody") { id } }',
    )
    expect(data).toEqual({ account: { slug: 'encrata', sandbox: true, provider: { name: 'ENCRATA' } }, other: null })
    expect(countCalls()).toBe(0)
  })

  it('is null for a caller that may not see it', async () => {
    const { auth, headers } = toAuth(['webhooks:read'], ['baanx'])
    const { ask } = await open({ auth })
    const { data } = await ask('{ account(slug: "encrata") { slug } own: account(slug: "baanx") { slug } }', {}, headers)
    expect(data).toEqual({ account: null, own: { slug: 'baanx' } })
  })

  it('shows what it covers, and nothing where its credentials alone say that', async () => {
    const settings = { region: 'eu', team: 'acme' }
    const parcels = { slug: 'parcel', provider: 'parcel', sandbox: false, token: 'user:password', settings }
    const standIn = await openStandIn(baanx)
    const { ask } = openGateway({ providers: [baanx, parcel], accounts: [parcels, toAccount(baanx, standIn)] })
    const { data } = await ask('{ accounts { slug scope { name value } } }')
    expect(data.accounts).toEqual([
      {
        slug: 'parcel',
        scope: [
          { name: 'region', value: 'eu' },
          { name: 'team', value: 'acme' },
        ],
      },
      { slug: 'baanx', scope: [] },
    ])
  })
})

describe("an account's webhooks", () => {
  const create = (more: string) => `createWebhook(input: { account: "verifik", name: "N", url: "https://hooks.acme.test/n" }) {
    ... on CreateWebhookSuccess { signingSecret webhook { account { webhooks${more} } } } }`

  it('are those of the whole list with a filter on it, page by page', async () => {
    const { ask } = await open()
    for (const orderBy of [null, { field: 'NAME', direction: 'ASC' }]) {
      const { nodes, ...rest } = (await ask(ofAll, { filter: { accounts: ['verifik'] }, orderBy })).data.webhooks
      const read: unknown[] = []
      for (let after: string | null = null; ;) {
        const { data, errors }: Answer = await ask(ofAccount, { slug: 'verifik', first: 2, after, orderBy })
        expect(errors).toBeUndefined()
        const { webhooks } = data.account
        expect(webhooks).toMatchObject({ totalCount: nodes.length, complete: true, sources: rest.sources })
        read.push(...webhooks.nodes)
        if (webhooks.pageInfo.hasNextPage !== true) break
        after = webhooks.pageInfo.endCursor
      }
      expect(read).toEqual(nodes)
    }
  })

  it('have cursors that are good for no other account and for no other list, nor those of another list for them', async () => {
    const { ask, countCalls } = await open()
    const cursorOf = async (slug: string) => (await ask(ofAccount, { slug, first: 1 })).data.account.webhooks.pageInfo.endCursor
    const [own, other] = [await cursorOf('baanx'), await cursorOf('baanx-too')]
    const filter = { accounts: ['baanx'] }
    const ofFiltered = (await ask(ofAll, { first: 1, filter })).data.webhooks.pageInfo.endCursor
    const before = countCalls()
    const refused = {
      errors: [{ message: expect.stringContaining('does not belong to this list'), extensions: { code: 'BAD_USER_INPUT' } }],
    }
    for (const after of [other, ofFiltered]) expect(await ask(ofAccount, { slug: 'baanx', after })).toMatchObject(refused)
    expect(await ask(ofAll, { after: own })).toMatchObject(refused)
    expect(await ask(ofAll, { after: own, filter })).toMatchObject(refused)
    expect(countCalls()).toBe(before)
    expect((await ask(ofAccount, { slug: 'baanx', after: own })).errors).toBeUndefined()
  })

  it('take no answer from the write that they stand below, where the cursor is of another account', async () => {
    const { ask } = await open()
    const { data } = await ask(ofAccount, { slug: 'baanx', first: 1 })
    const after = data.account.webhooks.pageInfo.endCursor
    const list = 'totalCount complete nodes { id } sources { account { slug } state error { code message } }'
    const answer = await ask(`mutation { ${create(`(after: "${after}") { ${list} }`)} }`)
    expect(answer.errors).toBeUndefined()
    expect(answer.data.createWebhook).toMatchObject({ signingSecret: expect.stringMatching(/./) })
    expect(answer.data.createWebhook.webhook.account.webhooks).toEqual({
      totalCount: null,
      complete: false,
      nodes: [],
      sources: [
        {
          account: { slug: 'verifik' },
          state: 'FAILED',
          error: { code: 'INVALID_INPUT', message: expect.stringContaining('does not belong to this list') },
        },
      ],
    })
  })

  it('are filtered, and a filter on accounts leaves nothing but this one', async () => {
    const { ask, countCalls } = await open()
    const read = async (filter: object) => (await ask(ofAccount, { slug: 'baanx', filter })).data.account.webhooks
    expect((await read({ accounts: ['baanx', 'encrata'] })).sources).toMatchObject([{ account: { slug: 'baanx' } }])
    expect((await read({ status: ['DISABLED'] })).totalCount).toBeLessThan((await read({})).totalCount)
    const before = countCalls()
    for (const filter of [{ accounts: ['encrata'] }, { accounts: [] }, { providers: ['ENCRATA'] }]) {
      expect(await read(filter)).toMatchObject({ totalCount: 0, complete: true, nodes: [], sources: [] })
    }
    expect(countCalls()).toBe(before)
  })

  it('tell of a failure in the source, and take nothing from other accounts', async () => {
    const standIns = await Promise.all(providers.map((provider) => openStandIn(provider, { seeded: true })))
    const { ask } = openGateway({
      accounts: providers.flatMap((provider, index) => (standIns[index] ? [toAccount(provider, standIns[index])] : [])),
    })
    standIns[0]?.fail({ status: 500, times: 5 })
    const { data, errors } = await ask('{ accounts { webhooks { totalCount sources { state error { code } } } } }')
    expect(errors).toBeUndefined()
    const [first, ...others] = data.accounts
    expect(first.webhooks).toEqual({
      totalCount: null,
      sources: [{ state: 'FAILED', error: { code: 'UPSTREAM_UNAVAILABLE' } }],
    })
    for (const { webhooks } of others) expect(webhooks.sources).toEqual([{ state: 'COMPLETE', error: null }])
  })

  it('cost one list of each account, however often and wherever they are asked for', async () => {
    const { ask, countCalls, slugs } = await open()
    const list = 'webhooks(first: 5) { nodes { id account { webhooks(first: 3) { totalCount } } } }'
    const query = `{ ${list} accounts { a: webhooks { totalCount } b: webhooks(first: 1) { nodes { id } } } }`
    expect((await ask(query)).errors).toBeUndefined()
    expect(countCalls()).toBe(slugs.length)
  })

  it.each([
    ['{ account(slug: "baanx") { webhooks { totalCount } } }', 1],
    ['{ account(slug: "nobody") { webhooks { totalCount } } }', 0],
    ['{ accounts { webhooks { totalCount } } }', 2 * providers.length],
    ['{ accounts(providers: [BAANX]) { webhooks { totalCount } } }', 2],
    ['{ provider(name: BAANX) { accounts { webhooks { totalCount } } } }', 2],
    ['{ providers { accounts { webhooks { totalCount } } } }', 2 * providers.length],
    ['{ account(slug: "baanx") { webhooks { totalCount } provider { accounts { webhooks { totalCount } } } } }', 2],
    ['{ account(slug: "baanx") { webhooks(first: 7) { nodes { deliveries { __typename } } } } }', 1 + 7],
    ['{ account(slug: "baanx") { a: webhooks { totalCount } } webhooks(filter: { accounts: ["baanx"] }) { totalCount } }', 1],
  ])('are counted beforehand: %s', async (query, asked) => {
    const { ask } = await open({ limits: { upstreamCalls: 0 } })
    const { errors } = await ask(query)
    expect(errors?.[0]?.extensions?.['asked'] ?? 0).toBe(asked)
  })

  it('need scope webhooks:read, below a mutation too, where nothing is done without it', async () => {
    const { auth, headers } = toAuth(['webhooks:write'])
    const { ask, countCalls } = await open({ auth })
    const id = formatId({ kind: 'webhook', slug: 'verifik', upstreamId: providers.at(-1)?.sandbox.seededId ?? '' })
    const update = `mutation { updateWebhook(input: { id: "${id}", name: "Seen" }) {
      ... on UpdateWebhookSuccess { webhook { account { webhooks { totalCount } } } } } }`
    const { data, errors } = await ask(update, {}, headers)
    expect(data).toBeUndefined()
    expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN', scopes: ['webhooks:read'] } }])
    expect(countCalls()).toBe(0)
  })

  it.each([
    ['a page that is too large', '(first: 201)', /between 0 and 200/],
    ['both ends at once', '(first: 1, last: 1)', /not both/],
    ['a foreign cursor', '(after: "x")', /does not belong to this list/],
    ['an unknown account', '(filter: { accounts: ["nobody"] })', /no account "nobody"/],
  ])('are refused with %s before the write that they stand below', async (_, args, message) => {
    const { ask, countCalls } = await open()
    const { data, errors, status } = await ask(`mutation { ${create(`${args} { totalCount }`)} }`)
    expect({ status, data }).toEqual({ status: 400, data: undefined })
    expect(errors).toMatchObject([{ message: expect.stringMatching(message), extensions: { code: 'BAD_USER_INPUT' } }])
    expect(countCalls()).toBe(0)
  })

  it('are what they are after each write of an operation', async () => {
    const { ask } = await open()
    const { data } = await ask(
      `mutation { a: ${create(' { totalCount }')} b: ${create(' { totalCount }').replace('"N"', '"M"')} }`,
    )
    expect(data.b.webhook.account.webhooks.totalCount).toBe(data.a.webhook.account.webhooks.totalCount + 1)
  })
})
