import { isDeepStrictEqual } from 'node:util'
import type { Scope } from '../caller.ts'
import { mayHaveSecret } from '../gateway/journal/view.ts'
import { NotFoundError, WebhookError } from '../errors.ts'
import type { JournalEntry, WebhookState } from '../journal.ts'
import { needs } from './authorization.ts'
import type { Builder } from './builder.ts'
import type { Context } from './context.ts'
import { toErrorValue } from './errors.ts'
import type { WebhookResultRef, WebhookStatusRef } from './webhook.ts'

/** The JournalEntry type, and the enums that its lists are filtered by. */
export function addJournalEntry(builder: Builder, status: WebhookStatusRef, webhookResult: WebhookResultRef) {
  const operation = builder.enumType('JournalOperation', {
    description: 'An operation that the journal records.',
    values: {
      CREATE: { description: '`createWebhook`.' },
      UPDATE: { description: '`updateWebhook`.' },
      DELETE: { description: '`deleteWebhook`.' },
      VERIFY: { description: '`verifyWebhook`.' },
      ROTATE_SECRET: { description: '`rotateWebhookSecret`.' },
      TEST: { description: '`testWebhook`.' },
      REDELIVER: { description: '`redeliverEvent`.' },
    },
  })
  const state = builder.enumType('JournalState', {
    description: 'State of a journal entry.',
    values: {
      RUNNING: { description: 'The write has begun, and its outcome is not recorded yet.' },
      SUCCEEDED: { description: 'The write was carried out.' },
      FAILED: { description: 'The write failed and changed nothing. See `error`.' },
      UNKNOWN: { description: 'The write may have been carried out. See `candidates` and `settleJournalEntry`.' },
    },
  })
  builder.objectType('WebhookState', {
    description: 'What the journal keeps of a webhook.',
    fields: (t) => ({
      name: t.exposeString('name', { nullable: true, description: 'Display name, if any.' }),
      url: t.expose('url', { type: 'URL', description: 'URL that receives deliveries, with credentials masked.' }),
      enabled: t.exposeBoolean('enabled', { description: 'Whether it is enabled.' }),
      status: t.expose('status', { type: status, description: 'Whether it sends events, and if not, why.' }),
      eventTypes: t.exposeStringList('eventTypes', {
        nullable: true,
        description:
          'Event types it receives. `*` stands for all. Null if the provider has no event filter, or does not report it.',
      }),
    }),
  })
  builder.objectType('JournalEntry', {
    description: 'The record of one write.',
    interfaces: ['Node'],
    fields: (t) => ({
      operation: t.field({ type: operation, description: 'The operation.', resolve: (entry) => entry.operation }),
      state: t.field({ type: state, description: 'How far the write has come.', resolve: (entry) => entry.state }),
      open: t.exposeBoolean('isOpen', { description: 'Whether the outcome is still to be determined.' }),
      account: t.expose('account', { type: 'Account', description: 'The account.' }),
      webhookId: t.exposeID('webhookId', { nullable: true, description: 'The `id` of the webhook. Null if it has none yet.' }),
      webhook: t.field({
        type: webhookResult,
        nullable: true,
        extensions: needs(['webhooks:read']),
        description:
          'The webhook as it is now, or why it could not be read. Null if it does not exist. Costs an upstream request. Requires scope webhooks:read.',
        resolve: readWebhook,
      }),
      caller: t.exposeString('caller', { description: 'Name of the caller who sent the write.' }),
      planned: t.exposeBoolean('isPlanned', {
        description: 'Whether `applyWebhookPlan` has sent it, under an idempotency key.',
      }),
      before: t.expose('before', {
        type: 'WebhookState',
        nullable: true,
        description: 'The webhook before the write. Null if it did not exist or was not read.',
      }),
      after: t.expose('after', {
        type: 'WebhookState',
        nullable: true,
        description: 'The webhook after the write. Null if it does not exist or was not read.',
      }),
      changedFields: t.stringList({
        description: 'Names of the fields that differ between `before` and `after`. Empty unless both are known.',
        resolve: listChanged,
      }),
      error: t.field({
        type: 'WebhookError',
        nullable: true,
        description: 'The error that the write ended with, if any.',
        resolve: ({ error }) => toErrorValue(error instanceof WebhookError ? error : null),
      }),
      recovered: t.exposeBoolean('recovered', {
        description: "Whether the provider's response was lost and the gateway determined the outcome.",
      }),
      candidates: t.expose('candidates', {
        type: ['Webhook'],
        description: 'Webhooks that may be the result of an UNKNOWN write, as they were found.',
      }),
      secretUntil: t.expose('secretUntil', {
        type: 'DateTime',
        nullable: true,
        description: 'Until when `revealSigningSecret` returns the signing secret. Null if there is none, or not any more.',
      }),
      secretExpired: t.exposeBoolean('isSecretExpired', {
        description:
          'Whether the signing secret of a SUCCEEDED write may be lost: the journal has erased it because its time was over, or the webhook was adopted without it, ' +
          'and nobody has acknowledged it. If nobody has it, rotate it. Otherwise, acknowledge it.',
      }),
      missingScopes: t.stringList({
        description: 'Scopes that you lack to get the signing secret with `revealSigningSecret`. Empty if there is none to get.',
        resolve: listMissing,
      }),
      startedAt: t.expose('startedAt', { type: 'DateTime', description: 'When the write began.' }),
      settledAt: t.expose('settledAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When its outcome was recorded. Null while it is RUNNING.',
      }),
    }),
  })
  return { operation, state }
}

function listMissing(entry: JournalEntry, _: unknown, { caller: { name, scopes } }: Context): readonly Scope[] {
  if (entry.secretUntil === null) return []
  const isOwn = mayHaveSecret(entry, { name, revealsAll: false })
  const needed = ['webhooks:write', 'secrets:write', ...(isOwn ? [] : ['secrets:reveal' as const])] as const
  return needed.filter((scope) => !scopes.has(scope))
}

async function readWebhook({ webhookId }: JournalEntry, _: unknown, { get }: Context) {
  if (webhookId === null) return null
  try {
    return await get(webhookId)
  } catch (error) {
    if (error instanceof NotFoundError) return null
    throw error
  }
}

const stateFields = ['name', 'url', 'enabled', 'status', 'eventTypes'] as const satisfies (keyof WebhookState)[]

function listChanged({ before, after }: JournalEntry): string[] {
  if (before === null || after === null) return []
  return stateFields.filter((field) => !isDeepStrictEqual(toComparable(before[field]), toComparable(after[field])))
}

/** The order of event types says nothing. */
function toComparable(value: WebhookState[keyof WebhookState]) {
  return typeof value === 'object' && value !== null ? value.toSorted() : value
}
