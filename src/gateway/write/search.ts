import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection } from '../connection.ts'
import { OutcomeUnknownError, WebhookError } from '../../errors.ts'
import type { CreateResult } from '../operations.ts'
import type { Options } from '../../provider/fields.ts'
import type { CreateInput } from '../../provider/operations.ts'
import type { Provider } from '../../provider/provider.ts'
import { showsDetails, toComplete } from '../../provider/recovery.ts'
import { isUnsupported } from '../../provider/unsupported.ts'
import type { AccountWebhook } from '../../webhook.ts'
import { isSameSet, isSameUrl } from './compare.ts'
import type { Write } from './write.ts'

// Finds the webhook of a create without a response by its proof.

/** Maximum reads to find the proof of one create. */
export const mostProofs = 5

/** The webhooks that a create has not made. */
export interface Known {
  /** Global IDs of those with its URL, and of those that could not be read. */
  readonly ids: readonly string[]
  readonly isComplete: boolean
}

/** Searches for the webhook of a create without a response, until it is proven, or checks or time run out. */
export async function search(
  doubt: OutcomeUnknownError,
  write: Write,
  input: CreateInput<Options>,
  before: Known,
  mayRotate: boolean,
): Promise<CreateResult> {
  const { connection, budget, looksMs } = write
  const known = new Set(before.ids)
  const isCandidate = (webhook: AccountWebhook) =>
    !known.has(webhook.id) && isAlike(webhook, input) && canBeMade(connection, webhook, input)
  const proofs = new Map<string, boolean>()
  let reads = 0
  let candidates: readonly AccountWebhook[] = []

  for (const pauseMs of looksMs) {
    if (pauseMs >= budget.remainingMs) break
    await sleep(pauseMs)
    const alike = (await connection.within(budget).list()).webhooks.filter(isCandidate)
    const found = (await dropMade(write, alike)) ?? []
    if (found.length > 0) candidates = found
    for (const candidate of found) {
      if (proofs.has(candidate.id) || reads >= mostProofs) continue
      reads += 1
      const proof = await readProof(write, candidate)
      if (proof !== undefined) proofs.set(candidate.id, proof === input.proof)
    }
    const [made, another] = found.filter(({ id }) => proofs.get(id) === true)
    if (another !== undefined) break
    // A copy, or a request carried out twice, has the proof too, and may be unreadable so far.
    if (made !== undefined && found.every(({ id }) => proofs.has(id))) {
      return recoverProven(doubt, write, made, input, mayRotate)
    }
    if (found.length > 0 && isUnsupported(connection.provider.recovery)) break
  }
  const proven = candidates.filter(({ id }) => proofs.get(id) === true)
  throw proven.length > 0 ? toUnsure(doubt, proven) : toUnknown(doubt, connection, before, candidates)
}

/** Those of the webhooks that no other write has made; null if that is not known. */
export async function dropMade(
  { connection: { ledger }, others }: Write,
  webhooks: readonly AccountWebhook[],
): Promise<readonly AccountWebhook[] | null> {
  const left = webhooks.filter(({ upstreamId }) => !ledger.isClaimed(upstreamId))
  if (others === null || left.length === 0) return left
  const made = await others.findMade(left.map(({ upstreamId }) => upstreamId))
  return made && left.filter(({ upstreamId }) => !made.has(upstreamId))
}

/** The proof in a webhook; null if it has none, undefined if it cannot be read. */
async function readProof({ connection, budget }: Write, { upstreamId }: AccountWebhook) {
  try {
    return await connection.within(budget).readProof(upstreamId)
  } catch (error) {
    if (error instanceof WebhookError) return undefined
    throw error
  }
}

/** The result of a create, from the webhook that it is proven to have made. */
export async function recoverProven(
  doubt: OutcomeUnknownError,
  { connection, budget, note }: Write,
  webhook: AccountWebhook,
  input: CreateInput<Options>,
  mayRotate: boolean,
): Promise<CreateResult> {
  const { recovery } = connection.provider
  if (!mayRotate && !isUnsupported(recovery) && recovery.rotates) {
    const message =
      'The webhook exists. Its signing secret was not replaced to recover it: that is done within an hour of the create, and only if ' +
      'signing secrets are kept.'
    throw new OutcomeUnknownError(`${doubt.message} ${message}`, [webhook], doubt)
  }
  await note({ kind: 'RECOVERING', webhook: webhook.upstreamId })
  try {
    return await connection.within(budget).recover(webhook, input)
  } catch (cause) {
    if (!(cause instanceof WebhookError)) throw cause
    const message =
      `The response from ${connection.provider.displayName} was lost. The webhook exists, but its signing secret could not be ` +
      'recovered. Delete the webhook and create it again.'
    throw new OutcomeUnknownError(message, [webhook], doubt)
  }
}

/** The error if this create may have made more than one webhook. */
function toUnsure(doubt: OutcomeUnknownError, proven: readonly AccountWebhook[]): OutcomeUnknownError {
  const shown =
    proven.length > 1
      ? `${proven.length} webhooks are marked as created by this request: one was copied, or the provider carried the request out twice.`
      : 'The candidate is marked as created by this request, but a similar webhook could not be read and may be marked too.'
  const wayOut = 'Delete the extra webhooks, and rotate the secret of the one you keep.'
  return new OutcomeUnknownError(`${doubt.message} ${shown} None was changed. ${wayOut}`, proven, doubt)
}

/** The error if nothing is proven. */
function toUnknown(
  doubt: OutcomeUnknownError,
  { provider }: Connection,
  before: Known,
  found: readonly AccountWebhook[],
): OutcomeUnknownError {
  const { recovery, operations } = provider
  if (!before.isComplete) {
    const message = `${doubt.message} There are no candidates because the account could not be listed in full before the create.`
    return new OutcomeUnknownError(message, [], doubt)
  }
  if (found.length === 0) return new OutcomeUnknownError(doubt.message, [], doubt)
  const isRepeated = !isUnsupported(operations.CREATE) && operations.CREATE.repeat?.comesTo === 'REPLAYED'
  const wayOut = isRepeated ? askAgain + toWayOut(recovery) : toWayOut(recovery)
  const message = `${doubt.message} The candidates are new and similar, but someone else may have created them. None was changed. ${wayOut}`
  return new OutcomeUnknownError(message, found, doubt)
}

const askAgain =
  'To get the secret, repeat the request with its idempotencyKey, or settle its journal entry with LOOK_AGAIN, within a day. Otherwise: '

function toWayOut(recovery: Provider['recovery']): string {
  return isUnsupported(recovery) ? recovery.note : 'None of them is marked as created by this request.'
}

/** Whether a create with this input may have made a webhook. A name counts only if the input and the response have one. */
function isAlike({ url, name, eventTypes }: AccountWebhook, input: CreateInput<Options>): boolean {
  const isNamedSo = name === null || input.name === '' || name === input.name
  return isSameUrl(url, input.url) && isNamedSo && isSameSet(eventTypes, input.eventTypes)
}

/** Whether it can be the result of a create, by its secret and the options that every read shows, where no proof decides that. */
function canBeMade({ provider }: Connection, { details, secretHint }: AccountWebhook, input: CreateInput<Options>): boolean {
  const { recovery, operations, options, showsOptions, readsOptions } = provider
  if (!isUnsupported(recovery)) return true
  if (!isUnsupported(operations.CREATE) && operations.CREATE.hintsSecret === true && secretHint === null) return false
  if (showsOptions !== undefined || readsOptions !== undefined) return true
  // Null is also what could not be read, where it is no value.
  const shown = Object.entries(details).filter(([name, value]) => value !== null || options[name]?.nullable === true)
  return showsDetails(Object.fromEntries(shown), toComplete(options, input.options)) !== false
}
