import type { GraphiQLOptions } from 'graphql-yoga'
import type { Gateway } from '../../gateway/gateway.ts'
import { formatId } from '../../id.ts'
import type { CommonField } from '../../provider/fields.ts'
import type { Operation, Supported } from '../../provider/operations.ts'
import { isUnsupported, type Unsupported } from '../../provider/unsupported.ts'
import type { Account } from '../../webhook.ts'
import * as examples from './examples.ts'

// Initial tabs of GraphiQL, with operations that run unchanged on the existing accounts.

type Support = Supported<[], unknown>['support'] | Unsupported['support']

interface Tab {
  readonly query: string
}

/** Appearance and initial tabs. If callers are authenticated, the page names no account. */
export function toGraphiQLOptions(gateway: Gateway, authenticated: boolean): GraphiQLOptions {
  const common = { title: 'HookQL', defaultEditorToolsVisibility: false } as const
  if (!authenticated) return { ...common, defaultTabs: createTabs(gateway) }
  // The page has one field for the key of all tabs and keeps it in memory. GraphiQL itself would store the headers of each tab.
  const withoutHeaders = { shouldPersistHeaders: false, isHeadersEditorEnabled: false }
  return { ...common, ...withoutHeaders, defaultTabs: createTabs(gateway.restrictTo(new Set()), authenticated) }
}

/** Tabs for the gateway's accounts, each with examples for one topic; operations that no account supports are left out. */
export function createTabs({ accounts, getProvider }: Gateway, authenticated = false): Tab[] {
  const [first, last] = [accounts.at(0), accounts.at(-1)]
  // Where creating again and again reaches no limit, if there is such an account.
  const roomy = accounts.find(({ provider }) => getProvider(provider).limits.maxWebhooks === null) ?? first
  const { fields, eventTypes } = roomy === undefined ? {} : getProvider(roomy.provider)
  const eventType = isUnsupported(fields?.eventTypes.onCreate ?? '') ? undefined : eventTypes?.known[0]
  const unknown = 'the slug of an account'

  /** An example for an operation, on the first account whose provider serves it in this way. */
  function find(operation: Operation, support: Support, toExample: (account: Account) => string): readonly string[] {
    const account = accounts.find(({ provider }) => getProvider(provider).operations[operation].support === support)
    return account === undefined ? [] : [toExample(account)]
  }

  /** The first account whose provider can change this field. */
  function findChangeable(field: CommonField): Account | undefined {
    return accounts.find(({ provider }) => !isUnsupported(getProvider(provider).fields[field].onUpdate)) ?? first
  }

  /** The id of a webhook that a stand-in starts with; at a real provider, a person has to choose one. */
  function toId(account: Account | undefined): string {
    if (account?.sandbox !== true) return 'paste an id from the first tab'
    return formatId({ kind: 'webhook', slug: account.slug, upstreamId: getProvider(account.provider).sandbox.seededId })
  }

  function toDeliveryId({ slug, provider, sandbox }: Account): string {
    const { seededId: upstreamId, seededEventId: key } = getProvider(provider).sandbox
    if (!sandbox || key === undefined) return 'paste the id of a delivery'
    return formatId({ kind: 'delivery', slug, upstreamId, key })
  }

  const topics = [
    [examples.toWelcome(authenticated ? 'key' : accounts.every(({ sandbox }) => sandbox) ? 'sandbox' : 'accounts')],
    [examples.describingProviders, examples.toChecking(first?.slug ?? unknown)],
    [examples.toCreating(roomy?.slug ?? unknown, !isUnsupported(fields?.name.onCreate ?? ''), eventType?.name)],
    [
      examples.toUpdating(toId(findChangeable('name'))),
      examples.toPreviewing(toId(findChangeable('enabled'))),
      examples.toDeleting(toId(last)),
    ],
    [
      ...find('LIST_DELIVERIES', 'NATIVE', (account) => examples.toReadingDeliveries(toId(account))),
      ...find('REDELIVER', 'NATIVE', (account) => examples.toRedelivering(toDeliveryId(account))),
      ...find('TEST', 'NATIVE', (account) => examples.toTesting(toId(account))),
      ...find('VERIFY', 'EMULATED', (account) => examples.toVerifying(toId(account))),
    ],
    [
      ...find('ROTATE_SECRET', 'NATIVE', (account) => examples.toRotating(toId(account))),
      ...find('ROTATE_SECRET', 'EMULATED', (account) => examples.toPlanning(toId(account))),
    ],
  ]
  return topics.filter((topic) => topic.length > 0).map((topic) => ({ query: toDocument(topic) }))
}

function toDocument(operations: readonly string[]): string {
  const document = operations.join('\n')
  return document.includes('...Failure') ? `${document}\n${examples.failure}` : document
}
