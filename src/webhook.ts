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

export type WebhookStatus = 'ACTIVE' | 'DISABLED' | 'PENDING_VERIFICATION' | 'SUSPENDED'

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined }

/** What only one provider has; the names and types are stated in its `details`. */
export interface Details {
  readonly [field: string]: DetailValue
}
export type DetailValue = Json | Date | Details

/** What a provider sent of a webhook; few ask for it. */
export interface Sent {
  /** Without what is not known to be harmless, user names and passwords in URLs masked. */
  read(): Json
  /** Forgets what `read` does not show: for what is kept. */
  seal(): void
}

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
  /** The provider's own mask of the signing secret; never a whole secret. */
  readonly secretHint: string | null
  /** What the provider sent. Null where this was not read from an answer. */
  readonly raw: Sent | null
  readonly details: D
}

/** A webhook with the account it belongs to: what leaves the gateway. */
export interface AccountWebhook extends Webhook {
  readonly id: string
  readonly account: Account
}

/** What a warning can be about, and what that means. */
export const warningCodes = {
  VERIFICATION_REQUIRED: 'No events are sent until the endpoint is verified.',
  NO_SIGNING_SECRET: 'The provider returned no readable signing secret.',
  SECRET_UNCONFIRMED: 'The provider did not confirm the signing secret.',
  EVENT_TYPES_UNCONFIRMED: 'The provider did not confirm the event types.',
  UNREADABLE_FIELD: 'Some fields of the response could not be read.',
  OTHER_WEBHOOK_NAMED: 'The response names a different webhook.',
  NOT_READ_BACK: 'The change was accepted, but the result could not be read.',
  NOT_DISABLED: 'The webhook should be disabled but may still send events.',
  SENDS_BEFORE_DISABLED: 'The webhook may send events before it is disabled.',
  LOSES_DELIVERY_HISTORY: 'The delivery log is lost.',
  OLD_WEBHOOK_KEPT: 'The old webhook still exists.',
  OLD_WEBHOOK_UNKNOWN: 'The old webhook may still exist.',
  RECOVERED: 'The response was lost, but the gateway determined the outcome.',
  EARLIER_WRITE_UNRESOLVED: 'An earlier write to the webhook may still take effect.',
  AUDIT_INCOMPLETE: 'The audit log is missing the outcome of the write.',
} as const
export type WarningCode = keyof typeof warningCodes

/** Something the caller should know although the call succeeded. */
export interface Warning {
  readonly code: WarningCode
  readonly message: string
}

/** What was read of a list that a provider sent: a record that cannot be read is left out, and counted. */
export interface Batch<Item> {
  readonly items: readonly Item[]
  /** The provider's ids of those left out; null where not even that could be read. */
  readonly unreadable: readonly (string | null)[]
}

// ---- deliveries

export type DeliveryState = 'PENDING' | 'SUCCEEDED' | 'FAILED' | 'UNKNOWN'

/** One event on its way to one webhook, all attempts together. */
export interface Delivery {
  /** The provider's own id of it, or of its last attempt where attempts have ids. */
  readonly upstreamId: string
  /** What the log has of it that stays the same when another attempt is made; what sends the event again takes it. */
  readonly key: string
  readonly eventId: string | null
  readonly eventType: string | null
  readonly state: DeliveryState
  /** Null, as what follows, where the provider does not tell. */
  readonly attempts: number | null
  /** HTTP status of the endpoint's last answer. */
  readonly responseStatus: number | null
  readonly responseBody: string | null
  readonly error: string | null
  readonly durationMs: number | null
  readonly createdAt: Date | null
  readonly lastAttemptAt: Date | null
  readonly nextRetryAt: Date | null
}

/** A delivery with the webhook it belongs to: what leaves the gateway. */
export interface WebhookDelivery extends Delivery {
  readonly id: string
  /** Global, of the webhook. */
  readonly webhookId: string
}

/** What came of a test event. */
export interface TestResult {
  /** Whether the provider sent it and the endpoint, as far as the provider tells, took it. */
  readonly accepted: boolean
  /** HTTP status of the endpoint's answer. */
  readonly endpointStatus: number | null
  readonly signature: string | null
  readonly note: string | null
}

// ---- writes, before they are made

/** A call to a provider as it would be sent, without its headers and secrets. */
export interface UpstreamRequest {
  readonly method: string
  readonly url: string
  /** Null where there is none. */
  readonly body: Json
}

export const rotationStrategies = ['PROVIDER', 'CALLER_CHOSEN', 'REPLACEMENT'] as const
export type RotationStrategy = (typeof rotationStrategies)[number]

/** What comes with a rotation, even when all goes well. */
export interface RotationPrice {
  readonly changesId: boolean
  readonly duplicateDeliveries: boolean
  readonly losesDeliveryHistory: boolean
  readonly needsVerification: boolean
}
