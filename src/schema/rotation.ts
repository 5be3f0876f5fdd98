import type { Shapes } from '../gateway/shapes.ts'
import { members } from '../gateway/members.ts'
import { needs } from './authorization.ts'
import type { Builder } from './builder.ts'
import { idempotencyKey, journalEntry, replayed, warnings, webhookId } from './describe.ts'
import { type SecretStateRef, signingSecret, toStateField } from './secret.ts'
import { previewable } from './validation.ts'

/** rotateWebhookSecret, with its input, plan and result. */
export function addRotation(builder: Builder, shapes: Shapes, secretState: SecretStateRef): void {
  const strategy = builder.enumType('RotationStrategy', {
    description: 'How a signing secret is rotated. Each provider supports one strategy.',
    values: {
      PROVIDER: { description: 'The provider generates the new secret.' },
      CALLER_CHOSEN: { description: 'The webhook is updated with a secret that you choose or the gateway generates.' },
      REPLACEMENT: {
        description: 'A new webhook with the same settings replaces the old one. Never the default, because the ID changes.',
      },
    },
  })
  const gap = builder.enumType('VerificationGap', {
    description: 'Whether deliveries fail verification during a rotation.',
    values: {
      NONE: { description: 'No, if the receiver accepts both secrets in advance, or while the old secret stays valid.' },
      UNTIL_RECEIVER_UPDATED: { description: 'Yes, from the rotation until the receiver has the new secret.' },
    },
  })

  builder.inputType('RotateWebhookSecretInput', {
    description: 'The webhook whose signing secret to rotate, and how.',
    validate: { schema: shapes.ROTATE_SECRET.extend(previewable) },
    fields: (t) => ({
      id: t.id(webhookId),
      strategy: t.field({ type: strategy, description: "Defaults to the provider's strategy, unless that is REPLACEMENT." }),
      newSecret: t.string({
        description: 'New secret, 8 to 256 characters, for CALLER_CHOSEN only. By default the gateway generates a strong one.',
      }),
      graceSeconds: t.int({ description: 'Seconds the old secret stays valid, if the provider lets you choose.' }),
      validateOnly: t.boolean({
        defaultValue: false,
        description: 'If true, changes nothing and returns a RotationPlan or an error.',
      }),
      idempotencyKey: t.string(idempotencyKey),
    }),
  })
  builder.objectType('RotationPlan', {
    description: 'Steps and side effects of a rotation.',
    fields: (t) => ({
      strategy: t.field({ type: strategy, description: 'How the secret is rotated.', resolve: (plan) => plan.strategy }),
      verificationGap: t.field({
        type: gap,
        description: 'Whether deliveries fail verification during a rotation.',
        resolve: (plan) => plan.verificationGap,
      }),
      changesId: t.exposeBoolean('changesId', { description: 'Whether the webhook gets a new ID.' }),
      duplicateDeliveries: t.exposeBoolean('duplicateDeliveries', {
        description: 'Whether events may be delivered twice during the rotation, signed with either secret.',
      }),
      losesDeliveryHistory: t.exposeBoolean('losesDeliveryHistory', { description: 'Whether the delivery log is lost.' }),
      needsVerification: t.exposeBoolean('needsVerification', {
        description: 'Whether the URL must be verified again before events are sent.',
      }),
      graceSeconds: t.exposeInt('graceSeconds', {
        nullable: true,
        description: 'Seconds the old secret stays valid. 0 means none; null means not documented.',
      }),
      requests: t.expose('requests', {
        type: ['UpstreamRequest'],
        description: 'The writes of a successful rotation, in order.',
      }),
      warnings: t.field({ type: ['Warning'], description: 'Warnings known in advance.', resolve: (plan) => plan.warnings ?? [] }),
    }),
  })
  builder.objectType('RotateWebhookSecretSuccess', {
    description: 'The signing secret was rotated. `warnings` list the remaining steps.',
    fields: (t) => ({
      webhook: t.expose('webhook', {
        type: 'Webhook',
        description: 'The webhook with the new secret. A new webhook if the ID changes.',
      }),
      signingSecret: t.string(signingSecret),
      secretState: t.field(toStateField(secretState)),
      plan: t.expose('plan', { type: 'RotationPlan', description: 'The plan that was carried out.' }),
      warnings: t.expose('warnings', warnings),
      journalEntry: t.expose('journalEntry', journalEntry),
      replayed: t.exposeBoolean('replayed', replayed),
    }),
  })
  const result = builder.errorUnion('RotateWebhookSecretResult', {
    description: 'The new secret, or why the rotation failed.',
    types: ['RotateWebhookSecretSuccess', 'RotationPlan', ...members.ROTATE_SECRET],
    resolveType: (found) =>
      found instanceof Error ? undefined : 'signingSecret' in found ? 'RotateWebhookSecretSuccess' : 'RotationPlan',
  })

  builder.mutationField('rotateWebhookSecret', (t) =>
    t.field({
      type: result,
      extensions: { operation: 'ROTATE_SECRET', ...needs(['secrets:write']) },
      description:
        'Rotates the signing secret of a webhook. Use `validateOnly` to see the side effects first. Also requires scope secrets:write.',
      args: { input: t.arg({ type: 'RotateWebhookSecretInput', required: true, description: 'The webhook and strategy.' }) },
      resolve: (_, { input: { validateOnly, idempotencyKey, ...input } }, { gateway, write }) =>
        validateOnly
          ? gateway.previewRotation(input)
          : write({ operation: 'ROTATE_SECRET', id: input.id, input, idempotencyKey }, (asker) =>
              gateway.rotateSecret(input, asker),
            ),
    }),
  )
}
