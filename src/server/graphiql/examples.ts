// The operations that GraphiQL opens with. Account-specific values are inlined as arguments, so that none needs variables.

/** The directory of the documentation. */
export const documentationUrl = 'https://github.com/hookql/hookql/tree/main/docs'

/** What the first tab says about the accounts: stand-ins, real accounts, or not known until a key is entered. */
export type Welcome = 'sandbox' | 'accounts' | 'key'

const explanations: Readonly<Record<Welcome, string>> = {
  sandbox: `# This is the sandbox: each provider is a local
# stand-in with a few webhooks. You can run
# anything. No requests reach a real provider.
# Restarting HookQL resets the data.`,
  accounts: `# These are your accounts: mutations change real
# webhooks. To see what one would send, add
# validateOnly: true to its input.`,
  key: `# First, enter your API key or token at the
# bottom right. This page keeps it in memory
# only. Mutations change real webhooks. To see
# what one would send, add validateOnly: true to
# its input.`,
}

export const toWelcome = (welcome: Welcome): string => `# Welcome to HookQL, one GraphQL API for the
# webhooks of your SaaS providers.
#
${explanations[welcome]}
#
# Press the play button or Ctrl+Enter to list all
# webhooks. The other tabs are examples, too. If
# a tab has several, press play to choose one.
#
# Schema: the book icon at the top left
# Documentation:
# ${documentationUrl}
query Welcome {
  webhooks(
    first: 50
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

export const describingProviders = `# What each provider supports, field by field.
query Providers {
  providers {
    displayName
    docsUrl
    operations { operation support note maxCalls }
    limits {
      maxWebhooks
      rates { calls perSeconds scope }
      receiverTimeoutMs
      deliveryRetries
      note
    }
    signature {
      algorithm
      header
      signedContent
      encoding
      prefix
      documented
      note
    }
    fields { path onCreate onUpdate note }
    eventTypes { name description }
    accounts { slug sandbox }
  }
}
`

export const toChecking = (account: string): string => `# Whether one account can be read; if not, why.
query AccountStatus {
  webhooks(
    first: 0
    filter: { accounts: [${quote(account)}] }
  ) {
    complete
    sources {
      state
      count
      error { __typename code message retry }
    }
  }
}
`

export const toCreating = (account: string, isNamed: boolean, eventType: string | undefined): string => `# Creates a webhook.
# Save the signing secret: it's shown only once.
mutation Create {
  createWebhook(input: {
    account: ${quote(account)}${isNamed ? '\n    name: "My first webhook"' : ''}
    url: "https://hooks.acme.test/first"${eventType === undefined ? '' : `\n    eventTypes: [${quote(eventType)}]`}
    enabled: true
  }) {
    __typename
    ... on CreateWebhookSuccess {
      webhook { id name url status eventTypes }
      signingSecret
      secretState
      warnings { code message }
    }
    ...Failure
  }
}
`

export const toUpdating = (id: string): string => `# Changes the fields in the input and no others.
mutation Update {
  updateWebhook(input: {
    id: ${quote(id)}
    name: "Renamed in GraphiQL"
  }) {
    __typename
    ... on UpdateWebhookSuccess {
      webhook { id name url status updatedAt }
      warnings { code message }
    }
    ...Failure
  }
}
`

export const toPreviewing = (id: string): string => `# Shows what an update would send.
# Changes nothing.
mutation PreviewUpdate {
  updateWebhook(input: {
    id: ${quote(id)}
    enabled: false
    validateOnly: true
  }) {
    __typename
    ... on MutationPreview {
      requests { method url body }
      warnings { code message }
    }
    ...Failure
  }
}
`

export const toDeleting = (id: string): string => `# Deletes a webhook permanently.
mutation Delete {
  deleteWebhook(input: {
    id: ${quote(id)}
  }) {
    __typename
    ... on DeleteWebhookSuccess {
      deletedId
      alreadyAbsent
      warnings { code message }
    }
    ...Failure
  }
}
`

export const toReadingDeliveries = (id: string): string => `# The deliveries of a webhook, newest first.
query Deliveries {
  webhook(id: ${quote(id)}) {
    __typename
    ... on Webhook {
      name
      deliveries(first: 10) {
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
    ...Failure
  }
}
`

export const toRedelivering = (deliveryId: string): string => `# Asks the provider to send an event again.
mutation Redeliver {
  redeliverEvent(input: {
    deliveryId: ${quote(deliveryId)}
  }) {
    __typename
    ... on RedeliverEventSuccess {
      webhookCount
      warnings { code message }
    }
    ...Failure
  }
}
`

export const toTesting = (id: string): string => `# Asks the provider to send a test event.
mutation SendTestEvent {
  testWebhook(input: {
    id: ${quote(id)}
  }) {
    __typename
    ... on TestWebhookSuccess {
      accepted
      endpointStatus
      signature
      note
      warnings { code message }
    }
    ...Failure
  }
}
`

export const toVerifying = (id: string): string => `# Asks the provider to verify the endpoint.
mutation Verify {
  verifyWebhook(input: {
    id: ${quote(id)}
  }) {
    __typename
    ... on VerifyWebhookSuccess {
      webhook { id name url status }
      warnings { code message }
    }
    ...Failure
  }
}
`

const planFields = `... on RotationPlan {
      strategy
      verificationGap
      changesId
      duplicateDeliveries
      losesDeliveryHistory
      needsVerification
      graceSeconds
      requests { method url body }
      warnings { code message }
    }`

export const toRotating = (id: string): string => `# Gives a webhook a new signing secret.
# Save it: it's shown only once.
mutation RotateSecret {
  rotateWebhookSecret(input: {
    id: ${quote(id)}
  }) {
    __typename
    ... on RotateWebhookSecretSuccess {
      webhook { id name secretHint }
      signingSecret
      secretState
      warnings { code message }
    }
    ${planFields}
    ...Failure
  }
}
`

export const toPlanning = (id: string): string => `# Shows how a rotation that replaces the webhook
# would work, and its side effects.
# Changes nothing.
mutation PlanRotation {
  rotateWebhookSecret(input: {
    id: ${quote(id)}
    strategy: REPLACEMENT
    validateOnly: true
  }) {
    __typename
    ${planFields}
    ...Failure
  }
}
`

/** The fields that examples select on errors. GraphiQL sends this fragment with each operation of a tab, so each one must use it. */
export const failure = `fragment Failure on WebhookError {
  code
  message
  retry
  retryAfterMs
  upstream { status code message attempts }
  ... on InvalidInputError {
    issues { path code message }
  }
  ... on UnsupportedError {
    path
    provider { displayName }
  }
  ... on ConflictError { existing { id name } }
  ... on LimitReachedError { limit }
  ... on UpstreamUnavailableError { reason }
  ... on OutcomeUnknownError {
    candidates { id name url createdAt }
  }
}
`

/** A string as GraphQL writes it. */
const quote = (text: string): string => JSON.stringify(text)
