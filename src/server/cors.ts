import { createYoga, type YogaServerOptions } from 'graphql-yoga'
import type { Incoming } from './exchange.ts'

export interface CorsSettings {
  /** Where GraphQL is. */
  readonly path: string
  /** Origins of web pages that may call. */
  readonly origins: readonly string[]
  /** Names of headers that they may send beside those of common clients. */
  readonly headers: readonly string[]
}

/** What GraphQL clients and the tracing of browsers send. */
const clientHeaders = [
  'authorization',
  'content-type',
  'x-request-id',
  'traceparent',
  'tracestate',
  'baggage',
  'apollo-require-preflight',
  'apollographql-client-name',
  'apollographql-client-version',
  'x-apollo-operation-id',
  'x-apollo-operation-name',
]

/** How long a browser need not ask again: no browser remembers it for longer. */
const maxAgeSeconds = 7_200

export type Cors = (request: Incoming) => Promise<Readonly<Record<string, string>>>

/** The headers by which Yoga tells browsers what pages of other origins may do; null where they may do nothing. */
export function createCors(settings: CorsSettings): Cors | null {
  if (settings.origins.length === 0) return null
  const yoga = createYoga({ cors: toCors(settings), graphiql: false, landingPage: false, logging: false })
  const url = new URL(settings.path, 'http://localhost')
  return async ({ target, readHeader }) => {
    const origin = readHeader('origin')
    if (origin === null || target.split('?', 1)[0] !== settings.path) return {}
    const { headers } = await yoga.handleRequest(new Request(url, { method: 'OPTIONS', headers: { origin } }), {})
    return Object.fromEntries([...headers].filter(([name]) => name.toLowerCase().startsWith('access-control-')))
  }
}

/** What pages of other origins may do: call GraphQL, from the origins that are listed. */
function toCors({ origins, headers }: CorsSettings): NonNullable<YogaServerOptions<object, object>['cors']> {
  const allowedHeaders = [...new Set([...clientHeaders, ...headers.map((name) => name.toLowerCase())])]
  return (request) => {
    const origin = request.headers.get('origin')
    // The library would answer "null" to an origin that is not listed, and that is what a page without an origin has.
    if (origin === null || !origins.includes(origin)) return false
    return {
      origin,
      // Nobody logs in by cookie, so that no page needs credentials to be sent along.
      credentials: false,
      methods: ['POST'],
      allowedHeaders,
      exposedHeaders: ['x-request-id', 'retry-after'],
      maxAge: maxAgeSeconds,
    }
  }
}
