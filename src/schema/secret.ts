import type { Secret } from '../secret.ts'
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
    },
  })
}

export function toSecretState(signingSecret: Secret | null): 'HANDED_OUT' | 'NONE' {
  return signingSecret === null ? 'NONE' : 'HANDED_OUT'
}
