import type { Shapes } from '../gateway/shapes.ts'
import { members } from '../gateway/members.ts'
import type { Builder } from './builder.ts'
import { type SecretStateRef, toSecretState } from './secret.ts'
import { previewable } from './validation.ts'

/** rotateWebhookSecret with its input, its plan and its result. */
export function addRotation(builder: Builder, shapes: Shapes, secretState: SecretStateRef): void {
  const strategy = builder.enumType('RotationStrategy', {
    description: 'A way to a new signing secret. Each provider has one.',
    values: {
      PROVIDER: { description: 'The provider makes the new secret.' },
      CALLER_CHOSEN: { description: 'An update with a secret that you choose or the gateway makes.' },
      REPLACEMENT: {
        description: 'A new webhook with the same settings takes the place of the old one. Only when asked for: the id changes.',
      },
    },
  })
  const gap = builder.enumType('VerificationGap', {
    description: 'Whether deliveries fail verification for a while.',
    values: {
      NONE: { description: 'No, if the receiver accepts both secrets beforehand.' },
      UNTIL_RECEIVER_UPDATED: { description: 'Yes, from the rotation until the receiver has the new secret.' },
    },
  })

  builder.inputType('RotateWebhookSecretInput', {
    description: 'The webhook whose signing secret is to be replaced, and how.',
    validate: { schema: shapes.ROTATE_SECRET.extend(previewable) },
    fields: (t) => ({
      id: t.id({ required: true, description: 'The `id` of the webhook, up to 2,000 characters.' }),
      strategy: t.field({
        type: strategy,
        description: "The provider's own by default, unless that is REPLACEMENT.",
      }),
      newSecret: t.string({
        description: 'For CALLER_CHOSEN only, 8 to 256 characters; by default the gateway makes a strong one.',
      }),
      graceSeconds: t.int({
        description: 'How long the old secret is to stay valid, where the provider lets you choose.',
      }),
      validateOnly: t.boolean({
        defaultValue: false,
        description: 'If true, nothing is written: the result is the RotationPlan or an error.',
      }),
    }),
  })
  builder.objectType('RotationPlan', {
    description: 'What a rotation does, and its side effects.',
    fields: (t) => ({
      strategy: t.field({ type: strategy, description: 'How it is done.', resolve: (plan) => plan.strategy }),
      verificationGap: t.field({
        type: gap,
        description: 'Whether deliveries fail verification for a while.',
        resolve: (plan) => plan.verificationGap,
      }),
      changesId: t.exposeBoolean('changesId', { description: 'Whether the webhook gets a new id.' }),
      duplicateDeliveries: t.exposeBoolean('duplicateDeliveries', {
        description: 'Whether events may arrive twice in the meantime, signed with either secret.',
      }),
      losesDeliveryHistory: t.exposeBoolean('losesDeliveryHistory', {
        description: 'Whether the log of deliveries so far is lost.',
      }),
      needsVerification: t.exposeBoolean('needsVerification', {
        description: 'Whether the URL must be verified again before anything is sent.',
      }),
      graceSeconds: t.exposeInt('graceSeconds', {
        nullable: true,
        description: 'How long the old secret stays valid. 0: it stops working at once; null: the provider does not say.',
      }),
      requests: t.expose('requests', {
        type: ['UpstreamRequest'],
        description: 'The writes that it sends if all goes well, in order.',
      }),
    }),
  })
  builder.objectType('RotateWebhookSecretSuccess', {
    description: 'There is a new signing secret; `warnings` say what is left to do.',
    fields: (t) => ({
      webhook: t.expose('webhook', {
        type: 'Webhook',
        description: 'The webhook with the new secret; a new one where the id changes.',
      }),
      signingSecret: t.string({
        nullable: true,
        resolve: ({ signingSecret }) => signingSecret.reveal(),
        description: 'What deliveries are signed with. Store it now: it is not shown again. Null where `secretState` says why.',
      }),
      secretState: t.field({
        type: secretState,
        description: 'Whether `signingSecret` has the secret, and if not, why.',
        resolve: ({ signingSecret }) => toSecretState(signingSecret),
      }),
      plan: t.expose('plan', { type: 'RotationPlan', description: 'What was planned.' }),
      warnings: t.expose('warnings', { type: ['Warning'], description: 'What to know or do next.' }),
    }),
  })
  const result = builder.errorUnion('RotateWebhookSecretResult', {
    description: 'The new secret, or why there is none.',
    types: ['RotateWebhookSecretSuccess', 'RotationPlan', ...members.ROTATE_SECRET],
    resolveType: (found) =>
      found instanceof Error ? undefined : 'signingSecret' in found ? 'RotateWebhookSecretSuccess' : 'RotationPlan',
  })

  builder.mutationField('rotateWebhookSecret', (t) =>
    t.field({
      type: result,
      extensions: { operation: 'ROTATE_SECRET' },
      authScopes: { 'secrets:write': true },
      description:
        'Gives a webhook a new signing secret; `validateOnly` shows the side effects first. Also needs scope secrets:write.',
      args: { input: t.arg({ type: 'RotateWebhookSecretInput', required: true, description: 'Which webhook, and how.' }) },
      resolve: (_, { input: { validateOnly, ...input } }, { gateway, write }) =>
        validateOnly
          ? gateway.previewRotation(input)
          : write({ operation: 'ROTATE_SECRET', id: input.id, input }, (asker) => gateway.rotateSecret(input, asker)),
    }),
  )
}
