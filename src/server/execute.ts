import {
  type DocumentNode,
  execute,
  type ExecutionResult,
  type FieldNode,
  type FragmentSpreadNode,
  GraphQLError,
  type GraphQLSchema,
  type InlineFragmentNode,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  type SelectionSetNode,
} from 'graphql'
import type { CompiledQuery } from 'graphql-jit'
import type { Context } from '../schema/context.ts'

export interface ExecutorOptions {
  readonly schema: GraphQLSchema
  /** How long a query may take. */
  readonly timeoutMs: number
  /** How often a query is interpreted before it is compiled. */
  readonly compileAfter: number
}

export interface Execution {
  readonly document: DocumentNode
  readonly operation: OperationDefinitionNode
  readonly variables: Readonly<Record<string, unknown>>
  readonly context: Context
  /** Aborted when the time of a query is up: takes the reads that are still under way with it. */
  readonly ended: AbortController
}

/**
 * Runs operations. A query that takes too long is ended with HTTP 504. A mutation never is, because its answer may be the
 * only one with a secret: what has not begun by then does not begin (Context.write).
 */
export function createExecutor({ schema, timeoutMs, compileAfter }: ExecutorOptions) {
  const compiled = new WeakMap<OperationDefinitionNode, CompiledQuery>()
  const runs = new WeakMap<OperationDefinitionNode, number>()

  /** A query that comes back is compiled: twice as fast, but dear for one that is sent once. */
  function isDue({ document, operation }: Execution): boolean {
    const ran = runs.get(operation) ?? 0
    runs.set(operation, ran + 1)
    // Compiled, a field of this name would be lost.
    return ran >= compileAfter && document.loc?.source.body.includes('__proto__') === false
  }

  async function compile({ document, operation }: Execution): Promise<CompiledQuery | undefined> {
    const { compileQuery, isCompiledQuery } = await import('graphql-jit')
    const made = compileQuery(schema, document, operation.name?.value)
    if (!isCompiledQuery(made)) {
      // Not tried again.
      runs.set(operation, Number.NEGATIVE_INFINITY)
      return undefined
    }
    compiled.set(operation, made)
    return made
  }

  function interpret({ document, operation, variables, context }: Execution): Promise<ExecutionResult> {
    const operationName = operation.name?.value
    return Promise.resolve(execute({ schema, document, operationName, contextValue: context, variableValues: variables }))
  }

  async function query(execution: Execution): Promise<ExecutionResult> {
    const { promise: late, resolve } = Promise.withResolvers<ExecutionResult>()
    const timer = setTimeout(() => {
      execution.ended.abort(new DOMException('The query took too long.', 'AbortError'))
      resolve({ errors: [toTimeout(timeoutMs)] })
    }, timeoutMs)
    try {
      const { operation, context, variables } = execution
      const ready = compiled.get(operation) ?? (isDue(execution) ? await compile(execution) : undefined)
      const running = ready?.query(undefined, context, variables) ?? interpret(execution)
      const result = await Promise.race([running, late])
      return result.errors === undefined ? result : { ...result, errors: result.errors.map((error) => locate(error, execution)) }
    } finally {
      clearTimeout(timer)
    }
  }

  return (execution: Execution): Promise<ExecutionResult> =>
    execution.operation.operation === OperationTypeNode.QUERY ? query(execution) : interpret(execution)
}

/** The error with the field that it is about, which compiled queries do not tell. */
function locate(error: GraphQLError, { document, operation }: Execution): GraphQLError {
  if (error.nodes !== undefined || error.path === undefined) return error
  let [field, set]: [FieldNode | undefined, SelectionSetNode | undefined] = [undefined, operation.selectionSet]
  for (const name of error.path) {
    if (typeof name === 'number') continue
    field = set && findField(set, name, document)
    set = field?.selectionSet
  }
  const { message, path, originalError, extensions } = error
  return new GraphQLError(message, { nodes: field ?? null, path, originalError: originalError ?? null, extensions })
}

function findField(set: SelectionSetNode, name: string, document: DocumentNode): FieldNode | undefined {
  for (const node of set.selections) {
    const found =
      node.kind === Kind.FIELD
        ? (node.alias ?? node.name).value === name && node
        : findField(getFragment(node, document).selectionSet, name, document)
    if (found) return found
  }
  return undefined
}

function getFragment(node: FragmentSpreadNode | InlineFragmentNode, { definitions }: DocumentNode) {
  if (node.kind === Kind.INLINE_FRAGMENT) return node
  const found = definitions.find((each) => each.kind === Kind.FRAGMENT_DEFINITION && each.name.value === node.name.value)
  if (found?.kind !== Kind.FRAGMENT_DEFINITION) throw new TypeError(`A valid document has no fragment ${node.name.value}`)
  return found
}

function toTimeout(timeoutMs: number): GraphQLError {
  const message = `The query took longer than ${timeoutMs} ms and was ended; ask for fewer accounts at once.`
  return new GraphQLError(message, { extensions: { code: 'DEADLINE_EXCEEDED', http: { status: 504 } } })
}
