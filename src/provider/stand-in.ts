import { createHmac } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { ZodType } from 'zod'
import type { Settings } from './settings.ts'

// What a provider's sandbox.ts declares: its routes and state. The server is in sandbox/server.ts.

export interface StandInRequest<Body> {
  /** Decoded path parameters, by name. */
  readonly params: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, string>>
  /** Repeatable query parameters by name: those that end with `[]`. */
  readonly lists: Readonly<Record<string, readonly string[]>>
  readonly headers: IncomingHttpHeaders
  readonly body: Body
}

export interface StandInAnswer {
  readonly status: number
  /** Sent as JSON; omitted for no body. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export interface Limit {
  readonly calls: number
  readonly perMs: number
  /** Headers of every response. Defaults to `x-ratelimit-*`, with the reset in Unix seconds. */
  toHeaders?(window: {
    readonly limit: number
    readonly remaining: number
    readonly resetMs: number
  }): Readonly<Record<string, string>>
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below the base path, e.g. /webhooks/:id. */
  readonly path: string
  /** Documented query parameters, lists with `[]`. Others, and repeated ones that are not lists, are rejected. */
  readonly query?: readonly string[]
  /** Documented rate limit per route. */
  readonly limit?: Limit
  readonly takesBody: boolean
  answer(request: StandInRequest<unknown>): StandInAnswer
}

/** A problem with a body or a query. */
export type Issues = readonly { readonly path: readonly PropertyKey[]; readonly message: string }[]

/** A route without a body: a body is rejected. */
export function route(
  method: Route['method'],
  path: string,
  answer: (request: StandInRequest<undefined>) => StandInAnswer,
  more: Pick<Route, 'query' | 'limit'> = {},
): Route {
  return { method, path, ...more, takesBody: false, answer: (request) => answer({ ...request, body: undefined }) }
}

/** A route whose body must match `shape`, which can be optional; `refuse` responds to any other body. */
export function bodyRoute<Body>(
  method: Route['method'],
  path: string,
  shape: ZodType<Body>,
  refuse: (issues: Issues) => StandInAnswer,
  answer: (request: StandInRequest<Body>) => StandInAnswer,
  more: Pick<Route, 'query' | 'limit'> = {},
): Route {
  return {
    method,
    path,
    ...more,
    takesBody: true,
    answer(request) {
      const body = shape.safeParse(request.body)
      return body.success ? answer({ ...request, body: body.data }) : refuse(body.error.issues)
    },
  }
}

/**
 * The route of a GraphQL API. Requests are parsed, validated and executed against `sdl`: whatever it does not have is refused,
 * so it states what the documentation has, and nothing that an adapter must not use.
 */
export interface GraphqlRoute {
  /** Below the base path, e.g. /graphql. */
  readonly path: string
  readonly sdl: string
  /** Root fields of queries and mutations. Below them, objects are as in the schema; a union's say their `__typename`. */
  readonly resolvers: Readonly<Record<string, (args: unknown) => unknown>>
  /** The response as this API sends it. Without `data` nothing was executed. */
  answer(result: { readonly data: unknown; readonly problems: readonly GraphqlProblem[] }): StandInAnswer
  readonly limit?: Limit
}

export function graphqlRoute(
  path: string,
  sdl: string,
  resolvers: GraphqlRoute['resolvers'],
  answer: GraphqlRoute['answer'],
  more: Pick<Route, 'limit'> = {},
): GraphqlRoute {
  return { path, sdl, resolvers, answer, ...more }
}

/** Why a GraphQL request was refused, as graphql-js or a resolver has put it. */
export interface GraphqlProblem {
  readonly stage: 'SYNTAX' | 'VALIDATION' | 'VARIABLES' | 'FIELD'
  readonly message: string
  readonly locations: readonly { readonly line: number; readonly column: number }[] | undefined
  readonly path: readonly (string | number)[] | undefined
  /** Of the refusal that a resolver has thrown. */
  readonly extensions: Readonly<Record<string, unknown>>
}

/** Thrown by a resolver to refuse its field. */
export class GraphqlRefusal extends Error {
  override readonly name = 'GraphqlRefusal'
  readonly extensions: Readonly<Record<string, unknown>>
  constructor(message: string, extensions: Readonly<Record<string, unknown>> = {}) {
    super(message)
    this.extensions = extensions
  }
}

/** A resolver whose arguments, which fit the SDL already, have this shape: `shape` says so to the compiler and adds no rule. */
export function resolver<Args>(shape: ZodType<Args>, resolve: (args: Args) => unknown): (args: unknown) => unknown {
  return (args) => resolve(shape.parse(args))
}

/** Whether a text is a URL with a host and without spaces, which the URL parser would accept. */
export function isUrl(text: string): boolean {
  return /^https?:\/\/[^\s/]\S*$/i.test(text) && URL.canParse(text)
}

export function isHttpsUrl(text: string): boolean {
  return isUrl(text) && /^https:/i.test(text)
}

/** A sandbox never sends requests to receivers: a host that starts with `down.` counts as unreachable, any other as responding with 200. */
export function isAnswering(url: string): boolean {
  return URL.parse(url)?.hostname.startsWith('down.') === false
}

/** The signature of a delivery: HMAC-SHA256 in lowercase hex. */
export function sign(secret: string, text: string): string {
  return createHmac('sha256', secret).update(text).digest('hex')
}

export interface StandInOptions {
  /** One of the statement's `variants`. */
  readonly variant: string | undefined
  /** Maximum page size, whatever is requested. Defaults to the documented one. */
  readonly mostPerPage?: number | undefined
  /** Whether to start with sample webhooks. */
  readonly seeded: boolean
  /** Of its only account. */
  readonly settings: Settings
  now(): Date
}

export interface StandInStatement {
  /** Path of the base URL, e.g. /v1, before what version and settings add to it. */
  readonly basePath: string
  /** The only token it accepts; useless anywhere else. */
  readonly token: string
  /** ID of a sample webhook that examples can change or delete. */
  readonly seededId: string
  /** ID of an event in that webhook's delivery log that examples can resend. */
  readonly seededEventId?: string
  /** Encoding of request bodies; any other is rejected. FORM: routes receive the nested object, with texts as values. Defaults to JSON. */
  readonly encoding?: 'JSON' | 'FORM'
  /** The account's path in links, if the provider links another than the one that was requested. */
  linkedPath?(settings: Settings): string
  /** Texts before the token that the provider's own clients send in place of the stated one. */
  readonly otherPrefixes?: readonly string[]
  /** Documented request headers, in addition to those of every HTTP client and of authentication. */
  readonly headers: readonly string[]
  /** Documented response variants, if there are several. Defaults to the first. */
  readonly variants?: readonly string[]
  /** Documented rate limit over all routes. */
  readonly limit?: Limit
  /** Checks the documented request headers; a returned response rejects the request. */
  checkHeaders?(headers: Readonly<Record<string, string | string[] | undefined>>): StandInAnswer | undefined
  /** The provider's error responses to common problems. */
  readonly refusals: {
    unauthorized(headers: IncomingHttpHeaders): StandInAnswer
    unknownPath(): StandInAnswer
    /** Wrong method for a known path. Defaults to the response for an unknown path. */
    wrongMethod?(): StandInAnswer
    /** An undocumented header, query parameter or body. */
    undocumented(what: string): StandInAnswer
    rateLimited(): StandInAnswer
  }
  /** A fresh state and its routes. */
  open(options: StandInOptions): readonly (Route | GraphqlRoute)[]
}
