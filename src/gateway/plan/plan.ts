import type { Change } from '../../plan/change.ts'
import type { Actual, Desired } from '../../plan/desired.ts'
import { createPlan, type Plan } from '../../plan/plan.ts'
import type { Store } from '../../store/store.ts'
import type { Connection } from '../connection.ts'
import type { Listing } from '../listing.ts'
import { findBegun, isBegunBy } from './begun.ts'
import type { AskedPlan } from './input.ts'
import type { Begun, WebhookPlan } from './planned.ts'
import { priceChange } from './price.ts'
import { readJournal } from './read-journal.ts'
import { findUnsettled } from './unsettled.ts'

/** Reads the accounts at the same time, and makes the plan. An account that cannot be read is part of it. */
export async function makePlan(
  { desired, connections, pruned, findObstacle }: AskedPlan,
  read: (connection: Connection) => Promise<Listing>,
  openStore: () => Promise<Store>,
): Promise<WebhookPlan> {
  const listings = await Promise.all(connections.map(async (connection) => ({ connection, listing: await read(connection) })))
  const actual = listings.map(({ connection: { account, provider, maxWebhooks }, listing: { webhooks, state } }): Actual => {
    return {
      account,
      provider,
      webhooks,
      maxWebhooks,
      isComplete: state === 'COMPLETE',
      isPruned: pruned.has(account.slug),
      findObstacle: (webhook) => findObstacle(provider, webhook),
    }
  })
  const providers = new Map(connections.map(({ account, provider }) => [account.slug, provider]))
  const first = createPlan(desired, actual)
  const { plan, begun } = await readJournal(openStore, async (store) => {
    const webhooks = actual.flatMap((each) => each.webhooks)
    return goOn(desired, actual, first, await findBegun(store, connections, webhooks, first.problems))
  })
  const unsettled = await readJournal(openStore, (store) => findUnsettled(store, connections, plan.changes))
  const pending = new Set(unsettled.flatMap(({ webhooks, indexes }) => (webhooks.length === 0 ? indexes : [])))
  const isPending = ({ desired: wanted }: Change) => wanted !== null && pending.has(wanted.index)
  return {
    ...plan,
    problems: [...plan.problems, ...unsettled],
    changes: plan.changes.flatMap((change) => {
      if (isPending(change)) return []
      const provider = providers.get(change.account.slug)
      return provider === undefined ? [] : [priceChange(provider, change, findObstacle, begun.get(change.id))]
    }),
    sources: listings.map(({ listing }) => ({ ...listing, count: listing.webhooks.length })),
  }
}

/** The plan as it was when replacements were begun: without the new webhooks, where it has the same replacements then. */
function goOn(desired: readonly Desired[], actual: readonly Actual[], first: Plan, begun: readonly Begun[]): Continued {
  const byChange = new Map(begun.map((each) => [each.changeId, each]))
  if (begun.length === 0) return { plan: first, begun: byChange }
  const twins = new Set(begun.map(({ twin }) => twin.id))
  const without = actual.map((each) => ({ ...each, webhooks: each.webhooks.filter(({ id }) => !twins.has(id)) }))
  const plan = createPlan(desired, without)
  const providers = new Map(actual.map(({ account, provider }) => [account.slug, provider]))
  const isIn = (each: Begun) =>
    plan.changes.some((change) => {
      const provider = providers.get(change.account.slug)
      return provider !== undefined && isBegunBy(each, change, provider)
    })
  const left = begun.filter(isIn)
  return left.length === begun.length ? { plan, begun: byChange } : goOn(desired, actual, first, left)
}

interface Continued {
  readonly plan: Plan
  /** By the ID of the change. */
  readonly begun: ReadonlyMap<string, Begun>
}
