import { pino } from 'pino'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type Scope, scopes } from '../../src/caller.ts'
import { OutcomeUnknownError } from '../../src/errors.ts'
import { pack, packError } from '../../src/gateway/journal/record.ts'
import { formatId } from '../../src/id.ts'
import { journaledOperations, journalStates } from '../../src/journal.ts'
import { encrata } from '../../src/providers/encrata/index.ts'
import { verifik } from '../../src/providers/verifik/index.ts'
import { createApiKey, hashApiKey } from '../../src/server/auth/api-key.ts'
import { StoreError } from '../../src/store/error.ts'
import { createKeys } from '../../src/store/keys.ts'
import { openStore } from '../../src/store/open.ts'
import type { Intent, Outcome, Store } from '../../src/store/store.ts'
import { openGateway, toAccount } from '../helpers/gateway.ts'
import { openStandIn } from '../helpers/stand-in.ts'

const everything = scopes.filter((scope) => scope !== 'secrets:reveal')
const people: Readonly<Record<string, { readonly scopes: readonly Scope[]; readonly accounts?: readonly string[] }>> = {
  ada: { scopes: everything },
  bob: { scopes: everything },
  eve: { scopes: everything, accounts: ['verifik'] },
  chief: { scopes },
  reader: { scopes: ['webhooks:read'] },
}

/** A gateway with two accounts, callers of every kind, and a store of its own. */
async function open(wrap: (store: Store) => Store = (store) => store) {
  const standIns = { encrata: await openStandIn(encrata), verifik: await openStandIn(verifik) }
  const store = await openStore({ path: null, keys: createKeys() })
  onTestFinished(() => store.close())
  const keys = new Map(Object.keys(people).map((name) => [name, createApiKey()]))
  const apiKeys = Object.entries(people).map(([name, person]) => ({
    name,
    sha256: hashApiKey(keys.get(name) ?? ''),
    ...person,
  }))
  const lines: string[] = []
  const audit = pino({}, { write: (line) => void lines.push(line) })
  const gateway = openGateway({
    accounts: [toAccount(encrata, standIns.encrata), toAccount(verifik, standIns.verifik)],
    store: wrap(store),
    server: { auth: { apiKeys }, audit },
  })
  const ask = (query: string, variables: Record<string, unknown> = {}, caller = 'ada') =>
    gateway.ask(query, variables, { authorization: `Bearer ${keys.get(caller) ?? ''}` })
  const calls = () => standIns.encrata.calls.length + standIns.verifik.calls.length
  const readAudit = () => lines.map((line) => JSON.parse(line) as Record<string, unknown>)
  return { ...gateway, ask, store, standIns, calls, lines, readAudit }
}

const url = 'https://hooks.acme.test/journal'
const input = { account: 'encrata', name: 'Journal', url, eventTypes: ['lookup.completed'] }
const entry = 'id operation state open caller webhookId changedFields recovered secretUntil startedAt settledAt account { slug }'
const create = `mutation ($input: CreateWebhookInput!) { r: createWebhook(input: $input) { __typename
  ... on CreateWebhookSuccess { signingSecret secretState replayed webhook { id } journalEntry { ${entry} after { name url } before { name } } }
  ... on WebhookError { code message journalEntry { ${entry} error { code } } } ... on InvalidInputError { issues { path code message } } } }`
const update = `mutation ($input: UpdateWebhookInput!) { r: updateWebhook(input: $input) { __typename
  ... on UpdateWebhookSuccess { journalEntry { ${entry} before { name } after { name } } } } }`
const reveal = `mutation ($id: ID!) { r: revealSigningSecret(input: { entryId: $id }) { __typename
  ... on RevealSigningSecretSuccess { signingSecret secretState journalEntry { id secretUntil } warnings { code } }
  ... on WebhookError { code message } } }`
const acknowledge = `mutation ($id: ID!) { r: acknowledgeSecret(input: { entryId: $id }) { __typename
  ... on AcknowledgeSecretSuccess { journalEntry { id secretUntil } } ... on WebhookError { code message } ... on InvalidInputError { issues { path } } } }`
const list = `query ($first: Int, $after: String, $filter: JournalFilter) { journal(first: $first, after: $after, filter: $filter) {
  edges { cursor node { id } } nodes { id operation state account { slug provider { name } sandbox } }
  pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`

const intent: Intent = {
  id: 'one',
  operation: 'UPDATE',
  account: 'encrata',
  provider: 'encrata',
  upstream: 'https://api.test',
  webhook: 'w1',
  caller: 'key:ada',
  keyHash: null,
  before: null,
  facts: null,
  secrets: {},
  startedMs: 1_000,
}
const outcome: Outcome = {
  state: 'SUCCEEDED',
  webhook: null,
  after: null,
  result: null,
  error: null,
  candidates: null,
  recovered: false,
  signingSecret: null,
  secretUntilMs: null,
  holdsKey: false,
  setsSecret: false,
  settledMs: 2_000,
}

/** Fills a store with an entry for each operation, state and account, one a second. */
async function fill(store: Store): Promise<readonly string[]> {
  const ids: string[] = []
  for (const account of ['encrata', 'verifik']) {
    for (const operation of journaledOperations) {
      for (const state of journalStates) {
        const id = `${account}-${operation}-${state}`.toLowerCase().replaceAll('_', '-')
        await store.begin({ ...intent, id, account, provider: account, operation, startedMs: 1_000 * (ids.length + 1) })
        if (state !== 'RUNNING') await store.settle(id, { ...outcome, state })
        ids.push(formatId({ kind: 'entry', id }))
      }
    }
  }
  return ids.toReversed()
}

const toIds = (data: { journal: { nodes: readonly { id: string }[] } }) => data.journal.nodes.map(({ id }) => id)

describe('a write', () => {
  it('returns its entry, which shows who did what to which webhook', async () => {
    const { ask } = await open()
    const { data } = await ask(create, { input })
    expect(data.r).toMatchObject({
      __typename: 'CreateWebhookSuccess',
      replayed: false,
      journalEntry: {
        operation: 'CREATE',
        state: 'SUCCEEDED',
        open: false,
        caller: 'key:ada',
        webhookId: data.r.webhook.id,
        account: { slug: 'encrata' },
        before: null,
        after: { name: 'Journal', url },
        changedFields: [],
        recovered: false,
      },
    })
    const { data: found } = await ask(
      `query ($id: ID!) { journalEntry(id: $id) { ${entry} webhook { ... on Webhook { id name } } } node(id: $id) { __typename id } }`,
      { id: data.r.journalEntry.id },
    )
    const { after: _, before: __, ...shown } = data.r.journalEntry
    expect(found.journalEntry).toEqual({ ...shown, webhook: { id: data.r.webhook.id, name: 'Journal' } })
    expect(found.node).toEqual({ __typename: 'JournalEntry', id: data.r.journalEntry.id })
  })

  it('shows what it changed', async () => {
    const { ask } = await open()
    const { data } = await ask(create, { input })
    const changed = await ask(update, { input: { id: data.r.webhook.id, name: 'Renamed', enabled: false } })
    expect(changed.data.r.journalEntry).toMatchObject({
      before: { name: 'Journal' },
      after: { name: 'Renamed' },
      changedFields: ['name', 'enabled', 'status'],
    })
  })

  it('is audited as its entry shows it, and a repeated one like the first, as a replay', async () => {
    const { ask, readAudit } = await open()
    const keyed = { input: { ...input, idempotencyKey: 'k' } }
    const { data } = await ask(create, keyed)
    await ask(update, { input: { id: data.r.webhook.id, name: 'Renamed' } })
    await ask(create, keyed)
    const done = readAudit().filter(({ outcome }) => outcome !== 'BEGUN')
    expect(done.map(({ outcome }) => outcome)).toEqual(['DONE', 'DONE', 'REPLAYED'])
    const made = { operation: 'CREATE', webhook: data.r.webhook.id, before: null, after: { name: 'Journal', url } }
    expect(done).toMatchObject([made, { operation: 'UPDATE', before: { name: 'Journal' }, after: { name: 'Renamed' } }, made])
  })

  it('that begins nothing has no entry, and one that fails upstream has the entry with its error', async () => {
    const { ask, standIns, calls } = await open()
    const refused = await ask(create, { input: { ...input, url: 'http://hooks.acme.test' } })
    expect(refused.data.r).toMatchObject({ code: 'INVALID_INPUT', journalEntry: null })
    expect(calls()).toBe(0)
    standIns.encrata.fail({ method: 'POST', status: 403, body: '{"error":"no"}' })
    const failed = await ask(create, { input })
    expect(failed.data.r).toMatchObject({ journalEntry: { operation: 'CREATE', open: expect.any(Boolean) } })
    const { code, journalEntry } = failed.data.r
    expect(journalEntry.error).toEqual({ code })
  })

  it('with an unusable idempotency key is refused with its path, and sends nothing', async () => {
    const { ask, calls } = await open()
    for (const [key, issue] of [
      ['', 'TOO_SMALL'],
      ['x'.repeat(256), 'TOO_BIG'],
      ['schlüssel', 'INVALID'],
      ['line\nbreak', 'INVALID'],
    ] as const) {
      const { data, text } = await ask(create, { input: { ...input, name: '', idempotencyKey: key } })
      expect(data.r.issues).toEqual([
        expect.objectContaining({ path: ['input', 'name'] }),
        expect.objectContaining({ path: ['input', 'idempotencyKey'], code: issue }),
      ])
      if (key !== '') expect(text).not.toContain(key)
    }
    expect(calls()).toBe(0)
  })

  it.each([
    ['deleteWebhook', 'DeleteWebhookSuccess', ''],
    ['verifyWebhook', 'VerifyWebhookSuccess', ''],
    ['testWebhook', 'TestWebhookSuccess', ''],
    ['rotateWebhookSecret', 'RotateWebhookSecretSuccess', ', strategy: REPLACEMENT'],
    ['updateWebhook', 'UpdateWebhookSuccess', ', name: "x"'],
    ['redeliverEvent', 'RedeliverEventSuccess', ''],
  ])('by %s takes a key of 255 characters and none of 256', async (name, success, more) => {
    const { ask, gateway } = await open()
    const id = formatId({ kind: 'webhook', slug: 'encrata', upstreamId: 'w1' })
    const target = name === 'redeliverEvent' ? 'deliveryId' : 'id'
    const query = (key: string) => `mutation { r: ${name}(input: { ${target}: "${id}", idempotencyKey: "${key}"${more} }) {
      ... on ${success} { replayed journalEntry { id } } ... on InvalidInputError { issues { path } } } }`
    expect(gateway.findAccountOf(id)).not.toBeNull()
    const tooLong = await ask(query('k'.repeat(256)))
    expect(tooLong.data.r).toEqual({ issues: [{ path: ['input', 'idempotencyKey'] }] })
    const fits = await ask(query('k'.repeat(255)))
    expect(fits.errors).toBeUndefined()
    expect(fits.data.r).not.toHaveProperty('issues')
  })

  it('repeated with its key returns the first outcome with its secret, and sends nothing', async () => {
    const { ask, standIns } = await open()
    const keyed = { input: { ...input, idempotencyKey: 'order 66' } }
    const first = await ask(create, keyed)
    const sent = standIns.encrata.calls.length
    const second = await ask(create, keyed)
    expect(second.data.r).toEqual({ ...first.data.r, replayed: true })
    expect(second.data.r.secretState).toBe('HANDED_OUT')
    expect(standIns.encrata.calls.length).toBe(sent)
    const other = await ask(create, { input: { ...keyed.input, name: 'Other' } })
    expect(other.data.r.issues).toEqual([expect.objectContaining({ path: ['input', 'idempotencyKey'] })])
    const ofBob = await ask(create, { input: { ...keyed.input, url: `${url}/bob` } }, 'bob')
    expect(ofBob.data.r).toMatchObject({ __typename: 'CreateWebhookSuccess', replayed: false })
  })

  it('repeated after its secret was erased says that it is gone', async () => {
    const { ask } = await open()
    const keyed = { input: { ...input, idempotencyKey: 'k' } }
    const first = await ask(create, keyed)
    await ask(acknowledge, { id: first.data.r.journalEntry.id })
    const second = await ask(create, keyed)
    expect(second.data.r).toMatchObject({
      signingSecret: null,
      secretState: 'GONE',
      replayed: true,
      webhook: first.data.r.webhook,
    })
  })

  it('that is only previewed leaves no entry and no key', async () => {
    const { ask } = await open()
    const preview = { input: { ...input, idempotencyKey: 'k', validateOnly: true } }
    expect((await ask(create, preview)).data.r.__typename).toBe('MutationPreview')
    const { data } = await ask(list)
    expect(data.journal.nodes).toEqual([])
    const made = await ask(create, { input: { ...preview.input, name: 'Other', validateOnly: false } })
    expect(made.data.r).toMatchObject({ __typename: 'CreateWebhookSuccess', replayed: false })
  })
})

describe('the journal', () => {
  it('is listed newest first, each entry once, whatever the size of a page', async () => {
    const { ask, store } = await open()
    const ids = await fill(store)
    for (const first of [1, 7, ids.length - 1, ids.length, 200]) {
      const seen: string[] = []
      for (let after: string | null = null; ;) {
        const { data } = await ask(list, { first, after })
        const { edges, pageInfo } = data.journal
        seen.push(...toIds(data))
        expect(pageInfo.hasPreviousPage).toBe(after !== null)
        expect([pageInfo.startCursor, pageInfo.endCursor]).toEqual([edges[0].cursor, edges.at(-1).cursor])
        expect(pageInfo.hasNextPage).toBe(seen.length < ids.length)
        if (pageInfo.hasNextPage !== true) break
        after = pageInfo.endCursor
      }
      expect(seen).toEqual(ids)
    }
    const none = await ask(list, { first: 0 })
    expect(none.data.journal).toMatchObject({ edges: [], pageInfo: { hasNextPage: true, startCursor: null } })
  })

  it('is filtered by account, operation, state, webhook and time, all together', async () => {
    const { ask, store } = await open()
    const ids = await fill(store)
    const names = ids.map((id) => Buffer.from(id, 'base64url').toString().slice(2))
    const read = async (filter: object) =>
      toIds((await ask(list, { first: 200, filter })).data).map((id) => Buffer.from(id, 'base64url').toString().slice(2))
    const keep = (wanted: (name: string) => boolean) => names.filter(wanted)
    expect(await read({ accounts: ['verifik'] })).toEqual(keep((name) => name.startsWith('verifik')))
    expect(await read({ operations: ['DELETE', 'ROTATE_SECRET'] })).toEqual(keep((name) => /-(delete|rotate-secret)-/.test(name)))
    expect(await read({ states: ['UNKNOWN'], accounts: ['encrata'] })).toEqual(keep((name) => /^encrata.*unknown$/.test(name)))
    const webhookId = formatId({ kind: 'webhook', slug: 'verifik', upstreamId: 'w1' })
    expect(await read({ webhookId, operations: ['TEST'] })).toEqual(keep((name) => name.startsWith('verifik-test')))
    const [since, until] = ['1970-01-01T00:00:03.000Z', '1970-01-01T01:00:05.000+01:00']
    expect(await read({ since, until })).toEqual(names.toReversed().slice(2, 4).toReversed())
    for (const empty of [{ accounts: [] }, { operations: [] }, { states: [] }]) expect(await read(empty)).toEqual([])
  })

  it('refuses cursors of another filter or of strangers, sizes, accounts and webhooks that are not there', async () => {
    const { ask, store } = await open()
    await fill(store)
    const { data } = await ask(list, { first: 1, filter: { accounts: ['verifik'] } })
    const after = data.journal.pageInfo.endCursor
    const forged = Buffer.from(JSON.stringify(['x', 'secret', 'y'])).toString('base64url')
    const foreign = formatId({ kind: 'webhook', slug: 'nobody', upstreamId: 'w1' })
    for (const variables of [
      { after },
      { after: 'x', filter: { accounts: ['verifik'] } },
      { after: forged },
      { first: 201 },
      { first: -1 },
      { filter: { accounts: ['nobody'] } },
      { filter: { accounts: Array.from({ length: 101 }, () => 'verifik') } },
      { filter: { webhookId: foreign } },
      { filter: { webhookId: 'x' } },
      { filter: { since: 'yesterday' } },
    ]) {
      const { errors } = await ask(list, variables)
      expect({ variables, errors }).toMatchObject({ variables, errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] })
      expect(errors?.[0]?.message).not.toContain('yesterday')
    }
    const same = await ask(list, { after, first: 1, filter: { accounts: ['verifik'] } })
    expect(same.errors).toBeUndefined()
  })

  it('of a webhook has its writes, and those of the webhook that it replaced', async () => {
    const { ask } = await open()
    const { data } = await ask(create, { input })
    await ask(create, { input: { ...input, url: `${url}/other` } })
    const { data: rotated } = await ask(
      `mutation ($id: ID!) { r: rotateWebhookSecret(input: { id: $id, strategy: REPLACEMENT }) {
        ... on RotateWebhookSecretSuccess { webhook { id secretSetAt journal { nodes { operation webhookId } } } journalEntry { settledAt } } } }`,
      { id: data.r.webhook.id },
    )
    const { id, journal, secretSetAt } = rotated.r.webhook
    expect(journal.nodes).toEqual([{ operation: 'ROTATE_SECRET', webhookId: id }])
    expect(secretSetAt).toBe(rotated.r.journalEntry.settledAt)
    const filtered = await ask('query ($id: ID!) { journal(filter: { webhookId: $id }) { nodes { operation } } }', {
      id: data.r.webhook.id,
    })
    expect(filtered.data.journal.nodes).toEqual([{ operation: 'ROTATE_SECRET' }, { operation: 'CREATE' }])
  })

  it('has no webhook for an entry whose webhook is gone, and says why one could not be read', async () => {
    const { ask, standIns } = await open()
    const { data } = await ask(create, { input })
    const { id } = data.r.journalEntry
    const read = 'query ($id: ID!) { journalEntry(id: $id) { webhook { __typename ... on WebhookError { code } } } }'
    standIns.encrata.fail({ effect: 'READ', status: 500 })
    const failed = await ask(read, { id })
    expect([failed.errors, failed.data.journalEntry.webhook]).toMatchObject([undefined, { code: 'UPSTREAM_UNAVAILABLE' }])
    await ask('mutation ($id: ID!) { deleteWebhook(input: { id: $id }) { __typename } }', { id: data.r.webhook.id })
    const gone = await ask(read, { id })
    expect([gone.errors, gone.data.journalEntry.webhook]).toEqual([undefined, null])
  })

  it('shows the candidates and the error of an unknown write', async () => {
    const { ask, store } = await open()
    const { data } = await ask(create, { input })
    const { data: read } = await ask('query ($id: ID!) { webhook(id: $id) { ... on Webhook { upstreamId url } } }', {
      id: data.r.webhook.id,
    })
    const account = { slug: 'encrata', provider: 'encrata', sandbox: true }
    const { upstreamId } = read.webhook
    const candidate = {
      id: data.r.webhook.id,
      upstreamId,
      account,
      name: 'Journal',
      url,
      enabled: true,
      status: 'ACTIVE' as const,
      eventTypes: null,
      createdAt: null,
      updatedAt: null,
      secretHint: null,
      raw: null,
      details: {},
    }
    const error = new OutcomeUnknownError('Nobody knows.', [candidate])
    await store.begin({ ...intent, id: 'lost', operation: 'CREATE', webhook: null })
    const createdAt = '1970-01-01T00:00:05.000Z'
    // As an earlier version stored a time.
    const candidates = [{ ...candidate, createdAt: { $date: createdAt } }]
    const lost = { ...outcome, state: 'UNKNOWN', error: packError(error), candidates: pack(candidates) } as const
    await store.settle('lost', lost)
    const { data: found } = await ask(
      `query ($id: ID!) { journalEntry(id: $id) { open webhookId webhook { __typename } error { __typename code message retry
        ... on OutcomeUnknownError { candidates { id } } } candidates { __typename id name createdAt } } }`,
      { id: formatId({ kind: 'entry', id: 'lost' }) },
    )
    const { id } = data.r.webhook
    expect(found.journalEntry).toEqual({
      open: true,
      webhookId: null,
      webhook: null,
      error: {
        __typename: 'OutcomeUnknownError',
        code: 'OUTCOME_UNKNOWN',
        message: 'Nobody knows.',
        retry: 'CHECK_FIRST',
        candidates: [{ id }],
      },
      candidates: [{ __typename: 'EncrataWebhook', id, name: 'Journal', createdAt }],
    })
  })

  it('keeps entries of accounts that are not configured any more', async () => {
    const { ask, store } = await open()
    await store.begin({ ...intent, account: 'old-shop' })
    // The slug now belongs to an account at another provider.
    await store.begin({ ...intent, id: 'two', account: 'verifik' })
    const { data } = await ask(list)
    expect(data.journal.nodes).toMatchObject([
      { account: { slug: 'verifik', sandbox: false, provider: { name: 'ENCRATA' } } },
      { account: { slug: 'old-shop', sandbox: false, provider: { name: 'ENCRATA' } } },
    ])
  })

  it('is taken over by the gateway that replaces another', async () => {
    const standIn = await openStandIn(encrata)
    const accounts = [toAccount(encrata, standIn)]
    const first = openGateway({ accounts })
    const { data } = await first.ask(create, { input: { ...input, idempotencyKey: 'k' } })
    const second = openGateway({ accounts, predecessor: first.gateway })
    const repeated = await second.ask(create, { input: { ...input, idempotencyKey: 'k' } })
    expect(repeated.data.r).toEqual({ ...data.r, replayed: true })
  })

  it('has for a restricted caller nothing of other accounts, by any way', async () => {
    const { ask, store } = await open()
    await fill(store)
    await store.begin({ ...intent, id: 'gone', account: 'old-shop' })
    const { data } = await ask(list, { first: 200 }, 'eve')
    expect(new Set(data.journal.nodes.map(({ account }: { account: { slug: string } }) => account.slug))).toEqual(
      new Set(['verifik']),
    )
    const hidden = formatId({ kind: 'entry', id: 'encrata-create-succeeded' })
    const absent = formatId({ kind: 'entry', id: 'encrata-create-nowhere' })
    for (const query of [
      'query ($id: ID!) { journalEntry(id: $id) { id } }',
      'query ($id: ID!) { node(id: $id) { id } }',
      reveal,
      acknowledge,
      'mutation ($id: ID!) { settleJournalEntry(input: { id: $id, as: ABANDON }) { __typename ... on WebhookError { message } } }',
    ]) {
      const [one, other] = [await ask(query, { id: hidden }, 'eve'), await ask(query, { id: absent }, 'eve')]
      expect(one.text).toBe(other.text)
    }
    const webhookId = formatId({ kind: 'webhook', slug: 'encrata', upstreamId: 'w1' })
    const refusals = [{ accounts: ['encrata'] }, { webhookId }].map((filter) => ask(list, { filter }, 'eve'))
    for (const { errors } of await Promise.all(refusals)) expect(errors?.[0]?.extensions?.['code']).toBe('BAD_USER_INPUT')
    expect((await store.find('encrata-create-unknown'))?.abandonedMs).toBeNull()
  })

  it('that cannot be read is an error with its code, and no empty list', async () => {
    const broken = () => Promise.reject(new StoreError('The disk is gone.'))
    const { ask, logs } = await open((store) => ({ ...store, list: broken, find: broken, findSecretTimes: broken }))
    const { data } = await ask(create, { input })
    const id = formatId({ kind: 'entry', id: 'x' })
    for (const query of [
      '{ journal { nodes { id } } }',
      `{ journalEntry(id: "${id}") { id } }`,
      `{ node(id: "${id}") { id } }`,
    ]) {
      const { errors, text } = await ask(query)
      expect(errors).toMatchObject([{ extensions: { code: 'STORE_UNAVAILABLE', retry: 'SAFE' } }])
      expect(text).not.toContain('The disk')
    }
    const webhook = await ask('{ webhooks { complete nodes { id journal { nodes { id } } secretSetAt } } }')
    expect(webhook.data.webhooks).toEqual({
      complete: true,
      nodes: [{ id: data.r.webhook.id, journal: null, secretSetAt: null }],
    })
    expect(webhook.errors?.map(({ extensions }) => extensions?.['code'])).toEqual(['STORE_UNAVAILABLE', 'STORE_UNAVAILABLE'])
    const afterwards = await ask(
      `mutation ($input: CreateWebhookInput!) { r: createWebhook(input: $input) { ... on CreateWebhookSuccess { signingSecret webhook { journal { nodes { id } } } } } }`,
      { input: { ...input, url: `${url}/2` } },
    )
    expect(afterwards.data.r).toEqual({ signingSecret: expect.any(String), webhook: { journal: null } })
    expect(logs.join()).not.toContain('unexpected error')
  })
})

describe('a secret in escrow', () => {
  it('is revealed to the caller who made the write, and to nobody else without the scope', async () => {
    const { ask } = await open()
    const { data } = await ask(create, { input })
    const { signingSecret, journalEntry } = data.r
    const { id } = journalEntry
    expect(journalEntry.secretUntil).not.toBeNull()
    const own = await ask(reveal, { id })
    expect(own.data.r).toEqual({
      __typename: 'RevealSigningSecretSuccess',
      signingSecret,
      secretState: 'HANDED_OUT',
      journalEntry: { id, secretUntil: journalEntry.secretUntil },
      warnings: [],
    })
    const other = await ask(reveal, { id }, 'bob')
    const absent = await ask(reveal, { id: formatId({ kind: 'entry', id: 'absent' }) }, 'bob')
    expect(other.text).toBe(absent.text)
    expect(other.data.r).toMatchObject({ code: 'NOT_FOUND', message: expect.stringContaining('secrets:reveal') })
    expect((await ask(acknowledge, { id }, 'bob')).data.r.code).toBe('NOT_FOUND')
    expect((await ask(reveal, { id }, 'chief')).data.r.signingSecret).toBe(signingSecret)
    expect((await ask(reveal, { id }, 'reader')).errors?.[0]?.extensions?.['code']).toBe('FORBIDDEN')
  })

  it('is erased at once when it is acknowledged, and is gone then', async () => {
    const { ask, store } = await open()
    const { data } = await ask(create, { input })
    const { id } = data.r.journalEntry
    const erased = await ask(acknowledge, { id })
    expect(erased.data.r).toEqual({ __typename: 'AcknowledgeSecretSuccess', journalEntry: { id, secretUntil: null } })
    const again = await ask(reveal, { id })
    expect(again.data.r).toMatchObject({ signingSecret: null, secretState: 'GONE', journalEntry: { secretUntil: null } })
    expect((await ask(acknowledge, { id })).data.r.__typename).toBe('AcknowledgeSecretSuccess')
    const stored = Buffer.from(id, 'base64url').toString().slice(2)
    expect(await store.openSecret(stored, 'signingSecret')).toBeNull()
  })

  it('is gone once its time is up, and there is none for a write that has none', async () => {
    const { ask, store } = await open()
    const past = { ...outcome, signingSecret: 'expired-canary', secretUntilMs: 5_000, result: { hadSecret: true } }
    await store.begin({ ...intent, id: 'expired', operation: 'CREATE' })
    await store.settle('expired', past)
    await store.begin({ ...intent, id: 'renamed' })
    await store.settle('renamed', outcome)
    const [expired, renamed] = await Promise.all(
      ['expired', 'renamed'].map((name) => ask(reveal, { id: formatId({ kind: 'entry', id: name }) })),
    )
    expect(expired?.data.r).toMatchObject({ signingSecret: null, secretState: 'GONE' })
    expect(renamed?.data.r).toMatchObject({ signingSecret: null, secretState: 'NONE' })
  })

  it('of a write that is still open is not erased: it may settle it', async () => {
    const { ask, store } = await open()
    await store.begin({ ...intent, id: 'open', operation: 'ROTATE_SECRET', secrets: { signingSecret: 'chosen' } })
    const refused = await ask(acknowledge, { id: formatId({ kind: 'entry', id: 'open' }) })
    expect(refused.data.r).toMatchObject({ code: 'INVALID_INPUT', issues: [{ path: ['input', 'entryId'] }] })
    expect(await store.openSecret('open', 'signingSecret')).toBe('chosen')
  })

  it('leaves an audit line for each reveal and acknowledgement, and for those that are refused', async () => {
    const { ask, readAudit, lines } = await open()
    const { data } = await ask(create, { input })
    const { signingSecret, journalEntry, webhook } = data.r
    lines.length = 0
    await ask(reveal, { id: journalEntry.id })
    await ask(reveal, { id: journalEntry.id }, 'bob')
    await ask(acknowledge, { id: journalEntry.id }, 'chief')
    const facts = { account: 'encrata', webhook: webhook.id, entry: journalEntry.id, before: null, after: null }
    expect(readAudit()).toMatchObject([
      { operation: 'REVEAL_SECRET', caller: 'key:ada', outcome: 'BEGUN', ...facts },
      { operation: 'REVEAL_SECRET', caller: 'key:ada', outcome: 'DONE', ...facts },
      { operation: 'REVEAL_SECRET', caller: 'key:bob', outcome: 'BEGUN', ...facts },
      { operation: 'REVEAL_SECRET', caller: 'key:bob', outcome: 'NOT_FOUND', ...facts },
      { operation: 'ACKNOWLEDGE_SECRET', caller: 'key:chief', outcome: 'BEGUN', ...facts },
      { operation: 'ACKNOWLEDGE_SECRET', caller: 'key:chief', outcome: 'DONE', ...facts },
    ])
    expect(lines.join()).not.toContain(signingSecret)
  })

  it('is in no response but those that hand it out, and in no cursor, ID or log', async () => {
    const { ask, logs, lines } = await open()
    const { data, text } = await ask(create, { input: { ...input, idempotencyKey: 'canary-key' } })
    const { signingSecret, journalEntry, webhook } = data.r
    expect(text).toContain(signingSecret)
    const answers = await Promise.all([
      ask(
        list.replace(
          'edges { cursor node { id } }',
          `edges { cursor node { ${entry} before { url } after { url } error { message } candidates { id } } }`,
        ),
      ),
      ask(
        `query ($id: ID!) { journalEntry(id: $id) { ${entry} webhook { ... on Webhook { id raw secretHint secretSetAt } } } }`,
        { id: journalEntry.id },
      ),
      ask('query ($id: ID!) { webhook(id: $id) { ... on Webhook { journal { edges { cursor node { id } } } } } }', {
        id: webhook.id,
      }),
    ])
    const texts = [...answers.map((answer) => answer.text), ...logs, ...lines]
    const decoded = texts.flatMap((each) => [
      each,
      ...[...each.matchAll(/[\w-]{12,}/g)].map(([run]) => Buffer.from(run, 'base64url').toString('latin1')),
    ])
    expect(decoded.join('\n')).not.toContain(signingSecret)
    expect(decoded.join('\n')).not.toContain('canary-key')
  })
})

describe('an open entry', () => {
  const settle = `mutation ($id: ID!, $as: Settlement!, $webhookId: ID) { r: settleJournalEntry(input: { id: $id, as: $as, webhookId: $webhookId }) { __typename
    ... on SettleJournalEntrySuccess { journalEntry { state open webhookId } signingSecret secretState }
    ... on WebhookError { code message } ... on InvalidInputError { issues { path } } } }`

  it('is abandoned on the word of a person, which is audited, and only once', async () => {
    const { ask, store, readAudit } = await open()
    await store.begin({ ...intent, id: 'left', operation: 'TEST' })
    await store.settle('left', { ...outcome, state: 'UNKNOWN', error: packError(new OutcomeUnknownError('Lost.', [])) })
    const id = formatId({ kind: 'entry', id: 'left' })
    const abandoned = await ask(settle, { id, as: 'ABANDON' })
    expect(abandoned.data.r).toMatchObject({
      journalEntry: { state: 'UNKNOWN', open: false },
      signingSecret: null,
      secretState: 'NONE',
    })
    const again = await ask(settle, { id, as: 'LOOK_AGAIN' })
    expect(again.data.r).toMatchObject({ code: 'INVALID_INPUT', issues: [{ path: ['input', 'id'] }] })
    expect(readAudit()).toMatchObject([
      { operation: 'SETTLE', outcome: 'BEGUN', entry: id },
      { operation: 'SETTLE', outcome: 'DONE', entry: id },
      { operation: 'SETTLE', outcome: 'BEGUN', entry: id },
      { operation: 'SETTLE', outcome: 'INVALID_INPUT', entry: id },
    ])
  })

  it('is adopted only with a webhook', async () => {
    const { ask, store } = await open()
    await store.begin({ ...intent, id: 'left', operation: 'CREATE', webhook: null })
    await store.settle('left', { ...outcome, state: 'UNKNOWN', error: packError(new OutcomeUnknownError('Lost.', [])) })
    const { data } = await ask(settle, { id: formatId({ kind: 'entry', id: 'left' }), as: 'ADOPT' })
    expect(data.r).toMatchObject({ code: 'INVALID_INPUT', issues: [{ path: ['input', 'webhookId'] }] })
  })
})
