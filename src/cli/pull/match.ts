import type { DesiredWebhook } from '../file/desired.ts'
import { toHref } from '../../provider/answers.ts'
import type { PulledAccount, PulledWebhook } from './actual.ts'

type Match = PulledWebhook | 'KEPT' | undefined

/** Which webhook each of those in the file is, each at most once: by ID, else by name, else by URL. */
export function matchAll(
  known: readonly DesiredWebhook[],
  webhooks: readonly PulledWebhook[],
  others: PulledAccount['others'],
): readonly Match[] {
  const free = new Set(webhooks)
  const claim = (fits: (webhook: PulledWebhook) => boolean): PulledWebhook | undefined => {
    const found = [...free].find(fits)
    if (found !== undefined) free.delete(found)
    return found
  }
  const byId = known.map(({ id }) => (id === undefined ? undefined : claim((webhook) => webhook.id === id)))
  return known.map((desired, index) => {
    const { id, name, url } = desired
    if (others.some((other) => (id === undefined ? toHref(other.url) === toHref(url) : other.id === id))) return 'KEPT'
    const isNamed = name !== undefined && webhooks.some(({ fields }) => fields.name !== undefined)
    return byId[index] ?? claim(({ fields }) => (isNamed ? fields.name === name : toHref(fields.url) === toHref(url)))
  })
}
