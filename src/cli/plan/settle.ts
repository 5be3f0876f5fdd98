import type { Client } from '../client/client.ts'
import { LookAgainDocument } from '../client/documents.ts'
import { CommandError } from '../failure.ts'
import type { WebhooksFile } from '../file/desired.ts'
import { askPlan, type Plan } from './ask.ts'

/** The plan once more, if the outcome of a write that it tells as unknown can be proven by now. */
export async function settleEarlier(plan: Plan, file: WebhooksFile, client: Client): Promise<Plan> {
  const unsettled = plan.problems.flatMap(({ code, journalEntryId }) => (code === 'UNSETTLED' ? (journalEntryId ?? []) : []))
  let isSettled = false
  for (const id of new Set(unsettled)) isSettled = (await lookAgain(id, client)) || isSettled
  return isSettled ? askPlan(client, file) : plan
}

async function lookAgain(id: string, { send }: Client): Promise<boolean> {
  try {
    const { settleJournalEntry: result } = await send(LookAgainDocument, { id })
    return result.__typename === 'SettleJournalEntrySuccess' && result.journalEntry?.open === false
  } catch (error) {
    // Who may not settle anything is told all the same.
    if (error instanceof CommandError) return false
    throw error
  }
}
