import { members } from '../gateway/members.ts'
import { toUnchecked } from '../gateway/unchecked.ts'
import type { Provider } from '../provider/provider.ts'
import { warningCodes } from '../webhook.ts'
import { needs } from './authorization.ts'
import type { Builder } from './builder.ts'
import { journalEntry, replayed, toEnumValues, warnings } from './describe.ts'
import { type SecretStateRef, signingSecret, toStateField } from './secret.ts'

export type MutationResults = ReturnType<typeof addMutations>

/** createWebhook, updateWebhook and deleteWebhook, with their results. */
export function addMutations(builder: Builder, providers: readonly Provider[], secretState: SecretStateRef) {
  const warningCode = builder.enumType('WarningCode', { description: 'Kind of warning.', values: toEnumValues(warningCodes) })
  builder.objectType('Warning', {
    description: 'A warning about an operation that succeeded.',
    fields: (t) => ({
      code: t.field({ type: warningCode, description: 'Machine-readable code.', resolve: ({ code }) => code }),
      message: t.exposeString('message', { description: 'What it means and what to do.' }),
    }),
  })
  builder.objectType('CreateWebhookSuccess', {
    description: 'The webhook was created.',
    fields: (t) => ({
      webhook: t.expose('webhook', { type: 'Webhook', description: 'The webhook as the provider returned it.' }),
      signingSecret: t.string(signingSecret),
      secretState: t.field(toStateField(secretState)),
      warnings: t.expose('warnings', warnings),
      journalEntry: t.expose('journalEntry', journalEntry),
      replayed: t.exposeBoolean('replayed', replayed),
    }),
  })
  builder.objectType('UpdateWebhookSuccess', {
    description: 'The webhook was updated.',
    fields: (t) => ({
      webhook: t.expose('webhook', { type: 'Webhook', description: 'The webhook after the update.' }),
      warnings: t.expose('warnings', warnings),
      journalEntry: t.expose('journalEntry', journalEntry),
      replayed: t.exposeBoolean('replayed', replayed),
    }),
  })
  builder.objectType('DeleteWebhookSuccess', {
    description: 'The webhook no longer exists.',
    fields: (t) => ({
      deletedId: t.exposeID('deletedId', { description: 'The `id` from the input.' }),
      alreadyAbsent: t.exposeBoolean('alreadyAbsent', { description: 'Whether the webhook had already been deleted.' }),
      warnings: t.expose('warnings', warnings),
      journalEntry: t.expose('journalEntry', journalEntry),
      replayed: t.exposeBoolean('replayed', replayed),
    }),
  })

  builder.objectType('UpstreamRequest', {
    description:
      'A planned request to a provider, without headers. Placeholders: (new-id) is an ID that an earlier request returns, [generated] a random value, [secret] a secret.',
    fields: (t) => ({
      method: t.exposeString('method', { description: 'HTTP method.' }),
      url: t.exposeString('url', { description: 'Full URL.' }),
      body: t.expose('body', { type: 'JSON', nullable: true, description: 'JSON body. Null if the request has none.' }),
    }),
  })
  builder.objectType('MutationPreview', {
    description: 'What a mutation would do. Nothing was changed.',
    fields: (t) => ({
      requests: t.expose('requests', { type: ['UpstreamRequest'], description: 'The writes that would be sent, in order.' }),
      warnings: t.expose('warnings', { type: ['Warning'], description: 'Warnings known in advance.' }),
    }),
  })

  const created = builder.errorUnion('CreateWebhookResult', {
    description: 'The new webhook, or why none was created.',
    types: ['CreateWebhookSuccess', 'MutationPreview', ...members.CREATE],
    resolveType: toResolveType('CreateWebhookSuccess'),
  })
  const updated = builder.errorUnion('UpdateWebhookResult', {
    description: 'The updated webhook, or why it was not updated.',
    types: ['UpdateWebhookSuccess', 'MutationPreview', ...members.UPDATE],
    resolveType: toResolveType('UpdateWebhookSuccess'),
  })
  const deleted = builder.errorUnion('DeleteWebhookResult', {
    description: 'The result of the deletion, or why nothing was deleted.',
    types: ['DeleteWebhookSuccess', 'MutationPreview', ...members.DELETE],
    resolveType: toResolveType('DeleteWebhookSuccess'),
  })

  builder.mutationFields((t) => ({
    createWebhook: t.field({
      type: created,
      extensions: { operation: 'CREATE', ...needs(['secrets:write']) },
      description:
        'Creates a webhook. If the response is lost, the gateway searches for the webhook, or sends the request again if the provider carries it out only once. Also requires scope secrets:write.',
      args: { input: t.arg({ type: 'CreateWebhookInput', required: true, description: 'The webhook to create.' }) },
      resolve: (_, { input: { validateOnly, idempotencyKey, ...input } }, { gateway, write }) =>
        validateOnly
          ? gateway.previewCreate(input)
          : write({ operation: 'CREATE', account: input.account, idempotencyKey }, (asker) => gateway.create(input, asker)),
    }),
    updateWebhook: t.field({
      type: updated,
      extensions: { operation: 'UPDATE', ...needs(({ input }) => (setsSecret(providers, input) ? ['secrets:write'] : [])) },
      description: 'Updates only the given fields. Setting a secret also requires scope secrets:write.',
      args: { input: t.arg({ type: 'UpdateWebhookInput', required: true, description: 'The fields to change.' }) },
      resolve: (_, { input: { validateOnly, idempotencyKey, ...input } }, { gateway, write }) =>
        validateOnly
          ? gateway.previewUpdate(input)
          : write({ operation: 'UPDATE', id: input.id, input, idempotencyKey }, (asker) => gateway.update(input, asker)),
    }),
    deleteWebhook: t.field({
      type: deleted,
      extensions: { operation: 'DELETE' },
      description: 'Permanently deletes a webhook. Also succeeds if it has already been deleted.',
      args: { input: t.arg({ type: 'DeleteWebhookInput', required: true, description: 'The webhook to delete.' }) },
      resolve: (_, { input: { id, validateOnly, idempotencyKey } }, { gateway, write }) =>
        validateOnly
          ? gateway.previewRemove(id)
          : write({ operation: 'DELETE', id, idempotencyKey }, (asker) => gateway.remove(id, asker)),
    }),
  }))
  return { created, updated, deleted }
}

/** Distinguishes a preview, which has requests, from a success. */
function toResolveType(success: string) {
  return (result: object) => (result instanceof Error ? undefined : 'requests' in result ? 'MutationPreview' : success)
}

/** Whether an input sets the signing secret. */
export function setsSecret(providers: readonly Provider[], input: unknown): boolean {
  const options = toUnchecked(toUnchecked(input)['options'])
  return providers.some(({ name, options: statements }) =>
    Object.entries(toUnchecked(options[name])).some(([key, value]) => value != null && statements[key]?.secret === true),
  )
}
