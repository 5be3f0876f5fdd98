import { ConflictError, WebhookError } from '../../errors.ts'
import type { AccountWebhook } from '../../webhook.ts'
import type { Journaled } from '../journal/journaled.ts'
import type { CreateResult, WriteResult } from '../operations.ts'
import type { DeleteResult } from '../writes.ts'
import type { PlannedChange } from './planned.ts'

/** The outcome of a mutation. */
export type Answered<Result> = Journaled<Result> | WebhookError

/** What has become of a change: the outcomes of the mutations that carry it out. */
export interface PlannedOutcome {
  readonly change: PlannedChange
  readonly create: Answered<CreateResult> | null
  readonly update: Answered<WriteResult> | null
  readonly delete: Answered<DeleteResult> | null
  /** Why it was not carried out, or not to its end. */
  readonly skipped: string | null
}

export const untouched = { create: null, update: null, delete: null, skipped: null } as const

export const changedMeanwhile = 'The webhook was changed while it was being replaced.'

/** For a replacement whose new webhook was removed again. */
export function toWithdrawn(now: AccountWebhook | null): ConflictError {
  return new ConflictError(`${changedMeanwhile} The new webhook was removed. Nothing was changed. Plan again.`, null, now)
}

/** Rethrows bugs. */
export function toAnswer(error: unknown): WebhookError {
  if (error instanceof WebhookError) return error
  throw error
}
