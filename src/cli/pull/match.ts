import type { DesiredWebhook } from '../file/desired.ts'
import { toHref } from '../../provider/answers.ts'
import type { PulledAccount, PulledWebhook } from './actual.ts'

/** What a webhook of a file is. One that no plan changes is kept. */
export type Match = PulledWebhook | 'KEPT' | undefined

/** Which webhook each of those in the file is, each at most once: by ID, else by name, else by URL. */
export function matchAll(
  known: readonly DesiredWebhook[],
  webhooks: readonly PulledWebhook[],
  others: PulledAccount['others'],
): readonly Match[] {
  const byId = new Map(webhooks.map((webhook) => [webhook.id, webhook]))
  const byName = Map.groupBy(webhooks.toReversed(), ({ fields }) => fields.name)
  const byUrl = Map.groupBy(webhooks.toReversed(), ({ fields }) => toHref(fields.url))
  const hasNames = webhooks.some(({ fields }) => fields.name !== undefined)
  const [otherIds, otherUrls] = [new Set(others.map(({ id }) => id)), new Set(others.map(({ url }) => toHref(url)))]
  const claimed = new Set<PulledWebhook>()
  /** The first one that nobody has claimed. */
  const claim = (found: PulledWebhook[] = []): PulledWebhook | undefined => {
    let webhook = found.pop()
    while (webhook !== undefined && claimed.has(webhook)) webhook = found.pop()
    if (webhook !== undefined) claimed.add(webhook)
    return webhook
  }
  const found = known.map(({ id }) => {
    const webhook = id === undefined ? undefined : byId.get(id)
    return claim(webhook === undefined ? [] : [webhook])
  })
  return known.map(({ id, name, url }, index) => {
    if (id === undefined ? otherUrls.has(toHref(url)) : otherIds.has(id)) return 'KEPT'
    return found[index] ?? claim(name !== undefined && hasNames ? byName.get(name) : byUrl.get(toHref(url)))
  })
}
