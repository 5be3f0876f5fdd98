import { mostCandidates } from '../errors.ts'
import type { Gateway } from '../gateway/gateway.ts'
import { mostDesired, mostItems } from '../gateway/input.ts'
import { isRecord } from '../gateway/unchecked.ts'
import { parseId } from '../id.ts'
import { journaledOperations } from '../journal.ts'
import type { Operation } from '../provider/operations.ts'
import { isChanging } from '../schema/context.ts'
import { readOperation } from '../schema/validation.ts'
import type { Account } from '../webhook.ts'
import { boundEntries } from './entry-cost.ts'
import { readPageSize } from './page-size.ts'
import { findPlanned, isPlan } from './plan-cost.ts'
import type { Selection } from './selection.ts'
import { createContains, listBelow, type RootField } from './sets.ts'

/**
 * An upper bound for the upstream requests of an operation, from the declared costs of providers and writes, including checks
 * after a lost response. Shared reads count once. Further pages, repeated reads of a list and retries do not count.
 */
export function boundCalls({ roots }: Selection, gateway: Gateway): number {
  const count = (operation: Operation, account: Account) => {
    const { calls, looks } = gateway.bound(gateway.getProvider(account.provider), operation)
    return calls + looks
  }
  const asksForDeliveries = createContains('deliveries')
  const countLogs = (page: number, accounts: readonly Account[]) =>
    page * Math.max(0, ...accounts.map((account) => count('LIST_DELIVERIES', account)))
  const countLists = (accounts: Iterable<Account>) => [...accounts].reduce((sum, account) => sum + count('LIST', account), 0)
  const countSettling = (account: Account) => Math.max(...journaledOperations.map((operation) => count(operation, account)))
  const lists = new Set<Account>()
  const reads = new Map<Account, Set<string>>()
  const logsRead = new Map<string, Account>()
  const ofEntries = new Set<Account>()
  let entryReads = 0
  let others = 0
  for (const root of roots) {
    const logs = asksForDeliveries(root.below)
    const isRead = root.parent.name === 'Query'
    const write = readOperation(root.definition)
    const target = write === undefined ? null : findTarget(root, gateway)
    if (write !== undefined && target !== null) {
      // The audit log reads the webhook before a write, and errors read candidates.
      others += count(write, target) + (isChanging(write) ? count('GET', target) : 0)
      if (logs) others += mostCandidates * count('LIST_DELIVERIES', target)
    }
    // The account of an entry is not known before it is read.
    if (root.definition.name === 'settleJournalEntry') others += Math.max(0, ...gateway.accounts.map(countSettling))
    const entries = boundEntries(root, gateway)
    if (entries.webhooks + entries.logs > 0) {
      const accounts = target === null ? selectAccounts(root, gateway) : [target]
      const most = (operation: Operation) => Math.max(0, ...accounts.map((account) => count(operation, account)))
      others += entries.webhooks * most('GET') + entries.logs * most('LIST_DELIVERIES')
      if (!isRead && entries.webhooks > 1) others += countLists(accounts)
      if (isRead && entries.webhooks > 0) for (const account of accounts) ofEntries.add(account)
      if (isRead) entryReads += entries.webhooks
    }
    if (root.definition.name === 'webhooks') {
      const accounts = selectAccounts(root, gateway)
      for (const account of accounts) lists.add(account)
      if (logs) others += countLogs(readPageSize(root), accounts)
    }
    if (isPlan(root)) {
      for (const account of findPlanned(root, gateway)) lists.add(account)
      // What is left is read again. Each change that is carried out is a write of its own.
      if (!isRead) others += countLists(findPlanned(root, gateway))
      // Nobody knows how many webhooks a plan has.
      if (logs) others += countLogs(mostDesired, gateway.accounts)
    }
    // An account's list and its pages are the same wherever they are selected.
    const below = listBelow(root)
    const own = below.filter(({ parent, definition }) => parent.name === 'Account' && definition.name === 'webhooks')
    if (own.length > 0) {
      const reached = findReached(root, target, gateway)
      for (const { args, below: set } of own) {
        if (set !== null && asksForDeliveries([set])) others += countLogs(reached.length * readPageSize({ args }), reached)
      }
      // The result of a mutation is read after it; earlier reads do not count.
      if (isRead) for (const account of reached) lists.add(account)
      else others += countLists(reached)
    }
    const readsWebhook = below.some(({ parent, definition }) => parent.name === 'Delivery' && definition.name === 'webhook')
    for (const id of new Set(readIds(root))) {
      const delivery = gateway.findDelivery(id)
      const account = delivery?.account ?? gateway.findAccountOf(id)
      if (account === null) continue
      const webhookId = delivery?.webhookId ?? id
      if (delivery !== null) logsRead.set(webhookId, account)
      if (delivery !== null && !readsWebhook) continue
      reads.set(account, (reads.get(account) ?? new Set()).add(webhookId))
      if (logs) others += count('LIST_DELIVERIES', account)
    }
  }
  // The delivery log of a webhook is read once for all its deliveries.
  for (const account of logsRead.values()) others += count('LIST_DELIVERIES', account)
  // A single webhook of an account is read on its own, several by the account's list, plus those missing from it.
  for (const [account, { size }] of reads) {
    if (size > 1) lists.add(account)
    others += size * count('GET', account)
  }
  // The webhooks of entries are read together with these.
  const readCount = [...reads.values()].reduce((sum, { size }) => sum + size, entryReads)
  if (readCount > 1) for (const account of ofEntries) lists.add(account)
  return others + countLists(lists)
}

/** Accounts whose lists can be selected below a field. */
function findReached(root: RootField, target: Account | null, gateway: Gateway): readonly Account[] {
  const first = target === null ? findStart(root, gateway) : [target]
  const strays = listBelow(root).some(({ parent, definition }) => parent.name === 'Provider' && definition.name === 'accounts')
  if (!strays) return first
  const providers = new Set(first.map(({ provider }) => provider))
  return gateway.accounts.filter(({ provider }) => providers.has(provider))
}

/** Accounts that a Query field starts from. */
function findStart(root: RootField, gateway: Gateway): readonly Account[] {
  const { definition, args } = root
  const { accounts } = gateway
  switch (definition.name) {
    case 'webhookPlan':
    case 'applyWebhookPlan':
      return findPlanned(root, gateway)
    case 'webhooks':
    case 'journal':
      return selectAccounts(root, gateway)
    case 'account':
      return accounts.filter(({ slug }) => slug === args['slug'])
    case 'accounts': {
      const providers = readList(args['providers'])
      return accounts.filter(({ provider }) => providers?.has(provider) !== false)
    }
    case 'provider':
      return accounts.filter(({ provider }) => provider === args['name'])
    case 'providers':
      return accounts
    case 'revealSigningSecret':
    case 'acknowledgeSecret':
    case 'settleJournalEntry':
      return accounts
    default: {
      const ids = readIds(root).map(parseId)
      return accounts.filter(({ slug, provider }) =>
        ids.some((id) => {
          if (id === null) return false
          if (id.kind === 'provider') return id.name === provider
          // Only the journal knows the account of an entry.
          return id.kind === 'entry' || id.slug === slug
        }),
      )
    }
  }
}

/** The account of a mutation; null if unknown, in which case no request is sent. */
function findTarget({ args: { input } }: RootField, gateway: Gateway): Account | null {
  if (!isRecord(input)) return null
  const { account, id, deliveryId } = input
  if (typeof account === 'string') return gateway.findAccount(account) ?? null
  if (typeof deliveryId === 'string') return gateway.findDelivery(deliveryId)?.account ?? null
  return typeof id === 'string' ? gateway.findAccountOf(id) : null
}

function selectAccounts({ args }: RootField, { accounts }: Gateway): Gateway['accounts'] {
  const filter = isRecord(args['filter']) ? args['filter'] : {}
  const [slugs, providers] = [readList(filter['accounts']), readList(filter['providers'])]
  return accounts.filter(({ slug, provider }) => slugs?.has(slug) !== false && providers?.has(provider) !== false)
}

/** Empty for a list that is too long, whose field is rejected. */
function readList(value: unknown): ReadonlySet<unknown> | undefined {
  if (!Array.isArray(value)) return undefined
  return new Set<unknown>(value.length > mostItems ? [] : value)
}

function readIds({ definition: { name }, args: { id, ids } }: RootField): readonly string[] {
  if (name === 'nodes') return [...(readList(ids) ?? [])].filter((each) => typeof each === 'string')
  return (name === 'webhook' || name === 'node' || name === 'journalEntry') && typeof id === 'string' ? [id] : []
}
