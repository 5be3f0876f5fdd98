import { createHash } from 'node:crypto'
import { toHref } from '../provider/answers.ts'
import type { FieldRules } from '../provider/fields.ts'
import type { Provider } from '../provider/provider.ts'
import { isUnsupported } from '../provider/unsupported.ts'
import type { Account, AccountWebhook, Json, RotationPrice } from '../webhook.ts'
import type { Compared } from './compare.ts'
import type { Desired } from './desired.ts'

/** What a plan does about a webhook. */
export const changeKinds = {
  CREATE: 'The webhook does not exist and is created.',
  UPDATE: 'Fields of the webhook are changed.',
  REPLACE: 'A new webhook takes over, because the provider cannot change a field in place. Then the old one is deleted.',
  DELETE: 'The webhook is in no file, and its account is pruned.',
  UNMANAGED: 'The webhook is in no file and stays as it is.',
  NONE: 'The webhook is as desired.',
} as const
export type ChangeKind = keyof typeof changeKinds

export interface FieldChange {
  /** Below the input of a mutation, e.g. `url` or `options.acme.metadata`. */
  readonly path: string
  readonly before: Json
  readonly after: Json
  /** Whether both sides are known. If not, the field stays as it is, except in a new webhook. */
  readonly isComparable: boolean
  /** Why it cannot be compared. */
  readonly note: string | null
}

/** Whether a field changes, rather than being left alone. */
export function isChanged({ isComparable }: FieldChange): boolean {
  return isComparable
}

export interface Change {
  /** The same for the same change of the same webhook. Contains no secret. */
  readonly id: string
  readonly kind: ChangeKind
  readonly account: Account
  /** Null if there is none yet. */
  readonly webhook: AccountWebhook | null
  /** Null if nobody desires it. */
  readonly desired: Desired | null
  /** What changes, and what cannot be compared. */
  readonly fields: readonly FieldChange[]
  /** Side effects of a replacement. */
  readonly price: RotationPrice | null
  /** Whether no webhook has the desired ID any more. */
  readonly isMoved: boolean
}

/** The change of a webhook, known by its ID, or of one that is yet to be created, known by its name or URL. */
export function toChange(
  kind: ChangeKind,
  account: Account,
  { webhook = null, desired = null, ...rest }: Partial<Omit<Change, 'id' | 'kind' | 'account'>>,
): Change {
  const identity = webhook?.id ?? desired?.name ?? toHref(desired?.url ?? '')
  // A URL can contain a secret.
  const hash = createHash('sha256')
    .update(JSON.stringify([webhook === null, identity]))
    .digest('base64url')
  const id = `${kind}:${account.slug}:${hash.slice(0, 22)}`
  return { fields: [], price: null, isMoved: false, ...rest, id, kind, account, webhook, desired }
}

/** What changes of a field, or why it is left alone. */
export function toFieldChange(provider: Provider, { path, before, after, isShown, isSecret, rules }: Compared): FieldChange {
  if (isShown !== 'UNTOLD') return { path, before, after, isComparable: true, note: null }
  const note = isSecret
    ? 'No query returns a signing secret, so it cannot be compared. It is set when the webhook is created. To change it, use rotateWebhookSecret.'
    : `${provider.displayName} ${before === null ? 'does not show it' : 'can show it in another form'} in the list of webhooks, so it cannot be compared. It is set when the webhook is created. ${toWayOut(provider, rules)}`
  return { path, before: null, after, isComparable: false, note }
}

function toWayOut({ operations: { UPDATE } }: Provider, { onUpdate }: FieldRules): string {
  if (typeof onUpdate === 'object') return onUpdate.note
  return isUnsupported(UPDATE) ? UPDATE.note : 'To change it, use updateWebhook.'
}

/** The fields of a new webhook. */
export function toNewField({ path, after, isSecret }: Pick<Compared, 'path' | 'after' | 'isSecret'>): FieldChange {
  return { path, before: null, after, isComparable: !isSecret, note: isSecret ? 'A signing secret is not shown.' : null }
}

/** Whether the provider can change a field of a webhook. */
export function isInPlace({ operations }: Provider, { onUpdate }: FieldRules): boolean {
  return !isUnsupported(operations.UPDATE) && typeof onUpdate === 'string'
}

/** The side effects of a replacement: those that the provider states for one, else those that its operations imply. */
export function toPrice({ operations: { ROTATE_SECRET: rotation, LIST_DELIVERIES, VERIFY } }: Provider): RotationPrice {
  if (!isUnsupported(rotation) && rotation.strategy === 'REPLACEMENT') return rotation.price
  return {
    changesId: true,
    duplicateDeliveries: true,
    losesDeliveryHistory: !isUnsupported(LIST_DELIVERIES),
    needsVerification: !isUnsupported(VERIFY),
  }
}
