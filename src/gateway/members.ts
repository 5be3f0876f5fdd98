import {
  ConflictError,
  CredentialsRejectedError,
  InvalidInputError,
  LimitReachedError,
  NotFoundError,
  OutcomeUnknownError,
  PermissionDeniedError,
  RateLimitedError,
  UnsupportedError,
  UpstreamContractError,
  UpstreamRejectedError,
  UpstreamUnavailableError,
  WebhookError,
} from '../errors.ts'
import type { Operation } from '../provider/operations.ts'
import { createShapes } from './shapes.ts'

export type ErrorClass = new (...args: never[]) => WebhookError

/** What any call to a provider can come to. */
const calls = [
  UnsupportedError,
  CredentialsRejectedError,
  PermissionDeniedError,
  RateLimitedError,
  UpstreamUnavailableError,
  UpstreamContractError,
  UpstreamRejectedError,
] as const
/** What any call about one webhook can come to. */
const reads = [...calls, InvalidInputError, NotFoundError] as const
const writes = [...reads, OutcomeUnknownError] as const

/**
 * What each operation can fail with. The members of its union in the schema and what the gateway rejects with follow from
 * this, so that no failure is without a member: it would be masked as a bug, and take a secret with it.
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

export const allMembers: readonly ErrorClass[] = [...new Set(Object.values<readonly ErrorClass[]>(members).flat())]

/** Runs what may fail with anything. It fails with a member of the operation, or with a bug. */
export async function attempt<Result>(operation: Operation, run: () => Promise<Result>): Promise<Result> {
  try {
    return await run()
  } catch (cause) {
    throw toMember(cause, operation)
  }
}

/** What was thrown, as a member of an operation. A bug is thrown on. */
export function toMember(error: unknown, operation: Operation, table: Members = members): WebhookError {
  if (!(error instanceof WebhookError)) throw error
  const isMember = table[operation].some((type) => error instanceof type)
  if (isMember && !(error instanceof InvalidInputError && isAboutOthers(error, operation))) return error
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

/** Whether a provider refuses fields that the input of this operation does not have: those of another call. */
function isAboutOthers({ upstream, issues }: InvalidInputError, operation: Operation): boolean {
  return upstream !== null && !issues.some(({ path: [, field = ''] }) => Object.hasOwn(shapes[operation].shape, field))
}
