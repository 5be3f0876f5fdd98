import { request } from 'undici'
import { describe, expect, it, onTestFinished } from 'vitest'
import { pack } from '../../src/gateway/journal/record.ts'
import { formatId } from '../../src/id.ts'
import { providers } from '../../src/providers/index.ts'
import { verifik } from '../../src/providers/verifik/index.ts'
import { createKeys } from '../../src/store/keys.ts'
import { openStore } from '../../src/store/open.ts'
import type { Store } from '../../src/store/store.ts'
import { clock, listCostly } from '../helpers/cost.ts'
import { openGateway, toAccount } from '../helpers/gateway.ts'
import { openStandIn } from '../helpers/stand-in.ts'
import { intent, outcome } from '../store/entries.ts'

// What one request may cost, at the default limits: each bomb in the same run as an ordinary query, by the time that the
// processor spends on it, so that a busy machine changes nothing.

const most = { times: 200, bytes: 10_000_000 }
const trivial = '{ accounts { slug } }'

function repeat(count: number, write: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => write(index)).join(' ')
}

function list(count: number, write: (index: number) => unknown): readonly unknown[] {
  return Array.from({ length: count }, (_, index) => write(index))
}

const create = 'createWebhook(input: $input) { __typename ... on InvalidInputError { message issues { path code message } } }'
const creates = `mutation ($input: CreateWebhookInput!) { ${repeat(10, (at) => `a${at}: ${create}`)} }`
const input = { account: 'baanx', name: 'x', url: 'https://hooks.acme.test/x' }

const bombs: Readonly<Record<string, readonly [query: string, variables?: Readonly<Record<string, unknown>>]>> = {
  'introspection by aliases of types within types': [
    `{ ${repeat(50, (at) => `a${at}: __schema { types { ...T } }`)} } fragment T on __Type { name fields { type { ${'ofType { '.repeat(6)} name ${'}'.repeat(6)} fields { name description } } } }`,
  ],
  'introspection that reaches everything from everywhere': [
    '{ __schema { types { fields { type { fields { type { name kind description } } } possibleTypes { fields { name } } } } } }',
  ],
  'descriptions of all types again and again': [`{ __schema { types { ${repeat(300, (at) => `a${at}: description`)} } } }`],
  'one type again and again': [`{ ${repeat(90, (at) => `a${at}: __type(name: "Webhook") { fields { name description } }`)} }`],
  '__typename below a list': [`{ webhooks(first: 200) { nodes { ${repeat(640, (at) => `a${at}: __typename`)} } } }`],
  '__typename as often as it may be': [`{ webhooks(first: 200) { nodes { ${repeat(190, (at) => `a${at}: __typename`)} } } }`],
  'fields as many as there may be': [`{ webhooks(first: 200) { nodes { ${repeat(190, (at) => `a${at}: url`)} } } }`],
  'JSON as much as there may be': [`{ webhooks(first: 200) { nodes { ${repeat(19, (at) => `a${at}: raw`)} } } }`],
  'lists as many as there may be': [`{ ${repeat(100, (at) => `a${at}: webhooks(first: 200) { nodes { id } }`)} }`],
  'pages cut in a hundred ways': [
    `{ ${repeat(100, (at) => `a${at}: webhooks(first: 190, orderBy: { field: NAME }) { complete }`)} }`,
  ],
  'the list of an account in as many ways as there may be, below each of its webhooks': [
    `{ webhooks(first: 190) { nodes { account { ${repeat(18, (at) => `a${at}: webhooks(first: 1, filter: { search: "${at}" }) { complete }`)} } } } }`,
  ],
  'pages of the journal as many as there may be': [
    `{ ${repeat(17, (at) => `a${at}: journal(first: ${200 - at}) { nodes { id } }`)} }`,
  ],
  'empty pages of the journal': [`{ ${repeat(100, (at) => `a${at}: journal(first: 0) { pageInfo { hasNextPage } }`)} }`],
  'the journal of each webhook': ['{ webhooks(first: 200) { nodes { journal(first: 1) { nodes { id } } } } }'],
  'all that entries have': [
    `{ journal(first: 200) { nodes { ...E ${repeat(4, (at) => `a${at}: candidates { id name url eventTypes }`)} } } } fragment E on JournalEntry { error { message } before { name } after { name } }`,
  ],
  'entries by their ids again and again': [
    `query ($ids: [ID!]!) { ${repeat(100, (at) => `a${at}: nodes(ids: $ids) { id }`)} }`,
    { ids: list(100, (at) => formatId({ kind: 'entry', id: `entry-${at}` })) },
  ],
  'one name of 90 KB': [`{ webhooks(first: 200) { nodes { ${'x'.repeat(90_000)}: id } } }`],
  'thirty names of 3 KB': [`{ webhooks(first: 200) { nodes { ${repeat(30, (at) => `${'x'.repeat(3_000)}${at}: id`)} } } }`],
  'aliases within aliases below an empty page': [
    `{ webhooks(first: 0) { nodes { ${repeat(30, (at) => `a${at}: account { provider { accounts { provider { accounts { slug } } } } }`)} } } }`,
  ],
  'aliases that double below an empty page': [
    `{ webhooks(first: 0) { nodes { account { ...F0 } } } } ${repeat(30, (at) => `fragment F${at} on Account { a: provider { accounts { slug ${at < 5 ? `...F${at + 1}` : ''} } } b: provider { accounts { slug ${at < 5 ? `...F${at + 1}` : ''} } } }`)}`,
  ],
  'fragments that double': [
    `{ webhooks(first: 0) { ...F0 } } ${repeat(100, (at) => `fragment F${at} on WebhookConnection { complete ${at < 99 ? `...F${at + 1} ...F${at + 1}` : ''} }`)}`,
  ],
  'fragments in a lattice': [
    `{ accounts { ...A0 ...B0 } } ${repeat(60, (at) => {
      const next = at < 59 ? `...A${at + 1} ...B${at + 1}` : ''
      return `fragment A${at} on Account { slug ${next} } fragment B${at} on Account { id ${next} }`
    })}`,
  ],
  'a long chain of fragments at many fields': [
    `{ ${repeat(90, (at) => `a${at}: accounts { ...F0 }`)} } ${repeat(120, (at) => `fragment F${at} on Account { slug ${at < 119 ? `...F${at + 1}` : ''} }`)}`,
  ],
  'fragments that go in circles': [
    `{ accounts { id } } ${repeat(180, (at) => `fragment N${at} on Query { ...N${(at + 1) % 180} ...N${(at + 7) % 180} }`)}`,
  ],
  'fragments in circles by long names': [
    `{ accounts { id } } ${repeat(150, (at) => `fragment ${'N'.repeat(250)}${at} on Query { ...${'N'.repeat(250)}${(at + 1) % 150} }`)}`,
  ],
  'fields that overlap': [`{ ${'accounts { id } '.repeat(480)} }`],
  'fields that overlap through fragments': [
    `{ accounts { ${repeat(120, (at) => `...F${at}`)} } } ${repeat(120, (at) => `fragment F${at} on Account { provider { name } ${at < 119 ? `...F${at + 1}` : ''} }`)}`,
  ],
  'fields that conflict': [`{ accounts { ${repeat(480, (at) => `x: ${at % 2 === 0 ? 'slug' : 'id'}`)} } }`],
  'unknown fields': [`{ accounts { ${repeat(1_800, (at) => `slogg${at}`)} } }`],
  'unknown fields of 900 letters': [`{ accounts { ${repeat(100, (at) => `${'webhookish'.repeat(90)}${at}`)} } }`],
  'directives that are unknown': [`{ accounts ${'@a '.repeat(900)} { id } }`],
  'directives that are repeated': [`{ accounts ${'@skip(if: false) '.repeat(300)} { id } }`],
  'directives at every field': [
    `query ($no: Boolean = false) { accounts { ${repeat(190, (at) => `a${at}: slug @skip(if: $no)`)} } }`,
  ],
  'a deep list': [`{ nodes(ids: ${'['.repeat(950)}${']'.repeat(950)}) { id } }`],
  'a deep object': [`mutation { createWebhook(input: ${'{a:'.repeat(480)}1${'}'.repeat(480)}) { __typename } }`],
  'a deep selection': [`${'{a'.repeat(900)}${'}'.repeat(900)}`],
  'a deep type': [`query ($a: ${'['.repeat(950)}Int${']'.repeat(950)}) { accounts { slug } }`],
  'variables that nobody uses': [`query (${repeat(480, (at) => `$v${at}: Int`)}) { accounts { slug } }`],
  'nothing but commas': [`${','.repeat(90_000)}{ accounts { slug } }`],
  'ids by the thousand, a hundred times': [
    `query ($ids: [ID!]!) { ${repeat(100, (at) => `a${at}: nodes(ids: $ids) { id }`)} }`,
    { ids: list(20_000, () => 'a') },
  ],
  'accounts by the thousand, a hundred times': [
    `query ($list: [String!]) { ${repeat(100, (at) => `a${at}: webhooks(filter: { accounts: $list }) { complete }`)} }`,
    { list: list(9_000, () => 'baanx') },
  ],
  'values of an enum that do not exist': [
    'query ($list: [ProviderName!]) { accounts(providers: $list) { slug } }',
    { list: list(9_000, (at) => `BAAN${at}`) },
  ],
  'unknown event types': [creates, { input: { ...input, eventTypes: list(7_000, (at) => `ev.${at}`) } }],
  'unknown event types of 800 letters': [
    creates,
    { input: { ...input, eventTypes: list(100, (at) => `${'e'.repeat(800)}${at}`) } },
  ],
  'options by the thousand': [
    creates,
    { input: { ...input, account: 'verifik', options: { verifik: { linkProjectFlowIds: list(20_000, () => '') } } } },
  ],
  'unknown keys of an input': [
    creates,
    { input: Object.fromEntries(Array.from({ length: 5_000 }, (_, at) => [`account${at}`, 1])) },
  ],
  'a value of 95 KB': ['query ($id: ID!) { webhook(id: $id) { __typename } }', { id: 'x'.repeat(95_000) }],
}

async function open() {
  const accounts = []
  for (const provider of providers) {
    const standIn = await openStandIn(provider, { seeded: true })
    accounts.push(toAccount(provider, standIn))
    if (provider === verifik) await fill(standIn.baseUrl, standIn.token)
  }
  const gateway = openGateway({ accounts, store: await openJournal() })
  let sent = 0
  /** Processor time of one request, never twice the same text. */
  const measure = async (query: string, variables: Readonly<Record<string, unknown>> = {}) => {
    sent += 1
    const { micros, result } = await clock(() => gateway.ask(`${query}#${sent}`, variables))
    return { micros, text: result.text }
  }
  const isAlive = async () => (await gateway.server.fetch('http://gateway.test/livez')).ok
  return { measure, isAlive }
}

/** As many entries as a page has, each with as much as it can have. */
async function openJournal(): Promise<Store> {
  const store = await openStore({ path: null, keys: createKeys() })
  onTestFinished(() => store.close())
  const account = { slug: 'verifik', provider: 'verifik', sandbox: true }
  const found = { id: 'x', upstreamId: 'x', account, name: 'Found', url: 'https://hooks.acme.test/found', enabled: true }
  const candidate = { ...found, status: 'ACTIVE', eventTypes: ['a', 'b'], createdAt: '1970-01-01T00:00:00.000Z', details: {} }
  const candidates = pack(Array.from({ length: 10 }, () => candidate))
  for (const [at] of Array.from({ length: 200 }).entries()) {
    const id = `entry-${at}`
    await store.begin({ ...intent, id, account: 'verifik', startedMs: at })
    await store.settle(id, { ...outcome, state: 'UNKNOWN', candidates })
  }
  return store
}

/** As many webhooks as a page has. */
async function fill(baseUrl: string, token: string): Promise<void> {
  for (let count = 0; count < 200; count += 1) {
    const { statusCode, body } = await request(`${baseUrl}/webhooks`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ name: `webhook ${count}`, url: `https://hooks.acme.test/${count}`, isActive: true }),
    })
    await body.dump()
    expect(statusCode).toBeLessThan(300)
  }
}

describe('no bomb', () => {
  it('costs more than 200 ordinary queries, answers with more than 10 MB or keeps /livez from answering', async () => {
    const { measure, isAlive } = await open()
    for (let count = 0; count < 200; count += 1) await measure(trivial)
    const runs = Object.entries(bombs).map(([what, [query, variables]]) => ({
      what,
      measure: async () => {
        // Asked for at the same time: what the check itself costs counts against the bomb.
        const [{ micros, text }, alive] = await Promise.all([measure(query, variables), isAlive()])
        expect({ what, alive, isSmall: text.length <= most.bytes }).toEqual({ what, alive: true, isSmall: true })
        return micros
      },
    }))
    expect(await listCostly(runs, async () => (await measure(trivial)).micros, most.times)).toEqual([])
  })
})
