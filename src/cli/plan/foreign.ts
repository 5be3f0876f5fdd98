import type { ApplyWebhookPlanMutation, ChangeFragment, PlanFragment } from '../client/documents.ts'
import type { WebhooksFile } from '../file/desired.ts'

// What an answer says of webhooks that the file does not have is not understood, whatever its shape.

/** The path of what is of no webhook in the file; null if there is none. */
export function findForeignInPlan({ changes, problems }: PlanFragment, file: WebhooksFile): string | null {
  const ids = new Set<string>()
  for (const [index, change] of changes.entries()) {
    if (ids.has(change.id)) return `changes.${index}.id`
    if (!isOwn(change, file)) return `changes.${index}.desiredIndex`
    ids.add(change.id)
  }
  const index = problems.findIndex(({ account, desiredIndexes }) => !desiredIndexes.every((each) => isOf(each, account, file)))
  return index === -1 ? null : `problems.${index}.desiredIndexes`
}

/** The same for what an apply has come to. */
export function findForeignInResult(result: ApplyWebhookPlanMutation['applyWebhookPlan'], file: WebhooksFile): string | null {
  if (result.__typename === 'PlanOutdatedError') return findForeignInPlan(result.plan, file)
  if (result.__typename !== 'ApplyWebhookPlanSuccess') return null
  const index = result.outcomes.findIndex(({ change }) => !isOwn(change, file))
  if (index !== -1) return `outcomes.${index}.change.desiredIndex`
  return result.remaining && findForeignInPlan(result.remaining, file)
}

function isOwn({ kind, account, desiredIndex }: ChangeFragment, file: WebhooksFile): boolean {
  if (kind === 'DELETE' || kind === 'UNMANAGED') return desiredIndex === null
  return desiredIndex !== null && isOf(desiredIndex, account, file)
}

function isOf(index: number, { slug }: ChangeFragment['account'], { webhooks }: WebhooksFile): boolean {
  return webhooks[index]?.input.account === slug
}
