import { randomBytes } from 'node:crypto'
import * as z from 'zod'
import type { OptionStatement } from './fields.ts'
import type { CallerChosenRotation, CreateInput, Creation, Grace } from './operations.ts'
import { type Creates, creates } from './plain.ts'
import { Secret, shownSecret } from '../secret.ts'
import type { Warning } from '../webhook.ts'

// For providers that take the signing secret from the caller and never show it again.

interface OwnSecret {
  readonly secret?: string
}

interface MaybeSecret {
  readonly secret?: unknown
}

/** What a provider shows in place of a secret. */
interface Masked {
  readonly secret?: string | null | undefined
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

/** A create of a webhook whose secret every read shows as a mask. */
export function createsMasked<Options extends OwnSecret, Body, Wire, D>(
  convert: Creates<Options, Body, Wire, D>,
  note: string,
): Creation<{ create(body: Body, key: string): Promise<Wire> }, D, Options> {
  return { ...creates(convert, note), toSecret: (input) => toOwnSecret(input), hintsSecret: true }
}

/** Warning about a response without the secret that was sent, or with another one. */
export function secretUnconfirmed(displayName: string): Warning {
  const message =
    `The response from ${displayName} does not confirm the signing secret of the webhook. Check that a delivery verifies with your ` +
    'secret. If not, rotate the secret again.'
  return { code: 'SECRET_UNCONFIRMED', message }
}

/** The secret in a response if it is nothing but a mask. */
export function toSecretMask({ secret }: Masked): string | null {
  return secret?.match(/^\*+$/)?.[0] ?? null
}

/** The same warning if a response shows no mask, although there was a secret before or one was asked for. */
export function toSecretWarnings(
  displayName: string,
  before: MaybeSecret,
  asked: MaybeSecret,
  shown: Masked,
): readonly Warning[] {
  const isExpected = [before, asked].some(({ secret }) => secret != null)
  const isShown = toSecretMask(shown) !== null || shown.secret === shownSecret
  return isExpected && !isShown ? [secretUnconfirmed(displayName)] : []
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
