import type { Gateway } from '../gateway.ts'
import { defaultSize, maximumSize } from '../schema/page.ts'
import { createContains, type RootField, type Selection } from './selection.ts'

/**
 * The most that a write can come to, lost answers included: each look at what became of it counts, as does each time that
 * an update or a delete is sent again.
 */
const writes: Readonly<Record<string, number>> = {
  createWebhook: 9,
  updateWebhook: 13,
  deleteWebhook: 6,
  rotateWebhookSecret: 20,
  verifyWebhook: 3,
  testWebhook: 3,
  redeliverEvent: 3,
}
/** How many webhooks the answer to a write can have, the one it is about or those that may have come of it; and any other list. */
const answered = 10

/**
 * An upper bound of the upstream calls of an operation, with what it shares counted once: a list of an account counts as
 * one call however many pages it has, and a read that is made again counts once.
 */
export function boundCalls({ roots }: Selection, gateway: Gateway): number {
  const asksForDeliveries = createContains('deliveries')
  const lists = new Set<string>()
  const ids = new Map<string, Set<string>>()
  let others = 0
  for (const root of roots) {
    const deliveries = asksForDeliveries(root)
    const name = root.definition.name
    const write = root.parent.name === 'Mutation' ? writes[name] : undefined
    if (write !== undefined) others += write + (deliveries ? answered : 0)
    if (name === 'webhooks') {
      for (const { slug } of selectAccounts(root, gateway)) lists.add(slug)
      if (deliveries) others += readPageSize(root)
    }
    const asked = readIds(root)
    for (const id of asked) {
      const account = gateway.findAccountOf(id)
      if (account !== null) ids.set(account.slug, (ids.get(account.slug) ?? new Set()).add(id))
    }
    if (deliveries) others += new Set(asked).size
  }
  // One webhook of an account is read alone, several by the account's list.
  for (const [slug, { size }] of ids) {
    if (size > 1) lists.add(slug)
    else others += 1
  }
  return lists.size + others
}

function selectAccounts({ args }: RootField, { accounts }: Gateway): Gateway['accounts'] {
  const filter = isRecord(args['filter']) ? args['filter'] : {}
  const [slugs, providers] = [filter['accounts'], filter['providers']]
  return accounts.filter(({ slug, provider }) => {
    return (!Array.isArray(slugs) || slugs.includes(slug)) && (!Array.isArray(providers) || providers.includes(provider))
  })
}

function readPageSize({ args: { first, last } }: RootField): number {
  const size = typeof first === 'number' ? first : typeof last === 'number' ? last : defaultSize
  return Math.min(Math.max(0, size), maximumSize)
}

function readIds({ definition: { name }, args: { id, ids } }: RootField): readonly string[] {
  if (name === 'nodes') return Array.isArray(ids) ? ids.filter((each) => typeof each === 'string') : []
  return (name === 'webhook' || name === 'node') && typeof id === 'string' ? [id] : []
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
