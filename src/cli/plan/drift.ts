import { setTimeout as sleep } from 'node:timers/promises'
import { ConfigError } from '../../config/config.ts'
import type { Client } from '../client/client.ts'
import { CommandError } from '../failure.ts'
import type { WebhooksFile } from '../file/desired.ts'
import { readClock } from '../../store/clock.ts'
import type { Terminal } from '../terminal.ts'
import { askPlan, isEffective, type Plan } from './ask.ts'
import { changedCode, isWhole, printPlan } from './plan.ts'
import { maskData } from './mask.ts'
import { toPlain } from './show.ts'

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
  const differs = plan.changes.some(isEffective)
  if (options.json || differs || !isWhole(plan)) printPlan(plan, options.json, file, terminal)
  else terminal.print('Everything is as the file says.')
  if (!isWhole(plan)) return 1
  return differs ? changedCode : 0
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
    const state = JSON.stringify('problems' in look && 'fingerprint' in look ? toState(look) : look)
    if (state !== last) tell(look)
    last = state
    await sleep(watchMs, undefined, { signal }).catch(() => undefined)
  }
  return 0

  async function lookAgain(): Promise<Plan> {
    file = read()
    return askPlan(client, file)
  }

  function tell(look: Plan | { readonly failure: readonly string[] }): void {
    const at = new Date(readClock()).toISOString()
    if (json) return terminal.print(JSON.stringify({ at, ...toRecord(maskData(look, file.mask)) }))
    if ('failure' in look) return look.failure.forEach((line) => terminal.note(`${at} ${toPlain(line)}`))
    const differs = look.changes.some(isEffective)
    if (!differs && isWhole(look)) return terminal.print(`${at} Everything is as the file says.`)
    terminal.print(`${at} ${differs ? 'There are differences:' : 'There are problems:'}`)
    printPlan(look, false, file, terminal)
  }
}

function toState({ fingerprint, complete, problems, changes }: Plan) {
  return { fingerprint, complete, problems, unmanaged: changes.filter(({ kind }) => kind === 'UNMANAGED').map(({ id }) => id) }
}

/** A look that fails is told like a difference, and the next one follows. */
function toProblems(error: unknown): { readonly failure: readonly string[] } {
  if (error instanceof CommandError || error instanceof ConfigError) return { failure: error.problems }
  throw error
}

function toRecord(data: unknown): object {
  return typeof data === 'object' && data !== null ? data : {}
}
