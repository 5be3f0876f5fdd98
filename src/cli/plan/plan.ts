import type { Client } from '../client/client.ts'
import type { WebhooksFile } from '../file/desired.ts'
import type { Terminal } from '../terminal.ts'
import { askPlan, isEffective, type Plan } from './ask.ts'
import { toJson } from '../json.ts'
import { describeKept, isPlaceable, type KeptSecret, listKept, toRecord } from './kept.ts'
import { maskData } from './mask.ts'
import { showPlan } from './show.ts'

/** Exit code of a plan or of drift with changes, as Terraform's. */
export const changedCode = 2

export interface PlanOptions {
  readonly json: boolean
  /** Whether the exit code tells of changes. */
  readonly exitCode: boolean
}

/** Shows what would change. Resolves to the exit code. */
export async function runPlan(
  { json, exitCode }: PlanOptions,
  file: WebhooksFile,
  client: Client,
  terminal: Terminal,
): Promise<number> {
  terminal.progress('Reading accounts')
  const plan = await askPlan(client, file)
  const secrets = await listKept(plan, file, client)
  printPlan(plan, json, file, terminal, secrets)
  if (!isWhole(plan, secrets)) return tellLacks('The plan fails', listLacks(plan, secrets), terminal)
  return exitCode && differs(plan, secrets) ? changedCode : 0
}

export function printPlan(
  plan: Plan,
  json: boolean,
  file: WebhooksFile,
  { print, style }: Terminal,
  secrets: readonly KeptSecret[] = [],
): void {
  const { mask, webhooks } = file
  if (json) {
    for (const line of toJson(maskData({ ...plan, secrets: secrets.map(toRecord) }, mask), 2).split('\n')) print(line)
    return
  }
  const locate = (index: number) => {
    const { file = '', line = 1, column = 1 } = webhooks[index]?.locate([]).place ?? {}
    return `${file}:${line}:${column}`
  }
  const told = secrets.map((secret) => describeKept(secret, file))
  for (const line of showPlan(plan, { mask, style, locate }, told)) print(line)
}

/** Whether the plan says all that there is to say, and each secret can be put where it is to go. */
export function isWhole({ complete, problems }: Plan, secrets: readonly KeptSecret[] = []): boolean {
  return complete && problems.length === 0 && secrets.every(isPlaceable)
}

/** Whether an apply would do anything, or somebody has to. */
export function differs({ changes }: Plan, secrets: readonly KeptSecret[]): boolean {
  return secrets.length > 0 || changes.some(isEffective)
}

/** What keeps a plan from being whole, in numbers: the output has the reasons. */
export function listLacks({ problems, sources }: Plan, secrets: readonly KeptSecret[] = []): readonly string[] {
  const unread = sources.filter(({ state }) => state !== 'COMPLETE').length
  const lost = secrets.filter((secret) => !isPlaceable(secret)).length
  return [
    ...toCount(problems.length, 'problem'),
    ...toCount(unread, 'account', ' not read in full'),
    ...toCount(lost, 'secret', ' with nowhere to go'),
  ]
}

function toCount(count: number, noun: string, rest = ''): readonly string[] {
  return count === 0 ? [] : [`${count} ${noun}${count === 1 ? '' : 's'}${rest}`]
}

/** Tells of a failure where the output may have gone to a file. Returns the exit code. */
export function tellLacks(what: string, lacks: readonly string[], { note }: Terminal): number {
  if (lacks.length > 0) note(`${what}: ${lacks.join(', ')}. The output says more`)
  return 1
}
