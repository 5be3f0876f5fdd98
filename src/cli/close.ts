import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { listUnrecorded, recordAllLate } from '../gateway/journal/commit.ts'
import { formatId } from '../id.ts'
import { quietly } from '../observe/quietly.ts'
import type { Store } from '../store/store.ts'

const pauseMs = 250
/** Time to record outcomes where the writes have used up theirs. */
const atLeastMs = 3_000
/** Time to close the store after that. */
const closeMs = 2_000

export interface CloseOptions {
  readonly store: Store
  readonly log: Pick<Logger, 'error'>
  /** Until when outcomes can be recorded, as in performance.now(). */
  readonly untilMs: number
}

/**
 * Records the outcomes that could not be recorded before, which are lost with the process, and closes the store: a disk can have room
 * again, and a database can come back. Resolves to whether all are recorded. Never rejects.
 */
export async function closeStore({ store, log, untilMs }: CloseOptions): Promise<boolean> {
  const lastMs = Math.max(untilMs, performance.now() + atLeastMs)
  async function recordAll(): Promise<void> {
    while (!(await recordAllLate(store)) && performance.now() < lastMs) await sleep(pauseMs)
  }
  await Promise.race([recordAll(), sleep(lastMs - performance.now())])
  const isRecorded = logUnrecorded(store, log)
  try {
    await Promise.race([store.close(), sleep(closeMs)])
  } catch (error) {
    log.error({ reason: error instanceof Error ? error.message : 'unknown' }, 'store not closed')
  }
  return isRecorded
}

/** Logs the entries whose outcomes are lost when the process exits now; returns whether there are none. */
export function logUnrecorded(store: Store, log: CloseOptions['log']): boolean {
  const entries = listUnrecorded(store).map((id) => formatId({ kind: 'entry', id }))
  if (entries.length === 0) return true
  quietly('The log', () => log.error({ entries }, 'outcomes not recorded: check these writes with their providers'))
  return false
}
