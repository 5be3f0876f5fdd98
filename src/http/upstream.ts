import type { AnswerHeaders } from './link.ts'
import type { RateWindow } from './rate.ts'

/** What the HTTP client needs to know about a provider. */
export interface Upstream {
  readonly displayName: string
  /** How request bodies are written. FORM: application/x-www-form-urlencoded, nested with brackets. Defaults to JSON. */
  readonly encoding?: 'JSON' | 'FORM'
  /** Documented rate limits; omitted if there are none. */
  readonly rates?: readonly RateWindow[]
  /** Wait after a 429 without a delay. */
  readonly rateLimitDelayMs: number
  /** Whether integers beyond 2^53 in responses are read as text, which `wireNumericId` accepts. By default, they are rounded. */
  readonly exactIntegers?: true
  /**
   * Reads any unexpected response; `body` is its JSON, or undefined if there is none. Null if it does not have the shape of the
   * provider's errors, such as a proxy's page or an empty body.
   */
  readFailure(status: number, body: unknown, headers: AnswerHeaders): Failure | null
}

/** Meaning of a provider's error, if the status alone does not determine it. */
export type Meaning =
  | { readonly kind: 'INVALID_INPUT'; /** Paths below `input`. */ readonly paths: readonly (readonly string[])[] }
  /** `of` says what exactly is in use, such as `url and event type`; the field if omitted. */
  | { readonly kind: 'CONFLICT'; readonly field: 'name' | 'url'; readonly of?: string }
  /** `of` says what the limit counts, such as `webhooks for one event type`; webhooks if omitted. */
  | { readonly kind: 'LIMIT_REACHED'; readonly limit: number | null; readonly of?: string }
  | { readonly kind: 'NOT_FOUND' | 'CREDENTIALS_REJECTED' | 'PERMISSION_DENIED' | 'NOT_CONFIGURED' }
  /** Not carried out. The wait is read from the headers. */
  | { readonly kind: 'RATE_LIMITED' }
  /** Not carried out, for a reason that is none of the others. */
  | { readonly kind: 'REJECTED' }
  /** A failure of the provider: a write may have been carried out. */
  | { readonly kind: 'SERVER_ERROR' }
  /** The first request with this idempotency key is still being processed. */
  | { readonly kind: 'IN_PROGRESS' }

export interface Failure {
  /** The provider's error code. */
  readonly code: string | null
  /** The provider's raw error text; the HTTP client truncates and redacts it. */
  readonly message: string | null
  /** If omitted, determined by the status. */
  readonly meaning?: Meaning
}
