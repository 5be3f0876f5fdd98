import { request } from 'undici'
import { describe, expect, it } from 'vitest'
import { createApiKey, hashApiKey } from '../../src/server/auth/api-key.ts'
import type { Listing } from '../../src/gateway/listing.ts'
import { verifik } from '../../src/providers/verifik/index.ts'
import { createSnapshots, type SnapshotOptions } from '../../src/gateway/snapshots.ts'
import { createLedger } from '../../src/gateway/write/ledger.ts'
import { openGateway, toAccount } from '../helpers/gateway.ts'
import { openStandIn } from '../helpers/stand-in.ts'

const create = 'mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { __typename } }'
const remove = 'mutation ($id: ID!) { deleteWebhook(input: { id: $id }) { __typename } }'
const page = `query ($first: Int, $last: Int, $after: String, $before: String, $filter: WebhookFilter) {
  webhooks(first: $first, last: $last, after: $after, before: $before, filter: $filter, orderBy: { field: NAME, direction: ASC }) {
    complete totalCount nodes { id name } pageInfo { startCursor endCursor hasNextPage hasPreviousPage } } }`

const count = 30
/** Calls that the list takes. */
const calls = 6
const names = Array.from({ length: count }, (_, index) => `Webhook ${String(index).padStart(2, '0')}`)
const [keyOfAll, keyOfOne] = [createApiKey(), createApiKey()]

interface Shown {
  readonly complete: boolean
  readonly totalCount: number | null
  readonly nodes: readonly { readonly id: string; readonly name: string }[]
  readonly pageInfo: {
    readonly startCursor: string
    readonly endCursor: string
    readonly hasNextPage: boolean
    readonly hasPreviousPage: boolean
  }
}

/** Two slugs of one account whose list takes several calls, and one of another account. */
async function open(snapshots: Partial<SnapshotOptions> = {}, isAuthenticated = false) {
  const clock = { now: 0 }
  const [standIn, other] = [await openStandIn(verifik, { mostPerPage: count / calls }), await openStandIn(verifik)]
  const accounts = [toAccount(verifik, standIn, 'one'), toAccount(verifik, standIn, 'same'), toAccount(verifik, other, 'other')]
  const apiKeys = [
    { name: 'all', sha256: hashApiKey(keyOfAll), scopes: ['webhooks:read' as const] },
    { name: 'one', sha256: hashApiKey(keyOfOne), scopes: ['webhooks:read' as const], accounts: ['one'] },
  ]
  const ledger = createLedger()
  const options = { accounts, providers: [verifik], ledger, snapshots: { now: () => clock.now, ...snapshots } }
  const { ask } = openGateway(options)
  const reader = isAuthenticated ? openGateway({ ...options, server: { auth: { apiKeys } } }) : { ask }
  const headers = { authorization: `Bearer ${standIn.token}`, 'content-type': 'application/json' }
  for (const name of names) {
    const body = JSON.stringify({ name, url: 'https://hooks.acme.test/x', isActive: true })
    await request(`${standIn.baseUrl}/webhooks`, { method: 'POST', headers, body }).then((answer) => answer.body.dump())
  }
  standIn.forgetCalls()
  return {
    standIn,
    clock,
    ask,
    /** A page, and how many calls it took. */
    async read(variables: object, key = keyOfAll): Promise<Shown & { readonly took: number }> {
      const before = standIn.calls.length
      const filter = { accounts: ['one'] }
      const { data } = await reader.ask(page, { filter, ...variables }, { authorization: `Bearer ${key}` })
      return { ...data.webhooks, took: standIn.calls.length - before }
    },
  }
}

const toNames = ({ nodes }: Shown) => nodes.map(({ name }) => name)

describe('the pages of a long list', () => {
  it('cost the calls of one list together, forwards', async () => {
    const { read, standIn } = await open()
    const found: string[] = []
    let shown = await read({ first: 7 })
    for (found.push(...toNames(shown)); shown.pageInfo.hasNextPage; found.push(...toNames(shown))) {
      shown = await read({ first: 7, after: shown.pageInfo.endCursor })
      expect(shown).toMatchObject({ complete: true, totalCount: count })
    }
    expect(found).toEqual(names)
    expect(standIn.calls).toHaveLength(calls)
  })

  it('cost the calls of one list together, backwards', async () => {
    const { read, standIn } = await open()
    const found: string[] = []
    let shown = await read({ last: 7 })
    for (found.unshift(...toNames(shown)); shown.pageInfo.hasPreviousPage; found.unshift(...toNames(shown))) {
      shown = await read({ last: 7, before: shown.pageInfo.startCursor })
    }
    expect(found).toEqual(names)
    expect(standIn.calls).toHaveLength(calls)
  })

  it('are read anew by who has no cursor, and by who has one of another list', async () => {
    const { read } = await open()
    const after = (await read({ first: 7 })).pageInfo.endCursor
    expect((await read({ first: 7 })).took).toBe(calls)
    const search = { accounts: ['one'], search: 'Webhook' }
    const other = (await read({ first: 7, filter: search })).pageInfo.endCursor
    expect(other).not.toBe(after)
    expect((await read({ first: 7, filter: search, after: other })).took).toBe(0)
  })

  it('are right from any cursor, also where nothing is kept', async () => {
    const { read } = await open({ keepMs: 0 })
    const after = (await read({ first: 7 })).pageInfo.endCursor
    const second = await read({ first: 7, after })
    expect(second.took).toBe(calls)
    expect(toNames(second)).toEqual(names.slice(7, 14))
  })

  it('are read anew after ten seconds', async () => {
    const { read, clock } = await open()
    const after = (await read({ first: 7 })).pageInfo.endCursor
    clock.now = 9_999
    expect((await read({ first: 7, after })).took).toBe(0)
    clock.now = 10_000
    expect((await read({ first: 7, after })).took).toBe(calls)
  })

  it.each(['one', 'same'])('are read anew after a write to the account, by the slug %s', async (slug) => {
    const { read, ask } = await open()
    const { pageInfo, nodes } = await read({ first: 7 })
    const after = pageInfo.endCursor
    await ask(create, { input: { account: slug, name: 'Webhook 07b', url: 'https://hooks.acme.test/new' } })
    const second = await read({ first: 7, after })
    expect([second.took, toNames(second)]).toEqual([calls + 1, ['Webhook 07', 'Webhook 07b', ...names.slice(8, 13)]])
    await ask(remove, { id: nodes[0]?.id })
    expect((await read({ first: 7, after })).totalCount).toBe(count)
  })

  it('are read anew while a write is under way, and nothing that was read then is kept', async () => {
    const { read, ask, standIn } = await open()
    const { pageInfo, nodes } = await read({ first: 7 })
    const reads: Awaited<ReturnType<typeof read>>[] = []
    standIn.fail({ method: 'DELETE', when: 'before' }, async () => {
      reads.push(await read({ first: 7, after: pageInfo.endCursor }))
    })
    await ask(remove, { id: nodes[0]?.id })
    const [meanwhile] = reads
    expect([meanwhile?.took, meanwhile?.totalCount]).toEqual([calls, count])
    expect((await read({ first: 7, after: meanwhile?.pageInfo.endCursor })).totalCount).toBe(count - 1)
  })

  it('are kept through a write to another account, and through one that is only tried', async () => {
    const { read, ask } = await open()
    const { pageInfo, nodes } = await read({ first: 7 })
    const after = pageInfo.endCursor
    await ask(create, { input: { account: 'other', name: 'Elsewhere', url: 'https://hooks.acme.test/new' } })
    await ask('mutation ($id: ID!) { deleteWebhook(input: { id: $id, validateOnly: true }) { __typename } }', {
      id: nodes[0]?.id,
    })
    expect((await read({ first: 7, after })).took).toBe(0)
  })

  it('are not shared with a caller who sees other accounts', async () => {
    const { read } = await open({}, true)
    const after = (await read({ first: 7 })).pageInfo.endCursor
    const theirs = await read({ first: 7, after }, keyOfOne)
    expect([theirs.took, toNames(theirs)]).toEqual([calls, names.slice(7, 14)])
    expect((await read({ first: 7, after })).took).toBe(0)
  })

  it('are kept only of a list that was read whole', async () => {
    const { read, standIn } = await open()
    standIn.fail({ effect: 'READ', path: 'page=6&', status: 500 })
    const { complete, pageInfo } = await read({ first: 7 })
    expect(complete).toBe(false)
    expect(await read({ first: 7, after: pageInfo.endCursor })).toMatchObject({ complete: true, took: calls })
  })

  it('are kept only of a list that takes three calls or more', async () => {
    const { read, clock } = await open({ leastCalls: calls + 1 })
    const after = (await read({ first: 7 })).pageInfo.endCursor
    expect((await read({ first: 7, after })).took).toBe(calls)
    expect(clock.now).toBe(0)
  })

  it('are kept of so many lists at most, and of so many bytes', async () => {
    const { read } = await open({ mostListings: 1 })
    const first = (await read({ first: 7 })).pageInfo.endCursor
    const second = (await read({ first: 8 })).pageInfo.endCursor
    expect([(await read({ first: 7, after: second })).took, (await read({ first: 7, after: first })).took]).toEqual([0, calls])
    const small = await open({ mostBytes: 1_000 })
    const after = (await small.read({ first: 7 })).pageInfo.endCursor
    expect((await small.read({ first: 7, after })).took).toBe(calls)
  })
})

describe('what is kept', () => {
  /** A listing of so many bytes, whose one webhook counts how often it was sealed. */
  function toListing(bytes: number) {
    const sealed = { times: 0 }
    const raw = { read: () => null, seal: () => void (sealed.times += 1) }
    const account = { slug: 'one', provider: 'verifik', sandbox: true }
    const webhook = {
      id: 'id',
      account,
      upstreamId: 'x',
      name: null,
      url: 'https://hooks.acme.test',
      enabled: true,
      status: 'ACTIVE' as const,
      eventTypes: null,
      createdAt: null,
      updatedAt: null,
      secretHint: null,
      raw,
      details: {},
    }
    const cost = { calls: 5, bytes }
    const listing: Listing = {
      account,
      state: 'COMPLETE',
      webhooks: [webhook],
      unreadable: [],
      knowsAllIds: true,
      error: null,
      cost,
    }
    return { listing, sealed }
  }
  const keeper = { isCurrent: () => true }

  it('forgets what may be secret of what the provider sent', async () => {
    const { listing, sealed } = toListing(1)
    const { keep } = createSnapshots()
    for (const cursor of ['a', 'b']) keep(keeper, listing, cursor)
    await expect.poll(() => sealed.times).toBe(1)
  })

  it('is the newest of those that handed out a cursor', () => {
    const { keep, find } = createSnapshots()
    const [older, newer] = [toListing(1).listing, toListing(1).listing]
    for (const listing of [older, newer, older]) keep(keeper, listing, 'same')
    expect(find(keeper, 'same')).toBe(newer)
  })

  it('makes room by bytes, the oldest first, and is known by its newest thousand cursors', () => {
    const { keep, find } = createSnapshots({ mostBytes: 10 })
    const [a, b, c] = [toListing(5).listing, toListing(5).listing, toListing(6).listing]
    for (let cursor = 0; cursor <= 1_000; cursor += 1) keep(keeper, a, `a${cursor}`)
    expect([find(keeper, 'a0'), find(keeper, 'a1'), find({ ...keeper }, 'a1')]).toEqual([null, a, null])
    keep(keeper, b, 'b')
    expect([find(keeper, 'a1'), find(keeper, 'b')]).toEqual([a, b])
    keep(keeper, c, 'c')
    expect([find(keeper, 'a1'), find(keeper, 'b'), find(keeper, 'c')]).toEqual([null, null, c])
  })
})
