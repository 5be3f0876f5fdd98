// The domain's nouns. Nothing here knows GraphQL, HTTP or a provider.

/** One set of credentials at one provider. */
export interface Account {
  /** Chosen by the operator, unique; what mutation inputs take. */
  readonly slug: string
  /** Name of the provider, as in the registry. */
  readonly provider: string
  /** True when an embedded stand-in serves it. */
  readonly sandbox: boolean
}

export type WebhookStatus = 'ACTIVE' | 'DISABLED' | 'PENDING_VERIFICATION'

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined }

/** What only one provider has; the names and types are stated in its `details`. */
export interface Details {
  readonly [field: string]: DetailValue
}
export type DetailValue = Json | Date | Details

/** A webhook as an adapter yields it: one account's view, no global id. */
export interface Webhook<D = Details> {
  readonly upstreamId: string
  /** The provider's name, or its description where it has no name. */
  readonly name: string | null
  readonly url: string
  readonly enabled: boolean
  readonly status: WebhookStatus
  /** Null where the provider has no event filter. */
  readonly eventTypes: readonly string[] | null
  readonly createdAt: Date | null
  readonly updatedAt: Date | null
  readonly details: D
}

/** A webhook with the account it belongs to: what leaves the gateway. */
export interface AccountWebhook extends Webhook {
  readonly id: string
  readonly account: Account
}

/** Something the caller should know although the call succeeded. */
export interface Warning {
  readonly code: string
  readonly message: string
}
