import type { JournalEntry } from '../../journal.ts'
import type { Store, StoredEntry } from '../../store/store.ts'
import type { Account } from '../../webhook.ts'
import type { Connection } from '../connection.ts'
import { getLive } from './commit.ts'
import { isOpen, toEntry } from './entry.ts'
import { doubtRecent } from './look.ts'

// Takes over what stopped processes left running.

export interface TakeoverOptions {
  readonly openStore: () => Promise<Store>
  /** The connection of an account that still leads to the same upstream account. */
  findConnection(slug: string, upstream: string): Connection | undefined
}

interface Looks {
  /** Looks for the outcome of an open entry. */
  attemptLook(entry: StoredEntry): Promise<{ readonly entry: StoredEntry; readonly isSettled: boolean }>
}

type OnSettled = (entry: JournalEntry) => void

const pageSize = 100

/** Looks at once for each upstream account: each takes seconds, and writes to the same webhook or URL wait for it. */
const mostAtOnce = 4

export function createTakeover({ openStore, findConnection, attemptLook }: TakeoverOptions & Looks) {
  /**
   * What stopped processes left running, oldest first. Called before the first write, which learns of what may still take effect;
   * and from time to time, if other processes share the store.
   */
  async function listInterrupted(): Promise<readonly StoredEntry[]> {
    const store = await openStore()
    const left: StoredEntry[] = []
    for (;;) {
      const page = await store.list({ states: ['RUNNING'] }, pageSize, left.at(-1)?.position)
      left.push(...page)
      if (page.length === pageSize) continue
      const live = getLive(store)
      const interrupted = left.filter(({ id, isOwnedElsewhere }) => !isOwnedElsewhere && !live.has(id))
      // If the store is shared, each write asks it what is in doubt.
      for (const entry of store.isShared ? [] : interrupted) {
        const connection = findConnection(entry.account, entry.upstream)
        if (connection !== undefined)
          doubtRecent({ connection, readAgeMs: () => Math.abs(store.readClock() - entry.startedMs) }, entry)
      }
      return interrupted.toReversed()
    }
  }

  /**
   * Settles entries, oldest first and a few at a time for each upstream account, and reports each whose state changes. Resolves to those that are
   * still open. Rejects if one could not be settled, once all were tried.
   */
  async function settleInterrupted(
    entries: readonly StoredEntry[],
    onSettled: OnSettled = () => {},
  ): Promise<readonly StoredEntry[]> {
    const queues = [...Map.groupBy(entries, ({ upstream }) => upstream).values()].map((each) => each.values())
    const lanes = queues.flatMap((queue) => Array.from({ length: mostAtOnce }, () => settleInOrder(queue, onSettled)))
    const ended = await Promise.allSettled(lanes)
    const failed = ended.find(({ status }) => status === 'rejected')
    if (failed?.status === 'rejected') throw failed.reason
    return ended.flatMap((each) => (each.status === 'fulfilled' ? each.value : []))
  }

  /** One that cannot be settled keeps none of the others from it. */
  async function settleInOrder(entries: Iterable<StoredEntry>, onSettled: OnSettled): Promise<readonly StoredEntry[]> {
    const failures: unknown[] = []
    const left: StoredEntry[] = []
    for (const entry of entries) {
      try {
        const { entry: now, isSettled } = await attemptLook(entry)
        // Another process reports what it has settled.
        const store = await openStore()
        const isReported = isSettled || !store.isShared
        if (now.state !== entry.state && isReported) onSettled(toEntry(now, toAccount(now), store))
        if (isOpen(now)) left.push(now)
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0) throw failures[0]
    return left
  }

  function toAccount({ account: slug, provider, upstream }: StoredEntry): Account {
    return findConnection(slug, upstream)?.account ?? { slug, provider, sandbox: false }
  }

  return { listInterrupted, settleInterrupted }
}
