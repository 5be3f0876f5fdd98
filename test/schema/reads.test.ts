import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { formatId } from '../../src/id.ts'
import { operationNames } from '../../src/provider/operations.ts'
import { toProviderName } from '../../src/provider/provider.ts'
import { baanx } from '../../src/providers/baanx/index.ts'
import { encrata } from '../../src/providers/encrata/index.ts'
import { fingerprint } from '../../src/providers/fingerprint/index.ts'
import { providers } from '../../src/providers/index.ts'
import { openGateway, toAccount } from '../helpers/gateway.ts'
import { openStandIn } from '../helpers/stand-in.ts'

async function open() {
  const opened = await Promise.all(
    providers.map(async (provider) => ({ provider, standIn: await openStandIn(provider, { seeded: true }) })),
  )
  const { ask } = openGateway({ accounts: opened.map(({ provider, standIn }) => toAccount(provider, standIn)) })
  const calls = () => opened.flatMap(({ standIn }) => standIn.calls.map(({ method, path }) => `${method} ${path}`))
  const nodes: readonly { id: string; account: { slug: string } }[] = (
    await ask('{ webhooks { nodes { id account { slug } } } }')
  ).data.webhooks.nodes
  const first = calls().length
  return {
    ask,
    idsOf: (slug: string) => nodes.filter(({ account }) => account.slug === slug).map(({ id }) => id),
    newCalls: () => calls().length - first,
  }
}

describe('reading by id', () => {
  it('costs one call for one id of an account', async () => {
    const { ask, idsOf, newCalls } = await open()
    const [id] = idsOf('baanx')
    const { data } = await ask('query ($id: ID!) { webhook(id: $id) { ... on BaanxWebhook { id tenant } } }', { id })
    expect(data.webhook).toEqual({ id, tenant: 'sandbox' })
    expect(newCalls()).toBe(1)
  })

  it('shows what the provider sent beside what it says of a failure, without an alias', async () => {
    const { ask, idsOf } = await open()
    const [id] = idsOf('encrata')
    const query = `query ($id: ID!) { webhook(id: $id) { ... on Webhook { raw } ... on WebhookError { upstream { status } } } }`
    const { data, errors } = await ask(query, { id })
    expect(errors).toBeUndefined()
    expect(data.webhook.raw).toMatchObject({ is_active: expect.any(Boolean) })
  })

  it.each([
    ['HTTPS://Acme.EXAMPLE.:443/x', 'https://acme.example/x'],
    ['https:/user:word@Acme.example', 'https://***@acme.example/'],
    ['not a url', 'not a url'],
    ['', ''],
  ])('shows the URL %j of a webhook as %j', async (sent, shown) => {
    const standIn = await openStandIn(encrata, { seeded: true })
    const { ask } = openGateway({ accounts: [toAccount(encrata, standIn)] })
    const [record] = JSON.parse(readFileSync(new URL('../providers/encrata/fixtures/list.bare.json', import.meta.url), 'utf8'))
    standIn.fail({ effect: 'READ', status: 200, body: JSON.stringify([{ ...record, url: sent }]) })
    expect((await ask('{ webhooks { nodes { url } complete } }')).data.webhooks).toEqual({
      nodes: [{ url: shown }],
      complete: true,
    })
  })

  it('costs one call for an id that is asked for several times', async () => {
    const { ask, idsOf, newCalls } = await open()
    const [id] = idsOf('encrata')
    const query =
      'query ($id: ID!) { a: webhook(id: $id) { ... on Webhook { id } } b: node(id: $id) { id } nodes(ids: [$id, $id]) { id } }'
    expect((await ask(query, { id })).data).toEqual({ a: { id }, b: { id }, nodes: [{ id }, { id }] })
    expect(newCalls()).toBe(1)
  })

  it('costs one list for several ids of one account, and one call for each account', async () => {
    const { ask, idsOf, newCalls } = await open()
    const ids = [...idsOf('encrata'), ...idsOf('baanx').slice(0, 1)]
    const { data } = await ask('query ($ids: [ID!]!) { nodes(ids: $ids) { id __typename } }', { ids })
    expect(data.nodes.map(({ id }: { id: string }) => id)).toEqual(ids)
    expect(newCalls()).toBe(2)
  })

  it('says of one of several that is there, and cannot be read, that it is there', async () => {
    const provider = providers.find(({ name }) => name === 'baanx')
    if (provider === undefined) throw new Error('There is no Baanx.')
    const standIn = await openStandIn(provider, { seeded: true })
    const { ask } = openGateway({ accounts: [toAccount(provider, standIn)] })
    const { seededId } = provider.sandbox
    const ids = [seededId, 'absent'].map((upstreamId) => formatId({ kind: 'webhook', slug: 'baanx', upstreamId }))
    standIn.fail({ effect: 'READ', status: 200, body: JSON.stringify([{ id: seededId }]) })
    const { data, errors } = await ask('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids })
    expect(data.nodes).toEqual([null, null])
    expect(errors).toMatchObject([{ path: ['nodes', 0], extensions: { code: 'UPSTREAM_CONTRACT' } }])
    expect(errors?.[0]?.message).toContain('exists but could not be read')
  })

  it('keeps order and tells what is not there by null', async () => {
    const { ask, idsOf } = await open()
    const [a, b] = idsOf('verifik')
    const absent = formatId({ kind: 'webhook', slug: 'verifik', upstreamId: 'absent' })
    const { data, errors } = await ask('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids: [b, absent, a, 'malformed'] })
    expect(errors).toBeUndefined()
    expect(data.nodes).toEqual([{ id: b }, null, { id: a }, null])
  })

  const foreign = [
    ['malformed', 'not an id'],
    ['of an account that is not configured', formatId({ kind: 'webhook', slug: 'nobody', upstreamId: '1' })],
    ['of an account itself', formatId({ kind: 'account', slug: 'baanx' })],
    ['of a provider', formatId({ kind: 'provider', name: 'baanx' })],
    ['too long', formatId({ kind: 'webhook', slug: 'baanx', upstreamId: 'x'.repeat(257) })],
  ] as const
  it.each(foreign)('calls nobody for an id that is %s', async (_, id) => {
    const { ask, newCalls } = await open()
    const query = `query ($id: ID!) { webhook(id: $id) { ... on WebhookError { __typename upstream { status } } } }`
    expect((await ask(query, { id })).data.webhook).toEqual({ __typename: 'NotFoundError', upstream: null })
    const write = `mutation ($id: ID!) { updateWebhook(input: { id: $id, name: "x" }) { __typename } deleteWebhook(input: { id: $id }) { __typename } }`
    expect((await ask(write, { id })).data).toEqual({
      updateWebhook: { __typename: 'NotFoundError' },
      deleteWebhook: { __typename: 'NotFoundError' },
    })
    expect(newCalls()).toBe(0)
  })

  it.each([
    ['of a provider without a log', { slug: 'verifik', upstreamId: 'a', key: 'b' }],
    ['of an account that is not configured', { slug: 'nobody', upstreamId: 'a', key: 'b' }],
    ['of a webhook that cannot be', { slug: 'baanx', upstreamId: '..', key: 'b' }],
    ['that is too long', { slug: 'baanx', upstreamId: 'a', key: 'x'.repeat(257) }],
  ])('calls nobody for the id of a delivery %s, and finds nothing', async (_, parts) => {
    const { ask, newCalls } = await open()
    const id = formatId({ kind: 'delivery', ...parts })
    const { data, errors } = await ask('query ($id: ID!) { node(id: $id) { id } nodes(ids: [$id]) { id } }', { id })
    expect({ data, errors }).toEqual({ data: { node: null, nodes: [null] }, errors: undefined })
    expect(newCalls()).toBe(0)
  })

  it('makes a log that cannot be read an error of that one node', async () => {
    const standIns = await Promise.all(providers.map((provider) => openStandIn(provider, { seeded: true })))
    const { ask } = openGateway({
      accounts: providers.flatMap((provider, index) => (standIns[index] ? [toAccount(provider, standIns[index])] : [])),
    })
    for (const standIn of standIns) standIn.fail({ path: '/logs', status: 500, times: 2 })
    const id = formatId({ kind: 'delivery', slug: 'baanx', upstreamId: 'a', key: 'b' })
    const { data, errors } = await ask('query ($id: ID!) { node(id: $id) { id } accounts { slug } }', { id })
    expect(data).toEqual({ node: null, accounts: providers.map(({ name }) => ({ slug: name })) })
    expect(errors).toMatchObject([{ path: ['node'], extensions: { code: 'UPSTREAM_UNAVAILABLE', retry: 'SAFE' } }])
  })

  it('says of a node what the provider said of it, without secrets', async () => {
    const standIn = await openStandIn(fingerprint, { seeded: true })
    const { ask } = openGateway({ accounts: [toAccount(fingerprint, standIn)] })
    const text = `The webhook is locked; ${standIn.token} may not read it.`
    standIn.fail({ status: 409, body: JSON.stringify({ error: { code: 'locked', message: text } }), times: 1 })
    const id = formatId({ kind: 'webhook', slug: 'fingerprint', upstreamId: 'some' })
    const { data, errors } = await ask('query ($id: ID!) { node(id: $id) { id } }', { id })
    expect(data).toEqual({ node: null })
    expect(errors).toMatchObject([{ message: expect.stringContaining('See upstream.message for its reason') }])
    expect(errors?.[0]?.extensions).toEqual({
      code: 'UPSTREAM_REJECTED',
      retry: 'AFTER_FIX',
      retryAfterMs: null,
      upstream: {
        account: 'fingerprint',
        status: 409,
        code: 'locked',
        message: 'The webhook is locked; [secret] may not read it.',
        attempts: 1,
      },
    })
  })

  it.each([
    ['cannot be read', 500, 'UPSTREAM_UNAVAILABLE'],
    ['is gone meanwhile', 404, 'NOT_FOUND'],
  ])('says why where the webhook of a delivery %s', async (_, status, code) => {
    const standIn = await openStandIn(baanx, { seeded: true })
    const { ask } = openGateway({ accounts: [toAccount(baanx, standIn)] })
    const { data: read } = await ask('{ webhooks { nodes { deliveries { nodes { id } } } } }')
    const [found] = read.webhooks.nodes.flatMap(({ deliveries }: { deliveries: { nodes: object[] } }) => deliveries.nodes)
    // The log is read as it is, and then the webhook.
    standIn.fail({ path: '/logs', delayMs: 0 })
    standIn.fail({ effect: 'READ', path: '/webhooks/', status, body: JSON.stringify({ message: 'x' }) })
    const { data, errors } = await ask('query ($id: ID!) { node(id: $id) { ... on Delivery { webhook { id } } } }', found)
    expect(data).toEqual({ node: null })
    expect(errors).toMatchObject([{ path: ['node', 'webhook'], extensions: { code, upstream: { account: 'baanx', status } } }])
  })

  it('refuses more than 100 ids', async () => {
    const { ask, newCalls, idsOf } = await open()
    const [id] = idsOf('baanx')
    const query = 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }'
    expect((await ask(query, { ids: Array.from({ length: 101 }, () => id) })).errors).toMatchObject([
      { extensions: { code: 'BAD_USER_INPUT' } },
    ])
    expect(newCalls()).toBe(0)
    expect((await ask(query, { ids: Array.from({ length: 100 }, () => id) })).data.nodes).toHaveLength(100)
  })

  it('makes a failing provider data in webhook and an error of that one node', async () => {
    const standIns = await Promise.all(providers.map((provider) => openStandIn(provider, { seeded: true })))
    const { ask } = openGateway({
      accounts: providers.flatMap((provider, index) => (standIns[index] ? [toAccount(provider, standIns[index])] : [])),
    })
    const id = formatId({ kind: 'webhook', slug: 'baanx', upstreamId: 'some' })
    for (const standIn of standIns) standIn.fail({ status: 500, times: 2 })
    const data = (
      await ask('query ($id: ID!) { webhook(id: $id) { ... on WebhookError { code upstream { status account { slug } } } } }', {
        id,
      })
    ).data
    expect(data.webhook).toEqual({ code: 'UPSTREAM_UNAVAILABLE', upstream: { status: 500, account: { slug: 'baanx' } } })
    const account = formatId({ kind: 'account', slug: 'baanx' })
    const answer = await ask('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids: [id, account] })
    expect(answer.data.nodes).toEqual([null, { id: account }])
    expect(answer.errors).toMatchObject([{ path: ['nodes', 0], extensions: { code: 'UPSTREAM_UNAVAILABLE', retry: 'SAFE' } }])
  })
})

describe('providers and accounts', () => {
  it('count the calls of an operation in maxCalls alone', () => {
    const notes = providers.flatMap(({ operations }) => operationNames.map((name) => operations[name].note ?? ''))
    expect(notes.filter((note) => /\b(?:one|two|three|four|five|\d+) (?:more )?calls?\b/i.test(note))).toEqual([])
  })

  it('are told without any upstream call', async () => {
    const { ask, newCalls } = await open()
    const query = `{ providers { id name displayName docsUrl operations { operation support note } fields { path onCreate onUpdate note }
      eventTypes { name description } accounts { slug } } accounts(providers: [BAANX]) { id slug sandbox provider { name } }
      provider(name: VERIFIK) { displayName } }`
    const { data, errors } = await ask(query)
    expect(errors).toBeUndefined()
    expect(data.providers.map(({ name }: { name: string }) => name)).toEqual(providers.map(toProviderName))
    expect(data.accounts).toMatchObject([{ slug: 'baanx', sandbox: true, provider: { name: 'BAANX' } }])
    expect(data.provider).toEqual({ displayName: 'Verifik' })
    expect(newCalls()).toBe(0)
  })

  it('say what the adapters are built from', async () => {
    const { ask } = await open()
    const { data } = await ask(
      '{ providers { name operations { operation support note } fields { path onCreate onUpdate } eventTypes { name } } }',
    )
    expect(data.providers).toEqual(
      providers.map(({ name, operations, fields, options, eventTypes }) => ({
        name: name.toUpperCase(),
        operations: operationNames.map((operation) => ({
          operation,
          support: operations[operation].support,
          note: operations[operation].note,
        })),
        fields: [
          ...Object.entries(fields).map(([path, rule]) => ({ path, ...rule })),
          ...Object.entries(options).map(([key, rule]) => ({ path: `options.${name}.${key}`, ...rule })),
        ].map(({ path, onCreate, onUpdate }) => ({ path, onCreate: toWord(onCreate), onUpdate: toWord(onUpdate) })),
        eventTypes: eventTypes.known.map((each) => ({ name: each.name })),
      })),
    )
  })

  it('say in which form a signature is written', async () => {
    const { ask } = await open()
    const { data } = await ask('{ providers { signature { encoding } } }')
    expect(data.providers.map((each: { signature: { encoding: string } | null }) => each.signature?.encoding)).toEqual(
      providers.map(({ signature }) => signature?.encoding.toUpperCase()),
    )
  })

  it('say how many calls they take, in how long, and what counts together', async () => {
    const { ask } = await open()
    const { data } = await ask('{ providers { name limits { rates { calls perSeconds scope } } } }')
    const rates = data.providers.map(({ name, limits }: { name: string; limits: { rates: unknown } }) => [name, limits.rates])
    expect(Object.fromEntries(rates)).toMatchObject({
      BAANX: [],
      ENCRATA: [{ calls: 30, perSeconds: 60, scope: 'ENDPOINT' }],
      FINGERPRINT: [{ calls: 5, perSeconds: 1, scope: 'ACCOUNT' }],
      VERIFIK: [],
    })
  })

  it('are nodes', async () => {
    const { ask, newCalls } = await open()
    const { data } = await ask('{ providers { id } accounts { id } }')
    const ids = [...data.providers, ...data.accounts].map(({ id }: { id: string }) => id)
    const { nodes } = (await ask('query ($ids: [ID!]!) { nodes(ids: $ids) { id __typename } }', { ids })).data
    expect(nodes).toEqual(ids.map((id, index) => ({ id, __typename: index < providers.length ? 'Provider' : 'Account' })))
    expect(newCalls()).toBe(0)
  })
})

/** Optional unless stated. */
function toWord(rule: string | { support: string } = 'OPTIONAL'): string {
  return typeof rule === 'string' ? rule : rule.support
}
