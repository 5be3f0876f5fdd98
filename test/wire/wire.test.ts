import { describe, expect, it } from 'vitest'
import type { StandInCall } from '../../src/sandbox/server.ts'
import { makeOwnCode } from '../helpers/recorder.ts'
import { checkCalls, type Exception } from './document.ts'
import { describeGraphql } from './graphql.ts'
import { describeOpenapi } from './openapi.ts'

interface Sent {
  readonly method?: string
  readonly path?: string
  readonly type?: string
  readonly body?: unknown
  readonly status?: number
  readonly answer?: unknown
}

function toCall({ method = 'GET', path = '/v1/hooks', type, body, status = 200, answer }: Sent): StandInCall {
  const text = body === undefined ? '' : JSON.stringify(body)
  const headers = body === undefined ? {} : { 'content-type': type ?? 'application/json' }
  const answered = { status, text: answer === undefined ? '' : JSON.stringify(answer) }
  return { method, path, effect: 'READ', field: 'hook', text, body, status, headers, answered }
}

const hook = { id: 1, url: 'https://a.test/', name: null }
const reference = { $ref: '#/components/schemas/hook' }
const document = JSON.stringify({
  openapi: '3.0.3',
  info: { title: 'Hooks', version: '1' },
  servers: [{ url: 'https://api.test/v1' }],
  paths: {
    '/hooks': {
      get: {
        operationId: 'list',
        parameters: [{ name: 'page', in: 'query', schema: { type: 'integer' } }],
        responses: { 200: { description: '', content: { 'application/json': { schema: { type: 'array', items: reference } } } } },
      },
      post: {
        operationId: 'create',
        requestBody: {
          required: true,
          content: {
            'application/json': {
              schema: { type: 'object', required: ['url'], properties: { url: { type: 'string' }, active: { type: 'boolean' } } },
            },
          },
        },
        responses: { '2XX': { description: '', content: { 'application/json': { schema: reference } } } },
      },
    },
    '/hooks/{id}': {
      delete: {
        operationId: 'remove',
        parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'integer' } }],
        responses: { 204: { description: '' } },
      },
    },
    '/forms': {
      post: {
        operationId: 'form',
        requestBody: {
          content: {
            'application/x-www-form-urlencoded': {
              schema: {
                type: 'object',
                properties: { active: { type: 'boolean' }, events: { type: 'array', items: { type: 'string' } } },
              },
            },
          },
        },
        responses: { default: { description: '' } },
      },
    },
    '/users': { get: { operationId: 'users', responses: {} } },
  },
  components: {
    schemas: {
      hook: {
        type: 'object',
        required: ['id', 'url'],
        properties: {
          id: { type: 'integer' },
          url: { type: 'string', format: 'uri' },
          name: { type: 'string', nullable: true },
        },
      },
    },
  },
})

async function checkHttp(...calls: readonly Sent[]) {
  return makeOwnCode(async () => checkCalls(await describeOpenapi(document, /hooks|forms/), calls.map(toCall), []))
}

describe('a description in OpenAPI', () => {
  const form = { method: 'POST', path: '/v1/forms', type: 'application/x-www-form-urlencoded' }

  it('finds nothing wrong with what it says, and covers what succeeded', async () => {
    const report = await checkHttp(
      { path: '/v1/hooks?page=2', answer: [hook] },
      { method: 'POST', body: { url: hook.url, active: true }, status: 201, answer: hook },
      { method: 'DELETE', path: '/v1/hooks/1', status: 204 },
      { ...form, body: { active: 'true', events: ['a'] }, status: 500 },
      { ...form, body: { events: 'a' } },
    )
    expect(report).toMatchObject({ covered: ['list', 'create', 'remove', 'form'], failures: [] })
  })

  it.each<[Sent, RegExp]>([
    [{ path: '/v1/hook', answer: [] }, /^GET \/v1\/hook: is not documented/],
    [{ path: '/hooks', answer: [] }, /is not documented/],
    [{ method: 'PUT', answer: [] }, /is not documented/],
    [{ path: '/v1/users', answer: [] }, /is not documented/],
    [{ path: '/v1/hooks?size=1', answer: [] }, /^list: request: \/query must NOT have additional properties .*size/],
    [{ path: '/v1/hooks?page=x', answer: [] }, /^list: request: \/query\/page must be integer/],
    [{ method: 'DELETE', path: '/v1/hooks/x', status: 204 }, /^remove: request: \/path\/id must be integer/],
    [
      { method: 'DELETE', path: '/v1/hooks/1', body: {}, status: 204 },
      /^remove: request: a body of type application\/json is not documented/,
    ],
    [{ method: 'POST', body: {}, answer: hook }, /^create: request: \/requestBody must have required property 'url'/],
    [{ method: 'POST', answer: hook }, /^create: request: .* must have required property 'requestBody'/],
    [{ method: 'POST', body: { url: 1 }, answer: hook }, /^create: request: \/requestBody\/url must be string/],
    [{ method: 'POST', body: { url: '', actve: true }, answer: hook }, /^create: request: .*additional properties.*actve/],
    [{ ...form, body: { active: 'yes' } }, /^form: request: \/requestBody\/active must be boolean/],
    [{ method: 'POST', type: 'text/plain', body: { url: '' }, answer: hook }, /^create: request: a body of type text\/plain/],
    [{ answer: [{ ...hook, url: null }] }, /^list: response: 200 \/0\/url must be string/],
    [{ answer: [{ ...hook, url: 'no url' }] }, /^list: response: 200 \/0\/url must match format "uri"/],
    [{ answer: [{ id: 1 }] }, /^list: response: 200 \/0 must have required property 'url'/],
    [{ answer: [{ ...hook, secret: 'x' }] }, /^list: response: 200 \/0 must NOT have additional properties .*secret/],
    [{ status: 404, answer: {} }, /^list: response: status 404 is not documented/],
    [{ method: 'DELETE', path: '/v1/hooks/1', status: 204, answer: {} }, /^remove: response: status 204 has a body/],
  ])('finds what is wrong with %j', async (call, failure) => {
    const { failures } = await checkHttp(call)
    expect(failures.filter((each) => !each.endsWith('no request covers it'))).toEqual([expect.stringMatching(failure)])
  })
})

const sdl = `
  type Query { hook(id: ID!): Hook, hooks(first: Int): [Hook!]! }
  type Mutation { remove(id: ID!): ID }
  type Hook { id: ID! url: String! kind: Kind old: String @deprecated }
  enum Kind { A B }
`
const get = 'query ($id: ID!) { hook(id: $id) { id address: url kind } }'
const found = { id: '1', address: 'a', kind: 'A' }

function checkGraphql(...all: readonly (readonly [query: string, variables: object, answer: object])[]) {
  const calls = all.map(([query, variables, answer]) => toCall({ method: 'POST', body: { query, variables }, answer }))
  return checkCalls(describeGraphql(sdl), calls, [])
}

describe('a description in GraphQL', () => {
  it('finds nothing wrong with what it says, and covers what succeeded', () => {
    const { covered, failures } = checkGraphql(
      [get, { id: '1' }, { data: { hook: found }, extensions: { cost: 1 } }],
      [get, { id: '2' }, { data: { hook: null } }],
      [get, { id: {} }, { errors: [{ message: 'Bad ID' }] }],
      ['{ hooks(first: 1) { id } }', {}, { data: { hooks: [{ id: '1' }] } }],
      ['mutation { remove(id: 1) }', {}, { data: { remove: null }, errors: [{ message: 'No.' }] }],
      ['mutation { remove(id: 2) }', {}, { data: { remove: '2' } }],
    )
    expect({ covered, failures }).toEqual({ covered: ['hook', 'hooks', 'remove'], failures: [] })
  })

  it.each([
    ['{ hook(id: 1) { secret } }', {}, {}, /Cannot query field "secret"/],
    ['{ hook(id: 1) { old } }', {}, {}, /The field Hook.old is deprecated/],
    ['{ hook { id } }', {}, {}, /argument "id" of type "ID!" is required/],
    [get, { id: '1', name: 'x' }, { data: { hook: found } }, /"\$name" is not declared/],
    [get, {}, { data: { hook: found } }, /required type "ID!" was not provided/],
    [get, { id: '1' }, { data: { hook: { ...found, address: 5 } } }, /values that were not asked for/],
    [get, { id: '1' }, { data: { hook: { ...found, url: 'a' } } }, /members or values that were not asked for/],
    [
      get,
      { id: '1' },
      { data: { hook: { ...found, address: null } } },
      /response: Cannot return null for non-nullable field Hook.url/,
    ],
    [get, { id: '1' }, { data: { hook: { ...found, kind: 'C' } } }, /response: Enum "Kind" cannot represent value: "C"/],
    [get, { id: '1' }, { data: {} }, /were not asked for/],
    [get, { id: '1' }, { data: null }, /neither data nor errors/],
    [get, { id: '1' }, { errors: [{ code: 1 }] }, /errors\.0\.message/],
    [get, { id: '1' }, { data: { hook: found }, more: 1 }, /Unrecognized key/],
  ])('finds what is wrong with %s %j %j', (query, variables, answer, failure) => {
    const { failures } = checkGraphql([query, variables, answer])
    expect(failures.filter((each) => !each.endsWith('no request covers it'))).toEqual([expect.stringMatching(failure)])
  })
})

describe('exceptions to a description', () => {
  const calls = [
    toCall({ method: 'POST', body: { query: get, variables: { id: '1' } }, answer: { data: { hook: found }, more: 1 } }),
  ]
  const others: readonly Exception[] = ['hooks', 'remove'].map((operation) => ({ provider: 'x', operation, reason: 'not used' }))
  const excuse = { provider: 'x', operation: 'hook', problem: /"more"/, reason: 'it says more' }

  it('excuse what they say and nothing else', () => {
    expect(checkCalls(describeGraphql(sdl), calls, [...others, excuse]).failures).toEqual([])
    expect(checkCalls(describeGraphql(sdl), calls, [...others, { ...excuse, problem: /"less"/ }]).failures).toEqual([
      expect.stringMatching(/^hook: response: .*"more"/),
      'hook: the exception is not needed any more: it says more',
    ])
  })

  it('fail when nothing needs them, and when nothing covers an operation', () => {
    const covered = { provider: 'x', operation: 'hook', reason: 'not used' }
    expect(checkCalls(describeGraphql(sdl), calls, [...others, excuse, covered]).failures).toEqual([
      'hook: the exception is not needed any more: not used',
    ])
    expect(checkCalls(describeGraphql(sdl), calls, [excuse]).failures).toEqual([
      'hooks: no request covers it',
      'remove: no request covers it',
    ])
  })
})
