import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Gateway } from '../gateway/gateway.ts'
import type { JournalEntry } from '../journal.ts'
import { quietly } from '../observe/quietly.ts'
import type { Store } from '../store/store.ts'
import { toProblem } from './store.ts'

export interface UpkeepOptions {
  readonly store: Pick<Store, 'maintain' | 'check' | 'isHealthy' | 'readClock'>
  readonly log: Pick<Logger, 'error' | 'info'>
  /** How long settled entries are kept; a reload can change it. */
  getRetentionMs(): number
  /** How long secrets are kept; a reload can shorten it. */
  getSecretRetentionMs?(): number
  /** Called after each look at the store. */
  onLook?(): unknown
  readonly lookMs?: number
  readonly maintainMs?: number
}

const changes = {
  well: ['info', 'store works again'],
  unmaintained: ['error', 'store not maintained: expired entries and secrets are still in it'],
  unwritable: ['error', 'store cannot be written: writes are refused'],
} as const

/**
 * Removes what has expired, now and from time to time, notices a store that is gone, and probes one that has failed until it works again.
 * Logs each change once. Returns a function that ends it.
 */
export function keepUp({
  store,
  log,
  getRetentionMs,
  getSecretRetentionMs,
  onLook,
  lookMs = 2_000,
  maintainMs = 60_000,
}: UpkeepOptions): () => void {
  let state: keyof typeof changes = 'well'
  let isMaintained = true
  let isBusy = false
  let hasEnded = false
  let dueMs = 0

  async function attempt(): Promise<void> {
    const hasFailed = !store.isHealthy()
    await store.check()
    if (hasFailed) dueMs = 0
    if (hasEnded || performance.now() < dueMs) return
    dueMs = performance.now() + maintainMs
    isMaintained = false
    const nowMs = store.readClock()
    await store.maintain(nowMs, nowMs - getRetentionMs(), getSecretRetentionMs?.())
    isMaintained = true
  }

  function report(error: unknown): void {
    const next = store.isHealthy() ? (isMaintained ? 'well' : 'unmaintained') : 'unwritable'
    if (hasEnded || next === state) return
    // The next probe finds out why.
    if (next === 'unwritable' && error === undefined) return
    state = next
    const [level, message] = changes[next]
    log[level](error === undefined ? {} : { reason: toReason(error) }, message)
  }

  async function look(): Promise<void> {
    if (isBusy || hasEnded) return
    isBusy = true
    report(await attempt().catch((error: unknown) => error))
    quietly('onLook', () => onLook?.())
    isBusy = false
  }

  // The timer must not keep the process alive.
  const timer = setInterval(() => void look(), lookMs).unref()
  void look()
  return () => {
    hasEnded = true
    clearInterval(timer)
  }
}

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

function toReason(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown'
}
