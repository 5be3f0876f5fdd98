import { mostChanges } from '../gateway/plan/apply.ts'
import type { Gateway } from '../gateway/gateway.ts'
import { isRecord } from '../gateway/unchecked.ts'
import type { Account } from '../webhook.ts'
import type { RootField } from './sets.ts'

// A plan answers for each webhook of its input, and of the accounts in it.

/** Fields of the response that a plan may have for each desired webhook, besides those of any operation. */
export const fieldsPerDesired = 500

export function isPlan({ definition: { name } }: Pick<RootField, 'definition'>): boolean {
  return name === 'webhookPlan' || name === 'applyWebhookPlan'
}

/** Number of desired webhooks of all plans of an operation, and of the changes that it can carry out. */
export function countDesired(roots: readonly RootField[]): number {
  const counts = roots.map(
    (root) => listItems(root, 'webhooks').length + (root.definition.name === 'applyWebhookPlan' ? mostChanges : 0),
  )
  return counts.reduce((sum, count) => sum + count, 0)
}

/** The accounts that a plan lists. */
export function findPlanned(root: RootField, { accounts }: Gateway): readonly Account[] {
  const desired = listItems(root, 'webhooks').map((each) => (isRecord(each) ? each['account'] : undefined))
  const slugs = new Set([...desired, ...listItems(root, 'prune')])
  return accounts.filter(({ slug }) => slugs.has(slug))
}

function listItems(root: RootField, name: string): readonly unknown[] {
  const { input } = root.args
  const items = isPlan(root) && isRecord(input) ? input[name] : undefined
  return Array.isArray(items) ? items : []
}
