import {
  ConflictError,
  CredentialsRejectedError,
  InvalidInputError,
  LimitReachedError,
  NotFoundError,
  OutcomeUnknownError,
  PermissionDeniedError,
  RateLimitedError,
  StoreUnavailableError,
  UnsupportedError,
  UpstreamContractError,
  UpstreamRejectedError,
  UpstreamUnavailableError,
  WebhookError,
} from '../errors.ts'
import type { Operation } from '../provider/operations.ts'
import { PlanOutdatedError, PlanUnsafeError } from './plan/errors.ts'
import { createShapes } from './shapes.ts'

export type ErrorClass = new (...args: never[]) => WebhookError

/** Errors that any request to a provider can cause. */
const calls = [
  UnsupportedError,
  CredentialsRejectedError,
  PermissionDeniedError,
  RateLimitedError,
  UpstreamUnavailableError,
  UpstreamContractError,
  UpstreamRejectedError,
] as const
/** Errors that any request for a single webhook can cause. */
const reads = [...calls, InvalidInputError, NotFoundError] as const
const writes = [...reads, OutcomeUnknownError, StoreUnavailableError] as const

/**
 * The errors of each operation. Both the union members in the schema and the errors that the gateway throws come from this
 * table, so that no error is masked as a bug for lack of a member, which could lose a secret.
 */
export const members = {
  LIST: [...calls, InvalidInputError],
  GET: reads,
  CREATE: [...writes, ConflictError, LimitReachedError],
  UPDATE: [...writes, ConflictError],
  DELETE: writes,
  VERIFY: writes,
  ROTATE_SECRET: [...writes, ConflictError, LimitReachedError],
  TEST: writes,
  LIST_DELIVERIES: reads,
  REDELIVER: writes,
} as const satisfies Members

export type Members = Readonly<Record<Operation, readonly ErrorClass[]>>

const journalWrites = [
  InvalidInputError,
  NotFoundError,
  StoreUnavailableError,
  UpstreamUnavailableError,
  OutcomeUnknownError,
] as const

/** The errors of the operations on journal entries. */
export const journalMembers = {
  REVEAL_SECRET: journalWrites,
  ACKNOWLEDGE_SECRET: journalWrites,
  SETTLE: [...writes, ConflictError, LimitReachedError],
} as const

/** The errors of plans. */
export const planMembers = {
  PLAN: [InvalidInputError, StoreUnavailableError],
  APPLY: [InvalidInputError, PlanOutdatedError, PlanUnsafeError, StoreUnavailableError, UpstreamUnavailableError],
} as const

/** An operation on a journal entry. */
export type JournalOperation = keyof typeof journalMembers

export const allMembers: readonly ErrorClass[] = [...new Set(Object.values<readonly ErrorClass[]>(members).flat())]

/** Runs a function that may throw anything. Throws only a member of the operation, or a bug. */
export async function attempt<Result>(operation: Operation, run: () => Promise<Result>): Promise<Result> {
  try {
    return await run()
  } catch (cause) {
    throw toMember(cause, operation)
  }
}

/** Converts a thrown value to a member of the operation. Rethrows bugs. */
export function toMember(error: unknown, operation: Operation, table: Members = members): WebhookError {
  if (!(error instanceof WebhookError)) throw error
  const isMember = table[operation].some((type) => error instanceof type)
  if (isMember && !isAboutOthers(error, operation)) return error
  const status = error.upstream?.status ?? null
  if (error instanceof OutcomeUnknownError) {
    const message = 'The provider sent no clear response. The request would not have changed anything, so it is safe to retry.'
    return new UpstreamUnavailableError(message, status === null ? 'CONNECTION' : 'SERVER_ERROR', error)
  }
  return new UpstreamRejectedError(
    `The provider rejected the request (HTTP ${status ?? 'none'}). See upstream.message for its reason.`,
    error,
  )
}

const shapes = createShapes([])

/** Whether a provider rejected what this operation's input lacks: fields of another request, or a webhook, which a create does not name. */
function isAboutOthers(error: WebhookError, operation: Operation): boolean {
  if (error.upstream === null) return false
  if (error instanceof NotFoundError) return operation === 'CREATE'
  if (!(error instanceof InvalidInputError)) return false
  return !error.issues.some(({ path: [, field = ''] }) => Object.hasOwn(shapes[operation].shape, field))
}
