import { GraphQLError, type GraphQLField, type GraphQLNamedType } from 'graphql'
import { type Caller, isScope, type Scope, scopes } from '../caller.ts'

type Arguments = Readonly<Record<string, unknown>>

/** The scopes that a type or field requires, either always or depending on its arguments. */
export function needs(scopes: readonly Scope[] | ((args: Arguments) => readonly Scope[])) {
  return { scopes }
}

interface Field {
  readonly parent: GraphQLNamedType
  readonly definition: GraphQLField<unknown, unknown>
  readonly args: Arguments
}

/** The scopes that these fields require, for any caller. */
export function listScopes(fields: readonly Field[]): readonly Scope[] {
  const needed = fields.flatMap(({ parent, definition, args }) => [...readScopes(parent, args), ...readScopes(definition, args)])
  return [...new Set(needed)]
}

/**
 * The error if the caller lacks any of these scopes, else null. Checked before the first field is resolved: after a write, an
 * error in a later field would discard its result, including a secret.
 */
export function findForbidden(needed: readonly Scope[], caller: Caller): GraphQLError | null {
  return needed.every((scope) => caller.scopes.has(scope)) ? null : forbid(caller, needed)
}

/** The scopes declared for a type or field. */
function readScopes({ extensions }: Field['parent'] | Field['definition'], args: Arguments): readonly Scope[] {
  const rule: unknown = extensions['scopes']
  const needed: unknown = typeof rule === 'function' ? Reflect.apply(rule, null, [args]) : rule
  return Array.isArray(needed) ? needed.filter(isScope) : []
}

/** Lists every missing scope. */
function forbid({ name, scopes: granted }: Caller, asked: readonly Scope[]): GraphQLError {
  const missing = scopes.filter((scope) => asked.includes(scope) && !granted.has(scope))
  const message = `This operation requires scope ${missing.join(' and ')}, which ${name} does not have. Nothing was changed.`
  return new GraphQLError(message, { extensions: { code: 'FORBIDDEN', scopes: missing } })
}
