import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection } from '../connection.ts'
import { ConflictError, NotFoundError, OutcomeUnknownError, WebhookError } from '../../errors.ts'
import type { WriteResult } from '../operations.ts'
import type { Options } from '../../provider/fields.ts'
import type { UpdateInput } from '../../provider/operations.ts'
import type { Provider } from '../../provider/provider.ts'
import { areShown, type Shown } from '../../provider/recovery.ts'
import { countCalls } from '../../provider/unsupported.ts'
import type { AccountWebhook } from '../../webhook.ts'
import { isSameSet, isSameUrl } from './compare.ts'
import { readCurrent } from './current.ts'
import { confirmGone, find } from './find.ts'
import { addForeseen, type CallBound, callOnce, findInTheWay, recovered, type Write } from './write.ts'

const mostSends = 3

/** Updates, once. Without an answer it is read back, and never sent again: it could land a second time, over a later one. */
export async function updateOnce(write: Write, input: UpdateInput<Options>): Promise<WriteResult> {
  const { connection } = write
  const updated = await sendUpdate(write, input)
  connection.ledger.acknowledge(updated.webhook, listAsked(input))
  return addForeseen(connection, { operation: 'UPDATE', input }, updated)
}

async function sendUpdate(write: Write, input: UpdateInput<Options>): Promise<WriteResult> {
  const asked: UpdateInput<Options> = {
    ...input,
    readCurrent: (read, toWebhook) => readCurrent(write, read, toWebhook),
  }
  try {
    return await callOnce(write, (operations) => operations.update(asked))
  } catch (error) {
    if (error instanceof ConflictError) throw await findInTheWay(error, write, input)
    if (!(error instanceof OutcomeUnknownError)) throw error
    // That it is in effect may be somebody else's doing: it may be carried out yet.
    write.connection.ledger.doubt(input.upstreamId)
    return readBackUpdate(error, write, input)
  }
}

/** The names of all fields and options that an update sets. */
function listAsked({ options, url, name, eventTypes, enabled }: UpdateInput<Options>): readonly string[] {
  const asked = { ...options, url, name, eventTypes, enabled }
  return Object.entries(asked).flatMap(([field, value]) => (value === undefined ? [] : [field]))
}

/** Whether an update is in effect, as far as a webhook that was read tells: OLDER, than what was acknowledged before, nothing. */
type InEffect = Shown | 'OLDER'

/** Looks whether an update without an answer is in effect, until it is, the looks are used up or the time is. */
async function readBackUpdate(doubt: OutcomeUnknownError, write: Write, input: UpdateInput<Options>): Promise<WriteResult> {
  const { connection, budget, looksMs } = write
  let last: { readonly webhook: AccountWebhook; readonly inEffect: Exclude<InEffect, true> } | null = null
  let gone: NotFoundError | null = null
  for (const pauseMs of looksMs) {
    if (pauseMs >= budget.remainingMs) break
    await sleep(pauseMs)
    const found = await find(write, input.upstreamId)
    gone = found instanceof NotFoundError ? found : null
    if (found === null || found instanceof NotFoundError) continue
    const inEffect = await isInEffect(write, found, input)
    if (inEffect === true) return { webhook: found, warnings: [recovered] }
    if (inEffect !== null) last = { webhook: found, inEffect }
  }
  if (gone !== null) throw gone
  const read = toReadBack(connection.provider, last?.inEffect ?? null)
  const message = `${doubt.message} ${read} It was not retried, and may still be carried out.`
  throw new OutcomeUnknownError(message, last === null ? [] : [last.webhook], doubt)
}

function toReadBack({ displayName }: Provider, inEffect: Exclude<InEffect, true> | null): string {
  if (inEffect === null) return 'The webhook could not be read back.'
  if (inEffect === 'OLDER')
    return 'The provider may have returned an older state of the webhook, which does not show whether the update took effect.'
  if (inEffect === false) return 'The webhook was read back, and the update is not in effect.'
  return (
    `The webhook was read back, but ${displayName} does not show all updated fields, so the update may be in effect. Check the ` +
    `next deliveries or ${displayName} itself, or retry.`
  )
}

/**
 * Deletes; what is unknown is looked for and, while it is there, sent again. True: it was gone before, which the list confirms.
 * `isDoubtful` says that a list right after the first answer is not to be believed either.
 */
export async function removeSurely(
  write: Write,
  upstreamId: string,
  isDoubtful: boolean = write.connection.ledger.isInDoubt(upstreamId),
): Promise<boolean> {
  const { connection, budget, looksMs } = write
  const first = await sendRemoval(write, upstreamId)
  if (first === null) return false
  // A gateway on the way may say so in the provider's own words.
  if (first instanceof NotFoundError && !isDoubtful && (await confirmGone(first, write, upstreamId)) === first) return true
  if (!leavesDoubt(first)) throw first

  let wasAbsent = first instanceof NotFoundError
  let last: AccountWebhook | null = null
  let sendsLeft = mostSends - 1
  for (const pauseMs of looksMs) {
    if (pauseMs >= budget.remainingMs) break
    await sleep(pauseMs)
    const found = await find(write, upstreamId)
    if (found instanceof NotFoundError) return wasAbsent
    if (found === null) continue
    last = found
    if (sendsLeft === 0) continue
    const again = await sendRemoval(write, upstreamId)
    if (again === null) return false
    wasAbsent = false
    // However surely it failed: what was sent before may be carried out or become visible yet.
    sendsLeft = leavesDoubt(again) ? sendsLeft - 1 : 0
  }
  throw toUnknownRemoval(first, connection, last)
}

/** Null when it is done, else what the provider, or the way there, says. */
async function sendRemoval(write: Write, upstreamId: string): Promise<WebhookError | null> {
  const { ledger } = write.connection
  try {
    await callOnce(write, (operations) => operations.remove(upstreamId))
    ledger.forget(upstreamId)
    return null
  } catch (error) {
    if (error instanceof OutcomeUnknownError) ledger.doubt(upstreamId)
    if (error instanceof WebhookError) return error
    throw error
  }
}

function leavesDoubt(error: WebhookError): boolean {
  return error instanceof NotFoundError || error instanceof OutcomeUnknownError
}

function toUnknownRemoval(first: WebhookError, { provider }: Connection, last: AccountWebhook | null): OutcomeUnknownError {
  const said =
    first instanceof NotFoundError
      ? `${provider.displayName} responded that the webhook does not exist, but its list does not confirm it. Check before you delete it again.`
      : first.message
  return new OutcomeUnknownError(said, last === null ? [] : [last], first)
}

/** Whether a webhook shows all that an update asked for; null where its options could not be read. */
async function isInEffect(
  { connection, budget }: Write,
  webhook: AccountWebhook,
  input: UpdateInput<Options>,
): Promise<InEffect | null> {
  if (connection.ledger.isBehind(webhook)) return 'OLDER'
  const read = readsAsAsked(webhook, input)
  if (read === false) return false
  try {
    return areShown([read, await connection.within(budget).showsOptions(webhook, input.options)])
  } catch (error) {
    if (error instanceof WebhookError) return null
    throw error
  }
}

/** Whether everything that an update asked for, but its options, reads as asked. Not every provider tells names and event types. */
function readsAsAsked(webhook: AccountWebhook, { url, name, eventTypes, enabled }: UpdateInput<Options>): Shown {
  return areShown([
    url === undefined || isSameUrl(webhook.url, url),
    name === undefined || (webhook.name === null ? 'UNTOLD' : webhook.name === name),
    enabled === undefined || webhook.enabled === enabled,
    eventTypes === undefined || (webhook.eventTypes === null ? 'UNTOLD' : isSameSet(webhook.eventTypes, eventTypes)),
  ])
}

/** The update, and the list for what is in its way; then the looks, each of which may take the list and a call for options.
 * What it reads first may be read as often again. */
export function boundUpdate({ operations: { LIST, GET, UPDATE } }: Provider, looks: number): CallBound {
  return { calls: countCalls(UPDATE) + countCalls(LIST), looks: looks * (3 * countCalls(GET) + countCalls(LIST)) }
}

/** The delete, and the list where it was not there; then the looks, each of which may take the list, and what is sent again. */
export function boundRemove({ operations: { LIST, GET, DELETE } }: Provider, looks: number): CallBound {
  return {
    calls: countCalls(DELETE) + countCalls(LIST),
    looks: looks * (countCalls(GET) + countCalls(LIST)) + (mostSends - 1) * countCalls(DELETE),
  }
}
