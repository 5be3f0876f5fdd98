import { GraphQLError } from 'graphql'
import { isLoopback } from '../gateway/target.ts'
import type { RequestInfo } from '../observe/request.ts'
import type { Answer, Incoming } from './exchange.ts'

export type Handler = (request: Incoming, info: RequestInfo) => Answer | Promise<Answer>

/** Handlers of a path, by method. */
export interface Route {
  readonly handlers: Readonly<Record<string, Handler>>
  /** Methods in the Allow header; defaults to all handled methods. */
  readonly allowed?: readonly string[]
  /** Whether it is served for any host. */
  readonly isPublic?: boolean
}

export interface RouterOptions {
  /** By exact path. */
  readonly routes: ReadonlyMap<string, Route>
  /** Whether requests for hosts other than loopback are rejected. */
  readonly loopbackOnly: boolean
}

/** Routes well-formed requests by exact path and method, rejects all others and handles OPTIONS. */
export function createRouter({ routes, loopbackOnly }: RouterOptions): Handler {
  return (request, info) => {
    const path = readPath(request, routes)
    if (path === null) {
      info.errors = ['BAD_REQUEST']
      return { ...refuse(400, 'BAD_REQUEST', 'The Host header or the path is malformed.'), isLast: true }
    }
    const route = routes.get(path)
    if (route === undefined) return refuse(404, 'NOT_FOUND', `Not found. Available paths: ${[...routes.keys()].join(', ')}.`)
    const { method } = request
    if (method === 'OPTIONS') return { status: 204, headers: { allow: toAllow(route) }, body: '' }
    const handler = Object.hasOwn(route.handlers, method) ? route.handlers[method] : undefined
    if (handler === undefined) return refuseMethod(route)
    // A web page can point its own host name to this machine (DNS rebinding) and would then share the origin of a gateway without
    // authentication.
    if (loopbackOnly && route.isPublic !== true && !request.hosts.every(isThisMachine)) {
      const message = 'Without authentication, the gateway only accepts loopback hosts. Use 127.0.0.1 or localhost.'
      return refuse(421, 'MISDIRECTED_REQUEST', message)
    }
    return handler(request, info)
  }
}

/** An error before any operation. */
export function refuse(status: number, code: string, message: string, more: Readonly<Record<string, string>> = {}): Answer {
  const errors = [new GraphQLError(message, { extensions: { code } })]
  return { status, headers: { 'content-type': 'application/json; charset=utf-8', ...more }, body: JSON.stringify({ errors }) }
}

export const adviceToPost = 'Use POST with a JSON body and content-type: application/json.'

export function refuseMethod(route: Route): Answer {
  const allow = toAllow(route)
  return refuse(405, 'METHOD_NOT_ALLOWED', 'POST' in route.handlers ? adviceToPost : `Use ${allow}.`, { allow })
}

function toAllow({ handlers, allowed = Object.keys(handlers) }: Route): string {
  return [...allowed, 'OPTIONS'].join(', ')
}

const hostForm = /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i

/** Whether a Host header contains only a host. */
function isHost(host: string): boolean {
  return hostForm.test(host) && URL.canParse(`http://${host}/`)
}

function isThisMachine(host: string): boolean {
  return isLoopback(new URL(`http://${host}/`).hostname)
}

/** The requested path; null if the target or host is not in the unambiguous form. */
export function readPath(
  { method, target, hosts }: Pick<Incoming, 'method' | 'target' | 'hosts'>,
  known: ReadonlyMap<string, unknown>,
): string | null {
  // CONNECT requests a connection to another host, whatever its target contains.
  if (method === 'CONNECT' || !hosts.every(isHost)) return null
  if (known.has(target)) return target
  if (!target.startsWith('/') || target.startsWith('//')) return null
  const path = target.split('?', 1)[0] ?? ''
  return URL.parse(target, 'http://localhost')?.pathname === path ? path : null
}
