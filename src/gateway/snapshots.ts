import { setImmediate as nextTurn } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import type { Connection } from './connection.ts'
import type { Listing } from './listing.ts'

export interface SnapshotOptions {
  readonly keepMs: number
  /** Calls that a list took to read, at least: one that takes fewer is read anew. */
  readonly leastCalls: number
  readonly mostListings: number
  /** Of the answers that they were read from, together. */
  readonly mostBytes: number
  now(): number
}

const defaultSnapshots: SnapshotOptions = {
  keepMs: 10_000,
  leastCalls: 3,
  mostListings: 100,
  mostBytes: 20_000_000,
  now: () => performance.now(),
}

/** Cursors that one listing is known by; each page has two, or one for each edge where a client asks for those. */
const mostCursors = 1_000
const sealedAtOnce = 200

/** Whose listings they are. */
type Keeper = Pick<Connection, 'isCurrent'>

interface Snapshot {
  readonly connection: Keeper
  readonly cursors: Set<string>
  readonly untilMs: number
  readonly timer: NodeJS.Timeout
}

export type Snapshots = ReturnType<typeof createSnapshots>

/**
 * Keeps whole listings that took many calls for some seconds, for those who go on from a cursor that was handed out from one:
 * the next page of a long list would cost all of its calls again. A write to the upstream account ends them.
 */
export function createSnapshots(options: Partial<SnapshotOptions> = {}) {
  const { keepMs, leastCalls, mostListings, mostBytes, now } = { ...defaultSnapshots, ...options }
  // From the newest to the oldest: peek, other than get, makes none of them newer.
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
    /** The listing that handed out this cursor; null where it is not kept, or not any more. */
    find(connection: Keeper, cursor: string): Listing | null {
      forgetOld()
      // The newest comes first: nobody is to see what is older than what they have seen.
      for (const [listing, each] of snapshots) if (each.connection === connection && each.cursors.has(cursor)) return listing
      return null
    },

    /** Notes that this cursor was handed out from this listing, and keeps that where it is worth it. */
    keep(connection: Keeper, listing: Listing, cursor: string): void {
      const { state, cost } = listing
      if (state !== 'COMPLETE' || cost.calls < leastCalls || cost.bytes > mostBytes || !connection.isCurrent(listing)) return
      forgetOld()
      let snapshot = snapshots.peek(listing)
      if (snapshot === undefined) {
        const timer = setTimeout(() => snapshots.delete(listing), keepMs).unref()
        snapshot = { connection, cursors: new Set(), untilMs: now() + keepMs, timer }
        snapshots.set(listing, snapshot)
        // What cannot be rid of secrets is not kept.
        seal(listing).catch(() => snapshots.delete(listing))
      }
      const { cursors } = snapshot
      cursors.add(cursor)
      const [oldest] = cursors
      if (cursors.size > mostCursors && oldest !== undefined) cursors.delete(oldest)
    },
  }
}

/** Has its webhooks forget what may be secret of what the provider sent; little by little, as others wait. */
async function seal({ webhooks }: Listing): Promise<void> {
  for (const [index, { raw }] of webhooks.entries()) {
    if (index % sealedAtOnce === 0) await nextTurn()
    raw?.seal()
  }
}
