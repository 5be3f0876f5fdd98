import type { Connection } from '../connection.ts'
import { ConflictError, NotFoundError, OutcomeUnknownError, WebhookError } from '../errors.ts'
import type { WriteResult } from '../operations.ts'
import { countCalls, type Options, type Provider, type UpdateInput } from '../provider.ts'
import type { AccountWebhook } from '../webhook.ts'
import type { CallBound } from './bound.ts'
import { isSameSet, isSameUrl } from './compare.ts'
import { findInTheWay, recovered, startCallBudget, type Write } from './write.ts'

const mostSends = 3

/** Updates; what is unknown is read back and, if not in effect, sent again while there is time. */
export async function updateSurely(connection: Connection, input: UpdateInput<Options>, { budget }: Write): Promise<WriteResult> {
  let doubt: OutcomeUnknownError | null = null
  for (let sends = 1; ; sends += 1) {
    try {
      return await connection.update(input, startCallBudget(budget))
    } catch (error) {
      if (doubt === null && error instanceof ConflictError) throw await findInTheWay(error, connection, input, budget)
      doubt = toDoubt(error, doubt)
      const webhook = await readBack(doubt, connection, input.upstreamId, budget)
      if (webhook === null) throw new NotFoundError(`The webhook is not on account "${connection.account.slug}" any more.`)
      if (isInEffect(webhook, input)) return { webhook, warnings: [recovered] }
      if (sends === mostSends || error !== doubt) throw withCandidates(doubt, [webhook])
    }
  }
}

/** Deletes; what is unknown is looked for and, if still there, sent again while there is time. True: it was gone before. */
export async function removeSurely(connection: Connection, upstreamId: string, { budget }: Write): Promise<boolean> {
  let doubt: OutcomeUnknownError | null = null
  for (let sends = 1; ; sends += 1) {
    try {
      await connection.remove(upstreamId, startCallBudget(budget))
      return false
    } catch (error) {
      // After a send of unknown outcome, that it is gone means that the send did it.
      if (error instanceof NotFoundError) return sends === 1
      doubt = toDoubt(error, doubt)
      const webhook = await readBack(doubt, connection, upstreamId, budget)
      if (webhook === null) return false
      if (sends === mostSends || error !== doubt) throw withCandidates(doubt, [webhook])
    }
  }
}

/**
 * The doubt that a failed send leaves: its own, or that of an earlier one, which may be carried out or become visible yet
 * however surely the later one failed. Throws an error that leaves none.
 */
function toDoubt(error: unknown, earlier: OutcomeUnknownError | null): OutcomeUnknownError {
  if (error instanceof OutcomeUnknownError) return error
  if (earlier !== null && error instanceof WebhookError) return earlier
  throw error
}

/** After a write of unknown outcome: the webhook as it is, or null when it is not there. Throws what is known otherwise. */
async function readBack(
  doubt: OutcomeUnknownError,
  connection: Connection,
  upstreamId: string,
  budget: AbortSignal,
): Promise<AccountWebhook | null> {
  try {
    return await connection.get(upstreamId, budget)
  } catch (cause) {
    if (cause instanceof NotFoundError) return null
    throw cause instanceof WebhookError ? doubt : cause
  }
}

function withCandidates(doubt: OutcomeUnknownError, candidates: readonly AccountWebhook[]): OutcomeUnknownError {
  return new OutcomeUnknownError(doubt.message, candidates, doubt)
}

/** Whether everything that an update asked for reads as asked. Options cannot be compared, so they never count as read. */
function isInEffect(webhook: AccountWebhook, { url, name, eventTypes, enabled, options }: UpdateInput<Options>): boolean {
  return (
    Object.keys(options).length === 0 &&
    (url === undefined || isSameUrl(webhook.url, url)) &&
    (name === undefined || webhook.name === name) &&
    (enabled === undefined || webhook.enabled === enabled) &&
    (eventTypes === undefined || (webhook.eventTypes !== null && isSameSet(webhook.eventTypes, eventTypes)))
  )
}

/** The update, and the list for what is in its way; then a look after each send, and what is sent again. */
export function boundUpdate({ operations: { LIST, GET, UPDATE } }: Provider): CallBound {
  return {
    calls: countCalls(UPDATE) + countCalls(LIST),
    looks: mostSends * countCalls(GET) + (mostSends - 1) * countCalls(UPDATE),
  }
}

/** The delete; then a look after each send, and what is sent again. */
export function boundRemove({ operations: { GET, DELETE } }: Provider): CallBound {
  return { calls: countCalls(DELETE), looks: mostSends * countCalls(GET) + (mostSends - 1) * countCalls(DELETE) }
}
