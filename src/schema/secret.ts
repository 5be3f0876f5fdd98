import type { Secret } from '../secret.ts'
import type { Builder } from './builder.ts'

export type SecretStateRef = ReturnType<typeof addSecretState>

export function addSecretState(builder: Builder) {
  return builder.enumType('SecretState', {
    description: 'What has become of a signing secret.',
    values: {
      HANDED_OUT: { description: '`signingSecret` has it.' },
      NONE: {
        description:
          'The provider gave none that could be read: a warning tells. Where one always comes, that is OutcomeUnknownError.',
      },
      GONE: { description: 'It was handed out before and is erased.' },
    },
  })
}

export function toSecretState(signingSecret: Secret | null): 'HANDED_OUT' | 'NONE' {
  return signingSecret === null ? 'NONE' : 'HANDED_OUT'
}
