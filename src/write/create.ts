import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection } from '../connection.ts'
import {
  ConflictError,
  CredentialsRejectedError,
  OutcomeUnknownError,
  RateLimitedError,
  UnsupportedError,
  UpstreamUnavailableError,
  WebhookError,
} from '../errors.ts'
import { getRemainingMs } from '../http/budget.ts'
import type { CreateResult } from '../operations.ts'
import { countCalls, type CreateInput, type Options, type Provider } from '../provider.ts'
import type { AccountWebhook } from '../webhook.ts'
import type { CallBound } from './bound.ts'
import { isSameSet, isSameUrl } from './compare.ts'
import { findInTheWay, recovered, startCallBudget, type Write } from './write.ts'

/**
 * Creates, once. When the answer is lost, the account is searched for what was not there before: exactly one webhook like
 * it, whose secret can be had, is the success; anything else is OutcomeUnknownError with what was found.
 */
export async function createOnce(connection: Connection, input: CreateInput<Options>, write: Write): Promise<CreateResult> {
  const created = await create(connection, input, write)
  connection.ledger.claim(created.webhook.upstreamId)
  return created
}

async function create(connection: Connection, input: CreateInput<Options>, write: Write): Promise<CreateResult> {
  const { budget, looksMs } = write
  // Nothing that was there before may ever be taken for the outcome: so not even a list that began earlier will do.
  connection.startFresh()
  const before = await connection.list(budget)
  if (before.error !== null && saysSameOfCreate(before.error)) throw before.error
  write.begin()
  try {
    return await connection.create(input, startCallBudget(budget))
  } catch (error) {
    if (error instanceof ConflictError) throw await findInTheWay(error, connection, input, budget)
    if (!(error instanceof OutcomeUnknownError)) throw error
    const known = new Set([...before.webhooks.map(({ id }) => id), ...before.unreadable])
    const isNew = (webhook: AccountWebhook) =>
      !known.has(webhook.id) && !connection.ledger.isClaimed(webhook.upstreamId) && isAlike(webhook, input)
    const candidates = await search(connection, isNew, looksMs, budget)
    const [candidate] = candidates
    // Without every id of before, nobody can tell what is new.
    if (candidate === undefined || candidates.length > 1 || !before.knowsAllIds) {
      throw new OutcomeUnknownError(error.message, candidates, error)
    }
    return recover(error, connection, candidate, input, budget)
  }
}

/** Whether what kept a list from being read would keep the create from being carried out too. */
function saysSameOfCreate(error: WebhookError): boolean {
  return [UpstreamUnavailableError, RateLimitedError, CredentialsRejectedError].some((type) => error instanceof type)
}

/** Looks for webhooks that may be new, until one is there, the looks are used up or the time is. */
async function search(
  connection: Connection,
  isNew: (webhook: AccountWebhook) => boolean,
  looksMs: readonly number[],
  budget: AbortSignal,
): Promise<readonly AccountWebhook[]> {
  for (const pauseMs of looksMs) {
    if (pauseMs >= getRemainingMs(budget)) break
    await sleep(pauseMs)
    const found = (await connection.list(budget)).webhooks.filter(isNew)
    if (found.length > 0) return found
  }
  return []
}

async function recover(
  error: OutcomeUnknownError,
  connection: Connection,
  candidate: AccountWebhook,
  input: CreateInput<Options>,
  budget: AbortSignal,
): Promise<CreateResult> {
  try {
    const signingSecret = await connection.recoverSecret(candidate.upstreamId, input, budget)
    return { webhook: candidate, signingSecret, warnings: [recovered] }
  } catch (cause) {
    if (!(cause instanceof WebhookError)) throw cause
    const wayOut =
      cause instanceof UnsupportedError
        ? cause.message
        : 'Its signing secret could not be had: delete the webhook and create it again.'
    const message = `The answer of ${connection.provider.displayName} was lost, but the webhook is there. ${wayOut}`
    throw new OutcomeUnknownError(message, [candidate], error)
  }
}

/** Whether a webhook may be what a create with this input has made. Where an answer has no name, its URL alone tells. */
function isAlike({ url, name, eventTypes }: AccountWebhook, input: CreateInput<Options>): boolean {
  return isSameUrl(url, input.url) && (name ?? input.name) === input.name && isSameSet(eventTypes, input.eventTypes)
}

/** The list before it, the create, and the list for what is in its way; then the looks and the secret of what they find. */
export function boundCreate({ operations: { LIST, CREATE }, recoverSecret }: Provider, looks: number): CallBound {
  return { calls: 2 * countCalls(LIST) + countCalls(CREATE), looks: looks * countCalls(LIST) + countCalls(recoverSecret) }
}
