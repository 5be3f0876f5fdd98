import type { GraphQLError } from 'graphql'
import type { FetchAPI } from 'graphql-yoga'
import { type RequestInfo, requests } from '../observe/request.ts'
import type { Cors } from './cors.ts'
import { wrap } from './envelope.ts'
import type { Answer, Incoming, Send } from './exchange.ts'
import { chooseMediaType, json } from './media-type.ts'
import type { Outbox } from './outbox.ts'
import { type Answered, createInfo, readCode } from './request-info.ts'
import type { Handler } from './routes.ts'

export interface ResponderOptions {
  readonly outbox: Pick<Outbox, 'findRefusal'>
  readonly fetchAPI: FetchAPI
  readonly cors: Cors | null
  /** Produces the response to a request. */
  readonly judge: Handler
  onAnswer(answered: Answered): void
  /** The error for the client if the response cannot be produced; logs the cause. */
  toFailure(error: unknown): GraphQLError
}

/** Responds to requests of any transport: assigns an ID, disables caching and reports the response. */
export function createResponder({ outbox, fetchAPI, cors, judge, onAnswer, toFailure }: ResponderOptions) {
  function toError(request: Incoming, info: RequestInfo, error: GraphQLError): Promise<Answer> {
    info.errors = [readCode(error)]
    return wrap({ errors: [error] }, chooseMediaType(request.readHeader('accept')) ?? json, fetchAPI)
  }

  /** The refusal if too many bytes are waiting. Writes always get their response. */
  function findRefusal({ caller, hasWritten }: RequestInfo, { body }: Answer): GraphQLError | null {
    return caller === null || hasWritten ? null : outbox.findRefusal(caller, Buffer.byteLength(body))
  }

  async function make(request: Incoming, info: RequestInfo): Promise<Answer> {
    try {
      return await judge(request, info)
    } catch (error) {
      return toError(request, info, toFailure(error))
    }
  }

  async function serve(request: Incoming, info: RequestInfo, send: Send): Promise<void> {
    const startedMs = performance.now()
    const { method } = request
    try {
      const added = cors === null ? {} : await cors(request)
      const made = await make(request, info)
      const refusal = findRefusal(info, made)
      const answer = refusal === null ? made : await toError(request, info, refusal)
      const headers = { 'cache-control': 'no-store', ...answer.headers, ...added, 'x-request-id': info.requestId }
      send({ ...answer, headers, body: method === 'HEAD' ? '' : answer.body }, info.caller)
      if (method !== 'POST' && answer.isLast !== true) return
      onAnswer({ request: info, status: answer.status, durationMs: performance.now() - startedMs })
    } catch (error) {
      // Too late for another response; see the log.
      toFailure(error)
      throw error
    }
  }

  return (request: Incoming, send: Send): Promise<void> => {
    const info = createInfo(request.readHeader('x-request-id'))
    return requests.run(info, () => serve(request, info, send))
  }
}
