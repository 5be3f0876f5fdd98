import { WebhookError } from '../../errors.ts'
import { isDoubtfulRemoval, type Recalled } from './earlier.ts'
import { type PlannedOutcome, toWithdrawn, untouched } from './outcome.ts'
import type { WebhookPlan } from './planned.ts'
import { hashSettings } from './settings.ts'

// Where earlier calls with the same key have ended: what is told again, and what is left to do.

/** IDs of the planned deletions that were begun, and whose webhooks are still there as they were. */
export function findUndone(earlier: readonly Recalled[], { changes }: WebhookPlan): ReadonlySet<string> {
  const planned = new Map(changes.map((change) => [change.id, change]))
  const undone = earlier.filter((each) => {
    const { webhook } = planned.get(each.change.id) ?? { webhook: null }
    const isDeletion = each.change.kind === 'DELETE' && webhook !== null
    return isDeletion && isDoubtfulRemoval(each) && hashSettings(each.connection.provider, webhook) === each.settings
  })
  return new Set(undone.map(({ change }) => change.id))
}

/** What is left of the replacements whose new webhook exists, as long as the old one does too. */
export function toRests(earlier: readonly Recalled[], { sources }: WebhookPlan) {
  const withdrawn = new Set(earlier.filter(isWithdrawn).map(({ change }) => change.id))
  const webhooks = new Map(sources.flatMap((source) => source.webhooks.map((webhook) => [webhook.id, webhook] as const)))
  return earlier.flatMap(({ change, step, result, settings, webhookId, connection: { account } }) => {
    const webhook = webhooks.get(webhookId ?? '')
    const isHalf = change.kind === 'REPLACE' && step === 'CREATE' && !(result instanceof WebhookError)
    if (!isHalf || webhook === undefined || withdrawn.has(change.id)) return []
    return [{ change: { ...change, account, webhook, desired: null }, created: result, settings }]
  })
}

function isWithdrawn({ step, result }: Recalled): boolean {
  return step === 'WITHDRAW' && !(result instanceof WebhookError)
}

const members = { CREATE: 'create', UPDATE: 'update', DELETE: 'delete', WITHDRAW: 'delete' } as const

/** The outcomes of earlier writes, by change. */
export function toOutcomes(recalled: readonly Recalled[]): readonly PlannedOutcome[] {
  const outcomes = new Map<string, PlannedOutcome>()
  for (const each of recalled) {
    const { change, step, result, connection } = each
    const own = { ...change, account: connection.account, webhook: null, desired: null }
    const known = outcomes.get(change.id) ?? { ...untouched, change: own }
    outcomes.set(change.id, { ...known, ...(isWithdrawn(each) ? { create: toWithdrawn(null) } : { [members[step]]: result }) })
  }
  return [...outcomes.values()]
}
