import { GraphQLError, type GraphQLField, type GraphQLNamedType } from 'graphql'
import { type Caller, isScope, type Scope, scopes } from '../caller.ts'

type Arguments = Readonly<Record<string, unknown>>

/** What a type or field of the schema is built with: the scopes that it takes, whatever its arguments or by them. */
export function needs(scopes: readonly Scope[] | ((args: Arguments) => readonly Scope[])) {
  return { scopes }
}

interface Field {
  readonly parent: GraphQLNamedType
  readonly definition: GraphQLField<unknown, unknown>
  readonly args: Arguments
}

/** The scopes that these fields take, whoever asks for them. */
export function listScopes(fields: readonly Field[]): readonly Scope[] {
  const needed = fields.flatMap(({ parent, definition, args }) => [...readScopes(parent, args), ...readScopes(definition, args)])
  return [...new Set(needed)]
}

/**
 * Why the caller may not ask for fields that take these scopes, found out before the first is resolved: once a write is done,
 * an error in a field behind it would take its answer away, and a secret with it. Null where nothing is missing.
 */
export function findForbidden(needed: readonly Scope[], caller: Caller): GraphQLError | null {
  return needed.every((scope) => caller.scopes.has(scope)) ? null : forbid(caller, needed)
}

/** The scopes that a type or field was built with. */
function readScopes({ extensions }: Field['parent'] | Field['definition'], args: Arguments): readonly Scope[] {
  const rule: unknown = extensions['scopes']
  const needed: unknown = typeof rule === 'function' ? Reflect.apply(rule, null, [args]) : rule
  return Array.isArray(needed) ? needed.filter(isScope) : []
}

/** Names every scope that is missing. */
function forbid({ name, scopes: granted }: Caller, asked: readonly Scope[]): GraphQLError {
  const missing = scopes.filter((scope) => asked.includes(scope) && !granted.has(scope))
  const message = `This operation requires scope ${missing.join(' and ')}, which ${name} does not have. Nothing was changed.`
  return new GraphQLError(message, { extensions: { code: 'FORBIDDEN', scopes: missing } })
}
