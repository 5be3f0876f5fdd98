import type { Connection } from '../connection.ts'
import { ConflictError } from '../errors.ts'
import { getRemainingMs, startBudget } from '../http/budget.ts'
import type { Warning } from '../webhook.ts'

// What creates share with updates and deletes. Answers may get lost: a create is never sent twice; update and delete carry
// absolute values, so that what is not in effect may be sent again.

export interface WriteOptions {
  /** The whole budget of the write, looking at what became of it included. */
  readonly timeoutMs: number
  /** Pauses before each look for what a create without an answer has made. */
  readonly looksMs: readonly number[]
}

// The rest of the budget is for looking: a provider that hangs would else leave no time for it.
const shareOfCall = 0.6

export const recovered: Warning = {
  code: 'RECOVERED',
  message: 'The answer of the provider was lost. The gateway found what became of the call; nothing was done twice.',
}

/** What one call of a write may spend of its budget. */
export function startCallBudget(budget: AbortSignal): AbortSignal {
  return startBudget(Math.max(1, getRemainingMs(budget) * shareOfCall))
}

/** Adds to a conflict the one webhook that is in the way, where a look at the account tells. */
export async function findInTheWay(
  error: ConflictError,
  connection: Connection,
  asked: { readonly name?: string | undefined; readonly url?: string | undefined },
  budget: AbortSignal,
): Promise<ConflictError> {
  const { webhooks } = await connection.list(budget)
  const [existing = null, ...others] = webhooks.filter((webhook) => webhook[error.field] === asked[error.field])
  return new ConflictError(error.message, error.field, others.length === 0 ? existing : null, error)
}
