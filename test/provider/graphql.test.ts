import { describe, expect, expectTypeOf, it } from 'vitest'
import * as z from 'zod'
import { createRehearsal, RehearsalEnd } from '../../src/http/rehearsal.ts'
import type { Meaning } from '../../src/http/upstream.ts'
import {
  createGraphql,
  type Document,
  graphql,
  type GraphqlRefusal,
  readGraphqlFailure,
  wireConnection,
} from '../../src/provider/graphql.ts'
import { path } from '../../src/provider/path.ts'
import type { Provider } from '../../src/provider/provider.ts'
import { GraphqlRefusal as Refused, graphqlRoute, resolver } from '../../src/provider/stand-in.ts'
import { baanx } from '../../src/providers/baanx/index.ts'
import { wireField, wireList } from '../../src/provider/wire.ts'
import { Secret } from '../../src/secret.ts'
import { openHttp, openStandIn } from '../helpers/stand-in.ts'
import { openUpstream, readText } from '../helpers/upstream.ts'

const read = {
  document: graphql`
    query Note($id: ID!) {
      note(id: $id) {
        text
      }
    }
  `,
  variables: { id: '1' },
  answer: z.object({ note: z.object({ text: z.string() }) }).transform(({ note }) => note.text),
}
const write = {
  document: graphql`
    mutation Write($text: String!, $secret: String) {
      noteWrite(text: $text, secret: $secret) {
        note {
          text
        }
        userErrors {
          field
          message
        }
      }
    }
  `,
  variables: { text: 'new' },
  answer: z
    .object({ noteWrite: z.object({ note: z.object({ text: z.string() }) }) })
    .transform(({ noteWrite }) => noteWrite.note.text),
}

const byCode: Readonly<Record<string, Meaning>> = {
  THROTTLED: { kind: 'RATE_LIMITED' },
  ACCESS_DENIED: { kind: 'PERMISSION_DENIED' },
  INVALID: { kind: 'REJECTED' },
  INTERNAL: { kind: 'SERVER_ERROR' },
}

function toMeaning({ data, errors: [error], userErrors: [userError] }: GraphqlRefusal): Meaning | undefined {
  if (userError?.field != null) return { kind: 'INVALID_INPUT', paths: [userError.field] }
  if (data?.['note'] === null) return { kind: 'NOT_FOUND' }
  return error?.code == null ? undefined : byCode[error.code]
}

const readFailure = readGraphqlFailure(toMeaning)
const endpoint = path`/graphql`

/** An upstream that always answers with this, and the requests that it got. */
async function open(body: unknown, status = 200) {
  const seen: unknown[] = []
  const { http } = await openUpstream(
    (request, response) => {
      const answer = async () => {
        seen.push(`${request.method} ${request.url}`, JSON.parse(await readText(request)))
        response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body))
      }
      void answer()
    },
    { readFailure, rateLimitDelayMs: 60_000 },
  )
  return { seen, ...createGraphql(http, endpoint) }
}

const toError = (code: string, at?: readonly (string | number)[]) => ({
  errors: [{ message: 'It is so.', ...(at && { path: at }), extensions: { code } }],
})

describe('a document', () => {
  it('has other documents as its parts, and nothing else', () => {
    const fragment = graphql`
      fragment Parts on Note {
        text
      }
    `
    const whole = graphql`
      {
        note(id: 1) {
          ...Parts
        }
      }
      ${fragment}
    `
    expect(whole.replaceAll(/\s+/g, ' ').trim()).toBe('{ note(id: 1) { ...Parts } } fragment Parts on Note { text }')
    expectTypeOf<Parameters<typeof graphql>[1]>().toEqualTypeOf<Document>()
    expectTypeOf<string>().not.toExtend<Document>()
  })
})

describe('a GraphQL upstream', () => {
  it('is sent the fixed document and the variables, and its data is the answer', async () => {
    const { query, mutate, seen } = await open({
      data: { note: { text: 'a' }, noteWrite: { note: { text: 'b' }, userErrors: [] } },
    })
    expect(await query(read)).toBe('a')
    expect(await mutate({ ...write, variables: { text: 'new', secret: undefined } })).toBe('b')
    expect(seen).toEqual([
      'POST /v1/graphql',
      { query: read.document, variables: { id: '1' } },
      'POST /v1/graphql',
      { query: write.document, variables: { text: 'new' } },
    ])
  })

  it('may have another text for people', () => {
    const own = readGraphqlFailure(toMeaning, ({ message, extensions: { shown } }) =>
      typeof shown === 'string' ? shown : message,
    )
    const errors = [
      { message: 'E1', extensions: { code: 'INVALID', shown: 'The text is too long.' } },
      { message: 'E2', extensions: { code: 'INVALID' } },
    ]
    expect(own(200, { errors }, {})).toEqual({
      code: 'INVALID',
      message: 'The text is too long.; E2',
      meaning: { kind: 'REJECTED' },
    })
  })

  it.each([null, []])('may send %j as errors', async (errors) => {
    const { query } = await open({ data: { note: { text: 'a' } }, errors, extensions: { cost: 1 } })
    expect(await query(read)).toBe('a')
  })

  it.each<[string, unknown, number, string, string]>([
    ['a throttled request', toError('THROTTLED'), 200, 'RATE_LIMITED', 'RATE_LIMITED'],
    ['a throttled request with a status of its own', toError('THROTTLED'), 400, 'RATE_LIMITED', 'RATE_LIMITED'],
    [
      'a denied root field',
      { ...toError('ACCESS_DENIED', ['noteWrite']), data: null },
      200,
      'PERMISSION_DENIED',
      'PERMISSION_DENIED',
    ],
    [
      'a denied root field that may be null',
      { ...toError('ACCESS_DENIED', ['x']), data: { x: null } },
      200,
      'PERMISSION_DENIED',
      'PERMISSION_DENIED',
    ],
    ['a document that is not valid', toError('INVALID'), 200, 'UPSTREAM_REJECTED', 'UPSTREAM_REJECTED'],
    ['an internal error', { ...toError('INTERNAL'), data: null }, 200, 'UPSTREAM_UNAVAILABLE', 'OUTCOME_UNKNOWN'],
    ['an error that nobody knows', toError('NEW'), 200, 'UPSTREAM_CONTRACT', 'OUTCOME_UNKNOWN'],
    ['an error without a code', { errors: [{ message: 'Hm.' }] }, 200, 'UPSTREAM_CONTRACT', 'OUTCOME_UNKNOWN'],
    [
      'an error below the root field',
      { ...toError('ACCESS_DENIED', ['noteWrite', 'note']), data: null },
      200,
      'UPSTREAM_CONTRACT',
      'OUTCOME_UNKNOWN',
    ],
    [
      'an error below the root field with a status of its own',
      { ...toError('THROTTLED', ['a', 'b']), data: null },
      400,
      'UPSTREAM_UNAVAILABLE',
      'OUTCOME_UNKNOWN',
    ],
    [
      'an error beside data',
      { ...toError('ACCESS_DENIED'), data: { note: { text: 'a' }, noteWrite: { note: { text: 'b' } } } },
      200,
      'UPSTREAM_CONTRACT',
      'OUTCOME_UNKNOWN',
    ],
    [
      'user errors',
      { data: { x: { userErrors: [{ field: ['url'], message: 'Taken' }] } } },
      200,
      'INVALID_INPUT',
      'INVALID_INPUT',
    ],
    [
      'user errors beside what was asked for',
      { data: { note: { text: 'a' }, noteWrite: { note: { text: 'b' }, userErrors: [{ message: 'Hm.' }] } } },
      200,
      'UPSTREAM_CONTRACT',
      'OUTCOME_UNKNOWN',
    ],
    [
      'user errors beside a result that they refuse',
      { data: { x: { note: { text: 'b' }, userErrors: [{ field: ['url'], message: 'Taken' }] } } },
      200,
      'UPSTREAM_CONTRACT',
      'OUTCOME_UNKNOWN',
    ],
    [
      'an internal error after one that says that nothing was done',
      { errors: [...toError('THROTTLED').errors, ...toError('INTERNAL').errors], data: { noteWrite: null } },
      200,
      'UPSTREAM_UNAVAILABLE',
      'OUTCOME_UNKNOWN',
    ],
    [
      'an error that nobody knows after one that says that nothing was done',
      { errors: [...toError('ACCESS_DENIED').errors, ...toError('NEW').errors] },
      200,
      'UPSTREAM_CONTRACT',
      'OUTCOME_UNKNOWN',
    ],
    [
      'several errors that say that nothing was done',
      { errors: [...toError('ACCESS_DENIED').errors, ...toError('INVALID').errors] },
      200,
      'PERMISSION_DENIED',
      'PERMISSION_DENIED',
    ],
    [
      'an internal error beside user errors',
      { ...toError('INTERNAL'), data: { x: { note: null, userErrors: [{ field: ['url'], message: 'Taken' }] } } },
      200,
      'UPSTREAM_UNAVAILABLE',
      'OUTCOME_UNKNOWN',
    ],
    [
      'user errors that cannot be read',
      { data: { note: { text: 'a', userErrors: {} }, noteWrite: { note: { text: 'b' }, userErrors: ['x'] } } },
      200,
      'UPSTREAM_CONTRACT',
      'OUTCOME_UNKNOWN',
    ],
    [
      'errors that cannot be read',
      { data: { note: { text: 'a' }, noteWrite: { note: { text: 'b' } } }, errors: [1] },
      200,
      'UPSTREAM_CONTRACT',
      'OUTCOME_UNKNOWN',
    ],
    ['an object that is null', { data: { note: null } }, 200, 'NOT_FOUND', 'NOT_FOUND'],
    ['no data', { data: null }, 200, 'UPSTREAM_CONTRACT', 'OUTCOME_UNKNOWN'],
    ['other data', { data: { other: 1 } }, 200, 'UPSTREAM_CONTRACT', 'OUTCOME_UNKNOWN'],
    ['a text as errors', { errors: 'Invalid API key' }, 401, 'CREDENTIALS_REJECTED', 'CREDENTIALS_REJECTED'],
    ['what is not GraphQL', { ok: true }, 200, 'UPSTREAM_CONTRACT', 'OUTCOME_UNKNOWN'],
    ['a page of a proxy', '<html></html>', 403, 'PERMISSION_DENIED', 'OUTCOME_UNKNOWN'],
    ['a failing server', '', 503, 'UPSTREAM_UNAVAILABLE', 'OUTCOME_UNKNOWN'],
  ])('that answers with %s fails with what it means', async (_, body, status, ofRead, ofWrite) => {
    const reading = await open(body, status)
    await expect(reading.query(read)).rejects.toMatchObject({ code: ofRead })
    const writing = await open(body, status)
    await expect(writing.mutate(write)).rejects.toMatchObject({ code: ofWrite })
    // Its URL and its body: a write is sent once.
    expect(writing.seen).toHaveLength(2)
  })

  it('tells all its messages, with the first code', async () => {
    const { mutate } = await open({
      data: { noteWrite: { note: null, userErrors: [{ field: ['url'], message: 'One.' }, { message: 'Two.' }] } },
      errors: [{ message: 'Top.', extensions: { code: 'TOP', type: 'x' } }],
    })
    await expect(mutate(write)).rejects.toMatchObject({ upstream: { code: 'TOP', message: 'Top.; One.; Two.' } })
  })
})

/** A GraphQL provider that really executes documents. */
const texts = new Map([['1', 'first']])
const notes: Provider = {
  ...baanx,
  readFailure,
  sandbox: {
    ...baanx.sandbox,
    open: () => [
      graphqlRoute(
        '/graphql',
        `
          type Query { note(id: ID!): Note }
          type Mutation { noteWrite(text: String!, secret: String): Written! }
          type Written { note: Note userErrors: [UserError!]! }
          type UserError { field: [String!] message: String! }
          type Note { text: String! }
        `,
        {
          note: resolver(z.object({ id: z.string() }), ({ id }) => (texts.has(id) ? { text: texts.get(id) } : null)),
          noteWrite: resolver(z.object({ text: z.string(), secret: z.string().optional() }), ({ text, secret }) => {
            if (text === 'throttle') throw new Refused('Slow down.', { code: 'THROTTLED' })
            if (text === '') return { note: null, userErrors: [{ field: ['text'], message: 'It is empty.' }] }
            return { note: { text: `${text}${secret ?? ''}` }, userErrors: [] }
          }),
        },
        ({ data, problems }) => ({
          status: 200,
          body: { data, ...(problems.length > 0 && { errors: problems }) },
        }),
      ),
    ],
  },
}

async function openNotes() {
  const standIn = await openStandIn(notes)
  return { standIn, http: openHttp(notes, standIn) }
}

describe('a GraphQL upstream that executes', () => {
  it('reads, writes and refuses', async () => {
    const { http, standIn } = await openNotes()
    const { query, mutate } = createGraphql(http, endpoint)
    expect(await query(read)).toBe('first')
    await expect(query({ ...read, variables: { id: '2' } })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect(await mutate(write)).toBe('new')
    await expect(mutate({ ...write, variables: { text: '' } })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      issues: [{ path: ['input', 'text'] }],
      upstream: { message: 'It is empty.' },
    })
    await expect(mutate({ ...write, variables: { text: 'throttle' } })).rejects.toMatchObject({ code: 'RATE_LIMITED' })
    await expect(mutate({ ...write, variables: {} })).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' })
    expect(standIn.calls.map(({ effect }) => effect)).toEqual(['READ', 'READ', 'WRITE', 'WRITE', 'WRITE', 'WRITE'])
  })

  it('keeps a hostile value a value', async () => {
    const { http } = await openNotes()
    const hostile = '") { note { text } } noteWrite(text: "\\u0022}'
    expect(await createGraphql(http, endpoint).mutate({ ...write, variables: { text: hostile } })).toBe(hostile)
  })

  it('shows a mutation in a dry run with its secrets masked, and sends it not', async () => {
    const { http, standIn } = await openNotes()
    const rehearsal = createRehearsal(http, standIn.baseUrl)
    const dry = createGraphql(rehearsal.http, endpoint)
    expect(await dry.query(read)).toBe('first')
    const secret = new Secret('canary-secret')
    const call = { ...write, variables: { text: 'new', secret } }
    expect(await dry.mutate({ ...call, assumed: 'assumed' })).toBe('assumed')
    await expect(dry.mutate(call)).rejects.toBeInstanceOf(RehearsalEnd)
    const body = { query: write.document, variables: { text: 'new', secret: '[secret]' } }
    expect(rehearsal.requests).toEqual([1, 2].map(() => ({ method: 'POST', url: `${standIn.baseUrl}/graphql`, body })))
    expect(standIn.calls).toMatchObject([{ effect: 'READ' }])
  })

  it('has a secret masked that an answer repeats', async () => {
    const { http } = await openNotes()
    const secret = new Secret('canary-secret')
    const call = { ...write, variables: { text: 'new ', secret } }
    expect(await createGraphql(http, endpoint).mutate(call)).toBe('new [secret]')
  })
})

describe('the data of a GraphQL API', () => {
  const field = wireField('note', z.object({ text: z.string() }))
  const connection = wireConnection(wireList(z.object({ id: z.string() })))

  it('is read as one member, with problems at their place', () => {
    expect(field.parse({ note: { text: 'a' }, other: 1 })).toEqual({ text: 'a' })
    expect(field.safeParse({ note: { text: 1 } }).error?.issues).toMatchObject([{ path: ['note', 'text'] }])
    expect(field.safeParse({ other: { text: 'a' } }).success).toBe(false)
    expect(field.safeParse('note').success).toBe(false)
  })

  it.each([
    [{ hasNextPage: true, endCursor: 'c' }, 'c'],
    [{ hasNextPage: false, endCursor: 'c' }, null],
    [{ hasNextPage: false, endCursor: null }, null],
  ])('is read as a page with %j', (pageInfo, next) => {
    const page = connection.parse({ nodes: [{ id: '1' }, { id: 2 }], pageInfo })
    expect(page).toEqual({ batch: { items: [{ id: '1' }], unreadable: [null] }, next })
  })

  it.each([{ hasNextPage: true, endCursor: null }, { hasNextPage: true }, { endCursor: 'c' }, undefined])(
    'is no page with %j',
    (pageInfo) => {
      expect(connection.safeParse({ nodes: [], pageInfo }).success).toBe(false)
    },
  )
})
