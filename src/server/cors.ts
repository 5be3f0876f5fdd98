import type { YogaServerOptions } from 'graphql-yoga'

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

/** What pages of other origins may do: call GraphQL, from the origins that are listed. */
export function toCors({ path, origins, headers }: CorsSettings): NonNullable<YogaServerOptions<object, object>['cors']> {
  const allowedHeaders = [...new Set([...clientHeaders, ...headers.map((name) => name.toLowerCase())])]
  return (request) => {
    const origin = request.headers.get('origin')
    // The library would answer "null" to an origin that is not listed, and that is what a page without an origin has.
    if (origin === null || !origins.includes(origin) || new URL(request.url).pathname !== path) return false
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
