import { wrapErrorIfMatches } from '@pothos/plugin-errors'
import * as errors from '../errors.ts'
import { allMembers } from '../gateway/members.ts'
import type { Builder } from './builder.ts'
import { journalEntry, toEnumValues } from './describe.ts'

/** Wraps an error as a field value; the executor would throw it otherwise. */
export function toErrorValue(error: errors.WebhookError | null): errors.WebhookError | null {
  // Pothos wraps the error in an untyped proxy.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return error === null ? null : (wrapErrorIfMatches(error, [...allMembers]) as errors.WebhookError)
}

/** The WebhookError interface, its members and their fields. */
export function addErrors(builder: Builder): void {
  const code = builder.enumType('WebhookErrorCode', {
    description: 'Error code, one for each type that implements WebhookError.',
    values: toEnumValues(errors.webhookErrorCodes),
  })
  const advice = builder.enumType('RetryAdvice', {
    description: 'Whether and when to retry after an error.',
    values: {
      NEVER: { description: 'Do not retry: the same request will fail again.' },
      AFTER_FIX: { description: 'Fix the input, the credentials or the account first.' },
      SAFE: { description: 'Nothing was changed. Send the same request again.' },
      SAFE_AFTER_DELAY: { description: 'Same as SAFE, but wait for `retryAfterMs` first.' },
      CHECK_FIRST: { description: 'The write may have been carried out. Check before you retry.' },
    },
  })

  builder.objectType('UpstreamFailure', {
    description: 'Details of a failed upstream request.',
    fields: (t) => ({
      account: t.expose('account', { type: 'Account', description: 'The account the request was for.' }),
      status: t.exposeInt('status', {
        nullable: true,
        description: 'HTTP status. Null if there was no response, or the status did not cause the error.',
      }),
      code: t.exposeString('code', { nullable: true, description: "The provider's error code, e.g. WEBHOOK_NAME_EXISTS." }),
      message: t.exposeString('message', {
        nullable: true,
        description: "The provider's error text, truncated, with secrets removed.",
      }),
      attempts: t.exposeInt('attempts', { description: 'Number of upstream requests sent, including retries.' }),
    }),
  })

  builder.interfaceType('WebhookError', {
    resolveType: ({ name }) => name,
    description: 'Implemented by every error type. The names of all error types, now and in future releases, end in Error.',
    fields: (t) => ({
      code: t.field({ type: code, description: 'Error code.', resolve: (error) => error.code }),
      message: t.exposeString('message', { description: 'Human-readable message. Contains no secrets.' }),
      retry: t.field({ type: advice, description: 'Whether and when to retry.', resolve: (error) => error.retry }),
      retryAfterMs: t.exposeInt('retryAfterMs', { nullable: true, description: 'Milliseconds to wait before a retry.' }),
      upstream: t.expose('upstream', {
        type: 'UpstreamFailure',
        nullable: true,
        description: 'The failed upstream request, if any.',
      }),
      journalEntry: t.expose('journalEntry', journalEntry),
    }),
  })

  const issueCode = builder.enumType('InputIssueCode', {
    description: 'Kind of problem with an input.',
    values: toEnumValues(errors.inputIssueCodes),
  })
  builder.objectType('InputIssue', {
    description: 'A problem with an input.',
    fields: (t) => ({
      path: t.exposeStringList('path', { description: 'Path from the argument to the value, e.g. [input, eventTypes, 0].' }),
      code: t.field({ type: issueCode, description: 'Machine-readable code.', resolve: (issue) => issue.code }),
      message: t.exposeString('message', { description: 'What is wrong and how to fix it.' }),
    }),
  })

  builder.objectType(errors.InvalidInputError, {
    name: 'InvalidInputError',
    interfaces: ['WebhookError'],
    description: 'The input is invalid. No request was sent to the provider unless `upstream` is set.',
    fields: (t) => ({ issues: t.expose('issues', { type: ['InputIssue'], description: 'All problems found.' }) }),
  })
  builder.objectType(errors.UnsupportedError, {
    name: 'UnsupportedError',
    interfaces: ['WebhookError'],
    description:
      'The provider does not support this. Nothing was changed. Provider.fields and Provider.operations list what is supported. `retry` is AFTER_FIX if you can omit a field or choose another strategy, otherwise NEVER.',
    fields: (t) => ({
      provider: t.field({
        type: 'Provider',
        description: 'The provider that lacks support.',
        resolve: (error, _, { gateway }) => gateway.getProvider(error.provider),
      }),
      path: t.exposeStringList('path', { description: 'The unsupported input path or operation.' }),
    }),
  })
  builder.objectType(errors.ConflictError, {
    name: 'ConflictError',
    interfaces: ['WebhookError'],
    description: 'A unique value is already in use, or the webhook changed during the operation.',
    fields: (t) => ({
      existing: t.expose('existing', {
        type: 'Webhook',
        nullable: true,
        description: 'The webhook that uses the value or changed.',
      }),
    }),
  })
  builder.objectType(errors.LimitReachedError, {
    name: 'LimitReachedError',
    interfaces: ['WebhookError'],
    description: "The account has reached the provider's webhook limit.",
    fields: (t) => ({
      limit: t.exposeInt('limit', {
        nullable: true,
        description: 'Maximum number of webhooks. Null if the provider does not report it.',
      }),
    }),
  })
  const reason = builder.enumType('UnavailableReason', {
    description: 'Why a provider was unavailable.',
    values: {
      CONNECTION: { description: 'The connection failed or was interrupted.' },
      TIMEOUT: { description: 'The provider did not respond in time.' },
      SERVER_ERROR: { description: 'The provider responded with HTTP 5xx.' },
      CIRCUIT_OPEN: { description: 'No request was sent because recent ones failed too often.' },
      AUDIT_FAILED: { description: 'No request was sent because the audit log could not be written.' },
      NOT_CONFIGURED: { description: 'The provider has not enabled webhooks for this account.' },
      STOPPING: { description: 'No request was sent because the gateway is shutting down.' },
    },
  })
  builder.objectType(errors.UpstreamUnavailableError, {
    name: 'UpstreamUnavailableError',
    interfaces: ['WebhookError'],
    description: 'The provider is unreachable or failing. Nothing was changed.',
    fields: (t) => ({
      reason: t.field({ type: reason, description: 'Why the provider was unavailable.', resolve: (error) => error.reason }),
    }),
  })
  builder.objectType(errors.OutcomeUnknownError, {
    name: 'OutcomeUnknownError',
    interfaces: ['WebhookError'],
    description: 'A write was sent but not clearly confirmed, and the gateway could not determine its outcome.',
    fields: (t) => ({
      candidates: t.expose('candidates', {
        type: ['Webhook'],
        description: 'Webhooks that may be the result. Empty if there are none or they could not be read.',
      }),
    }),
  })

  const plain = [
    [errors.NotFoundError, 'The account, webhook or delivery does not exist.'],
    [errors.CredentialsRejectedError, "The provider rejected the account's credentials."],
    [errors.PermissionDeniedError, 'The credentials of the account, or of the caller, are valid but lack permission.'],
    [errors.RateLimitedError, 'Too many requests. Nothing was changed. `retryAfterMs` is always set.'],
    [errors.UpstreamContractError, "The provider's response to a read does not match its documentation."],
    [errors.StoreUnavailableError, 'The journal cannot be used, so the request was not sent to the provider.'],
    [errors.UpstreamRejectedError, 'The provider rejected the request. See `upstream` for its reason.'],
  ] as const
  for (const [type, description] of plain) {
    builder.objectType(type, { name: type.name, interfaces: ['WebhookError'], description })
  }
}
