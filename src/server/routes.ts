import type { IncomingMessage, RequestListener } from 'node:http'
import { GraphQLError } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { dropRefused } from './accept.ts'
import { isForPage } from './graphiql/page.ts'
import { requests } from '../observe/request.ts'
import { readTarget } from './handed.ts'
import { hasHashInUrl, notSupported } from './persisted.ts'
import { type Answered, createInfo } from './request-info.ts'

const hostForm = /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i

/** Whether a Host header names a host and nothing else. */
function isHost(host: string): boolean {
  return hostForm.test(host) && URL.canParse(`http://${host}/`)
}

/** Whether there is a second Host header, of which Node keeps the first one only, and proxies perhaps the other one. */
function hasTwoHosts({ rawHeaders }: IncomingMessage): boolean {
  return rawHeaders.findIndex(isHostName) !== rawHeaders.findLastIndex(isHostName)
}

/** Every other one of the raw headers is a value. */
function isHostName(text: string, index: number): boolean {
  return index % 2 === 0 && text.length === 4 && text.toLowerCase() === 'host'
}

/** The path that a request asks for; null where its target or its Host is not in the one form that everybody reads alike. */
export function readPath(request: IncomingMessage): string | null {
  const target = readTarget(request)
  const { host } = request.headers
  if (host !== undefined && (!isHost(host) || hasTwoHosts(request))) return null
  // It asks for a connection to another host, whatever stands where the path is.
  if (request.method === 'CONNECT') return null
  if (target === '/graphql') return target
  if (!target.startsWith('/') || target.startsWith('//')) return null
  const path = target.split('?', 1)[0] ?? ''
  return URL.parse(target, 'http://localhost')?.pathname === path ? path : null
}

/** Answers 400 to requests of which no URL can be made, and leaves the others to `listener`. */
export function refuseUnreadable(listener: RequestListener, onAnswer: (answered: Answered) => void): RequestListener {
  return (request, response) => {
    if (readPath(request) !== null) return listener(request, response)
    const startedMs = performance.now()
    const { 'x-request-id': asked } = request.headers
    const info = createInfo(typeof asked === 'string' ? asked : undefined)
    info.errors = ['BAD_REQUEST']
    const headers = {
      'content-type': 'application/json; charset=utf-8',
      'x-request-id': info.requestId,
      'cache-control': 'no-store',
    }
    // What else it sends is not read.
    response
      .writeHead(400, { ...headers, connection: 'close' })
      .end(toBody('BAD_REQUEST', 'The Host header or the path is malformed.'))
    requests.run(info, () => onAnswer({ request: info, status: 400, durationMs: performance.now() - startedMs }))
  }
}

const reading = ['GET', 'HEAD']

export interface RoutesOptions {
  /** Where GraphQL is. */
  readonly path: string
  /** Whether there is a page for browsers. */
  readonly graphiql: boolean
  /** Whether documents can be named by their hash. */
  readonly trustedDocuments: boolean
}

/** Lets exact paths and their methods pass, says what is wrong with the others, and answers OPTIONS. */
export function useRoutes({ path: graphqlPath, graphiql, trustedDocuments }: RoutesOptions): Plugin {
  const methods: ReadonlyMap<string, readonly string[]> = new Map([
    ['/', reading],
    ['/livez', reading],
    ['/readyz', reading],
    [graphqlPath, graphiql ? [...reading, 'POST'] : ['POST']],
  ])

  /** Null for a request that may go on. */
  function route(request: Request, path: string, { Response }: Pick<typeof globalThis, 'Response'>): Response | null {
    const { method, headers } = request
    const refuse = (status: number, code: string, message: string, more: Record<string, string> = {}) => {
      const type = { 'content-type': 'application/json; charset=utf-8' }
      return new Response(method === 'HEAD' ? null : toBody(code, message), { status, headers: { ...type, ...more } })
    }
    const host = headers.get('host')
    if (host !== null && !isHost(host)) return refuse(400, 'BAD_REQUEST', 'The Host header is malformed.')
    const allowed = methods.get(path)
    if (allowed === undefined) return refuse(404, 'NOT_FOUND', `There is ${[...methods.keys()].join(', ')}.`)
    const allow = [...allowed, 'OPTIONS'].join(', ')
    if (method === 'OPTIONS') return new Response(null, { status: 204, headers: { allow } })
    if (path === graphqlPath && method === 'GET' && !trustedDocuments && hasHashInUrl(request.url)) {
      return refuse(notSupported.status, notSupported.code, notSupported.message)
    }
    if (!allowed.includes(method)) {
      const advice = path === graphqlPath ? 'POST a JSON body with content-type: application/json.' : `Use ${allow}.`
      return refuse(405, 'METHOD_NOT_ALLOWED', advice, { allow })
    }
    if (path !== graphqlPath) return null
    const accept = headers.get('accept')
    if (accept !== null && accept !== '') {
      const accepted = dropRefused(accept)
      if (accepted === '') return refuse(406, 'NOT_ACCEPTABLE', 'GraphQL is answered in JSON, which Accept refuses.')
      if (accepted !== accept) headers.set('accept', accepted)
    }
    if (method === 'POST' || isForPage(request)) return null
    return refuse(406, 'NOT_ACCEPTABLE', 'GET is for browsers, which accept text/html; POST a JSON body for GraphQL.')
  }

  return {
    onRequest({ request, url, fetchAPI, endResponse }) {
      const response = route(request, url.pathname, fetchAPI)
      if (response !== null) endResponse(response)
    },
    // With a list of origins yoga answers OPTIONS before this plugin, for whatever path.
    onResponse({ request, response, setResponse, fetchAPI }) {
      if (request.method !== 'OPTIONS') return
      const own = route(request, new URL(request.url).pathname, fetchAPI)
      if (own === null) return
      for (const [name, value] of response.headers) if (name !== 'content-length') own.headers.set(name, value)
      setResponse(own)
    },
  }
}

function toBody(code: string, message: string): string {
  return JSON.stringify({ errors: [new GraphQLError(message, { extensions: { code } })] })
}
