import type { JournalEntry } from './journal.ts'
import type { Account, AccountWebhook } from './webhook.ts'

// One class per error member of the result unions, named like its GraphQL type. Anything else that is thrown is a bug and
// is masked.

/** Error codes, and their descriptions. */
export const webhookErrorCodes = {
  INVALID_INPUT: 'The input is invalid.',
  UNSUPPORTED: 'The provider does not support this field or operation, or not for this webhook.',
  NOT_FOUND: 'The account, webhook or delivery does not exist.',
  CONFLICT: 'A unique value is already in use, or the webhook changed during the operation.',
  LIMIT_REACHED: "The account has reached the provider's webhook limit.",
  CREDENTIALS_REJECTED: "The provider rejected the account's credentials.",
  PERMISSION_DENIED: 'The credentials of the account, or of the caller, are valid but lack permission.',
  RATE_LIMITED: 'Too many requests. Nothing was changed.',
  UPSTREAM_UNAVAILABLE: 'The provider is unreachable or failing. Nothing was changed.',
  UPSTREAM_CONTRACT: "The provider's response to a read does not match its documentation.",
  UPSTREAM_REJECTED: 'The provider rejected the request.',
  OUTCOME_UNKNOWN: 'A write was sent but not clearly confirmed. It may have been carried out.',
  PLAN_OUTDATED: 'The plan would change something else by now. Nothing was changed.',
  PLAN_UNSAFE: 'The plan changes unusually much, and was not forced. Nothing was changed.',
  STORE_UNAVAILABLE: 'The journal cannot be used, so the request was not sent to the provider.',
} as const
export type WebhookErrorCode = keyof typeof webhookErrorCodes

export type RetryAdvice = 'NEVER' | 'AFTER_FIX' | 'SAFE' | 'SAFE_AFTER_DELAY' | 'CHECK_FIRST'

/** Details of a failed upstream request; `status` is null if there was no response or its status was not the problem. */
export interface UpstreamFailure {
  readonly account: Account
  readonly status: number | null
  readonly code: string | null
  /** The provider's error text, truncated to 500 characters, with secrets removed. */
  readonly message: string | null
  /** Upstream requests sent, including retries. */
  readonly attempts: number
}

/** Codes for problems with an input, and their descriptions. */
export const inputIssueCodes = {
  REQUIRED: 'A required value is missing.',
  INVALID: 'The value has the wrong format.',
  TOO_SMALL: 'The value is too short or too small.',
  TOO_BIG: 'The value is too long, too big or has too many items.',
  EMPTY: 'The list is empty.',
  NULL: 'The value is null. Omit the field instead.',
  NOTHING_TO_CHANGE: 'The update changes no field.',
  UNKNOWN_EVENT_TYPE: 'The provider does not have this event type.',
  UNSUPPORTED: 'The provider does not support this field.',
  WRONG_PROVIDER: 'The options belong to another provider.',
  PRIVATE_TARGET: 'The URL points to a private network.',
  MASKED_SECRET: 'The value is a masked secret, not the secret itself.',
  REJECTED_UPSTREAM: 'The provider rejected the value.',
  MORE_ISSUES: 'There are more issues than listed.',
} as const
export type InputIssueCode = keyof typeof inputIssueCodes

export interface InputIssue {
  /** Path from the argument to the value, e.g. ['input', 'eventTypes', '0']. */
  readonly path: readonly string[]
  readonly code: InputIssueCode
  /** What is wrong and how to fix it. */
  readonly message: string
}

export type UnavailableReason =
  | 'CONNECTION'
  | 'TIMEOUT'
  | 'SERVER_ERROR'
  | 'CIRCUIT_OPEN'
  | 'NOT_CONFIGURED'
  | 'STOPPING'
  | 'AUDIT_FAILED'

const largestInt = 2_147_483_647

export interface Facts {
  readonly upstream?: UpstreamFailure | null
  readonly retryAfterMs?: number | null
  readonly cause?: unknown
}

export abstract class WebhookError extends Error {
  abstract readonly code: WebhookErrorCode
  abstract readonly retry: RetryAdvice
  readonly upstream: UpstreamFailure | null
  readonly retryAfterMs: number | null
  /** The entry of the write that failed, set by the journal; null if the write did not begin, and for reads. */
  journalEntry: JournalEntry | null = null

  constructor(message: string, { upstream = null, retryAfterMs = null, cause }: Facts = {}) {
    super(message, { cause })
    this.name = new.target.name
    this.upstream = upstream
    // The maximum of GraphQL's Int; no caller waits longer than these 24 days.
    this.retryAfterMs = retryAfterMs === null ? null : Math.min(Math.ceil(retryAfterMs), largestInt)
  }
}

/** Maximum issues in one error. An extra issue gives the number of omitted ones. */
export const mostIssues = 100

export class InvalidInputError extends WebhookError {
  readonly code = 'INVALID_INPUT'
  readonly retry = 'AFTER_FIX'
  readonly issues: readonly InputIssue[]

  constructor(all: readonly InputIssue[], facts?: Facts) {
    const issues = cutIssues(all)
    super(issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join(' '), facts)
    this.issues = issues
  }
}

function cutIssues(issues: readonly InputIssue[]): readonly InputIssue[] {
  const more = issues.length - mostIssues
  if (more <= 0) return issues
  const message = `There ${more === 1 ? 'is 1 more issue' : `are ${more} more issues`}. Fix these first.`
  return [...issues.slice(0, mostIssues), { path: ['input'], code: 'MORE_ISSUES', message }]
}

export class UnsupportedError extends WebhookError {
  readonly code = 'UNSUPPORTED'
  readonly retry: RetryAdvice
  readonly provider: string
  /** The input path or operation that the provider does not support. */
  readonly path: readonly string[]

  constructor(message: string, provider: string, path: readonly string[]) {
    super(message)
    this.provider = provider
    this.path = path
    // An input field can be omitted or changed; a missing capability stays missing.
    this.retry = path[0] === 'input' ? 'AFTER_FIX' : 'NEVER'
  }
}

export class NotFoundError extends WebhookError {
  readonly code = 'NOT_FOUND'
  readonly retry = 'NEVER'
}

export class ConflictError extends WebhookError {
  readonly code = 'CONFLICT'
  readonly retry = 'AFTER_FIX'
  /** The field that must be unique, by which the gateway finds the conflicting webhook. Null if the webhook changed during the operation. */
  readonly field: 'name' | 'url' | null
  readonly existing: AccountWebhook | null

  constructor(message: string, field: 'name' | 'url' | null, existing: AccountWebhook | null, facts?: Facts) {
    super(message, facts)
    this.field = field
    this.existing = existing
  }
}

export class LimitReachedError extends WebhookError {
  readonly code = 'LIMIT_REACHED'
  readonly retry = 'AFTER_FIX'
  readonly limit: number | null

  constructor(message: string, limit: number | null, facts?: Facts) {
    super(message, facts)
    this.limit = limit
  }
}

export class CredentialsRejectedError extends WebhookError {
  readonly code = 'CREDENTIALS_REJECTED'
  readonly retry = 'AFTER_FIX'
}

export class PermissionDeniedError extends WebhookError {
  readonly code = 'PERMISSION_DENIED'
  readonly retry = 'AFTER_FIX'
}

/** Nothing was changed; `retryAfterMs` is always set. */
export class RateLimitedError extends WebhookError {
  readonly code = 'RATE_LIMITED'
  readonly retry = 'SAFE_AFTER_DELAY'
}

/** Nothing was changed upstream: a read failed, or a write was never sent or was rejected before processing. */
export class UpstreamUnavailableError extends WebhookError {
  readonly code = 'UPSTREAM_UNAVAILABLE'
  readonly retry: RetryAdvice
  readonly reason: UnavailableReason

  constructor(message: string, reason: UnavailableReason, facts?: Facts) {
    super(message, facts)
    this.reason = reason
    this.retry = reason === 'NOT_CONFIGURED' ? 'AFTER_FIX' : this.retryAfterMs === null ? 'SAFE' : 'SAFE_AFTER_DELAY'
  }
}

/** The response to a read does not match the provider's documentation. */
export class UpstreamContractError extends WebhookError {
  readonly code = 'UPSTREAM_CONTRACT'
  readonly retry = 'NEVER'
}

export class UpstreamRejectedError extends WebhookError {
  readonly code = 'UPSTREAM_REJECTED'
  readonly retry = 'AFTER_FIX'
}

/** Maximum candidates in one error. Its message gives the number of omitted ones. */
export const mostCandidates = 10

/** A write was sent but not clearly confirmed: it may have been carried out. */
export class OutcomeUnknownError extends WebhookError {
  readonly code = 'OUTCOME_UNKNOWN'
  readonly retry = 'CHECK_FIRST'
  /** Webhooks found upstream that may be the result. */
  readonly candidates: readonly AccountWebhook[]

  constructor(message: string, candidates: readonly AccountWebhook[], facts?: Facts) {
    const more = candidates.length - mostCandidates
    super(more > 0 ? `${message} ${more} more webhooks than the listed candidates may be the result. List them.` : message, facts)
    this.candidates = candidates.slice(0, mostCandidates)
  }
}

/** The journal cannot be used, so the request was not sent to the provider. */
export class StoreUnavailableError extends WebhookError {
  readonly code = 'STORE_UNAVAILABLE'
  readonly retry = 'SAFE'
}
