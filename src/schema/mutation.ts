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
    description: 'Something the caller should know although the call succeeded.',
    fields: (t) => ({
      code: t.field({ type: warningCode, description: 'What it is, to branch on.', resolve: ({ code }) => code }),
      message: t.exposeString('message', { description: 'What it means and what to do, for people.' }),
    }),
  })
  builder.objectType('CreateWebhookSuccess', {
    description: 'The webhook exists.',
    fields: (t) => ({
      webhook: t.expose('webhook', { type: 'Webhook', description: 'As the provider says it is.' }),
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
      warnings: t.expose('warnings', { type: ['Warning'], description: 'What to know or to do next.' }),
    }),
  })
  builder.objectType('UpdateWebhookSuccess', {
    description: 'The change is in effect.',
    fields: (t) => ({
      webhook: t.expose('webhook', { type: 'Webhook', description: 'As the provider says it is now.' }),
      warnings: t.expose('warnings', { type: ['Warning'], description: 'What to know or to do next.' }),
    }),
  })
  builder.objectType('DeleteWebhookSuccess', {
    description: 'The webhook does not exist any more.',
    fields: (t) => ({
      deletedId: t.exposeID('deletedId', { description: 'The id that was given.' }),
      alreadyAbsent: t.exposeBoolean('alreadyAbsent', { description: 'It was gone before this call.' }),
      warnings: t.expose('warnings', { type: ['Warning'], description: 'What to know or to do next.' }),
    }),
  })

  builder.objectType('UpstreamRequest', {
    description: 'A call to a provider as it would be sent. Headers are left out.',
    fields: (t) => ({
      method: t.exposeString('method', { description: 'HTTP method.' }),
      url: t.exposeString('url', {
        description: 'Whole URL; (new-id) is the id of what an earlier call would have made.',
      }),
      body: t.expose('body', {
        type: 'JSON',
        nullable: true,
        description: 'JSON body as it would be sent, secrets as "[secret]"; null where there is none.',
      }),
    }),
  })
  builder.objectType('MutationPreview', {
    description: 'What a mutation would do. Nothing was written.',
    fields: (t) => ({
      requests: t.expose('requests', {
        type: ['UpstreamRequest'],
        description: 'The writes that would be sent, in order, by the code that sends them.',
      }),
      warnings: t.expose('warnings', {
        type: ['Warning'],
        description: 'What it would come with, as far as that is known before.',
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
    description: 'That it is gone, or why it is not.',
    types: ['DeleteWebhookSuccess', 'MutationPreview', ...members.DELETE],
    resolveType: toResolveType('DeleteWebhookSuccess'),
  })

  builder.mutationFields((t) => ({
    createWebhook: t.field({
      type: created,
      extensions: { operation: 'CREATE' },
      authScopes: { 'secrets:write': true },
      description: 'Creates a webhook, once: where the answer is lost, it is looked for. Needs scope secrets:write too.',
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
      description: 'Changes what the input names and nothing else.',
      args: { input: t.arg({ type: 'UpdateWebhookInput', required: true, description: 'What to change.' }) },
      resolve: (_, { input: { validateOnly, ...input } }, { gateway, write }) =>
        validateOnly
          ? gateway.previewUpdate(input)
          : write({ operation: 'UPDATE', id: input.id, input }, (asker) => gateway.update(input, asker)),
    }),
    deleteWebhook: t.field({
      type: deleted,
      extensions: { operation: 'DELETE' },
      description: 'Deletes a webhook for good. Deleting what is gone already succeeds.',
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
