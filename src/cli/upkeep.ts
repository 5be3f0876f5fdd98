import type { Logger } from 'pino'
import type { Gateway } from '../gateway/gateway.ts'
import type { JournalEntry } from '../journal.ts'
import { quietly } from '../observe/quietly.ts'
import { readClock } from '../store/clock.ts'
import type { Store } from '../store/store.ts'
import { toProblem } from './store.ts'

export interface UpkeepOptions {
  readonly store: Pick<Store, 'maintain' | 'check' | 'isHealthy'>
  readonly log: Pick<Logger, 'error' | 'info'>
  /** How long settled entries are kept; a reload can change it. */
  getRetentionMs(): number
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
 * Removes what has expired, now and from time to time, and probes a store that has failed until it works again. Logs each change
 * once. Returns a function that ends it.
 */
export function keepUp({ store, log, getRetentionMs, onLook, lookMs = 2_000, maintainMs = 60_000 }: UpkeepOptions): () => void {
  let state: keyof typeof changes = 'well'
  let isMaintained = true
  let isBusy = false
  let hasEnded = false
  let dueMs = 0

  async function attempt(): Promise<void> {
    if (!store.isHealthy()) {
      await store.check()
      dueMs = 0
    }
    if (performance.now() < dueMs) return
    dueMs = performance.now() + maintainMs
    isMaintained = false
    const nowMs = readClock()
    await store.maintain(nowMs, nowMs - getRetentionMs())
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

/**
 * Finds what a process that has died left running, before the first write. Resolves to a function that begins to settle it, beside
 * normal work. Rejects with ConfigError if the store fails.
 */
export async function findInterrupted(
  gateway: Gateway,
  log: Pick<Logger, 'error' | 'info'>,
  onSettled: (entry: JournalEntry) => void,
): Promise<() => void> {
  const entries = await listInterrupted(gateway)
  const count = entries.length
  return () => {
    if (count === 0) return
    log.info({ count }, 'settling interrupted writes')
    gateway
      .settleInterrupted(entries, (entry) => quietly('The audit', () => onSettled(entry)))
      .then(
        () => log.info({ count }, 'interrupted writes settled'),
        (error: unknown) => log.error({ reason: toReason(error) }, 'interrupted writes not settled'),
      )
  }
}

async function listInterrupted(gateway: Gateway) {
  try {
    return await gateway.listInterrupted()
  } catch (error) {
    throw toProblem(error)
  }
}

function toReason(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown'
}
