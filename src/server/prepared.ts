import {
  type DocumentNode,
  getVariableValues,
  type GraphQLError,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql'
import type { Scope } from '../caller.ts'
import type { Gateway } from '../gateway/gateway.ts'
import { listScopes } from '../schema/authorization.ts'
import { findWrongArgument } from './arguments.ts'
import { createJudge, type Limits } from './limits.ts'
import { select, type Selection, type Variables } from './selection.ts'
import { describeVariables } from './values.ts'

/** A prepared operation, independent of the caller. */
export interface Prepared {
  readonly document: DocumentNode
  readonly operation: OperationDefinitionNode
  /** As sent by the client. */
  readonly variables: Variables
  readonly selection: Selection
  /** Scopes that a caller needs. */
  readonly scopes: readonly Scope[]
  /** Why it exceeds the limits for these accounts; null if it does not. */
  findExcess(gateway: Gateway): GraphQLError | null
}

export interface PreparerOptions {
  readonly schema: GraphQLSchema
  readonly limits: Limits
  readonly introspection: boolean
}

/** Prepares an operation before it runs, or reports errors in its variables. */
export function createPreparer({ schema, limits, introspection }: PreparerOptions) {
  const judge = createJudge(schema, limits)
  /** Operations without variables, which are the same each time. */
  const kept = new WeakMap<OperationDefinitionNode, Prepared>()

  function prepare(document: DocumentNode, operation: OperationDefinitionNode, variables: Variables) {
    const { coerced, errors } = getVariableValues(schema, operation.variableDefinitions ?? [], variables, { maxErrors: 1 })
    if (errors !== undefined) return { errors: describeVariables({ schema, operation, variables, introspection }) }
    const wrong = findWrongArgument(schema, document, operation, coerced)
    if (wrong !== null) return { errors: [wrong] }
    const selection = select(schema, document, operation, coerced)
    const scopes = listScopes(selection.fields)
    let last: { readonly gateway: Gateway; readonly error: GraphQLError | null } | undefined
    const findExcess = (gateway: Gateway) => {
      if (last?.gateway !== gateway) last = { gateway, error: judge(selection, gateway) }
      return last.error
    }
    return { document, operation, variables, selection, scopes, findExcess }
  }

  return (
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Variables,
  ): Prepared | { readonly errors: readonly GraphQLError[] } => {
    // Other variables are ignored.
    if ((operation.variableDefinitions ?? []).length > 0) return prepare(document, operation, variables)
    const found = kept.get(operation) ?? prepare(document, operation, {})
    if (!('errors' in found)) kept.set(operation, found)
    return found
  }
}
