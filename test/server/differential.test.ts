import { createServer as createHttpServer } from 'node:http'
import { once } from 'node:events'
import fc from 'fast-check'
import { execute, type ExecutionResult, isObjectType, parse, validate } from 'graphql'
import { pino } from 'pino'
import { describe, expect, it, onTestFinished } from 'vitest'
import { anybody } from '../../src/caller.ts'
import { formatId } from '../../src/id.ts'
import { providers } from '../../src/providers/index.ts'
import { createContext } from '../../src/schema/context.ts'
import { createSchema } from '../../src/schema/index.ts'
import { createServer } from '../../src/server/server.ts'
import { readCode } from '../../src/server/request-info.ts'
import { type RandomDocument, writeDocument } from '../helpers/documents.ts'
import { openGateway, toAccount } from '../helpers/gateway.ts'
import { openStandIn } from '../helpers/stand-in.ts'

// Random documents, each on every way in and twice: byte for byte what plain graphql-js answers on the same gateway.

const runs = Number(process.env['HOOKQL_RANDOM_DOCUMENTS'] ?? 200)
const huge = 1_000_000_000
const limits = {
  depth: huge,
  mutations: huge,
  rootFields: huge,
  upstreamCalls: huge,
  answerFields: huge,
  requestsPerMinute: huge,
}
const schema = createSchema(providers)

/** Where the lists of webhooks stand that plain graphql-js got to, of the document it ran last. */
const askedLists = new Set<number>()
for (const type of [schema.getType('Query'), schema.getType('Account')]) {
  const field = isObjectType(type) ? type.getFields()['webhooks'] : undefined
  const resolve = field?.resolve
  if (field === undefined || resolve === undefined) throw new Error('There is no list of webhooks.')
  field.resolve = (source, args, context, info) => {
    for (const { loc } of info.fieldNodes) if (loc !== undefined) askedLists.add(loc.startToken.column)
    return resolve(source, args, context, info)
  }
}

async function open() {
  const opened = await Promise.all(
    providers.map(async (provider) => toAccount(provider, await openStandIn(provider, { seeded: true }))),
  )
  const { gateway } = openGateway({ accounts: opened })
  const log = pino({ enabled: false })
  const documents = new Map<string, string>()
  const plain = createServer({ gateway, log, auth: 'none', limits })
  const trusted = createServer({ gateway, log, auth: 'none', limits, trustedDocuments: { documents, only: true } })
  const http = createHttpServer(plain).listen(0, '127.0.0.1')
  onTestFinished(() => http.close().closeAllConnections())
  await once(http, 'listening')
  const address = http.address()
  const origin = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`

  type Fetch = (url: string, init: RequestInit) => Response | Promise<Response>
  async function post(fetch: Fetch, url: string, body: object): Promise<string> {
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
    return (await fetch(`${url}/graphql`, init)).text()
  }
  const ways: Readonly<Record<string, (document: RandomDocument) => Promise<string>>> = {
    fetch: (document) => post(plain.fetch, 'http://gateway.test', document),
    listener: (document) => post(fetch, origin, document),
    'trusted documents': ({ query, variables }) => {
      documents.set(query, query)
      return post(trusted.fetch, 'http://gateway.test', { documentId: query, variables })
    },
  }

  /** What graphql-js answers by itself, `data` left out where nothing ran. */
  async function ask({ query, variables }: RandomDocument): Promise<ExecutionResult> {
    askedLists.clear()
    const document = readDocument(query)
    if ('errors' in document) return document
    const context = createContext({
      gateway,
      caller: anybody,
      signal: new AbortController().signal,
      deadlineMs: Infinity,
      recordsBefore: false,
      onBug: () => '',
      record: () => {},
      onWriting: () => {},
    })
    return execute({ schema, document, variableValues: variables, contextValue: context })
  }
  return { ways, ask }
}

function readDocument(query: string) {
  try {
    const document = parse(query)
    const errors = validate(schema, document)
    return errors.length > 0 ? { errors } : document
  } catch (error) {
    return { errors: [error as never] }
  }
}

/** An answer in which nothing ran, without the codes that the gateway gives and the texts that it words itself. */
function describeRefusal({ errors = [] }: ExecutionResult) {
  return errors.map((error) => JSON.stringify((JSON.parse(JSON.stringify(error)) as { locations?: unknown }).locations))
}

/** Whether it was refused for a variable that is null and whose default may stand where null must not. */
function isNullRefused({ errors = [] }: ExecutionResult, { query, variables }: RandomDocument): boolean {
  return Object.entries(variables).some(([name, value]) => {
    const isNullable = value === null && new RegExp(`\\$${name}: \\S+ = `).test(query)
    return isNullable && errors.some(({ message }) => message.includes(`$${name} `) && message.includes('is null, but'))
  })
}

/** The list of webhooks that was refused for its arguments, which are judged before anything runs; null where that is not it. */
function findRefusedList({ errors = [] }: ExecutionResult, { query }: RandomDocument) {
  const [error] = errors
  const column = error?.locations?.[0]?.column ?? 0
  const isList = readCode(error) === 'BAD_USER_INPUT' && /^(\w+: )?webhooks\(/.test(query.slice(column - 1))
  return error !== undefined && isList ? { message: error.message, column } : null
}

/** What graphql-js says of the field at this place, once; nothing where it does not get there. */
function listTold({ errors = [] }: ExecutionResult, column: number): readonly string[] {
  return [...new Set(errors.filter(({ locations }) => locations?.[0]?.column === column).map(({ message }) => message))]
}

describe('a random document', { timeout: 600_000 }, () => {
  it('is answered on every way, first and again, as plain graphql-js does', async () => {
    const { ways, ask } = await open()
    const ids = providers.map(({ name, sandbox }) => formatId({ kind: 'webhook', slug: name, upstreamId: sandbox.seededId }))
    const seen = { answered: 0, refused: 0, nulls: 0, lists: 0 }
    await fc.assert(
      fc.asyncProperty(fc.nat(), async (seed) => {
        const document = writeDocument(schema, seed, ids)
        const reference = await ask(document)
        for (const [way, send] of Object.entries(ways)) {
          for (const time of ['first', 'again']) {
            const text = await send(document)
            const answer = JSON.parse(text) as ExecutionResult
            const at = `${way}, ${time}: ${JSON.stringify(document)}`
            const code = readCode(answer.errors?.[0])
            expect({ at, code }).not.toEqual({ at, code: 'INTERNAL_SERVER_ERROR' })
            const refusedList = findRefusedList(answer, document)
            if (answer.data === undefined && isNullRefused(answer, document)) {
              // Told before anything runs; graphql-js tells where it comes by, if it does.
              expect({ at, ran: reference.data !== undefined }).toEqual({ at, ran: true })
              seen.nulls += 1
            } else if (answer.data === undefined && reference.data !== undefined && refusedList !== null) {
              const { message, column } = refusedList
              const told = listTold(reference, column)
              // An error elsewhere may have ended all of it before graphql-js came to tell of this list.
              const isTold = askedLists.has(column) && !(reference.data === null && told.length === 0)
              expect({ at, told }).toEqual({ at, told: isTold ? [message] : [] })
              seen.lists += 1
            } else if (reference.data === undefined) {
              expect({ at, data: answer.data, errors: describeRefusal(answer) }).toEqual({
                at,
                data: undefined,
                errors: describeRefusal(reference),
              })
              seen.refused += 1
            } else {
              const { errors, data } = reference
              expect({ at, text }).toEqual({ at, text: JSON.stringify(errors === undefined ? { data } : { errors, data }) })
              seen.answered += 1
            }
          }
        }
      }),
      { numRuns: runs, endOnFailure: true },
    )
    for (const count of [seen.answered, seen.refused, seen.lists]) expect(count).toBeGreaterThan(0)
  })
})
