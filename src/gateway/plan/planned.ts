import type { Change } from '../../plan/change.ts'
import type { Plan } from '../../plan/plan.ts'
import type { StoredEntry } from '../../store/store.ts'
import type { AccountWebhook, Warning } from '../../webhook.ts'
import type { Listing } from '../listing.ts'

/** A replacement that an apply has begun: the old webhook is still there, as it was. */
export interface Begun {
  /** Of the create. */
  readonly entry: StoredEntry
  /** ID of the change. */
  readonly changeId: string
  /** The new webhook, as it is now. */
  readonly twin: AccountWebhook
  /** Hash of what the old one is set to. */
  readonly settings: string
}

/** A change with what it comes to. */
export interface PlannedChange extends Change {
  /** What the webhook is called: as desired, else as it is. */
  readonly name: string | null
  readonly url: string
  /** Place in the input; null if nobody desires it. */
  readonly desiredIndex: number | null
  /** Known in advance, as in the preview of the mutation. */
  readonly warnings: readonly Warning[]
  /** Maximum upstream requests if no response is lost, without further list pages and retries. */
  readonly calls: number
  /** Of a replacement whose new webhook exists already. */
  readonly begun?: Begun
}

/** What to do so that the webhooks are as desired, and what was read to know that. */
export interface WebhookPlan extends Omit<Plan, 'changes'> {
  readonly changes: readonly PlannedChange[]
  readonly sources: readonly (Listing & { readonly count: number })[]
}
