import { randomBytes } from 'node:crypto'
import * as z from 'zod'
import type { OptionStatement } from './fields.ts'
import type { CallerChosenRotation, CreateInput, Grace } from './operations.ts'
import { Secret } from '../secret.ts'
import type { Warning } from '../webhook.ts'

// For providers that take the signing secret from the caller and never show it again.

interface OwnSecret {
  readonly secret?: string
}

/** The option `secret`. If a create omits it, the gateway generates one. */
export const ownSecret = {
  onCreate: 'OPTIONAL',
  onUpdate: 'OPTIONAL',
  type: 'String',
  secret: true,
  description:
    'Your own signing secret, 8 to 256 characters. If omitted on create, the gateway generates a strong one. ' +
    'If omitted on update, it stays unchanged. No query returns it.',
  shape: z.string().min(8).max(256),
} as const satisfies OptionStatement

/** The secret of a write; undefined if an update leaves it as it is. */
export function toChosenSecret({ secret }: OwnSecret): Secret | undefined {
  return secret === undefined ? undefined : new Secret(secret)
}

/** The secret of a create. It is known before the request and regardless of its outcome. */
export function toOwnSecret({ options, proof }: Pick<CreateInput<OwnSecret>, 'options' | 'proof'>, prefix = ''): Secret {
  return new Secret(options.secret ?? `${prefix}${proof}`)
}

/** Warning about a response without the secret that was sent, or with another one. */
export function secretUnconfirmed(displayName: string): Warning {
  const message =
    `The response from ${displayName} does not confirm the signing secret of the webhook. Check that a delivery verifies with your ` +
    'secret. If not, rotate the secret again.'
  return { code: 'SECRET_UNCONFIRMED', message }
}

/** A rotation that updates the webhook with a new secret. */
export function rotateOwnSecret(graceSeconds: Grace, note: string, prefix = ''): CallerChosenRotation<OwnSecret> {
  return {
    strategy: 'CALLER_CHOSEN',
    graceSeconds,
    support: 'NATIVE',
    note: `Updates the webhook with a new secret. ${note}To avoid a gap, set newSecret and make the receiver accept both secrets first. If omitted, the gateway generates one.`,
    shape: ownSecret.shape,
    createSecret: () => `${prefix}${randomBytes(32).toString('base64url')}`,
    toOptions: (secret) => ({ secret }),
  }
}
