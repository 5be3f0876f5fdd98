import { usePersistedOperations } from '@graphql-yoga/plugin-persisted-operations'
import { GraphQLError } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { isRecord } from '../gateway/unchecked.ts'

/** Documents that a client's build has written down, by their hash, as GraphQL Code Generator does. */
export interface TrustedDocuments {
  readonly documents: ReadonlyMap<string, string>
  /** Whether nothing else may be asked. */
  readonly only: boolean
}

/** Lets clients name a document by `documentId`, or as Apollo's clients do, instead of sending it. */
export function useTrustedDocuments({ documents, only }: TrustedDocuments): Plugin {
  return usePersistedOperations({
    allowArbitraryOperations: !only,
    getPersistedOperation: (id) => documents.get(id) ?? null,
    extractPersistedOperationId: ({ extensions, ...params }) => {
      const id = 'documentId' in params ? params.documentId : readHash(extensions)
      return typeof id === 'string' ? id : null
    },
    customErrors: {
      notFound: () => refuse('PERSISTED_QUERY_NOT_IN_LIST', 'There is no trusted document with this id.'),
      keyNotFound: () =>
        refuse('PERSISTED_QUERY_ID_REQUIRED', 'Send a document as "query", or the id of a trusted one as "documentId".'),
      persistedQueryOnly: () =>
        refuse('PERSISTED_QUERY_ONLY', 'Only trusted documents are served here: send the id of one as "documentId".'),
    },
  })
}

function readHash(extensions: unknown): unknown {
  const persisted = isRecord(extensions) ? extensions['persistedQuery'] : undefined
  return isRecord(persisted) ? persisted['sha256Hash'] : undefined
}

function refuse(code: string, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code, http: { status: 400 } } })
}
