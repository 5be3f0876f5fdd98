import type { Warning } from '../webhook.ts'
import type { Change } from './change.ts'
import type { Actual } from './desired.ts'

/** What a plan calls out. */
export function findWarnings(changes: readonly Change[], actual: readonly Actual[]): readonly Warning[] {
  return [...findHostChanges(changes), ...findFull(changes, actual), ...findKept(actual)]
}

/** A host that changes for several webhooks is a move, or a mistake that stops all of their events. */
function findHostChanges(changes: readonly Change[]): readonly Warning[] {
  const moves = changes.flatMap(({ kind, webhook, desired }) => {
    if (webhook === null || desired === null || (kind !== 'UPDATE' && kind !== 'REPLACE')) return []
    if (webhook.url === desired.url) return []
    const [from, to] = [toHost(webhook.url), toHost(desired.url)]
    return from === to ? [] : [`${from} to ${to}`]
  })
  return [...Map.groupBy(moves, (move) => move)]
    .filter(([, { length }]) => length > 1)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([move, { length }]) => ({
      code: 'HOST_CHANGES',
      message: `The URLs of ${length} webhooks change from ${move}. Check that the new host receives their events before you apply the plan.`,
    }))
}

function toHost(url: string): string {
  return URL.parse(url)?.host ?? 'an unreadable URL'
}

/** Creates come before deletes, and replacements one after the other. */
function findFull(changes: readonly Change[], actual: readonly Actual[]): readonly Warning[] {
  const made = Map.groupBy(
    changes.filter(({ kind }) => kind === 'CREATE' || kind === 'REPLACE'),
    ({ account }) => account.slug,
  )
  return actual.flatMap(({ account: { slug }, webhooks: { length: now }, maxWebhooks }) => {
    const own = made.get(slug) ?? []
    const created = own.filter(({ kind }) => kind === 'CREATE').length
    const most = now + created + (created < own.length ? 1 : 0)
    if (maxWebhooks == null || own.length === 0 || most <= maxWebhooks) return []
    const message = `Account "${slug}" can have ${maxWebhooks} webhooks. It has ${now}, and would have ${most} before any is deleted, so that the provider refuses some. Deletions wait for them. Make room first: apply deletions alone, with \`only\`. If your plan at the provider allows more, set maxWebhooks for the account in the configuration file.`
    return [{ code: 'ACCOUNT_FULL', message }]
  })
}

function findKept(actual: readonly Actual[]): readonly Warning[] {
  const unread = actual.filter(({ isComplete }) => !isComplete).map(({ account }) => account.slug)
  if (unread.length === 0) return []
  const message = `Nothing is deleted, because not all webhooks of these accounts could be read: ${unread.toSorted().join(', ')}. See the sources.`
  return [{ code: 'NOTHING_DELETED', message }]
}
