import { createHash } from 'node:crypto'
import type { AccountWebhook, WebhookStatus } from './webhook.ts'

export interface WebhookFilter {
  readonly accounts?: readonly string[] | null | undefined
  readonly providers?: readonly string[] | null | undefined
  readonly status?: readonly WebhookStatus[] | null | undefined
  readonly eventType?: string | null | undefined
  readonly search?: string | null | undefined
}
export interface WebhookOrder {
  readonly field: 'CREATED_AT' | 'NAME' | 'URL'
  readonly direction: 'ASC' | 'DESC'
}

/** Where a webhook stands in an order: what it is sorted by, ties broken by id. */
interface Place {
  readonly key: string | null
  readonly id: string
}

export interface Edge {
  readonly cursor: string
  readonly node: AccountWebhook
}
export interface Page {
  readonly edges: readonly Edge[]
  readonly pageInfo: {
    readonly hasNextPage: boolean
    readonly hasPreviousPage: boolean
    readonly startCursor: string | null
    readonly endCursor: string | null
  }
}
export interface Cut {
  readonly after: Place | null
  readonly before: Place | null
  readonly size: number
  /** From the end backwards. */
  readonly backwards: boolean
}

/** Whether a webhook passes the filter's own conditions; accounts and providers were selected before. */
export function createFilter({ status, eventType, search }: WebhookFilter): (webhook: AccountWebhook) => boolean {
  const wanted = search?.toLowerCase()
  return (webhook) =>
    (status == null || status.includes(webhook.status)) &&
    (eventType == null || listensTo(webhook, eventType)) &&
    (wanted === undefined || `${webhook.name ?? ''}\n${webhook.url}`.toLowerCase().includes(wanted))
}

/** Without an event filter it hears everything; a pattern such as card.* or * stands for what it covers. */
function listensTo({ eventTypes }: AccountWebhook, eventType: string): boolean {
  if (eventTypes === null) return true
  return eventTypes.some((name) => name === eventType || (/(?:^|\.)\*$/.test(name) && eventType.startsWith(name.slice(0, -1))))
}

const collator = new Intl.Collator('en')

/** An order over webhooks and its cursors, which only this order over this filter understands. */
export function createOrdering(order: WebhookOrder, filter: WebhookFilter) {
  const sign = order.direction === 'ASC' ? 1 : -1
  const binding = JSON.stringify([
    order.field,
    order.direction,
    [filter.accounts, filter.providers, filter.status].map((names) => (names == null ? null : [...new Set(names)].toSorted())),
    filter.eventType ?? null,
    filter.search ?? null,
  ])

  function toPlace(webhook: AccountWebhook): Place {
    const { id, name, url, createdAt } = webhook
    return { id, key: order.field === 'NAME' ? name : order.field === 'URL' ? url : (createdAt?.toISOString() ?? null) }
  }

  function compareKeys(a: string | null, b: string | null): number {
    if (a === b) return 0
    if (a === null || b === null) return a === null ? 1 : -1
    return sign * (order.field === 'NAME' ? collator.compare(a, b) : a < b ? -1 : 1)
  }

  function compare(a: Place, b: Place): number {
    return compareKeys(a.key, b.key) || (a.id === b.id ? 0 : a.id < b.id ? -1 : 1)
  }

  function digest({ key, id }: Place): string {
    return createHash('sha256')
      .update(JSON.stringify([binding, key, id]))
      .digest('base64url')
      .slice(0, 12)
  }

  function formatCursor(place: Place): string {
    return Buffer.from(JSON.stringify([digest(place), place.key, place.id])).toString('base64url')
  }

  return {
    /** The place a cursor stands for; null for a foreign or garbled one. */
    parseCursor(cursor: string): Place | null {
      const place = readPlace(Buffer.from(cursor, 'base64url').toString())
      return place !== null && formatCursor(place) === cursor ? place : null
    },

    /** Sorts and cuts out one page. A place need not be there any more. */
    cut(webhooks: readonly AccountWebhook[], { after, before, size, backwards }: Cut): Page {
      const sorted = webhooks.map((node) => ({ node, place: toPlace(node) })).toSorted((a, b) => compare(a.place, b.place))
      const from = after === null ? 0 : countWhile(sorted, ({ place }) => compare(place, after) <= 0)
      const to =
        before === null
          ? sorted.length
          : Math.max(
              from,
              countWhile(sorted, ({ place }) => compare(place, before) < 0),
            )
      const start = backwards ? Math.max(from, to - size) : from
      const end = backwards ? to : Math.min(to, from + size)
      const edges = sorted.slice(start, end).map(({ node, place }) => ({ node, cursor: formatCursor(place) }))
      return {
        edges,
        pageInfo: {
          hasPreviousPage: start > 0,
          hasNextPage: end < sorted.length,
          startCursor: edges.at(0)?.cursor ?? null,
          endCursor: edges.at(-1)?.cursor ?? null,
        },
      }
    },
  }
}

/** How many items at the start of a sorted list satisfy the test. */
function countWhile<Item>(sorted: readonly Item[], test: (item: Item) => boolean): number {
  const index = sorted.findIndex((item) => !test(item))
  return index === -1 ? sorted.length : index
}

function readPlace(text: string): Place | null {
  try {
    const value: unknown = JSON.parse(text)
    if (!Array.isArray(value)) return null
    const [, key, id] = value as readonly unknown[]
    return typeof id === 'string' && (typeof key === 'string' || key === null) ? { key, id } : null
  } catch {
    return null
  }
}
