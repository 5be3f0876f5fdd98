import { execute, type ExecutionArgs, type ExecutionResult, GraphQLError } from 'graphql'
import type { Budget } from '../budget.ts'

/** Executes an operation. If it takes longer than its budget, the result is HTTP 504 and its pending reads are aborted. */
export async function executeWithin(budget: Budget, timeoutMs: number, args: ExecutionArgs): Promise<ExecutionResult> {
  const { promise: late, resolve } = Promise.withResolvers<ExecutionResult>()
  const end = () => {
    if (budget.isSpent) resolve({ errors: [toTimeout(timeoutMs)] })
  }
  budget.signal.addEventListener('abort', end, { once: true })
  return Promise.race([execute(args), late])
}

function toTimeout(timeoutMs: number): GraphQLError {
  const message = `The query exceeded ${timeoutMs} ms and was aborted. Request fewer accounts at once.`
  return new GraphQLError(message, { extensions: { code: 'DEADLINE_EXCEEDED', http: { status: 504 } } })
}
