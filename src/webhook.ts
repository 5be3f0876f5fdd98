// Domain types. They are independent of GraphQL, HTTP and providers.

/** One set of credentials at one provider. */
export interface Account {
  /** Unique name chosen by the operator, used in mutation inputs. */
  readonly slug: string
  /** Name of the provider, as in the registry. */
  readonly provider: string
  /** Whether the embedded sandbox stands in for the provider. */
  readonly sandbox: boolean
  /** What the provider needs to know besides the credentials, such as a repository; no secrets. */
  readonly settings?: Readonly<Record<string, string>> | undefined
}

export type WebhookStatus = 'ACTIVE' | 'DISABLED' | 'PENDING_VERIFICATION' | 'SUSPENDED'

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined }

/** A time as ISO 8601 text in UTC with milliseconds, e.g. 2026-01-05T09:00:00.000Z. The later of two is the greater text. */
export type Instant = string

/** Provider-specific fields; their names and types are declared in its `details`. */
export interface Details {
  readonly [field: string]: Json
}

/** The provider's response for a webhook, built on demand because few queries select it. */
export interface Sent {
  /** Allowlisted fields only, with user names and passwords in URLs masked. */
  read(): Json
  /** Drops everything that `read` does not show, before it is cached. */
  seal(): void
}

/** A webhook as an adapter returns it: without account and global ID. */
export interface Webhook<D = Details> {
  readonly upstreamId: string
  /** The name at the provider, or its description if webhooks have no name there. */
  readonly name: string | null
  readonly url: string
  readonly enabled: boolean
  readonly status: WebhookStatus
  /** Null if the provider has no event filter. */
  readonly eventTypes: readonly string[] | null
  readonly createdAt: Instant | null
  readonly updatedAt: Instant | null
  /** The signing secret as masked by the provider; never a full secret. */
  readonly secretHint: string | null
  /** The provider's response. Null if the webhook was not read from one. */
  readonly raw: Sent | null
  readonly details: D
}

/** A webhook with its account, as the gateway returns it. */
export interface AccountWebhook extends Webhook {
  readonly id: string
  readonly account: Account
}

/** Warning codes and their descriptions. */
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
  SETTINGS_NOT_SHOWN: 'The new webhook may lack settings that the provider does not show.',
  OLD_WEBHOOK_KEPT: 'The old webhook still exists.',
  OLD_WEBHOOK_UNKNOWN: 'The old webhook may still exist.',
  NEW_WEBHOOK_UNKNOWN: 'A new webhook whose signing secret nobody has may exist.',
  RECOVERED: 'The response was lost, but the gateway determined the outcome.',
  EARLIER_WRITE_UNRESOLVED: 'An earlier write to the webhook may still take effect.',
  JOURNAL_INCOMPLETE: 'The journal is missing the outcome of the write.',
  HOST_CHANGES: 'The host changes for several URLs.',
  ACCOUNT_FULL: 'The account cannot have as many webhooks at the same time.',
  NOTHING_DELETED: 'Nothing is deleted, because not all webhooks could be read.',
  ID_CHANGED: 'No webhook has the given ID any more.',
  NOT_MANAGEABLE: 'The webhook cannot be desired, so a plan leaves it as it is.',
  NEW_SIGNING_SECRET: 'The new webhook has a signing secret of its own.',
  REPLACEMENT_BEGUN: 'An earlier apply has created the new webhook already.',
  AUDIT_INCOMPLETE: 'The audit log is missing the outcome of the write.',
} as const
export type WarningCode = keyof typeof warningCodes

/** A warning about an operation that succeeded. */
export interface Warning {
  readonly code: WarningCode
  readonly message: string
}

/** Items read from a provider's list. Unreadable records are left out and counted. */
export interface Batch<Item> {
  readonly items: readonly Item[]
  /** The provider's IDs of the unreadable records; null if the ID is unreadable too. */
  readonly unreadable: readonly (string | null)[]
}

/** A list in one response, or the batches of its pages as they arrive. */
export type Batches<Item> = Promise<Batch<Item>> | AsyncIterable<Batch<Item>>

// ---- deliveries

export type DeliveryState = 'PENDING' | 'SUCCEEDED' | 'FAILED' | 'UNKNOWN'

/** One event sent to one webhook, including all attempts. */
export interface Delivery {
  /** The provider's ID for the delivery, or for its last attempt if attempts have IDs. */
  readonly upstreamId: string
  /** Key in the log that stays the same across attempts. Also used to resend the event. */
  readonly key: string
  readonly eventId: string | null
  readonly eventType: string | null
  readonly state: DeliveryState
  /** Like the following fields, null if the provider does not report it. */
  readonly attempts: number | null
  /** HTTP status of the endpoint's last response. */
  readonly responseStatus: number | null
  readonly responseBody: string | null
  readonly error: string | null
  readonly durationMs: number | null
  readonly createdAt: Instant | null
  readonly lastAttemptAt: Instant | null
  readonly nextRetryAt: Instant | null
}

/** A delivery with its webhook, as the gateway returns it. */
export interface WebhookDelivery extends Delivery {
  readonly id: string
  /** Global ID of the webhook. */
  readonly webhookId: string
}

/** Result of a test event. */
export interface TestResult {
  /** Whether the provider sent the event and, as far as it reports, the endpoint accepted it. */
  readonly accepted: boolean
  /** HTTP status of the endpoint's response. */
  readonly endpointStatus: number | null
  readonly signature: string | null
  readonly note: string | null
}

// ---- planned writes

/** A request to a provider as it would be sent, without headers and secrets. */
export interface UpstreamRequest {
  readonly method: string
  readonly url: string
  /** Null if the request has no body. */
  readonly body: Json
}

export const rotationStrategies = ['PROVIDER', 'CALLER_CHOSEN', 'REPLACEMENT'] as const
export type RotationStrategy = (typeof rotationStrategies)[number]

/** Side effects of a successful rotation. */
export interface RotationPrice {
  readonly changesId: boolean
  readonly duplicateDeliveries: boolean
  readonly losesDeliveryHistory: boolean
  readonly needsVerification: boolean
}
