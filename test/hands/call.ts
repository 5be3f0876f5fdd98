import { readOperation } from '../../src/sandbox/graphql.ts'
import type { Target } from './hands.ts'

/** A call, as far as faults choose by it. */
export interface Call {
  readonly method: string
  readonly path: string
  readonly effect: 'READ' | 'WRITE'
  /** Root field of a GraphQL request. */
  readonly field: string | null
}

/** Of a request with a body that is text. */
export function readCall({
  method,
  path,
  body,
}: {
  readonly method: string
  readonly path: string
  readonly body?: unknown
}): Call {
  const operation = typeof body === 'string' && body.includes('"query"') ? readOperation(JSON.parse(body)) : null
  return { method, path, ...(operation ?? { effect: method === 'GET' ? 'READ' : 'WRITE', field: null }) }
}

export function fits(call: Omit<Call, 'effect'>, targets: readonly Target[]): boolean {
  return targets.some(
    ({ method = call.method, path = '', field = call.field }) =>
      method === call.method && call.path.includes(path) && field === call.field,
  )
}
