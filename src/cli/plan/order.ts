import { sortBy } from '../../plan/sort.ts'
import type { PlanFragment } from '../client/documents.ts'
import type { WebhooksFile } from '../file/desired.ts'

/** The plan in an order that tells nothing of the values of variables: by account and kind as before, then by what is shown. */
export function inShownOrder(plan: PlanFragment, { mask }: Pick<WebhooksFile, 'mask'>): PlanFragment {
  const changes = Map.groupBy(plan.changes, ({ account, kind }) => `${account.slug} ${kind}`)
  const problems = Map.groupBy(plan.problems, ({ account, code }) => `${account.slug} ${code}`)
  const warnings = Map.groupBy(plan.warnings, ({ code }) => code)
  return {
    ...plan,
    changes: [...changes.values()].flatMap((group) =>
      sortBy(group, ({ name, url, desiredIndex }) => [mask(name ?? ''), mask(url), desiredIndex ?? 0]),
    ),
    problems: [...problems.values()].flatMap((group) =>
      sortBy(group, ({ message, desiredIndexes }) => [mask(message), ...desiredIndexes]),
    ),
    warnings: [...warnings.values()].flatMap((group) => sortBy(group, ({ message }) => [mask(message)])),
  }
}
