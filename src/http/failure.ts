import {
  ConflictError,
  CredentialsRejectedError,
  type InputIssue,
  InvalidInputError,
  LimitReachedError,
  NotFoundError,
  OutcomeUnknownError,
  PermissionDeniedError,
  RateLimitedError,
  UpstreamContractError,
  type UpstreamFailure,
  UpstreamRejectedError,
  UpstreamUnavailableError,
  type WebhookError,
} from '../errors.ts'
import type { Meaning, Provider } from '../provider.ts'
import { readResetMs, readRetryAfterMs } from './wait.ts'

export interface Refusal {
  readonly provider: Provider
  readonly upstream: UpstreamFailure
  readonly status: number
  readonly meaning: Meaning | undefined
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** Whether the call could change something upstream. */
  readonly write: boolean
}

/** The error that an answer outside 2xx stands for: by what the provider says it means, else by its status. Total. */
export function toRefusal(refusal: Refusal): WebhookError {
  const { provider, upstream, status, meaning, headers, write } = refusal
  const name = provider.displayName
  const slug = upstream.account.slug
  const facts = { upstream }

  switch (meaning?.kind ?? toKind(status)) {
    case 'INVALID_INPUT':
      return new InvalidInputError(toIssues(meaning, name), facts)
    case 'CONFLICT': {
      const field = meaning?.kind === 'CONFLICT' ? meaning.field : 'name'
      return new ConflictError(
        `${name} already has a webhook with this ${field}; choose another ${field} or change the existing webhook.`,
        field,
        null,
        facts,
      )
    }
    case 'LIMIT_REACHED': {
      const limit = meaning?.kind === 'LIMIT_REACHED' ? meaning.limit : null
      const most = limit === null ? 'no more' : `at most ${limit}`
      return new LimitReachedError(`${name} allows ${most} webhooks on account "${slug}"; delete one first.`, limit, facts)
    }
    case 'NOT_FOUND':
      return new NotFoundError(
        `${name} does not find what this call names on account "${slug}"; it may have been deleted.`,
        facts,
      )
    case 'CREDENTIALS_REJECTED':
      return new CredentialsRejectedError(
        `${name} rejected the credentials of account "${slug}"; renew its token in the gateway's configuration.`,
        facts,
      )
    case 'PERMISSION_DENIED':
      return new PermissionDeniedError(
        `The credentials of account "${slug}" may not do this at ${name}; grant them the permission there.`,
        facts,
      )
    case 'RATE_LIMITED': {
      const retryAfterMs = readRetryAfterMs(headers) ?? readResetMs(headers) ?? provider.rateLimitDelayMs
      return new RateLimitedError(
        `${name} is rate limiting account "${slug}"; wait ${Math.ceil(retryAfterMs / 1000)} s and send the same call again.`,
        { ...facts, retryAfterMs },
      )
    }
    case 'NOT_CONFIGURED':
      return new UpstreamUnavailableError(
        `${name} has webhooks not set up for account "${slug}"; ask ${name} to switch them on.`,
        'NOT_CONFIGURED',
        facts,
      )
    case 'SERVER_ERROR':
      return write
        ? new OutcomeUnknownError(
            `${name} failed while it worked on this (HTTP ${status}). It may have been carried out: look before you repeat it.`,
            [],
            facts,
          )
        : new UpstreamUnavailableError(`${name} is failing (HTTP ${status}).`, 'SERVER_ERROR', {
            ...facts,
            retryAfterMs: readRetryAfterMs(headers),
          })
    case 'REDIRECT':
      return new UpstreamContractError(
        `${name} redirected the call (HTTP ${status}), which is never followed; check the base URL of account "${slug}".`,
        facts,
      )
    case 'REJECTED':
      return new UpstreamRejectedError(`${name} rejected the call (HTTP ${status}); upstream.message has its reason.`, facts)
  }
}

function toKind(status: number) {
  switch (status) {
    case 401:
      return 'CREDENTIALS_REJECTED'
    case 403:
      return 'PERMISSION_DENIED'
    case 404:
      return 'NOT_FOUND'
    case 409:
      return 'CONFLICT'
    case 429:
      return 'RATE_LIMITED'
    default:
      return status >= 500 ? 'SERVER_ERROR' : status >= 400 ? 'REJECTED' : 'REDIRECT'
  }
}

function toIssues(meaning: Meaning | undefined, name: string): readonly InputIssue[] {
  const paths = meaning?.kind === 'INVALID_INPUT' ? meaning.paths : []
  return paths.map((path) => ({
    path: ['input', ...path],
    code: 'REJECTED_UPSTREAM',
    message: `${name} does not accept this value; upstream.message has its reason.`,
  }))
}
