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

export type Plan = PlanFragment
export type Change = ChangeFragment

/** The input of a plan. */
export function toInput({ webhooks, prune }: WebhooksFile): WebhookPlanInput {
  return {
    webhooks: webhooks.map(({ input: { options, ...input } }) => ({ ...input, ...(isOfProvider(options) && { options }) })),
    prune,
  }
}

/** Whether these are the options of one provider. What they are is for the gateway to check. */
function isOfProvider(options: object | undefined): options is ProviderOptionsInput {
  return options !== undefined && Object.keys(options).length === 1
}

/** What would make the webhooks as the file says. Throws CommandError if the gateway refuses what it says. */
export async function askPlan({ send }: Client, file: WebhooksFile): Promise<Plan> {
  await checkAccounts(send, file)
  const { webhookPlan: result } = await send(WebhookPlanDocument, { input: toInput(file) })
  if (result.__typename === 'WebhookPlan') return result
  if (result.__typename === 'InvalidInputError') throw refuse(result, file)
  throw new CommandError([`${result.code}: ${result.message}`])
}

/** The issues of an input, where the file has it. */
export function refuse({ message, issues }: IssuesFragment, file: WebhooksFile): CommandError {
  const problems = issues.flatMap(({ path, message: issue }) => toProblem(path, file.mask(issue), file))
  return new CommandError(problems.length === 0 ? [message] : formatProblems(problems))
}

function toProblem([, list, index = '', ...field]: readonly string[], issue: string, file: WebhooksFile): readonly Problem[] {
  const webhook = list === 'webhooks' ? file.webhooks[Number(index)] : undefined
  const account = list === 'prune' ? file.accounts.get(file.prune[Number(index)] ?? '') : undefined
  // Options stand in a file without the provider's name.
  const path = field[0] === 'options' ? ['options', ...field.slice(2)] : field
  if (webhook !== undefined) return [{ ...webhook.locate(path), issue }]
  return account === undefined ? [] : [{ ...account, issue }]
}

/** Whether each account of the file is the one that it takes it for. */
async function checkAccounts(send: Client['send'], { accounts }: WebhooksFile): Promise<void> {
  const { accounts: known } = await send(AccountsDocument, {})
  const problems = [...accounts].flatMap(([slug, { provider, place, path }]): readonly Problem[] => {
    const actual = known.find((each) => each.slug === slug)?.provider.name.toLowerCase()
    if (actual === provider) return []
    const slugs = known.map((each) => each.slug).join(', ')
    const issue =
      actual === undefined
        ? `the gateway has no account ${slug}. Accounts: ${slugs}`
        : `the account is one of ${actual}. Change provider, or the slug`
    return [{ place, path, issue }]
  })
  if (problems.length > 0) throw new CommandError(formatProblems(problems))
}

/** Whether a change does anything. */
export function isEffective({ kind }: Pick<Change, 'kind'>): boolean {
  return kind !== 'NONE' && kind !== 'UNMANAGED'
}
