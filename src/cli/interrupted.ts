import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Gateway } from '../gateway/gateway.ts'
import type { JournalEntry } from '../journal.ts'
import { quietly } from '../observe/quietly.ts'
import type { Store } from '../store/store.ts'
import { toReason } from './failure.ts'
import { toProblem } from './store.ts'

// Writes that a process has left running when it died.

/** When interrupted writes are looked at: first the network, or the provider, may not be back yet. Later, a person settles them. */
const looksMs = [0, 60_000, 600_000, 1_800_000]

/**
 * Finds what a process that has died left running, before the first write. Resolves to a function that begins to settle it, beside
 * normal work. Rejects with ConfigError if the store fails.
 */
export async function findInterrupted(
  gateway: Settling,
  log: Pick<Logger, 'error' | 'info'>,
  onSettled: (entry: JournalEntry) => void,
  pausesMs: readonly number[] = looksMs,
): Promise<() => void> {
  const entries = await listInterrupted(gateway)
  return () => void settle(entries, { getGateway: () => gateway, log, onSettled, pausesMs })
}

type Settling = Pick<Gateway, 'listInterrupted' | 'settleInterrupted'>
type Interrupted = Awaited<ReturnType<Settling['listInterrupted']>>

interface SettleOptions {
  /** The gateway at that moment; a reload replaces it. */
  getGateway(): Settling
  readonly log: Pick<Logger, 'error' | 'info'>
  onSettled(entry: JournalEntry): void
  readonly pausesMs?: readonly number[] | undefined
}

/** Resolves to those that are still open. */
async function settle(
  found: Interrupted,
  { getGateway, log, onSettled, pausesMs = looksMs }: SettleOptions,
): Promise<Interrupted> {
  let entries = found
  for (const pauseMs of pausesMs) {
    if (entries.length === 0) break
    // The timer must not keep the process alive.
    await sleep(pauseMs, undefined, { ref: false })
    const count = entries.length
    log.info({ count }, 'settling interrupted writes')
    try {
      entries = await getGateway().settleInterrupted(entries, (entry) => quietly('The audit', () => onSettled(entry)))
      log.info({ count, unknown: entries.length }, 'interrupted writes settled')
    } catch (error) {
      log.error({ reason: toReason(error) }, 'interrupted writes not settled')
    }
  }
  return entries
}

export interface TakeOverOptions extends SettleOptions {
  readonly store: Pick<Store, 'isShared' | 'isHealthy'>
  readonly everyMs?: number
}

/** Pause after a look at interrupted writes that has failed. */
const retryMs = 10_000

/** Settles, from time to time, what other processes on the store left running when they stopped. Returns a function that ends it. */
export function takeOver({ store, everyMs = 2_000, ...options }: TakeOverOptions): () => void {
  if (!store.isShared) return () => {}
  const taken = new Set<string>()
  let isBusy = false

  async function look(): Promise<void> {
    if (isBusy || !store.isHealthy()) return
    isBusy = true
    // One that is settled by then may be in the list all the same.
    const known = new Set(taken)
    try {
      const left = (await options.getGateway().listInterrupted()).filter(({ id }) => !known.has(id) && !taken.has(id))
      if (left.length > 0) void settleTaken(left)
    } catch {
      // The probe of the store reports why it fails.
    } finally {
      isBusy = false
    }
  }

  async function settleTaken(found: Interrupted): Promise<void> {
    for (const { id } of found) taken.add(id)
    const [pauseMs = 0, ...pausesMs] = options.pausesMs ?? looksMs
    const left = await settle(found, { ...options, pausesMs: [pauseMs] })
    // One that could not be looked at is still running, and somebody may wait for it.
    if (left.some(({ state }) => state === 'RUNNING')) await sleep(retryMs, undefined, { ref: false })
    for (const { id } of found) taken.delete(id)
    await settle(
      left.filter(({ state }) => state === 'UNKNOWN'),
      { ...options, pausesMs },
    )
  }

  const timer = setInterval(() => void look(), everyMs).unref()
  return () => clearInterval(timer)
}

async function listInterrupted(gateway: Pick<Gateway, 'listInterrupted'>) {
  try {
    return await gateway.listInterrupted()
  } catch (error) {
    throw toProblem(error)
  }
}
