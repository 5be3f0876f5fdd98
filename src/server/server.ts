import { GraphQLError } from 'graphql'
import { createYoga, type Plugin } from 'graphql-yoga'
import { destination, type Logger, pino } from 'pino'
import type { Caller } from '../caller.ts'
import { createKeySets, type KeySets } from './auth/key-set.ts'
import type { AuthSettings } from './auth/settings.ts'
import type { Gateway } from '../gateway/gateway.ts'
import { toGraphiQLOptions } from './graphiql/tabs.ts'
import { useGraphiQLPage } from './graphiql/page.ts'
import type { Metrics } from '../observe/metrics.ts'
import { quietly } from '../observe/quietly.ts'
import { requests, toTraceId } from '../observe/request.ts'
import { createContext, type WriteRecord } from '../schema/context.ts'
import { createSchema } from '../schema/index.ts'
import { createAuthentication } from './auth/authentication.ts'
import { useBody } from './body.ts'
import { toCors } from './cors.ts'
import { type TrustedDocuments, useTrustedDocuments } from './trusted-documents.ts'
import { countRequest, createRequestCounter, defaultLimits, type Limits, type RequestCounter } from './limits.ts'
import { useLoopbackOnly } from './loopback.ts'
import { createPipeline, type Pipeline, toFailure } from './operation.ts'
import { type Backlog, createOutbox, type Outbox } from './outbox.ts'
import { type Answered, useRequestInfo } from './request-info.ts'
import { refuseUnreadable, useRoutes } from './routes.ts'
import { createShortcut } from './shortcut.ts'

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
  const onBug = (bug: unknown): string => {
    quietly('The log', () => logBug(bug, log, gateway))
    return `The log has it under request id ${requests.getStore()?.requestId}.`
  }
  const mask = (error: unknown) => maskError(error, onBug)
  /** Takes no answer away, which may be the only one with a secret. */
  const onAnswer = (answered: Answered) => {
    quietly('The log', () => logRequest(answered, log), mask)
    quietly('The metrics', () => countAnswer(answered, options), mask)
  }
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
  const yoga = createYoga({
    plugins: [
      useRequestInfo(onAnswer),
      useRoutes({ path, graphiql, trustedDocuments: trustedDocuments !== null }),
      useHealth(isReady, path),
      ...(loopbackOnly ? [useLoopbackOnly()] : []),
      ...(graphiql
        ? [useGraphiQLPage({ path, authenticated: auth !== null, page: toGraphiQLOptions(gateway, auth !== null) })]
        : []),
      useJsonOnly(),
      authentication.plugin,
      useBody(trustedDocuments !== null),
      ...(trustedDocuments === null ? [] : [useTrustedDocuments(trustedDocuments)]),
      useOperations(pipeline, requestCounter, outbox, authentication.getCaller),
    ],
    // What a plugin throws: on purpose, or a bug.
    maskedErrors: { maskError: (error) => (error instanceof GraphQLError ? mask(error) : toFailure(mask(error))) },
    logging: false,
    graphiql: false,
    landingPage: false,
    cors: corsOrigins.length === 0 ? false : toCors({ path, origins: corsOrigins, headers: corsHeaders }),
    graphqlEndpoint: path,
    healthCheckEndpoint: noPath,
    multipart: false,
    maxRequestBodySize,
    ...(trustedDocuments !== null && { extraParamNames: ['documentId'] }),
  })
  const shortcut = createShortcut({
    yoga,
    path,
    pipeline,
    requestCounter,
    outbox,
    isOpen: trustedDocuments === null,
    loopbackOnly,
    maxRequestBodySize,
    findCaller: authentication.findCaller,
    onAnswer,
    toFailure: (error) => toFailure(mask(error)),
  })
  const listener = refuseUnreadable(shortcut, onAnswer)
  return Object.assign(listener, {
    fetch: yoga.fetch,
    dispose: () => yoga.dispose(),
  })
}

const maxRequestBodySize = 100_000

/** Nobody opens a gateway to everybody by leaving something out. */
function toAuth(given: ServerOptions['auth'] | null | undefined): AuthSettings | null {
  if (given === 'none') return null
  if (typeof given === 'object' && given !== null) return given
  const advice = `Give API keys or an identity provider, or 'none' where everybody who reaches it may manage the webhooks.`
  throw new TypeError(`createServer needs auth. ${advice}`)
}

function requirePath(path: string): void {
  if (/^(?:\/[\w~-][\w.~-]*)+$/.test(path) && path !== '/livez' && path !== '/readyz') return
  throw new TypeError('createServer needs a path such as /graphql or /api/graphql, and not that of a health check.')
}

/** What a program learns that says nothing about a log: bugs and what providers do wrong. */
function createLog(): Logger {
  return pino({ level: 'warn' }, destination({ fd: 2, sync: true }))
}

/** What no URL ends with. */
const noPath = ' '

/** Counts the requests of each caller before anything of them is parsed, and hands those that may go on to the pipeline. */
function useOperations(
  pipeline: Pipeline,
  counter: RequestCounter,
  outbox: Outbox,
  getCaller: (request: Request) => Caller,
): Plugin {
  return {
    async onRequestParse({ request }) {
      const caller = getCaller(request)
      const refusal = (await countRequest(counter, caller)) ?? outbox.findRefusal(caller.name)
      if (refusal !== null) throw refusal
    },
    onParams({ setParamsHandler }) {
      setParamsHandler(({ params: { query = '', operationName, variables }, request }) => {
        const { signal, headers } = request
        return pipeline(
          { query, operationName, variables },
          { caller: getCaller(request), signal, headers: Object.fromEntries(headers) },
        )
      })
    },
  }
}

function useHealth(isReady: () => boolean, path: string): Plugin {
  return {
    onRequest({ request, url, fetchAPI, endResponse }) {
      const answer = (text: string, status = 200) => {
        endResponse(new fetchAPI.Response(request.method === 'HEAD' ? null : text, { status }))
      }
      if (url.pathname === '/livez') answer('ok\n')
      if (url.pathname === '/readyz') answer(isReady() ? 'ready\n' : 'draining\n', isReady() ? 200 : 503)
      if (url.pathname === '/') endResponse(new fetchAPI.Response(null, { status: 302, headers: { location: path } }))
    },
  }
}

/** A web page of another origin can post forms without asking, but not JSON: nothing else is served. */
function useJsonOnly(): Plugin {
  return {
    onRequest({ request, fetchAPI, endResponse }) {
      const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
      if (type === 'application/json') return
      const message = 'POST a JSON body with content-type: application/json.'
      const body = { errors: [{ message, extensions: { code: 'UNSUPPORTED_MEDIA_TYPE' } }] }
      endResponse(fetchAPI.Response.json(body, { status: 415 }))
    },
  }
}

function logRequest(answered: Answered, log: Logger): void {
  const { requestId, caller, operation, type } = answered.request
  const { status, durationMs } = answered
  log.info(
    {
      requestId,
      caller,
      operation,
      type,
      status,
      outcome: toOutcome(answered),
      durationMs: Math.round(durationMs),
      ...toTraceId(answered.request),
    },
    'request',
  )
}

function countAnswer(answered: Answered, { metrics }: ServerOptions): void {
  const { request, durationMs } = answered
  metrics?.observeRequest({ type: request.type ?? 'none', outcome: toOutcome(answered), durationMs })
}

function toOutcome({ request, status }: Answered): string {
  return request.errors[0] ?? (status < 400 ? 'OK' : `HTTP_${status}`)
}

/** Throws where the audit cannot be written, which the log tells too. */
function record(entry: WriteRecord, options: ServerOptions & { readonly log: Logger }): void {
  const { log, audit = log } = options
  const { requestId, caller } = requests.getStore() ?? {}
  quietly('The metrics', () => countUnknown(entry, options))
  try {
    audit.info({ requestId, caller, ...entry, ...toTraceId() }, 'audit')
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'UNKNOWN'
    const { operation, account, webhook, outcome } = entry
    quietly('The log', () =>
      log.error({ requestId, caller, operation, account, webhook, outcome, reason, ...toTraceId() }, 'audit failed'),
    )
    throw error
  }
}

function countUnknown(entry: WriteRecord, { gateway, metrics }: ServerOptions): void {
  const request = requests.getStore()
  if (entry.outcome === 'BEGUN') return
  if (request === undefined || request.unknownOutcomes === 0) return
  request.unknownOutcomes = 0
  const provider = gateway.findAccount(entry.account ?? '')?.provider
  if (provider !== undefined) metrics?.countUnknown(provider, entry.outcome === 'OUTCOME_UNKNOWN' ? 'unresolved' : 'resolved')
}

/** What was thrown on purpose passes; a bug is replaced by the request id, under which the log has it. */
function maskError(error: unknown, onBug: (bug: unknown) => string): GraphQLError {
  const cause = error instanceof GraphQLError ? error.originalError : error
  if (error instanceof GraphQLError && (cause === undefined || cause === null || cause instanceof GraphQLError)) return error
  const message = `Unexpected error. ${onBug(cause)}`
  const extensions = { code: 'INTERNAL_SERVER_ERROR', requestId: requests.getStore()?.requestId }
  if (!(error instanceof GraphQLError)) return new GraphQLError(message, { extensions })
  return new GraphQLError(message, { nodes: error.nodes ?? null, path: error.path ?? null, extensions })
}

function logBug(bug: unknown, log: Logger, gateway: Gateway): void {
  const { name, message, stack } = describeBug(bug)
  const error = { name, message: gateway.redact(message), stack: gateway.redact(stack) }
  log.error({ requestId: requests.getStore()?.requestId, error, ...toTraceId() }, 'unexpected error')
}

/** Whatever was thrown, in words; even reading it can fail. */
function describeBug(bug: unknown): Readonly<Record<'name' | 'message' | 'stack', string>> {
  try {
    const {
      name,
      message,
      stack = '',
    }: Partial<Record<'name' | 'message' | 'stack', unknown>> = bug instanceof Error ? bug : new Error(String(bug))
    return { name: String(name), message: String(message), stack: String(stack) }
  } catch {
    return { name: 'Error', message: 'What was thrown cannot be read.', stack: '' }
  }
}
