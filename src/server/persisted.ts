import { GraphQLError } from 'graphql'
import { isRecord } from '../gateway/unchecked.ts'

// Clients that send the hash of a document first. Apollo Client and urql expect this error, in Apollo Server's wording, and then
// always send the full document.

/** Whether these request extensions contain a document hash. */
export function hasHash(extensions: unknown): boolean {
  return isRecord(extensions) && isRecord(extensions['persistedQuery'])
}

/** Same for a GET request, which has them as JSON in its query. */
export function hasHashInTarget(target: string): boolean {
  const parameters = new URLSearchParams(target.slice(target.indexOf('?') + 1))
  const extensions = parameters.get('extensions')
  if (extensions === null || parameters.has('query')) return false
  try {
    return hasHash(JSON.parse(extensions))
  } catch {
    return false
  }
}

/** The error, with HTTP 200 like Apollo Server, because older clients expect it only there. */
export const notSupported = { status: 200, code: 'PERSISTED_QUERY_NOT_SUPPORTED', message: 'PersistedQueryNotSupported' } as const

export function toNotSupported(): GraphQLError {
  const { status, code, message } = notSupported
  return new GraphQLError(message, { extensions: { code, http: { status } } })
}
