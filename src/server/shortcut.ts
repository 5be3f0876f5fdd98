import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { ExecutionResult, GraphQLError } from 'graphql'
import { processRegularResult, type YogaServerInstance } from 'graphql-yoga'
import type { Caller } from '../caller.ts'
import { isRecord } from '../gateway/unchecked.ts'
import { isLoopback } from '../gateway/target.ts'
import { type RequestInfo, requests } from '../observe/request.ts'
import { isRead, readLeft, readTarget } from './handed.ts'
import { countRequest, type RequestCounter } from './limits.ts'
import type { Asked, Pipeline } from './operation.ts'
import type { Answer, Outbox } from './outbox.ts'
import { type Answered, createInfo, readCode } from './request-info.ts'

export interface ShortcutOptions {
  /** Answers to everything that does not go this way. */
  readonly yoga: YogaServerInstance<object, object>
  /** Where GraphQL is. */
  readonly path: string
  readonly pipeline: Pipeline
  readonly requestCounter: RequestCounter
  readonly outbox: Outbox
  /** Whether there is a short way; else everything goes the long one. */
  readonly isOpen: boolean
  readonly loopbackOnly: boolean
  readonly maxRequestBodySize: number
  /** Null for credentials that are not good, or cannot be told at once. */
  findCaller(authorization: string | undefined): Caller | null
  onAnswer(answered: Answered): void
  /** The error of an answer that cannot be written, for the client; logs why. */
  toFailure(error: unknown): GraphQLError
}

/** A request that is being served, and what is known of it. */
interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly info: RequestInfo
  readonly startedMs: number
}

const json = 'application/json'
const graphql = 'application/graphql-response+json'

/**
 * A listener with a short way for what nearly every request is: a plain POST of JSON by a caller with good credentials. It
 * spares the objects of the Fetch standard, and no rule: what is not plainly good takes the long way, which says what is
 * wrong with it.
 */
export function createShortcut(options: ShortcutOptions): RequestListener {
  const { yoga, pipeline, requestCounter, outbox, findCaller, onAnswer, toFailure } = options

  /** The caller of a request that may go the short way, as far as its head tells; else null. */
  function admit(request: IncomingMessage): Caller | null {
    const { method, headers } = request
    const isPlain =
      options.isOpen &&
      method === 'POST' &&
      readTarget(request) === options.path &&
      (headers['content-type'] === json || headers['content-type'] === `${json}; charset=utf-8`) &&
      headers['content-encoding'] === undefined &&
      headers.origin === undefined &&
      // Without a length it comes in chunks, of which nobody knows how many.
      Number(headers['content-length'] ?? Infinity) <= options.maxRequestBodySize &&
      toMediaType(headers.accept) !== null &&
      (!options.loopbackOnly || isLoopback(headers.host?.replace(/:\d+$/, '') ?? ''))
    return isPlain ? findCaller(headers.authorization) : null
  }

  async function answer(exchange: Exchange, caller: Caller, asked: Asked): Promise<void> {
    const { request, response, info } = exchange
    info.caller = caller.name
    const signal = watch(response)
    const counted = await countRequest(requestCounter, caller).catch((error: unknown) => toFailure(error))
    const refusal = counted ?? outbox.findRefusal(caller.name)
    if (refusal !== null) info.errors = [readCode(refusal)]
    const result = refusal === null ? await pipeline(asked, { caller, signal, headers: request.headers }) : { errors: [refusal] }
    // Never the long way from here on: it would carry the operation out again.
    await write(exchange, result)
  }

  async function write(exchange: Exchange, result: ExecutionResult): Promise<void> {
    const made = await format(exchange, result)
    const own = { 'x-request-id': exchange.info.requestId, 'cache-control': 'no-store' }
    await send(exchange, { ...made, headers: { ...made.headers, ...own } })
  }

  /** Errors are written by the library that does so on the long way. */
  async function format({ request }: Exchange, result: ExecutionResult): Promise<Answer> {
    const type = toMediaType(request.headers.accept) ?? json
    if (result.errors !== undefined) return readAnswer(processRegularResult(result, yoga.fetchAPI, type))
    return { status: 200, headers: { 'content-type': `${type}; charset=utf-8` }, body: JSON.stringify(result) }
  }

  /** Sends an answer and tells of it; or why there is none, where too much waits already. What was written is always answered. */
  async function send(exchange: Exchange, made: Answer): Promise<void> {
    const { request, response, info, startedMs } = exchange
    const { caller, hasWritten } = info
    const refusal = caller === null || hasWritten ? null : outbox.findRefusal(caller, Buffer.byteLength(made.body))
    if (refusal !== null) info.errors = [readCode(refusal)]
    const refused = refusal === null ? null : await format(exchange, { errors: [refusal] })
    const answer = refused === null ? made : { ...refused, headers: { ...made.headers, ...refused.headers } }
    outbox.send(response, answer, caller)
    if (request.method === 'POST') onAnswer({ request: info, status: answer.status, durationMs: performance.now() - startedMs })
  }

  /** The long way, for a request whose body has been read. */
  async function goOn(exchange: Exchange, body: string | Uint8Array | null): Promise<void> {
    const { request, response } = exchange
    const { headers, method = '' } = request
    const given = new Headers()
    for (const [name, value] of Object.entries(headers)) {
      if (typeof value === 'string' && !ofBody.has(name)) given.set(name, value)
    }
    const bytes = typeof body === 'string' ? body : new Uint8Array(body ?? [])
    const url = `http://${headers.host ?? 'localhost'}${readTarget(request)}`
    const asked = new Request(url, { method, headers: given, body: bytes, signal: watch(response) })
    // Nobody has left it: what has been read says so to whoever reads it next.
    if (body === null) await asked.text()
    await send(exchange, await readAnswer(await yoga.handleRequest(asked, {})))
  }

  async function serve(exchange: Exchange): Promise<void> {
    const { request, response } = exchange
    if (isRead(request)) return goOn(exchange, readLeft(request))
    const caller = admit(request)
    if (caller === null) return send(exchange, await readAnswer(await yoga.handleNodeRequestAndResponse(request, response)))
    const body = await readBody(request)
    const asked = readAsked(body.toString())
    return asked === null ? goOn(exchange, body) : answer(exchange, caller, asked)
  }

  /** Logs what nobody else has dealt with, and answers with HTTP 500 where nothing has been answered yet. */
  async function fail(exchange: Exchange, error: unknown): Promise<void> {
    const { response, info } = exchange
    const failure = toFailure(error)
    info.errors = [readCode(failure)]
    if (!response.headersSent) await write(exchange, { errors: [failure] })
    else if (!response.writableEnded) response.destroy()
  }

  return (request, response) => {
    const info = createInfo(readHeader(request, 'x-request-id'))
    const exchange = { request, response, info, startedMs: performance.now() }
    const served = requests.run(info, () => serve(exchange).catch((error: unknown) => fail(exchange, error)))
    // What is left is an answer that broke off: nothing else can be said on this connection.
    served.catch(() => response.destroy())
  }
}

/** What is said of a body as it came, which may not be how it is now. */
const ofBody = new Set(['content-length', 'content-encoding', 'transfer-encoding'])

/** Ends when the client leaves. */
function watch(response: ServerResponse): AbortSignal {
  const left = new AbortController()
  if (response.destroyed) left.abort()
  response.once('close', () => {
    if (!response.writableFinished) left.abort()
  })
  return left.signal
}

/** Never settles for a client that leaves in between. */
function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  return new Promise((resolve) => {
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)))
  })
}

/** What an Accept header gets: its first media range, where that has no parameters. Null where that takes thought. */
function toMediaType(accept: string | undefined): string | null {
  if (accept === undefined || accept === '*/*') return json
  const [first] = accept.split(',', 1)
  return first === json || first === graphql ? first : null
}

/** Null for what is no plain GraphQL request. */
function readAsked(text: string): Asked | null {
  const body = parse(text)
  if (!isRecord(body)) return null
  const { query, operationName, variables, extensions, ...more } = body
  if (typeof query !== 'string' || Object.keys(more).length > 0) return null
  if (operationName != null && typeof operationName !== 'string') return null
  if ((variables != null && !isRecord(variables)) || (extensions != null && !isRecord(extensions))) return null
  return { query, operationName, variables }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function readHeader({ headers }: IncomingMessage, name: string): string | undefined {
  const value = headers[name]
  return typeof value === 'string' ? value : undefined
}

async function readAnswer(answered: Response): Promise<Answer> {
  return { status: answered.status, headers: Object.fromEntries(answered.headers), body: await answered.bytes() }
}
