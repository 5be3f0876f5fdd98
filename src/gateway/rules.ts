import type { Connection } from './connection.ts'
import { createDirectory, findProvider } from './directory.ts'
import { createChecks } from './checks.ts'
import { attempt } from './members.ts'
import { startBudget } from '../budget.ts'
import { formatId } from '../id.ts'
import type { Listing } from './listing.ts'
import { requireSupport } from './operations.ts'
import { createPlanReader, type PlanFields } from './plan/input.ts'
import { createApply } from './plan/apply.ts'
import { makePlan } from './plan/plan.ts'
import type { WebhookPlan } from './plan/planned.ts'
import type { Operation } from '../provider/operations.ts'
import type { Provider } from '../provider/provider.ts'
import type { Snapshots } from './snapshots.ts'
import type { Store } from '../store/store.ts'
import type { Account, AccountWebhook, WebhookDelivery } from '../webhook.ts'
import { boundOperation } from './write/bound.ts'
import { getSurely } from './write/find.ts'
import type { CallBound, WriteOptions } from './write/write.ts'
import { createWrites } from './writes.ts'

export interface Deliveries {
  readonly deliveries: readonly WebhookDelivery[]
  /** Number of further deliveries that could not be read. */
  readonly unreadableCount: number
  /** How far back the delivery log goes. */
  readonly windowNote: string | null
}

interface RulesOptions extends WriteOptions {
  readonly providers: readonly Provider[]
  readonly connections: readonly Connection[]
  readonly snapshots: Snapshots
  /** Removes the credentials of all accounts from a text, for logs. */
  readonly redact: (text: string) => string
  readonly allowPrivateTargets: boolean
  readonly openStore: () => Promise<Store>
  /** How long signing secrets that were handed out are kept in the journal; 0 for not at all. */
  readonly secretRetentionMs: number
}

export type Rules = ReturnType<typeof createRules>

/** The rules for every provider. They throw WebhookErrors; anything else is a bug. */
export function createRules({
  providers,
  connections,
  snapshots,
  redact,
  allowPrivateTargets,
  timeoutMs,
  looksMs,
  openStore,
  secretRetentionMs,
}: RulesOptions) {
  const directory = createDirectory(connections)
  const checks = createChecks({ providers, directory, allowPrivateTargets })
  const { shapes, requireShape, readLocation, inspect } = checks
  const readPlan = createPlanReader({ directory, checks, connections })
  const writing = { timeoutMs, looksMs }
  const { recall, ...writes } = createWrites({ directory, checks, writing, openStore, secretRetentionMs })
  // Callers with different accounts share no cursors.
  const scope = connections.map(({ account }) => account.slug).join(' ')

  return {
    providers,
    accounts: connections.map(({ account }) => account),
    getProvider: (name: string): Provider => findProvider(providers, name),
    redact,
    /** Whether the journal keeps signing secrets. */
    keepsSecrets: secretRetentionMs > 0,
    findAccount: (slug: string): Account | undefined => directory.find(slug)?.account,
    /** The account of a webhook's global ID; null for an ID that no webhook of these accounts can have. */
    findAccountOf: (id: string): Account | null => directory.locate(id)?.connection.account ?? null,

    /** Location of the delivery with a global ID; null for an ID that no delivery of these accounts can have. */
    findDelivery(id: string): { readonly account: Account; readonly webhookId: string } | null {
      const location = directory.locateDelivery(id)
      if (location === null) return null
      const { account } = location.connection
      return { account, webhookId: formatId({ kind: 'webhook', slug: account.slug, upstreamId: location.upstreamId }) }
    },

    /** Maximum number of upstream requests of an operation. */
    bound: (provider: Provider, operation: Operation): CallBound => boundOperation(provider, operation, looksMs.length),

    // ---- reads

    /** Rejects if the account does not exist; any other failure is part of the listing. */
    async list(account: Account, signal?: AbortSignal): Promise<Listing> {
      const asked = requireShape('LIST', shapes.LIST, { account })
      const connection = directory.getConnection(asked.account.slug)
      using budget = startBudget(timeoutMs, signal)
      return await connection.listTogether(budget)
    },

    /** The cached listing that this cursor belongs to, if any. Sends no requests. */
    findKept: (account: Account, cursor: string): Listing | null =>
      snapshots.find(directory.getConnection(account.slug), `${scope} ${cursor}`),

    /** Links a cursor to its listing, so that the next page can be served from it. */
    keep: (listing: Listing, cursor: string): void =>
      snapshots.keep(directory.getConnection(listing.account.slug), listing, `${scope} ${cursor}`),

    get: (id: string, signal?: AbortSignal): Promise<AccountWebhook> =>
      attempt('GET', async () => {
        const { connection, upstreamId } = readLocation('GET', id)
        using budget = startBudget(timeoutMs, signal)
        return await getSurely({ connection, budget }, upstreamId)
      }),

    /** All deliveries in the provider's log, in any order. */
    listDeliveries: (id: string, signal?: AbortSignal): Promise<Deliveries> =>
      attempt('LIST_DELIVERIES', async () => {
        const { connection, upstreamId } = readLocation('LIST_DELIVERIES', id)
        const { provider, account } = connection
        const { note } = requireSupport(provider, 'LIST_DELIVERIES', provider.operations.LIST_DELIVERIES)
        using budget = startBudget(timeoutMs, signal)
        const { items, unreadable } = await connection.listDeliveriesTogether(upstreamId, budget)
        const deliveries = items.map((each) => ({
          ...each,
          id: formatId({ kind: 'delivery', slug: account.slug, upstreamId, key: each.key }),
          webhookId: id,
        }))
        return { windowNote: note, deliveries, unreadableCount: unreadable.length }
      }),

    /** What to do so that webhooks are as desired; `read` lists an account. */
    async plan(given: PlanFields, read: (account: Account) => Promise<Listing>): Promise<WebhookPlan> {
      return makePlan(readPlan('PLAN', given), ({ account }) => read(account), openStore)
    },

    applyPlan: createApply({ readPlan, timeoutMs, openStore, find: directory.find, writes, recall }),

    ...writes,

    // ---- rules

    /** The issues for which an operation would reject an input; none if its account or webhook is unknown. */
    inspect,
  }
}
