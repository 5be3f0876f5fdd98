import { createOrdering } from './ordering.ts'
import type { AccountWebhook, WebhookStatus } from '../webhook.ts'

export interface WebhookFilter {
  readonly accounts?: readonly string[] | null | undefined
  readonly providers?: readonly string[] | null | undefined
  readonly status?: readonly WebhookStatus[] | null | undefined
  readonly eventType?: string | null | undefined
  readonly search?: string | null | undefined
}
export interface WebhookOrder {
  readonly field?: 'CREATED_AT' | 'NAME' | 'URL' | null | undefined
  readonly direction?: 'ASC' | 'DESC' | null | undefined
}

/** Whether a webhook matches the filter; accounts and providers are already selected. */
export function createFilter({ status, eventType, search }: WebhookFilter): (webhook: AccountWebhook) => boolean {
  const wanted = search?.toLowerCase()
  return (webhook) =>
    (status == null || status.includes(webhook.status)) &&
    (eventType == null || listensTo(webhook, eventType)) &&
    (wanted === undefined || `${webhook.name ?? ''}\n${webhook.url}`.toLowerCase().includes(wanted))
}

/** A webhook without an event filter receives everything; a pattern such as card.* or * matches what it covers. */
function listensTo({ eventTypes }: AccountWebhook, eventType: string): boolean {
  if (eventTypes === null) return true
  return eventTypes.some((name) => name === eventType || (/(?:^|\.)\*$/.test(name) && eventType.startsWith(name.slice(0, -1))))
}

const collator = new Intl.Collator('en')

/** An order over webhooks, with cursors that are valid only for this order, filter and account list. */
export function createWebhookOrdering(order: WebhookOrder, filter: WebhookFilter, account: string | null = null) {
  const field = order.field ?? 'CREATED_AT'
  const direction = order.direction ?? 'DESC'
  const sign = direction === 'ASC' ? 1 : -1
  return createOrdering<AccountWebhook>({
    getBinding: () =>
      JSON.stringify([
        field,
        direction,
        [filter.accounts, filter.providers, filter.status].map((names) =>
          names == null ? null : [...new Set(names)].toSorted(),
        ),
        filter.eventType ?? null,
        filter.search ?? null,
        account,
      ]),
    toPlace({ id, name, url, createdAt }) {
      return { id, key: field === 'NAME' ? name : field === 'URL' ? url : createdAt }
    },
    compareKeys: (a, b) => sign * (field === 'NAME' ? collator.compare(a, b) : a < b ? -1 : 1),
  })
}
