import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection, CreateResult, WriteResult } from './connection.ts'
import {
  ConflictError,
  CredentialsRejectedError,
  NotFoundError,
  OutcomeUnknownError,
  RateLimitedError,
  UnsupportedError,
  UpstreamUnavailableError,
  WebhookError,
} from './errors.ts'
import { getRemainingMs, startBudget } from './http/budget.ts'
import type { CreateInput, Options, UpdateInput } from './provider.ts'
import type { AccountWebhook, Warning } from './webhook.ts'

// Writes whose answer may get lost. A create is never sent twice; update and delete carry absolute values, so that what is
// not in effect may be sent again.

export interface WriteOptions {
  /** The whole budget of the write, looking at what became of it included. */
  readonly timeoutMs: number
  /** Pauses before each look for what a create without an answer has made. */
  readonly looksMs: readonly number[]
}

// The rest of the budget is for looking: a provider that hangs would else leave no time for it.
const shareOfCall = 0.6
const mostSends = 3

const recovered: Warning = {
  code: 'RECOVERED',
  message: 'The answer of the provider was lost. The gateway found what became of the call; nothing was done twice.',
}

/**
 * Creates, once. When the answer is lost, the account is searched for what was not there before: exactly one webhook like
 * it, whose secret can be had, is the success; anything else is OutcomeUnknownError with what was found.
 */
export async function createOnce(
  connection: Connection,
  input: CreateInput<Options>,
  options: WriteOptions,
): Promise<CreateResult> {
  const budget = startBudget(options.timeoutMs)
  const { claims } = connection
  return claims.inTurn(toHref(input.url), async () => {
    const created = await createInTurn(connection, input, options.looksMs, budget)
    claims.add(created.webhook.id)
    return created
  })
}

async function createInTurn(
  connection: Connection,
  input: CreateInput<Options>,
  looksMs: readonly number[],
  budget: AbortSignal,
): Promise<CreateResult> {
  // Nothing that was there before may ever be taken for the outcome.
  const before = await connection.list(budget)
  if (before.error !== null && saysSameOfCreate(before.error)) throw before.error
  try {
    return await connection.create(input, startCallBudget(budget))
  } catch (error) {
    if (error instanceof ConflictError) throw await findInTheWay(error, connection, input, budget)
    if (!(error instanceof OutcomeUnknownError)) throw error
    const known = new Set(before.webhooks.map(({ id }) => id))
    const isNew = (webhook: AccountWebhook) =>
      !known.has(webhook.id) && !connection.claims.has(webhook.id) && isAlike(webhook, input)
    const candidates = await search(connection, isNew, looksMs, budget)
    const [candidate] = candidates
    // Without the whole list of before, nobody can tell what is new.
    if (candidate === undefined || candidates.length > 1 || before.state !== 'COMPLETE') {
      throw new OutcomeUnknownError(error.message, candidates, error)
    }
    return recover(error, connection, candidate, input, budget)
  }
}

/** Updates; what is unknown is read back and, if not in effect, sent again while there is time. */
export async function updateSurely(
  connection: Connection,
  input: UpdateInput<Options>,
  options: WriteOptions,
): Promise<WriteResult> {
  const budget = startBudget(options.timeoutMs)
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
export async function removeSurely(connection: Connection, upstreamId: string, options: WriteOptions): Promise<boolean> {
  const budget = startBudget(options.timeoutMs)
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

function startCallBudget(budget: AbortSignal): AbortSignal {
  return startBudget(Math.max(1, getRemainingMs(budget) * shareOfCall))
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

/** Adds to a conflict the one webhook that is in the way, where a look at the account tells. */
async function findInTheWay(
  error: ConflictError,
  connection: Connection,
  asked: { readonly name?: string | undefined; readonly url?: string | undefined },
  budget: AbortSignal,
): Promise<ConflictError> {
  const { webhooks } = await connection.list(budget)
  const [existing = null, ...others] = webhooks.filter((webhook) => webhook[error.field] === asked[error.field])
  return new ConflictError(error.message, error.field, others.length === 0 ? existing : null, error)
}

/** Whether a webhook may be what a create with this input has made. Where an answer has no name, its URL alone tells. */
function isAlike({ url, name, eventTypes }: AccountWebhook, input: CreateInput<Options>): boolean {
  return isSameUrl(url, input.url) && (name ?? input.name) === input.name && isSameSet(eventTypes, input.eventTypes)
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

function isSameUrl(a: string, b: string): boolean {
  return toHref(a) === toHref(b)
}

/** One spelling for all that mean the same URL. */
function toHref(url: string): string {
  return URL.canParse(url) ? new URL(url).href : url
}

/** Null and undefined are unknown: they differ from nothing. */
function isSameSet(a: readonly string[] | null, b: readonly string[] | undefined): boolean {
  return a === null || b === undefined || new Set(a).symmetricDifference(new Set(b)).size === 0
}
