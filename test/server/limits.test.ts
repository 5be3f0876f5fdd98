import fc from 'fast-check'
import { getIntrospectionQuery, parse, print } from 'graphql'
import { RateLimiterMemory } from 'rate-limiter-flexible'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createApiKey, hashApiKey } from '../../src/server/auth/api-key.ts'
import { scopes } from '../../src/caller.ts'
import type { DoorOptions } from '../../src/http/door.ts'
import { formatId, parseId } from '../../src/id.ts'
import type { Operation } from '../../src/provider/operations.ts'
import { isUnsupported } from '../../src/provider/unsupported.ts'
import { providers } from '../../src/providers/index.ts'
import type { ServerOptions } from '../../src/server/server.ts'
import { createKeys } from '../../src/store/keys.ts'
import { openStore } from '../../src/store/open.ts'
import { openGateway, toAccount } from '../helpers/gateway.ts'
import { listen } from '../helpers/holding.ts'
import { toRuns } from '../helpers/runs.ts'
import { openStandIn } from '../helpers/stand-in.ts'
import { intent } from '../store/entries.ts'

/** What an operation comes to is the same, however it has come. */
const isOverNode = process.env['HOOKQL_TEST_WAY'] === 'listener'

async function open(server: Partial<ServerOptions> = {}, copies = 1, door: Partial<DoorOptions> = {}) {
  const opened = await Promise.all(
    providers.flatMap((provider) =>
      Array.from({ length: copies }, async (_, copy) => {
        const standIn = await openStandIn(provider, { seeded: true })
        return { standIn, account: toAccount(provider, standIn, `${provider.name}-${copy}`), seededId: provider.sandbox.seededId }
      }),
    ),
  )
  const accounts = opened.map(({ account }) => account)
  const store = await openStore({ path: null, keys: createKeys() })
  onTestFinished(() => store.close())
  const gateway = openGateway({ accounts, server, store, door: { retry: { calls: 1, firstPauseMs: 0 }, ...door } })
  const strict = openGateway({ accounts, server: { limits: { upstreamCalls: 0 } } })
  /** The bound of an operation, as it is told where none is allowed. */
  const readBound = async (query: string, variables: Record<string, unknown> = {}): Promise<number> => {
    const { errors } = await strict.ask(query, variables)
    return Number(errors?.[0]?.extensions?.['asked'] ?? 0)
  }
  const countCalls = () => opened.reduce((sum, { standIn }) => sum + standIn.calls.length, 0)
  const ids = opened.map(({ account: { slug }, seededId }) => formatId({ kind: 'webhook', slug, upstreamId: seededId }))
  return {
    ...gateway,
    store,
    readBound,
    countCalls,
    ids,
    standIns: opened.map(({ standIn }) => standIn),
    slugs: opened.map(({ account }) => account.slug),
  }
}

/** The id of a delivery to a webhook. */
function toDeliveryId(webhookId: string): string {
  const webhook = parseId(webhookId)
  if (webhook?.kind !== 'webhook') throw new Error('This is the id of no webhook.')
  return formatId({ ...webhook, kind: 'delivery', key: 'none' })
}

function toFields(count: number, field: string): string {
  return Array.from({ length: count }, (_, index) => `f${index}: ${field}`).join(' ')
}

describe('an operation', () => {
  const remove = 'deleteWebhook(input: { id: "none", validateOnly: true }) { __typename }'
  const listed = 'webhooks(first: 200) { nodes { deliveries { __typename } } }'
  it.each([
    ['rootFields', `{ ${toFields(100, 'accounts { slug }')} }`, `{ ${toFields(101, 'accounts { slug }')} }`, 101],
    ['mutations', `mutation { ${toFields(10, remove)} }`, `mutation { ${toFields(11, remove)} }`, 11],
    ['upstreamCalls', `{ ${listed} }`, `{ a: ${listed} b: ${listed} }`, 400 + providers.length],
  ])('runs within the limit of %s, and above it nothing of it does', async (limit, fits, tooLarge, asked) => {
    const { ask, countCalls } = await open()
    expect((await ask(fits)).errors).toBeUndefined()
    const before = countCalls()
    const { status, errors, data } = await ask(tooLarge)
    expect(status).toBe(400)
    expect(data).toBeUndefined()
    expect(errors).toMatchObject([{ extensions: { code: 'OPERATION_TOO_LARGE', limit, asked } }])
    expect(errors?.[0]?.message).toContain(String(asked))
    expect(errors?.[0]?.message).toMatch(/are allowed\. (?:Nest|Split|Request) .+\. Nothing was changed\.$/)
    expect(countCalls()).toBe(before)
  })

  it('may be 15 fields deep, however fragments spread it, and no deeper', async () => {
    const { ask } = await open()
    const deep = (pairs: number, last: string) =>
      `{ accounts { ${'provider { accounts { '.repeat(pairs)}${last}${' } }'.repeat(pairs)} } }`
    // On so many levels nothing but its depth is in the way.
    const { ask: askAny } = await open({ limits: { answerFields: 10_000_000 } })
    expect((await askAny(deep(6, 'provider { id }'))).errors).toBeUndefined()
    expect((await ask(deep(7, 'id'))).errors).toMatchObject([{ extensions: { limit: 'depth', asked: 16, maximum: 15 } }])
    const spread = `{ accounts { ...a } } ${Array.from({ length: 7 }, (_, index) => {
      return `fragment ${'abcdefg'[index]} on Account { provider { accounts { ${index === 6 ? 'id' : `...${'abcdefg'[index + 1]}`} } } }`
    }).join(' ')}`
    expect((await ask(spread)).errors).toMatchObject([{ extensions: { limit: 'depth', asked: 16 } }])
  })

  it('has at most 2,000 tokens', async () => {
    const { ask } = await open()
    const { status, errors } = await ask(`{ accounts { ${'slug '.repeat(2_000)} } }`)
    expect(errors?.[0]?.message).toMatch(/2000 tokens/)
    expect(status).toBe(200)
    expect((await ask(`{ accounts { ${toFields(650, 'slug')} } }`)).errors).toBeUndefined()
  })

  it('pays for introspection as for everything else, by the sizes of this schema', async () => {
    const { ask } = await open({ limits: { depth: 5, answerFields: 300 } })
    expect((await ask('{ __schema { types { kind } } }')).errors).toBeUndefined()
    expect((await ask('{ __schema { types { fields { name type { name } } } } }')).errors).toMatchObject([
      { extensions: { limit: 'answerFields' } },
    ])
    expect((await ask('{ __type(name: "Webhook") { fields { type { ofType { ofType { name } } } } } }')).errors).toMatchObject([
      { extensions: { limit: 'depth', asked: 6 } },
    ])
    const flood = `{ accounts { ${toFields(200, '__typename')} } }`
    expect((await ask(flood)).errors).toMatchObject([
      { extensions: { limit: 'answerFields', asked: 1 + 200 * providers.length } },
    ])
  })

  it.each([
    ['graphql-js', getIntrospectionQuery()],
    [
      'graphql-js, with every option',
      getIntrospectionQuery({
        descriptions: true,
        specifiedByUrl: true,
        directiveIsRepeatable: true,
        schemaDescription: true,
        inputValueDeprecation: true,
        oneOf: true,
      }),
    ],
    [
      'GraphiQL',
      getIntrospectionQuery({ schemaDescription: true, inputValueDeprecation: true, specifiedByUrl: true, oneOf: true }),
    ],
    [
      'GraphQL Code Generator',
      getIntrospectionQuery({
        descriptions: true,
        schemaDescription: true,
        specifiedByUrl: true,
        directiveIsRepeatable: true,
        inputValueDeprecation: true,
      }),
    ],
  ])('may be the introspection query of %s', async (_, query) => {
    const { ask } = await open()
    const { data, errors } = await ask(query)
    expect(errors).toBeUndefined()
    expect(data).toHaveProperty('__schema.types.50.name')
  })

  it('counts what stands below a list even where that has no items', async () => {
    const { ask } = await open({ limits: { answerFields: 100 } })
    const { errors } = await ask(`{ webhooks(first: 0) { nodes { ${toFields(100, 'id')} } } }`)
    expect(errors).toMatchObject([{ extensions: { limit: 'answerFields', asked: 111 } }])
  })

  it('counts long names and values of many parts more than once', async () => {
    const { ask } = await open({ limits: { answerFields: 20 } })
    expect((await ask('{ webhooks(first: 1) { nodes { raw eventTypes } } }')).errors).toMatchObject([
      { extensions: { limit: 'answerFields', asked: 31 } },
    ])
    expect((await ask(`{ ${'x'.repeat(800)}: __typename }`)).errors).toMatchObject([
      { extensions: { limit: 'answerFields', asked: 21 } },
    ])
  })

  it('that doubles with every fragment is planned in no time', async () => {
    const { ask } = await open()
    const double = (type: string, field: string, braces: (next: string) => string) =>
      Array.from(
        { length: 40 },
        (_, at) => `fragment F${at} on ${type} { ${field} ${at < 39 ? braces(`...F${at + 1}`) : ''} }`,
      ).join(' ')
    const same = double('WebhookConnection', 'complete', (next) => `${next} ${next}`)
    expect((await ask(`{ webhooks(first: 0) { ...F0 } } ${same}`)).data).toEqual({ webhooks: { complete: true } })
    const apart = double('Account', 'slug', (next) => `provider { a: accounts { ${next} } b: accounts { ${next} } }`)
    expect((await ask(`{ accounts { ...F0 } } ${apart}`)).errors).toMatchObject([{ extensions: { limit: 'depth' } }])
  })

  it('pays nothing for what @skip leaves out', async () => {
    const { ask } = await open({ limits: { upstreamCalls: providers.length - 1 } })
    const query = 'query ($no: Boolean!) { webhooks @skip(if: $no) { complete } accounts { slug } }'
    expect((await ask(query, { no: true })).errors).toBeUndefined()
    expect((await ask(query, { no: false })).errors).toMatchObject([
      { extensions: { limit: 'upstreamCalls', asked: providers.length } },
    ])
  })

  it('costs a caller only the accounts that exist for it', async () => {
    const key = createApiKey()
    const auth = { apiKeys: [{ name: 'one', sha256: hashApiKey(key), scopes, accounts: ['encrata-0'] }] }
    const { ask } = await open({ auth, limits: { upstreamCalls: 1 } })
    expect((await ask('{ webhooks { complete } }', {}, { authorization: `Bearer ${key}` })).errors).toBeUndefined()
  })
})

describe('what was found out about an operation', () => {
  it("is for one caller's accounts, and not for those of another", async () => {
    const keys = [createApiKey(), createApiKey()] as const
    const apiKeys = [
      { name: 'all', sha256: hashApiKey(keys[0]), scopes },
      { name: 'one', sha256: hashApiKey(keys[1]), scopes, accounts: ['encrata-0'] },
    ]
    const { ask } = await open({ auth: { apiKeys }, limits: { upstreamCalls: 1 } })
    const asked: (string | undefined)[] = []
    for (const key of [keys[1], keys[0], keys[1]]) {
      const { errors } = await ask('{ webhooks { complete } }', {}, { authorization: `Bearer ${key}` })
      asked.push(errors?.map(({ extensions }) => `${String(extensions?.['code'])} ${String(extensions?.['asked'])}`).join())
    }
    expect(asked).toEqual([undefined, `OPERATION_TOO_LARGE ${providers.length}`, undefined])
  })
})

describe.skipIf(isOverNode)('the bound of fields in an answer', () => {
  it.each([
    ['a page, by its size', '{ webhooks(first: 10) { nodes { id } } }', 21],
    ['a page of no items', '{ webhooks(first: 0) { nodes { id } } }', 12],
    ['a page of the journal, by what it costs to read', '{ journal(first: 10) { nodes { id } } }', 211],
    ['objects, by their ids', '{ nodes(ids: ["a", "b", "c"]) { id } }', 4],
    ['a list that is empty', '{ accounts { id slug } }', 3],
    ['candidates', 'mutation { deleteWebhook(input: { id: "a" }) { ... on OutcomeUnknownError { candidates { id } } } }', 12],
  ])('counts %s, and lets so many through', async (_, query, asked) => {
    const { ask } = openGateway({ accounts: [], server: { limits: { answerFields: asked - 1 } } })
    expect((await ask(query)).errors).toMatchObject([{ extensions: { limit: 'answerFields', asked } }])
    const { ask: askMore } = openGateway({ accounts: [], server: { limits: { answerFields: asked } } })
    expect((await askMore(query)).errors).toBeUndefined()
  })
})

describe.skipIf(isOverNode)('the bound of upstream calls', () => {
  it('counts the accounts that a filter selects', async () => {
    const { readBound } = await open()
    expect(await readBound('{ webhooks { complete } }')).toBe(providers.length)
    expect(await readBound('{ webhooks(filter: { accounts: ["baanx-0"] }) { complete } }')).toBe(1)
    expect(await readBound('{ webhooks(filter: { providers: [BAANX, ENCRATA] }) { complete } }')).toBe(2)
  })

  it('counts whatever is selected of a field, in however many places', async () => {
    const { readBound } = await open()
    const once = await readBound('{ webhooks { nodes { deliveries { __typename } } } }')
    expect(once).toBeGreaterThan(providers.length)
    expect(await readBound('{ webhooks { complete } ... { webhooks { nodes { deliveries { __typename } } } } }')).toBe(once)
  })

  it('counts what a write comes to, what the audit reads, and what its answer asks of candidates and lists', async () => {
    const { readBound, ids, gateway } = await open()
    const baanx = providers.findIndex(({ name }) => name === 'baanx')
    const provider = gateway.getProvider('baanx')
    const count = (operation: Operation) => {
      const { calls, looks } = gateway.bound(provider, operation)
      return calls + looks
    }
    const read = (below: string) =>
      readBound(
        `mutation { deleteWebhook(input: { id: "${ids[baanx]}" }) { __typename ... on OutcomeUnknownError { ${below} } } }`,
      )
    const alone = count('DELETE') + count('GET')
    expect(await read('code')).toBe(alone)
    expect(await read('candidates { deliveries { __typename } }')).toBe(alone + 10 * count('LIST_DELIVERIES'))
    expect(await read('candidates { account { webhooks { complete } } }')).toBe(alone + count('LIST'))
  })

  it('counts the webhooks, delivery logs and lists that are asked for below journal entries', async () => {
    const { readBound, gateway, ids } = await open()
    const most = (operation: Operation) => Math.max(...providers.map((each) => gateway.bound(each, operation).calls))
    const accounts = providers.length
    const entry = `journalEntry(id: "${formatId({ kind: 'entry', id: 'x' })}")`
    expect(await readBound('{ journal(first: 200) { nodes { id account { slug } candidates { id } } } }')).toBe(0)
    expect(await readBound('{ journal(first: 7) { nodes { webhook { __typename } } } }')).toBe(7 * most('GET') + accounts)
    expect(
      await readBound('{ journal(first: 7, filter: { accounts: ["baanx-0"] }) { edges { node { webhook { __typename } } } } }'),
    ).toBe(8)
    expect(await readBound(`{ ${entry} { webhook { __typename } } }`)).toBe(most('GET'))
    expect(await readBound(`{ a: ${entry} { webhook { __typename } } b: ${entry} { webhook { __typename } } }`)).toBe(
      2 * most('GET') + accounts,
    )
    expect(await readBound(`{ ${entry} { candidates { deliveries { __typename } } } }`)).toBe(10 * most('LIST_DELIVERIES'))
    expect(await readBound(`{ ${entry} { account { webhooks { complete } } } }`)).toBe(accounts)
    expect(await readBound('{ webhooks(first: 3) { nodes { journal(first: 2) { nodes { webhook { __typename } } } } } }')).toBe(
      6 * most('GET') + accounts,
    )
    const remove = (below: string) => readBound(`mutation { deleteWebhook(input: { id: "${ids[0]}" }) { ${below} } }`)
    const shown = '... on DeleteWebhookSuccess { journalEntry { webhook { __typename } } }'
    expect((await remove(shown)) - (await remove('__typename'))).toBe(1)
    const settle = `mutation { settleJournalEntry(input: { id: "x", as: LOOK_AGAIN }) { __typename } }`
    expect(await readBound(settle)).toBeGreaterThanOrEqual(most('CREATE'))
    const reveal = (below: string) => `mutation { revealSigningSecret(input: { entryId: "x" }) { ${below} } }`
    expect(await readBound(reveal('__typename'))).toBe(0)
    const listed = '... on RevealSigningSecretSuccess { journalEntry { account { webhooks { complete } } } }'
    expect(await readBound(reveal(listed))).toBe(accounts)
  })

  it('is never below what journal entries come to', async () => {
    const limits = { upstreamCalls: 100_000, answerFields: 100_000_000 }
    const { ask, store, readBound, countCalls, ids } = await open({ limits }, 2)
    for (const [index, id] of ids.entries()) {
      const webhook = parseId(id)
      if (webhook?.kind !== 'webhook') continue
      for (const upstreamId of [webhook.upstreamId, 'absent']) {
        const stored = { ...intent, account: webhook.slug, provider: webhook.slug.slice(0, -2), webhook: upstreamId }
        await store.begin({ ...stored, id: `${index}-${upstreamId === 'absent' ? 'a' : 'b'}`, startedMs: index })
      }
    }
    const body = fc.constantFrom(
      'id',
      'id deliveries { __typename }',
      'account { webhooks { complete } }',
      'journal { nodes { ...E } }',
    )
    const below = fc.tuple(
      body,
      fc.constantFrom('id', 'webhook { ... on Webhook { id } }', 'account { webhooks(first: 1) { nodes { id } } }'),
    )
    const field = fc.constantFrom(
      'journal(first: 5) { nodes { ...E } }',
      'journal { nodes { id ...E } edges { node { ...E } } }',
      ...ids.slice(0, 3).map((id) => `node(id: "${id}") { ... on Webhook { journal(first: 2) { nodes { ...E } } } }`),
      ...['0-a', '0-b'].map((id) => `journalEntry(id: "${formatId({ kind: 'entry', id })}") { ...E }`),
      `nodes(ids: ["${formatId({ kind: 'entry', id: '1-b' })}", "${formatId({ kind: 'entry', id: '2-a' })}"]) { ...E }`,
    )
    await fc.assert(
      fc.asyncProperty(fc.array(field, { minLength: 1, maxLength: 4 }), below, async (fields, [what, last]) => {
        const inner = what.replace('...E', last)
        const text = fields.map((each, index) => `f${index}: ${each}`).join(' ')
        const query = `{ ${text} } fragment E on JournalEntry { id webhook { ... on Webhook { ${inner} } } ${last} }`
        const before = countCalls()
        const { errors, status } = await ask(query)
        expect({ errors, status }).toEqual({ errors: undefined, status: 200 })
        expect(countCalls() - before).toBeLessThanOrEqual(await readBound(query))
      }),
      { numRuns: toRuns(15) },
    )
    expect(countCalls()).toBeGreaterThan(0)
  })

  /** Operations of every field that calls upstream, with fragments, aliases, directives and variables. */
  const operation = (ids: readonly string[], slugs: readonly string[]) => {
    const absent = formatId({ kind: 'webhook', slug: slugs[0] ?? '', upstreamId: 'absent' })
    const id = fc.constantFrom(...ids, absent, 'none')
    const delivery = fc.constantFrom(...ids).map(toDeliveryId)
    const body = fc.constantFrom('id', 'id deliveries { __typename }', '...W', '...W id')
    const filter = fc.oneof(
      fc.constant(''),
      fc.subarray([...slugs]).map((some) => `filter: { accounts: ${JSON.stringify(some)} }`),
      fc.constantFrom('filter: { providers: [BAANX, ENCRATA] }', 'filter: { providers: [] }'),
    )
    const field = fc.oneof(
      fc
        .tuple(filter, fc.nat({ max: 6 }), body)
        .map(
          ([each, first, what]) =>
            `webhooks(first: ${first} ${each}) @ { nodes { ${what} } edges { node { ${what} } } sources { count } }`,
        ),
      fc.tuple(id, body).map(([each, what]) => `webhook(id: "${each}") @ { ... on Webhook { ${what} } }`),
      fc.tuple(id, body).map(([each, what]) => `node(id: "${each}") @ { ... on Webhook { ${what} } }`),
      fc
        .tuple(fc.array(id, { maxLength: 5 }), body)
        .map(([some, what]) => `nodes(ids: ${JSON.stringify(some)}) @ { ... on Webhook { ${what} } }`),
      fc
        .tuple(fc.constantFrom(...slugs, 'none'), fc.nat({ max: 4 }), body)
        .map(
          ([slug, first, what]) => `account(slug: "${slug}") @ { webhooks(first: ${first}) { totalCount nodes { ${what} } } }`,
        ),
      fc
        .tuple(fc.nat({ max: 2 }), body)
        .map(
          ([first, what]) =>
            `accounts(providers: [BAANX]) @ { webhooks(first: ${first}) { nodes { account { webhooks(last: 1) { nodes { ${what} } } } } } }`,
        ),
      id.map(
        (each) => `node(id: "${each}") @ { ... on Webhook { account { provider { accounts { webhooks { complete } } } } } }`,
      ),
      fc
        .tuple(delivery, fc.constantFrom('id', '... on Delivery { webhook { id deliveries { __typename } } }'))
        .map(([each, what]) => `node(id: "${each}") @ { ${what} }`),
      fc
        .tuple(fc.array(fc.oneof(id, delivery), { maxLength: 4 }), fc.constantFrom('id', '... on Delivery { webhook { id } }'))
        .map(
          ([some, what]) =>
            `nodes(ids: ${JSON.stringify(some)}) @ { ${what} ... on Webhook { deliveries { nodes { webhook { id } } } } }`,
        ),
      fc.constantFrom('accounts @ { slug }', 'providers @ { name }', '... @include(if: false) { webhooks { complete } }'),
    )
    const directive = fc.constantFrom('', '@skip(if: $no)', '@skip(if: $yes)', '@include(if: $no)', '@include(if: $yes)')
    const several = fc.tuple(fc.array(field, { minLength: 1, maxLength: 6 }), fc.array(directive, { maxLength: 6 }))
    return several.map(([fields, directives]) => {
      const text = fields
        .map((each, index) => (each.startsWith('...') ? each : `f${index}: ${each.replace('@', directives[index] ?? '')}`))
        .join(' ')
      const spreads = text.includes('...W') ? ' fragment W on Webhook { id deliveries(first: 2) { __typename } }' : ''
      const used = 'used: __typename @skip(if: $yes) @include(if: $no)'
      return print(parse(`query ($yes: Boolean = true, $no: Boolean = false) { ${used} ${text} }${spreads}`))
    })
  }

  it('is never below what a query comes to', async () => {
    const { ask, readBound, countCalls, ids, slugs } = await open({ limits: { upstreamCalls: 100_000 } }, 2)
    await fc.assert(
      fc.asyncProperty(operation(ids, slugs), async (query) => {
        const before = countCalls()
        const { errors, status } = await ask(query)
        expect({ errors, status }).toEqual({ errors: undefined, status: 200 })
        const calls = countCalls() - before
        expect(calls).toBeLessThanOrEqual(await readBound(query))
      }),
      { numRuns: toRuns(40) },
    )
  })

  it('counts the log of a webhook once for all deliveries that are asked for by their IDs, and a get only for their webhook', async () => {
    const { readBound, gateway, ids } = await open()
    const baanx = providers.findIndex(({ name }) => name === 'baanx')
    const count = (operation: Operation) => gateway.bound(gateway.getProvider('baanx'), operation).calls
    const id = toDeliveryId(ids[baanx] ?? '')
    const log = count('LIST_DELIVERIES')
    expect(log).toBeGreaterThan(0)
    expect(await readBound(`{ node(id: "${id}") { id } }`)).toBe(log)
    expect(await readBound(`{ a: node(id: "${id}") { id } b: nodes(ids: ["${id}"]) { id } }`)).toBe(log)
    expect(await readBound(`{ node(id: "${id}") { ... on Delivery { webhook { id } } } }`)).toBe(log + count('GET'))
  })

  it('counts a get for each of several webhooks, which their list may miss', async () => {
    const { ask, readBound, countCalls, slugs } = await open({ limits: { upstreamCalls: 100_000 } })
    const absent = ['a', 'b', 'c'].map((upstreamId) => formatId({ kind: 'webhook', slug: slugs[0] ?? '', upstreamId }))
    const query = `{ nodes(ids: ${JSON.stringify(absent)}) { id } }`
    expect((await ask(query)).data).toEqual({ nodes: [null, null, null] })
    expect([countCalls(), await readBound(query)]).toEqual([4, 4])
  })

  /** Every write at every provider that has it, by what it does. */
  const writes = providers.flatMap((provider) => {
    const { name, operations, sandbox } = provider
    const at = `${name}-0`
    const id = formatId({ kind: 'webhook', slug: at, upstreamId: sandbox.seededId })
    const deliveryId = formatId({ kind: 'delivery', slug: at, upstreamId: sandbox.seededId, key: 'none' })
    const events =
      typeof provider.fields.eventTypes.onCreate === 'string' ? `eventTypes: ["${provider.eventTypes.known[0]?.name}"]` : ''
    const create = `account: "${at}", name: "x", url: "https://hooks.acme.test/x", enabled: false ${events}`
    const rotation = isUnsupported(operations.ROTATE_SECRET) ? '' : operations.ROTATE_SECRET.strategy
    const texts: readonly (readonly [Operation, string])[] = [
      ['CREATE', `createWebhook(input: { ${create} }) { __typename }`],
      ['CREATE', `createWebhook(input: { ${create}, validateOnly: true }) { __typename }`],
      ['UPDATE', `updateWebhook(input: { id: "${id}", name: "Other" }) { __typename }`],
      ['UPDATE', `updateWebhook(input: { id: "${id}", name: "Other", validateOnly: true }) { __typename }`],
      ['DELETE', `deleteWebhook(input: { id: "${id}" }) { __typename }`],
      ['ROTATE_SECRET', `rotateWebhookSecret(input: { id: "${id}", strategy: ${rotation} }) { __typename }`],
      ['VERIFY', `verifyWebhook(input: { id: "${id}" }) { __typename }`],
      ['TEST', `testWebhook(input: { id: "${id}" }) { __typename }`],
      ['REDELIVER', `redeliverEvent(input: { deliveryId: "${deliveryId}", allWebhooks: true }) { __typename }`],
    ]
    return texts.flatMap(([operation, text]) => (isUnsupported(operations[operation]) ? [] : [{ at, name, operation, text }]))
  })

  it('is told for each operation of each provider, and no healthy one comes to more', async () => {
    const { ask, countCalls } = await open()
    const { data } = await ask('{ providers { name operations { operation support maxCalls } } }')
    for (const { operations } of data.providers) {
      for (const { support, maxCalls } of operations) expect(maxCalls > 0).toBe(support !== 'UNSUPPORTED')
    }
    const found = new Map<string, number>(
      data.providers.flatMap((provider: { name: string; operations: { operation: string; maxCalls: number }[] }) =>
        provider.operations.map((each) => [`${provider.name} ${each.operation}`, each.maxCalls]),
      ),
    )
    for (const { name, operation, text } of writes.toSorted((a) => (a.operation === 'DELETE' ? 1 : 0))) {
      const before = countCalls()
      expect((await ask(`mutation { ${text} }`)).errors).toBeUndefined()
      const calls = countCalls() - before
      expect({ text, calls }).toEqual({ text, calls: Math.min(calls, found.get(`${name.toUpperCase()} ${operation}`) ?? 0) })
    }
    expect(countCalls()).toBeGreaterThan(0)
  })

  it('is never below what a write comes to, whatever goes wrong, for each try that the door makes', async () => {
    const fault = fc.record({
      method: fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE'),
      when: fc.constantFrom('before' as const, 'after' as const),
      status: fc.constantFrom(500, 503, 404, 409, 429),
      times: fc.integer({ min: 1, max: 5 }),
    })
    const tries = fc.constantFrom(1, 2)
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...writes), fc.array(fault, { maxLength: 3 }), tries, async (write, faults, calls) => {
        const retry = { calls, firstPauseMs: 0 }
        const { ask, readBound, countCalls, standIns, slugs } = await open({}, 1, { retry })
        for (const each of faults) {
          standIns[slugs.indexOf(write.at)]?.fail({ ...each, body: '{}', headers: { 'retry-after': '0' } })
        }
        const query = `mutation { ${write.text} }`
        const { errors } = await ask(query)
        expect(errors).toBeUndefined()
        expect(countCalls()).toBeLessThanOrEqual(calls * (await readBound(query)))
      }),
      { numRuns: toRuns(15) },
    )
  })
})

describe('a caller', () => {
  it('that asks too often is told when to ask again, and others are not held up', async () => {
    const keys = [createApiKey(), createApiKey()]
    const auth = { apiKeys: keys.map((key, index) => ({ name: `caller-${index}`, sha256: hashApiKey(key), scopes })) }
    const { ask, countCalls } = await open({ auth, limits: { requestsPerMinute: 2 } })
    const askAs = (key = '') => ask('{ accounts { slug } }', {}, { authorization: `Bearer ${key}` })
    for (let count = 0; count < 2; count += 1) expect((await askAs(keys[0])).status).toBe(200)
    const { status, headers, errors } = await askAs(keys[0])
    expect(status).toBe(429)
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
    expect(errors).toMatchObject([{ extensions: { code: 'TOO_MANY_REQUESTS' } }])
    expect((await askAs(keys[1])).status).toBe(200)
    expect(countCalls()).toBe(0)
  })

  it('has its share of the requests at each of several processes, and at least one', async () => {
    let processes = 2
    const { ask } = await open({ limits: { requestsPerMinute: 5 }, countProcesses: () => processes })
    const askTimes = async (count: number) => {
      const answers = await Promise.all(Array.from({ length: count }, () => ask('{ accounts { slug } }')))
      return answers.filter(({ status }) => status === 200).length
    }
    expect(await askTimes(3)).toBe(2)
    processes = 1
    // Those that were refused count too.
    expect(await askTimes(3)).toBe(2)
    for (const many of [10, Number.POSITIVE_INFINITY]) {
      const { ask: askOther } = await open({ limits: { requestsPerMinute: 5 }, countProcesses: () => many })
      expect((await askOther('{ accounts { slug } }')).status).toBe(200)
      expect((await askOther('{ accounts { slug } }')).status).toBe(429)
    }
  })

  it('is counted by the store that replicas share', async () => {
    const requestCounter = new RateLimiterMemory({ points: 3, duration: 60 })
    const replicas = [await open({ requestCounter }), await open({ requestCounter })]
    const statuses: number[] = []
    for (const { ask } of [...replicas, ...replicas]) statuses.push((await ask('{ accounts { slug } }')).status)
    expect(statuses).toEqual([200, 200, 200, 429])
  })
})

describe('a store of counts that fails', () => {
  it('lets nobody in, and the log says why under the request id', async () => {
    const { ask, countCalls, readLog } = await open({
      requestCounter: { consume: () => Promise.reject(new Error('canary: the store is gone')) },
    })
    const { status, errors, text } = await ask('{ webhooks { complete } }')
    expect(status).toBe(500)
    expect(errors).toMatchObject([{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }])
    expect(text).not.toContain('canary')
    expect(readLog('unexpected error')).toMatchObject([{ requestId: errors?.[0]?.extensions?.['requestId'] }])
    expect(countCalls()).toBe(0)
  })
})

describe('the time of an operation', () => {
  it('ends a query with a typed 504', async () => {
    const { ask, standIns } = await open({ limits: { operationTimeoutMs: 50 } })
    standIns[0]?.fail({ hang: true })
    const { status, errors, data } = await ask('{ webhooks { complete } }')
    expect({ status, data }).toEqual({ status: 504, data: undefined })
    expect(errors).toMatchObject([{ extensions: { code: 'DEADLINE_EXCEEDED' } }])
  })

  it('takes the calls of a query that is ended with it', async () => {
    const upstream = { asked: 0, closed: 0 }
    const port = await listen((incoming) => {
      upstream.asked += 1
      incoming.socket.once('close', () => (upstream.closed += 1))
    })
    const account = { slug: 'baanx', provider: 'baanx', sandbox: true, token: 'any-token', baseUrl: `http://127.0.0.1:${port}` }
    const { ask } = openGateway({
      accounts: [account],
      timeoutMs: 600_000,
      server: { limits: { operationTimeoutMs: 500 } },
    })
    expect((await ask('{ webhooks { complete } }')).status).toBe(504)
    await expect.poll(() => upstream).toEqual({ asked: 1, closed: 1 })
  })

  it('never ends a write that has begun, and lets none begin afterwards', async () => {
    // However busy the machine is, the first one has begun by then.
    const operationTimeoutMs = 2_000
    const { ask, standIns, ids, slugs } = await open({ limits: { operationTimeoutMs } })
    const at = slugs.indexOf('verifik-0')
    standIns[at]?.fail({ method: 'POST', delayMs: operationTimeoutMs })
    const create = `createWebhook(input: { account: "verifik-0", name: "x", url: "https://hooks.acme.test/x" }) { ... on CreateWebhookSuccess { signingSecret } }`
    const remove = 'deleteWebhook(input: { id: $id }) { ... on WebhookError { __typename message retry } }'
    const { data, errors } = await ask(`mutation ($id: ID!) { a: ${create} b: ${remove} }`, { id: ids[at] })
    expect(errors).toBeUndefined()
    expect(data.a.signingSecret).toMatch(/.{12,}/)
    expect(data.b).toMatchObject({
      __typename: 'UpstreamUnavailableError',
      retry: 'SAFE',
      message: expect.stringContaining('Nothing was changed'),
    })
    expect(standIns[at]?.calls.some(({ method }) => method === 'DELETE')).toBe(false)
  })
})

describe('what may be asked', () => {
  const document = 'query Slugs { accounts { slug } }'
  const documents = new Map([['abc', document]])
  const post = (body: object, headers: Readonly<Record<string, string>> = {}) => ({
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })

  it('is a trusted document by its id, as either kind of client sends it', async () => {
    const { server } = await open({ trustedDocuments: { documents, only: false } })
    const bodies = [
      { documentId: 'abc' },
      { extensions: { persistedQuery: { version: 1, sha256Hash: 'abc' } } },
      { query: document },
    ]
    for (const body of bodies) {
      const answer = await server.fetch('http://gateway.test/graphql', post(body))
      expect(await answer.json()).toMatchObject({ data: { accounts: expect.any(Array) } })
    }
  })

  it('is nothing else where only trusted documents are served', async () => {
    const { server } = await open({ trustedDocuments: { documents, only: true } })
    const codes = []
    for (const body of [{ documentId: 'abc' }, { query: document }, { documentId: 'xyz' }, { documentId: '__proto__' }, {}]) {
      const answer = await server.fetch('http://gateway.test/graphql', post(body))
      const { errors } = (await answer.json()) as { errors?: { extensions: { code: string } }[] }
      codes.push([answer.status, errors?.[0]?.extensions.code])
    }
    expect(codes).toEqual([
      [200, undefined],
      [400, 'PERSISTED_QUERY_ONLY'],
      [400, 'PERSISTED_QUERY_NOT_IN_LIST'],
      [400, 'PERSISTED_QUERY_NOT_IN_LIST'],
      [400, 'PERSISTED_QUERY_ID_REQUIRED'],
    ])
  })

  it('is no introspection and no page where they are switched off', async () => {
    const { ask, server } = await open({ introspection: false, graphiql: false })
    expect((await ask('{ __schema { types { name } } }')).data).toBeUndefined()
    expect((await ask('{ __typename accounts { __typename } }')).errors).toBeUndefined()
    const misspelt = await ask('{ accountz { slug } }')
    expect(misspelt.status).toBe(200)
    expect(misspelt.text).not.toMatch(/accounts|Did you mean/)
    const page = await server.fetch('http://gateway.test/graphql', { headers: { accept: 'text/html' } })
    expect(page.status).toBe(405)
  })

  it('comes from pages of listed origins only', async () => {
    const { server } = await open({ corsOrigins: ['https://console.acme.test'] })
    const preflight = (origin: string) =>
      server.fetch('http://gateway.test/graphql', {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'authorization,content-type',
        },
      })
    const allowed = await preflight('https://console.acme.test')
    expect(allowed.headers.get('access-control-allow-origin')).toBe('https://console.acme.test')
    expect(allowed.headers.get('access-control-allow-headers')).toContain('authorization')
    expect(allowed.headers.get('access-control-allow-credentials')).not.toBe('true')
    for (const origin of ['https://evil.test', 'null', 'https://console.acme.test.evil.test']) {
      expect((await preflight(origin)).headers.get('access-control-allow-origin')).toBeNull()
    }
    const readAllowed = async (path: string, init: RequestInit) =>
      (await server.fetch(`http://gateway.test${path}`, init)).headers.get('access-control-allow-origin')
    const query = { query: '{ accounts { slug } }' }
    expect(await readAllowed('/graphql', post(query, { origin: 'https://console.acme.test' }))).toBe('https://console.acme.test')
    expect(await readAllowed('/graphql', post(query, { origin: 'https://evil.test' }))).toBeNull()
    expect(await readAllowed('/livez', { headers: { origin: 'https://console.acme.test' } })).toBeNull()
  })

  it('is not for pages without an origin where several are listed', async () => {
    const { server } = await open({ corsOrigins: ['https://console.acme.test', 'https://admin.acme.test'] })
    for (const method of ['OPTIONS', 'POST']) {
      const headers = { origin: 'null', 'content-type': 'application/json' }
      const answer = await server.fetch('http://gateway.test/graphql', {
        method,
        headers,
        ...(method === 'POST' && { body: '{}' }),
      })
      expect(answer.headers.get('access-control-allow-origin')).toBeNull()
    }
  })

  it('comes with the headers that common clients send, and those that are configured, and is asked for once in two hours', async () => {
    const origin = 'https://console.acme.test'
    const { server } = await open({ corsOrigins: [origin], corsHeaders: ['X-Datadog-Trace-Id'] })
    const preflight = { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'traceparent' }
    const { headers } = await server.fetch('http://gateway.test/graphql', { method: 'OPTIONS', headers: preflight })
    const allowed = headers.get('access-control-allow-headers')?.split(', ')
    const sent = ['authorization', 'content-type', 'x-request-id', 'traceparent', 'tracestate', 'baggage']
    const byApollo = ['apollo-require-preflight', 'apollographql-client-name', 'apollographql-client-version']
    expect(allowed).toEqual(expect.arrayContaining([...sent, ...byApollo, 'x-apollo-operation-name', 'x-datadog-trace-id']))
    expect(allowed).not.toContain('*')
    expect(headers.get('access-control-max-age')).toBe('7200')
  })
})
