import { expect } from 'vitest'
import { changeKinds } from '../../src/plan/change.ts'
import type { Actual, Desired } from '../../src/plan/desired.ts'
import { inspectTarget } from '../../src/gateway/input.ts'
import { findObstacle } from '../../src/gateway/plan/obstacle.ts'
import { pull } from '../../src/plan/pull.ts'
import type { Gateway } from '../../src/gateway/gateway.ts'
import type { Provider } from '../../src/provider/provider.ts'
import type { AccountWebhook } from '../../src/webhook.ts'
import type { openGateway } from './gateway.ts'

type Ask = ReturnType<typeof openGateway>['ask']

const planFields = `complete fingerprint
  changes { id kind account { slug } webhook { id } desiredIndex name url calls price { changesId }
    fields { path before after comparable note } warnings { code } }
  problems { code message desiredIndexes webhooks { id } journalEntryId } refusals { code message } warnings { code message }
  sources { account { slug } state count error { code } }`

const planQuery = `query ($input: WebhookPlanInput!) { webhookPlan(input: $input) { __typename ... on WebhookPlan { ${planFields} }
  ... on InvalidInputError { message issues { path code message } } } }`

/** The answer to a plan, as the client gets it. */
export async function askPlan(ask: Ask, input: object, headers: Readonly<Record<string, string>> = {}) {
  const { data, errors, text } = await ask(planQuery, { input }, headers)
  expect(errors).toBeUndefined()
  return { ...data.webhookPlan, text }
}

/** A desired webhook as a client sends it. */
export function toInput({ name: provider }: Provider, { account, id, name, url, eventTypes, enabled, options }: Desired) {
  const fields = { account, id, name, url, eventTypes, enabled }
  return { ...fields, ...(Object.keys(options).length > 0 && { options: { [provider]: options } }) }
}

/** What a pull of an account reads. */
export async function readActual(gateway: Gateway, slug: string): Promise<Actual> {
  const account = gateway.accounts.find((each) => each.slug === slug)
  if (account === undefined) throw new TypeError(`There is no account ${slug}`)
  const { webhooks } = await gateway.list(account)
  const provider = gateway.getProvider(account.provider)
  const find = (webhook: AccountWebhook) => findObstacle(provider, webhook, inspectTarget)
  return { account, provider, webhooks, isComplete: true, isPruned: false, findObstacle: find }
}

/** What a pull of an account would write. */
export async function pullInput(gateway: Gateway, slug: string) {
  const actual = await readActual(gateway, slug)
  return pull(actual).map((desired) => toInput(actual.provider, desired))
}

/** How many changes of each kind a plan has. */
export function countKinds(changes: readonly { readonly kind: string }[]): Readonly<Record<string, number>> {
  const counted = Object.keys(changeKinds).map((kind) => [kind, changes.filter((each) => each.kind === kind).length] as const)
  return Object.fromEntries(counted.filter(([, count]) => count > 0))
}

const errorFields = '... on WebhookError { __typename code message journalEntry { id state } }'
const applyQuery = `mutation ($input: ApplyWebhookPlanInput!) { applyWebhookPlan(input: $input) { __typename
  ... on ApplyWebhookPlanSuccess { outcomes { skipped change { id kind name url desiredIndex webhook { id } }
    create { ... on CreateWebhookSuccess { __typename signingSecret secretState replayed webhook { id name url } warnings { code } } ${errorFields} }
    update { ... on UpdateWebhookSuccess { __typename replayed webhook { id name url } } ${errorFields} }
    delete { ... on DeleteWebhookSuccess { __typename replayed deletedId } ${errorFields} } }
    remaining { ${planFields} } }
  ... on PlanOutdatedError { code plan { ${planFields} } } ... on PlanUnsafeError { code message plan { ${planFields} } }
  ... on InvalidInputError { message issues { path code message } } ... on StoreUnavailableError { code } ... on UpstreamUnavailableError { code message } } }`

/** The answer to an application of a plan, as the client gets it. */
export async function askApply(ask: Ask, input: object, headers: Readonly<Record<string, string>> = {}) {
  const { data, errors, text } = await ask(applyQuery, { input }, headers)
  expect(errors).toBeUndefined()
  return { ...data.applyWebhookPlan, text }
}

/** The changes that would change something. */
export function listEffective<Change extends { readonly kind: string }>(changes: readonly Change[]): readonly Change[] {
  return changes.filter(({ kind }) => kind !== 'NONE' && kind !== 'UNMANAGED')
}

interface Unsettled {
  readonly code: string
  readonly journalEntryId: string | null
  readonly webhooks: readonly { readonly id: string }[]
}

const settleQuery = `mutation ($input: SettleJournalEntryInput!) { settleJournalEntry(input: $input) { __typename } }`

/** Settles what a plan tells as unsettled, as a person would: a webhook that is there is the one, and none will come. */
export async function settleAll(ask: Ask, problems: readonly Unsettled[]): Promise<void> {
  for (const { code, journalEntryId: id, webhooks } of problems) {
    if (code !== 'UNSETTLED') continue
    const [webhook] = webhooks
    const input = webhook === undefined ? { id, as: 'ABANDON' } : { id, as: 'ADOPT', webhookId: webhook.id }
    const { data } = await ask(settleQuery, { input })
    expect(data.settleJournalEntry.__typename).toBe('SettleJournalEntrySuccess')
  }
}
