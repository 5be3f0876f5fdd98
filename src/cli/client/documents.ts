// Generated: npm run schema
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { Json } from '../../webhook.ts'
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** How GitHub encodes a delivery. */
export type GitHubContentType =
  /** The body is a form whose field `payload` has the JSON payload. */
  | 'FORM'
  /** The body is the JSON payload. */
  | 'JSON';

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
  /** The credentials are valid but lack permission. */
  | 'PERMISSION_DENIED'
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
    >, readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null }, readonly sources: ReadonlyArray<{ readonly state: SourceState, readonly unreadableCount: number, readonly account: { readonly slug: string }, readonly error:
        | { readonly code: WebhookErrorCode, readonly message: string }
        | { readonly code: WebhookErrorCode, readonly message: string }
        | { readonly code: WebhookErrorCode, readonly message: string }
        | { readonly code: WebhookErrorCode, readonly message: string }
        | { readonly code: WebhookErrorCode, readonly message: string }
        | { readonly code: WebhookErrorCode, readonly message: string }
        | { readonly code: WebhookErrorCode, readonly message: string }
        | { readonly code: WebhookErrorCode, readonly message: string }
        | { readonly code: WebhookErrorCode, readonly message: string }
        | { readonly code: WebhookErrorCode, readonly message: string }
        | { readonly code: WebhookErrorCode, readonly message: string }
        | { readonly code: WebhookErrorCode, readonly message: string }
        | { readonly code: WebhookErrorCode, readonly message: string }
       | null }> } };

export type SourceFragment = { readonly state: SourceState, readonly unreadableCount: number, readonly account: { readonly slug: string }, readonly error:
    | { readonly code: WebhookErrorCode, readonly message: string }
    | { readonly code: WebhookErrorCode, readonly message: string }
    | { readonly code: WebhookErrorCode, readonly message: string }
    | { readonly code: WebhookErrorCode, readonly message: string }
    | { readonly code: WebhookErrorCode, readonly message: string }
    | { readonly code: WebhookErrorCode, readonly message: string }
    | { readonly code: WebhookErrorCode, readonly message: string }
    | { readonly code: WebhookErrorCode, readonly message: string }
    | { readonly code: WebhookErrorCode, readonly message: string }
    | { readonly code: WebhookErrorCode, readonly message: string }
    | { readonly code: WebhookErrorCode, readonly message: string }
    | { readonly code: WebhookErrorCode, readonly message: string }
    | { readonly code: WebhookErrorCode, readonly message: string }
   | null };

type Failure_ConflictError_Fragment = { readonly code: WebhookErrorCode, readonly message: string };

type Failure_CredentialsRejectedError_Fragment = { readonly code: WebhookErrorCode, readonly message: string };

type Failure_InvalidInputError_Fragment = { readonly code: WebhookErrorCode, readonly message: string };

type Failure_LimitReachedError_Fragment = { readonly code: WebhookErrorCode, readonly message: string };

type Failure_NotFoundError_Fragment = { readonly code: WebhookErrorCode, readonly message: string };

type Failure_OutcomeUnknownError_Fragment = { readonly code: WebhookErrorCode, readonly message: string };

type Failure_PermissionDeniedError_Fragment = { readonly code: WebhookErrorCode, readonly message: string };

type Failure_RateLimitedError_Fragment = { readonly code: WebhookErrorCode, readonly message: string };

type Failure_StoreUnavailableError_Fragment = { readonly code: WebhookErrorCode, readonly message: string };

type Failure_UnsupportedError_Fragment = { readonly code: WebhookErrorCode, readonly message: string };

type Failure_UpstreamContractError_Fragment = { readonly code: WebhookErrorCode, readonly message: string };

type Failure_UpstreamRejectedError_Fragment = { readonly code: WebhookErrorCode, readonly message: string };

type Failure_UpstreamUnavailableError_Fragment = { readonly code: WebhookErrorCode, readonly message: string };

export type FailureFragment =
  | Failure_ConflictError_Fragment
  | Failure_CredentialsRejectedError_Fragment
  | Failure_InvalidInputError_Fragment
  | Failure_LimitReachedError_Fragment
  | Failure_NotFoundError_Fragment
  | Failure_OutcomeUnknownError_Fragment
  | Failure_PermissionDeniedError_Fragment
  | Failure_RateLimitedError_Fragment
  | Failure_StoreUnavailableError_Fragment
  | Failure_UnsupportedError_Fragment
  | Failure_UpstreamContractError_Fragment
  | Failure_UpstreamRejectedError_Fragment
  | Failure_UpstreamUnavailableError_Fragment
;

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}
export const DetailsFragmentDoc = new TypedDocumentString(`
    fragment Details on Webhook {
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
}
    `, {"fragmentName":"Details"}) as unknown as TypedDocumentString<DetailsFragment, unknown>;
export const FailureFragmentDoc = new TypedDocumentString(`
    fragment Failure on WebhookError {
  code
  message
}
    `, {"fragmentName":"Failure"}) as unknown as TypedDocumentString<FailureFragment, unknown>;
export const SourceFragmentDoc = new TypedDocumentString(`
    fragment Source on WebhookSource {
  account {
    slug
  }
  state
  unreadableCount
  error {
    ...Failure
  }
}
    fragment Failure on WebhookError {
  code
  message
}`, {"fragmentName":"Source"}) as unknown as TypedDocumentString<SourceFragment, unknown>;
export const AccountsDocument = new TypedDocumentString(`
    query Accounts {
  accounts {
    slug
    sandbox
    provider {
      name
    }
  }
}
    `) as unknown as TypedDocumentString<AccountsQuery, AccountsQueryVariables>;
export const WebhooksDocument = new TypedDocumentString(`
    query Webhooks($accounts: [String!]!, $after: String) {
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
    fragment Details on Webhook {
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
}
fragment Source on WebhookSource {
  account {
    slug
  }
  state
  unreadableCount
  error {
    ...Failure
  }
}
fragment Failure on WebhookError {
  code
  message
}`) as unknown as TypedDocumentString<WebhooksQuery, WebhooksQueryVariables>;