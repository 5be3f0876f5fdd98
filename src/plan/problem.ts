import { mostCandidates } from '../errors.ts'
import type { Account, AccountWebhook } from '../webhook.ts'
import type { Desired } from './desired.ts'

/** Why a desired webhook is not planned, and what to do. */
export const problemCodes = {
  AMBIGUOUS: 'Several webhooks can be meant. Give the ID of the right one.',
  REPEATED: 'Several desired webhooks mean the same webhook.',
  NOT_CREATABLE: 'The webhook does not exist, and it cannot be created as desired.',
  NOT_REPLACEABLE: 'The webhook can only be changed by replacing it, and it cannot be replaced now.',
  UNSETTLED:
    'The outcome of an earlier write is unknown, and with it the signing secret of the webhook. Its changes are planned, but it is not created again.',
} as const
export type ProblemCode = keyof typeof problemCodes

/** Something that keeps desired webhooks from being planned, so that nothing is changed for them, nor any of these webhooks; or UNSETTLED. */
export interface Problem {
  readonly code: ProblemCode
  /** What is wrong and how to fix it. */
  readonly message: string
  readonly account: Account
  /** Places of the desired webhooks. */
  readonly indexes: readonly number[]
  /** The webhooks that can be meant, up to `mostCandidates`. */
  readonly webhooks: readonly AccountWebhook[]
  /** Webhooks that nobody desires, and that one of the desired ones may mean all the same. */
  readonly others: readonly AccountWebhook[]
  /** Global ID of the journal entry of an UNSETTLED write. */
  readonly journalEntryId?: string
}

/** `fitting` are those that are as desired: if only one is, it may have been made to replace another. */
export function toAmbiguous(
  account: Account,
  { index }: Desired,
  webhooks: readonly AccountWebhook[],
  fitting: readonly AccountWebhook[],
): Problem {
  const hint = fitting.length === 1 ? toTwinHint(webhooks, fitting) : ''
  const message = `${webhooks.length} webhooks of account "${account.slug}" can be meant: ${toIds(webhooks)}.${hint} Give the ID of the right one, or delete the others.`
  return { code: 'AMBIGUOUS', message, account, indexes: [index], webhooks: webhooks.slice(0, mostCandidates), others: [] }
}

function toTwinHint(webhooks: readonly AccountWebhook[], fitting: readonly AccountWebhook[]): string {
  const others = webhooks.filter((webhook) => !fitting.includes(webhook))
  const [other, rest] = others.length === 1 ? ['the other', toIds(others)] : ['another', 'that one']
  return ` Only ${toIds(fitting)} is as desired. If it was made to replace ${other}, and its endpoint has its signing secret, delete ${rest}.`
}

/** What a desired webhook is known by. */
export type Identity = 'ID' | 'name' | 'URL'

interface Known {
  readonly desired: Desired
  readonly by: Identity
  readonly found: readonly AccountWebhook[]
}

/** For desired webhooks that are known by the same. */
export function toRepeated(account: Account, group: readonly Known[]): Problem {
  const by = group[0]?.by ?? 'URL'
  const lists = [...new Set(group.map(({ found }) => found))]
  // Each is in the order of IDs.
  const first = [...new Set(lists.flatMap((found) => found.slice(0, mostCandidates)))]
  const webhooks = first.toSorted((a, b) => (a.id < b.id ? -1 : 1)).slice(0, mostCandidates)
  const message = `${group.length} desired webhooks of account "${account.slug}" have the same ${by}. Keep one, or tell them apart by \`id\`, or by name where the provider has names.`
  return { code: 'REPEATED', message, account, indexes: toIndexes(group), webhooks, others: [] }
}

/** For desired webhooks that mean the same webhook, in groups that mean the same webhooks in the same way. */
export function toContested(account: Account, groups: readonly (readonly Known[])[], webhook: AccountWebhook): Problem {
  const count = groups.reduce((sum, { length }) => sum + length, 0)
  // Those that mean others too have a problem of their own.
  const named = groups.flatMap((group) => (group[0]?.found.length === 1 ? group : group.slice(0, mostCandidates)))
  const message = `${count} desired webhooks of account "${account.slug}" mean the same webhook: ${webhook.id}. Keep one, or give each its \`id\`.`
  return { code: 'REPEATED', message, account, indexes: toIndexes(named), webhooks: [webhook], others: [] }
}

function toIds(webhooks: readonly AccountWebhook[]): string {
  const more = webhooks.length - mostCandidates
  const shown = webhooks.slice(0, mostCandidates).map(({ id }) => id)
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

function toIndexes(known: readonly Pick<Known, 'desired'>[]): readonly number[] {
  return known.map(({ desired: { index } }) => index).toSorted((a, b) => a - b)
}

export function toNotCreatable(account: Account, { index }: Desired, reasons: readonly string[]): Problem {
  const message = `This webhook does not exist on account "${account.slug}", and it cannot be created: ${reasons.join(' ')}`
  return { code: 'NOT_CREATABLE', message, account, indexes: [index], webhooks: [], others: [] }
}

/** For a webhook that only a replacement can change. `others` may be its replacement already. */
export function toNotReplaceable(
  account: Account,
  { index }: Desired,
  paths: readonly string[],
  webhook: AccountWebhook,
  reason: string,
  others: readonly AccountWebhook[] = [],
): Problem {
  const message = `Webhook ${webhook.id} of account "${account.slug}" can only be replaced to change ${paths.join(' and ')}, and it cannot be replaced now: ${reason}`
  return {
    code: 'NOT_REPLACEABLE',
    message,
    account,
    indexes: [index],
    webhooks: [webhook, ...others.slice(0, mostCandidates - 1)],
    others,
  }
}

/** For a desired webhook that a create with an unknown outcome may still make. */
export function toPending(account: Account, { index }: Desired, journalEntryId: string): Problem {
  const message = `The outcome of an earlier create of this webhook is unknown. So that it does not exist twice, it is not created again until journal entry ${journalEntryId} is settled with settleJournalEntry: as LOOK_AGAIN, or as ABANDON if the webhook will not appear any more.`
  return { code: 'UNSETTLED', message, account, indexes: [index], webhooks: [], others: [], journalEntryId }
}

/** For a webhook that a write with an unknown outcome may have made, or given another secret. */
export function toUnsettled(
  account: Account,
  { index }: Desired,
  webhook: AccountWebhook,
  write: 'create' | 'rotation',
  journalEntryId: string,
): Problem {
  const message = `The outcome of an earlier ${write} of webhook ${webhook.id} is unknown, and nobody may have its signing secret. Settle journal entry ${journalEntryId} with settleJournalEntry, rotate the secret of the webhook, or delete it and create it again.`
  return {
    code: 'UNSETTLED',
    message,
    account,
    indexes: [index],
    webhooks: [webhook],
    others: [],
    journalEntryId,
  }
}
