import type { Shapes } from '../gateway/shapes.ts'
import { members } from '../gateway/members.ts'
import type { Provider } from '../provider.ts'
import type { Builder } from './builder.ts'
import { describeOperation } from './describe.ts'
import { type SecretStateRef, toSecretState } from './secret.ts'
import { previewable } from './validation.ts'

/** rotateWebhookSecret with its input, its plan and its result. */
export function addRotation(builder: Builder, providers: readonly Provider[], shapes: Shapes, secretState: SecretStateRef): void {
  const strategy = builder.enumType('RotationStrategy', {
    description: 'A way to a new signing secret. Each provider has one.',
    values: {
      PROVIDER: { description: 'The provider makes the new secret; the old one is dead at once.' },
      CALLER_CHOSEN: { description: 'The webhook is updated with a secret of yours, or one that the gateway makes.' },
      REPLACEMENT: {
        description:
          'A new webhook with the same settings takes the place of the old one, which is deleted once the new one is seen to ' +
          'do what it did. Never chosen by itself, because the id changes.',
      },
    },
  })
  const gap = builder.enumType('VerificationGap', {
    description: 'Whether deliveries fail verification for a while.',
    values: {
      NONE: { description: 'Not where the receiver takes both secrets beforehand.' },
      UNTIL_RECEIVER_UPDATED: { description: 'From the rotation on until the receiver has the new secret.' },
    },
  })

  builder.inputType('RotateWebhookSecretInput', {
    description: 'The webhook whose signing secret is to be replaced, and how.',
    validate: { schema: shapes.ROTATE_SECRET.extend(previewable) },
    fields: (t) => ({
      id: t.id({ required: true, description: 'The `id` of the webhook.' }),
      strategy: t.field({
        type: strategy,
        description: "Left out: the provider's own way; where that is REPLACEMENT, it must be asked for by name.",
      }),
      newSecret: t.string({
        description: 'The new secret, for CALLER_CHOSEN only. Left out, the gateway makes a strong one.',
      }),
      graceSeconds: t.int({
        description:
          'How long the old secret is to stay valid, where the provider lets one choose. Left out: as it does by itself.',
      }),
      validateOnly: t.boolean({
        defaultValue: false,
        description:
          'True writes nothing: the answer is the RotationPlan, or the error that the rotation would come to before its first write.',
      }),
    }),
  })
  builder.objectType('RotationPlan', {
    description: 'What a rotation does and what comes with it.',
    fields: (t) => ({
      strategy: t.field({ type: strategy, description: 'How it is done.', resolve: (plan) => plan.strategy }),
      verificationGap: t.field({
        type: gap,
        description: 'Whether deliveries fail verification for a while.',
        resolve: (plan) => plan.verificationGap,
      }),
      changesId: t.exposeBoolean('changesId', { description: 'Whether the webhook has another id afterwards.' }),
      duplicateDeliveries: t.exposeBoolean('duplicateDeliveries', {
        description: 'Whether events may arrive twice meanwhile, signed with either secret.',
      }),
      losesDeliveryHistory: t.exposeBoolean('losesDeliveryHistory', {
        description: 'Whether the deliveries so far are forgotten.',
      }),
      needsVerification: t.exposeBoolean('needsVerification', {
        description: 'Whether the URL must be verified again before anything is sent.',
      }),
      graceSeconds: t.exposeInt('graceSeconds', {
        nullable: true,
        description: 'How long the old secret stays valid: 0 where it is dead at once, null where nobody says.',
      }),
      requests: t.expose('requests', {
        type: ['UpstreamRequest'],
        description: 'The writes, in order. Reads are left out, and what is done only when something goes wrong.',
      }),
    }),
  })
  builder.objectType('RotateWebhookSecretSuccess', {
    description: 'There is a new signing secret. `warnings` say what is left to do, such as an old webhook that is still there.',
    fields: (t) => ({
      webhook: t.expose('webhook', {
        type: 'Webhook',
        description: 'The webhook with the new secret; another one where the plan changes the id.',
      }),
      signingSecret: t.string({
        nullable: true,
        resolve: ({ signingSecret }) => signingSecret.reveal(),
        description:
          'What its deliveries are signed with. Store it now: this is the only time it can be read. Null where `secretState` says why.',
      }),
      secretState: t.field({
        type: secretState,
        description: 'Whether `signingSecret` has the secret, and if not, why.',
        resolve: ({ signingSecret }) => toSecretState(signingSecret),
      }),
      plan: t.expose('plan', { type: 'RotationPlan', description: 'What was planned.' }),
      warnings: t.expose('warnings', { type: ['Warning'], description: 'What to know or to do next.' }),
    }),
  })
  const result = builder.errorUnion('RotateWebhookSecretResult', {
    description: 'The new secret, or why there is none. For `validateOnly`, the plan.',
    types: ['RotateWebhookSecretSuccess', 'RotationPlan', ...members.ROTATE_SECRET],
    resolveType: (found) =>
      found instanceof Error ? undefined : 'signingSecret' in found ? 'RotateWebhookSecretSuccess' : 'RotationPlan',
  })

  builder.mutationField('rotateWebhookSecret', (t) =>
    t.field({
      type: result,
      extensions: { operation: 'ROTATE_SECRET' },
      authScopes: { 'secrets:write': true },
      description: describeOperation(
        'Gives a webhook a new signing secret. Ask with validateOnly first: the plan tells what comes with it. Needs scope secrets:write too.',
        providers,
        'ROTATE_SECRET',
      ),
      args: { input: t.arg({ type: 'RotateWebhookSecretInput', required: true, description: 'Which webhook, and how.' }) },
      resolve: (_, { input: { validateOnly, ...input } }, { gateway, write }) =>
        validateOnly
          ? gateway.previewRotation(input)
          : write({ operation: 'ROTATE_SECRET', id: input.id, input }, (asker) => gateway.rotateSecret(input, asker)),
    }),
  )
}
