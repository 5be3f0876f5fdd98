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
        description:
          'The input breaks a rule; `issues` lists every one. Nobody was called, unless the provider itself refused it.',
      },
      UNSUPPORTED: { description: 'The provider has no such field or operation, or not for this webhook. Nothing was written.' },
      NOT_FOUND: { description: 'There is no such account or webhook.' },
      CONFLICT: { description: 'Something that must be unique is taken, or the webhook was changed meanwhile.' },
      LIMIT_REACHED: { description: 'The provider allows no more webhooks on this account.' },
      CREDENTIALS_REJECTED: { description: "The provider rejects the account's credentials." },
      PERMISSION_DENIED: { description: 'The credentials are valid and may not do this.' },
      RATE_LIMITED: { description: 'Too many calls; nothing was done.' },
      UPSTREAM_UNAVAILABLE: { description: 'The provider could not be reached or is failing; nothing was changed.' },
      UPSTREAM_CONTRACT: { description: 'The provider answered a read with something its documentation does not promise.' },
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
        description: "The provider's own machine code, e.g. WEBHOOK_NAME_EXISTS; null where it has none.",
      }),
      message: t.exposeString('message', {
        nullable: true,
        description: "The provider's own text, cut to 500 characters, secrets removed.",
      }),
      attempts: t.exposeInt('attempts', { description: 'Calls made, retries included.' }),
    }),
  })

  builder.interfaceType('WebhookError', {
    resolveType: ({ name }) => name,
    description:
      'Every error member of every result union implements it: a client needs one fragment, and members that come later never break it.',
    fields: (t) => ({
      code: t.field({ type: code, description: 'The kind of failure, to branch on.', resolve: (error) => error.code }),
      message: t.exposeString('message', {
        description: 'A sentence of ours, fit to show to a person; never upstream text, never a secret.',
      }),
      retry: t.field({ type: advice, description: 'What to do about it.', resolve: (error) => error.retry }),
      retryAfterMs: t.exposeInt('retryAfterMs', {
        nullable: true,
        description: 'Milliseconds to wait before the next try; null where waiting is not the point.',
      }),
      upstream: t.expose('upstream', {
        type: 'UpstreamFailure',
        nullable: true,
        description: 'What the provider said; null when the call never left the gateway.',
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
    description:
      'The input breaks a rule. Every issue is listed, and nobody was called, unless the provider itself refused it (then `upstream` says so).',
    fields: (t) => ({
      issues: t.expose('issues', { type: ['InputIssue'], description: 'Everything that is wrong, each with its path.' }),
    }),
  })
  builder.objectType(UnsupportedError, {
    name: 'UnsupportedError',
    interfaces: ['WebhookError'],
    description:
      'The provider cannot serve a field or an operation, or not for this webhook. Nothing was written. Provider.fields and Provider.operations ' +
      'tell beforehand. `retry` is AFTER_FIX where the input can be changed, by another strategy or a field left out, and NEVER where nothing ' +
      'the caller does will help.',
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
    description: 'There is no such account or webhook. `upstream` is null when the id alone told.',
  })
  builder.objectType(ConflictError, {
    name: 'ConflictError',
    interfaces: ['WebhookError'],
    description: 'Something that must be unique is taken, or a webhook was changed while it was being replaced.',
    fields: (t) => ({
      existing: t.expose('existing', {
        type: 'Webhook',
        nullable: true,
        description: 'The webhook in the way, where it can be told; the one that was changed, as it is now.',
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
    description: "The provider rejects the account's credentials: an operator has to renew them.",
  })
  builder.objectType(PermissionDeniedError, {
    name: 'PermissionDeniedError',
    interfaces: ['WebhookError'],
    description: "The account's credentials are valid, but may not do this at the provider.",
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
      CIRCUIT_OPEN: { description: 'It failed so often that it is left alone for a while; nobody was called.' },
      AUDIT_FAILED: { description: 'The gateway could not write down that the write begins, so nobody was called.' },
      NOT_CONFIGURED: { description: 'The provider has webhooks not set up for this account.' },
      STOPPING: { description: 'The gateway itself is stopping and begins no further write; nobody was called.' },
    },
  })
  builder.objectType(UpstreamUnavailableError, {
    name: 'UpstreamUnavailableError',
    interfaces: ['WebhookError'],
    description: 'The provider could not be reached or is failing. Nothing was changed upstream.',
    fields: (t) => ({ reason: t.field({ type: reason, description: 'Why.', resolve: (error) => error.reason }) }),
  })
  builder.objectType(UpstreamContractError, {
    name: 'UpstreamContractError',
    interfaces: ['WebhookError'],
    description:
      'The provider answered a read with something its documentation does not promise. Its API changed, or a proxy stands between.',
  })
  builder.objectType(UpstreamRejectedError, {
    name: 'UpstreamRejectedError',
    interfaces: ['WebhookError'],
    description: 'The provider refused the call for a reason of its own; `upstream` has it.',
  })
  builder.objectType(OutcomeUnknownError, {
    name: 'OutcomeUnknownError',
    interfaces: ['WebhookError'],
    description:
      'A write was sent and not clearly answered (the connection ended, HTTP 5xx, an unreadable answer, or one of somebody else): it may have been carried out, and looking did not tell for sure. A create is never sent again.',
    fields: (t) => ({
      candidates: t.expose('candidates', {
        type: ['Webhook'],
        description: 'Webhooks found upstream that may be the outcome; empty also where looking failed.',
      }),
    }),
  })
}
