import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createApiKey, hashApiKey } from '../../src/server/auth/api-key.ts'
import { scopes } from '../../src/caller.ts'
import { readConfig } from '../../src/config/config.ts'
import { formatId } from '../../src/id.ts'
import { providers } from '../../src/providers/index.ts'
import { baanx } from '../../src/providers/baanx/index.ts'
import type { ServerOptions } from '../../src/server/server.ts'
import { openGateway, toAccount } from '../helpers/gateway.ts'
import { openStandIn } from '../helpers/stand-in.ts'

// What an attacker would try, one case for each entry of the OWASP cheat sheet for GraphQL that applies, and what comes of it.
// Callers without credentials are in ../server/authentication.test.ts, those with too few in authorization.test.ts, and what
// one operation may cost is in limits.test.ts.

async function open(server: Partial<ServerOptions> = {}, copies = 1) {
  const opened = await Promise.all(
    providers.flatMap((provider) =>
      Array.from({ length: copies }, async (_, copy) => {
        const standIn = await openStandIn(provider, { seeded: true })
        return { standIn, account: toAccount(provider, standIn, `${provider.name}-${copy}`) }
      }),
    ),
  )
  const gateway = openGateway({ accounts: opened.map(({ account }) => account), server })
  const post = async (body: string, headers: Readonly<Record<string, string>> = {}) => {
    const answer = await gateway.server.fetch('http://gateway.test/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    })
    return { status: answer.status, headers: answer.headers, text: await answer.text() }
  }
  return { ...gateway, post, listCalls: () => opened.flatMap(({ standIn }) => standIn.calls) }
}

function repeat(count: number, write: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => write(index)).join(' ')
}

const create =
  'mutation ($input: CreateWebhookInput!) { r: createWebhook(input: $input) { __typename ... on InvalidInputError { message issues { path } } } }'
const input = { account: 'baanx-0', name: 'x', url: 'https://hooks.acme.test/x', eventTypes: ['card.activated'] }

describe('a flood', () => {
  it.each<[string, string, object]>([
    ['of aliases at the root', `{ ${repeat(101, (at) => `a${at}: accounts { slug }`)} }`, { limit: 'rootFields', asked: 101 }],
    [
      'of guesses in one request',
      `mutation { ${repeat(11, (at) => `a${at}: deleteWebhook(input: { id: "${at}" }) { __typename }`)} }`,
      { limit: 'mutations', asked: 11 },
    ],
    [
      'of lists',
      `{ webhooks(first: 200) { nodes { deliveries { __typename } } } a: webhooks(first: 200) { nodes { deliveries { __typename } } } }`,
      { limit: 'upstreamCalls' },
    ],
    [
      'of lists within lists',
      `{ accounts ${'{ provider { accounts '.repeat(5)} { id } ${'} }'.repeat(5)} }`,
      { limit: 'answerFields' },
    ],
    [
      'of aliases below a list',
      `{ webhooks(first: 200) { nodes { ${repeat(600, (at) => `a${at}: id`)} } } }`,
      { limit: 'answerFields' },
    ],
    [
      'of fields within each other',
      `{ accounts ${'{ provider { accounts '.repeat(7)} { id } ${'} }'.repeat(7)} }`,
      { limit: 'depth', asked: 16 },
    ],
    [
      'that hides in fragments',
      `{ ...F0 } ${repeat(6, (at) => `fragment F${at} on Query { a${at}: webhooks(first: 200) { nodes { deliveries { __typename } } } ${at < 5 ? `...F${at + 1}` : ''} }`)}`,
      { limit: 'upstreamCalls' },
    ],
  ])('%s is refused with the number it comes to, and nobody is called', async (_, query, extensions) => {
    const { ask, listCalls } = await open({}, 4)
    const { status, errors, data } = await ask(query)
    expect({ status, data }).toEqual({ status: 400, data: undefined })
    expect(errors).toMatchObject([{ extensions: { code: 'OPERATION_TOO_LARGE', ...extensions } }])
    expect(listCalls()).toEqual([])
  })

  it.each([
    ['of the same field', `{ ${'accounts { id } '.repeat(480)} }`, 'Validation aborted'],
    ['of directives', `{ accounts ${'@a '.repeat(900)} { id } }`, 'Unknown directive'],
    ['of directives that exist', `{ accounts ${'@skip(if: false) '.repeat(250)} { id } }`, 'can only be used once'],
    ['of tokens', `{ accounts { ${'slug '.repeat(5_000)} } }`, '2000 tokens'],
    [
      'of introspection within itself',
      '{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }',
      'introspection depth',
    ],
  ])('%s is refused before it is worked on', async (_, query, message) => {
    const { ask, listCalls } = await open()
    const { errors, data, text } = await ask(query)
    expect(errors?.[0]?.message).toContain(message)
    expect(data).toBeUndefined()
    expect(text.length).toBeLessThan(25_000)
    expect(listCalls()).toEqual([])
  })

  it('of variables is not read to its end', async () => {
    const { post } = await open()
    expect((await post(JSON.stringify({ query: '{ accounts { slug } }', variables: { x: 'x'.repeat(100_000) } }))).status).toBe(
      413,
    )
  })

  it.each<[string, object, string, number]>([
    ['event types', { ...input, eventTypes: Array.from({ length: 301 }, (_, at) => `unknown.${at}`) }, 'eventTypes', 300],
    [
      'options of a provider',
      { ...input, account: 'verifik-0', options: { verifik: { linkProjectFlowIds: Array.from({ length: 101 }, () => '') } } },
      'options.verifik.linkProjectFlowIds',
      100,
    ],
  ])('of %s in an input is one issue with its path', async (_, given, path, most) => {
    const { ask, listCalls } = await open()
    const { data } = await ask(create, { input: given })
    expect(data.r.issues[0]).toEqual({ path: ['input', ...path.split('.')] })
    expect(data.r.message).toContain(`Provide at most ${most} items.`)
    expect(data.r.issues.length).toBeLessThanOrEqual(101)
    expect(listCalls()).toEqual([])
  })

  it('of issues is cut after a hundred, and the last one says how many there are beside them', async () => {
    const { ask } = await open()
    const query =
      'mutation ($input: CreateWebhookInput!) { r: createWebhook(input: $input) { ... on InvalidInputError { issues { code message } } } }'
    const eventTypes = Array.from({ length: 100 }, (_, at) => `card.activated${at}`)
    const { data } = await ask(query, { input: { ...input, name: '', url: 'ftp://x', eventTypes } })
    expect(data.r.issues).toHaveLength(101)
    expect(data.r.issues.at(-1)).toEqual({ code: 'MORE_ISSUES', message: 'There are 2 more issues. Fix these first.' })
    const hinted = data.r.issues.filter(({ message }: { message: string }) => message.includes('Did you mean'))
    expect(hinted).toHaveLength(5)
  })

  it.each([
    ['{ accounts(providers: $list) { slug } }', '[ProviderName!]', 'BAANX', 'providers'],
    ['{ webhooks(filter: { providers: $list }) { complete } }', '[ProviderName!]', 'BAANX', 'filter.providers'],
    ['{ webhooks(filter: { accounts: $list }) { complete } }', '[String!]', 'baanx-0', 'filter.accounts'],
    ['{ webhooks(filter: { status: $list }) { complete } }', '[WebhookStatus!]', 'ACTIVE', 'filter.status'],
    ['{ nodes(ids: $list) { id } }', '[ID!]!', 'x', 'ids'],
  ])('of items in %s is refused by name', async (query, type, item, path) => {
    const { ask, listCalls } = await open()
    const list = Array.from({ length: 101 }, () => item)
    const { errors } = await ask(`query ($list: ${type}) ${query}`, { list })
    expect(errors).toMatchObject([
      {
        message: expect.stringContaining(`${path} accepts at most 100 items but got 101`),
        extensions: { code: 'BAD_USER_INPUT' },
      },
    ])
    expect(listCalls()).toEqual([])
    expect((await ask(`query ($list: ${type}) ${query}`, { list: list.slice(1) })).errors).toBeUndefined()
  })

  it('of requests in one is refused', async () => {
    const { post, listCalls } = await open()
    const { status, text } = await post(
      JSON.stringify(Array.from({ length: 100 }, () => ({ query: '{ webhooks { complete } }' }))),
    )
    expect(status).toBe(400)
    expect(text).toContain('Batching is not supported')
    expect(listCalls()).toEqual([])
  })
})

describe('a document', () => {
  it('with fragments in a circle is refused', async () => {
    const { ask } = await open()
    const { errors, data } = await ask('{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }')
    expect(errors?.[0]?.message).toContain('within itself')
    expect(data).toBeUndefined()
  })

  it('that doubles with every fragment is looked at once', async () => {
    const { ask } = await open()
    const { errors, data } = await ask(
      `{ ...F0 } ${repeat(120, (at) => `fragment F${at} on Query { accounts { id } ${at < 119 ? `...F${at + 1} ...F${at + 1}` : ''} }`)}`,
    )
    expect(errors).toBeUndefined()
    expect(data.accounts).toHaveLength(providers.length)
  })

  it('learns nothing of a schema that is not shown: not by asking, nor by guessing', async () => {
    const { ask } = await open({ introspection: false })
    const guesses: readonly [string, Record<string, unknown>?][] = [
      ['{ __schema { types { name } } }'],
      ['{ __type(name: "Webhook") { fields { name } } }'],
      ['{ acounts { slug } }'],
      ['{ accounts(provider: BAANX) { slug } }'],
      ['{ accounts(providers: [BAAN]) { slug } }'],
      ['query ($p: [ProviderNam!]) { accounts(providers: $p) { slug } }'],
      ['query ($p: [ProviderName!]) { accounts(providers: $p) { slug } }', { p: ['BAAN'] }],
      ['query ($f: WebhookFilter) { webhooks(filter: $f) { complete } }', { f: { account: ['baanx-0'] } }],
    ]
    for (const [query, variables] of guesses) {
      const { errors, data, text } = await ask(query, variables)
      expect(errors?.length).toBeGreaterThan(0)
      expect(data).toBeUndefined()
      expect(text).not.toMatch(/did you mean/i)
    }
    expect((await ask('query ($p: [ProviderName!]) { accounts(providers: $p) { slug } }', { p: ['BAANX'] })).data).toEqual({
      accounts: [{ slug: 'baanx-0' }],
    })
  })
})

describe('a web page of somebody else', () => {
  const query = JSON.stringify({ query: '{ webhooks { complete } }' })
  it.each([
    ['a form', 'POST', 'application/x-www-form-urlencoded', `query=${encodeURIComponent('{ webhooks { complete } }')}`, 415],
    [
      'a form with files',
      'POST',
      'multipart/form-data; boundary=x',
      '--x\r\ncontent-disposition: form-data; name="operations"\r\n\r\n{}\r\n--x--',
      415,
    ],
    ['text that is JSON', 'POST', 'text/plain', query, 415],
    ['JSON with two types', 'POST', 'text/plain; application/json', query, 415],
    ['no type', 'POST', '', query, 415],
    ['a link', 'GET', 'application/json', undefined, 406],
  ])('cannot send %s', async (_, method, type, body, status) => {
    const { server, listCalls } = await open()
    const answer = await server.fetch(`http://gateway.test/graphql?query=${encodeURIComponent('{webhooks{complete}}')}`, {
      method,
      headers: { 'content-type': type, origin: 'https://evil.test' },
      ...(body !== undefined && { body }),
    })
    expect(answer.status).toBe(status)
    expect(listCalls()).toEqual([])
  })

  it('is given no leave to send JSON', async () => {
    const { server } = await open()
    const answer = await server.fetch('http://gateway.test/graphql', {
      method: 'OPTIONS',
      headers: {
        origin: 'https://evil.test',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type',
      },
    })
    expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([])
  })

  it('reaches no gateway on loopback by a name that leads there', async () => {
    const { post, listCalls } = await open({ loopbackOnly: true })
    expect((await post(query)).status).toBe(421)
    expect(listCalls()).toEqual([])
  })
})

describe('a body', () => {
  it('with __proto__ in it reaches no prototype and opens no door', async () => {
    const { post, ask, listCalls } = await open()
    const polluted = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}'
    const toBody = (members: string) => `{"query":${JSON.stringify(create)},${members}}`
    const bodies = [
      toBody(`"variables":{"input":${JSON.stringify(input)},"__proto__":{"input":{"polluted":1}}}`),
      toBody(`"variables":{"input":{"__proto__":{"account":"baanx-0"},"name":"x","url":"https://a.test/x"}}`),
      toBody(`"variables":{"input":{"options":{"baanx":{"metadata":${polluted}}},${JSON.stringify(input).slice(1)}}`),
      toBody(`"variables":{},"__proto__":{"query":"{ accounts { slug } }"}`),
      toBody(`"variables":{},"extensions":${polluted},"operationName":"__proto__"`),
    ]
    const texts: string[] = []
    for (const body of bodies) texts.push((await post(body)).text)
    for (const text of texts) expect(text).not.toContain('INTERNAL_SERVER_ERROR')
    expect(texts[2]).toContain('InvalidInputError')
    expect('polluted' in {}).toBe(false)
    expect(Reflect.get({}, 'polluted')).toBeUndefined()
    for (const slug of ['__proto__', 'constructor', 'toString']) {
      const { data } = await ask(create, { input: { ...input, account: slug } })
      expect(data.r.__typename).toBe('NotFoundError')
      const id = formatId({ kind: 'webhook', slug, upstreamId: '1' })
      expect((await ask('query ($id: ID!) { webhook(id: $id) { __typename } }', { id })).data.webhook.__typename).toBe(
        'NotFoundError',
      )
    }
    const { text } = await ask('{ __proto__: accounts(providers: [BAANX]) { constructor: slug __proto__: __typename } }')
    expect(text).toBe('{"data":{"__proto__":[{"constructor":"baanx-0","__proto__":"Account"}]}}')
    expect(listCalls().filter(({ method }) => method === 'POST')).toHaveLength(1)
  })

  it.each([100, 2_000, 15_000])('nested %i levels deep is refused by name, before anybody is called', async (levels) => {
    const { post, listCalls } = await open()
    const deep = `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`
    const variables = `{"input":{"options":{"baanx":{"metadata":${deep}}},${JSON.stringify(input).slice(1)}}`
    const { text } = await post(`{"query":${JSON.stringify(create)},"variables":${variables}}`)
    expect(JSON.parse(text)).toMatchObject({
      data: { r: { __typename: 'InvalidInputError', issues: [{ path: ['input', 'options', 'baanx', 'metadata'] }] } },
    })
    expect(listCalls()).toEqual([])
  })

  it.each(['', 'null', '12', '"x"', '{', '{"query":{"a":1}}', '{"query":"{accounts{slug}}","variables":[]}'])(
    'that is %j is a bad request',
    async (body) => {
      const { post, readLog } = await open()
      expect((await post(body)).status).toBe(400)
      expect(readLog('unexpected error')).toEqual([])
    },
  )

  it.each([
    [1_000, { state: 'COMPLETE', error: null }],
    [1_001, { state: 'TRUNCATED', error: { code: 'UPSTREAM_CONTRACT' } }],
    [20_000, { state: 'TRUNCATED', error: { code: 'UPSTREAM_CONTRACT' } }],
  ])('of a provider, nested %i levels deep, is read whole or left out by name', async (levels, source) => {
    const standIn = await openStandIn(baanx)
    const { ask, readLog } = openGateway({ accounts: [toAccount(baanx, standIn)] })
    const deep = `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`
    const time = '2026-01-05T09:00:00.000Z'
    const record = {
      id: '1',
      tenant: 't',
      name: 'n',
      url: 'https://hooks.acme.test/x',
      apiKey: 'k',
      eventTypes: [],
      isActive: true,
    }
    const body = JSON.stringify([{ ...record, metadata: 'deep', createdAt: time, updatedAt: time }]).replace('"deep"', deep)
    standIn.fail({ status: 200, body })
    const query = '{ webhooks { nodes { raw ... on BaanxWebhook { metadata } } sources { state error { code } } } }'
    const { data, errors } = await ask(query)
    expect(errors).toBeUndefined()
    expect(data.webhooks.sources).toEqual([source])
    const metadata = source.state === 'COMPLETE' ? [JSON.parse(deep)] : []
    expect(JSON.stringify(data.webhooks.nodes.map((node: { metadata: unknown }) => node.metadata))).toBe(JSON.stringify(metadata))
    expect(readLog('unexpected error')).toEqual([])
  })
})

describe('a header', () => {
  it.each(['a\r\nx-evil: 1', 'a\nb', '\u0000', 'é'])('of an account cannot carry %j', (value) => {
    const directory = mkdtempSync(join(tmpdir(), 'hookql-'))
    onTestFinished(() => rmSync(directory, { recursive: true }))
    const file = join(directory, 'hookql.yaml')
    writeFileSync(file, JSON.stringify({ accounts: [{ provider: 'baanx', token: 't', headers: { 'x-client-key': value } }] }))
    expect(() => readConfig({ HOOKQL_CONFIG: file }, providers)).toThrow('x-client-key: is not a valid header value')
  })

  it('of a caller goes to no provider', async () => {
    const { ask, listCalls } = await open()
    const sent = {
      'x-us-env': 'true',
      'x-client-key': 'evil',
      'x-forwarded-for': '10.0.0.1',
      cookie: 'a=b',
      authorization: 'Bearer evil',
      'x-request-id': 'evil-request-id',
    }
    await ask('{ webhooks { complete } }', {}, sent)
    expect(listCalls().length).toBeGreaterThan(0)
    for (const { headers } of listCalls()) expect(inspect(headers)).not.toMatch(/evil|x-us-env|cookie|forwarded/)
  })
})

describe('an id', () => {
  it.each(['.', '..'])('of a project flow %j, which no answer could show, is an issue with its path', async (flow) => {
    const { ask, listCalls } = await open()
    const given = {
      ...input,
      account: 'verifik-0',
      eventTypes: ['*'],
      options: { verifik: { linkProjectFlowIds: ['flow-1', flow] } },
    }
    const { data } = await ask(create, { input: given })
    expect(data.r.issues).toContainEqual({ path: ['input', 'options', 'verifik', 'linkProjectFlowIds', '1'] })
    expect(data.r.message).toContain('This is not a project flow ID')
    expect(listCalls()).toEqual([])
  })

  const read = 'query ($id: ID!) { webhook(id: $id) { __typename } node(id: $id) { id } nodes(ids: [$id]) { id } }'
  it.each([
    '..',
    '../accounts',
    '.',
    '%2e%2e',
    '1/rotate-key',
    '1?all=true',
    '1#x',
    '1\r\nx: y',
    '//evil.test/1',
    '\\\\evil.test',
    '@evil.test',
  ])('that was made for the path %j stays one segment of it', async (upstreamId) => {
    const { ask, listCalls } = await open()
    for (const { name } of providers) {
      const id = formatId({ kind: 'webhook', slug: `${name}-0`, upstreamId })
      const { errors } = await ask('query ($id: ID!) { webhook(id: $id) { __typename } }', { id })
      expect(errors).toBeUndefined()
    }
    for (const { path, effect } of listCalls()) {
      expect(effect).toBe('READ')
      const [, last = ''] = /\/webhooks\/?([^?]*)/.exec(path) ?? []
      expect(['', upstreamId]).toContain(decodeURIComponent(last))
      expect(last).not.toMatch(/^\.\.?$|[/#\\\s]/)
    }
  })

  it('of an account that its caller does not have is the same as one of none', async () => {
    const key = createApiKey()
    const auth = { apiKeys: [{ name: 'one', sha256: hashApiKey(key), scopes, accounts: ['encrata-0'] }] }
    const { ask, listCalls } = await open({ auth })
    const answers = []
    for (const slug of ['baanx-0', 'no-such']) {
      const id = formatId({ kind: 'webhook', slug, upstreamId: baanx.sandbox.seededId })
      answers.push((await ask(read, { id }, { authorization: `Bearer ${key}` })).text)
    }
    expect(answers[0]).toBe(answers[1])
    expect(listCalls()).toEqual([])
  })
})

describe('a cursor', () => {
  const list = 'query ($after: String) { webhooks(first: 1, after: $after) { nodes { id } pageInfo { endCursor } } }'
  it.each(['', 'x', btoa('[]'), btoa('["x",null,"y"]'), btoa('{"__proto__":1}'), btoa('["","9999","zz"]'), 'A'.repeat(50_000)])(
    'that nobody was given is an error that says so',
    async (after) => {
      const { ask, listCalls } = await open()
      const { status, errors, data } = await ask(list, { after })
      expect({ status, data }).toEqual({ status: 400, data: undefined })
      expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }])
      expect(listCalls()).toEqual([])
    },
  )

  it('of another filter is one', async () => {
    const { ask } = await open()
    const { data } = await ask(list)
    const other = 'query ($after: String) { webhooks(first: 1, after: $after, filter: { providers: [BAANX] }) { nodes { id } } }'
    expect((await ask(other, { after: data.webhooks.pageInfo.endCursor })).errors).toMatchObject([
      { extensions: { code: 'BAD_USER_INPUT' } },
    ])
  })
})

describe('a message', () => {
  const message = '... on WebhookError { message } ... on InvalidInputError { issues { message } }'
  const write = `mutation ($input: CreateWebhookInput!) { r: createWebhook(input: $input) { ${message} } }`
  const list = 'query ($slug: String!) { webhooks(filter: { accounts: [$slug] }) { nodes { id } } }'
  const redeliver = `mutation ($input: RedeliverEventInput!) { r: redeliverEvent(input: $input) { ${message} } }`
  const send: Readonly<Record<string, (text: string) => readonly [query: string, variables: Record<string, unknown>]>> = {
    'the account of a create': (text) => [write, { input: { ...input, account: text } }],
    'the accounts of a filter': (text) => [list, { slug: text }],
    'an event type': (text) => [write, { input: { ...input, eventTypes: [text] } }],
  }

  it.each(Object.entries(send))('does not repeat what %s cannot be', async (_, toRequest) => {
    const { ask, logs } = await open()
    // The last of them are longer than the name of anything.
    for (const secret of ['whsec_Canary1+2/3=', 'sk_live_Canary123', 'Canary of blanks', 'canary'.repeat(200)]) {
      const { text } = await ask(...toRequest(secret))
      expect(text).toMatch(/There is no such account|has no such event type|at most 255/)
      expect(text + logs.join('')).not.toMatch(/canary/i)
    }
  })

  it('does not repeat what is no id', async () => {
    const { ask, logs } = await open()
    const { text } = await ask(redeliver, { input: { deliveryId: 'whsec_Canary1+2/3=' } })
    expect(text).toContain('No delivery has this ID')
    expect(text + logs.join('')).not.toMatch(/canary/i)
  })

  it.each(Object.entries(send))('repeats what %s could have been', async (_, toRequest) => {
    const { ask } = await open()
    expect((await ask(...toRequest('misspelt'))).text).toMatch(
      /There is no account \\"misspelt\\"|has no event type \\"misspelt\\"/,
    )
  })

  it.each([
    ['a field', (name: string) => `{ ${name} }`],
    ['an argument', (name: string) => `{ webhooks(${name}: 1) { nodes { id } } }`],
    ['a fragment', (name: string) => `{ ...${name} }`],
    ['a directive', (name: string) => `{ accounts @${name} { slug } }`],
    ['a type', (name: string) => `query ($a: ${name}) { accounts { slug } }`],
    ['a variable', (name: string) => `query ($${name}: Int!) { webhooks(first: $${name}) { nodes { id } } }`],
  ])('does not repeat a name of %s that is longer than names are', async (_, toQuery) => {
    const { ask } = await open()
    const { errors, text } = await ask(toQuery('canary'.repeat(200)))
    expect(errors?.[0]?.message).toContain('…')
    expect(text).not.toContain('canary')
    expect((await ask(toQuery('misspelt'))).text).toContain('misspelt')
  })
})

describe('a log', () => {
  it('has one line for what it tells, whatever a caller puts into it', async () => {
    const { ask, logs, readLog } = await open()
    const forged = 'x\n{"level":60,"msg":"forged"}\r\n\u001b[2J'
    await ask(create, { input: { ...input, name: forged, account: forged } }, { 'x-request-id': 'forged", "level":60' })
    await ask('query Forged_Name { accounts { slug } }', {}, { 'x-request-id': 'x'.repeat(200) })
    await ask(create, { input: { ...input, url: `https://hooks.acme.test/${forged}` } })
    for (const line of logs) {
      expect(line.trimEnd()).not.toMatch(/\p{Cc}/u)
      expect(JSON.parse(line)).not.toMatchObject({ msg: 'forged' })
    }
    const ids = readLog('request').map(({ requestId }) => requestId)
    expect(ids).toHaveLength(3)
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
  })
})
