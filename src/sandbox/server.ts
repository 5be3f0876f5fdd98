import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { encodings, parseJson } from './encoding.ts'
import { createFaults, type Fault, type FaultInput, faultShape, type HeldFault, type Target } from './fault.ts'
import { readOperation, toRoute } from './graphql.ts'
import { createLimits } from './limit.ts'
import { createRouter, isOfType, readQuery, readUrl } from './request.ts'
import { toAddress } from '../provider/address.ts'
import { toCredentials } from '../provider/authentication.ts'
import type { Provider } from '../provider/provider.ts'
import { type Settings, toExampleSettings } from '../provider/settings.ts'
import type { StandInAnswer, StandInOptions } from '../provider/stand-in.ts'

/** A serialized response, independent of later changes to the state. */
interface SentAnswer {
  readonly status: number
  readonly text: string
  readonly headers: Readonly<Record<string, string>>
}

/** Inputs of a response, except the body. */
type StandInInput = Pick<IncomingMessage, 'method' | 'url' | 'headers'>

/** A running stand-in: a real HTTP server on loopback, its state in memory. */
export interface StandIn {
  /** Base URL, as an account's `baseUrl`. */
  readonly baseUrl: string
  readonly token: string
  /** As an account's `settings`. */
  readonly settings: Settings
  /** URL of request paths: the base URL with what version and settings add to it. */
  readonly apiUrl: string
  /** All requests received, oldest first. */
  readonly calls: readonly StandInCall[]
  /** Clears `calls`, which otherwise grows without limit. */
  forgetCalls(): void
  /** `hold` is run to its end in place of a delay, for a test that is to do something at that moment. */
  fail(fault: FaultInput, hold?: () => unknown): void
  heal(): void
  /** Resolves when all received requests are processed, even if their clients disconnected. */
  settled(): Promise<void>
  close(): Promise<void>
}
export interface StandInCall extends Target {
  /** Raw body, as on the wire; empty if there is none. */
  readonly text: string
  readonly body: unknown
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** Its own response; null if a fault took the place of it. */
  readonly answered: Pick<SentAnswer, 'status' | 'text'> | null
}

export interface StartOptions extends Partial<StandInOptions> {
  /** 0, the default, picks a free port. */
  readonly port?: number
  /** Whether the documented rate limits apply. Defaults to true. */
  readonly limited?: boolean
  /** Of the only account. Defaults to the examples of the provider's settings. */
  readonly settings?: Settings
  /** Version in the path, if the provider has it there. Defaults to the provider's. */
  readonly apiVersion?: string
}

/** What a stand-in reads of its provider. */
type StoodFor = Pick<Provider, 'accountPath' | 'baseUrl' | 'apiVersion' | 'authentication' | 'sandbox' | 'settings'>

// Headers that any HTTP/1.1 client may send.
const commonHeaders = new Set([
  'host',
  'connection',
  'accept',
  'accept-encoding',
  'accept-language',
  'content-type',
  'content-length',
  'transfer-encoding',
  'user-agent',
  // Headers that Node's fetch adds.
  'sec-fetch-mode',
  // W3C Trace Context.
  'traceparent',
  'tracestate',
])

export async function startStandIn(provider: StoodFor, options: StartOptions = {}): Promise<StandIn> {
  const { sandbox: statement, authentication } = provider
  const { port = 0, limited = true, seeded = true, variant, mostPerPage, now = () => new Date() } = options
  const { settings = toExampleSettings(provider.settings ?? {}), apiVersion } = options
  const basePath = toAddress(provider, { baseUrl: statement.basePath, settings, apiVersion }).url
  const linkedPath = statement.linkedPath?.(settings)
  const basePaths = [basePath, ...(linkedPath === undefined ? [] : [linkedPath])]
  const known = new Set([...commonHeaders, authentication.header, ...statement.headers])
  const others = statement.otherPrefixes ?? []
  const credentials = new Set([
    toCredentials(authentication, statement.token),
    ...others.map((prefix) => `${prefix}${statement.token}`),
  ])
  const stated = statement.open({ seeded, variant, mostPerPage, settings, now })
  const routes = stated.map((route) => ('sdl' in route ? toRoute(route, statement.refusals.undocumented) : route))
  const findRoutes = createRouter(routes)
  const graphqlPaths = new Set(stated.filter((route) => 'sdl' in route).map(({ path }) => `${basePath}${path}`))
  const encoding = encodings[statement.encoding ?? 'JSON']
  const faults = createFaults()
  const calls: StandInCall[] = []
  const limits = createLimits(now)
  const lastAnswers = new Map<string, SentAnswer>()

  function answerCall(request: StandInInput, text: string, body: unknown): SentAnswer {
    const { status, body: answered, headers = {} } = answer(request, text, body)
    return { status, text: answered === undefined ? '' : stringify(answered), headers }
  }

  /** Processes the additional request of a fault, with the credentials of the original one. */
  function takeMeanwhile({ headers }: StandInInput, { method, path, body }: NonNullable<Fault['meanwhile']>): void {
    const text = body === undefined ? '' : JSON.stringify(body)
    const answered = answer({ method, url: path, headers: { ...headers, 'content-type': encoding.type } }, text, body)
    // Otherwise, a test could pass although this request did nothing.
    if (isRefused(answered)) throw new Error(`${method} ${path} was rejected with status ${answered.status}`)
  }

  function isAuthentic({ [authentication.header]: given }: IncomingHttpHeaders): boolean {
    return typeof given === 'string' && credentials.has(given)
  }

  function answer(request: StandInInput, text: string, body: unknown): StandInAnswer {
    const { refusals } = statement
    const url = readUrl(request.url ?? '')
    if (url === null) return refusals.undocumented('a malformed path')
    if (!isAuthentic(request.headers)) return refusals.unauthorized(request.headers)
    const refused = statement.checkHeaders?.(request.headers)
    if (refused !== undefined) return refused
    const stranger = Object.keys(request.headers).find((name) => !known.has(name))
    if (stranger !== undefined) return refusals.undocumented(`header ${stranger}`)
    const base = basePaths.find((each) => url.pathname.startsWith(`${each}/`))
    if (base === undefined) return refusals.unknownPath()
    const there = findRoutes(url.pathname.slice(base.length))
    const found = there.find(({ route: { method } }) => method === request.method)
    if (found === undefined) return there.length > 0 ? (refusals.wrongMethod ?? refusals.unknownPath)() : refusals.unknownPath()
    const { route, params } = found
    const given = readQuery(route.query ?? [], url.searchParams)
    if (typeof given === 'string') return refusals.undocumented(given)
    if (text !== '' && (body === undefined || !route.takesBody)) return refusals.undocumented('body')
    if (text !== '' && !isOfType(request.headers, encoding.type))
      return refusals.undocumented(`a body that is not ${encoding.type}`)
    const rate = limited ? limits.count(statement, route) : { headers: {}, exceeded: false }
    const answered = rate.exceeded ? refusals.rateLimited() : route.answer({ params, ...given, headers: request.headers, body })
    return { ...answered, headers: { ...rate.headers, ...answered.headers } }
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '/'
    const method = request.method ?? ''
    if (path === '/sandbox/faults') return control(method, parseJson(await readText(request)), response)
    // The effect of a GraphQL request is known only from its body.
    const early = graphqlPaths.has(path) ? await readText(request) : undefined
    const target = { method, path, ...toEffect(method, early) }
    const fault = faults.take(target)
    if (fault?.cut === 'request') {
      calls.push({ ...target, text: early ?? '', body: undefined, status: 0, headers: request.headers, answered: null })
      response.socket?.resetAndDestroy()
      return
    }
    const text = early ?? (await readText(request))
    const body = text === '' ? undefined : encoding.parse(text)
    const asked = `${method} ${path} ${text}`
    if (fault?.when === 'before') await delay(fault)
    const replaced =
      fault !== undefined &&
      (fault.cut !== undefined || fault.hang === true || fault.status !== undefined || fault.body !== undefined)
    if (fault?.meanwhile !== undefined && fault.when === 'before') takeMeanwhile(request, fault.meanwhile)
    const last = fault?.stale === true ? lastAnswers.get(asked) : undefined
    const real = replaced && fault.when === 'before' ? undefined : (last ?? answerCall(request, text, body))
    if (fault?.meanwhile !== undefined && fault.when === 'after') takeMeanwhile(request, fault.meanwhile)
    if (real !== undefined) lastAnswers.set(asked, real)
    const answered = replaced ? null : (real ?? null)
    calls.push({ ...target, text, body, status: fault?.status ?? real?.status ?? 0, headers: request.headers, answered })
    if (fault?.staleReads !== undefined) faults.add({ effect: 'READ', stale: true, times: fault.staleReads })
    if (fault?.when === 'after') await delay(fault)
    if (fault !== undefined && replaced) return misbehave(fault, real, response)
    if (real !== undefined) send(response, real.status, real.text, real.headers)
  }

  function control(method: string, body: unknown, response: ServerResponse): void {
    if (method === 'DELETE') {
      faults.clear()
      return send(response, 204, '')
    }
    const fault = faultShape.safeParse(body)
    if (method !== 'POST' || !fault.success) {
      return send(response, 400, JSON.stringify({ problem: 'POST a fault, or DELETE all faults', issues: fault.error?.issues }))
    }
    faults.add(fault.data)
    send(response, 204, '')
  }

  const working = new Set<Promise<void>>()
  const server = createServer((request, response) => {
    const work = serve(request, response)
      .catch((error: unknown) => {
        send(response, 500, JSON.stringify({ problem: error instanceof Error ? error.message : 'stand-in failed' }))
      })
      .finally(() => working.delete(work))
    working.add(work)
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The stand-in is not listening on a port.')

  const origin = `http://127.0.0.1:${address.port}`
  return {
    baseUrl: `${origin}${statement.basePath}`,
    token: statement.token,
    settings,
    apiUrl: `${origin}${basePath}`,
    calls,
    forgetCalls() {
      calls.length = 0
    },
    fail: (fault, hold) => faults.add(fault, hold),
    heal: () => faults.clear(),
    async settled() {
      await Promise.all(working)
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** By its method, or by the operation of a GraphQL request. */
function toEffect(method: string, graphql: string | undefined): Pick<Target, 'effect' | 'field'> {
  const operation = graphql === undefined ? null : readOperation(parseJson(graphql))
  return operation ?? { effect: method === 'GET' || method === 'HEAD' ? 'READ' : 'WRITE', field: null }
}

/** GraphQL APIs refuse with status 200. */
function isRefused({ status, body }: StandInAnswer): boolean {
  return status >= 400 || (typeof body === 'object' && body !== null && 'errors' in body)
}

declare global {
  interface JSON {
    // In Node, but not yet in TypeScript.
    rawJSON(text: string): object
  }
}

/** A bigint is sent as a number of any size. */
function stringify(body: unknown): string {
  return JSON.stringify(body, (_, value: unknown) => (typeof value === 'bigint' ? JSON.rawJSON(String(value)) : value))
}

async function delay({ delayMs = 0, hold }: HeldFault): Promise<void> {
  if (delayMs > 0) await sleep(delayMs)
  await hold?.()
}

function misbehave(fault: Fault, real: SentAnswer | undefined, response: ServerResponse): void {
  if (fault.hang === true) return
  if (fault.cut === 'connection') {
    response.socket?.resetAndDestroy()
    return
  }
  if (fault.cut === 'headers') {
    response.socket?.end('HTTP/1.1 200 OK\r\ncontent-ty')
    return
  }
  const text = fault.body ?? real?.text ?? ''
  const status = fault.status ?? real?.status ?? 200
  if (fault.cut === 'body') {
    response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) + 64 })
    response.write(text.slice(0, Math.ceil(text.length / 2)), () => response.socket?.destroy())
    return
  }
  send(response, status, text, { ...real?.headers, ...fault.headers })
}

function send(response: ServerResponse, status: number, text: string, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(text)
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) if (Buffer.isBuffer(chunk)) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}
