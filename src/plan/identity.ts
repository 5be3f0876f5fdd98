import { toHref } from '../provider/answers.ts'
import type { AccountWebhook } from '../webhook.ts'
import type { Actual, Desired } from './desired.ts'
import { toNameKey } from './name.ts'
import { type Identity, type Problem, toAmbiguous, toContested, toRepeated } from './problem.ts'
import { listDifferences } from './replace.ts'

// Which webhook is meant: by its ID, else by its name where the provider has names, else by its URL.

/** A desired webhook, and the one that it is; null if there is none yet. */
export interface Match {
  readonly desired: Desired
  readonly webhook: AccountWebhook | null
  /** Whether no webhook has the given ID any more. */
  readonly isMoved: boolean
}

export interface Matches {
  readonly matches: readonly Match[]
  readonly problems: readonly Problem[]
  /** Webhooks that nobody desires. */
  readonly unmatched: readonly AccountWebhook[]
}

/** A desired webhook with all that it can mean. */
interface Fit {
  readonly desired: Desired
  readonly by: Identity
  readonly key: string
  /** The same list for all that are known by the same, or mean the same webhooks in the same way, so that they are matched together. */
  readonly found: readonly AccountWebhook[]
}

/** Matches the desired webhooks of an account, whatever their order. What is ambiguous is a problem, and matches nothing. */
export function match(actual: Actual, desired: readonly Desired[]): Matches {
  const { account, webhooks } = actual
  const fits = Map.groupBy(findFits(actual, desired), ({ found }) => found)
  const claims = groupClaims(fits)
  const toClaimants = (webhook: AccountWebhook) => claims.get(webhook) ?? []
  const groups = [...fits.values()].flatMap(groupByIdentity)
  const single = groups.flatMap((group) => (group.length === 1 ? group : []))
  const isContested = (webhook: AccountWebhook | undefined) =>
    webhook !== undefined && toClaimants(webhook).some((group, index) => index > 0 || group.length > 1)
  const clear = single.filter(({ found }) => found.length <= 1)
  const contested = new Set(clear.flatMap(({ found }) => found.filter(isContested)))
  return {
    matches: clear
      .filter(({ found: [webhook] }) => !isContested(webhook))
      .map(({ desired: own, found: [webhook = null] }) => ({
        desired: own,
        webhook,
        isMoved: own.id !== undefined && own.id !== webhook?.id,
      })),
    problems: [
      ...groups.flatMap((group) => (group.length > 1 ? [toRepeated(account, group)] : [])),
      ...single.flatMap(({ desired: own, found }) =>
        found.length > 1 ? [toAmbiguous(account, own, found, findFitting(actual, own, found))] : [],
      ),
      ...[...contested].map((webhook) => toContested(account, toClaimants(webhook), webhook)),
    ],
    unmatched: webhooks.filter((webhook) => !claims.has(webhook)),
  }
}

/** The webhooks that are as desired, among those that can be meant. */
function findFitting({ provider }: Actual, desired: Desired, found: readonly AccountWebhook[]): readonly AccountWebhook[] {
  return found.filter((webhook) => listDifferences(provider, desired, webhook).length === 0)
}

/** The groups of desired webhooks that can mean a webhook, for each that any can mean. */
function groupClaims(
  fits: ReadonlyMap<readonly AccountWebhook[], readonly Fit[]>,
): ReadonlyMap<AccountWebhook, readonly (readonly Fit[])[]> {
  const claims = new Map<AccountWebhook, (readonly Fit[])[]>()
  for (const [found, group] of fits) {
    for (const webhook of found) {
      const known = claims.get(webhook)
      if (known === undefined) claims.set(webhook, [group])
      else known.push(group)
    }
  }
  return claims
}

function groupByIdentity(fits: readonly Fit[]): readonly (readonly Fit[])[] {
  if (fits.length === 1) return [fits]
  return [...Map.groupBy(fits, ({ by, key }) => `${by} ${key}`).values()]
}

const nothing: readonly AccountWebhook[] = []

/** Who is known by an ID that exists takes that webhook from all others. */
function findFits({ provider, webhooks }: Actual, desired: readonly Desired[]): readonly Fit[] {
  const claimed = new Set(desired.map(({ id }) => id))
  const byId = groupInOrder(
    webhooks.filter(({ id }) => claimed.has(id)),
    ({ id }) => id,
  )
  const left = webhooks.filter(({ id }) => !claimed.has(id))
  const byName = groupInOrder(left, ({ name }) => name && toNameKey(provider, name))
  const hasNames = typeof provider.fields.name.onCreate === 'string'
  const isKnownByUrl = ({ name }: Desired) => name === undefined || !hasNames
  const byUrl = groupByUrl(desired.some(isKnownByUrl) ? left : [])
  const namelessByUrl = groupByUrl(left.filter(({ name }) => name === null))
  return desired.map((own) => {
    const { id, name, url } = own
    const known = id === undefined ? undefined : byId.get(id)
    if (id !== undefined && known !== undefined) return { desired: own, by: 'ID', key: id, found: known }
    // Desired URLs are normalized.
    if (name === undefined || isKnownByUrl(own)) return { desired: own, by: 'URL', key: url, found: byUrl.get(url) ?? nothing }
    // One without a name, or whose name is not reported, is known by its URL only.
    const key = toNameKey(provider, name)
    return { desired: own, by: 'name', key, found: byName.get(key) ?? namelessByUrl.get(url) ?? nothing }
  })
}

export function groupByUrl(webhooks: readonly AccountWebhook[]): ReadonlyMap<string, readonly AccountWebhook[]> {
  return groupInOrder(webhooks, ({ url }) => toHref(url))
}

/** Each group is in the order of IDs, because lists change their order. */
function groupInOrder<Key>(
  webhooks: readonly AccountWebhook[],
  toKey: (webhook: AccountWebhook) => Key,
): ReadonlyMap<Key, readonly AccountWebhook[]> {
  const groups = Map.groupBy(webhooks, toKey)
  for (const group of groups.values()) if (group.length > 1) group.sort((a, b) => (a.id < b.id ? -1 : 1))
  return groups
}
