import { setTimeout as sleep } from 'node:timers/promises'
import { ConfigError } from '../../config/config.ts'
import type { Client } from '../client/client.ts'
import { CommandError } from '../failure.ts'
import type { WebhooksFile } from '../file/desired.ts'
import { readClock } from '../../store/clock.ts'
import type { Terminal } from '../terminal.ts'
import { askPlan, type Plan } from './ask.ts'
import { toJson } from '../json.ts'
import { type KeptSecret, listKept, toRecord } from './kept.ts'
import { changedCode, differs, isWhole, listLacks, printPlan, tellLacks } from './plan.ts'
import { maskData } from './mask.ts'

export interface DriftOptions {
  readonly json: boolean
  /** Time between two looks; null for one look. */
  readonly watchMs: number | null
  /** Ends a watch. */
  readonly signal: AbortSignal
  /** What the file says by now. Throws ConfigError. */
  read(): WebhooksFile
}

/** Shows what differs. Resolves to the exit code: 2 if anything does. What is not in the file is told, and is no difference. */
export async function runDrift(options: DriftOptions, file: WebhooksFile, client: Client, terminal: Terminal): Promise<number> {
  if (options.watchMs !== null) return watch(options, options.watchMs, file, client, terminal)
  terminal.progress('Reading accounts')
  const plan = await askPlan(client, file)
  const secrets = await listKept(plan, file, client)
  const isOther = differs(plan, secrets)
  if (options.json || isOther || !isWhole(plan)) printPlan(plan, options.json, file, terminal, secrets)
  else terminal.print(describeSame(plan))
  if (!isWhole(plan, secrets)) return tellLacks('The plan fails', listLacks(plan, secrets), terminal)
  return isOther ? changedCode : 0
}

/** What a watch sees. */
interface Look {
  readonly plan: Plan
  readonly secrets: readonly KeptSecret[]
}

/** Tells each change of what differs, once. */
async function watch(
  { json, signal, read }: DriftOptions,
  watchMs: number,
  first: WebhooksFile,
  client: Client,
  terminal: Terminal,
): Promise<number> {
  let file = first
  let last: string | null = null
  while (!signal.aborted) {
    const look = await lookAgain().catch(toProblems)
    const state = JSON.stringify('plan' in look ? toState(look) : look)
    if (state !== last) tell(look)
    last = state
    await sleep(watchMs, undefined, { signal }).catch(() => undefined)
  }
  return 0

  async function lookAgain(): Promise<Look> {
    file = read()
    const plan = await askPlan(client, file)
    return { plan, secrets: await listKept(plan, file, client) }
  }

  function tell(look: Look | { readonly failure: readonly string[] }): void {
    const at = new Date(readClock()).toISOString()
    if (json) {
      const data = 'plan' in look ? { ...look.plan, secrets: look.secrets.map(toRecord) } : look
      return terminal.print(toJson({ at, ...toObject(maskData(data, file.mask)) }))
    }
    if ('failure' in look) return look.failure.forEach((line) => terminal.note(`${at} ${line}`))
    const { plan, secrets } = look
    const isOther = differs(plan, secrets)
    if (!isOther && isWhole(plan)) return terminal.print(`${at} ${describeSame(plan)}`)
    terminal.print(`${at} ${isOther ? 'There are differences:' : 'There are problems:'}`)
    printPlan(plan, false, file, terminal, secrets)
  }
}

/** What is to be said if nothing differs. */
function describeSame({ changes }: Plan): string {
  const count = changes.filter(({ kind }) => kind === 'UNMANAGED').length
  if (count === 0) return 'Everything is as the file says.'
  const others = count === 1 ? '1 webhook is' : `${count} webhooks are`
  return `Everything in the file is as it says. ${others} not in the file.`
}

function toState({ plan: { fingerprint, complete, problems, changes }, secrets }: Look) {
  const unmanaged = changes.filter(({ kind }) => kind === 'UNMANAGED').map(({ id }) => id)
  return { fingerprint, complete, problems, unmanaged, secrets: secrets.map(toRecord) }
}

/** A look that fails is told like a difference, and the next one follows. */
function toProblems(error: unknown): { readonly failure: readonly string[] } {
  if (error instanceof CommandError || error instanceof ConfigError) return { failure: error.problems }
  throw error
}

function toObject(data: unknown): object {
  return typeof data === 'object' && data !== null ? data : {}
}
