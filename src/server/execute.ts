import { execute, type ExecutionResult, GraphQLError, type GraphQLSchema, OperationTypeNode } from 'graphql'
import type { Context } from '../schema/context.ts'
import type { Prepared } from './prepared.ts'

export interface ExecutorOptions {
  readonly schema: GraphQLSchema
  /** Timeout of a query. */
  readonly timeoutMs: number
}

export interface Execution {
  readonly prepared: Prepared
  readonly context: Context
  /** Aborts when a query times out, and aborts its pending reads. */
  readonly ended: AbortController
}

/**
 * Executes operations. A query that times out gets HTTP 504. A mutation never does, because its response may be the only one
 * with a secret: writes that have not started by then do not start (Context.write).
 */
export function createExecutor({ schema, timeoutMs }: ExecutorOptions) {
  function run({ prepared, context }: Execution): Promise<ExecutionResult> {
    const { document, operation, variables } = prepared
    const operationName = operation.name?.value
    return Promise.resolve(execute({ schema, document, operationName, contextValue: context, variableValues: variables }))
  }

  async function query(execution: Execution): Promise<ExecutionResult> {
    const { promise: late, resolve } = Promise.withResolvers<ExecutionResult>()
    const timer = setTimeout(() => {
      execution.ended.abort(new DOMException('The query timed out.', 'AbortError'))
      resolve({ errors: [toTimeout(timeoutMs)] })
    }, timeoutMs)
    try {
      return await Promise.race([run(execution), late])
    } finally {
      clearTimeout(timer)
    }
  }

  return (execution: Execution): Promise<ExecutionResult> =>
    execution.prepared.operation.operation === OperationTypeNode.QUERY ? query(execution) : run(execution)
}

function toTimeout(timeoutMs: number): GraphQLError {
  const message = `The query exceeded ${timeoutMs} ms and was aborted. Request fewer accounts at once.`
  return new GraphQLError(message, { extensions: { code: 'DEADLINE_EXCEEDED', http: { status: 504 } } })
}
