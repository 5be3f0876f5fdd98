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
import { findInTheWay } from './conflict.ts'
import { readCurrent } from './current.ts'
import { confirmGone, find } from './find.ts'
import { pack } from '../journal/record.ts'
import { addForeseen, type CallBound, callOnce, recovered, type Write } from './write.ts'

const mostSends = 3

/** Updates once. Without a response, the webhook is read back and the update never resent: it could overwrite a later one. */
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
    // Someone else may have made the same change: the update may still be carried out.
    write.connection.ledger.doubt(input.upstreamId)
    return readBackUpdate(error, write, input)
  }
}

/** The input of an update as JSON, to check its outcome later. */
export function packUpdate({ upstreamId, url, name, eventTypes, enabled, options }: UpdateInput<Options>): string {
  return JSON.stringify(pack({ upstreamId, url, name, eventTypes, enabled, options }))
}

/** Names of all fields and options that an update sets. */
export function listAsked({ options, url, name, eventTypes, enabled }: UpdateInput<Options>): readonly string[] {
  const asked = { ...options, url, name, eventTypes, enabled }
  return Object.entries(asked).flatMap(([field, value]) => (value === undefined ? [] : [field]))
}

/** Whether a webhook that was read shows an update; OLDER if the read is older than an acknowledged write and proves nothing. */
type InEffect = Shown | 'OLDER'

/** Checks whether an update without a response is in effect, until it is, or checks or time run out. */
export async function readBackUpdate(
  doubt: OutcomeUnknownError,
  write: Write,
  input: UpdateInput<Options>,
): Promise<WriteResult> {
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
  const message = `${doubt.message} ${read} The update was not retried and may still take effect.`
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
 * Deletes. If the outcome is unknown, checks for the webhook and retries while it exists. True if it was already gone, which the
 * list confirms. `isDoubtful` means that a list right after the first response is not reliable either.
 */
export async function removeSurely(
  write: Write,
  upstreamId: string,
  isDoubtful: boolean = write.connection.ledger.isInDoubt(upstreamId),
): Promise<boolean> {
  const { connection, budget, looksMs } = write
  const first = await sendRemoval(write, upstreamId)
  if (first === null) return false
  // A proxy may respond in the provider's format.
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
    // Even after a definite failure, because an earlier request may still take effect or become visible.
    sendsLeft = leavesDoubt(again) ? sendsLeft - 1 : 0
  }
  throw toUnknownRemoval(first, connection, last)
}

/** Null if it succeeded, else the error from the provider or the network. */
async function sendRemoval(write: Write, upstreamId: string): Promise<WebhookError | null> {
  const { ledger } = write.connection
  try {
    const isNamed = await callOnce(write, (operations) => operations.remove(upstreamId))
    ledger.forget(upstreamId)
    if (isNamed) return null
  } catch (error) {
    if (error instanceof OutcomeUnknownError) ledger.doubt(upstreamId)
    if (error instanceof WebhookError) return error
    throw error
  }
  ledger.doubt(upstreamId)
  // Another attempt could delete yet another webhook.
  const found = await find(write, upstreamId)
  const message =
    `The response from ${write.connection.provider.displayName} names a different webhook than the one to delete, which may have been ` +
    'deleted instead. Nothing was sent again. List the account to check.'
  throw new OutcomeUnknownError(message, found === null || found instanceof NotFoundError ? [] : [found])
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

/** Whether a webhook shows the whole update; null if its options could not be read. */
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

/** Whether a webhook shows the update except for its options. Not every provider reports names and event types. */
function readsAsAsked(webhook: AccountWebhook, { url, name, eventTypes, enabled }: UpdateInput<Options>): Shown {
  return areShown([
    url === undefined || isSameUrl(webhook.url, url),
    name === undefined || (webhook.name === null ? 'UNTOLD' : webhook.name === name),
    enabled === undefined || (webhook.enabled && webhook.status !== 'SUSPENDED') === enabled,
    eventTypes === undefined || (webhook.eventTypes === null ? 'UNTOLD' : isSameSet(webhook.eventTypes, eventTypes)),
  ])
}

/** The update, and the list for a conflicting webhook; then the checks, each with up to a list and a request for options.
 * Its first reads may be repeated as often. */
export function boundUpdate({ operations: { LIST, GET, UPDATE } }: Provider, looks: number): CallBound {
  return { calls: countCalls(UPDATE) + countCalls(LIST), looks: looks * (3 * countCalls(GET) + countCalls(LIST)) }
}

/** The delete, and the list if the webhook was gone; then the checks, each with up to a list, and the retries. */
export function boundRemove({ operations: { LIST, GET, DELETE } }: Provider, looks: number): CallBound {
  return {
    calls: countCalls(DELETE) + countCalls(LIST),
    looks: looks * (countCalls(GET) + countCalls(LIST)) + (mostSends - 1) * countCalls(DELETE),
  }
}
