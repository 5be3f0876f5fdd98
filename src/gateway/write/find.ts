import type { Visit } from '../connection.ts'
import { NotFoundError, UpstreamUnavailableError, WebhookError } from '../../errors.ts'
import { formatId } from '../../id.ts'
import type { AccountWebhook } from '../../webhook.ts'

// After a lost response, a provider may report too early that a webhook does not exist, so its list must confirm it.

/** The current webhook; NotFoundError if the list confirms that it does not exist; null if neither is known. */
export async function find(visit: Visit, upstreamId: string): Promise<AccountWebhook | NotFoundError | null> {
  try {
    return await visit.connection.within(visit.budget).get(upstreamId)
  } catch (error) {
    if (error instanceof NotFoundError) return confirmGone(error, visit, upstreamId)
    if (error instanceof WebhookError) return null
    throw error
  }
}

/** Same, for a webhook that was just reported missing. An incomplete list does not confirm this. */
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

/** Reads a webhook. After an earlier write to it without a response, NotFoundError requires confirmation by the list. */
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
 * Same, for a read before a write: if this fails, nothing was sent. `toRead` converts a webhook that only the list contains;
 * without it, such a webhook could not be read.
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
