import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client'
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries'
import { Client, fetchExchange } from '@urql/core'
import { persistedExchange } from '@urql/exchange-persisted'
import { hash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { ServerOptions } from '../../src/server/server.ts'
import { openGateway } from '../helpers/gateway.ts'

const url = 'http://gateway.test/graphql'
const query = 'query Slugs { accounts { slug } }'
const json = { 'content-type': 'application/json' }
const sha256 = (text: string) => hash('sha256', text)

interface Sent {
  readonly method: string
  readonly body: Readonly<Record<string, unknown>>
}

/** A gateway, and what a client that calls it by `fetch` has sent. */
function open(server: Partial<ServerOptions> = {}) {
  const opened = openGateway({ accounts: [], server })
  const sent: Sent[] = []
  async function record(input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> {
    const request = new Request(input, init)
    const text = await request.clone().text()
    sent.push({ method: request.method, body: text === '' ? {} : (JSON.parse(text) as Sent['body']) })
    return opened.server.fetch(request)
  }
  return { ...opened, sent, fetch: record, hasDocument: () => sent.map(({ body }) => 'query' in body) }
}

describe('a client that sends the hash of a document first', () => {
  const hashed = { extensions: { persistedQuery: { version: 1, sha256Hash: sha256(query) } } }

  it.each([
    ['JSON', {}],
    ['a GraphQL response', { accept: 'application/graphql-response+json' }],
  ])('is answered as Apollo Server answers where it accepts %s, by POST and by GET', async (_, headers) => {
    for (const server of [{}, { graphiql: false }]) {
      const { fetch } = open(server)
      const search = new URLSearchParams({ operationName: 'Slugs', extensions: JSON.stringify(hashed.extensions) })
      const posted = await fetch(url, { method: 'POST', headers: { ...json, ...headers }, body: JSON.stringify(hashed) })
      for (const answer of [posted, await fetch(`${url}?${search.toString()}`, { headers })]) {
        expect(answer.status).toBe(200)
        expect(await answer.json()).toEqual({
          errors: [{ message: 'PersistedQueryNotSupported', extensions: { code: 'PERSISTED_QUERY_NOT_SUPPORTED' } }],
        })
      }
    }
  })

  it('runs no document that comes by GET', async () => {
    const { fetch } = open()
    const search = new URLSearchParams({ query, extensions: JSON.stringify(hashed.extensions) })
    expect((await fetch(`${url}?${search.toString()}`)).status).toBe(406)
  })

  it('is asked who it is first', async () => {
    const { fetch } = open({ auth: { apiKeys: [] } })
    expect((await fetch(url, { method: 'POST', headers: json, body: JSON.stringify(hashed) })).status).toBe(401)
  })

  it.each([false, true])('is Apollo Client, which goes on with documents; by GET: %s', async (useGETForHashedQueries) => {
    const { fetch, sent, hasDocument } = open()
    const persisted = new PersistedQueryLink({ sha256, useGETForHashedQueries })
    const link = persisted.concat(new HttpLink({ uri: url, fetch }))
    const client = new ApolloClient({ cache: new InMemoryCache(), link })
    const ask = () => client.query({ query: gql(query), fetchPolicy: 'no-cache' })
    expect((await ask()).data).toEqual({ accounts: [] })
    expect(hasDocument()).toEqual([false, true])
    expect(sent.map(({ method }) => method)).toEqual([useGETForHashedQueries ? 'GET' : 'POST', 'POST'])
    expect((await ask()).data).toEqual({ accounts: [] })
    expect(hasDocument()).toEqual([false, true, true])
  })

  it('is urql, which goes on with documents', async () => {
    const { fetch, hasDocument } = open()
    const generateHash = (text: string) => Promise.resolve(sha256(text))
    const exchanges = [persistedExchange({ preferGetForPersistedQueries: false, generateHash }), fetchExchange]
    const client = new Client({ url, fetch, preferGetMethod: false, exchanges })
    expect((await client.query(query, {}).toPromise()).data).toEqual({ accounts: [] })
    expect(hasDocument()).toEqual([false, true])
    expect((await client.query(query, {}).toPromise()).data).toEqual({ accounts: [] })
    expect(hasDocument()).toEqual([false, true, true])
  })

  it('may send the hash along with the document', async () => {
    const { fetch } = open()
    const answer = await fetch(url, { method: 'POST', headers: json, body: JSON.stringify({ query, ...hashed }) })
    expect(await answer.json()).toEqual({ data: { accounts: [] } })
  })

  it('is served by trusted documents where there are any', async () => {
    const { fetch, hasDocument } = open({ trustedDocuments: { documents: new Map([[sha256(query), query]]), only: true } })
    const link = new PersistedQueryLink({ generateHash: () => sha256(query) }).concat(new HttpLink({ uri: url, fetch }))
    const client = new ApolloClient({ cache: new InMemoryCache(), link })
    expect((await client.query({ query: gql(query) })).data).toEqual({ accounts: [] })
    expect(hasDocument()).toEqual([false])
  })
})

describe('a subscription', () => {
  it.each(['subscription S { webhooks { complete } }', 'query Q { accounts { slug } } subscription S { anything }'])(
    'is refused in words that say there are none: %s',
    async (document) => {
      const { fetch, readLog } = open()
      const body = JSON.stringify({ query: document, operationName: 'S' })
      const answer = await fetch(url, { method: 'POST', headers: json, body })
      expect([answer.status, await answer.json()]).toEqual([
        400,
        {
          errors: [
            {
              message: 'GraphQL subscriptions are not supported. Send a query or a mutation.',
              extensions: { code: 'SUBSCRIPTIONS_NOT_SUPPORTED' },
            },
          ],
        },
      ])
      expect(readLog('request')).toMatchObject([{ type: 'subscription', outcome: 'SUBSCRIPTIONS_NOT_SUPPORTED' }])
    },
  )
})
