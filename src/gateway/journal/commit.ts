import { LRUCache } from 'lru-cache'
import { within } from '../../store/deadline.ts'
import { StoreError, TakenOverError } from '../../store/error.ts'
import type { Outcome, Store } from '../../store/store.ts'
import { isOpen } from './entry.ts'

// What only this process knows of the entries of a store.

interface Known {
  /** IDs of the entries whose writes this process carries out: nobody else settles them. */
  readonly live: Set<string>
  /** Outcomes that could not be recorded, by entry. While the store fails, no write begins, so they are few. */
  readonly unrecorded: Map<string, Outcome>
  /** IDs of entries whose beginning failed, so that nothing was sent, though it may be durable all the same. */
  readonly unsent: LRUCache<string, true>
  /** IDs of entries that could not be given back after a look. */
  readonly unreleased: Set<string>
}

/** Maximum number of writes that could not begin to remember: all that are under way when a store fails. */
const mostUnsent = 10_000

/** Something that all gateways of this process on a store share. */
export function perStore<Shared>(create: () => Shared): (store: Store) => Shared {
  const sharedOf = new WeakMap<Store, Shared>()
  return (store) => {
    const shared = sharedOf.get(store) ?? create()
    sharedOf.set(store, shared)
    return shared
  }
}

const getKnown = perStore((): Known => ({
  live: new Set(),
  unrecorded: new Map(),
  unsent: new LRUCache({ max: mostUnsent }),
  unreleased: new Set(),
}))

export function getLive(store: Store): Set<string> {
  return getKnown(store).live
}

export function getUnsent(store: Store): Known['unsent'] {
  return getKnown(store).unsent
}

/** What became of an outcome: durable, to be recorded as soon as the store works again, or left to the process that took the entry over. */
export type Durability = 'DURABLE' | 'LATE' | 'TAKEN_OVER'

/** Records the outcome of a write. */
export async function recordOutcome(store: Store, id: string, outcome: Outcome): Promise<Durability> {
  const { live, unrecorded } = getKnown(store)
  const startedMs = performance.now()
  try {
    await inTime(store.settle(id, outcome)).catch(async (error: unknown) => {
      // Its answer may be all that was lost; or this process was stopped, so that no time was left for it.
      const isWorthwhile = performance.now() - startedMs < commitMs / 2 || !store.isSure(id)
      if (!store.isShared || error instanceof TakenOverError || !isWorthwhile) throw error
      await inTime(store.settle(id, outcome))
    })
    return 'DURABLE'
  } catch (error) {
    if (error instanceof TakenOverError) return (await isRecorded(store, id, outcome)) ? 'DURABLE' : 'TAKEN_OVER'
    unrecorded.set(id, outcome)
    if (error instanceof StoreError) return 'LATE'
    throw error
  } finally {
    live.delete(id)
  }
}

/** Whether an entry has this very outcome. */
async function isRecorded(store: Store, id: string, { state, settledMs }: Outcome): Promise<boolean> {
  const entry = await inTime(store.find(id)).catch(() => null)
  return entry?.state === state && entry.settledMs === settledMs
}

/** Records the outcome of an entry if it could not be recorded before; resolves to whether it was so. Rejects with StoreError while it is. */
export async function recordLate(store: Store, id: string): Promise<boolean> {
  const { unrecorded } = getKnown(store)
  const outcome = unrecorded.get(id)
  if (outcome === undefined) return false
  const entry = await store.find(id)
  // A commit that was only late is there by now.
  if (entry !== null && isOpen(entry)) await inTime(store.settle(id, outcome)).catch(unlessTakenOver)
  unrecorded.delete(id)
  return true
}

/** Same, for all of them, and gives back what could not be given back; resolves to whether all outcomes are recorded. Never rejects. */
export async function recordAllLate(store: Store): Promise<boolean> {
  const { unrecorded, unreleased } = getKnown(store)
  await Promise.all([...unreleased].map((id) => release(store, id)))
  await Promise.allSettled([...unrecorded.keys()].map((id) => recordLate(store, id)))
  return unrecorded.size === 0
}

/** IDs of the entries whose outcomes are not recorded yet: only this process knows them. */
export function listUnrecorded(store: Store): readonly string[] {
  return [...getKnown(store).unrecorded.keys()]
}

/** Takes an open entry to settle it; resolves to false if it is somebody else's, or none. Nobody else uses a store that is not shared. */
export async function claim(store: Store, id: string): Promise<boolean> {
  if (!store.isShared) return true
  const { unreleased } = getKnown(store)
  unreleased.delete(id)
  try {
    return await inTime(store.claim(id))
  } catch (error) {
    // It may be durable all the same.
    unreleased.add(id)
    throw error
  }
}

/** Gives an entry back, at once or as soon as the store works again: nobody else can look at it before. Never rejects. */
export async function release(store: Store, id: string): Promise<void> {
  if (!store.isShared) return
  const { unreleased } = getKnown(store)
  await inTime(store.release(id)).then(
    () => unreleased.delete(id),
    () => unreleased.add(id),
  )
}

/** What another process has taken over is left to it. */
function unlessTakenOver(error: unknown): void {
  if (!(error instanceof TakenOverError)) throw error
}

/** Commits take milliseconds; a store that takes longer counts as failed. */
const commitMs = 5_000

/** Rejects with StoreError if the store takes too long. */
export function inTime<Result>(commit: Promise<Result>): Promise<Result> {
  return within(commitMs, commit, 'The store did not respond in time')
}
