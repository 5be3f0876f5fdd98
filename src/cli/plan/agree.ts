import type { Environment } from '../../config/config.ts'
import { toHref } from '../../provider/answers.ts'
import type { Client } from '../client/client.ts'
import { CommandError } from '../failure.ts'
import type { WebhooksFile } from '../file/desired.ts'
import type { Terminal } from '../terminal.ts'
import { type Change, isEffective, type Plan } from './ask.ts'
import { printPlan } from './plan.ts'
import { requireSinks } from './sinks.ts'

export interface AgreeOptions {
  /** Whether nobody is asked. */
  readonly yes: boolean
  readonly force: boolean
  /** IDs of changes, names or URLs of webhooks, or slugs of accounts; all if there are none. */
  readonly only: readonly string[]
  readonly environment: Environment
}

/** Shows the plan, and asks. Resolves to the changes to carry out. Throws CommandError if they must not be. */
export async function agree(
  plan: Plan,
  { yes, force, only, environment }: AgreeOptions,
  file: WebhooksFile,
  client: Client,
  terminal: Terminal,
): Promise<readonly Change[] | 'NOTHING' | 'REFUSED'> {
  printPlan(plan, false, file, terminal)
  const chosen = choose(plan, only)
  if (chosen.length === 0) return 'NOTHING'
  // What is to be settled by hand keeps nothing else from being done.
  if (plan.problems.some(({ code }) => code !== 'UNSETTLED'))
    throw new CommandError(['Solve the problems of the plan first. Nothing was changed'])
  if (plan.refusals.length > 0 && !force)
    throw new CommandError(['The plan is unusual: see above. If it is right, pass --force. Nothing was changed'])
  requireSinks(chosen, plan, file, client, environment)
  if (yes) return chosen
  const answer = await terminal.ask(`Apply ${chosen.length} ${chosen.length === 1 ? 'change' : 'changes'}? Only yes is taken: `)
  if (answer === null) throw new CommandError(['Nobody can be asked without a terminal: pass --yes. Nothing was changed'])
  if (answer.trim() === 'yes') return chosen
  terminal.note('Nothing was changed.')
  return 'REFUSED'
}

function choose({ changes }: Plan, only: readonly string[]): readonly Change[] {
  const effective = changes.filter(isEffective)
  const strangers = only.filter((word) => !effective.some((change) => isMeant(word, change)))
  if (strangers.length > 0)
    throw new CommandError(strangers.map((word) => `--only: the plan has no change of ${JSON.stringify(word)}`))
  return only.length === 0 ? effective : effective.filter((change) => only.some((word) => isMeant(word, change)))
}

function isMeant(word: string, { id, name, url, account }: Change): boolean {
  return [id, name, url, account.slug].includes(word) || toHref(word) === toHref(url)
}
