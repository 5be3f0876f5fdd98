import type { AuthFailure } from '@pothos/plugin-scope-auth'
import { GraphQLError } from 'graphql'
import { type Caller, type Scope, scopes } from '../auth/caller.ts'

export function toAuthScopes({ scopes: granted }: Caller): Record<Scope, boolean> {
  return {
    'webhooks:read': granted.has('webhooks:read'),
    'webhooks:write': granted.has('webhooks:write'),
    'secrets:write': granted.has('secrets:write'),
    'deliveries:read': granted.has('deliveries:read'),
  }
}

/** Names every scope that is missing. */
export function toForbidden({ name, scopes: granted }: Caller, failure: AuthFailure): GraphQLError {
  const asked = listScopes(failure)
  const missing = scopes.filter((scope) => asked.includes(scope) && !granted.has(scope))
  const message = `This needs scope ${missing.join(' and ')}, which ${name} does not have. Nothing was done.`
  return new GraphQLError(message, { extensions: { code: 'FORBIDDEN', scopes: missing } })
}

function listScopes(failure: AuthFailure): readonly string[] {
  if ('scope' in failure) return [failure.scope]
  return 'failures' in failure ? failure.failures.flatMap(listScopes) : []
}
