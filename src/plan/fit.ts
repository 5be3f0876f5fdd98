import { toHref } from '../provider/answers.ts'
import type { Provider } from '../provider/provider.ts'
import { toNameKey } from './name.ts'
import type { Identity } from './problem.ts'

// Which webhook is meant: by its ID, else by its name where the provider has names, else by its URL.

/** What a webhook that exists is known by. */
export interface Known {
  readonly id: string
  readonly name: string | null
  readonly url: string
}

/** What a desired webhook is known by. Its URL is normalized. */
export interface Asked {
  readonly id?: string | undefined
  readonly name?: string | undefined
  readonly url: string
}

/** A desired webhook with all that it can mean. */
export interface Fit<Own, Webhook> {
  readonly desired: Own
  readonly by: Identity
  readonly key: string
  /** In the order in which they are given. The same list for all that are known by the same, or mean the same webhooks in the same way. */
  readonly found: Webhook[]
}

/** All that each of the desired webhooks of an account can mean. Who is known by an ID that exists takes that webhook from all others. */
export function findFits<Own extends Asked, Webhook extends Known>(
  provider: Pick<Provider, 'fields'>,
  webhooks: readonly Webhook[],
  desired: readonly Own[],
): readonly Fit<Own, Webhook>[] {
  const claimed = new Set(desired.map(({ id }) => id))
  const byId = Map.groupBy(
    webhooks.filter(({ id }) => claimed.has(id)),
    ({ id }) => id,
  )
  const left = webhooks.filter(({ id }) => !claimed.has(id))
  const byName = Map.groupBy(left, ({ name }) => name && toNameKey(provider, name))
  const hasNames = typeof provider.fields.name.onCreate === 'string'
  const isKnownByUrl = ({ name }: Asked) => name === undefined || !hasNames
  const byUrl = groupByUrl(desired.some(isKnownByUrl) ? left : [])
  const namelessByUrl = groupByUrl(left.filter(({ name }) => name === null))
  const nothing: Webhook[] = []
  return desired.map((own) => {
    const { id, name, url } = own
    const known = id === undefined ? undefined : byId.get(id)
    if (id !== undefined && known !== undefined) return { desired: own, by: 'ID', key: id, found: known }
    if (name === undefined || isKnownByUrl(own)) return { desired: own, by: 'URL', key: url, found: byUrl.get(url) ?? nothing }
    // One without a name, or whose name is not reported, is known by its URL only.
    const key = toNameKey(provider, name)
    return { desired: own, by: 'name', key, found: byName.get(key) ?? namelessByUrl.get(url) ?? nothing }
  })
}

export function groupByUrl<Webhook extends Pick<Known, 'url'>>(webhooks: readonly Webhook[]): Map<string, Webhook[]> {
  return Map.groupBy(webhooks, ({ url }) => toHref(url))
}

/** What a desired webhook is known by, and the one that only it is to mean; null if that does not matter. */
export interface Meaning extends Asked {
  readonly webhook: Known | null
}

/** Whether each needs the ID of its webhook, because without it, it means others too, or another one. */
export function areVague(
  provider: Pick<Provider, 'fields'>,
  webhooks: readonly Known[],
  desired: readonly Meaning[],
): readonly boolean[] {
  return findFits(provider, webhooks, desired).map(
    ({ desired: { webhook }, found }) => webhook !== null && (found.length !== 1 || found[0] !== webhook),
  )
}
