import { AsyncLocalStorage } from 'node:async_hooks'
import { randomUUID } from 'node:crypto'
import { GraphQLError } from 'graphql'
import { createYoga, type Plugin } from 'graphql-yoga'
import type { Logger } from 'pino'
import type { AuthSettings } from './auth/settings.ts'
import type { Gateway } from './gateway.ts'
import { toGraphiQLOptions } from './graphiql.ts'
import { useGraphiQLPage } from './graphiql-page.ts'
import { createContext } from './schema/context.ts'
import { createSchema } from './schema/index.ts'
import { createAuthentication } from './server/authentication.ts'
import { useLoopbackOnly } from './server/loopback.ts'

export interface ServerOptions {
  readonly gateway: Gateway
  readonly log: Logger
  /** Who may call; null: everybody, so that nobody else may reach it. */
  readonly auth?: AuthSettings | null
  /** Whether requests that name any host but this machine are refused. */
  readonly loopbackOnly?: boolean
  /** Whether `/readyz` answers 200; false while draining. */
  isReady(): boolean
}

/** The id of the request that is being served. */
const requestIds = new AsyncLocalStorage<string>()

/** The HTTP application: GraphQL and GraphiQL at /graphql, /livez, /readyz. A request listener and a `fetch`. */
export function createServer({ gateway, log, auth = null, loopbackOnly = false, isReady }: ServerOptions) {
  const authentication = createAuthentication(auth, log)
  return createYoga({
    schema: createSchema(gateway.providers),
    context: ({ request }) => {
      return createContext({ gateway, caller: authentication.getCaller(request), signal: request.signal, log })
    },
    plugins: [
      useRequestId(),
      useHealth(isReady),
      ...(loopbackOnly ? [useLoopbackOnly()] : []),
      useGraphiQLPage(toGraphiQLOptions(gateway, auth !== null)),
      useJsonOnly(),
      ...authentication.plugins,
    ],
    maskedErrors: { maskError: (error) => maskError(error, (bug) => logBug(bug, log, gateway)) },
    logging: false,
    graphiql: false,
    landingPage: false,
    cors: false,
    multipart: false,
    maxRequestBodySize: 100_000,
  })
}

function useRequestId(): Plugin {
  return {
    onRequest({ requestHandler, setRequestHandler }) {
      setRequestHandler(async (request, context) => {
        const requestId = randomUUID()
        const response = await requestIds.run(requestId, () => requestHandler(request, context))
        response.headers.set('x-request-id', requestId)
        return response
      })
    },
  }
}

function useHealth(isReady: () => boolean): Plugin {
  return {
    onRequest({ url, fetchAPI, endResponse }) {
      if (url.pathname === '/livez') endResponse(new fetchAPI.Response('ok\n'))
      if (url.pathname === '/readyz') {
        const ready = isReady()
        endResponse(new fetchAPI.Response(ready ? 'ready\n' : 'draining\n', { status: ready ? 200 : 503 }))
      }
      if (url.pathname === '/') endResponse(new fetchAPI.Response(null, { status: 302, headers: { location: '/graphql' } }))
    },
  }
}

/** A web page of another origin can post forms without asking, but not JSON: so forms are refused. */
function useJsonOnly(): Plugin {
  return {
    onRequest({ request, fetchAPI, endResponse }) {
      if (request.method !== 'POST') return
      const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
      if (type === 'application/json') return
      endResponse(
        fetchAPI.Response.json(
          {
            errors: [
              {
                message: 'POST a JSON body with content-type: application/json.',
                extensions: { code: 'UNSUPPORTED_MEDIA_TYPE' },
              },
            ],
          },
          { status: 415 },
        ),
      )
    },
  }
}

/** What was thrown on purpose passes; a bug is replaced by the request id, under which the log has it. */
function maskError(error: unknown, report: (bug: unknown) => void): Error {
  const cause = error instanceof GraphQLError ? error.originalError : error
  if (error instanceof GraphQLError && (cause === undefined || cause === null || cause instanceof GraphQLError)) return error
  report(cause)
  const requestId = requestIds.getStore()
  const message = `Unexpected error. The log has it under request id ${requestId}.`
  const extensions = { code: 'INTERNAL_SERVER_ERROR', requestId }
  if (!(error instanceof GraphQLError)) return new GraphQLError(message, { extensions })
  return new GraphQLError(message, { nodes: error.nodes ?? null, path: error.path ?? null, extensions })
}

function logBug(bug: unknown, log: Logger, gateway: Gateway): void {
  const { name, message, stack = '' } = bug instanceof Error ? bug : new Error(String(bug))
  const error = { name, message: gateway.redact(message), stack: gateway.redact(stack) }
  log.error({ requestId: requestIds.getStore(), error }, 'unexpected error')
}
