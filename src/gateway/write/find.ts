import type { Visit } from '../connection.ts'
import { NotFoundError, UpstreamUnavailableError, WebhookError } from '../../errors.ts'
import { formatId } from '../../id.ts'
import type { AccountWebhook } from '../../webhook.ts'

// After a lost answer a provider may say too early that a webhook is not there: it is believed where its list agrees.

/** A webhook as it is; the error that says that it is not there, once the list confirms that; null where neither is known. */
export async function find(visit: Visit, upstreamId: string): Promise<AccountWebhook | NotFoundError | null> {
  try {
    return await visit.connection.within(visit.budget).get(upstreamId)
  } catch (error) {
    if (error instanceof NotFoundError) return confirmGone(error, visit, upstreamId)
    if (error instanceof WebhookError) return null
    throw error
  }
}

/** The same for a webhook of which somebody was just told that it is not there. A list that may lack something confirms nothing. */
export async function confirmGone(
  gone: NotFoundError,
  { connection, budget }: Visit,
  upstreamId: string,
): Promise<AccountWebhook | NotFoundError | null> {
  const { webhooks, unreadable, knowsAllIds } = await connection.within(budget).list()
  const found = webhooks.find((webhook) => webhook.upstreamId === upstreamId)
  if (found !== undefined) return found
  const id = formatId({ kind: 'webhook', slug: connection.account.slug, upstreamId })
  return knowsAllIds && !unreadable.includes(id) ? gone : null
}

/** A webhook that is read; where an earlier write to it was not answered, it is not found only where the list says so too. */
export function getSurely(visit: Visit, upstreamId: string): Promise<AccountWebhook> {
  const { connection, budget } = visit
  return readSurely(
    visit,
    upstreamId,
    () => connection.getTogether(upstreamId, budget),
    (found) => found,
  )
}

/**
 * The same of what is read of a webhook before a write to it: nothing was sent where this fails. `toRead` tells what a webhook
 * that only the list has comes to; without it, that it could not be read.
 */
export async function readSurely<Read>(
  visit: Visit,
  upstreamId: string,
  read: () => Promise<Read>,
  toRead?: (found: AccountWebhook) => Read,
): Promise<Read> {
  try {
    return await read()
  } catch (error) {
    if (!(error instanceof NotFoundError) || !visit.connection.ledger.isInDoubt(upstreamId)) throw error
    const found = await confirmGone(error, visit, upstreamId)
    if (found instanceof NotFoundError) throw found
    if (found !== null && toRead !== undefined) return toRead(found)
    const message = `${error.message} The response to an earlier write to it was lost less than a minute ago, and the list does not confirm that it is gone. Nothing was sent. Query the webhook again.`
    throw new UpstreamUnavailableError(message, 'SERVER_ERROR', error)
  }
}
