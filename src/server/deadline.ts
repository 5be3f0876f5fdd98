import { type ExecutionArgs, getOperationAST, GraphQLError, OperationTypeNode } from 'graphql'
import type { Plugin } from 'graphql-yoga'

/**
 * Ends a query that takes too long with HTTP 504. A mutation is never cut off, because its answer may be the only one with
 * a secret: what has not begun by then does not begin (Context.write).
 */
export function useDeadline(timeoutMs: number): Plugin {
  return {
    onExecute({ args }) {
      if (isMutation(args)) return
      const controller = new AbortController()
      // Anything but a GraphQLError would become an answer without errors.
      const timer = setTimeout(() => controller.abort(toTimeout(timeoutMs)), timeoutMs)
      const given: unknown = Reflect.get(args, 'signal')
      const signals = given instanceof AbortSignal ? [given, controller.signal] : [controller.signal]
      Object.assign(args, { signal: AbortSignal.any(signals) })
      return { onExecuteDone: () => clearTimeout(timer) }
    },
  }
}

function toTimeout(timeoutMs: number): GraphQLError {
  const message = `The query took longer than ${timeoutMs} ms and was ended; ask for fewer accounts at once.`
  return new GraphQLError(message, { extensions: { code: 'DEADLINE_EXCEEDED', http: { status: 504 } } })
}

function isMutation({ document, operationName }: Pick<ExecutionArgs, 'document' | 'operationName'>): boolean {
  return getOperationAST(document, operationName)?.operation === OperationTypeNode.MUTATION
}
