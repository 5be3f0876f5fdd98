import type { JournalEntry } from '../../journal.ts'
import type { Secret } from '../../secret.ts'
import type { Warning } from '../../webhook.ts'

/** A result with its journal entry. */
export type Journaled<Result> = Result & {
  /** Null if nothing was begun. */
  readonly journalEntry: JournalEntry | null
  /** Whether it is the outcome of an earlier write with the same idempotency key. */
  readonly replayed: boolean
  /** GONE if a secret was handed out that is no longer kept. */
  readonly secretState?: 'GONE'
}

/** The secret of a result. */
export interface HeldSecret {
  readonly signingSecret: Secret | null
  /** Why there is none: it is no longer kept, or the journal has it. By default, there never was one. */
  readonly secretState?: 'GONE' | 'KEPT'
}

/** Ways to settle an entry whose outcome is not known. */
export type SettleWay = 'LOOK_AGAIN' | 'ADOPT' | 'ABANDON'

export interface SettleInput {
  /** Global ID of the entry. */
  readonly id: string
  readonly as: SettleWay
  /** Global ID of the webhook to adopt. */
  readonly webhookId?: string | null | undefined
}

/** An entry after an attempt to settle it. */
export interface Settled extends HeldSecret {
  readonly journalEntry: JournalEntry
  readonly warnings: readonly Warning[]
}
