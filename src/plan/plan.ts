import { mostCandidates } from '../errors.ts'
import { isUnsupported } from '../provider/unsupported.ts'
import type { AccountWebhook, Warning } from '../webhook.ts'
import { type Change, changeKinds, isInPlace, toChange, toFieldChange, toPrice } from './change.ts'
import { compare } from './compare.ts'
import { planCreate } from './create.ts'
import type { Actual, Desired } from './desired.ts'
import { toFingerprint } from './fingerprint.ts'
import { groupInOrder, type Match, match } from './identity.ts'
import { type Problem, toNotReplaceable } from './problem.ts'
import { listDifferences, toReplacement } from './replace.ts'
import { type Keys, sortBy } from './sort.ts'
import { findRefusals, type Refusal } from './valves.ts'
import { findWarnings } from './warnings.ts'

/** What to do so that the webhooks are as desired. */
export interface Plan {
  /** By account, then by kind, then by name or URL. */
  readonly changes: readonly Change[]
  readonly problems: readonly Problem[]
  /** Why the plan is carried out only if it is forced. */
  readonly refusals: readonly Refusal[]
  readonly warnings: readonly Warning[]
  /** Whether all accounts could be read. If not, nothing is deleted. */
  readonly isComplete: boolean
  /** The same for the same changes. */
  readonly fingerprint: string
}

/** Makes the plan for these accounts, whatever the order of either list. An account that is not complete has no changes. */
export function createPlan(desired: readonly Desired[], actual: readonly Actual[]): Plan {
  const isComplete = actual.every((each) => each.isComplete)
  const byAccount = Map.groupBy(desired, ({ account }) => account)
  const planned = actual
    .filter((each) => each.isComplete)
    .map((each) => planAccount(each, byAccount.get(each.account.slug) ?? [], isComplete))
  const changes = sortBy(
    planned.flatMap((each) => each.changes),
    toPlace,
  )
  return {
    changes,
    problems: sortBy(
      planned.flatMap((each) => each.problems),
      toKeys,
    ),
    refusals: findRefusals(changes, actual),
    warnings: findWarnings(changes, actual),
    isComplete,
    fingerprint: toFingerprint(changes),
  }
}

interface Planned {
  readonly changes: readonly Change[]
  readonly problems: readonly Problem[]
}

function planAccount(actual: Actual, desired: readonly Desired[], mayDelete: boolean): Planned {
  const { account, isPruned, findObstacle } = actual
  const { matches, problems, unmatched } = match(actual, desired)
  const byUrl = groupInOrder(unmatched)
  const planned = matches.map((each) => planMatch(actual, each, mayDelete, byUrl.get(each.desired.url) ?? []))
  const [changes, more] = [planned.filter((each) => 'kind' in each), planned.filter((each) => 'code' in each)]
  // Many problems can have one list.
  const involved = new Set([...new Set(more.map(({ others }) => others))].flat())
  const left = unmatched.filter((webhook) => !involved.has(webhook))
  const toKind = (webhook: AccountWebhook) =>
    isPruned && mayDelete && findObstacle(webhook) === undefined ? 'DELETE' : 'UNMANAGED'
  return {
    changes: [...changes, ...left.map((webhook) => toChange(toKind(webhook), account, { webhook }))],
    problems: [...problems, ...more],
  }
}

function planMatch(
  { account, provider }: Actual,
  { desired, webhook, isMoved }: Match,
  mayDelete: boolean,
  neighbours: readonly AccountWebhook[],
): Change | Problem {
  if (webhook === null) return planCreate(account, provider, desired, isMoved)
  const compared = compare(provider, desired, webhook)
  if (compared.length === 0) return toChange('NONE', account, { webhook, desired, isMoved })
  const fields = compared.map((each) => toFieldChange(provider, each))
  const changed = compared.filter(({ isShown }) => isShown === false)
  if (changed.length === 0) return toChange('NONE', account, { webhook, desired, fields, isMoved })
  const fixed = changed.filter(({ rules }) => !isInPlace(provider, rules))
  if (fixed.length === 0) return toChange('UPDATE', account, { webhook, desired, fields, isMoved })
  const paths = fixed.map(({ path }) => path)
  const refuse = (reason: string, others?: readonly AccountWebhook[]) =>
    toNotReplaceable(account, desired, paths, webhook, reason, others)
  if (!mayDelete) return refuse('not all accounts could be read, so that nothing is deleted.')
  const replacement = toReplacement(provider, webhook, desired)
  if (isUnsupported(replacement)) return refuse(replacement.note)
  // Somebody may have begun to replace it. So many are not compared with each webhook that they may replace.
  if (neighbours.length > mostCandidates) {
    const count = neighbours.length
    return refuse(
      `${count} other webhooks have its new URL, and it may be one of them. Delete those that are not needed.`,
      neighbours,
    )
  }
  const twins = neighbours.filter((each) => listDifferences(provider, desired, each).length === 0)
  if (twins.length > 0) {
    const ids = twins.map(({ id }) => id).join(', ')
    return refuse(`another webhook is as desired already: ${ids}. Give the ID of that one, or delete it.`, twins)
  }
  return toChange('REPLACE', account, { webhook, desired, fields, isMoved, price: toPrice(provider) })
}

const kinds: readonly string[] = Object.keys(changeKinds)

/** What a webhook is called in a plan. */
export function toLabel({ desired, webhook }: Pick<Change, 'desired' | 'webhook'>) {
  return { name: desired?.name ?? webhook?.name ?? null, url: desired?.url ?? webhook?.url ?? '' }
}

function toPlace(change: Change): Keys {
  const { name, url } = toLabel(change)
  return [change.account.slug, kinds.indexOf(change.kind), name ?? '', url, change.id]
}

function toKeys({ account, code, message, webhooks }: Problem): Keys {
  return [account.slug, code, message, ...webhooks.map(({ id }) => id)]
}
