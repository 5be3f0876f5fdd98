import type { HeldSecret } from '../gateway/journal/journaled.ts'
import type { Builder } from './builder.ts'

export type SecretStateRef = ReturnType<typeof addSecretState>

export function addSecretState(builder: Builder) {
  return builder.enumType('SecretState', {
    description: 'State of a signing secret.',
    values: {
      HANDED_OUT: { description: '`signingSecret` contains the secret.' },
      NONE: {
        description:
          'The provider returned no readable secret: see the warnings. For providers that always return a secret, you get OutcomeUnknownError instead.',
      },
      GONE: { description: 'The secret was already returned and cannot be shown again.' },
      KEPT: { description: 'The journal has the secret: see `revealSigningSecret`.' },
    },
  })
}

/** The signing secret of a result. */
export const signingSecret: {
  readonly nullable: true
  readonly description: string
  readonly resolve: (result: HeldSecret) => string | null
} = {
  nullable: true,
  description: 'Key that signs deliveries. Store it now: the provider does not show it again. If null, see `secretState`.',
  resolve: ({ signingSecret }) => signingSecret?.reveal() ?? null,
}

/** The state of the signing secret of a result. */
export function toStateField(type: SecretStateRef) {
  return { type, description: 'Whether `signingSecret` is set, and if not, why.', resolve: toSecretState } as const
}

function toSecretState({ signingSecret, secretState }: HeldSecret): 'HANDED_OUT' | 'NONE' | 'GONE' | 'KEPT' {
  return signingSecret === null ? (secretState ?? 'NONE') : 'HANDED_OUT'
}
