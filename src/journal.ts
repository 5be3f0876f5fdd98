import type { Account, AccountWebhook, Instant } from './webhook.ts'

// The record of a write: what it was to do, how far it came and how it ended.

export const journalStates = ['RUNNING', 'SUCCEEDED', 'FAILED', 'UNKNOWN'] as const
export type JournalState = (typeof journalStates)[number]

/** The operations that have journal entries. */
export const journaledOperations = ['CREATE', 'UPDATE', 'DELETE', 'VERIFY', 'ROTATE_SECRET', 'TEST', 'REDELIVER'] as const
export type JournaledOperation = (typeof journaledOperations)[number]

/** What the journal keeps of a webhook. Contains no secrets. */
export type WebhookState = Pick<AccountWebhook, 'name' | 'url' | 'enabled' | 'status' | 'eventTypes'>

export interface JournalEntry {
  /** Global ID. */
  readonly id: string
  readonly operation: JournaledOperation
  readonly state: JournalState
  /** Whether the outcome can still be settled: the entry is RUNNING or UNKNOWN, and was not abandoned. */
  readonly isOpen: boolean
  readonly account: Account
  /** Global ID of the webhook; null until a create has one. */
  readonly webhookId: string | null
  /** Name of the caller who sent the write. */
  readonly caller: string
  /** Whether it is part of a plan that was applied under an idempotency key. */
  readonly isPlanned: boolean
  /** Null if the webhook did not exist or was not read. */
  readonly before: WebhookState | null
  readonly after: WebhookState | null
  /** The WebhookError that the write ended with; null if it has succeeded or is running. */
  readonly error: Error | null
  /** Whether the provider's response was lost and the gateway determined the outcome. */
  readonly recovered: boolean
  /** Webhooks that may be the result of a write with an unknown outcome. */
  readonly candidates: readonly AccountWebhook[]
  /** Until when the signing secret can be revealed; null if there is none, or not any more. */
  readonly secretUntil: Instant | null
  /** Whether that time is over, or nobody ever had the secret, and nobody has acknowledged it since the write has succeeded. */
  readonly isSecretExpired: boolean
  readonly startedAt: Instant
  /** Null while it is running. */
  readonly settledAt: Instant | null
}
