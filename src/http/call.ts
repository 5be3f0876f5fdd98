import type { UpstreamContractError } from '../errors.ts'
import type { Budget } from '../budget.ts'
import type { AnswerHeaders, Link } from './link.ts'

declare const encoded: unique symbol

/** A path below an account's base URL in which every interpolated part is exactly one encoded segment. */
export type Path = string & { readonly [encoded]: true }

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** Reads a response: a zod schema, or what is created faster where each request needs its own. */
export interface Reader<T> {
  safeParse(body: unknown): { readonly success: true; readonly data: T } | { readonly success: false; readonly error: unknown }
  /** Reads a text that is known already, without parsing it; undefined for any other. */
  recognize?(text: string): T | undefined
}

interface Request<T> {
  /** A link contains its query. */
  readonly path: Path | Link
  readonly query?: Readonly<Record<string, string>>
  /** A `Secret` in it is sent in clear, and a response that repeats it contains `[secret]` instead. */
  readonly body?: object
  /** Headers of this request alone, such as an idempotency key; by lower-case name. */
  readonly headers?: Readonly<Record<string, string>>
  /** What it costs in points, at most, if the provider counts points. Defaults to 1. */
  readonly cost?: number
  /** Requests of one kind cost the same: what a response tells of it counts for the next ones. */
  readonly kind?: string
  /** Reads the documented response, of status 200 for a read and any 2xx for a write; undefined stands for an empty body. */
  readonly answer: Reader<T>
  /** Assumed response in a dry run. If omitted, a dry run sends reads and ends at a write. */
  readonly assumed?: T
  /** Called with the size of the response once it is parsed. */
  onRead?(bytes: number): void
}

/** A request that changes nothing, whatever its method. */
export interface Read<T> extends Request<T> {
  /** GET unless stated. */
  readonly method?: Method
}

/** A read whose response states in its headers where the next page is. */
export type PageRead<T> = Omit<Read<T>, 'assumed'>

export interface PageAnswer<T> {
  readonly answer: T
  readonly headers: AnswerHeaders
  /** From the Link header; null at the end. */
  readonly next: Link | null
}

/** A request that can change something. */
export interface Write<T> extends Request<T> {
  readonly method: Method
}

/** READ: changes nothing, so it is shared and retried. WRITE: sent once, and never again if its outcome is unknown. */
export type Effect = 'READ' | 'WRITE'

export interface Call<T> extends Write<T> {
  readonly effect: Effect
}

/** The full URL of a request. */
export function toUrl({ path, query }: Pick<Call<unknown>, 'path' | 'query'>, baseUrl: string): string {
  if (!path.startsWith('/')) return path
  return `${baseUrl}${path}${query === undefined ? '' : `?${new URLSearchParams(query).toString()}`}`
}

/** Whether requests that can change something may be sent, of which each is asked for, however often it is sent. */
export interface Permit {
  /** Rejects with a WebhookError if it may not be sent. */
  confirm(): Promise<void>
  /** Whether it still may, just before its first byte; if not, it is asked for once more. */
  isSure(): boolean
}

/** The HTTP client for the upstream API of one account. */
export interface Door {
  /** The HTTP client for one operation, within its time budget. */
  within(budget: Budget, permit?: Permit): Http
  /** Drops the waits that the provider requested. */
  forgetWaits(): void
}

export interface Http {
  /**
   * Sends a request, with retries, until it succeeds, fails permanently or runs out of time. Resolves to the parsed response or
   * rejects with a WebhookError.
   */
  read<T>(read: Read<T>): Promise<T>
  /** Same, with the headers of the response. A link to another origin violates the contract, and nothing is sent there. */
  readPage<T>(read: PageRead<T>): Promise<PageAnswer<T>>
  /** Same for a request that can change something: it is never resent if its outcome is unknown. */
  write<T>(write: Write<T>): Promise<T>
  /** The error for responses that are each well-formed but together do not match the documentation. */
  toContractError(what: string): UpstreamContractError
}
