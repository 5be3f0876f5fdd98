import { createYoga, type YogaServerOptions } from 'graphql-yoga'
import type { Incoming } from './exchange.ts'

export interface CorsSettings {
  /** Path of GraphQL. */
  readonly path: string
  /** Allowed origins of web pages. */
  readonly origins: readonly string[]
  /** Additional headers that they can send. */
  readonly headers: readonly string[]
}

/** Headers of GraphQL clients and browser tracing. */
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

/** Preflight cache time, the maximum that browsers support. */
const maxAgeSeconds = 7_200

export type Cors = (request: Incoming) => Promise<Readonly<Record<string, string>>>

/** Yoga's CORS headers; null if other origins are not allowed. */
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

/** Allows the listed origins to use GraphQL. */
function toCors({ origins, headers }: CorsSettings): NonNullable<YogaServerOptions<object, object>['cors']> {
  const allowedHeaders = [...new Set([...clientHeaders, ...headers.map((name) => name.toLowerCase())])]
  return (request) => {
    const origin = request.headers.get('origin')
    // The library would respond with "null" for unlisted origins, which matches pages without an origin.
    if (origin === null || !origins.includes(origin)) return false
    return {
      origin,
      // No cookies are used, so pages need no credentials mode.
      credentials: false,
      methods: ['POST'],
      allowedHeaders,
      exposedHeaders: ['x-request-id', 'retry-after'],
      maxAge: maxAgeSeconds,
    }
  }
}
