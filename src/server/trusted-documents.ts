import { GraphQLError } from 'graphql'
import { isRecord } from '../gateway/unchecked.ts'

/** Documents from a client's build by hash, as written by GraphQL Code Generator. */
export interface TrustedDocuments {
  readonly documents: ReadonlyMap<string, string>
  /** Whether to reject all other documents. */
  readonly only: boolean
}

/** The document of a body, which may contain its `documentId`, or a hash as sent by Apollo clients, instead. */
export function findTrusted(body: Readonly<Record<string, unknown>>, { documents, only }: TrustedDocuments): string {
  const { query } = body
  if (typeof query === 'string' && query !== '') {
    if (!only) return query
    throw refuse('PERSISTED_QUERY_ONLY', 'Only trusted documents are accepted. Send the ID of one as "documentId".')
  }
  const id = 'documentId' in body ? body['documentId'] : readHash(body['extensions'])
  if (typeof id !== 'string') {
    const message = 'Send a document as "query", or the ID of a trusted document as "documentId".'
    throw refuse('PERSISTED_QUERY_ID_REQUIRED', message)
  }
  const document = documents.get(id)
  if (document === undefined) {
    const message = 'No trusted document has this ID. Check the ID, or ask the operator to add the document.'
    throw refuse('PERSISTED_QUERY_NOT_IN_LIST', message)
  }
  return document
}

function readHash(extensions: unknown): unknown {
  const persisted = isRecord(extensions) ? extensions['persistedQuery'] : undefined
  return isRecord(persisted) ? persisted['sha256Hash'] : undefined
}

function refuse(code: string, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code, http: { status: 400 } } })
}
