import { toHref } from '../provider/answers.ts'
import type { FieldRules } from '../provider/fields.ts'
import type { Provider } from '../provider/provider.ts'
import { isUnsupported } from '../provider/unsupported.ts'
import type { Account, AccountWebhook, Json, RotationPrice } from '../webhook.ts'
import type { Compared } from './compare.ts'
import type { Desired } from './desired.ts'
import { hash } from './hash.ts'

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
  /** The same as long as it is the same change: also what it changes, and what it deletes. Contains no secret. */
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

/** Length of the hash that ends an ID. */
export const digestLength = 22

/** The change of a webhook, known by its ID, or of one that is yet to be created, known by its name or URL. */
export function toChange(
  kind: ChangeKind,
  account: Account,
  {
    webhook = null,
    desired = null,
    fields = [],
    price = null,
    isMoved = false,
  }: Partial<Omit<Change, 'id' | 'kind' | 'account'>>,
): Change {
  const identity = webhook?.id ?? desired?.name ?? toHref(desired?.url ?? '')
  const lost = webhook !== null && (kind === 'DELETE' || kind === 'REPLACE') ? toState(webhook) : null
  // A URL can contain a secret.
  const digest = hash([kind, account.slug, webhook === null, identity, lost, toFacts(fields)]).slice(0, digestLength)
  return { id: `${kind}:${account.slug}:${digest}`, kind, account, webhook, desired, fields, price, isMoved }
}

function toFacts(fields: readonly FieldChange[]): Json {
  const known = fields.filter(isChanged).toSorted((a, b) => (a.path < b.path ? -1 : 1))
  return known.map(({ path, before, after }) => [path, before, after])
}

/** What a plan shows of a webhook that is deleted. */
function toState({ name, url, enabled, eventTypes }: AccountWebhook): Json {
  return [name, toHref(url), enabled, eventTypes && [...new Set(eventTypes)].toSorted()]
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
