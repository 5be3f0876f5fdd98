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

/** Whether a webhook can be desired. Some send elsewhere than to an https URL, or with credentials in it. */
export function canBeDesired({ url }: Pick<AccountWebhook, 'url'>): boolean {
  const parsed = URL.parse(url)
  return parsed?.protocol === 'https:' && parsed.username === '' && parsed.password === ''
}

/** The webhooks of an account. */
export interface Actual {
  readonly account: Account
  readonly provider: Provider
  readonly webhooks: readonly AccountWebhook[]
  /** Whether these are all of its webhooks. If not, nothing is planned for it. */
  readonly isComplete: boolean
  /** Whether those that nobody desires are deleted. */
  readonly isPruned: boolean
}
