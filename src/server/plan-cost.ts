import { type DocumentNode, Kind, type OperationDefinitionNode } from 'graphql'
import { mostChanges } from '../gateway/plan/choose.ts'
import type { Gateway } from '../gateway/gateway.ts'
import { isRecord } from '../gateway/unchecked.ts'
import type { Account } from '../webhook.ts'
import type { RootField } from './sets.ts'

// A plan answers for each webhook of its input, and of the accounts in it.

/** Fields of the response that a plan may have for each desired webhook, besides those of any operation. */
export const fieldsPerDesired = 500

const names: ReadonlySet<string> = new Set(['webhookPlan', 'applyWebhookPlan'])

export function isPlan({ definition: { name } }: Pick<RootField, 'definition'>): boolean {
  return names.has(name)
}

/** Whether an operation may have a plan, wherever in its document. Costs nothing but reading the document. */
export function asksForPlan({ definitions }: DocumentNode, { selectionSet }: OperationDefinitionNode): boolean {
  const fragments = definitions.filter((each) => each.kind === Kind.FRAGMENT_DEFINITION)
  return [selectionSet, ...fragments.map((each) => each.selectionSet)].some(({ selections }) =>
    selections.some((each) => each.kind === Kind.FIELD && names.has(each.name.value)),
  )
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
  const slugs = new Set([...desired, ...listItems(root, 'prune'), ...listItems(root, 'accounts')])
  return accounts.filter(({ slug }) => slugs.has(slug))
}

function listItems(root: RootField, name: string): readonly unknown[] {
  const { input } = root.args
  const items = isPlan(root) && isRecord(input) ? input[name] : undefined
  return Array.isArray(items) ? items : []
}
