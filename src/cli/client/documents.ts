// Generated: npm run schema
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { Json } from '../../webhook.ts'
import * as z from 'zod'
import type { Document } from './document.ts'
/** The plan to carry out. */
export type ApplyWebhookPlanInput = {
  /** Slugs of the accounts to read besides those of `webhooks` and `prune`. Their webhooks are UNMANAGED and stay. */
  readonly accounts?: ReadonlyArray<string> | null | undefined;
  /** The `fingerprint` of the plan that you have checked. */
  readonly fingerprint: string;
  /** Whether to carry it out despite its `refusals`. */
  readonly force?: boolean | null | undefined;
  /** Repeats of this mutation with the same key and input return its first outcome. 1 to 255 printable ASCII characters. Ignored by previews. Here, the input is `webhooks` and `prune`, and a repeat goes on where it was with the changes that were checked under the key, without comparing fingerprints. */
  readonly idempotencyKey?: string | null | undefined;
  /** IDs of the changes to carry out. Defaults to all. A change that has become another one has another ID. The `refusals` of the plan hold whichever are chosen. */
  readonly only?: ReadonlyArray<string | number> | null | undefined;
  /** Slugs of the accounts whose other webhooks are deleted. By default, they are UNMANAGED and stay. */
  readonly prune?: ReadonlyArray<string> | null | undefined;
  /** The desired webhooks, in any order. */
  readonly webhooks: ReadonlyArray<DesiredWebhookInput>;
};

/** Options specific to Baanx. */
export type BaanxOptionsInput = {
  /** Your own JSON object to store with the webhook, up to 32 levels deep. An update replaces the whole object. The key _hookql is reserved. */
  readonly metadata?: Json | null | undefined;
};

/** A webhook that there should be. A field that is left out is not managed, except that a new webhook is enabled. */
export type DesiredWebhookInput = {
  /** Account slug, as listed by the accounts query. */
  readonly account: string;
  /** Whether the webhook is enabled. */
  readonly enabled?: boolean | null | undefined;
  /** Event types to receive, in any order. Up to 300, each up to 255 characters. */
  readonly eventTypes?: ReadonlyArray<string> | null | undefined;
  /** The `id` of the webhook. By default, a webhook is known by its name, or by its URL if it has none here or the provider has no names. */
  readonly id?: string | number | null | undefined;
  /** Display name, 1 to 255 characters after trimming. */
  readonly name?: string | null | undefined;
  /** Provider-specific options. Those that no list shows, such as secrets, count only for new webhooks. */
  readonly options?: ProviderOptionsInput | null | undefined;
  /** URL that receives deliveries. Must use https and contain no user name or password. */
  readonly url: string;
};

/** Options specific to Fingerprint. */
export type FingerprintOptionsInput = {
  /** ID of the Fingerprint environment (ae_... or env_..., up to 256 characters) whose events are sent. Null sends events from all environments. */
  readonly environmentId?: string | null | undefined;
};

/** How GitHub encodes a delivery. */
export type GitHubContentType =
  /** The body is a form whose field `payload` has the JSON payload. */
  | 'FORM'
  /** The body is the JSON payload. */
  | 'JSON';

/** Options specific to GitHub. */
export type GitHubOptionsInput = {
  /** How deliveries are encoded. Defaults to JSON. */
  readonly contentType?: GitHubContentType | null | undefined;
  /** Whether GitHub delivers without verifying the TLS certificate. Defaults to false. Strongly discouraged. */
  readonly insecureSsl?: boolean | null | undefined;
  /** Your own signing secret, 8 to 256 characters. If omitted on create, the gateway generates a strong one. If omitted on update, it stays unchanged. No query returns it. */
  readonly secret?: string | null | undefined;
};

/** State of a journal entry. */
export type JournalState =
  /** The write failed and changed nothing. See `error`. */
  | 'FAILED'
  /** The write has begun, and its outcome is not recorded yet. */
  | 'RUNNING'
  /** The write was carried out. */
  | 'SUCCEEDED'
  /** The write may have been carried out. See `candidates` and `settleJournalEntry`. */
  | 'UNKNOWN';

/** Options specific to Linear. */
export type LinearOptionsInput = {
  /** Whether events of all public teams are sent, new teams included. Defaults to true if there is no teamId. Omit on update. Linear cannot change it. Create a new webhook, and delete this one. */
  readonly allPublicTeams?: boolean | null | undefined;
  /** Your own signing secret, 8 to 256 characters. If omitted on create, the gateway generates a strong one. If omitted on update, it stays unchanged. No query returns it. */
  readonly secret?: string | null | undefined;
  /** ID or key of the only team whose events are sent, e.g. ENG, up to 256 characters. Omit on update. Linear cannot change it. Create a new webhook, and delete this one. */
  readonly teamId?: string | null | undefined;
};

/** Kind of problem with desired webhooks. */
export type PlanProblemCode =
  /** Several webhooks can be meant. Give the ID of the right one. */
  | 'AMBIGUOUS'
  /** The webhook does not exist, and it cannot be created as desired. */
  | 'NOT_CREATABLE'
  /** The webhook can only be changed by replacing it, and it cannot be replaced now. */
  | 'NOT_REPLACEABLE'
  /** Several desired webhooks mean the same webhook. */
  | 'REPEATED'
  /** The outcome of an earlier write is unknown, and with it the signing secret of the webhook. Its changes are planned, but it is not created again. */
  | 'UNSETTLED';

/** Kind of doubt about a plan. */
export type PlanRefusalCode =
  /** All webhooks of an account would be deleted. */
  | 'ALL_DELETED'
  /** More than 30 % of the webhooks of an account with at least ten would be changed or deleted. */
  | 'TOO_MANY_CHANGES';

/** What a plan does about a webhook. */
export type PlannedChangeKind =
  /** The webhook does not exist and is created. */
  | 'CREATE'
  /** The webhook is in no file, and its account is pruned. */
  | 'DELETE'
  /** The webhook is as desired. */
  | 'NONE'
  /** A new webhook takes over, because the provider cannot change a field in place. Then the old one is deleted. */
  | 'REPLACE'
  /** The webhook is in no file and stays as it is. */
  | 'UNMANAGED'
  /** Fields of the webhook are changed. */
  | 'UPDATE';

/** Name of a provider. */
export type ProviderName =
  /** Baanx: https://docs.baanx.com */
  | 'BAANX'
  /** Encrata: https://encrata.com/docs/webhooks */
  | 'ENCRATA'
  /** Fingerprint: https://docs.fingerprint.com */
  | 'FINGERPRINT'
  /** GitHub: https://docs.github.com/rest/repos/webhooks */
  | 'GITHUB'
  /** Linear: https://linear.app/developers/webhooks */
  | 'LINEAR'
  /** Shopify: https://shopify.dev/docs/api/admin-graphql/latest/objects/WebhookSubscription */
  | 'SHOPIFY'
  /** Stripe: https://docs.stripe.com/api/webhook_endpoints */
  | 'STRIPE'
  /** Verifik: https://docs.verifik.co */
  | 'VERIFIK';

/** Provider-specific options. Set exactly one key: the account's provider. */
export type ProviderOptionsInput =
  {   /** Options for Baanx accounts. */
  readonly baanx: BaanxOptionsInput; readonly fingerprint?: never; readonly github?: never; readonly linear?: never; readonly shopify?: never; readonly stripe?: never; readonly verifik?: never; }
  |  { readonly baanx?: never;   /** Options for Fingerprint accounts. */
  readonly fingerprint: FingerprintOptionsInput; readonly github?: never; readonly linear?: never; readonly shopify?: never; readonly stripe?: never; readonly verifik?: never; }
  |  { readonly baanx?: never; readonly fingerprint?: never;   /** Options for GitHub accounts. */
  readonly github: GitHubOptionsInput; readonly linear?: never; readonly shopify?: never; readonly stripe?: never; readonly verifik?: never; }
  |  { readonly baanx?: never; readonly fingerprint?: never; readonly github?: never;   /** Options for Linear accounts. */
  readonly linear: LinearOptionsInput; readonly shopify?: never; readonly stripe?: never; readonly verifik?: never; }
  |  { readonly baanx?: never; readonly fingerprint?: never; readonly github?: never; readonly linear?: never;   /** Options for Shopify accounts. */
  readonly shopify: ShopifyOptionsInput; readonly stripe?: never; readonly verifik?: never; }
  |  { readonly baanx?: never; readonly fingerprint?: never; readonly github?: never; readonly linear?: never; readonly shopify?: never;   /** Options for Stripe accounts. */
  readonly stripe: StripeOptionsInput; readonly verifik?: never; }
  |  { readonly baanx?: never; readonly fingerprint?: never; readonly github?: never; readonly linear?: never; readonly shopify?: never; readonly stripe?: never;   /** Options for Verifik accounts. */
  readonly verifik: VerifikOptionsInput; };

/** State of a signing secret. */
export type SecretState =
  /** The secret was already returned and cannot be shown again. */
  | 'GONE'
  /** `signingSecret` contains the secret. */
  | 'HANDED_OUT'
  /** The journal has the secret: see `revealSigningSecret`. */
  | 'KEPT'
  /** The provider returned no readable secret: see the warnings. For providers that always return a secret, you get OutcomeUnknownError instead. */
  | 'NONE';

/** Options specific to Shopify. */
export type ShopifyOptionsInput = {
  /** Condition in Shopify's search syntax that events must meet, such as total_price:>=100.00. Null sends all events. */
  readonly filter?: string | null | undefined;
  /** Format of the events. Defaults to JSON. */
  readonly format?: ShopifyWebhookFormat | null | undefined;
  /** Fields to send. Null sends all fields. */
  readonly includeFields?: ReadonlyArray<string> | null | undefined;
  /** Namespaces whose metafields are sent. Null sends none. */
  readonly metafieldNamespaces?: ReadonlyArray<string> | null | undefined;
  /** Metafields to send, as objects with `key` and `namespace`. Without `namespace`, it is that of the app. Null sends none. */
  readonly metafields?: ReadonlyArray<Json> | null | undefined;
};

/** Format of the events that Shopify sends. */
export type ShopifyWebhookFormat =
  /** Events are sent as JSON. */
  | 'JSON'
  /** Events are sent as XML. Some topics do not support it. */
  | 'XML';

/** Whether all of an account's webhooks could be read. */
export type SourceState =
  /** All webhooks were read. */
  | 'COMPLETE'
  /** No webhooks were read. See `error`. */
  | 'FAILED'
  /** Webhooks are missing, or may be. See `error`. */
  | 'TRUNCATED';

/** Options specific to Stripe. */
export type StripeOptionsInput = {
  /** Stripe API version of the events, e.g. 2026-10-28.endive. Defaults to the account's version. Omit on update. Stripe fixes it when the webhook is created. Create a new webhook, and delete this one. */
  readonly apiVersion?: string | null | undefined;
  /** Whether events of connected accounts are sent instead of those of your own account. Defaults to false. No read shows it. Omit on update. Stripe fixes it when the webhook is created. Create a new webhook, and delete this one. */
  readonly connect?: boolean | null | undefined;
  /** Your own JSON object to store with the webhook: up to 50 strings of up to 500 characters, with names of 1 to 40 characters without brackets. An update changes only the names that you send, and an empty string removes its name. */
  readonly metadata?: Json | null | undefined;
};

/** Options specific to Verifik. */
export type VerifikOptionsInput = {
  /** Description of the webhook, up to 1,000 characters. */
  readonly description?: string | null | undefined;
  /** IDs of project flows to link to the webhook, up to 100, each 1 to 256 characters. An update adds to those already linked. */
  readonly linkProjectFlowIds?: ReadonlyArray<string> | null | undefined;
  /** Your own signing secret, 8 to 256 characters. If omitted on create, the gateway generates a strong one. If omitted on update, it stays unchanged. No query returns it. */
  readonly secret?: string | null | undefined;
  /** IDs of project flows to unlink from the webhook, up to 100, each 1 to 256 characters. Omit on create. A new webhook has no project flows. */
  readonly unlinkProjectFlowIds?: ReadonlyArray<string> | null | undefined;
};

/** Kind of warning. */
export type WarningCode =
  /** The account cannot have as many webhooks at the same time. */
  | 'ACCOUNT_FULL'
  /** The audit log is missing the outcome of the write. */
  | 'AUDIT_INCOMPLETE'
  /** An earlier write to the webhook may still take effect. */
  | 'EARLIER_WRITE_UNRESOLVED'
  /** The provider did not confirm the event types. */
  | 'EVENT_TYPES_UNCONFIRMED'
  /** The host changes for several URLs. */
  | 'HOST_CHANGES'
  /** No webhook has the given ID any more. */
  | 'ID_CHANGED'
  /** The journal is missing the outcome of the write. */
  | 'JOURNAL_INCOMPLETE'
  /** The delivery log is lost. */
  | 'LOSES_DELIVERY_HISTORY'
  /** The new webhook has a signing secret of its own. */
  | 'NEW_SIGNING_SECRET'
  /** A new webhook whose signing secret nobody has may exist. */
  | 'NEW_WEBHOOK_UNKNOWN'
  /** Nothing is deleted, because not all webhooks could be read. */
  | 'NOTHING_DELETED'
  /** The webhook should be disabled but may still send events. */
  | 'NOT_DISABLED'
  /** The webhook cannot be desired, so a plan leaves it as it is. */
  | 'NOT_MANAGEABLE'
  /** The change was accepted, but the result could not be read. */
  | 'NOT_READ_BACK'
  /** The provider returned no readable signing secret. */
  | 'NO_SIGNING_SECRET'
  /** The old webhook still exists. */
  | 'OLD_WEBHOOK_KEPT'
  /** The old webhook may still exist. */
  | 'OLD_WEBHOOK_UNKNOWN'
  /** The response names a different webhook. */
  | 'OTHER_WEBHOOK_NAMED'
  /** The response was lost, but the gateway determined the outcome. */
  | 'RECOVERED'
  /** An earlier apply has created the new webhook already. */
  | 'REPLACEMENT_BEGUN'
  /** The provider did not confirm the signing secret. */
  | 'SECRET_UNCONFIRMED'
  /** The webhook may send events before it is disabled. */
  | 'SENDS_BEFORE_DISABLED'
  /** The new webhook may lack settings that the provider does not show. */
  | 'SETTINGS_NOT_SHOWN'
  /** Some fields of the response could not be read. */
  | 'UNREADABLE_FIELD'
  /** No events are sent until the endpoint is verified. */
  | 'VERIFICATION_REQUIRED';

/** Error code, one for each type that implements WebhookError. */
export type WebhookErrorCode =
  /** A unique value is already in use, or the webhook changed during the operation. */
  | 'CONFLICT'
  /** The provider rejected the account's credentials. */
  | 'CREDENTIALS_REJECTED'
  /** The input is invalid. */
  | 'INVALID_INPUT'
  /** The account has reached the provider's webhook limit. */
  | 'LIMIT_REACHED'
  /** The account, webhook or delivery does not exist. */
  | 'NOT_FOUND'
  /** A write was sent but not clearly confirmed. It may have been carried out. */
  | 'OUTCOME_UNKNOWN'
  /** The credentials of the account, or of the caller, are valid but lack permission. */
  | 'PERMISSION_DENIED'
  /** The plan would change something else by now. Nothing was changed. */
  | 'PLAN_OUTDATED'
  /** The plan changes unusually much, and was not forced. Nothing was changed. */
  | 'PLAN_UNSAFE'
  /** Too many requests. Nothing was changed. */
  | 'RATE_LIMITED'
  /** The journal cannot be used, so the request was not sent to the provider. */
  | 'STORE_UNAVAILABLE'
  /** The provider does not support this field or operation, or not for this webhook. */
  | 'UNSUPPORTED'
  /** The provider's response to a read does not match its documentation. */
  | 'UPSTREAM_CONTRACT'
  /** The provider rejected the request. */
  | 'UPSTREAM_REJECTED'
  /** The provider is unreachable or failing. Nothing was changed. */
  | 'UPSTREAM_UNAVAILABLE';

/** What there should be. */
export type WebhookPlanInput = {
  /** Slugs of the accounts to read besides those of `webhooks` and `prune`. Their webhooks are UNMANAGED and stay. */
  readonly accounts?: ReadonlyArray<string> | null | undefined;
  /** Slugs of the accounts whose other webhooks are deleted. By default, they are UNMANAGED and stay. */
  readonly prune?: ReadonlyArray<string> | null | undefined;
  /** The desired webhooks, in any order. */
  readonly webhooks: ReadonlyArray<DesiredWebhookInput>;
};

/** Whether a webhook sends events, and if not, why. */
export type WebhookStatus =
  /** Enabled, and verified if the provider requires it. */
  | 'ACTIVE'
  /** Disabled. Sends nothing. */
  | 'DISABLED'
  /** Enabled, but sends nothing until the endpoint is verified. */
  | 'PENDING_VERIFICATION'
  /** Disabled by the provider, e.g. after failed deliveries. */
  | 'SUSPENDED';

export type ApplyWebhookPlanMutationVariables = Exact<{
  input: ApplyWebhookPlanInput;
}>;


export type ApplyWebhookPlanMutation = { readonly applyWebhookPlan:
    | (
      { readonly outcomes: ReadonlyArray<{ readonly skipped: string | null, readonly change: { readonly id: string, readonly kind: PlannedChangeKind, readonly desiredIndex: number | null, readonly name: string | null, readonly url: string, readonly calls: number, readonly account: { readonly slug: string }, readonly webhook: { readonly id: string } | null, readonly fields: ReadonlyArray<{ readonly path: string, readonly before: Json | null, readonly after: Json | null, readonly comparable: boolean, readonly note: string | null }>, readonly price: { readonly changesId: boolean, readonly duplicateDeliveries: boolean, readonly losesDeliveryHistory: boolean, readonly needsVerification: boolean } | null, readonly warnings: ReadonlyArray<{ readonly code: WarningCode, readonly message: string }> }, readonly create:
          | (
            { readonly code: WebhookErrorCode, readonly message: string, readonly retryAfterMs: number | null, readonly upstream: { readonly message: string | null } | null }
            & { readonly __typename: 'ConflictError' | 'CredentialsRejectedError' | 'InvalidInputError' | 'LimitReachedError' | 'NotFoundError' | 'OutcomeUnknownError' | 'PermissionDeniedError' | 'RateLimitedError' | 'StoreUnavailableError' | 'UnsupportedError' | 'UpstreamContractError' | 'UpstreamRejectedError' | 'UpstreamUnavailableError' }
          )
          | (
            { readonly signingSecret: string | null, readonly secretState: SecretState, readonly webhook: { readonly id: string }, readonly journalEntry: { readonly id: string, readonly secretUntil: string | null } | null, readonly warnings: ReadonlyArray<{ readonly code: WarningCode, readonly message: string }> }
            & { readonly __typename: 'CreateWebhookSuccess' }
          )
          | { readonly __typename: 'MutationPreview' }
         | null, readonly update:
          | (
            { readonly code: WebhookErrorCode, readonly message: string, readonly retryAfterMs: number | null, readonly upstream: { readonly message: string | null } | null }
            & { readonly __typename: 'ConflictError' | 'CredentialsRejectedError' | 'InvalidInputError' | 'NotFoundError' | 'OutcomeUnknownError' | 'PermissionDeniedError' | 'RateLimitedError' | 'StoreUnavailableError' | 'UnsupportedError' | 'UpstreamContractError' | 'UpstreamRejectedError' | 'UpstreamUnavailableError' }
          )
          | { readonly __typename: 'MutationPreview' }
          | (
            { readonly warnings: ReadonlyArray<{ readonly code: WarningCode, readonly message: string }> }
            & { readonly __typename: 'UpdateWebhookSuccess' }
          )
         | null, readonly delete:
          | (
            { readonly code: WebhookErrorCode, readonly message: string, readonly retryAfterMs: number | null, readonly upstream: { readonly message: string | null } | null }
            & { readonly __typename: 'CredentialsRejectedError' | 'InvalidInputError' | 'NotFoundError' | 'OutcomeUnknownError' | 'PermissionDeniedError' | 'RateLimitedError' | 'StoreUnavailableError' | 'UnsupportedError' | 'UpstreamContractError' | 'UpstreamRejectedError' | 'UpstreamUnavailableError' }
          )
          | (
            { readonly warnings: ReadonlyArray<{ readonly code: WarningCode, readonly message: string }> }
            & { readonly __typename: 'DeleteWebhookSuccess' }
          )
          | { readonly __typename: 'MutationPreview' }
         | null }>, readonly remaining: { readonly fingerprint: string, readonly complete: boolean, readonly keepsSecrets: boolean, readonly changes: ReadonlyArray<{ readonly id: string, readonly kind: PlannedChangeKind, readonly desiredIndex: number | null, readonly name: string | null, readonly url: string, readonly calls: number, readonly account: { readonly slug: string }, readonly webhook: { readonly id: string } | null, readonly fields: ReadonlyArray<{ readonly path: string, readonly before: Json | null, readonly after: Json | null, readonly comparable: boolean, readonly note: string | null }>, readonly price: { readonly changesId: boolean, readonly duplicateDeliveries: boolean, readonly losesDeliveryHistory: boolean, readonly needsVerification: boolean } | null, readonly warnings: ReadonlyArray<{ readonly code: WarningCode, readonly message: string }> }>, readonly problems: ReadonlyArray<{ readonly code: PlanProblemCode, readonly message: string, readonly desiredIndexes: ReadonlyArray<number>, readonly journalEntryId: string | null, readonly account: { readonly slug: string }, readonly webhooks: ReadonlyArray<{ readonly id: string }> }>, readonly refusals: ReadonlyArray<{ readonly code: PlanRefusalCode, readonly message: string, readonly account: { readonly slug: string } }>, readonly warnings: ReadonlyArray<{ readonly code: WarningCode, readonly message: string }>, readonly sources: ReadonlyArray<{ readonly state: SourceState, readonly unreadableCount: number, readonly account: { readonly slug: string }, readonly error: { readonly code: WebhookErrorCode, readonly message: string, readonly retryAfterMs: number | null, readonly upstream: { readonly message: string | null } | null } | null }> } | null }
      & { readonly __typename: 'ApplyWebhookPlanSuccess' }
    )
    | (
      { readonly message: string, readonly code: WebhookErrorCode, readonly retryAfterMs: number | null, readonly issues: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly message: string }>, readonly upstream: { readonly message: string | null } | null }
      & { readonly __typename: 'InvalidInputError' }
    )
    | (
      { readonly code: WebhookErrorCode, readonly message: string, readonly retryAfterMs: number | null, readonly plan: { readonly fingerprint: string, readonly complete: boolean, readonly keepsSecrets: boolean, readonly changes: ReadonlyArray<{ readonly id: string, readonly kind: PlannedChangeKind, readonly desiredIndex: number | null, readonly name: string | null, readonly url: string, readonly calls: number, readonly account: { readonly slug: string }, readonly webhook: { readonly id: string } | null, readonly fields: ReadonlyArray<{ readonly path: string, readonly before: Json | null, readonly after: Json | null, readonly comparable: boolean, readonly note: string | null }>, readonly price: { readonly changesId: boolean, readonly duplicateDeliveries: boolean, readonly losesDeliveryHistory: boolean, readonly needsVerification: boolean } | null, readonly warnings: ReadonlyArray<{ readonly code: WarningCode, readonly message: string }> }>, readonly problems: ReadonlyArray<{ readonly code: PlanProblemCode, readonly message: string, readonly desiredIndexes: ReadonlyArray<number>, readonly journalEntryId: string | null, readonly account: { readonly slug: string }, readonly webhooks: ReadonlyArray<{ readonly id: string }> }>, readonly refusals: ReadonlyArray<{ readonly code: PlanRefusalCode, readonly message: string, readonly account: { readonly slug: string } }>, readonly warnings: ReadonlyArray<{ readonly code: WarningCode, readonly message: string }>, readonly sources: ReadonlyArray<{ readonly state: SourceState, readonly unreadableCount: number, readonly account: { readonly slug: string }, readonly error: { readonly code: WebhookErrorCode, readonly message: string, readonly retryAfterMs: number | null, readonly upstream: { readonly message: string | null } | null } | null }> }, readonly upstream: { readonly message: string | null } | null }
      & { readonly __typename: 'PlanOutdatedError' }
    )
    | (
      { readonly code: WebhookErrorCode, readonly message: string, readonly retryAfterMs: number | null, readonly upstream: { readonly message: string | null } | null }
      & { readonly __typename: 'PlanUnsafeError' | 'StoreUnavailableError' | 'UpstreamUnavailableError' }
    )
   };

export type KeptSecretsQueryVariables = Exact<{
  accounts: ReadonlyArray<string> | string;
  after?: string | null | undefined;
}>;


export type KeptSecretsQuery = { readonly journal: { readonly nodes: ReadonlyArray<{ readonly id: string, readonly webhookId: string | null, readonly state: JournalState, readonly open: boolean, readonly planned: boolean, readonly secretUntil: string | null, readonly secretExpired: boolean, readonly missingScopes: ReadonlyArray<string> }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null } } };

export type NewestSecretQueryVariables = Exact<{
  webhookId: string | number;
}>;


export type NewestSecretQuery = { readonly journal: { readonly nodes: ReadonlyArray<{ readonly id: string, readonly webhookId: string | null, readonly secretUntil: string | null }> } };

export type RevealSecretMutationVariables = Exact<{
  entryId: string | number;
}>;


export type RevealSecretMutation = { readonly revealSigningSecret:
    | (
      { readonly code: WebhookErrorCode, readonly message: string, readonly retryAfterMs: number | null, readonly upstream: { readonly message: string | null } | null }
      & { readonly __typename: 'InvalidInputError' | 'NotFoundError' | 'OutcomeUnknownError' | 'StoreUnavailableError' | 'UpstreamUnavailableError' }
    )
    | (
      { readonly signingSecret: string | null }
      & { readonly __typename: 'RevealSigningSecretSuccess' }
    )
   };

export type AcknowledgeSecretMutationVariables = Exact<{
  entryId: string | number;
}>;


export type AcknowledgeSecretMutation = { readonly acknowledgeSecret:
    | { readonly __typename: 'AcknowledgeSecretSuccess' }
    | (
      { readonly code: WebhookErrorCode, readonly message: string, readonly retryAfterMs: number | null, readonly upstream: { readonly message: string | null } | null }
      & { readonly __typename: 'InvalidInputError' | 'NotFoundError' | 'OutcomeUnknownError' | 'StoreUnavailableError' | 'UpstreamUnavailableError' }
    )
   };

export type LookAgainMutationVariables = Exact<{
  id: string | number;
}>;


export type LookAgainMutation = { readonly settleJournalEntry:
    | (
      { readonly code: WebhookErrorCode, readonly message: string, readonly retryAfterMs: number | null, readonly upstream: { readonly message: string | null } | null }
      & { readonly __typename: 'ConflictError' | 'CredentialsRejectedError' | 'InvalidInputError' | 'LimitReachedError' | 'NotFoundError' | 'OutcomeUnknownError' | 'PermissionDeniedError' | 'RateLimitedError' | 'StoreUnavailableError' | 'UnsupportedError' | 'UpstreamContractError' | 'UpstreamRejectedError' | 'UpstreamUnavailableError' }
    )
    | (
      { readonly journalEntry: { readonly open: boolean } | null }
      & { readonly __typename: 'SettleJournalEntrySuccess' }
    )
   };

type Details_BaanxWebhook_Fragment = { readonly baanx_tenant: string | null, readonly baanx_metadata: Json | null, readonly baanx_maskedApiKey: string | null };

type Details_EncrataWebhook_Fragment = { readonly encrata_workspaceId: string | null, readonly encrata_createdBy: string | null };

type Details_FingerprintWebhook_Fragment = { readonly fingerprint_verified: boolean, readonly fingerprint_environmentId: string | null, readonly fingerprint_legacy: boolean, readonly fingerprint_lastEnabledAt: string | null, readonly fingerprint_lastDisabledAt: string | null };

type Details_GitHubWebhook_Fragment = { readonly github_hookType: string | null, readonly github_contentType: GitHubContentType | null, readonly github_insecureSsl: boolean | null, readonly github_lastResponseCode: number | null, readonly github_lastResponseStatus: string | null, readonly github_lastResponseMessage: string | null };

type Details_LinearWebhook_Fragment = { readonly linear_teamId: string | null, readonly linear_allPublicTeams: boolean | null, readonly linear_creatorId: string | null, readonly linear_archivedAt: string | null };

type Details_ShopifyWebhook_Fragment = { readonly shopify_format: ShopifyWebhookFormat | null, readonly shopify_filter: string | null, readonly shopify_includeFields: ReadonlyArray<string> | null, readonly shopify_metafieldNamespaces: ReadonlyArray<string> | null, readonly shopify_metafields: Json | null, readonly shopify_apiVersion: string | null, readonly shopify_legacyResourceId: string | null };

type Details_StripeWebhook_Fragment = { readonly stripe_apiVersion: string | null, readonly stripe_application: string | null, readonly stripe_livemode: boolean | null, readonly stripe_metadata: Json };

type Details_VerifikWebhook_Fragment = { readonly verifik_description: string | null, readonly verifik_clientId: string | null, readonly verifik_projectFlowIds: ReadonlyArray<string> };

export type DetailsFragment =
  | Details_BaanxWebhook_Fragment
  | Details_EncrataWebhook_Fragment
  | Details_FingerprintWebhook_Fragment
  | Details_GitHubWebhook_Fragment
  | Details_LinearWebhook_Fragment
  | Details_ShopifyWebhook_Fragment
  | Details_StripeWebhook_Fragment
  | Details_VerifikWebhook_Fragment
;

export type AccountsQueryVariables = Exact<{ [key: string]: never; }>;


export type AccountsQuery = { readonly accounts: ReadonlyArray<{ readonly slug: string, readonly sandbox: boolean, readonly provider: { readonly name: ProviderName } }> };

export type WebhooksQueryVariables = Exact<{
  accounts: ReadonlyArray<string> | string;
  after?: string | null | undefined;
}>;


export type WebhooksQuery = { readonly webhooks: { readonly complete: boolean, readonly nodes: ReadonlyArray<
      | { readonly id: string, readonly upstreamId: string, readonly name: string | null, readonly url: string, readonly enabled: boolean, readonly status: WebhookStatus, readonly eventTypes: ReadonlyArray<string> | null, readonly baanx_tenant: string | null, readonly baanx_metadata: Json | null, readonly baanx_maskedApiKey: string | null, readonly account: { readonly slug: string } }
      | { readonly id: string, readonly upstreamId: string, readonly name: string | null, readonly url: string, readonly enabled: boolean, readonly status: WebhookStatus, readonly eventTypes: ReadonlyArray<string> | null, readonly encrata_workspaceId: string | null, readonly encrata_createdBy: string | null, readonly account: { readonly slug: string } }
      | { readonly id: string, readonly upstreamId: string, readonly name: string | null, readonly url: string, readonly enabled: boolean, readonly status: WebhookStatus, readonly eventTypes: ReadonlyArray<string> | null, readonly fingerprint_verified: boolean, readonly fingerprint_environmentId: string | null, readonly fingerprint_legacy: boolean, readonly fingerprint_lastEnabledAt: string | null, readonly fingerprint_lastDisabledAt: string | null, readonly account: { readonly slug: string } }
      | { readonly id: string, readonly upstreamId: string, readonly name: string | null, readonly url: string, readonly enabled: boolean, readonly status: WebhookStatus, readonly eventTypes: ReadonlyArray<string> | null, readonly github_hookType: string | null, readonly github_contentType: GitHubContentType | null, readonly github_insecureSsl: boolean | null, readonly github_lastResponseCode: number | null, readonly github_lastResponseStatus: string | null, readonly github_lastResponseMessage: string | null, readonly account: { readonly slug: string } }
      | { readonly id: string, readonly upstreamId: string, readonly name: string | null, readonly url: string, readonly enabled: boolean, readonly status: WebhookStatus, readonly eventTypes: ReadonlyArray<string> | null, readonly linear_teamId: string | null, readonly linear_allPublicTeams: boolean | null, readonly linear_creatorId: string | null, readonly linear_archivedAt: string | null, readonly account: { readonly slug: string } }
      | { readonly id: string, readonly upstreamId: string, readonly name: string | null, readonly url: string, readonly enabled: boolean, readonly status: WebhookStatus, readonly eventTypes: ReadonlyArray<string> | null, readonly shopify_format: ShopifyWebhookFormat | null, readonly shopify_filter: string | null, readonly shopify_includeFields: ReadonlyArray<string> | null, readonly shopify_metafieldNamespaces: ReadonlyArray<string> | null, readonly shopify_metafields: Json | null, readonly shopify_apiVersion: string | null, readonly shopify_legacyResourceId: string | null, readonly account: { readonly slug: string } }
      | { readonly id: string, readonly upstreamId: string, readonly name: string | null, readonly url: string, readonly enabled: boolean, readonly status: WebhookStatus, readonly eventTypes: ReadonlyArray<string> | null, readonly stripe_apiVersion: string | null, readonly stripe_application: string | null, readonly stripe_livemode: boolean | null, readonly stripe_metadata: Json, readonly account: { readonly slug: string } }
      | { readonly id: string, readonly upstreamId: string, readonly name: string | null, readonly url: string, readonly enabled: boolean, readonly status: WebhookStatus, readonly eventTypes: ReadonlyArray<string> | null, readonly verifik_description: string | null, readonly verifik_clientId: string | null, readonly verifik_projectFlowIds: ReadonlyArray<string>, readonly account: { readonly slug: string } }
    >, readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null }, readonly sources: ReadonlyArray<{ readonly state: SourceState, readonly unreadableCount: number, readonly account: { readonly slug: string }, readonly error: { readonly code: WebhookErrorCode, readonly message: string, readonly retryAfterMs: number | null, readonly upstream: { readonly message: string | null } | null } | null }> } };

export type WebhookPlanQueryVariables = Exact<{
  input: WebhookPlanInput;
}>;


export type WebhookPlanQuery = { readonly webhookPlan:
    | (
      { readonly message: string, readonly issues: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly message: string }> }
      & { readonly __typename: 'InvalidInputError' }
    )
    | (
      { readonly code: WebhookErrorCode, readonly message: string, readonly retryAfterMs: number | null, readonly upstream: { readonly message: string | null } | null }
      & { readonly __typename: 'StoreUnavailableError' }
    )
    | (
      { readonly fingerprint: string, readonly complete: boolean, readonly keepsSecrets: boolean, readonly changes: ReadonlyArray<{ readonly id: string, readonly kind: PlannedChangeKind, readonly desiredIndex: number | null, readonly name: string | null, readonly url: string, readonly calls: number, readonly account: { readonly slug: string }, readonly webhook: { readonly id: string } | null, readonly fields: ReadonlyArray<{ readonly path: string, readonly before: Json | null, readonly after: Json | null, readonly comparable: boolean, readonly note: string | null }>, readonly price: { readonly changesId: boolean, readonly duplicateDeliveries: boolean, readonly losesDeliveryHistory: boolean, readonly needsVerification: boolean } | null, readonly warnings: ReadonlyArray<{ readonly code: WarningCode, readonly message: string }> }>, readonly problems: ReadonlyArray<{ readonly code: PlanProblemCode, readonly message: string, readonly desiredIndexes: ReadonlyArray<number>, readonly journalEntryId: string | null, readonly account: { readonly slug: string }, readonly webhooks: ReadonlyArray<{ readonly id: string }> }>, readonly refusals: ReadonlyArray<{ readonly code: PlanRefusalCode, readonly message: string, readonly account: { readonly slug: string } }>, readonly warnings: ReadonlyArray<{ readonly code: WarningCode, readonly message: string }>, readonly sources: ReadonlyArray<{ readonly state: SourceState, readonly unreadableCount: number, readonly account: { readonly slug: string }, readonly error: { readonly code: WebhookErrorCode, readonly message: string, readonly retryAfterMs: number | null, readonly upstream: { readonly message: string | null } | null } | null }> }
      & { readonly __typename: 'WebhookPlan' }
    )
   };

export type PlanFragment = { readonly fingerprint: string, readonly complete: boolean, readonly keepsSecrets: boolean, readonly changes: ReadonlyArray<{ readonly id: string, readonly kind: PlannedChangeKind, readonly desiredIndex: number | null, readonly name: string | null, readonly url: string, readonly calls: number, readonly account: { readonly slug: string }, readonly webhook: { readonly id: string } | null, readonly fields: ReadonlyArray<{ readonly path: string, readonly before: Json | null, readonly after: Json | null, readonly comparable: boolean, readonly note: string | null }>, readonly price: { readonly changesId: boolean, readonly duplicateDeliveries: boolean, readonly losesDeliveryHistory: boolean, readonly needsVerification: boolean } | null, readonly warnings: ReadonlyArray<{ readonly code: WarningCode, readonly message: string }> }>, readonly problems: ReadonlyArray<{ readonly code: PlanProblemCode, readonly message: string, readonly desiredIndexes: ReadonlyArray<number>, readonly journalEntryId: string | null, readonly account: { readonly slug: string }, readonly webhooks: ReadonlyArray<{ readonly id: string }> }>, readonly refusals: ReadonlyArray<{ readonly code: PlanRefusalCode, readonly message: string, readonly account: { readonly slug: string } }>, readonly warnings: ReadonlyArray<{ readonly code: WarningCode, readonly message: string }>, readonly sources: ReadonlyArray<{ readonly state: SourceState, readonly unreadableCount: number, readonly account: { readonly slug: string }, readonly error: { readonly code: WebhookErrorCode, readonly message: string, readonly retryAfterMs: number | null, readonly upstream: { readonly message: string | null } | null } | null }> };

export type ChangeFragment = { readonly id: string, readonly kind: PlannedChangeKind, readonly desiredIndex: number | null, readonly name: string | null, readonly url: string, readonly calls: number, readonly account: { readonly slug: string }, readonly webhook: { readonly id: string } | null, readonly fields: ReadonlyArray<{ readonly path: string, readonly before: Json | null, readonly after: Json | null, readonly comparable: boolean, readonly note: string | null }>, readonly price: { readonly changesId: boolean, readonly duplicateDeliveries: boolean, readonly losesDeliveryHistory: boolean, readonly needsVerification: boolean } | null, readonly warnings: ReadonlyArray<{ readonly code: WarningCode, readonly message: string }> };

export type IssuesFragment = { readonly message: string, readonly issues: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly message: string }> };

export type SourceFragment = { readonly state: SourceState, readonly unreadableCount: number, readonly account: { readonly slug: string }, readonly error: { readonly code: WebhookErrorCode, readonly message: string, readonly retryAfterMs: number | null, readonly upstream: { readonly message: string | null } | null } | null };

export type FailureFragment = { readonly code: WebhookErrorCode, readonly message: string, readonly retryAfterMs: number | null, readonly upstream: { readonly message: string | null } | null };

const isText = (value: unknown) => typeof value === 'string'
const json = z.custom<Json>((value) => value !== undefined)

const detailsFragment = `fragment Details on Webhook {
  ... on BaanxWebhook {
    baanx_tenant: tenant
    baanx_metadata: metadata
    baanx_maskedApiKey: maskedApiKey
  }
  ... on EncrataWebhook {
    encrata_workspaceId: workspaceId
    encrata_createdBy: createdBy
  }
  ... on FingerprintWebhook {
    fingerprint_verified: verified
    fingerprint_environmentId: environmentId
    fingerprint_legacy: legacy
    fingerprint_lastEnabledAt: lastEnabledAt
    fingerprint_lastDisabledAt: lastDisabledAt
  }
  ... on GitHubWebhook {
    github_hookType: hookType
    github_contentType: contentType
    github_insecureSsl: insecureSsl
    github_lastResponseCode: lastResponseCode
    github_lastResponseStatus: lastResponseStatus
    github_lastResponseMessage: lastResponseMessage
  }
  ... on LinearWebhook {
    linear_teamId: teamId
    linear_allPublicTeams: allPublicTeams
    linear_creatorId: creatorId
    linear_archivedAt: archivedAt
  }
  ... on ShopifyWebhook {
    shopify_format: format
    shopify_filter: filter
    shopify_includeFields: includeFields
    shopify_metafieldNamespaces: metafieldNamespaces
    shopify_metafields: metafields
    shopify_apiVersion: apiVersion
    shopify_legacyResourceId: legacyResourceId
  }
  ... on StripeWebhook {
    stripe_apiVersion: apiVersion
    stripe_application: application
    stripe_livemode: livemode
    stripe_metadata: metadata
  }
  ... on VerifikWebhook {
    verifik_description: description
    verifik_clientId: clientId
    verifik_projectFlowIds: projectFlowIds
  }
}`

const planFragment = `fragment Plan on WebhookPlan {
  fingerprint
  complete
  keepsSecrets
  changes {
    ...Change
  }
  problems {
    code
    message
    account {
      slug
    }
    desiredIndexes
    webhooks {
      id
    }
    journalEntryId
  }
  refusals {
    code
    message
    account {
      slug
    }
  }
  warnings {
    code
    message
  }
  sources {
    ...Source
  }
}`

const changeFragment = `fragment Change on PlannedChange {
  id
  kind
  account {
    slug
  }
  webhook {
    id
  }
  desiredIndex
  name
  url
  fields {
    path
    before
    after
    comparable
    note
  }
  price {
    changesId
    duplicateDeliveries
    losesDeliveryHistory
    needsVerification
  }
  warnings {
    code
    message
  }
  calls
}`

const issuesFragment = `fragment Issues on InvalidInputError {
  message
  issues {
    path
    message
  }
}`

const sourceFragment = `fragment Source on WebhookSource {
  account {
    slug
  }
  state
  unreadableCount
  error {
    ...Failure
  }
}`

const failureFragment = `fragment Failure on WebhookError {
  code
  message
  retryAfterMs
  upstream {
    message
  }
}`

export const ApplyWebhookPlanDocument: Document<ApplyWebhookPlanMutation, ApplyWebhookPlanMutationVariables> = {
  kind: 'mutation',
  text: `mutation ApplyWebhookPlan($input: ApplyWebhookPlanInput!) {
  applyWebhookPlan(input: $input) {
    __typename
    ... on ApplyWebhookPlanSuccess {
      outcomes {
        change {
          ...Change
        }
        create {
          __typename
          ... on CreateWebhookSuccess {
            webhook {
              id
            }
            signingSecret
            secretState
            journalEntry {
              id
              secretUntil
            }
            warnings {
              code
              message
            }
          }
          ... on WebhookError {
            ...Failure
          }
        }
        update {
          __typename
          ... on UpdateWebhookSuccess {
            warnings {
              code
              message
            }
          }
          ... on WebhookError {
            ...Failure
          }
        }
        delete {
          __typename
          ... on DeleteWebhookSuccess {
            warnings {
              code
              message
            }
          }
          ... on WebhookError {
            ...Failure
          }
        }
        skipped
      }
      remaining {
        ...Plan
      }
    }
    ... on PlanOutdatedError {
      plan {
        ...Plan
      }
    }
    ... on InvalidInputError {
      ...Issues
    }
    ... on WebhookError {
      ...Failure
    }
  }
}

${changeFragment}

${failureFragment}

${planFragment}

${sourceFragment}

${issuesFragment}`,
  shape: z.object({ applyWebhookPlan: z.union([z.object({ __typename: z.literal('ApplyWebhookPlanSuccess'), outcomes: z.array(z.object({ change: z.object({ id: z.string(), kind: z.enum(['CREATE', 'DELETE', 'NONE', 'REPLACE', 'UNMANAGED', 'UPDATE']), account: z.object({ slug: z.string() }), webhook: z.nullable(z.object({ id: z.string() })), desiredIndex: z.nullable(z.int()), name: z.nullable(z.string()), url: z.string(), fields: z.array(z.object({ path: z.string(), before: z.nullable(json), after: z.nullable(json), comparable: z.boolean(), note: z.nullable(z.string()) })), price: z.nullable(z.object({ changesId: z.boolean(), duplicateDeliveries: z.boolean(), losesDeliveryHistory: z.boolean(), needsVerification: z.boolean() })), warnings: z.array(z.object({ code: z.custom<WarningCode>(isText), message: z.string() })), calls: z.int() }), create: z.nullable(z.union([z.object({ __typename: z.literal('CreateWebhookSuccess'), webhook: z.object({ id: z.string() }), signingSecret: z.nullable(z.string()), secretState: z.custom<SecretState>(isText), journalEntry: z.nullable(z.object({ id: z.string(), secretUntil: z.nullable(z.string()) })), warnings: z.array(z.object({ code: z.custom<WarningCode>(isText), message: z.string() })) }), z.object({ __typename: z.literal('MutationPreview') }), z.object({ __typename: z.custom<'ConflictError' | 'CredentialsRejectedError' | 'InvalidInputError' | 'LimitReachedError' | 'NotFoundError' | 'OutcomeUnknownError' | 'PermissionDeniedError' | 'RateLimitedError' | 'StoreUnavailableError' | 'UnsupportedError' | 'UpstreamContractError' | 'UpstreamRejectedError' | 'UpstreamUnavailableError'>(isText), code: z.custom<WebhookErrorCode>(isText), message: z.string(), retryAfterMs: z.nullable(z.int()), upstream: z.nullable(z.object({ message: z.nullable(z.string()) })) })])), update: z.nullable(z.union([z.object({ __typename: z.literal('MutationPreview') }), z.object({ __typename: z.literal('UpdateWebhookSuccess'), warnings: z.array(z.object({ code: z.custom<WarningCode>(isText), message: z.string() })) }), z.object({ __typename: z.custom<'ConflictError' | 'CredentialsRejectedError' | 'InvalidInputError' | 'NotFoundError' | 'OutcomeUnknownError' | 'PermissionDeniedError' | 'RateLimitedError' | 'StoreUnavailableError' | 'UnsupportedError' | 'UpstreamContractError' | 'UpstreamRejectedError' | 'UpstreamUnavailableError'>(isText), code: z.custom<WebhookErrorCode>(isText), message: z.string(), retryAfterMs: z.nullable(z.int()), upstream: z.nullable(z.object({ message: z.nullable(z.string()) })) })])), delete: z.nullable(z.union([z.object({ __typename: z.literal('DeleteWebhookSuccess'), warnings: z.array(z.object({ code: z.custom<WarningCode>(isText), message: z.string() })) }), z.object({ __typename: z.literal('MutationPreview') }), z.object({ __typename: z.custom<'CredentialsRejectedError' | 'InvalidInputError' | 'NotFoundError' | 'OutcomeUnknownError' | 'PermissionDeniedError' | 'RateLimitedError' | 'StoreUnavailableError' | 'UnsupportedError' | 'UpstreamContractError' | 'UpstreamRejectedError' | 'UpstreamUnavailableError'>(isText), code: z.custom<WebhookErrorCode>(isText), message: z.string(), retryAfterMs: z.nullable(z.int()), upstream: z.nullable(z.object({ message: z.nullable(z.string()) })) })])), skipped: z.nullable(z.string()) })), remaining: z.nullable(z.object({ fingerprint: z.string(), complete: z.boolean(), keepsSecrets: z.boolean(), changes: z.array(z.object({ id: z.string(), kind: z.enum(['CREATE', 'DELETE', 'NONE', 'REPLACE', 'UNMANAGED', 'UPDATE']), account: z.object({ slug: z.string() }), webhook: z.nullable(z.object({ id: z.string() })), desiredIndex: z.nullable(z.int()), name: z.nullable(z.string()), url: z.string(), fields: z.array(z.object({ path: z.string(), before: z.nullable(json), after: z.nullable(json), comparable: z.boolean(), note: z.nullable(z.string()) })), price: z.nullable(z.object({ changesId: z.boolean(), duplicateDeliveries: z.boolean(), losesDeliveryHistory: z.boolean(), needsVerification: z.boolean() })), warnings: z.array(z.object({ code: z.custom<WarningCode>(isText), message: z.string() })), calls: z.int() })), problems: z.array(z.object({ code: z.enum(['AMBIGUOUS', 'NOT_CREATABLE', 'NOT_REPLACEABLE', 'REPEATED', 'UNSETTLED']), message: z.string(), account: z.object({ slug: z.string() }), desiredIndexes: z.array(z.int()), webhooks: z.array(z.object({ id: z.string() })), journalEntryId: z.nullable(z.string()) })), refusals: z.array(z.object({ code: z.custom<PlanRefusalCode>(isText), message: z.string(), account: z.object({ slug: z.string() }) })), warnings: z.array(z.object({ code: z.custom<WarningCode>(isText), message: z.string() })), sources: z.array(z.object({ account: z.object({ slug: z.string() }), state: z.enum(['COMPLETE', 'FAILED', 'TRUNCATED']), unreadableCount: z.int(), error: z.nullable(z.object({ code: z.custom<WebhookErrorCode>(isText), message: z.string(), retryAfterMs: z.nullable(z.int()), upstream: z.nullable(z.object({ message: z.nullable(z.string()) })) })) })) })) }), z.object({ __typename: z.literal('InvalidInputError'), message: z.string(), issues: z.array(z.object({ path: z.array(z.string()), message: z.string() })), code: z.custom<WebhookErrorCode>(isText), retryAfterMs: z.nullable(z.int()), upstream: z.nullable(z.object({ message: z.nullable(z.string()) })) }), z.object({ __typename: z.literal('PlanOutdatedError'), plan: z.object({ fingerprint: z.string(), complete: z.boolean(), keepsSecrets: z.boolean(), changes: z.array(z.object({ id: z.string(), kind: z.enum(['CREATE', 'DELETE', 'NONE', 'REPLACE', 'UNMANAGED', 'UPDATE']), account: z.object({ slug: z.string() }), webhook: z.nullable(z.object({ id: z.string() })), desiredIndex: z.nullable(z.int()), name: z.nullable(z.string()), url: z.string(), fields: z.array(z.object({ path: z.string(), before: z.nullable(json), after: z.nullable(json), comparable: z.boolean(), note: z.nullable(z.string()) })), price: z.nullable(z.object({ changesId: z.boolean(), duplicateDeliveries: z.boolean(), losesDeliveryHistory: z.boolean(), needsVerification: z.boolean() })), warnings: z.array(z.object({ code: z.custom<WarningCode>(isText), message: z.string() })), calls: z.int() })), problems: z.array(z.object({ code: z.enum(['AMBIGUOUS', 'NOT_CREATABLE', 'NOT_REPLACEABLE', 'REPEATED', 'UNSETTLED']), message: z.string(), account: z.object({ slug: z.string() }), desiredIndexes: z.array(z.int()), webhooks: z.array(z.object({ id: z.string() })), journalEntryId: z.nullable(z.string()) })), refusals: z.array(z.object({ code: z.custom<PlanRefusalCode>(isText), message: z.string(), account: z.object({ slug: z.string() }) })), warnings: z.array(z.object({ code: z.custom<WarningCode>(isText), message: z.string() })), sources: z.array(z.object({ account: z.object({ slug: z.string() }), state: z.enum(['COMPLETE', 'FAILED', 'TRUNCATED']), unreadableCount: z.int(), error: z.nullable(z.object({ code: z.custom<WebhookErrorCode>(isText), message: z.string(), retryAfterMs: z.nullable(z.int()), upstream: z.nullable(z.object({ message: z.nullable(z.string()) })) })) })) }), code: z.custom<WebhookErrorCode>(isText), message: z.string(), retryAfterMs: z.nullable(z.int()), upstream: z.nullable(z.object({ message: z.nullable(z.string()) })) }), z.object({ __typename: z.custom<'PlanUnsafeError' | 'StoreUnavailableError' | 'UpstreamUnavailableError'>(isText), code: z.custom<WebhookErrorCode>(isText), message: z.string(), retryAfterMs: z.nullable(z.int()), upstream: z.nullable(z.object({ message: z.nullable(z.string()) })) })]) }),
}

export const KeptSecretsDocument: Document<KeptSecretsQuery, KeptSecretsQueryVariables> = {
  kind: 'query',
  text: `query KeptSecrets($accounts: [String!]!, $after: String) {
  journal(
    first: 200
    after: $after
    filter: {accounts: $accounts, operations: [CREATE, ROTATE_SECRET], states: [RUNNING, SUCCEEDED, UNKNOWN]}
  ) {
    nodes {
      id
      webhookId
      state
      open
      planned
      secretUntil
      secretExpired
      missingScopes
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}`,
  shape: z.object({ journal: z.object({ nodes: z.array(z.object({ id: z.string(), webhookId: z.nullable(z.string()), state: z.enum(['FAILED', 'RUNNING', 'SUCCEEDED', 'UNKNOWN']), open: z.boolean(), planned: z.boolean(), secretUntil: z.nullable(z.string()), secretExpired: z.boolean(), missingScopes: z.array(z.string()) })), pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.nullable(z.string()) }) }) }),
}

export const NewestSecretDocument: Document<NewestSecretQuery, NewestSecretQueryVariables> = {
  kind: 'query',
  text: `query NewestSecret($webhookId: ID!) {
  journal(
    first: 1
    filter: {webhookId: $webhookId, operations: [CREATE, ROTATE_SECRET], states: [SUCCEEDED]}
  ) {
    nodes {
      id
      webhookId
      secretUntil
    }
  }
}`,
  shape: z.object({ journal: z.object({ nodes: z.array(z.object({ id: z.string(), webhookId: z.nullable(z.string()), secretUntil: z.nullable(z.string()) })) }) }),
}

export const RevealSecretDocument: Document<RevealSecretMutation, RevealSecretMutationVariables> = {
  kind: 'mutation',
  text: `mutation RevealSecret($entryId: ID!) {
  revealSigningSecret(input: {entryId: $entryId}) {
    __typename
    ... on RevealSigningSecretSuccess {
      signingSecret
    }
    ... on WebhookError {
      ...Failure
    }
  }
}

${failureFragment}`,
  shape: z.object({ revealSigningSecret: z.union([z.object({ __typename: z.literal('RevealSigningSecretSuccess'), signingSecret: z.nullable(z.string()) }), z.object({ __typename: z.custom<'InvalidInputError' | 'NotFoundError' | 'OutcomeUnknownError' | 'StoreUnavailableError' | 'UpstreamUnavailableError'>(isText), code: z.custom<WebhookErrorCode>(isText), message: z.string(), retryAfterMs: z.nullable(z.int()), upstream: z.nullable(z.object({ message: z.nullable(z.string()) })) })]) }),
}

export const AcknowledgeSecretDocument: Document<AcknowledgeSecretMutation, AcknowledgeSecretMutationVariables> = {
  kind: 'mutation',
  text: `mutation AcknowledgeSecret($entryId: ID!) {
  acknowledgeSecret(input: {entryId: $entryId}) {
    __typename
    ... on WebhookError {
      ...Failure
    }
  }
}

${failureFragment}`,
  shape: z.object({ acknowledgeSecret: z.union([z.object({ __typename: z.literal('AcknowledgeSecretSuccess') }), z.object({ __typename: z.custom<'InvalidInputError' | 'NotFoundError' | 'OutcomeUnknownError' | 'StoreUnavailableError' | 'UpstreamUnavailableError'>(isText), code: z.custom<WebhookErrorCode>(isText), message: z.string(), retryAfterMs: z.nullable(z.int()), upstream: z.nullable(z.object({ message: z.nullable(z.string()) })) })]) }),
}

export const LookAgainDocument: Document<LookAgainMutation, LookAgainMutationVariables> = {
  kind: 'mutation',
  text: `mutation LookAgain($id: ID!) {
  settleJournalEntry(input: {id: $id, as: LOOK_AGAIN}) {
    __typename
    ... on SettleJournalEntrySuccess {
      journalEntry {
        open
      }
    }
    ... on WebhookError {
      ...Failure
    }
  }
}

${failureFragment}`,
  shape: z.object({ settleJournalEntry: z.union([z.object({ __typename: z.literal('SettleJournalEntrySuccess'), journalEntry: z.nullable(z.object({ open: z.boolean() })) }), z.object({ __typename: z.custom<'ConflictError' | 'CredentialsRejectedError' | 'InvalidInputError' | 'LimitReachedError' | 'NotFoundError' | 'OutcomeUnknownError' | 'PermissionDeniedError' | 'RateLimitedError' | 'StoreUnavailableError' | 'UnsupportedError' | 'UpstreamContractError' | 'UpstreamRejectedError' | 'UpstreamUnavailableError'>(isText), code: z.custom<WebhookErrorCode>(isText), message: z.string(), retryAfterMs: z.nullable(z.int()), upstream: z.nullable(z.object({ message: z.nullable(z.string()) })) })]) }),
}

export const AccountsDocument: Document<AccountsQuery, AccountsQueryVariables> = {
  kind: 'query',
  text: `query Accounts {
  accounts {
    slug
    sandbox
    provider {
      name
    }
  }
}`,
  shape: z.object({ accounts: z.array(z.object({ slug: z.string(), sandbox: z.boolean(), provider: z.object({ name: z.custom<ProviderName>(isText) }) })) }),
}

export const WebhooksDocument: Document<WebhooksQuery, WebhooksQueryVariables> = {
  kind: 'query',
  text: `query Webhooks($accounts: [String!]!, $after: String) {
  webhooks(
    first: 200
    after: $after
    filter: {accounts: $accounts}
    orderBy: {field: CREATED_AT, direction: ASC}
  ) {
    complete
    nodes {
      id
      upstreamId
      account {
        slug
      }
      name
      url
      enabled
      status
      eventTypes
      ...Details
    }
    pageInfo {
      hasNextPage
      endCursor
    }
    sources {
      ...Source
    }
  }
}

${detailsFragment}

${sourceFragment}

${failureFragment}`,
  shape: z.object({ webhooks: z.object({ complete: z.boolean(), nodes: z.array(z.union([z.object({ id: z.string(), upstreamId: z.string(), account: z.object({ slug: z.string() }), name: z.nullable(z.string()), url: z.string(), enabled: z.boolean(), status: z.custom<WebhookStatus>(isText), eventTypes: z.nullable(z.array(z.string())), baanx_tenant: z.nullable(z.string()), baanx_metadata: z.nullable(json), baanx_maskedApiKey: z.nullable(z.string()) }), z.object({ id: z.string(), upstreamId: z.string(), account: z.object({ slug: z.string() }), name: z.nullable(z.string()), url: z.string(), enabled: z.boolean(), status: z.custom<WebhookStatus>(isText), eventTypes: z.nullable(z.array(z.string())), encrata_workspaceId: z.nullable(z.string()), encrata_createdBy: z.nullable(z.string()) }), z.object({ id: z.string(), upstreamId: z.string(), account: z.object({ slug: z.string() }), name: z.nullable(z.string()), url: z.string(), enabled: z.boolean(), status: z.custom<WebhookStatus>(isText), eventTypes: z.nullable(z.array(z.string())), fingerprint_verified: z.boolean(), fingerprint_environmentId: z.nullable(z.string()), fingerprint_legacy: z.boolean(), fingerprint_lastEnabledAt: z.nullable(z.string()), fingerprint_lastDisabledAt: z.nullable(z.string()) }), z.object({ id: z.string(), upstreamId: z.string(), account: z.object({ slug: z.string() }), name: z.nullable(z.string()), url: z.string(), enabled: z.boolean(), status: z.custom<WebhookStatus>(isText), eventTypes: z.nullable(z.array(z.string())), github_hookType: z.nullable(z.string()), github_contentType: z.nullable(z.custom<GitHubContentType>(isText)), github_insecureSsl: z.nullable(z.boolean()), github_lastResponseCode: z.nullable(z.int()), github_lastResponseStatus: z.nullable(z.string()), github_lastResponseMessage: z.nullable(z.string()) }), z.object({ id: z.string(), upstreamId: z.string(), account: z.object({ slug: z.string() }), name: z.nullable(z.string()), url: z.string(), enabled: z.boolean(), status: z.custom<WebhookStatus>(isText), eventTypes: z.nullable(z.array(z.string())), linear_teamId: z.nullable(z.string()), linear_allPublicTeams: z.nullable(z.boolean()), linear_creatorId: z.nullable(z.string()), linear_archivedAt: z.nullable(z.string()) }), z.object({ id: z.string(), upstreamId: z.string(), account: z.object({ slug: z.string() }), name: z.nullable(z.string()), url: z.string(), enabled: z.boolean(), status: z.custom<WebhookStatus>(isText), eventTypes: z.nullable(z.array(z.string())), shopify_format: z.nullable(z.custom<ShopifyWebhookFormat>(isText)), shopify_filter: z.nullable(z.string()), shopify_includeFields: z.nullable(z.array(z.string())), shopify_metafieldNamespaces: z.nullable(z.array(z.string())), shopify_metafields: z.nullable(json), shopify_apiVersion: z.nullable(z.string()), shopify_legacyResourceId: z.nullable(z.string()) }), z.object({ id: z.string(), upstreamId: z.string(), account: z.object({ slug: z.string() }), name: z.nullable(z.string()), url: z.string(), enabled: z.boolean(), status: z.custom<WebhookStatus>(isText), eventTypes: z.nullable(z.array(z.string())), stripe_apiVersion: z.nullable(z.string()), stripe_application: z.nullable(z.string()), stripe_livemode: z.nullable(z.boolean()), stripe_metadata: json }), z.object({ id: z.string(), upstreamId: z.string(), account: z.object({ slug: z.string() }), name: z.nullable(z.string()), url: z.string(), enabled: z.boolean(), status: z.custom<WebhookStatus>(isText), eventTypes: z.nullable(z.array(z.string())), verifik_description: z.nullable(z.string()), verifik_clientId: z.nullable(z.string()), verifik_projectFlowIds: z.array(z.string()) })])), pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.nullable(z.string()) }), sources: z.array(z.object({ account: z.object({ slug: z.string() }), state: z.enum(['COMPLETE', 'FAILED', 'TRUNCATED']), unreadableCount: z.int(), error: z.nullable(z.object({ code: z.custom<WebhookErrorCode>(isText), message: z.string(), retryAfterMs: z.nullable(z.int()), upstream: z.nullable(z.object({ message: z.nullable(z.string()) })) })) })) }) }),
}

export const WebhookPlanDocument: Document<WebhookPlanQuery, WebhookPlanQueryVariables> = {
  kind: 'query',
  text: `query WebhookPlan($input: WebhookPlanInput!) {
  webhookPlan(input: $input) {
    __typename
    ... on WebhookPlan {
      ...Plan
    }
    ... on InvalidInputError {
      ...Issues
    }
    ... on StoreUnavailableError {
      ...Failure
    }
  }
}

${planFragment}

${changeFragment}

${sourceFragment}

${failureFragment}

${issuesFragment}`,
  shape: z.object({ webhookPlan: z.union([z.object({ __typename: z.literal('InvalidInputError'), message: z.string(), issues: z.array(z.object({ path: z.array(z.string()), message: z.string() })) }), z.object({ __typename: z.literal('StoreUnavailableError'), code: z.custom<WebhookErrorCode>(isText), message: z.string(), retryAfterMs: z.nullable(z.int()), upstream: z.nullable(z.object({ message: z.nullable(z.string()) })) }), z.object({ __typename: z.literal('WebhookPlan'), fingerprint: z.string(), complete: z.boolean(), keepsSecrets: z.boolean(), changes: z.array(z.object({ id: z.string(), kind: z.enum(['CREATE', 'DELETE', 'NONE', 'REPLACE', 'UNMANAGED', 'UPDATE']), account: z.object({ slug: z.string() }), webhook: z.nullable(z.object({ id: z.string() })), desiredIndex: z.nullable(z.int()), name: z.nullable(z.string()), url: z.string(), fields: z.array(z.object({ path: z.string(), before: z.nullable(json), after: z.nullable(json), comparable: z.boolean(), note: z.nullable(z.string()) })), price: z.nullable(z.object({ changesId: z.boolean(), duplicateDeliveries: z.boolean(), losesDeliveryHistory: z.boolean(), needsVerification: z.boolean() })), warnings: z.array(z.object({ code: z.custom<WarningCode>(isText), message: z.string() })), calls: z.int() })), problems: z.array(z.object({ code: z.enum(['AMBIGUOUS', 'NOT_CREATABLE', 'NOT_REPLACEABLE', 'REPEATED', 'UNSETTLED']), message: z.string(), account: z.object({ slug: z.string() }), desiredIndexes: z.array(z.int()), webhooks: z.array(z.object({ id: z.string() })), journalEntryId: z.nullable(z.string()) })), refusals: z.array(z.object({ code: z.custom<PlanRefusalCode>(isText), message: z.string(), account: z.object({ slug: z.string() }) })), warnings: z.array(z.object({ code: z.custom<WarningCode>(isText), message: z.string() })), sources: z.array(z.object({ account: z.object({ slug: z.string() }), state: z.enum(['COMPLETE', 'FAILED', 'TRUNCATED']), unreadableCount: z.int(), error: z.nullable(z.object({ code: z.custom<WebhookErrorCode>(isText), message: z.string(), retryAfterMs: z.nullable(z.int()), upstream: z.nullable(z.object({ message: z.nullable(z.string()) })) })) })) })]) }),
}
