import type { Actual } from '../../plan/desired.ts'
import { createPlan, type Plan } from '../../plan/plan.ts'
import type { Account } from '../../webhook.ts'
import type { Listing } from '../listing.ts'
import type { AskedPlan } from './input.ts'
import { type PlannedChange, priceChange } from './price.ts'

/** What to do so that the webhooks are as desired, and what was read to know that. */
export interface WebhookPlan extends Omit<Plan, 'changes'> {
  readonly changes: readonly PlannedChange[]
  readonly sources: readonly (Listing & { readonly count: number })[]
}

/** Reads the accounts at the same time, and makes the plan. An account that cannot be read is part of it. */
export async function makePlan(
  { desired, connections, pruned }: AskedPlan,
  read: (account: Account) => Promise<Listing>,
): Promise<WebhookPlan> {
  const listings = await Promise.all(connections.map(({ account }) => read(account)))
  const actual = listings.flatMap(({ webhooks, state }, index): readonly Actual[] => {
    const connection = connections[index]
    if (connection === undefined) return []
    const { account, provider } = connection
    return [{ account, provider, webhooks, isComplete: state === 'COMPLETE', isPruned: pruned.has(account.slug) }]
  })
  const providers = new Map(connections.map(({ account, provider }) => [account.slug, provider]))
  const plan = createPlan(desired, actual)
  return {
    ...plan,
    changes: plan.changes.flatMap((change) => {
      const provider = providers.get(change.account.slug)
      return provider === undefined ? [] : [priceChange(provider, change)]
    }),
    sources: listings.map((listing) => ({ ...listing, count: listing.webhooks.length })),
  }
}
