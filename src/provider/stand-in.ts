import { createHmac } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { ZodType } from 'zod'

// What a provider's sandbox.ts states: its routes and its state. The server around them is in server.ts.

export interface StandInRequest<Body> {
  /** Decoded path parameters, by name. */
  readonly params: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, string>>
  /** Query parameters that may be repeated, by name: those that end with `[]`. */
  readonly lists: Readonly<Record<string, readonly string[]>>
  readonly headers: IncomingHttpHeaders
  readonly body: Body
}

export interface StandInAnswer {
  readonly status: number
  /** Sent as JSON; left out: no body. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below the base path, e.g. /webhooks/:id. */
  readonly path: string
  /** Query parameters the documentation has, lists with their `[]`; any other is refused, and one that comes twice and is no list. */
  readonly query?: readonly string[]
  /** Calls the documentation allows in a window, counted per route. */
  readonly limit?: { readonly calls: number; readonly perMs: number }
  readonly takesBody: boolean
  answer(request: StandInRequest<unknown>): StandInAnswer
}

/** What is wrong with a body or a query. */
export type Issues = readonly { readonly path: readonly PropertyKey[]; readonly message: string }[]

/** A route that takes no body: one is refused. */
export function route(
  method: Route['method'],
  path: string,
  answer: (request: StandInRequest<undefined>) => StandInAnswer,
  more: Pick<Route, 'query' | 'limit'> = {},
): Route {
  return { method, path, ...more, takesBody: false, answer: (request) => answer({ ...request, body: undefined }) }
}

/** A route whose body is what `shape` accepts, where that is optional also none; `refuse` answers to any other. */
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

/** Whether a text is a URL: with a host and without blanks, which the parser of URLs would take. */
export function isUrl(text: string): boolean {
  return /^https?:\/\/[^\s/]\S*$/i.test(text) && URL.canParse(text)
}

export function isHttpsUrl(text: string): boolean {
  return isUrl(text) && /^https:/i.test(text)
}

/** In a sandbox no receiver is ever called: one whose host starts with `down.` counts as not answering, every other as answering 200. */
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
  /** Items of a page at most, whatever is asked for; left out: what the documentation says. */
  readonly mostPerPage?: number | undefined
  /** Whether to start with the webhooks worth looking at. */
  readonly seeded: boolean
  now(): Date
}

export interface StandInStatement {
  /** Path of the base URL, e.g. /v1. */
  readonly basePath: string
  /** The one token it accepts; worthless anywhere else. */
  readonly token: string
  /** Id of a webhook that a seeded stand-in starts with, for examples to change or delete. */
  readonly seededId: string
  /** Id of an event that was to be delivered to that webhook, as its log shows it, for examples to send again. */
  readonly seededEventId?: string
  /** Request headers the documentation has beside the ones of every HTTP client. */
  readonly headers: readonly string[]
  /** Documented shapes of its answers, where there are several; the first is served when none is named. */
  readonly variants?: readonly string[]
  /** Calls the documentation allows in a window, over all routes. */
  readonly limit?: { readonly calls: number; readonly perMs: number }
  /** Checks the documented request headers; an answer refuses the call. */
  checkHeaders?(headers: Readonly<Record<string, string | string[] | undefined>>): StandInAnswer | undefined
  /** The provider's own error answers to what every server meets. */
  readonly refusals: {
    unauthorized(): StandInAnswer
    unknownPath(): StandInAnswer
    /** Another method of a path that there is; left out: as an unknown path. */
    wrongMethod?(): StandInAnswer
    /** An undocumented header, query parameter or body. */
    undocumented(what: string): StandInAnswer
    rateLimited(): StandInAnswer
  }
  /** Fresh state and the routes over it. */
  open(options: StandInOptions): readonly Route[]
}
