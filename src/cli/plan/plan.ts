import type { Client } from '../client/client.ts'
import type { WebhooksFile } from '../file/desired.ts'
import type { Terminal } from '../terminal.ts'
import { askPlan, isEffective, type Plan } from './ask.ts'
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
  printPlan(plan, json, file, terminal)
  if (!isWhole(plan)) return 1
  return exitCode && plan.changes.some(isEffective) ? changedCode : 0
}

export function printPlan(plan: Plan, json: boolean, { mask, webhooks }: WebhooksFile, { print, style }: Terminal): void {
  if (json) return print(JSON.stringify(maskData(plan, mask), null, 2))
  const locate = (index: number) => {
    const { file = '', line = 1, column = 1 } = webhooks[index]?.locate([]).place ?? {}
    return `${file}:${line}:${column}`
  }
  for (const line of showPlan(plan, { mask, style, locate })) print(line)
}

/** Whether the plan says all that there is to say. */
export function isWhole({ complete, problems }: Plan): boolean {
  return complete && problems.length === 0
}
