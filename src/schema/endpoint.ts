import type { Shapes } from '../gateway/shapes.ts'
import { members } from '../gateway/members.ts'
import type { Builder } from './builder.ts'
import { repeatable } from './validation.ts'
import { idempotencyKey, journalEntry, replayed, warnings, webhookId } from './describe.ts'

/** verifyWebhook, testWebhook and redeliverEvent, which make a provider send requests to an endpoint. */
export function addEndpointMutations(builder: Builder, shapes: Shapes): void {
  builder.inputType('VerifyWebhookInput', {
    description: 'The webhook to verify.',
    validate: { schema: shapes.VERIFY.extend(repeatable) },
    fields: (t) => ({ id: t.id(webhookId), idempotencyKey: t.string(idempotencyKey) }),
  })
  builder.objectType('VerifyWebhookSuccess', {
    description: 'The provider has started to verify the endpoint, or had already verified it.',
    fields: (t) => ({
      webhook: t.expose('webhook', {
        type: 'Webhook',
        description: 'The webhook after the request. `status` shows whether it is verified.',
      }),
      warnings: t.expose('warnings', warnings),
      journalEntry: t.expose('journalEntry', journalEntry),
      replayed: t.exposeBoolean('replayed', replayed),
    }),
  })
  const verified = builder.errorUnion('VerifyWebhookResult', {
    description: 'The webhook after verification, or why verification could not start.',
    types: ['VerifyWebhookSuccess', ...members.VERIFY],
    resolveType: (found) => (found instanceof Error ? undefined : 'VerifyWebhookSuccess'),
  })

  builder.inputType('TestWebhookInput', {
    description: 'The webhook to test.',
    validate: { schema: shapes.TEST.extend(repeatable) },
    fields: (t) => ({ id: t.id(webhookId), idempotencyKey: t.string(idempotencyKey) }),
  })
  builder.objectType('TestWebhookSuccess', {
    description: 'The provider accepted the request to send a test event.',
    fields: (t) => ({
      accepted: t.exposeBoolean('accepted', {
        description: 'Whether the endpoint accepted the event, as far as the provider reports. See `note`.',
      }),
      endpointStatus: t.exposeInt('endpointStatus', {
        nullable: true,
        description: "HTTP status of the endpoint's response, if reported.",
      }),
      signature: t.exposeString('signature', { nullable: true, description: 'Signature of the test event, if reported.' }),
      note: t.exposeString('note', { nullable: true, description: 'Notes on the result.' }),
      warnings: t.expose('warnings', warnings),
      journalEntry: t.expose('journalEntry', journalEntry),
      replayed: t.exposeBoolean('replayed', replayed),
    }),
  })
  const tested = builder.errorUnion('TestWebhookResult', {
    description: 'Result of the test event, or why none was sent.',
    types: ['TestWebhookSuccess', ...members.TEST],
    resolveType: (found) => (found instanceof Error ? undefined : 'TestWebhookSuccess'),
  })

  builder.inputType('RedeliverEventInput', {
    description: 'The event to resend, and which webhooks receive it.',
    validate: { schema: shapes.REDELIVER.extend(repeatable) },
    fields: (t) => ({
      deliveryId: t.id({ required: true, description: 'The `id` of a delivery of the event, up to 4,000 characters.' }),
      allWebhooks: t.boolean({
        defaultValue: false,
        description: 'If true, resends to every active webhook of the account, if the provider supports it.',
      }),
      idempotencyKey: t.string(idempotencyKey),
    }),
  })
  builder.objectType('RedeliverEventSuccess', {
    description: 'The provider accepted the redelivery.',
    fields: (t) => ({
      webhookCount: t.exposeInt('webhookCount', { description: 'Number of receiving webhooks.' }),
      warnings: t.expose('warnings', warnings),
      journalEntry: t.expose('journalEntry', journalEntry),
      replayed: t.exposeBoolean('replayed', replayed),
    }),
  })
  const redelivered = builder.errorUnion('RedeliverEventResult', {
    description: 'The result of the redelivery, or why nothing was resent.',
    types: ['RedeliverEventSuccess', ...members.REDELIVER],
    resolveType: (found) => (found instanceof Error ? undefined : 'RedeliverEventSuccess'),
  })

  builder.mutationFields((t) => ({
    verifyWebhook: t.field({
      type: verified,
      extensions: { operation: 'VERIFY' },
      description: "Asks the provider to verify a webhook's endpoint.",
      args: { input: t.arg({ type: 'VerifyWebhookInput', required: true, description: 'The webhook to verify.' }) },
      resolve: (_, { input: { id, idempotencyKey } }, { gateway, write }) =>
        write({ operation: 'VERIFY', id, idempotencyKey }, (asker) => gateway.verify(id, asker)),
    }),
    testWebhook: t.field({
      type: tested,
      extensions: { operation: 'TEST' },
      description: 'Asks the provider to send a test event.',
      args: { input: t.arg({ type: 'TestWebhookInput', required: true, description: 'The webhook to test.' }) },
      resolve: (_, { input: { id, idempotencyKey } }, { gateway, write }) =>
        write({ operation: 'TEST', id, idempotencyKey }, (asker) => gateway.test(id, asker)),
    }),
    redeliverEvent: t.field({
      type: redelivered,
      extensions: { operation: 'REDELIVER' },
      description: 'Asks the provider to resend an event.',
      args: { input: t.arg({ type: 'RedeliverEventInput', required: true, description: 'The event to resend.' }) },
      resolve: (_, { input: { idempotencyKey, ...input } }, { gateway, write }) => {
        const found = gateway.findDelivery(input.deliveryId)
        const id = input.allWebhooks === true ? undefined : found?.webhookId
        return write({ operation: 'REDELIVER', account: found?.account.slug, id, idempotencyKey }, (asker) =>
          gateway.redeliver(input, asker),
        )
      },
    }),
  }))
}
