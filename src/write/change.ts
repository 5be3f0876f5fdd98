import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection } from '../connection.ts'
import { ConflictError, NotFoundError, OutcomeUnknownError, WebhookError } from '../errors.ts'
import { getRemainingMs } from '../http/budget.ts'
import type { WriteResult } from '../operations.ts'
import { countCalls, type Options, type Provider, type UpdateInput } from '../provider.ts'
import type { AccountWebhook } from '../webhook.ts'
import type { CallBound } from './bound.ts'
import { isSameSet, isSameUrl } from './compare.ts'
import { findInTheWay, recovered, startCallBudget, type Write } from './write.ts'

const mostSends = 3

/** Updates, once. Without an answer it is read back, and never sent again: it could land a second time, over a later one. */
export async function updateOnce(connection: Connection, input: UpdateInput<Options>, write: Write): Promise<WriteResult> {
  try {
    return await connection.update(input, startCallBudget(write.budget))
  } catch (error) {
    if (error instanceof ConflictError) throw await findInTheWay(error, connection, input, write.budget)
    if (!(error instanceof OutcomeUnknownError)) throw error
    // That it is in effect may be somebody else's doing: it may be carried out yet.
    connection.ledger.doubt(input.upstreamId)
    return readBackUpdate(error, connection, input, write)
  }
}

/** Looks whether an update without an answer is in effect, until it is, the looks are used up or the time is. */
async function readBackUpdate(
  doubt: OutcomeUnknownError,
  connection: Connection,
  input: UpdateInput<Options>,
  { budget, looksMs }: Write,
): Promise<WriteResult> {
  let last: AccountWebhook | null = null
  let gone: NotFoundError | null = null
  for (const pauseMs of looksMs) {
    if (pauseMs >= getRemainingMs(budget)) break
    await sleep(pauseMs)
    try {
      const webhook = await connection.get(input.upstreamId, budget)
      const inEffect = isInEffect(webhook, input) && (await connection.showsOptions(webhook, input.options, budget))
      if (inEffect) return { webhook, warnings: [recovered] }
      last = webhook
      gone = null
    } catch (error) {
      if (!(error instanceof WebhookError)) throw error
      if (error instanceof NotFoundError) gone = error
    }
  }
  if (gone !== null) throw gone
  const found = last === null ? 'It could not be read back.' : 'Read back, it is not in effect.'
  const message = `${doubt.message} ${found} It was not sent again, and may yet be carried out.`
  throw new OutcomeUnknownError(message, last === null ? [] : [last], doubt)
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
      connection.ledger.doubt(upstreamId)
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

/** Whether everything that an update asked for, but its options, reads as asked. */
function isInEffect(webhook: AccountWebhook, { url, name, eventTypes, enabled }: UpdateInput<Options>): boolean {
  return (
    (url === undefined || isSameUrl(webhook.url, url)) &&
    (name === undefined || webhook.name === name) &&
    (enabled === undefined || webhook.enabled === enabled) &&
    (eventTypes === undefined || (webhook.eventTypes !== null && isSameSet(webhook.eventTypes, eventTypes)))
  )
}

/** The update, and the list for what is in its way; then the looks, each of which may take a call more for options. */
export function boundUpdate({ operations: { LIST, GET, UPDATE } }: Provider, looks: number): CallBound {
  return { calls: countCalls(UPDATE) + countCalls(LIST), looks: looks * 2 * countCalls(GET) }
}

/** The delete; then a look after each send, and what is sent again. */
export function boundRemove({ operations: { GET, DELETE } }: Provider): CallBound {
  return { calls: countCalls(DELETE), looks: mostSends * countCalls(GET) + (mostSends - 1) * countCalls(DELETE) }
}
