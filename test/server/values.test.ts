import { isInputObjectType, isLeafType, type GraphQLInputType, getNamedType, isListType, getNullableType } from 'graphql'
import { describe, expect, it } from 'vitest'
import { toProviderName } from '../../src/provider/provider.ts'
import { providers } from '../../src/providers/index.ts'
import { createSchema } from '../../src/schema/index.ts'
import type { ServerOptions } from '../../src/server/server.ts'
import { openGateway, toAccount } from '../helpers/gateway.ts'
import { openStandIn } from '../helpers/stand-in.ts'

const canary = 'canary_0123456789'
const schema = createSchema(providers)

async function open(server: Partial<ServerOptions> = {}) {
  const standIns = await Promise.all(providers.map(async (provider) => ({ provider, standIn: await openStandIn(provider) })))
  const opened = openGateway({ accounts: standIns.map(({ provider, standIn }) => toAccount(provider, standIn)), server })
  return { ...opened, countCalls: () => standIns.reduce((sum, { standIn }) => sum + standIn.calls.length, 0) }
}

/** What was listed by `listPlaces`: the fields of a type are the same wherever it is. With HOOKQL_TEST_ALL, each is listed there too. */
const listed = new Set<string>()

/** Every place of a type that takes a value, from the type down; the path to it, and its type. */
function* listPlaces(
  type: GraphQLInputType,
  path: readonly string[] = [],
): Iterable<readonly [readonly string[], GraphQLInputType]> {
  yield [path, type]
  const named = getNamedType(type)
  if (isListType(getNullableType(type))) yield [[...path, '0'], named]
  if (!isInputObjectType(named) || listed.has(named.name)) return
  if (process.env['HOOKQL_TEST_ALL'] === undefined) listed.add(named.name)
  for (const field of Object.values(named.getFields())) yield* listPlaces(field.type, [...path, field.name])
}

/** A value with `inner` at a path, and nothing else. */
function wrap(path: readonly string[], inner: unknown): unknown {
  const [first, ...rest] = path
  if (first === undefined) return inner
  return first === '0' ? [wrap(rest, inner)] : { [first]: wrap(rest, inner) }
}

/** What no place of any type takes, or what may be wrong only with the rest; each with the canary. */
const wrongs = [
  canary,
  [canary],
  { [canary]: canary },
  { secret: { [canary]: [canary] } },
  [[{ canary }]],
  `${canary}\n"${canary}`,
]

/** As a literal of GraphQL. */
function toLiteral(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(toLiteral).join(' ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  return `{ ${Object.entries(value)
    .map(([name, each]) => `${name}: ${toLiteral(each)}`)
    .join(' ')} }`
}

// Every argument of the API, by the operation that takes it.
const asks = (['query', 'mutation'] as const).flatMap((kind) => {
  const root = kind === 'query' ? schema.getQueryType() : schema.getMutationType()
  return Object.values(root?.getFields() ?? {}).flatMap(({ name, args, type }) =>
    args.map((argument) => ({ kind, field: name, argument, body: isLeafType(getNamedType(type)) ? '' : '{ __typename }' })),
  )
})

describe('a value that is not what its type asks for', () => {
  it.each(asks.map((ask) => [`${ask.field}(${ask.argument.name})`, ask] as const))(
    'is repeated by no error of %s, as a variable or as a literal',
    async (_, { kind, field, argument, body }) => {
      const { ask, logs } = await open({ limits: { requestsPerMinute: 1_000_000 } })
      let refused = 0
      for (const [path] of listPlaces(argument.type)) {
        for (const wrong of wrongs) {
          const value = wrap(path, wrong)
          const given = `(${argument.name}: $v)`
          const asked = await ask(`${kind} ($v: ${String(argument.type)}) { ${field}${given} ${body} }`, { v: value })
          if (asked.data === undefined) {
            refused += 1
            expect(asked.status).toBe(400)
            const code = asked.errors?.every(({ extensions }) => extensions?.['code'] !== undefined)
            expect(code).toBe(true)
            expect(asked.text).not.toContain(canary)
          }
          const written = await ask(`${kind} { ${field}(${argument.name}: ${toLiteral(value)}) ${body} }`)
          if (written.data === undefined) expect(written.text).not.toContain(canary)
        }
      }
      expect(refused).toBeGreaterThan(0)
      // The audit names the webhook that a write was about, by whatever id was asked for.
      expect(logs.filter((line) => !line.includes('"msg":"audit"')).join('')).not.toContain(canary)
    },
    60_000,
  )
})

const create = 'mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { __typename } }'

describe('the error of a variable', () => {
  it('names the variable, the path and the type that is expected', async () => {
    const { ask, countCalls } = await open()
    const optional = providers.filter(({ options }) => Object.keys(options).length > 0).map(({ name }) => name)
    const input = { name: canary, url: [canary], eventTypes: ['a', 5], enabled: canary, [canary]: 1, options: {} }
    const { errors, status, data, text } = await ask(create, { input })
    expect([status, data]).toEqual([400, undefined])
    expect(errors?.map(({ message }) => message)).toEqual([
      'Variable "$input" at "input.account": a value of type "String!" is required.',
      'Variable "$input" at "input.enabled": expected a value of type "Boolean".',
      'Variable "$input" at "input.eventTypes.1": expected a value of type "String!".',
      `Variable "$input" at "input.options": provide exactly one field of "ProviderOptionsInput", with a value that is not null: ${optional.join(', ')}.`,
      'Variable "$input" at "input.url": expected a value of type "URL!".',
      'Variable "$input" at "input": a field is unknown; the fields of "CreateWebhookInput" are account, enabled, eventTypes, idempotencyKey, name, options, url, validateOnly.',
    ])
    expect(errors?.[0]).toMatchObject({ locations: [{ line: 1, column: 11 }], extensions: { code: 'BAD_USER_INPUT' } })
    expect(text).not.toContain(canary)
    expect(countCalls()).toBe(0)
  })

  it('lists what an enum has, and nothing of the schema where introspection is off', async () => {
    const query =
      'query ($p: [ProviderName!], $f: WebhookFilter) { accounts(providers: $p) { slug } webhooks(filter: $f) { complete } }'
    const variables = { p: [canary], f: { [canary]: 1 } }
    const { errors } = await (await open()).ask(query, variables)
    expect(errors?.[0]?.message).toBe(
      `Variable "$p" at "p.0": expected a value of type "ProviderName!", one of ${providers.map(toProviderName).join(', ')}.`,
    )
    const hidden = await (await open({ introspection: false })).ask(query, variables)
    expect(hidden.errors?.map(({ message }) => message)).toEqual([
      'Variable "$p" at "p.0": expected a value of type "ProviderName!".',
      'Variable "$f" at "f": a field is unknown.',
    ])
    const missing = await (await open({ introspection: false })).ask(create, { input: {} })
    expect(missing.errors?.map(({ message }) => message)).toEqual(
      Array.from({ length: 2 }, () => 'Variable "$input" at "input": a required field is missing.'),
    )
  })

  it('comes with HTTP status 400 and code BAD_USER_INPUT, whatever the client accepts', async () => {
    const { ask } = await open()
    for (const accept of ['*/*', 'application/json', 'application/graphql-response+json', 'text/html, application/json;q=0.5']) {
      for (const input of [undefined, null, canary, [], {}]) {
        const { status, errors } = await ask(create, { input }, { accept })
        expect([status, errors?.[0]?.extensions?.['code']]).toEqual([400, 'BAD_USER_INPUT'])
      }
    }
  })

  it('is one of 50 at most', async () => {
    const { ask } = await open()
    const { errors } = await ask('query ($p: [ProviderName!]) { accounts(providers: $p) { slug } }', {
      p: Array.from({ length: 9_000 }, () => 1),
    })
    expect(errors).toHaveLength(51)
    expect(errors?.[50]).toMatchObject({
      message: 'There are more than 50 errors.',
      extensions: { code: 'BAD_USER_INPUT' },
    })
  })
})

describe('a document with a secret in it', () => {
  it.each([
    ['a text in the wrong place', `{ accounts "${canary}" }`],
    ['a block of text', `{ accounts """${canary} "quoted" ${canary}""" }`],
    ['a secret without quotes', `mutation { createWebhook(input: { name ${canary} }) { __typename } }`],
    ['an escape that is none', `{ node(id: "${canary}\\u${canary}") { id } }`],
    ['an escape with braces', `{ node(id: "\\u{${canary}") { id } }`],
    ['a text that does not end', `{ node(id: "${canary}) { id } }`],
    ['a number', `{ node(id: 1${canary}) { id } }`],
    ['a secret as the name of an enum', `mutation { createWebhook(input: { name: ${canary} }) { __typename } }`],
    ['a long secret as the name of a field', `{ ${canary}${'x'.repeat(100)} }`],
    ['a secret in an enum', `{ accounts(providers: [${canary}]) { slug } }`],
    ['a default value', `query ($f: WebhookFilter = { providers: ["${canary}"] }) { webhooks(filter: $f) { complete } }`],
    ['a directive', `{ accounts @skip(if: "${canary}") { slug } }`],
  ])('has it repeated by no error: %s', async (_, query) => {
    const { ask, logs } = await open()
    const { errors, text } = await ask(query)
    expect(errors?.[0]?.extensions?.['code']).toMatch(/^[A-Z_]+$/)
    // Eight characters may be enough to tell one secret from another.
    expect(text).not.toContain(canary.slice(0, 8))
    expect(logs.join('')).not.toContain(canary)
  })
})

describe('a body that is no request', () => {
  it.each([
    ['no JSON', `{"query":"{ accounts { slug } }","variables":${canary}}`],
    ['JSON cut off', `{"variables":{"input":"${canary}`],
    ['a text', `"${canary}"`],
    ['nothing', ''],
    ['null', 'null'],
    ['an array', `["${canary}"]`],
    ['an unknown member', `{"query":"{ accounts { slug } }","${canary}":"${canary}"}`],
    ['a query that is none', `{"query":{"${canary}":"${canary}"}}`],
    ['variables that are none', `{"query":"{ accounts { slug } }","variables":"${canary}"}`],
    ['extensions that are none', `{"query":"{ accounts { slug } }","extensions":"${canary}"}`],
    ['an operation name that is none', `{"query":"{ accounts { slug } }","operationName":{"${canary}":"${canary}"}}`],
    ['an operation that is not there', `{"query":"{ accounts { slug } }","operationName":"${canary}"}`],
  ])('is refused without being repeated: %s', async (_, body) => {
    const { server, logs } = await open()
    for (const accept of ['application/json', 'application/graphql-response+json']) {
      const answer = await server.fetch('http://gateway.test/graphql', {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept },
        body,
      })
      const text = await answer.text()
      expect(answer.status).toBe(400)
      expect(JSON.parse(text)).toMatchObject({ errors: [{ extensions: { code: expect.stringMatching(/^[A-Z_]+$/) } }] })
      expect(text).not.toContain(canary.slice(0, 8))
    }
    expect(logs.join('')).not.toContain(canary)
  })
})
