// What an upstream API allows, and how its responses tell what is left.

/** Amount that an API allows in a sliding window. */
export interface Rate {
  /** Number of requests, or of points. */
  readonly calls: number
  readonly perMs: number
}

/** What a window counts: requests, requests that can change something, or the points that each request costs. */
export type RateUnit = 'REQUESTS' | 'WRITES' | 'POINTS'

/** One limit of an upstream API, counted together or per method and path, and in a GraphQL API per document. A request must fit all windows that count it. */
export interface RateWindow extends Rate {
  readonly per: 'account' | 'endpoint'
  /** Defaults to REQUESTS. */
  readonly counts?: RateUnit
  /** Whether it refills steadily, as a leaking bucket does: `calls` is its size, and `perMs` the time to fill it. By default, it slides. */
  readonly steady?: true
  /** Headers that tell its state, if they are not X-RateLimit-Limit, -Remaining and -Reset for the first window of requests. */
  readonly headers?: RateHeaders
  /** Its state, if the body of a response tells it. */
  readState?(body: unknown): WindowState | null
}

/** Names of headers, in lower case. */
export interface RateHeaders {
  readonly limit?: string
  readonly remaining?: string
  readonly reset?: string
  /** What the request was taken to cost. */
  readonly cost?: string
  /** Unit of the reset. If omitted, its size tells. SECONDS is from now. */
  readonly unit?: 'SECONDS' | 'UNIX_SECONDS' | 'UNIX_MILLISECONDS'
}

/** What a response says of a window; what is undefined, it does not tell. */
export interface WindowState {
  readonly limit?: number | undefined
  readonly remaining?: number | undefined
  /** Time until all that is used is free again. */
  readonly resetMs?: number | undefined
  /** Time that a steady one takes to be full again once it is empty. */
  readonly fullMs?: number | undefined
  /** What the request was taken to cost. */
  readonly cost?: number | undefined
}

export const commonHeaders: RateHeaders = {
  limit: 'x-ratelimit-limit',
  remaining: 'x-ratelimit-remaining',
  reset: 'x-ratelimit-reset',
}

/** Maximum count of a window of requests, even if a header allows more, because each request is kept in memory. */
const mostCalls = 10_000

/** For providers that document no limit on requests: only their headers apply. */
const unlimited: RateWindow = { calls: mostCalls, perMs: 0, per: 'account', headers: commonHeaders }

/** The windows of an account, each with how it is told, longest first. A configured rate replaces the first window of requests. */
export function toWindows(stated: readonly RateWindow[] = [], configured?: Rate): readonly RateWindow[] {
  const first = stated.find(({ counts = 'REQUESTS' }) => counts === 'REQUESTS')
  const requests = { ...(first ?? unlimited), ...configured }
  const told = requests.headers ?? (requests.readState === undefined ? commonHeaders : undefined)
  const all = [told === undefined ? requests : { ...requests, headers: told }, ...stated.filter((window) => window !== first)]
  // A request waits for the shortest window last, when it is about to be sent.
  return all.toSorted((one, other) => other.perMs - one.perMs)
}
