import type { Options } from '../provider/fields.ts'
import type { Provider } from '../provider/provider.ts'
import type { Account, AccountWebhook } from '../webhook.ts'

// What there should be, and what there is.

/** A webhook that there should be, with a valid and normalized URL and only the options of its provider. What is undefined is not managed. */
export interface Desired {
  /** Place in the list that it comes from. */
  readonly index: number
  readonly account: string
  /** Global ID of the webhook that it is. */
  readonly id: string | undefined
  readonly name: string | undefined
  readonly url: string
  readonly eventTypes: readonly string[] | undefined
  readonly enabled: boolean | undefined
  readonly options: Options
}

/** The webhooks of an account. */
export interface Actual {
  readonly account: Account
  readonly provider: Provider
  readonly webhooks: readonly AccountWebhook[]
  /** Whether these are all of its webhooks. If not, nothing is planned for it. */
  readonly isComplete: boolean
  /** Maximum number of webhooks, if it has one. */
  readonly maxWebhooks?: number | null
  /** Whether those that nobody desires are deleted. */
  readonly isPruned: boolean
  /** Why a webhook cannot be desired, such as a URL that is not https; undefined if it can. */
  findObstacle(webhook: AccountWebhook): string | undefined
}
