import { type ExecutionResult, getOperationAST, GraphQLError, type GraphQLSchema, OperationTypeNode } from 'graphql'
import type { Caller } from '../caller.ts'
import { startBudget } from '../budget.ts'
import { requests } from '../observe/request.ts'
import { findForbidden } from '../schema/authorization.ts'
import type { Context } from '../schema/context.ts'
import { toFailure } from './bug.ts'
import { type DocumentOptions, createDocuments } from './document.ts'
import { executeWithin } from './execute.ts'
import type { Limits } from './limits.ts'
import { asksForPlan } from './plan-cost.ts'
import { createPreparer } from './prepared.ts'
import { toTooLarge } from './too-large.ts'
import { traceOperation } from './tracing.ts'

/** A GraphQL operation from a client. */
export interface GraphQLRequest {
  readonly query: string
  readonly operationName?: string | null | undefined
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined
  /** Whether its body is larger than that of any operation without a plan. */
  readonly isLarge?: boolean
}

/** Who sent it. */
export interface Client {
  readonly caller: Caller
  /** Aborts when the client disconnects. */
  readonly signal: AbortSignal
  /** By lowercase name. */
  readonly headers: Readonly<Record<string, unknown>>
}

export interface PipelineOptions extends Pick<DocumentOptions, 'introspection'> {
  readonly schema: GraphQLSchema
  readonly limits: Limits
  /** `signal` aborts when the client disconnects or a query times out. */
  createContext(caller: Caller, signal: AbortSignal): Context
  /** Masks internal errors. */
  maskError(error: unknown): GraphQLError
}

export type Pipeline = ReturnType<typeof createPipeline>

/** Responds to GraphQL operations of any transport and applies all rules for them. Never rejects. */
export function createPipeline(options: PipelineOptions) {
  const { schema, introspection, limits, maskError } = options
  const read = createDocuments({ schema, introspection, tokens: limits.tokens })
  const prepare = createPreparer({ schema, limits, introspection })

  async function answer(
    { query, operationName, variables, isLarge = false }: GraphQLRequest,
    { caller, signal, headers }: Client,
  ): Promise<ExecutionResult> {
    const { document, errors } = read(query)
    if (document === null || errors.length > 0) return { errors }
    const operation = getOperationAST(document, operationName)
    if (operation == null) return { errors: [toUnresolved()] }
    const info = requests.getStore()
    if (info !== undefined) {
      info.operation = operation.name?.value.slice(0, 100) ?? null
      info.type = operation.operation
    }
    if (isLarge && !asksForPlan(document, operation)) return { errors: [toTooLarge()] }
    if (operation.operation === OperationTypeNode.SUBSCRIPTION) return { errors: [toNoSubscriptions()] }
    const prepared = prepare(document, operation, variables ?? {})
    if ('errors' in prepared) return prepared

    // A mutation never times out, because its response may be the only one with a secret: writes that have not started by then do
    // not start (Context.write).
    const isQuery = operation.operation === OperationTypeNode.QUERY
    const timeoutMs = isQuery ? limits.operationTimeoutMs : Number.POSITIVE_INFINITY
    using budget = startBudget(timeoutMs, signal)
    const context = options.createContext(caller, budget.signal)
    const refusal = findForbidden(prepared.scopes, caller) ?? prepared.findExcess(context.gateway)
    if (refusal !== null) return { errors: [refusal] }
    const run = () =>
      executeWithin(budget, timeoutMs, {
        schema,
        document,
        operationName: operation.name?.value,
        contextValue: context,
        variableValues: prepared.variables,
      })
    return await traceOperation(headers, run)
  }

  /** Errors masked for clients. */
  return async (request: GraphQLRequest, client: Client): Promise<ExecutionResult> => {
    const result = await answer(request, client).catch((error: unknown): ExecutionResult => ({
      errors: [toFailure(maskError(error))],
    }))
    if (result.errors === undefined) return result
    const errors = result.errors.map(maskError)
    return result.data === undefined ? { errors } : { errors, data: result.data }
  }
}

function toUnresolved(): GraphQLError {
  const extensions = { code: 'OPERATION_RESOLUTION_FAILURE', http: { status: 400 } }
  const message = 'Could not determine what operation to execute. Set "operationName" to the name of one in the document.'
  return new GraphQLError(message, { extensions })
}

function toNoSubscriptions(): GraphQLError {
  const extensions = { code: 'SUBSCRIPTIONS_NOT_SUPPORTED', http: { status: 400 } }
  return new GraphQLError('GraphQL subscriptions are not supported. Send a query or a mutation.', { extensions })
}
