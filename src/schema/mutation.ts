import { ConflictError, LimitReachedError, NotFoundError, OutcomeUnknownError } from '../errors.ts'
import type { Provider } from '../provider.ts'
import type { Builder } from './builder.ts'
import { describeOperation } from './describe.ts'
import { inputErrors, upstreamErrors } from './errors.ts'

/** createWebhook, updateWebhook and deleteWebhook with their results. */
export function addMutations(builder: Builder, providers: readonly Provider[]): void {
  builder.objectType('Warning', {
    description: 'Something the caller should know although the call succeeded.',
    fields: (t) => ({
      code: t.exposeString('code', { description: 'What it is, for programs, e.g. VERIFICATION_REQUIRED.' }),
      message: t.exposeString('message', { description: 'What it means and what to do, for people.' }),
    }),
  })
  builder.objectType('CreateWebhookSuccess', {
    description: 'The webhook exists.',
    fields: (t) => ({
      webhook: t.expose('webhook', { type: 'Webhook', description: 'As the provider says it is.' }),
      signingSecret: t.exposeString('signingSecret', {
        nullable: true,
        description:
          'What deliveries are signed with. Store it now: this is the only time it can be read. Null where the provider gives none. No other type of the schema has a secret.',
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
    }),
  })

  builder.mutationFields((t) => ({
    createWebhook: t.field({
      type: 'CreateWebhookSuccess',
      description: describeOperation(
        'Creates a webhook at one account, which is listed first: so a create is never sent twice, and found when its answer is lost.',
        providers,
        'CREATE',
      ),
      args: { input: t.arg({ type: 'CreateWebhookInput', required: true, description: 'The webhook to create.' }) },
      errors: {
        types: [...inputErrors, NotFoundError, ConflictError, LimitReachedError, ...upstreamErrors, OutcomeUnknownError],
        union: { name: 'CreateWebhookResult', description: 'The new webhook with its secret, or why there is none.' },
      },
      resolve: (_, { input }, { create }) => create(input),
    }),
    updateWebhook: t.field({
      type: 'UpdateWebhookSuccess',
      description: describeOperation('Changes what the input names and nothing else.', providers, 'UPDATE'),
      args: { input: t.arg({ type: 'UpdateWebhookInput', required: true, description: 'What to change.' }) },
      errors: {
        types: [...inputErrors, NotFoundError, ConflictError, ...upstreamErrors, OutcomeUnknownError],
        union: { name: 'UpdateWebhookResult', description: 'The webhook as it is now, or why it was not changed.' },
      },
      resolve: (_, { input }, { gateway }) => gateway.update(input),
    }),
    deleteWebhook: t.field({
      type: 'DeleteWebhookSuccess',
      description: describeOperation('Deletes a webhook for good. Deleting what is gone already succeeds.', providers, 'DELETE'),
      args: { input: t.arg({ type: 'DeleteWebhookInput', required: true, description: 'The webhook to delete.' }) },
      errors: {
        types: [NotFoundError, ...upstreamErrors, OutcomeUnknownError],
        union: { name: 'DeleteWebhookResult', description: 'That it is gone, or why it is not.' },
      },
      resolve: (_, { input }, { gateway }) => gateway.remove(input.id),
    }),
  }))
}
