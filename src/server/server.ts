import type { Logger } from 'pino'
import type { Gateway } from '../gateway/gateway.ts'
import type { Metrics } from '../observe/metrics.ts'
import { requests } from '../observe/request.ts'
import { createContext } from '../schema/context.ts'
import { createSchema } from '../schema/index.ts'
import { record } from './audit.ts'
import { createAuthentication } from './auth/authentication.ts'
import { createKeySets, type KeySets } from './auth/key-set.ts'
import type { AuthSettings } from './auth/settings.ts'
import { createBugLog, maskError, toFailure } from './bug.ts'
import { createResponder } from './responder.ts'
import { createCors } from './cors.ts'
import { createLog, requirePath, toAuth } from './defaults.ts'
import { createFetch } from './fetch.ts'
import { createGraphQL } from './graphql.ts'
import { createPage } from './graphiql/page.ts'
import { toGraphiQLOptions } from './graphiql/tabs.ts'
import { createHealth, redirect } from './health.ts'
import { createRequestCounter, defaultLimits, type Limits, type RequestCounter } from './limits.ts'
import { createListener } from './listener.ts'
import { createPipeline } from './operation.ts'
import { type Backlog, createOutbox } from './outbox.ts'
import { createReport } from './report.ts'
import { createRouter } from './routes.ts'
import type { TrustedDocuments } from './trusted-documents.ts'

export interface ServerOptions {
  readonly gateway: Gateway
  /** Authentication. 'none' accepts everyone who can reach the server, for use behind other authentication. */
  readonly auth: AuthSettings | 'none'
  /** By default, warnings and errors go to standard error. */
  readonly log?: Logger
  /** Whether `/readyz` responds with 200; false while draining, when responses end their connections. Defaults to always. */
  isReady?(): boolean
  /** Whether writes can be recorded; `/readyz` responds with 503 otherwise. Defaults to always. */
  isStoreHealthy?(): boolean
  /** Path of GraphQL and GraphiQL as requested by clients, wherever it is mounted. Defaults to /graphql. */
  readonly path?: string
  /** Keys of identity providers. Pass them on when you replace a server. Defaults to a new set. */
  readonly keySets?: KeySets
  /** Whether requests for hosts other than loopback are rejected. */
  readonly loopbackOnly?: boolean
  readonly limits?: Partial<Limits>
  /** Bytes waiting for clients to read them. Pass it on when you replace a server. Defaults to a new one. */
  readonly backlog?: Backlog
  /** Counts requests per caller. Defaults to memory. */
  readonly requestCounter?: RequestCounter
  /** Processes that serve the same callers: each allows a caller its share of the requests. Defaults to this one alone. */
  countProcesses?(): number
  /** Allowed origins of web pages. Defaults to the gateway's own origin. */
  readonly corsOrigins?: readonly string[]
  /** Additional headers that they can send. */
  readonly corsHeaders?: readonly string[]
  readonly introspection?: boolean
  readonly graphiql?: boolean
  readonly trustedDocuments?: TrustedDocuments | null
  /** Destination of audit lines. Defaults to the log. */
  readonly audit?: Logger | undefined
  readonly metrics?: Pick<Metrics, 'observeRequest' | 'countUnknown'> | undefined
  /** Whether the process is shutting down; no further write starts then. Defaults to never. */
  isStopping?(): boolean
  /** Called with 1 when a write starts and with -1 when it ends; the process must not exit in between. */
  onWriting?(change: 1 | -1): void
}

/**
 * The HTTP application: GraphQL and GraphiQL at /graphql, /livez and /readyz, as a request listener and a `fetch` handler.
 * Throws a TypeError without `auth`.
 */
export function createServer(options: ServerOptions) {
  const {
    gateway,
    log = createLog(),
    path = '/graphql',
    isReady = () => true,
    isStoreHealthy = () => true,
    loopbackOnly = false,
    corsOrigins = [],
    corsHeaders = [],
  } = options
  const { introspection = true, graphiql = true, trustedDocuments = null } = options
  const auth = toAuth(options.auth)
  requirePath(path)
  const limits: Limits = { ...defaultLimits, ...options.limits }
  const { requestCounter = createRequestCounter(limits.requestsPerMinute, options.countProcesses) } = options
  const authentication = createAuthentication(auth, log, options.keySets ?? createKeySets(log))
  const onBug = createBugLog(log, gateway)
  const mask = (error: unknown) => maskError(error, onBug)
  const pipeline = createPipeline({
    schema: createSchema(gateway.providers),
    limits,
    introspection,
    createContext: (caller, signal) =>
      createContext({
        gateway,
        caller,
        signal,
        deadlineMs: performance.now() + limits.operationTimeoutMs,
        onBug,
        recordsBefore: options.audit !== undefined || gateway.journal.recordsBefore,
        record: (entry) => record(entry, { ...options, log }),
        isStopping: () => options.isStopping?.() ?? false,
        onWriting: (change) => {
          const request = requests.getStore()
          if (request !== undefined) request.hasWritten = true
          return options.onWriting?.(change)
        },
      }),
    maskError: mask,
  })

  const outbox = createOutbox(limits, options.backlog)
  const yoga = createFetch((request, send) => answer(request, send))
  const { fetchAPI } = yoga
  const page = createPage({ authenticated: auth !== null, page: toGraphiQLOptions(gateway, auth !== null) })
  const graphql = createGraphQL({
    authentication,
    requestCounter,
    outbox,
    trustedDocuments,
    pipeline,
    planBytes: limits.planBytes,
    fetchAPI,
    page: graphiql ? page : null,
    maskError: mask,
  })
  const answer = createResponder({
    outbox,
    fetchAPI,
    cors: createCors({ path, origins: corsOrigins, headers: corsHeaders }),
    judge: createRouter({
      routes: new Map([['/', redirect(path)], ...createHealth({ isReady, isStoreHealthy }), [path, graphql]]),
      loopbackOnly,
    }),
    onAnswer: createReport({ log, metrics: options.metrics, onFailure: mask }),
    toFailure: (error) => toFailure(mask(error)),
  })
  return Object.assign(createListener({ answer, outbox, isReady }), {
    fetch: yoga.fetch,
    dispose: () => yoga.dispose(),
  })
}
