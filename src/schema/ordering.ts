import { createHash } from 'node:crypto'

/** Position of an item in an order: its sort key, with ties broken by ID. */
export interface Place {
  readonly key: string | null
  readonly id: string
}

export interface Edge<Item> {
  /** Computed on access, because most queries select no cursors. */
  readonly cursor: string
  readonly node: Item
}
export interface PageInfo {
  readonly hasNextPage: boolean
  readonly hasPreviousPage: boolean
  readonly startCursor: string | null
  readonly endCursor: string | null
}
export interface Page<Item> {
  readonly edges: readonly Edge<Item>[]
  readonly pageInfo: PageInfo
}
export interface Cut {
  readonly after: Place | null
  readonly before: Place | null
  readonly size: number
  /** Whether to page from the end. */
  readonly backwards: boolean
}

export interface Order<Item> {
  /** What its cursors are bound to. */
  getBinding(): string
  toPlace(item: Item): Place
  compareKeys(a: string, b: string): number
}

export type Ordering<Item> = ReturnType<typeof createOrdering<Item>>

/** An order over items, and its cursors. Items without a key come last. */
export function createOrdering<Item>({ getBinding, toPlace, compareKeys }: Order<Item>) {
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
      .update(JSON.stringify([getBinding(), key, id]))
      .digest('base64url')
      .slice(0, 12)
  }

  function formatCursor(place: Place): string {
    return Buffer.from(JSON.stringify([digest(place), place.key, place.id])).toString('base64url')
  }

  return {
    /** The position that a cursor refers to; null for a foreign or malformed cursor. */
    parseCursor(cursor: string): Place | null {
      const place = readPlace(Buffer.from(cursor, 'base64url').toString())
      return place !== null && formatCursor(place) === cursor ? place : null
    },

    /**
     * Returns one sorted page; every other item costs one comparison. The item of a cursor may be gone. Reports each cursor that
     * is read.
     */
    cut(items: readonly Item[], { after, before, size, backwards }: Cut, onCursor?: (cursor: string) => void): Page<Item> {
      const handOut = (place: Place) => {
        const cursor = formatCursor(place)
        onCursor?.(cursor)
        return cursor
      }
      const best = createBest<PlacedEdge<Item>>(size, (a, b) =>
        backwards ? compare(b.place, a.place) : compare(a.place, b.place),
      )
      let from = 0
      let behind = 0
      for (const node of items) {
        const place = toPlace(node)
        if (after !== null && compare(place, after) <= 0) from += 1
        else if (before !== null && compare(place, before) >= 0) behind += 1
        else best.offer(new PlacedEdge(node, place, handOut))
      }
      const to = items.length - behind
      const start = backwards ? Math.max(from, to - size) : from
      const end = backwards ? to : Math.min(to, from + size)
      const edges = backwards ? best.items.toReversed() : best.items
      return { edges, pageInfo: new CutInfo(edges, start > 0, end < items.length) }
    },
  }
}

// Classes, because V8 keeps everything that getters of an object literal refer to, the whole list, until its next full collection.

class CutInfo implements PageInfo {
  readonly #edges: readonly Edge<unknown>[]
  readonly hasPreviousPage: boolean
  readonly hasNextPage: boolean

  constructor(edges: readonly Edge<unknown>[], hasPreviousPage: boolean, hasNextPage: boolean) {
    this.#edges = edges
    this.hasPreviousPage = hasPreviousPage
    this.hasNextPage = hasNextPage
  }

  get startCursor(): string | null {
    return this.#edges.at(0)?.cursor ?? null
  }

  get endCursor(): string | null {
    return this.#edges.at(-1)?.cursor ?? null
  }
}

class PlacedEdge<Item> implements Edge<Item> {
  readonly node: Item
  readonly place: Place
  readonly #formatCursor: (place: Place) => string

  constructor(node: Item, place: Place, formatCursor: (place: Place) => string) {
    this.node = node
    this.place = place
    this.#formatCursor = formatCursor
  }

  get cursor(): string {
    return this.#formatCursor(this.place)
  }
}

/** Keeps the first `size` items offered, in order. */
function createBest<Item>(size: number, compare: (a: Item, b: Item) => number) {
  const items: Item[] = []
  return {
    items: items as readonly Item[],
    offer(item: Item): void {
      const last = items.at(-1)
      if (items.length === size && (last === undefined || compare(item, last) >= 0)) return
      let [low, high] = [0, items.length]
      while (low < high) {
        const middle = (low + high) >> 1
        const other = items[middle]
        if (other !== undefined && compare(other, item) <= 0) low = middle + 1
        else high = middle
      }
      items.splice(low, 0, item)
      if (items.length > size) items.pop()
    },
  }
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
