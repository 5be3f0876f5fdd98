import type { Actual } from '../../plan/desired.ts'
import { createPlan } from '../../plan/plan.ts'
import type { Store } from '../../store/store.ts'
import type { Connection } from '../connection.ts'
import type { Listing } from '../listing.ts'
import type { AskedPlan } from './input.ts'
import type { WebhookPlan } from './planned.ts'
import { priceChange } from './price.ts'
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
  const plan = createPlan(desired, actual)
  const unsettled = await findUnsettled(openStore, connections, plan.changes)
  return {
    ...plan,
    problems: [...plan.problems, ...unsettled],
    changes: plan.changes.flatMap((change) => {
      const provider = providers.get(change.account.slug)
      return provider === undefined ? [] : [priceChange(provider, change, findObstacle)]
    }),
    sources: listings.map(({ listing }) => ({ ...listing, count: listing.webhooks.length })),
  }
}
