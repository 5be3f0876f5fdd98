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
import { createCore } from './core.ts'
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
  /** Who may call. 'none' lets everybody in who reaches it: for what stands behind an authentication of its own. */
  readonly auth: AuthSettings | 'none'
  /** Left out: warnings and errors go to standard error. */
  readonly log?: Logger
  /** Whether `/readyz` answers 200; false while draining. Left out: always. */
  isReady?(): boolean
  /** Where GraphQL and GraphiQL are, as clients ask for it, whatever it is mounted at; left out: /graphql. */
  readonly path?: string
  /** The keys of identity providers; whoever opens one server after another hands them on. Left out: its own. */
  readonly keySets?: KeySets
  /** Whether requests that name any host but this machine are refused. */
  readonly loopbackOnly?: boolean
  readonly limits?: Partial<Limits>
  /** The bytes that wait for clients to read them; whoever opens one server after another hands it on. Left out: its own. */
  readonly backlog?: Backlog
  /** Counts the requests of each caller; left out: in memory. */
  readonly requestCounter?: RequestCounter
  /** Origins of web pages that may call; left out: none but this gateway's own. */
  readonly corsOrigins?: readonly string[]
  /** Headers that they may send beside those of common clients. */
  readonly corsHeaders?: readonly string[]
  readonly introspection?: boolean
  readonly graphiql?: boolean
  readonly trustedDocuments?: TrustedDocuments | null
  /** Where a line for each write goes, with the webhook as it was before; left out: to the log, without that. */
  readonly audit?: Logger | undefined
  readonly metrics?: Pick<Metrics, 'observeRequest' | 'countUnknown'> | undefined
  /** Whether the process is to end: then no write begins any more; left out: never. */
  isStopping?(): boolean
  /** Called with 1 when a write begins, and with -1 when it has ended: until then the process is not to end. */
  onWriting?(change: 1 | -1): void
}

/**
 * The HTTP application: GraphQL and GraphiQL at /graphql, /livez, /readyz. A request listener and a `fetch`. Throws a TypeError
 * where nothing says who may call.
 */
export function createServer(options: ServerOptions) {
  const {
    gateway,
    log = createLog(),
    path = '/graphql',
    isReady = () => true,
    loopbackOnly = false,
    corsOrigins = [],
    corsHeaders = [],
  } = options
  const { introspection = true, graphiql = true, trustedDocuments = null } = options
  const auth = toAuth(options.auth)
  requirePath(path)
  const limits: Limits = { ...defaultLimits, ...options.limits }
  const { requestCounter = createRequestCounter(limits.requestsPerMinute) } = options
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
        recordsBefore: options.audit !== undefined,
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
    fetchAPI,
    page: graphiql ? page : null,
    maskError: mask,
  })
  const answer = createCore({
    outbox,
    fetchAPI,
    cors: createCors({ path, origins: corsOrigins, headers: corsHeaders }),
    judge: createRouter({ routes: new Map([['/', redirect(path)], ...createHealth(isReady), [path, graphql]]), loopbackOnly }),
    onAnswer: createReport({ log, metrics: options.metrics, onFailure: mask }),
    toFailure: (error) => toFailure(mask(error)),
  })
  return Object.assign(createListener({ answer, outbox }), {
    fetch: yoga.fetch,
    dispose: () => yoga.dispose(),
  })
}
