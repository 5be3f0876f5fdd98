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
import type { Effect } from './call.ts'
import type { Failure, Meaning, Upstream } from './upstream.ts'
import { toWindows } from './rate.ts'
import { readLimitedMs, readRetryAfterMs } from './wait.ts'

export interface Refusal {
  readonly provider: Upstream
  readonly upstream: UpstreamFailure
  readonly status: number
  /** The provider's error; null if the body is not one, because a proxy may have responded. */
  readonly failure: Failure | null
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly effect: Effect
}

/** Converts any response outside 2xx to an error, by the provider's error if it has a meaning, else by status. */
export function toRefusal(refusal: Refusal): WebhookError {
  const { provider, upstream, status, failure, headers, effect } = refusal
  const meaning = failure?.meaning
  const name = provider.displayName
  const slug = upstream.account.slug
  const facts = { upstream }

  switch (meaning?.kind ?? toKind(refusal)) {
    case 'INVALID_INPUT':
      return new InvalidInputError(toIssues(meaning, name), facts)
    case 'CONFLICT': {
      if (meaning?.kind !== 'CONFLICT') {
        const message = `${name} refused the request because of a conflict (HTTP ${status}). See upstream.message for its reason.`
        return new ConflictError(message, null, null, facts)
      }
      const { field, of } = meaning
      const wayOut = of === undefined ? `Choose a different ${field}` : 'Change one of them'
      const message = `${name} already has a webhook with this ${of ?? field}. ${wayOut} or update the existing webhook.`
      return new ConflictError(message, field, null, facts)
    }
    case 'LIMIT_REACHED': {
      const { limit, of = 'webhooks' } = meaning?.kind === 'LIMIT_REACHED' ? meaning : { limit: null }
      const most = limit === null ? 'no more' : `at most ${limit}`
      return new LimitReachedError(`${name} allows ${most} ${of} on account "${slug}". Delete one first.`, limit, facts)
    }
    case 'NOT_FOUND':
      return new NotFoundError(`${name} found no such object on account "${slug}". It may have been deleted.`, facts)
    case 'CREDENTIALS_REJECTED':
      return new CredentialsRejectedError(
        `${name} rejected the credentials of account "${slug}". Replace its token in the configuration.`,
        facts,
      )
    case 'PERMISSION_DENIED':
      return new PermissionDeniedError(
        `The credentials of account "${slug}" lack permission for this operation. Grant it at ${name}.`,
        facts,
      )
    case 'RATE_LIMITED': {
      const retryAfterMs = readLimitedMs(headers, toWindows(provider.rates)) ?? provider.rateLimitDelayMs
      return new RateLimitedError(
        `${name} is rate limiting account "${slug}". Wait ${Math.ceil(retryAfterMs / 1000)} s and retry.`,
        { ...facts, retryAfterMs },
      )
    }
    case 'NOT_CONFIGURED':
      return new UpstreamUnavailableError(
        `${name} has not enabled webhooks for account "${slug}". Ask ${name} to enable them.`,
        'NOT_CONFIGURED',
        facts,
      )
    case 'IN_PROGRESS':
      return new OutcomeUnknownError(
        `${name} is still processing an earlier attempt at this request. It may be carried out. Check before you retry.`,
        [],
        facts,
      )
    case 'SERVER_ERROR':
      return effect === 'WRITE'
        ? new OutcomeUnknownError(
            `${name} failed while processing the request (HTTP ${status}). It may have been carried out. Check before you retry.`,
            [],
            facts,
          )
        : new UpstreamUnavailableError(
            `${name} is failing${status < 300 ? '' : ` (HTTP ${status})`}. Nothing was changed. Retry later.`,
            'SERVER_ERROR',
            {
              ...facts,
              retryAfterMs: readRetryAfterMs(headers),
            },
          )
    case 'REDIRECT': {
      const message = `${name} redirected the request (HTTP ${status}). Redirects are never followed. Check the base URL of account "${slug}".`
      return effect === 'WRITE'
        ? new OutcomeUnknownError(`${message} The request may have been carried out. Check before you retry.`, [], facts)
        : new UpstreamContractError(message, facts)
    }
    case 'FOREIGN': {
      const message = `The response has HTTP status ${status} and does not look like one from ${name}. A proxy may have sent it.`
      return effect === 'WRITE'
        ? new OutcomeUnknownError(`${message} The request may have been carried out. Check before you retry.`, [], facts)
        : new UpstreamContractError(`${message} Check the base URL of account "${slug}" and any proxy in between.`, facts)
    }
    case 'REJECTED':
      return new UpstreamRejectedError(
        `${name} rejected the request (HTTP ${status}). See upstream.message for its reason.`,
        facts,
      )
  }
}

/**
 * Classifies by status. Only the provider's own error proves that a write was not carried out: a proxy may respond while the
 * provider is still working, or replace its response. 401 and 429 always come before processing, even from a proxy. Only
 * the provider knows that something does not exist.
 */
function toKind({ status, failure, effect }: Refusal) {
  if (status === 401) return 'CREDENTIALS_REJECTED'
  if (status === 429) return 'RATE_LIMITED'
  // 408 means that something timed out while the request was at an unknown stage.
  if (status >= 500 || status === 408) return 'SERVER_ERROR'
  if (status < 400) return 'REDIRECT'
  if (failure === null && (effect === 'WRITE' || status === 404)) return 'FOREIGN'
  switch (status) {
    case 403:
      return 'PERMISSION_DENIED'
    case 404:
      return 'NOT_FOUND'
    case 409:
      return 'CONFLICT'
    default:
      return 'REJECTED'
  }
}

function toIssues(meaning: Meaning | undefined, name: string): readonly InputIssue[] {
  const paths = meaning?.kind === 'INVALID_INPUT' ? meaning.paths : []
  return paths.map((path) => ({
    path: ['input', ...path],
    code: 'REJECTED_UPSTREAM',
    message: `${name} rejected this value. See upstream.message for its reason.`,
  }))
}
