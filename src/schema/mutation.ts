import type { UpdateFields } from '../gateway/input.ts'
import { members } from '../gateway/members.ts'
import type { Provider } from '../provider/provider.ts'
import { warningCodes } from '../webhook.ts'
import type { Builder } from './builder.ts'
import { toEnumValues } from './describe.ts'
import { type SecretStateRef, toSecretState } from './secret.ts'

/** createWebhook, updateWebhook and deleteWebhook with their results. */
export function addMutations(builder: Builder, providers: readonly Provider[], secretState: SecretStateRef): void {
  const warningCode = builder.enumType('WarningCode', {
    description: 'What a warning can be about.',
    values: toEnumValues(warningCodes),
  })
  builder.objectType('Warning', {
    description: 'Something to know although the operation succeeded.',
    fields: (t) => ({
      code: t.field({ type: warningCode, description: 'What it is about, for programs.', resolve: ({ code }) => code }),
      message: t.exposeString('message', { description: 'What it means and what to do, for people.' }),
    }),
  })
  builder.objectType('CreateWebhookSuccess', {
    description: 'The webhook exists.',
    fields: (t) => ({
      webhook: t.expose('webhook', { type: 'Webhook', description: 'The webhook as the provider shows it.' }),
      signingSecret: t.string({
        nullable: true,
        resolve: ({ signingSecret }) => signingSecret?.reveal() ?? null,
        description: 'What deliveries are signed with. Store it now: it is not shown again. Null where `secretState` says why.',
      }),
      secretState: t.field({
        type: secretState,
        description: 'Whether `signingSecret` has the secret, and if not, why.',
        resolve: ({ signingSecret }) => toSecretState(signingSecret),
      }),
      warnings: t.expose('warnings', { type: ['Warning'], description: 'What to know or do next.' }),
    }),
  })
  builder.objectType('UpdateWebhookSuccess', {
    description: 'The change is in effect.',
    fields: (t) => ({
      webhook: t.expose('webhook', { type: 'Webhook', description: 'The webhook as the provider shows it now.' }),
      warnings: t.expose('warnings', { type: ['Warning'], description: 'What to know or do next.' }),
    }),
  })
  builder.objectType('DeleteWebhookSuccess', {
    description: 'The webhook does not exist any more.',
    fields: (t) => ({
      deletedId: t.exposeID('deletedId', { description: 'The id that was given.' }),
      alreadyAbsent: t.exposeBoolean('alreadyAbsent', { description: 'Whether it was already gone.' }),
      warnings: t.expose('warnings', { type: ['Warning'], description: 'What to know or do next.' }),
    }),
  })

  builder.objectType('UpstreamRequest', {
    description:
      'A call to a provider as it would be sent, without headers. In it, (new-id) stands for an id that an earlier call yields, [generated] for a random value made for each call, and [secret] for a secret.',
    fields: (t) => ({
      method: t.exposeString('method', { description: 'HTTP method.' }),
      url: t.exposeString('url', {
        description: 'The whole URL.',
      }),
      body: t.expose('body', {
        type: 'JSON',
        nullable: true,
        description: 'The JSON body; null where there is none.',
      }),
    }),
  })
  builder.objectType('MutationPreview', {
    description: 'What a mutation would do. Nothing was written.',
    fields: (t) => ({
      requests: t.expose('requests', {
        type: ['UpstreamRequest'],
        description: 'The writes that would be sent, in order.',
      }),
      warnings: t.expose('warnings', {
        type: ['Warning'],
        description: 'Warnings that are known beforehand.',
      }),
    }),
  })

  const created = builder.errorUnion('CreateWebhookResult', {
    description: 'The new webhook, or why there is none.',
    types: ['CreateWebhookSuccess', 'MutationPreview', ...members.CREATE],
    resolveType: toResolveType('CreateWebhookSuccess'),
  })
  const updated = builder.errorUnion('UpdateWebhookResult', {
    description: 'The webhook as it is now, or why it was not changed.',
    types: ['UpdateWebhookSuccess', 'MutationPreview', ...members.UPDATE],
    resolveType: toResolveType('UpdateWebhookSuccess'),
  })
  const deleted = builder.errorUnion('DeleteWebhookResult', {
    description: 'The deletion, or why there was none.',
    types: ['DeleteWebhookSuccess', 'MutationPreview', ...members.DELETE],
    resolveType: toResolveType('DeleteWebhookSuccess'),
  })

  builder.mutationFields((t) => ({
    createWebhook: t.field({
      type: created,
      extensions: { operation: 'CREATE' },
      authScopes: { 'secrets:write': true },
      description:
        'Creates a webhook, never twice: if the response is lost, the gateway looks for it. Also needs scope secrets:write.',
      args: { input: t.arg({ type: 'CreateWebhookInput', required: true, description: 'The webhook to create.' }) },
      resolve: (_, { input: { validateOnly, ...input } }, { gateway, write }) =>
        validateOnly
          ? gateway.previewCreate(input)
          : write({ operation: 'CREATE', account: input.account }, (asker) => gateway.create(input, asker)),
    }),
    updateWebhook: t.field({
      type: updated,
      extensions: { operation: 'UPDATE' },
      authScopes: (_, { input }) => (setsSecret(providers, input) ? { 'secrets:write': true } : true),
      description: 'Changes the given fields and nothing else. To set a secret also needs scope secrets:write.',
      args: { input: t.arg({ type: 'UpdateWebhookInput', required: true, description: 'What to change.' }) },
      resolve: (_, { input: { validateOnly, ...input } }, { gateway, write }) =>
        validateOnly
          ? gateway.previewUpdate(input)
          : write({ operation: 'UPDATE', id: input.id, input }, (asker) => gateway.update(input, asker)),
    }),
    deleteWebhook: t.field({
      type: deleted,
      extensions: { operation: 'DELETE' },
      description: 'Deletes a webhook for good. Succeeds too if it is already gone.',
      args: { input: t.arg({ type: 'DeleteWebhookInput', required: true, description: 'The webhook to delete.' }) },
      resolve: (_, { input }, { gateway, write }) =>
        input.validateOnly
          ? gateway.previewRemove(input.id)
          : write({ operation: 'DELETE', id: input.id }, (asker) => gateway.remove(input.id, asker)),
    }),
  }))
}

/** What a result that is no error is: a preview has requests, a success has not. */
function toResolveType(success: string) {
  return (result: object) => (result instanceof Error ? undefined : 'requests' in result ? 'MutationPreview' : success)
}

/** Whether an input gives a webhook another signing secret. */
function setsSecret(providers: readonly Provider[], { options }: Pick<UpdateFields, 'options'>): boolean {
  return providers.some(({ name, options: statements }) =>
    Object.entries(options?.[name] ?? {}).some(([key, value]) => value != null && statements[key]?.secret === true),
  )
}
