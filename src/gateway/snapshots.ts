import { setImmediate as nextTurn } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import type { Connection } from './connection.ts'
import type { Listing } from './listing.ts'

const defaultSnapshots = {
  keepMs: 10_000,
  /** Minimum number of requests that a cached list took; shorter lists are read again. */
  leastCalls: 3,
  mostListings: 100,
  /** Total bytes of the responses that they were read from. */
  mostBytes: 20_000_000,
  now: () => performance.now(),
}
export type SnapshotOptions = Readonly<typeof defaultSnapshots>

/** Maximum cursors per listing; each page has two, or one per edge if the client selects them. */
const mostCursors = 1_000
const sealedAtOnce = 200

/** Owner of the listings. */
type Keeper = Pick<Connection, 'isCurrent'>

interface Snapshot {
  readonly connection: Keeper
  readonly cursors: Set<string>
  readonly untilMs: number
  readonly timer: NodeJS.Timeout
}

export type Snapshots = ReturnType<typeof createSnapshots>

/**
 * Caches listings that took many requests for some seconds, because the next page of a long list would cost all requests
 * again. A write to the upstream account invalidates them.
 */
export function createSnapshots(options: Partial<SnapshotOptions> = {}) {
  const { keepMs, leastCalls, mostListings, mostBytes, now } = { ...defaultSnapshots, ...options }
  // From newest to oldest: unlike get, peek does not refresh an entry.
  const snapshots = new LRUCache<Listing, Snapshot>({
    max: mostListings,
    maxSize: mostBytes,
    sizeCalculation: (_, { cost }) => Math.max(1, cost.bytes),
    dispose: ({ timer }) => clearTimeout(timer),
  })

  function isGood({ connection, untilMs }: Snapshot, listing: Listing): boolean {
    return now() < untilMs && connection.isCurrent(listing)
  }

  function forgetOld(): void {
    for (const [listing, each] of snapshots.entries().toArray()) if (!isGood(each, listing)) snapshots.delete(listing)
  }

  return {
    /** The cached listing that this cursor belongs to; null if it is not cached. */
    find(connection: Keeper, cursor: string): Listing | null {
      forgetOld()
      // Newest first, so that callers never see an older state than before.
      for (const [listing, each] of snapshots) if (each.connection === connection && each.cursors.has(cursor)) return listing
      return null
    },

    /** Links a cursor to its listing, and caches the listing if it is worth it. */
    keep(connection: Keeper, listing: Listing, cursor: string): void {
      const { state, cost } = listing
      if (state !== 'COMPLETE' || cost.calls < leastCalls || cost.bytes > mostBytes || !connection.isCurrent(listing)) return
      forgetOld()
      let snapshot = snapshots.peek(listing)
      if (snapshot === undefined) {
        const timer = setTimeout(() => snapshots.delete(listing), keepMs).unref()
        snapshot = { connection, cursors: new Set(), untilMs: now() + keepMs, timer }
        snapshots.set(listing, snapshot)
        // A listing that cannot be cleared of secrets is not cached.
        seal(listing).catch(() => snapshots.delete(listing))
      }
      const { cursors } = snapshot
      cursors.add(cursor)
      const [oldest] = cursors
      if (cursors.size > mostCursors && oldest !== undefined) cursors.delete(oldest)
    },
  }
}

/** Drops possible secrets from the provider's responses, in small steps so as not to block other requests. */
async function seal({ webhooks }: Listing): Promise<void> {
  for (const [index, { raw }] of webhooks.entries()) {
    if (index % sealedAtOnce === 0) await nextTurn()
    raw?.seal()
  }
}
