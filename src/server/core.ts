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

export interface CoreOptions {
  readonly outbox: Pick<Outbox, 'findRefusal'>
  readonly fetchAPI: FetchAPI
  readonly cors: Cors | null
  /** Says what a request is answered with. */
  readonly judge: Handler
  onAnswer(answered: Answered): void
  /** The error of an answer that cannot be made, for the client; logs why. */
  toFailure(error: unknown): GraphQLError
}

/** Answers to requests, whichever transport they came by: gives each an id, lets nobody keep an answer, and tells of it. */
export function createCore({ outbox, fetchAPI, cors, judge, onAnswer, toFailure }: CoreOptions) {
  function toError(request: Incoming, info: RequestInfo, error: GraphQLError): Promise<Answer> {
    info.errors = [readCode(error)]
    return wrap({ errors: [error] }, chooseMediaType(request.readHeader('accept')) ?? json, fetchAPI)
  }

  /** Why an answer is not given, where too much waits already. What was written is always answered. */
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
      // Too late for another answer: the log says why.
      toFailure(error)
      throw error
    }
  }

  return (request: Incoming, send: Send): Promise<void> => {
    const info = createInfo(request.readHeader('x-request-id'))
    return requests.run(info, () => serve(request, info, send))
  }
}
