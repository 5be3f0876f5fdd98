import { startBudget } from '../../budget.ts'
import { UpstreamUnavailableError, WebhookError } from '../../errors.ts'
import type { Desired } from '../../plan/desired.ts'
import { toNormalName } from '../../plan/name.ts'
import { toHref } from '../../provider/answers.ts'
import type { Connection } from '../connection.ts'
import type { PlannedOutcome } from './outcome.ts'
import type { PlannedChange, WebhookPlan } from './planned.ts'
import type { Applier } from './steps.ts'

// In which order changes are carried out, and which of them wait for others.

/** Neither a URL nor an ID of a webhook. */
const planTurn = '\0plan'

/** Runs once no other plan for any of these upstream accounts is applied by this process. */
export async function runAlone<Result>(
  connections: readonly Connection[],
  timeoutMs: number,
  signal: AbortSignal,
  run: () => Promise<Result>,
): Promise<Result> {
  using budget = startBudget(timeoutMs, signal)
  const ledgers = new Map(connections.map(({ ledger }) => [ledger.account, ledger]))
  const taken: Connection['ledger'][] = []
  try {
    // Always in the same order, so that nobody waits for each other.
    for (const [, ledger] of [...ledgers].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
      if (!(await ledger.takeTurn(planTurn, budget.signal))) throw toOvertaken()
      taken.push(ledger)
    }
    return await run()
  } finally {
    for (const ledger of taken) ledger.passTurn(planTurn)
  }
}

function toOvertaken(): UpstreamUnavailableError {
  const message = 'Another plan for the same accounts is being applied. Nothing was changed. Retry in a moment.'
  return new UpstreamUnavailableError(message, 'TIMEOUT')
}

/** Carries changes out one after the other in each account, and the accounts at the same time, as long as another one may begin. */
export async function runLanes(
  changes: readonly PlannedChange[],
  { mayContinue }: Pick<Applier, 'mayContinue'>,
  carryOut: (change: PlannedChange) => Promise<PlannedOutcome>,
): Promise<readonly PlannedOutcome[]> {
  const outcomes = new Map<PlannedChange, PlannedOutcome>()
  const lanes = [...Map.groupBy(changes, ({ account }) => account.slug).values()]
  await Promise.all(
    lanes.map(async (lane) => {
      for (const change of lane) {
        if (!mayContinue()) break
        outcomes.set(change, await carryOut(change))
      }
    }),
  )
  return changes.flatMap((change) => outcomes.get(change) ?? [])
}

/** Why a deletion waits: what does not exist yet may be a move of its webhook, or a successor. Null if it does not. */
export function createWaiting(
  desired: readonly Desired[],
  { changes, problems }: WebhookPlan,
  outcomes: readonly PlannedOutcome[],
): (change: PlannedChange) => string | null {
  const made = new Set(
    outcomes.filter(({ create }) => create !== null && !(create instanceof WebhookError)).map(({ change }) => change.id),
  )
  const missing = [
    ...changes.filter(({ kind, id }) => kind === 'CREATE' && !made.has(id)).flatMap((change) => change.desired ?? []),
    ...problems.flatMap(({ indexes }) => indexes.flatMap((index) => desired[index] ?? [])),
  ]
  const urls = new Set(missing.map(({ url }) => toHref(url)))
  const names = new Set(missing.flatMap(({ name }) => (name === undefined ? [] : toNormalName(name))))
  const failed = outcomes.filter(({ change: { kind }, create }) => {
    return (kind === 'CREATE' || kind === 'REPLACE') && create instanceof WebhookError
  })
  const accounts = new Set(failed.map(({ change: { account } }) => account.slug))
  const unsettled = new Set(problems.flatMap(({ code, account }) => (code === 'UNSETTLED' ? [account.slug] : [])))
  return ({ url, name, account }) => {
    if (urls.has(toHref(url)) || (name !== null && names.has(toNormalName(name)))) return forMissing
    if (accounts.has(account.slug)) return forFailed
    return unsettled.has(account.slug) ? forUnsettled : null
  }
}

const forMissing =
  'Nothing was deleted, because a desired webhook with the same name or URL does not exist yet. See its outcome or problem.'
const forFailed =
  'Nothing was deleted, because not every new webhook of the account could be created, and this one may be needed until then. See the outcomes.'
const forUnsettled =
  'Nothing was deleted, because the outcome of an earlier create or rotation of the account is unknown, and this one may be needed until then. See the problem.'
