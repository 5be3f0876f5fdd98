import { GraphQLError } from 'graphql'
import { isRecord } from '../gateway/unchecked.ts'

// Clients that send the hash of a document first. Apollo Client and urql look for this answer, as Apollo Server words it, and then
// send the whole document, for good.

/** Whether these extensions of a request name a document by its hash. */
export function hasHash(extensions: unknown): boolean {
  return isRecord(extensions) && isRecord(extensions['persistedQuery'])
}

/** The same for a request by GET, which has them as JSON behind its path. */
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

/** The answer's error; HTTP 200, as Apollo Server has it, because older clients look for it in no other answer. */
export const notSupported = { status: 200, code: 'PERSISTED_QUERY_NOT_SUPPORTED', message: 'PersistedQueryNotSupported' } as const

export function toNotSupported(): GraphQLError {
  const { status, code, message } = notSupported
  return new GraphQLError(message, { extensions: { code, http: { status } } })
}
