import type { Account } from '../webhook.ts'
import type { Change } from './change.ts'
import type { Actual } from './desired.ts'

/** What a plan is carried out for only if it is forced. */
export const refusalCodes = {
  TOO_MANY_CHANGES: 'More than 30 % of the webhooks of an account with at least ten would be changed or deleted.',
  ALL_DELETED: 'All webhooks of an account would be deleted.',
} as const
export type RefusalCode = keyof typeof refusalCodes

export interface Refusal {
  readonly code: RefusalCode
  readonly message: string
  readonly account: Account
}

const leastWebhooks = 10
const mostShare = 0.3

/** What speaks against carrying out these changes. */
export function findRefusals(
  changes: readonly Change[],
  actual: readonly Pick<Actual, 'account' | 'webhooks'>[],
): readonly Refusal[] {
  const byAccount = Map.groupBy(changes, ({ account }) => account.slug)
  return actual.flatMap(({ account, webhooks: { length: total } }) => {
    const own = byAccount.get(account.slug) ?? []
    const deleted = own.filter(({ kind }) => kind === 'DELETE').length
    const changed = own.filter(({ kind }) => kind === 'UPDATE' || kind === 'REPLACE').length + deleted
    return [
      ...(total >= leastWebhooks && changed > total * mostShare ? [toTooMany(account, changed, total)] : []),
      ...(deleted > 0 && deleted === total ? [toAllDeleted(account, total)] : []),
    ]
  })
}

function toTooMany(account: Account, changed: number, total: number): Refusal {
  const message = `This would change or delete ${changed} of the ${total} webhooks of account "${account.slug}", more than 30 %. Check the plan. If it is right, apply it with force.`
  return { code: 'TOO_MANY_CHANGES', message, account }
}

function toAllDeleted(account: Account, total: number): Refusal {
  const which = total === 1 ? 'the only webhook' : `all ${total} webhooks`
  const message = `This would delete ${which} of account "${account.slug}". Check the plan. If it is right, apply it with force.`
  return { code: 'ALL_DELETED', message, account }
}
