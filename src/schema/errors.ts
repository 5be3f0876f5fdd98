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
        description: 'The input breaks rules: InvalidInputError.',
      },
      UNSUPPORTED: { description: 'The provider has no such field or operation, or not for this webhook.' },
      NOT_FOUND: { description: 'There is no such account, webhook or delivery.' },
      CONFLICT: { description: 'What must be unique is taken, or the webhook was changed meanwhile.' },
      LIMIT_REACHED: { description: 'The provider allows no more webhooks on this account.' },
      CREDENTIALS_REJECTED: { description: "The provider rejects the account's credentials." },
      PERMISSION_DENIED: { description: 'The credentials are valid and may not do this.' },
      RATE_LIMITED: { description: 'Too many calls; nothing was done.' },
      UPSTREAM_UNAVAILABLE: { description: 'The provider could not be reached or is failing; nothing was changed.' },
      UPSTREAM_CONTRACT: { description: 'A read was answered with something undocumented.' },
      UPSTREAM_REJECTED: { description: 'The provider refused the call for a reason of its own.' },
      OUTCOME_UNKNOWN: { description: 'A write was sent and not clearly answered: it may have been carried out.' },
    },
  })
  const advice = builder.enumType('RetryAdvice', {
    description: 'What to do about a failure.',
    values: {
      NEVER: { description: 'The same call will fail again.' },
      AFTER_FIX: { description: 'Change the input, the credentials or the account first.' },
      SAFE: { description: 'Nothing was changed upstream: send the same call again.' },
      SAFE_AFTER_DELAY: { description: 'As SAFE, but wait `retryAfterMs`.' },
      CHECK_FIRST: { description: 'It may have been carried out: look first.' },
    },
  })

  builder.objectType('UpstreamFailure', {
    description: 'What the provider said.',
    fields: (t) => ({
      account: t.expose('account', { type: 'Account', description: 'The account whose provider said it.' }),
      status: t.exposeInt('status', { nullable: true, description: 'HTTP status; null when no response came.' }),
      code: t.exposeString('code', {
        nullable: true,
        description: "The provider's own code, e.g. WEBHOOK_NAME_EXISTS.",
      }),
      message: t.exposeString('message', {
        nullable: true,
        description: "The provider's own text, cut and without secrets.",
      }),
      attempts: t.exposeInt('attempts', { description: 'Calls made, retries included.' }),
    }),
  })

  builder.interfaceType('WebhookError', {
    resolveType: ({ name }) => name,
    description: 'Every error implements it: one fragment reads them all, also those that come later.',
    fields: (t) => ({
      code: t.field({ type: code, description: 'The kind of failure.', resolve: (error) => error.code }),
      message: t.exposeString('message', {
        description: 'What happened, for people; never a secret.',
      }),
      retry: t.field({ type: advice, description: 'What to do about it.', resolve: (error) => error.retry }),
      retryAfterMs: t.exposeInt('retryAfterMs', {
        nullable: true,
        description: 'Milliseconds to wait first, where that helps.',
      }),
      upstream: t.expose('upstream', {
        type: 'UpstreamFailure',
        nullable: true,
        description: 'What the provider said, where it was called.',
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
      path: t.exposeStringList('path', { description: 'From the argument down, e.g. [input, eventTypes, 0].' }),
      code: t.field({ type: issueCode, description: 'What is wrong, to branch on.', resolve: (issue) => issue.code }),
      message: t.exposeString('message', { description: 'What is wrong and the way out.' }),
    }),
  })

  builder.objectType(InvalidInputError, {
    name: 'InvalidInputError',
    interfaces: ['WebhookError'],
    description: 'The input breaks rules. Nobody was called, unless `upstream` says so.',
    fields: (t) => ({
      issues: t.expose('issues', { type: ['InputIssue'], description: 'Everything that is wrong, each with its path.' }),
    }),
  })
  builder.objectType(UnsupportedError, {
    name: 'UnsupportedError',
    interfaces: ['WebhookError'],
    description:
      'The provider cannot do this: Provider.fields and Provider.operations tell beforehand. Nothing was written. `retry` is AFTER_FIX where another strategy or a field left out helps, and NEVER where nothing does.',
    fields: (t) => ({
      provider: t.field({
        type: 'Provider',
        description: 'The provider that cannot.',
        resolve: (error, _, { gateway }) => gateway.getProvider(error.provider),
      }),
      path: t.exposeStringList('path', { description: 'Input path or operation that the provider cannot serve.' }),
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
    description: 'What must be unique is taken, or the webhook was changed meanwhile.',
    fields: (t) => ({
      existing: t.expose('existing', {
        type: 'Webhook',
        nullable: true,
        description: 'The webhook in the way, or the one that was changed.',
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
    description: "The account's credentials are valid and may not do this.",
  })
  builder.objectType(RateLimitedError, {
    name: 'RateLimitedError',
    interfaces: ['WebhookError'],
    description: 'Too many calls. Nothing was done; `retryAfterMs` is always set.',
  })
  const reason = builder.enumType('UnavailableReason', {
    description: 'Why a provider was unavailable.',
    values: {
      CONNECTION: { description: 'No connection, or it broke.' },
      TIMEOUT: { description: 'It did not answer in time.' },
      SERVER_ERROR: { description: 'It answered that it is failing (HTTP 5xx).' },
      CIRCUIT_OPEN: { description: 'It failed too often and is left alone; nobody was called.' },
      AUDIT_FAILED: { description: 'The audit could not be written, so nobody was called.' },
      NOT_CONFIGURED: { description: 'The provider has webhooks not set up for this account.' },
      STOPPING: { description: 'The gateway is stopping; nobody was called.' },
    },
  })
  builder.objectType(UpstreamUnavailableError, {
    name: 'UpstreamUnavailableError',
    interfaces: ['WebhookError'],
    description: 'The provider cannot be reached or is failing. Nothing was changed.',
    fields: (t) => ({ reason: t.field({ type: reason, description: 'Why.', resolve: (error) => error.reason }) }),
  })
  builder.objectType(UpstreamContractError, {
    name: 'UpstreamContractError',
    interfaces: ['WebhookError'],
    description: 'A read was answered with something undocumented.',
  })
  builder.objectType(UpstreamRejectedError, {
    name: 'UpstreamRejectedError',
    interfaces: ['WebhookError'],
    description: 'The provider refused the call for a reason of its own; `upstream` has it.',
  })
  builder.objectType(OutcomeUnknownError, {
    name: 'OutcomeUnknownError',
    interfaces: ['WebhookError'],
    description: 'A write was sent and not clearly answered: it may have been carried out, and looking did not tell for sure.',
    fields: (t) => ({
      candidates: t.expose('candidates', {
        type: ['Webhook'],
        description: 'Webhooks that may be the outcome; empty also where looking failed.',
      }),
    }),
  })
}
