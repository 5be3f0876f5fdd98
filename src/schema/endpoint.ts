import type { Shapes } from '../gateway/shapes.ts'
import { members } from '../gateway/members.ts'
import type { Builder } from './builder.ts'

/** verifyWebhook, testWebhook and redeliverEvent: what has a provider call an endpoint. */
export function addEndpointMutations(builder: Builder, shapes: Shapes): void {
  builder.inputType('VerifyWebhookInput', {
    description: 'The webhook to verify.',
    validate: { schema: shapes.VERIFY },
    fields: (t) => ({ id: t.id({ required: true, description: 'The `id` of the webhook, up to 2,000 characters.' }) }),
  })
  builder.objectType('VerifyWebhookSuccess', {
    description: 'The provider has begun to verify the endpoint, or had verified it before.',
    fields: (t) => ({
      webhook: t.expose('webhook', {
        type: 'Webhook',
        description: 'The webhook afterwards; `status` says whether it has passed.',
      }),
      warnings: t.expose('warnings', { type: ['Warning'], description: 'What to know or do next.' }),
    }),
  })
  const verified = builder.errorUnion('VerifyWebhookResult', {
    description: 'The webhook after its verification, or why it could not be started.',
    types: ['VerifyWebhookSuccess', ...members.VERIFY],
    resolveType: (found) => (found instanceof Error ? undefined : 'VerifyWebhookSuccess'),
  })

  builder.inputType('TestWebhookInput', {
    description: 'The webhook to test.',
    validate: { schema: shapes.TEST },
    fields: (t) => ({ id: t.id({ required: true, description: 'The `id` of the webhook, up to 2,000 characters.' }) }),
  })
  builder.objectType('TestWebhookSuccess', {
    description: 'The provider was told to send a test event.',
    fields: (t) => ({
      accepted: t.exposeBoolean('accepted', {
        description: 'Whether the endpoint accepted it, as far as the provider says; see `note`.',
      }),
      endpointStatus: t.exposeInt('endpointStatus', {
        nullable: true,
        description: "HTTP status of the endpoint's response, where the provider says.",
      }),
      signature: t.exposeString('signature', {
        nullable: true,
        description: 'The signature that was sent with it, where the provider says.',
      }),
      note: t.exposeString('note', { nullable: true, description: 'What to know about the result.' }),
      warnings: t.expose('warnings', { type: ['Warning'], description: 'What to know or do next.' }),
    }),
  })
  const tested = builder.errorUnion('TestWebhookResult', {
    description: 'The result of the test event, or why none was sent.',
    types: ['TestWebhookSuccess', ...members.TEST],
    resolveType: (found) => (found instanceof Error ? undefined : 'TestWebhookSuccess'),
  })

  builder.inputType('RedeliverEventInput', {
    description: 'The event to send again, and where to.',
    validate: { schema: shapes.REDELIVER },
    fields: (t) => ({
      deliveryId: t.id({
        required: true,
        description: 'The `id` of the delivery whose event is sent again, up to 4,000 characters.',
      }),
      allWebhooks: t.boolean({
        defaultValue: false,
        description: 'If true, it is sent to every active webhook of the account, where the provider can.',
      }),
    }),
  })
  builder.objectType('RedeliverEventSuccess', {
    description: 'The event is sent again.',
    fields: (t) => ({
      webhookCount: t.exposeInt('webhookCount', { description: 'How many webhooks it is sent to.' }),
      warnings: t.expose('warnings', { type: ['Warning'], description: 'What to know or do next.' }),
    }),
  })
  const redelivered = builder.errorUnion('RedeliverEventResult', {
    description: 'The redelivery, or why there was none.',
    types: ['RedeliverEventSuccess', ...members.REDELIVER],
    resolveType: (found) => (found instanceof Error ? undefined : 'RedeliverEventSuccess'),
  })

  builder.mutationFields((t) => ({
    verifyWebhook: t.field({
      type: verified,
      extensions: { operation: 'VERIFY' },
      description: 'Has the provider verify the endpoint of a webhook.',
      args: { input: t.arg({ type: 'VerifyWebhookInput', required: true, description: 'The webhook to verify.' }) },
      resolve: (_, { input: { id } }, { gateway, write }) =>
        write({ operation: 'VERIFY', id }, (asker) => gateway.verify(id, asker)),
    }),
    testWebhook: t.field({
      type: tested,
      extensions: { operation: 'TEST' },
      description: 'Has the provider send a test event to a webhook.',
      args: { input: t.arg({ type: 'TestWebhookInput', required: true, description: 'The webhook to test.' }) },
      resolve: (_, { input: { id } }, { gateway, write }) => write({ operation: 'TEST', id }, (asker) => gateway.test(id, asker)),
    }),
    redeliverEvent: t.field({
      type: redelivered,
      extensions: { operation: 'REDELIVER' },
      description: 'Has the provider send an event again.',
      args: { input: t.arg({ type: 'RedeliverEventInput', required: true, description: 'Which event, and where to.' }) },
      resolve: (_, { input }, { gateway, write }) => {
        const found = gateway.findDelivery(input.deliveryId)
        const id = input.allWebhooks === true ? undefined : found?.webhookId
        return write({ operation: 'REDELIVER', account: found?.account.slug, id }, (asker) => gateway.redeliver(input, asker))
      },
    }),
  }))
}
