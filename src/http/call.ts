import type { ZodType } from 'zod'
import type { UpstreamContractError } from '../errors.ts'
import type { Budget } from './budget.ts'

declare const encoded: unique symbol

/** A path below an account's base URL in which every interpolated part is exactly one encoded segment. */
export type Path = string & { readonly [encoded]: true }

export interface Call<T> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: Path
  readonly query?: Readonly<Record<string, string>>
  readonly body?: object
  /** Values within `body` that no text may show: an answer that repeats one reads `[secret]` there. */
  readonly secrets?: readonly string[]
  /** What the documentation promises of a 2xx answer; undefined stands for an empty body. */
  readonly answer: ZodType<T>
  /** What a dry run goes on with; left out: it reads for real, and ends at a write. */
  readonly assumed?: T
}

/** The whole URL of a call. */
export function toUrl({ path, query }: Pick<Call<unknown>, 'path' | 'query'>, baseUrl: string): string {
  return `${baseUrl}${path}${query === undefined ? '' : `?${new URLSearchParams(query).toString()}`}`
}

/** The one door to an upstream, bound to one account. */
export interface Door {
  /** What one operation calls through: for as long as its budget lasts. */
  within(budget: Budget): Http
  /** Forgets how long the provider said to wait. */
  forgetWaits(): void
}

export interface Http {
  /**
   * Calls until it is answered, fails for good or has no time left, and resolves to the parsed answer. Fails with a
   * WebhookError that says what is known; a write whose outcome is unknown is never sent again.
   */
  send<T>(call: Call<T>): Promise<T>
  /** The error for answers that are each well-formed, but together not what the documentation promises. */
  toContractError(what: string): UpstreamContractError
}
