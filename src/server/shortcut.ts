import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { ExecutionResult, GraphQLError } from 'graphql'
import { processRegularResult, type YogaServerInstance } from 'graphql-yoga'
import type { Caller } from '../auth/caller.ts'
import { isLoopback } from '../config-value.ts'
import { type RequestInfo, requests } from '../observe/request.ts'
import { countRequest, type RequestCounter } from './limits.ts'
import type { Asked, Operations } from './operation.ts'
import { type Answered, createInfo, readCode } from './request-info.ts'

export interface ShortcutOptions {
  /** Answers to everything that does not go this way. */
  readonly yoga: YogaServerInstance<object, object>
  readonly operations: Operations
  readonly requestCounter: RequestCounter
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
  const { yoga, operations, requestCounter, findCaller, onAnswer, toFailure } = options

  /** The caller of a request that may go the short way, as far as its head tells; else null. */
  function admit({ method, url, headers }: IncomingMessage): Caller | null {
    const isPlain =
      method === 'POST' &&
      url === '/graphql' &&
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
    const left = new AbortController()
    response.once('close', () => {
      if (!response.writableFinished) left.abort()
    })
    const refusal = await countRequest(requestCounter, caller).catch((error: unknown) => toFailure(error))
    if (refusal !== null) info.errors = [readCode(refusal)]
    const result =
      refusal === null
        ? await operations(asked, { caller, signal: left.signal, headers: request.headers })
        : { errors: [refusal] }
    // Never the long way from here on: it would carry the operation out again.
    await write(exchange, result)
  }

  async function write(exchange: Exchange, result: ExecutionResult): Promise<void> {
    const status = await writeResult(exchange, result)
    onAnswer({ request: exchange.info, status, durationMs: performance.now() - exchange.startedMs })
  }

  /** Resolves to the HTTP status. Errors are written by the library that does so on the long way. */
  async function writeResult({ request, response, info }: Exchange, result: ExecutionResult): Promise<number> {
    const type = toMediaType(request.headers.accept) ?? json
    const own = { 'x-request-id': info.requestId, 'cache-control': 'no-store' }
    if (result.errors === undefined) {
      send(response, 200, { 'content-type': `${type}; charset=utf-8`, ...own }, JSON.stringify(result))
      return 200
    }
    const refused = processRegularResult(result, yoga.fetchAPI, type)
    send(response, refused.status, { ...Object.fromEntries(refused.headers), ...own }, await refused.text())
    return refused.status
  }

  /** The long way, for a request whose body has been read. */
  async function goOn({ request, response, info }: Exchange, body: Buffer): Promise<void> {
    const { headers, method = '' } = request
    const given = Object.entries({ ...headers, 'x-request-id': info.requestId }).flatMap(([name, value]) =>
      typeof value === 'string' ? [[name, value] as const] : [],
    )
    const answered = await yoga.fetch(`http://${headers.host ?? 'localhost'}/graphql`, {
      method,
      headers: given,
      body: new Uint8Array(body),
    })
    send(response, answered.status, Object.fromEntries(answered.headers), await answered.text())
  }

  async function serve(exchange: Exchange): Promise<void> {
    const { request, response } = exchange
    const caller = admit(request)
    if (caller === null) return yoga.requestListener(request, response)
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

/** Never settles for a client that leaves in between. */
function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  return new Promise((resolve) => {
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)))
  })
}

/** What an Accept header gets; null where that takes thought. */
function toMediaType(accept: string | undefined): string | null {
  if (accept === undefined || accept === '*/*' || accept.startsWith(json)) return json
  return accept.startsWith(graphql) ? graphql : null
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

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function readHeader({ headers }: IncomingMessage, name: string): string | undefined {
  const value = headers[name]
  return typeof value === 'string' ? value : undefined
}

function send(response: ServerResponse, status: number, headers: Readonly<Record<string, string>>, text: string): void {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(text) })
  response.end(text)
}
