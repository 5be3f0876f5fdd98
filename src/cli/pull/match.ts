import { toNameKey } from '../../plan/name.ts'
import { toHref } from '../../provider/answers.ts'
import type { DesiredWebhook } from '../file/desired.ts'
import type { PulledAccount, PulledWebhook } from './actual.ts'

/** What a webhook of a file is. One that no plan changes is kept. One that is repeated is what that at another place is already. */
export type Match = PulledWebhook | 'KEPT' | { readonly repeated: number } | undefined

/** Which webhook each of those in the file is, each at most once: as in a plan, by ID, else by name, else by URL. */
export function matchAll(
  known: readonly DesiredWebhook[],
  { provider, webhooks, others }: Omit<PulledAccount, 'slug'>,
): readonly Match[] {
  const given = new Set(known.map(({ id }) => id))
  const byId = Map.groupBy(webhooks, ({ id }) => id)
  // Claimed from the end, so that the oldest is the first.
  const left = webhooks.filter(({ id }) => !given.has(id)).toReversed()
  const toKey = ({ name }: { readonly name: string | null }) => name && toNameKey(provider, name)
  const byName = Map.groupBy(left, toKey)
  const byUrl = groupByUrl(left)
  const namelessByUrl = groupByUrl(left.filter(({ name }) => name === null))
  const [otherIds, otherUrls] = [new Set(others.map(({ id }) => id)), new Set(others.map(({ url }) => toHref(url)))]
  const otherNames = new Set(others.map(toKey))
  const hasNames = typeof provider.fields.name.onCreate === 'string'
  const claims = new Map<PulledWebhook, number>()
  const matches: Match[] = []

  function match({ id, name, url }: DesiredWebhook, index: number): Match {
    if (id === undefined ? otherUrls.has(toHref(url)) : otherIds.has(id)) return 'KEPT'
    const own = id === undefined ? undefined : byId.get(id)
    if (own !== undefined) return claim(own, index)
    if (name === undefined || !hasNames) return claim(byUrl.get(toHref(url)), index)
    const key = toNameKey(provider, name)
    return otherNames.has(key) && !byName.has(key) ? 'KEPT' : claim(byName.get(key) ?? namelessByUrl.get(toHref(url)), index)
  }

  /** The first one that nobody has claimed. */
  function claim(found: PulledWebhook[] = [], index: number): Match {
    let webhook = found.at(-1)
    for (; webhook !== undefined && claims.has(webhook) && found.length > 1; webhook = found.at(-1)) found.pop()
    if (webhook === undefined) return undefined
    const claimer = claims.get(webhook)
    if (claimer !== undefined) return { repeated: claimer }
    claims.set(webhook, index)
    return webhook
  }

  // One that has a name takes its webhook from one that is known by the URL of that.
  for (const isNamed of [true, false])
    for (const [index, each] of known.entries()) if ((each.name !== undefined) === isNamed) matches[index] = match(each, index)
  // One that was renamed since is known by its URL, unless something else has that.
  const [urls, all] = [Map.groupBy(known, ({ url }) => toHref(url)), groupByUrl(webhooks)]
  for (const [index, { url }] of known.entries()) {
    const [webhook, ...more] = all.get(toHref(url)) ?? []
    const isAlone = more.length === 0 && urls.get(toHref(url))?.length === 1
    if (matches[index] === undefined && isAlone && webhook?.fields.name !== undefined && !claims.has(webhook))
      matches[index] = webhook
  }
  return matches
}

function groupByUrl(webhooks: readonly PulledWebhook[]): Map<string, PulledWebhook[]> {
  return Map.groupBy(webhooks, ({ fields }) => toHref(fields.url))
}
