import type { ApplyWebhookPlanMutation } from '../client/documents.ts'
import type { Change } from './ask.ts'

// Which changes wait: for a rate limit, or for others.

type Success = Extract<ApplyWebhookPlanMutation['applyWebhookPlan'], { __typename: 'ApplyWebhookPlanSuccess' }>
export type Outcome = Success['outcomes'][number]

/** How long a provider asks to wait: its rate limit is no failure of what is planned. */
export function findWait({ outcomes, remaining }: Success): number {
  const unread = (remaining?.sources ?? []).map(({ error }) => toWait(error))
  return Math.max(0, ...unread, ...outcomes.map(findOwnWait))
}

function findOwnWait({ create, update, delete: deleted }: Outcome): number {
  return Math.max(...[create, update, deleted].map((result) => (result !== null && 'code' in result ? toWait(result) : 0)))
}

function toWait(error: { readonly code: string; readonly retryAfterMs: number | null } | null): number {
  return error?.code === 'RATE_LIMITED' ? (error.retryAfterMs ?? 0) : 0
}

/** Whether a change is to be tried again after this time: a deletion can wait for one that is limited. */
export function isPending(outcome: Outcome, waitMs: number): boolean {
  const isHeld = outcome.change.kind === 'DELETE' && outcome.delete === null
  return findOwnWait(outcome) > 0 || (isHeld && waitMs > 0)
}

/** The deletions that later calls must leave: their accounts lack a new webhook, and only the call that tries it knows that. */
export function listHeld(chosen: readonly Change[], outcomes: readonly Outcome[]): readonly Outcome[] {
  const lacking = outcomes.filter(({ change: { kind }, create }) => kind !== 'UPDATE' && create !== null && 'code' in create)
  const accounts = new Set(lacking.map(({ change }) => change.account.slug))
  return chosen
    .filter(({ kind, account }) => kind === 'DELETE' && accounts.has(account.slug))
    .map((change) => ({ change, create: null, update: null, delete: null, skipped: heldBack }))
}

const heldBack =
  'Nothing was deleted, because not every new webhook of the account could be created, and this one may be needed until then.'
