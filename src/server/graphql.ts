import { type ExecutionResult, GraphQLError } from 'graphql'
import type { FetchAPI } from 'graphql-yoga'
import type { Caller } from '../caller.ts'
import type { RequestInfo } from '../observe/request.ts'
import type { Authentication } from './auth/authentication.ts'
import { createBodyReader, maxBodyBytes } from './body.ts'
import { toFailure } from './bug.ts'
import { wrap } from './envelope.ts'
import type { Answer, Incoming } from './exchange.ts'
import { isForFile } from './graphiql/page.ts'
import { countRequest, type RequestCounter } from './limits.ts'
import { chooseMediaType, dropRefused, json } from './media-type.ts'
import type { Pipeline } from './operation.ts'
import type { Outbox } from './outbox.ts'
import { hasHashInTarget, notSupported } from './persisted.ts'
import { readCode } from './request-info.ts'
import { adviceToPost, type Handler, refuse, refuseMethod, type Route } from './routes.ts'
import type { TrustedDocuments } from './trusted-documents.ts'

export interface GraphQLOptions {
  readonly authentication: Authentication
  readonly requestCounter: RequestCounter
  readonly outbox: Outbox
  readonly trustedDocuments: TrustedDocuments | null
  readonly pipeline: Pipeline
  /** Maximum size of a body with a plan. */
  readonly planBytes: number
  readonly fetchAPI: FetchAPI
  /** The GraphiQL page; null if disabled. */
  readonly page: Handler | null
  /** Masks internal errors. */
  maskError(error: unknown): GraphQLError
}

/** Serves the GraphQL path: operations by POST and GraphiQL by GET. */
export function createGraphQL(options: GraphQLOptions): Route {
  const { authentication, requestCounter, outbox, trustedDocuments, pipeline, planBytes, fetchAPI, page, maskError } = options
  const readBody = createBodyReader(trustedDocuments)

  async function post(request: Incoming, info: RequestInfo): Promise<Answer> {
    const type = chooseMediaType(request.readHeader('accept'))
    if (type === null) return refuseToAnswer()
    // Other origins can post forms without a preflight, but not JSON, so only JSON is accepted.
    if (!isJson(request.readHeader('content-type'))) return refuse(415, 'UNSUPPORTED_MEDIA_TYPE', adviceToPost)
    const result = await run(request, info).catch((error: unknown): ExecutionResult => ({ errors: [toError(error)] }))
    if (result.errors !== undefined) info.errors = result.errors.map(readCode)
    return wrap(result, type, fetchAPI)
  }

  async function run(request: Incoming, info: RequestInfo): Promise<ExecutionResult> {
    const authorization = request.readHeader('authorization')
    const caller = authentication.findCaller(authorization) ?? (await authentication.checkToken(authorization))
    info.caller = caller.name
    const refusal = (await countRequest(requestCounter, caller)) ?? outbox.findRefusal(caller.name)
    if (refusal !== null) return { errors: [refusal] }
    const operation = readBody(await request.readBody(getMostBytes(caller)))
    return pipeline(operation, { caller, signal: request.signal, headers: request.headers })
  }

  /** Only who can plan can send more than anybody. */
  function getMostBytes({ scopes }: Caller): number {
    return scopes.has('webhooks:read') ? Math.max(maxBodyBytes, planBytes) : maxBodyBytes
  }

  /** An intended refusal, or a bug. */
  function toError(error: unknown): GraphQLError {
    return error instanceof GraphQLError ? maskError(error) : toFailure(maskError(error))
  }

  function get(request: Incoming, info: RequestInfo): Answer | Promise<Answer> {
    const { method, target } = request
    if (method === 'GET' && trustedDocuments === null && hasHashInTarget(target)) {
      return refuse(notSupported.status, notSupported.code, notSupported.message)
    }
    if (page === null) return refuseMethod(route)
    if (isForFile(request)) return page(request, info)
    const accepted = dropRefused(request.readHeader('accept') ?? '*/*')
    if (accepted === '') return refuseToAnswer()
    if (accepted.includes('text/html')) return page(request, info)
    return refuse(
      406,
      'NOT_ACCEPTABLE',
      'GET serves GraphiQL to browsers that accept text/html. Use POST with a JSON body for GraphQL.',
    )
  }

  const allowed = page === null ? ['POST'] : ['GET', 'HEAD', 'POST']
  const route: Route = { handlers: { GET: get, HEAD: get, POST: post }, allowed }
  return route
}

function refuseToAnswer(): Answer {
  return refuse(406, 'NOT_ACCEPTABLE', 'GraphQL responses are JSON, which the Accept header excludes. Accept application/json.')
}

function isJson(contentType: string | null): boolean {
  return contentType === json || contentType?.split(';', 1)[0]?.trim().toLowerCase() === json
}
