import type { Rate } from '../http/rate.ts'
import type { Secret } from '../secret.ts'
import type { Account } from '../webhook.ts'

/** Configuration of an account. */
export interface AccountSettings extends Account {
  readonly token: Secret | string
  /** Base URL before what version and settings add to it; defaults to the provider's. */
  readonly baseUrl?: string | undefined
  /** Sent with every request, in addition to the provider's headers. */
  readonly headers?: Readonly<Record<string, Secret | string>> | undefined
  readonly apiVersion?: string | undefined
  /** Rate limit; defaults to what the provider documents. */
  readonly rateLimit?: Rate | undefined
  /** Maximum number of webhooks; defaults to what the provider documents. */
  readonly maxWebhooks?: number | undefined
}
