import { createHash } from 'node:crypto'

export type Key = string | number

/** Where an item stands in an order: what it is sorted by, ties broken by id. */
export interface Place {
  readonly key: Key | null
  readonly id: string
}

export interface Edge<Item> {
  /** Made when it is read: most pages are asked for without. */
  readonly cursor: string
  readonly node: Item
}
export interface Page<Item> {
  readonly edges: readonly Edge<Item>[]
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

export interface Order<Item> {
  /** What its cursors are good for, and for nothing else. */
  readonly binding: string
  toPlace(item: Item): Place
  compareKeys(a: Key, b: Key): number
}

export type Ordering<Item> = ReturnType<typeof createOrdering<Item>>

/** An order over items and its cursors. What has no key comes last. */
export function createOrdering<Item>({ binding, toPlace, compareKeys }: Order<Item>) {
  function compare(a: Place, b: Place): number {
    if (a.key !== b.key) {
      if (a.key === null || b.key === null) return a.key === null ? 1 : -1
      const byKey = compareKeys(a.key, b.key)
      if (byKey !== 0) return byKey
    }
    return a.id === b.id ? 0 : a.id < b.id ? -1 : 1
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
    cut(items: readonly Item[], { after, before, size, backwards }: Cut): Page<Item> {
      const sorted = items.map((node) => ({ node, place: toPlace(node) })).toSorted((a, b) => compare(a.place, b.place))
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
      const edges = sorted.slice(start, end).map(({ node, place }) => ({
        node,
        get cursor() {
          return formatCursor(place)
        },
      }))
      return {
        edges,
        pageInfo: {
          hasPreviousPage: start > 0,
          hasNextPage: end < sorted.length,
          get startCursor() {
            return edges.at(0)?.cursor ?? null
          },
          get endCursor() {
            return edges.at(-1)?.cursor ?? null
          },
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
    return typeof id === 'string' && (typeof key === 'string' || typeof key === 'number' || key === null) ? { key, id } : null
  } catch {
    return null
  }
}
