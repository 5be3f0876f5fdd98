import { describe, expect, it, onTestFinished } from 'vitest'
import { request } from 'undici'
import * as z from 'zod'
import {
  type GraphqlProblem,
  GraphqlRefusal,
  graphqlRoute,
  resolver,
  type StandInStatement,
} from '../../src/provider/stand-in.ts'
import { bearer } from '../../src/provider/authentication.ts'
import { startStandIn } from '../../src/sandbox/server.ts'

/** A provider of notes, as small as one can be. */
const notes: StandInStatement = {
  basePath: '/api',
  token: 'sandbox-notes-token',
  seededId: '1',
  headers: [],
  refusals: {
    unauthorized: () => ({ status: 401 }),
    unknownPath: () => ({ status: 404 }),
    undocumented: (what) => ({ status: 400, body: { message: `${what} is not documented` } }),
    rateLimited: () => ({ status: 429 }),
  },
  open() {
    const texts = new Map([['1', 'first']])
    const show = (id: string) => ({ id, text: texts.get(id) })
    return [
      graphqlRoute(
        '/graphql',
        `
          type Query { note(id: ID!): Note, notes(first: Int = 2): [Note!]! }
          type Mutation { noteWrite(input: NoteInput!): Note!, noteBreak: Note! }
          type Note { id: ID! text: String! }
          input NoteInput { id: ID! text: String! color: Color }
          enum Color { RED BLUE }
        `,
        {
          note: resolver(z.object({ id: z.string() }), ({ id }) => (texts.has(id) ? show(id) : null)),
          notes: resolver(z.object({ first: z.int() }), ({ first }) => [...texts.keys()].slice(0, first).map(show)),
          noteWrite: resolver(z.object({ input: z.object({ id: z.string(), text: z.string() }) }), ({ input: { id, text } }) => {
            if (text === '') throw new GraphqlRefusal('A note has a text.', { code: 'EMPTY' })
            texts.set(id, text)
            return show(id)
          }),
          noteBreak: () => null,
        },
        ({ data, problems }) => ({
          status: data === undefined ? 400 : 200,
          body: { data, ...(problems.length > 0 && { errors: problems.map(toError) }) },
        }),
      ),
    ]
  },
}

function toError({ stage, message, path, extensions }: GraphqlProblem) {
  return { message, path, extensions: { stage, ...extensions } }
}

async function open() {
  const standIn = await startStandIn({ baseUrl: '', authentication: bearer, sandbox: notes })
  onTestFinished(() => standIn.close())
  async function send(body: unknown, method: 'POST' | 'GET' = 'POST') {
    const response = await request(`${standIn.baseUrl}/graphql`, {
      method,
      headers: { authorization: `Bearer ${notes.token}`, 'content-type': 'application/json' },
      body: method === 'POST' ? JSON.stringify(body) : null,
    })
    const text = await response.body.text()
    return { status: response.statusCode, body: text === '' ? undefined : JSON.parse(text) }
  }
  return { standIn, send, ask: (query: string, variables?: object) => send({ query, ...(variables && { variables }) }) }
}

const read = 'query ($id: ID!) { note(id: $id) { text } }'
const write = 'mutation ($input: NoteInput!) { noteWrite(input: $input) { id text } }'

describe('a stand-in whose API is GraphQL', () => {
  it('executes queries and mutations over its state, with the documented defaults', async () => {
    const { ask } = await open()
    expect(await ask(write, { input: { id: '2', text: 'second' } })).toEqual({
      status: 200,
      body: { data: { noteWrite: { id: '2', text: 'second' } } },
    })
    await ask(write, { input: { id: '3', text: 'third' } })
    expect((await ask('{ notes { id } }')).body).toEqual({ data: { notes: [{ id: '1' }, { id: '2' }] } })
    expect((await ask(read, { id: 'gone' })).body).toEqual({ data: { note: null } })
  })

  it.each([
    ['SYNTAX', '{ note(id: ', {}, /^Syntax Error/],
    ['VALIDATION', '{ note(id: 1) { secret } }', {}, 'Cannot query field "secret" on type "Note".'],
    ['VALIDATION', '{ notes(last: 1) { id } }', {}, 'Unknown argument "last" on field "Query.notes".'],
    ['VALIDATION', '{ note { id } }', {}, /argument "id" of type "ID!" is required/],
    ['VALIDATION', 'query ($id: Text!) { note(id: $id) { id } }', {}, 'Unknown type "Text".'],
    [
      'VALIDATION',
      'mutation { noteWrite(input: { id: 1, text: "x", color: GREEN }) { id } }',
      {},
      /does not exist in "Color" enum/,
    ],
    ['VARIABLES', read, {}, /required type "ID!" was not provided/],
    ['VARIABLES', write, { input: { id: '1', text: 'x', size: 1 } }, /Field "size" is not defined by type "NoteInput"/],
    ['VARIABLES', write, { input: { id: '1', text: null } }, /Expected non-nullable type "String!" not to be null/],
    ['VARIABLES', read, { id: '1', name: 'x' }, /^Variable "\$name" is not declared\.$/],
    ['VARIABLES', 'query A { notes { id } } query B { notes { id } }', {}, /Must provide operation name/],
  ])('refuses what its schema does not have, %s: %s with %j', async (stage, query, variables, message) => {
    const { ask } = await open()
    expect(await ask(query, variables)).toEqual({
      status: 400,
      body: {
        errors: [expect.objectContaining({ message: expect.stringMatching(message), extensions: { stage } })],
      },
    })
    expect((await ask(read, { id: '1' })).body.data).toEqual({ note: { text: 'first' } })
  })

  it.each([
    [{ query: 1 }],
    [{ variables: {} }],
    [{ query: '{ notes { id } }', variables: [] }],
    [{ query: '{ notes { id } }', extensions: {} }],
    [[{ query: '{ notes { id } }' }]],
  ])('refuses %j, which is no GraphQL request', async (body) => {
    const { send } = await open()
    expect(await send(body)).toEqual({
      status: 400,
      body: { message: 'a body that is not a GraphQL request is not documented' },
    })
  })

  it('takes no GET', async () => {
    const { send } = await open()
    expect((await send(undefined, 'GET')).status).toBe(404)
  })

  it('refuses a field as its resolver says', async () => {
    const { ask } = await open()
    expect((await ask(write, { input: { id: '1', text: '' } })).body).toEqual({
      data: null,
      errors: [{ message: 'A note has a text.', path: ['noteWrite'], extensions: { stage: 'FIELD', code: 'EMPTY' } }],
    })
  })

  it('does not pass a defect of its own off as a refusal', async () => {
    const { ask } = await open()
    expect(await ask('mutation { noteBreak { id } }')).toEqual({
      status: 500,
      body: { problem: 'Cannot return null for non-nullable field Mutation.noteBreak.' },
    })
  })

  it('records of each call whether it reads or writes, and its root field', async () => {
    const { ask, send, standIn } = await open()
    await ask(read, { id: '1' })
    await ask(write, { input: { id: '2', text: 'second' } })
    await send({
      query: `${read.replace('query', 'query A')} mutation B { noteWrite(input: { id: 3, text: "x" }) { id } }`,
      operationName: 'B',
    })
    await send({ query: '{' })
    expect(standIn.calls.map(({ effect, field }) => [effect, field])).toEqual([
      ['READ', 'note'],
      ['WRITE', 'noteWrite'],
      ['WRITE', 'noteWrite'],
      ['WRITE', null],
    ])
  })
})

describe('a fault of a stand-in whose API is GraphQL', () => {
  it.each([
    [{ effect: 'WRITE' as const }, 200, 503],
    [{ effect: 'READ' as const }, 503, 200],
    [{ field: 'noteWrite' }, 200, 503],
    [{ field: 'note' }, 503, 200],
    [{ field: 'notes' }, 200, 200],
  ])('is chosen by %j', async (chosen, reading, writing) => {
    const { ask, standIn } = await open()
    standIn.fail({ ...chosen, status: 503 })
    expect((await ask(read, { id: '1' })).status).toBe(reading)
    expect((await ask(write, { input: { id: '1', text: 'new' } })).status).toBe(writing)
  })

  it('cuts a request before it has any effect', async () => {
    const { ask, standIn } = await open()
    standIn.fail({ field: 'noteWrite', cut: 'request' })
    await expect(ask(write, { input: { id: '1', text: 'new' } })).rejects.toThrow(/ECONNRESET|closed/)
    expect((await ask(read, { id: '1' })).body.data).toEqual({ note: { text: 'first' } })
  })

  it('repeats an old answer to the same query only', async () => {
    const { ask, standIn } = await open()
    const readFirst = async () => (await ask(read, { id: '1' })).body.data.note
    await readFirst()
    standIn.fail({ effect: 'WRITE', when: 'after', staleReads: 2 })
    await ask(write, { input: { id: '1', text: 'new' } })
    expect((await ask('{ notes { text } }')).body.data).toEqual({ notes: [{ text: 'new' }] })
    expect(await readFirst()).toEqual({ text: 'first' })
    expect(await readFirst()).toEqual({ text: 'new' })
  })

  it('takes a request of somebody else, and says when that was refused', async () => {
    const { ask, standIn } = await open()
    const meanwhile = (text: string) => ({
      method: 'POST',
      path: '/api/graphql',
      body: { query: write, variables: { input: { id: '1', text } } },
    })
    standIn.fail({ meanwhile: meanwhile('meanwhile') })
    expect((await ask(read, { id: '1' })).body.data).toEqual({ note: { text: 'meanwhile' } })
    standIn.fail({ meanwhile: meanwhile('') })
    expect(await ask(read, { id: '1' })).toMatchObject({ status: 500, body: { problem: expect.stringContaining('rejected') } })
  })
})
