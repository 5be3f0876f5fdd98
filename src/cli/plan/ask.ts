import type { Client } from '../client/client.ts'
import {
  AccountsDocument,
  type ChangeFragment,
  type IssuesFragment,
  type PlanFragment,
  type ProviderOptionsInput,
  WebhookPlanDocument,
  type WebhookPlanInput,
} from '../client/documents.ts'
import { CommandError } from '../failure.ts'
import type { WebhooksFile } from '../file/desired.ts'
import { formatProblems } from '../file/read.ts'
import type { Problem } from '../file/source.ts'
import { findForeignInPlan } from './foreign.ts'
import { inShownOrder } from './order.ts'

export type Plan = PlanFragment
export type Change = ChangeFragment

/** The input of a plan. */
export function toInput({ webhooks, prune, accounts }: WebhooksFile): WebhookPlanInput {
  return {
    webhooks: webhooks.map(({ input: { options, ...input } }) => ({ ...input, ...(isOfProvider(options) && { options }) })),
    prune,
    accounts: [...accounts.keys()],
  }
}

/** Whether these are the options of one provider. What they are is for the gateway to check. */
function isOfProvider(options: object | undefined): options is ProviderOptionsInput {
  return options !== undefined && Object.keys(options).length === 1
}

/** What would make the webhooks as the file says. Throws CommandError with all that the gateway refuses of it. */
export async function askPlan({ send }: Client, file: WebhooksFile): Promise<Plan> {
  const wrong = await findWrongAccounts(send, file)
  const { webhookPlan: result } = await send(WebhookPlanDocument, { input: toInput(file) }, ({ webhookPlan: found }) => {
    const path = found.__typename === 'WebhookPlan' ? findForeignInPlan(found, file) : null
    return path && `webhookPlan.${path}`
  })
  if (wrong.size > 0) {
    const issues = result.__typename === 'InvalidInputError' ? toProblems(result, file) : []
    // What is said of the webhooks of such an account follows from that.
    const others = issues.filter(({ path: [, slug] }) => !wrong.has(String(slug)))
    throw new CommandError(formatProblems([...wrong.values(), ...others]))
  }
  if (result.__typename === 'WebhookPlan') return inShownOrder(result, file)
  if (result.__typename === 'InvalidInputError') throw refuse(result, file)
  throw new CommandError([file.mask(`${result.code}: ${result.message}`)])
}

/** The issues of an input, where the file has it. */
export function refuse({ message, issues }: IssuesFragment, file: WebhooksFile): CommandError {
  const problems = toProblems({ issues }, file)
  return new CommandError(problems.length === 0 ? [file.mask(message)] : formatProblems(problems))
}

function toProblems({ issues }: Pick<IssuesFragment, 'issues'>, file: WebhooksFile): readonly Problem[] {
  return issues.flatMap(({ path, message: issue }) => toProblem(path, file.mask(issue), file))
}

function toProblem([, list, index = '', ...field]: readonly string[], issue: string, file: WebhooksFile): readonly Problem[] {
  const webhook = list === 'webhooks' ? file.webhooks[Number(index)] : undefined
  // Those to prune are among them.
  const account = list === 'accounts' ? [...file.accounts.values()][Number(index)] : undefined
  // Options stand in a file without the provider's name.
  const path = field[0] === 'options' ? ['options', ...field.slice(2)] : field
  if (webhook !== undefined) return [{ ...webhook.locate(path), issue }]
  return account === undefined ? [] : [{ ...account, issue }]
}

/** The accounts of the file that are not what it takes them for, by slug. */
async function findWrongAccounts(send: Client['send'], { accounts }: WebhooksFile): Promise<ReadonlyMap<string, Problem>> {
  const { accounts: known } = await send(AccountsDocument, {})
  const problems = [...accounts].flatMap(([slug, { provider, place, path }]) => {
    const actual = known.find((each) => each.slug === slug)?.provider.name.toLowerCase()
    if (actual === provider) return []
    const slugs = known.map((each) => each.slug).join(', ')
    const issue = actual === undefined ? `the gateway has no account ${slug}. Accounts: ${slugs}` : describeWrongProvider(actual)
    return [[slug, { place, path, issue }] as const]
  })
  return new Map(problems)
}

/** What is wrong where a file names another provider than that of an account. */
export function describeWrongProvider(actual: string): string {
  return `the account is one of ${actual}. Change provider, or the slug`
}

/** Whether a change does anything. */
export function isEffective({ kind }: Pick<Change, 'kind'>): boolean {
  return kind !== 'NONE' && kind !== 'UNMANAGED'
}
