import { afterEach, describe, expect, it } from 'vitest'
import { providers } from '../../src/providers/index.ts'
import { openGateway, toAccount } from '../helpers/gateway.ts'
import { openStandIn } from '../helpers/stand-in.ts'

// How an operation is carried out: as graphql-js does, each time it is sent.

async function open() {
  const standIns = await Promise.all(providers.map((provider) => openStandIn(provider, { seeded: true })))
  const accounts = providers.flatMap((provider, at) => {
    const standIn = standIns[at]
    return standIn === undefined ? [] : [toAccount(provider, standIn)]
  })
  return { ...openGateway({ accounts }), countCalls: () => standIns.flatMap(({ calls }) => calls).length }
}

afterEach(() => void Reflect.deleteProperty(globalThis, 'hookqlWasRun'))

describe('a query that is sent again', () => {
  // How graphql-jit marked a Date in the source text that it made and ran.
  const marker = '__MAGIC_DATE__33a9e76d_02e0_4128_8e92_3530ad3da74d'
  const code = `${marker}(globalThis.hookqlWasRun=1)`
  const places: readonly (readonly [string, (text: string) => string])[] = [
    ['an argument', (text) => `{ webhooks(filter: { search: ${text} }) { complete } }`],
    ['a list', (text) => `{ nodes(ids: [${text}]) { id } }`],
    ['the default of a variable', (text) => `query ($s: String = ${text}) { webhooks(filter: { search: $s }) { complete } }`],
    ['introspection', (text) => `{ __type(name: ${text}) { name } }`],
    ['a directive', (text) => `{ accounts @deprecated(reason: ${text}) { slug } }`],
  ]
  const spellings: readonly (readonly [string, string])[] = [
    ['in quotes', JSON.stringify(code)],
    ['escaped', `"${Array.from(code, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')}"`],
    ['as a block', `"""${code}"""`],
  ]
  const cases = places.flatMap(([place, toQuery]) =>
    spellings.map(([spelling, text]) => ({ place, spelling, query: toQuery(text) })),
  )

  it.each(cases)('runs no code that a string $spelling in $place has', async ({ query }) => {
    const { ask } = await open()
    const answers = [await ask(query), await ask(query), await ask(query)].map(({ text }) => text)
    expect(new Set(answers).size).toBe(1)
    expect('hookqlWasRun' in globalThis).toBe(false)
  })

  it.each<[string, string, Record<string, unknown>]>([
    [
      'an object of variables that leaves defaults out',
      'query ($o: WebhookOrder) { webhooks(orderBy: $o) { nodes { name } } }',
      { o: { field: 'NAME' } },
    ],
    ['a variable with a default that is left out', 'query ($n: Int! = 1) { webhooks(first: $n) { nodes { name } } }', {}],
    [
      'a fragment that is left out once and spread once',
      'query ($v: Boolean!) { ...F @skip(if: $v) ...F } fragment F on Query { accounts { slug } }',
      { v: true },
    ],
    [
      'a field that is left out once and asked for once',
      'query ($v: Boolean!) { accounts @include(if: $v) { slug } accounts { displayName: slug } }',
      { v: false },
    ],
    ['a field by the name of a prototype', '{ __proto__: accounts { __proto__: slug constructor: slug } }', {}],
  ])('answers the same with %s, and makes as many calls', async (_, query, variables) => {
    const { ask, countCalls } = await open()
    const sends: { readonly text: string; readonly calls: number }[] = []
    for (let count = 0; count < 3; count += 1) {
      const before = countCalls()
      const { status, text, errors } = await ask(query, variables)
      expect({ status, errors }).toEqual({ status: 200, errors: undefined })
      sends.push({ text, calls: countCalls() - before })
    }
    expect(new Set(sends.map((send) => JSON.stringify(send))).size).toBe(1)
    expect(sends[0]?.text).toMatch(/slug|name|__proto__|displayName/)
  })

  it('spoils nothing for the other operation of its document', async () => {
    const { server } = await open()
    const query = 'query A { accounts { slug } } query B { accounts(providers: [BAANX]) { id slug } }'
    const send = async (operationName: string) => {
      const answer = await server.fetch('http://gateway.test/graphql', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query, operationName }),
      })
      return answer.text()
    }
    const answers: string[] = []
    for (const name of ['A', 'B', 'B', 'A', 'A', 'B']) answers.push(await send(name))
    const [a = '', b = ''] = answers
    expect(JSON.parse(a)).toEqual({ data: { accounts: providers.map(({ name }) => ({ slug: name })) } })
    expect(JSON.parse(b)).toMatchObject({ data: { accounts: [{ slug: 'baanx' }] } })
    expect(answers).toEqual([a, b, b, a, a, b])
  })
})

describe('a variable that is null where its default may stand', () => {
  const create = 'createWebhook(input: { account: "verifik", name: "x", url: "https://hooks.acme.test/x" })'
  const made = `${create} { ... on CreateWebhookSuccess { signingSecret } }`
  it.each<[string, string, Record<string, unknown>]>([
    ['an input', 'mutation ($v: ID = "x") { updateWebhook(input: { id: $v }) { __typename } }', { v: null }],
    ['another input', 'mutation ($v: ID = "x") { deleteWebhook(input: { id: $v }) { __typename } }', { v: null }],
    [
      'an input behind a write',
      `mutation ($v: ID = "x") { ${made} deleteWebhook(input: { id: $v }) { __typename } }`,
      { v: null },
    ],
    [
      'a field of an input beside others',
      `mutation ($v: URL = "https://hooks.acme.test/x") { createWebhook(input: { account: "verifik", name: "x", url: $v }) { __typename } }`,
      { v: null },
    ],
    ['a list', 'query ($v: ID = "x") { nodes(ids: ["a", $v]) { id } }', { v: null }],
    ['an argument', 'query ($v: ID = "x") { node(id: $v) { id } }', { v: null }],
    [
      'a fragment',
      'query ($v: ID = "x") { ...F } fragment F on Query { ...G ...G } fragment G on Query { node(id: $v) { id } }',
      { v: null },
    ],
    ['@skip', 'query ($v: Boolean = true) { accounts @skip(if: $v) { slug } }', { v: null }],
    ['@include', 'query ($v: Boolean = true) { accounts { slug @include(if: $v) } }', { v: null }],
    [
      '@include of a fragment',
      'query ($v: Boolean = true) { webhooks(first: 0) { ... @include(if: $v) { totalCount } } }',
      { v: null },
    ],
    ['@skip below a write', `mutation ($v: Boolean = true) { ${create} { __typename @skip(if: $v) } }`, { v: null }],
  ])('is refused in %s by its name, before anybody is called', async (_, query, variables) => {
    const { ask, countCalls, readLog } = await open()
    const { status, data, errors } = await ask(query, variables)
    expect({ status, data }).toEqual({ status: 400, data: undefined })
    expect(errors).toMatchObject([
      { message: expect.stringContaining('$v is null'), locations: [{ line: 1 }], extensions: { code: 'BAD_USER_INPUT' } },
    ])
    expect(countCalls()).toBe(0)
    expect(readLog('unexpected error')).toEqual([])
  })

  it("is in nobody's way in what is left out", async () => {
    const { ask } = await open()
    const query =
      'query ($v: ID = "x", $no: Boolean!) { node(id: $v) @include(if: $no) { id } ...F @include(if: $no) accounts { slug } } fragment F on Query { nodes(ids: [$v]) { id } }'
    expect((await ask(query, { v: null, no: false })).data).toEqual({ accounts: providers.map(({ name }) => ({ slug: name })) })
  })

  it('shows nothing of the input that it stands in', async () => {
    const { ask, logs } = await open()
    const input = '{ account: "verifik", url: $v, name: "x", options: { verifik: { secret: "whk-canary-secret" } } }'
    const { text } = await ask(`mutation ($v: URL = "x") { createWebhook(input: ${input}) { __typename } }`, { v: null })
    expect(text).toContain('$v is null')
    expect(`${text}${logs.join('')}`).not.toContain('canary')
  })
})
