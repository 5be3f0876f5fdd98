import { wrapErrorIfMatches } from '@pothos/plugin-errors'
import {
  ConflictError,
  CredentialsRejectedError,
  inputIssueCodes,
  InvalidInputError,
  LimitReachedError,
  NotFoundError,
  OutcomeUnknownError,
  PermissionDeniedError,
  RateLimitedError,
  UnsupportedError,
  UpstreamContractError,
  UpstreamRejectedError,
  UpstreamUnavailableError,
  type WebhookError,
} from '../errors.ts'
import { allMembers } from '../gateway/members.ts'
import type { Builder } from './builder.ts'
import { toEnumValues } from './describe.ts'

/** An error as a field's value; as it is, the executor would throw it. */
export function toErrorValue(error: WebhookError | null): WebhookError | null {
  // Pothos wraps the error in a proxy of it and has no type for that.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return error === null ? null : (wrapErrorIfMatches(error, [...allMembers]) as WebhookError)
}

/** The interface WebhookError, its members and what they hold. */
export function addErrors(builder: Builder): void {
  const code = builder.enumType('WebhookErrorCode', {
    description: 'The kind of a failure; one for each type that implements WebhookError.',
    values: {
      INVALID_INPUT: {
        description: 'The input is invalid.',
      },
      UNSUPPORTED: { description: 'The provider has no such field or operation, or not for this webhook.' },
      NOT_FOUND: { description: 'There is no such account, webhook or delivery.' },
      CONFLICT: { description: 'A value that must be unique is taken, or the webhook was changed in the meantime.' },
      LIMIT_REACHED: { description: 'The provider allows no more webhooks on this account.' },
      CREDENTIALS_REJECTED: { description: "The provider rejects the account's credentials." },
      PERMISSION_DENIED: { description: 'The credentials are valid, but may not do this.' },
      RATE_LIMITED: { description: 'Too many requests; nothing was done.' },
      UPSTREAM_UNAVAILABLE: { description: 'The provider could not be reached or is failing; nothing was changed.' },
      UPSTREAM_CONTRACT: { description: 'The provider answered a read with something that it does not document.' },
      UPSTREAM_REJECTED: { description: 'The provider refused the request for a reason of its own.' },
      OUTCOME_UNKNOWN: { description: 'A write was sent, but no clear response came: it may have been carried out.' },
    },
  })
  const advice = builder.enumType('RetryAdvice', {
    description: 'What to do about a failure.',
    values: {
      NEVER: { description: 'The same request will fail again.' },
      AFTER_FIX: { description: 'Change the input, the credentials or the account first.' },
      SAFE: { description: 'Nothing was changed: send the same request again.' },
      SAFE_AFTER_DELAY: { description: 'As SAFE, but wait for `retryAfterMs` first.' },
      CHECK_FIRST: { description: 'It may have been carried out: check before you send it again.' },
    },
  })

  builder.objectType('UpstreamFailure', {
    description: 'What the provider said.',
    fields: (t) => ({
      account: t.expose('account', { type: 'Account', description: 'The account whose provider said it.' }),
      status: t.exposeInt('status', {
        nullable: true,
        description: 'HTTP status; null when no response came, or none is to blame by its status.',
      }),
      code: t.exposeString('code', {
        nullable: true,
        description: "The provider's own code, e.g. WEBHOOK_NAME_EXISTS.",
      }),
      message: t.exposeString('message', {
        nullable: true,
        description: "The provider's own text, truncated and without secrets.",
      }),
      attempts: t.exposeInt('attempts', { description: 'Upstream calls made, retries included.' }),
    }),
  })

  builder.interfaceType('WebhookError', {
    resolveType: ({ name }) => name,
    description: 'Every error. All types that implement it, those of later releases too, have names that end in Error.',
    fields: (t) => ({
      code: t.field({ type: code, description: 'The kind of failure.', resolve: (error) => error.code }),
      message: t.exposeString('message', {
        description: 'What happened, for people; no secrets.',
      }),
      retry: t.field({ type: advice, description: 'What to do about it.', resolve: (error) => error.retry }),
      retryAfterMs: t.exposeInt('retryAfterMs', {
        nullable: true,
        description: 'Milliseconds to wait first, where known.',
      }),
      upstream: t.expose('upstream', {
        type: 'UpstreamFailure',
        nullable: true,
        description: 'What the provider said, if it was called.',
      }),
    }),
  })

  const issueCode = builder.enumType('InputIssueCode', {
    description: 'What can be wrong with an input.',
    values: toEnumValues(inputIssueCodes),
  })
  builder.objectType('InputIssue', {
    description: 'One thing that is wrong with an input.',
    fields: (t) => ({
      path: t.exposeStringList('path', { description: 'Where it is, from the argument down, e.g. [input, eventTypes, 0].' }),
      code: t.field({ type: issueCode, description: 'What is wrong, for programs.', resolve: (issue) => issue.code }),
      message: t.exposeString('message', { description: 'What is wrong and how to fix it, for people.' }),
    }),
  })

  builder.objectType(InvalidInputError, {
    name: 'InvalidInputError',
    interfaces: ['WebhookError'],
    description: 'The input is invalid. No provider was called, unless `upstream` is set.',
    fields: (t) => ({
      issues: t.expose('issues', { type: ['InputIssue'], description: 'Everything that is wrong.' }),
    }),
  })
  builder.objectType(UnsupportedError, {
    name: 'UnsupportedError',
    interfaces: ['WebhookError'],
    description:
      'The provider cannot do this; Provider.fields and Provider.operations say so beforehand. Nothing was written. `retry` is AFTER_FIX where leaving a field out or another strategy helps, else NEVER.',
    fields: (t) => ({
      provider: t.field({
        type: 'Provider',
        description: 'The provider that cannot do it.',
        resolve: (error, _, { gateway }) => gateway.getProvider(error.provider),
      }),
      path: t.exposeStringList('path', { description: 'Path of the input, or operation, that the provider does not support.' }),
    }),
  })
  builder.objectType(NotFoundError, {
    name: 'NotFoundError',
    interfaces: ['WebhookError'],
    description: 'There is no such account, webhook or delivery.',
  })
  builder.objectType(ConflictError, {
    name: 'ConflictError',
    interfaces: ['WebhookError'],
    description: 'A value that must be unique is taken, or the webhook was changed in the meantime.',
    fields: (t) => ({
      existing: t.expose('existing', {
        type: 'Webhook',
        nullable: true,
        description: 'The webhook that has the value, or that was changed.',
      }),
    }),
  })
  builder.objectType(LimitReachedError, {
    name: 'LimitReachedError',
    interfaces: ['WebhookError'],
    description: 'The provider allows no more webhooks on this account.',
    fields: (t) => ({
      limit: t.exposeInt('limit', { nullable: true, description: 'How many it allows; null where it does not say.' }),
    }),
  })
  builder.objectType(CredentialsRejectedError, {
    name: 'CredentialsRejectedError',
    interfaces: ['WebhookError'],
    description: "The provider rejects the account's credentials.",
  })
  builder.objectType(PermissionDeniedError, {
    name: 'PermissionDeniedError',
    interfaces: ['WebhookError'],
    description: "The account's credentials are valid, but may not do this.",
  })
  builder.objectType(RateLimitedError, {
    name: 'RateLimitedError',
    interfaces: ['WebhookError'],
    description: 'Too many requests. Nothing was done; `retryAfterMs` is always set.',
  })
  const reason = builder.enumType('UnavailableReason', {
    description: 'Why a provider was unavailable.',
    values: {
      CONNECTION: { description: 'The connection failed or broke.' },
      TIMEOUT: { description: 'It did not respond in time.' },
      SERVER_ERROR: { description: 'It responded with HTTP 5xx.' },
      CIRCUIT_OPEN: { description: 'It failed too often and was not called.' },
      AUDIT_FAILED: { description: 'The audit log could not be written, so it was not called.' },
      NOT_CONFIGURED: { description: 'Webhooks are not set up for this account at the provider.' },
      STOPPING: { description: 'The gateway is shutting down; it was not called.' },
    },
  })
  builder.objectType(UpstreamUnavailableError, {
    name: 'UpstreamUnavailableError',
    interfaces: ['WebhookError'],
    description: 'The provider cannot be reached or is failing. Nothing was changed.',
    fields: (t) => ({
      reason: t.field({ type: reason, description: 'Why it was unavailable.', resolve: (error) => error.reason }),
    }),
  })
  builder.objectType(UpstreamContractError, {
    name: 'UpstreamContractError',
    interfaces: ['WebhookError'],
    description: 'The provider answered a read with something that it does not document.',
  })
  builder.objectType(UpstreamRejectedError, {
    name: 'UpstreamRejectedError',
    interfaces: ['WebhookError'],
    description: 'The provider refused the request for a reason of its own; `upstream` has what it said.',
  })
  builder.objectType(OutcomeUnknownError, {
    name: 'OutcomeUnknownError',
    interfaces: ['WebhookError'],
    description: 'A write was sent, but no clear response came, and reading did not settle whether it was carried out.',
    fields: (t) => ({
      candidates: t.expose('candidates', {
        type: ['Webhook'],
        description: 'Webhooks that may be the result; also empty where they could not be read.',
      }),
    }),
  })
}
