import type { GraphiQLOptions } from 'graphql-yoga'
import type { Gateway } from './gateway.ts'
import { formatId } from './id.ts'
import type { Account } from './webhook.ts'

// What GraphiQL opens with: operations that run as they are, on whatever accounts there are.

export interface Tab {
  readonly query: string
  readonly variables?: string
}

/** How the page looks and what it opens with. */
export function toGraphiQLOptions(gateway: Gateway): GraphiQLOptions {
  return { title: 'HookQL', defaultTabs: createTabs(gateway), defaultEditorToolsVisibility: 'variables' }
}

const errorFields = `{
      code
      message
      retry
      retryAfterMs
      upstream { status code message attempts }
    }`

/** Tabs over the gateway's accounts: the first is written to, the last deleted from. */
export function createTabs({ accounts, getProvider }: Gateway): Tab[] {
  const [first, last] = [accounts.at(0), accounts.at(-1)]
  return [
    { query: listing },
    { query: capabilities },
    { query: creating, variables: format({ input: toCreateExample(first, getProvider) }) },
    { query: updating, variables: format({ input: { id: toExampleId(first, getProvider), name: 'Renamed in GraphiQL' } }) },
    { query: deleting, variables: format({ input: { id: toExampleId(last, getProvider) } }) },
    { query: failures, variables: format({ account: first?.slug ?? '' }) },
  ]
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
    operations { operation support note }
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
      warnings { code message }
    }
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
    ... on DeleteWebhookSuccess { deletedId alreadyAbsent }
    ... on WebhookError ${errorFields}
    ... on UpstreamUnavailableError { reason }
    ... on OutcomeUnknownError { candidates { id name } }
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
