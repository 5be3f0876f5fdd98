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
