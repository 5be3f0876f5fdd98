import type { AccountWebhook } from '../webhook.ts'
import type { Actual, Desired } from './desired.ts'
import { findFits, type Fit as AnyFit, groupByUrl } from './fit.ts'
import { type Problem, toAmbiguous, toContested, toRepeated } from './problem.ts'
import { listDifferences } from './replace.ts'

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

type Fit = AnyFit<Desired, AccountWebhook>

/** Matches the desired webhooks of an account, whatever their order. What is ambiguous is a problem, and matches nothing. */
export function match(actual: Actual, desired: readonly Desired[]): Matches {
  const { account, provider, webhooks } = actual
  const fits = Map.groupBy(findFits(provider, webhooks, desired), ({ found }) => found)
  sortEach(fits.keys())
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

/** Those with each URL, in the order of IDs. */
export function groupInOrder(webhooks: readonly AccountWebhook[]): ReadonlyMap<string, readonly AccountWebhook[]> {
  const groups = groupByUrl(webhooks)
  sortEach(groups.values())
  return groups
}

/** By ID, because lists change their order. */
function sortEach(groups: Iterable<AccountWebhook[]>): void {
  for (const group of groups) if (group.length > 1) group.sort((a, b) => (a.id < b.id ? -1 : 1))
}
