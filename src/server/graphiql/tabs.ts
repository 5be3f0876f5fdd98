import type { GraphiQLOptions } from 'graphql-yoga'
import type { Gateway } from '../../gateway/gateway.ts'
import { formatId } from '../../id.ts'
import type { Operation, Supported } from '../../provider/operations.ts'
import type { Unsupported } from '../../provider/unsupported.ts'
import type { Account } from '../../webhook.ts'

// What GraphiQL opens with: operations that run as they are, on whatever accounts there are.

type Support = Supported<[], unknown>['support'] | Unsupported['support']

export interface Tab {
  readonly query: string
  readonly variables?: string
}

/** How the page looks and what it opens with. Where callers are asked who they are, the page itself names no account. */
export function toGraphiQLOptions(gateway: Gateway, authenticated: boolean): GraphiQLOptions {
  const common = { title: 'HookQL', defaultEditorToolsVisibility: 'variables' } as const
  if (!authenticated) return { ...common, defaultTabs: createTabs(gateway) }
  // One key for all tabs has a field of its own, which keeps it in memory; GraphiQL would keep the headers of each tab.
  const withoutHeaders = { shouldPersistHeaders: false, isHeadersEditorEnabled: false }
  return { ...common, ...withoutHeaders, defaultTabs: createTabs(gateway.restrictTo(new Set())) }
}

const errorFields = `{
      code
      message
      retry
      retryAfterMs
      upstream { status code message attempts }
    }`

/** Tabs over the gateway's accounts; what no account can do has none. */
export function createTabs({ accounts, getProvider }: Gateway): Tab[] {
  const [first, last] = [accounts.at(0), accounts.at(-1)]

  /** A tab for an operation, on the first account whose provider serves it in this way. */
  function addTab(query: string, operation: Operation, support: Support, toInput: (account: Account) => object): Tab[] {
    const account = accounts.find(({ provider }) => getProvider(provider).operations[operation].support === support)
    return account === undefined ? [] : [{ query, variables: format(toInput(account)) }]
  }

  return [
    { query: listing },
    { query: capabilities },
    { query: creating, variables: format({ input: toCreateExample(first, getProvider) }) },
    { query: updating, variables: format({ input: { ...toTarget(first, getProvider), name: 'Renamed in GraphiQL' } }) },
    { query: deleting, variables: format({ input: toTarget(last, getProvider) }) },
    { query: previewing, variables: format({ input: { ...toTarget(first, getProvider), enabled: false, validateOnly: true } }) },
    ...addTab(verifying, 'VERIFY', 'EMULATED', (account) => ({ input: toTarget(account, getProvider) })),
    ...addTab(testing, 'TEST', 'NATIVE', (account) => ({ input: toTarget(account, getProvider) })),
    ...addTab(reading, 'LIST_DELIVERIES', 'NATIVE', (account) => ({ ...toTarget(account, getProvider), first: 10 })),
    ...addTab(repeating, 'REDELIVER', 'NATIVE', (account) => ({ input: toRedeliverExample(account, getProvider) })),
    ...addTab(planning, 'ROTATE_SECRET', 'EMULATED', (account) => {
      return { input: { ...toTarget(account, getProvider), strategy: 'REPLACEMENT', validateOnly: true } }
    }),
    ...addTab(rotating, 'ROTATE_SECRET', 'NATIVE', (account) => ({ input: toTarget(account, getProvider) })),
    { query: failures, variables: format({ account: first?.slug ?? '' }) },
  ]
}

function toTarget(account: Account | undefined, getProvider: Gateway['getProvider']) {
  return { id: toExampleId(account, getProvider) }
}

function toRedeliverExample(account: Account, getProvider: Gateway['getProvider']) {
  const { seededId: upstreamId, seededEventId: key } = getProvider(account.provider).sandbox
  if (!account.sandbox || key === undefined) return { deliveryId: 'paste an id from the tab Deliveries' }
  return { deliveryId: formatId({ kind: 'delivery', slug: account.slug, upstreamId, key }) }
}

function toCreateExample(account: Account | undefined, getProvider: Gateway['getProvider']) {
  const [eventType] = account === undefined ? [] : getProvider(account.provider).eventTypes.known
  return {
    account: account?.slug ?? '',
    name: 'My first webhook',
    url: 'https://hooks.acme.test/first',
    ...(eventType && { eventTypes: [eventType.name] }),
    enabled: true,
  }
}

/** The id of a webhook that a stand-in starts with; at a real provider, a person has to choose one. */
function toExampleId(account: Account | undefined, getProvider: Gateway['getProvider']): string {
  if (account?.sandbox !== true) return 'paste an id from the first tab'
  return formatId({ kind: 'webhook', slug: account.slug, upstreamId: getProvider(account.provider).sandbox.seededId })
}

function format(variables: object): string {
  return JSON.stringify(variables, null, 2)
}

const listing = `# All webhooks of all accounts, by name.
# Press the play button to run it.
query AllWebhooks {
  webhooks(
    first: 20
    orderBy: { field: NAME, direction: ASC }
  ) {
    totalCount
    complete
    nodes {
      name
      status
      url
      eventTypes
      createdAt
      account { slug provider { displayName } }
      id
    }
    sources {
      account { slug sandbox }
      state
      count
      error { code message retry }
    }
    pageInfo { hasNextPage endCursor }
  }
}
`

const capabilities = `# What each provider can do, field by field.
query Capabilities {
  providers {
    displayName
    docsUrl
    operations { operation support note maxCalls }
    limits { maxWebhooks rates { calls perSeconds scope } receiverTimeoutMs deliveryRetries note }
    signature { algorithm header signedContent encoding prefix documented note }
    fields { path onCreate onUpdate note }
    eventTypes { name description }
    accounts { slug sandbox }
  }
}
`

const creating = `# Creates a webhook.
# The signing secret is shown this once.
mutation Create($input: CreateWebhookInput!) {
  createWebhook(input: $input) {
    __typename
    ... on CreateWebhookSuccess {
      webhook { id name url status eventTypes }
      signingSecret
      secretState
      warnings { code message }
    }
    ... on MutationPreview { requests { method url body } }
    ... on WebhookError ${errorFields}
    ... on InvalidInputError { issues { path code message } }
    ... on UnsupportedError { path provider { displayName } }
    ... on ConflictError { existing { id name } }
    ... on LimitReachedError { limit }
    ... on UpstreamUnavailableError { reason }
    ... on OutcomeUnknownError { candidates { id name url createdAt } }
  }
}
`

const updating = `# Changes what the input names and nothing else.
mutation Update($input: UpdateWebhookInput!) {
  updateWebhook(input: $input) {
    __typename
    ... on UpdateWebhookSuccess {
      webhook { id name url status eventTypes updatedAt }
      warnings { code message }
    }
    ... on WebhookError ${errorFields}
    ... on InvalidInputError { issues { path code message } }
    ... on UnsupportedError { path provider { displayName } }
    ... on ConflictError { existing { id name } }
    ... on UpstreamUnavailableError { reason }
    ... on OutcomeUnknownError { candidates { id name url enabled } }
  }
}
`

const deleting = `# Deletes a webhook for good.
mutation Delete($input: DeleteWebhookInput!) {
  deleteWebhook(input: $input) {
    __typename
    ... on DeleteWebhookSuccess {
      deletedId
      alreadyAbsent
      warnings { code message }
    }
    ... on WebhookError ${errorFields}
    ... on UpstreamUnavailableError { reason }
    ... on OutcomeUnknownError { candidates { id name } }
  }
}
`

const previewing = `# What an update would send. Nothing is written.
mutation Preview($input: UpdateWebhookInput!) {
  updateWebhook(input: $input) {
    __typename
    ... on MutationPreview {
      requests { method url body }
      warnings { code message }
    }
    ... on WebhookError ${errorFields}
    ... on InvalidInputError { issues { path code message } }
  }
}
`

const verifying = `# Has the provider verify the endpoint.
mutation Verify($input: VerifyWebhookInput!) {
  verifyWebhook(input: $input) {
    __typename
    ... on VerifyWebhookSuccess {
      webhook { id name url status }
      warnings { code message }
    }
    ... on WebhookError ${errorFields}
  }
}
`

const testing = `# Has the provider send a test event.
mutation Test($input: TestWebhookInput!) {
  testWebhook(input: $input) {
    __typename
    ... on TestWebhookSuccess {
      accepted
      endpointStatus
      signature
      note
      warnings { code message }
    }
    ... on WebhookError ${errorFields}
  }
}
`

const reading = `# What became of the events of a webhook, newest first.
query Deliveries($id: ID!, $first: Int!) {
  webhook(id: $id) {
    __typename
    ... on Webhook {
      name
      deliveries(first: $first) {
        nodes {
          eventType
          state
          attempts
          responseStatus
          responseBody
          error
          durationMs
          createdAt
          lastAttemptAt
          nextRetryAt
          id
        }
        pageInfo { hasNextPage endCursor }
        windowNote
        error { code message retry }
      }
    }
    ... on WebhookError { code message retry }
  }
}
`

const repeating = `# Has the provider send an event again.
mutation Redeliver($input: RedeliverEventInput!) {
  redeliverEvent(input: $input) {
    __typename
    ... on RedeliverEventSuccess {
      webhookCount
      warnings { code message }
    }
    ... on WebhookError ${errorFields}
    ... on InvalidInputError { issues { path code message } }
  }
}
`

const planFields = `{
      strategy
      verificationGap
      changesId
      duplicateDeliveries
      losesDeliveryHistory
      needsVerification
      graceSeconds
      requests { method url body }
    }`

const planning = `# What a new signing secret takes and costs.
# Nothing is written.
mutation RotationPlan($input: RotateWebhookSecretInput!) {
  rotateWebhookSecret(input: $input) {
    __typename
    ... on RotationPlan ${planFields}
    ... on WebhookError ${errorFields}
    ... on LimitReachedError { limit }
  }
}
`

const rotating = `# Gives a webhook a new signing secret,
# which is shown this once.
mutation Rotate($input: RotateWebhookSecretInput!) {
  rotateWebhookSecret(input: $input) {
    __typename
    ... on RotateWebhookSecretSuccess {
      webhook { id name secretHint }
      signingSecret
      secretState
      warnings { code message }
    }
    ... on RotationPlan ${planFields}
    ... on WebhookError ${errorFields}
    ... on InvalidInputError { issues { path code message } }
    ... on OutcomeUnknownError { candidates { id name url } }
  }
}
`

const failures = `# How one account is doing:
# why it fails, and what to do about it.
query Failures($account: String!) {
  webhooks(first: 0, filter: { accounts: [$account] }) {
    complete
    sources {
      state
      count
      error {
        __typename
        code
        message
        retry
        retryAfterMs
        upstream { status code message attempts }
      }
    }
  }
}
`
