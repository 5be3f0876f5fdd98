import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from '../client/client.ts'
import { describeFailure } from '../client/describe.ts'
import { ApplyWebhookPlanDocument, type ApplyWebhookPlanMutation } from '../client/documents.ts'
import { CommandError } from '../failure.ts'
import type { WebhooksFile } from '../file/desired.ts'
import type { Terminal } from '../terminal.ts'
import { agree, type AgreeOptions } from './agree.ts'
import { askPlan, type Change, type Plan, refuse, toInput } from './ask.ts'
import { findForeignInResult } from './foreign.ts'
import { type Count, createCount, showOutcome, summarize } from './outcome.ts'
import { inShownOrder } from './order.ts'
import { isWhole, listLacks, printPlan, tellLacks } from './plan.ts'
import { createSecretKeeper, type SecretKeeper } from './secrets.ts'
import { requireOwnSandbox } from './sinks.ts'
import { settleEarlier } from './settle.ts'
import { toShown } from './show.ts'
import { findWait, isPending, listHeld, type Outcome } from './waits.ts'

export interface ApplyOptions extends AgreeOptions {
  /** Ends the run after the request that has begun. */
  readonly signal: AbortSignal
}

/** Shows the plan, asks, and carries it out. Resolves to the exit code. */
export async function runApply(options: ApplyOptions, file: WebhooksFile, client: Client, terminal: Terminal): Promise<number> {
  requireOwnSandbox(file, client)
  terminal.progress('Reading accounts')
  const keeper = createSecretKeeper({ ...options, file, client, terminal })
  let plan = await settleEarlier(await askPlan(client, file), file, client)
  const hasSecrets = await keeper.keepEarlier(plan)
  for (;;) {
    const chosen = await agree(plan, options, file, client, terminal)
    if (chosen === 'REFUSED') return 1
    if (chosen === 'NOTHING') return end(plan, [], hasSecrets)
    const run = { options, file, client, terminal, keeper }
    const { count, isDone, outdated } = await carryOut(plan, chosen, run)
    const hasBegun = count.sum() > 0
    if (outdated === null || hasBegun) terminal.print(summarize(count))
    if (outdated === null) return end(plan, count.lacks(), hasSecrets && isDone)
    terminal.note('What exists has changed since the plan was made. This is the plan now:')
    plan = inShownOrder(outdated, file)
    if (!options.yes) continue
    printPlan(plan, false, file, terminal)
    const left = hasBegun ? 'The rest of the plan' : 'The plan'
    throw new CommandError([`${left} was not carried out, because it has changed. Check it, and run the command again`])
  }

  function end(last: Plan, undone: readonly string[], isDone: boolean): number {
    if (isDone && isWhole(last)) return 0
    return tellLacks('Not everything was done', [...undone, ...listLacks(last)], terminal)
  }
}

/** How often in a row a rate limit is waited for that lets nothing pass. */
const mostWaits = 20
/** A longer timer would end at once. */
const longestWaitMs = 86_400_000

interface Run {
  readonly options: ApplyOptions
  readonly file: WebhooksFile
  readonly client: Client
  readonly terminal: Terminal
  readonly keeper: SecretKeeper
}

interface Ended {
  readonly count: Count
  readonly isDone: boolean
  /** The plan as it is now, if a change that is left is not the one that was shown. */
  readonly outdated: Plan | null
}

/** Asks again until nothing remains. Secrets are put where they are to go before anything else is changed. */
async function carryOut(plan: Plan, chosen: readonly Change[], { options, file, client, terminal, keeper }: Run): Promise<Ended> {
  const idempotencyKey = randomUUID()
  const count = createCount()
  const open = new Set(chosen.map(({ id }) => id))
  let { fingerprint } = plan
  for (let waits = 0; open.size > 0 && !options.signal.aborted && waits < mostWaits;) {
    terminal.progress(`Applying ${count.sum() + 1} of ${count.sum() + open.size}`)
    const input = { ...toInput(file), fingerprint, only: [...open], force: options.force, idempotencyKey }
    const { applyWebhookPlan: result } = await client.send(ApplyWebhookPlanDocument, { input }, (answer) => {
      const path = findForeignInResult(answer.applyWebhookPlan, file)
      return path && `applyWebhookPlan.${path}`
    })
    if (result.__typename === 'PlanOutdatedError') return end(false, result.plan)
    if (result.__typename !== 'ApplyWebhookPlanSuccess') throw toFailure(result, file)
    const waitMs = findWait(result)
    const fresh = result.outcomes.filter((outcome) => !isPending(outcome, waitMs) && open.delete(outcome.change.id))
    const held = listHeld(chosen, fresh).filter(({ change }) => open.delete(change.id))
    let isKept = true
    for (const outcome of [...fresh, ...held]) {
      for (const line of showOutcome(outcome, count, { mask: file.mask, style: terminal.style })) terminal.print(line)
      isKept = (await keepSecret(outcome, keeper)) && isKept
    }
    if (!isKept) return end(false)
    if (result.remaining !== null && isOutdated(result.remaining, open)) return end(false, result.remaining)
    waits = fresh.length > 0 ? 0 : waits + 1
    if (waitMs > 0 && open.size > 0) await wait(waitMs, options.signal, terminal)
    else if (fresh.length === 0) {
      terminal.note('The rest is not in the plan any more, or waits for something else. Run the command again.')
      break
    }
    fingerprint = result.remaining?.fingerprint ?? fingerprint
  }
  return end(open.size === 0 && count.failed() === 0)

  function end(isDone: boolean, outdated: Plan | null = null): Ended {
    return { count: count.stop(open.size), isDone, outdated }
  }
}

/** Whether a change that is left has become another one: an ID has what its change does. */
function isOutdated({ complete, changes }: Plan, open: ReadonlySet<string>): boolean {
  const left = new Set(changes.map(({ id }) => id))
  // What could not be read is not known to have changed.
  return complete && [...open].some((id) => !left.has(id))
}

async function wait(waitMs: number, signal: AbortSignal, terminal: Terminal): Promise<void> {
  terminal.progress(`Waiting ${Math.ceil(waitMs / 1_000)} s for a rate limit`)
  await sleep(Math.min(waitMs, longestWaitMs), undefined, { signal }).catch(() => undefined)
}

async function keepSecret({ change, create }: Outcome, { keep }: SecretKeeper): Promise<boolean> {
  if (create?.__typename !== 'CreateWebhookSuccess') return true
  const { webhook, signingSecret, journalEntry, warnings } = create
  // The provider gave none, and the outcome says so.
  if (warnings.some(({ code }) => code === 'NO_SIGNING_SECRET')) return true
  const made = { webhookId: webhook.id, entryId: journalEntry?.id ?? null, until: journalEntry?.secretUntil ?? null }
  return keep(change, signingSecret, made)
}

type Refused = Exclude<ApplyWebhookPlanMutation['applyWebhookPlan'], { __typename: 'ApplyWebhookPlanSuccess' }>

function toFailure(result: Refused, file: WebhooksFile): CommandError {
  if (result.__typename === 'InvalidInputError') return refuse(result, file)
  return new CommandError([toShown(describeFailure(result), file)])
}
