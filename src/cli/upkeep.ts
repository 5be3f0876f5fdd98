import type { Logger } from 'pino'
import { quietly } from '../observe/quietly.ts'
import type { Store } from '../store/store.ts'
import { toReason } from './failure.ts'

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
