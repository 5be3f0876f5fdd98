import type { ZodType } from 'zod'
import type { UpstreamContractError } from '../errors.ts'
import type { Budget } from '../budget.ts'

declare const encoded: unique symbol

/** A path below an account's base URL in which every interpolated part is exactly one encoded segment. */
export type Path = string & { readonly [encoded]: true }

export interface Call<T> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: Path
  readonly query?: Readonly<Record<string, string>>
  readonly body?: object
  /** Secret values in `body`: a response that repeats one contains `[secret]` instead. */
  readonly secrets?: readonly string[]
  /** Schema of the documented 2xx response; undefined stands for an empty body. */
  readonly answer: ZodType<T>
  /** Assumed response in a dry run. If omitted, a dry run sends reads and ends at a write. */
  readonly assumed?: T
  /** Called with the size of the response once it is parsed. */
  onRead?(bytes: number): void
}

/** The full URL of a request. */
export function toUrl({ path, query }: Pick<Call<unknown>, 'path' | 'query'>, baseUrl: string): string {
  return `${baseUrl}${path}${query === undefined ? '' : `?${new URLSearchParams(query).toString()}`}`
}

/** The HTTP client for the upstream API of one account. */
export interface Door {
  /** The HTTP client for one operation, within its time budget. */
  within(budget: Budget): Http
  /** Drops the waits that the provider requested. */
  forgetWaits(): void
}

export interface Http {
  /**
   * Sends a request, with retries, until it succeeds, fails permanently or runs out of time. Resolves to the parsed response or
   * rejects with a WebhookError. A write with an unknown outcome is never resent.
   */
  send<T>(call: Call<T>): Promise<T>
  /** The error for responses that are each well-formed but together do not match the documentation. */
  toContractError(what: string): UpstreamContractError
}
