import { hash } from '../../plan/hash.ts'
import { toHref } from '../../provider/answers.ts'
import type { Provider } from '../../provider/provider.ts'
import type { AccountWebhook } from '../../webhook.ts'
import { pack } from '../journal/record.ts'

/** A hash of everything that anybody can set of a webhook, as a list shows it. */
export function hashSettings({ options }: Provider, { name, url, eventTypes, enabled, details }: AccountWebhook): string {
  const own = Object.keys(options).map((option) => details[option] ?? null)
  return hash(pack([name, toHref(url), eventTypes?.toSorted() ?? null, enabled, own]))
}
