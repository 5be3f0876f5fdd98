import { type AuthFailure, RequestCache } from '@pothos/plugin-scope-auth'
import { GraphQLError, type GraphQLField, type GraphQLNamedType } from 'graphql'
import { type Caller, isScope, type Scope, scopes } from '../caller.ts'
import { isRecord } from '../gateway/unchecked.ts'

export function toAuthScopes({ scopes: granted }: Caller): Record<Scope, boolean> {
  return {
    'webhooks:read': granted.has('webhooks:read'),
    'webhooks:write': granted.has('webhooks:write'),
    'secrets:write': granted.has('secrets:write'),
    'deliveries:read': granted.has('deliveries:read'),
  }
}

/** What the plugin throws at a field. */
export function toForbidden(caller: Caller, failure: AuthFailure): GraphQLError {
  return forbid(caller, listScopes(failure))
}

/** Forgets what the plugin knows of an operation that is over; else it would be kept until the next full collection. */
export function forget(context: object): void {
  RequestCache.clearForContext(context)
}

interface Field {
  readonly parent: GraphQLNamedType
  readonly definition: GraphQLField<unknown, unknown>
  readonly args: Readonly<Record<string, unknown>>
}

/**
 * What the plugin would throw at any of these fields, before the first is resolved: once a write is done, an error in a
 * field behind it would take its answer away, and a secret with it. Null where nothing is missing.
 */
export function findForbidden(fields: readonly Field[], caller: Caller): GraphQLError | null {
  const asked = needs.get(fields) ?? listNeeds(fields)
  needs.set(fields, asked)
  return asked.every((scope) => caller.scopes.has(scope)) ? null : forbid(caller, asked)
}

/** For fields that are asked for again. */
const needs = new WeakMap<readonly Field[], readonly Scope[]>()

function listNeeds(fields: readonly Field[]): readonly Scope[] {
  return fields.flatMap(({ parent, definition, args }) => [...readScopes(parent, args), ...readScopes(definition, args)])
}

/** The scopes that a type or field was built with. */
function readScopes({ extensions }: Field['parent'] | Field['definition'], args: Field['args']): readonly Scope[] {
  const options: unknown = extensions['pothosOptions']
  const rule: unknown = isRecord(options) ? options['authScopes'] : undefined
  const needed: unknown = typeof rule === 'function' ? Reflect.apply(rule, null, [null, args]) : rule
  return isRecord(needed) ? Object.keys(needed).filter(isScope) : []
}

/** Names every scope that is missing. */
function forbid({ name, scopes: granted }: Caller, asked: readonly string[]): GraphQLError {
  const missing = scopes.filter((scope) => asked.includes(scope) && !granted.has(scope))
  const message = `This operation requires scope ${missing.join(' and ')}, which ${name} does not have. Nothing was changed.`
  return new GraphQLError(message, { extensions: { code: 'FORBIDDEN', scopes: missing } })
}

function listScopes(failure: AuthFailure): readonly string[] {
  if ('scope' in failure) return [failure.scope]
  return 'failures' in failure ? failure.failures.flatMap(listScopes) : []
}
