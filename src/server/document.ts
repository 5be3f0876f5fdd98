import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  NoSchemaIntrospectionCustomRule,
  parse,
  specifiedRules,
  validate,
  ValuesOfCorrectTypeRule,
} from 'graphql'
import { LRUCache } from 'lru-cache'
import { withoutQuotes, withoutValues } from './values.ts'

/** A document parsed once for all requests that send it. */
export interface KnownDocument {
  /** Null if it cannot be parsed. */
  readonly document: DocumentNode | null
  /** Why it is invalid; empty if valid. */
  readonly errors: readonly GraphQLError[]
}

export interface DocumentOptions {
  readonly schema: GraphQLSchema
  /** Maximum number of lexical tokens. */
  readonly tokens: number
  /** Whether introspection is allowed; if not, errors contain no suggestions either. */
  readonly introspection: boolean
}

/** Maximum characters of cached documents. At about 40 bytes each when parsed, that is at most 40 MB. */
const keptCharacters = 1_000_000

interface Cache extends Pick<DocumentOptions, 'tokens' | 'introspection'> {
  readonly documents: LRUCache<string, KnownDocument>
}

/** The latest of each schema: a server that replaces another one knows its documents. */
const caches = new WeakMap<GraphQLSchema, Cache>()

function openCache({ schema, tokens, introspection }: DocumentOptions): Cache['documents'] {
  const latest = caches.get(schema)
  if (latest?.tokens === tokens && latest.introspection === introspection) return latest.documents
  const documents = new LRUCache<string, KnownDocument>({
    maxSize: keptCharacters,
    sizeCalculation: (_, query) => query.length,
  })
  caches.set(schema, { tokens, introspection, documents })
  return documents
}

/** Parses and validates documents, once per cached document. */
export function createDocuments(options: DocumentOptions): (query: string) => KnownDocument {
  const { schema, tokens, introspection } = options
  const standard = specifiedRules.map((rule) => (rule === ValuesOfCorrectTypeRule ? withoutValues(rule) : rule))
  const rules = introspection ? standard : [...standard, NoSchemaIntrospectionCustomRule]
  const documents = openCache(options)

  function read(query: string): KnownDocument {
    let document: DocumentNode
    try {
      document = parse(query, { maxLexicalTokens: tokens })
    } catch (error) {
      if (!(error instanceof GraphQLError)) throw error
      return { document: null, errors: [toRefused(error, 'GRAPHQL_PARSE_FAILED')] }
    }
    const errors = validate(schema, document, rules, { hideSuggestions: !introspection })
    return { document, errors: errors.map((error) => toRefused(error, 'GRAPHQL_VALIDATION_FAILED')) }
  }

  return (query) => {
    const known = documents.get(query)
    if (known !== undefined) return known
    const found = read(query)
    // Invalid documents are not cached: their errors retain them in full, and no client needs them again.
    if (found.errors.length === 0) documents.set(query, found)
    return found
  }
}

/** By specification, whether the HTTP status is 400 depends on the media type that the client accepts. */
function toRefused({ message, nodes, source, positions }: GraphQLError, code: string): GraphQLError {
  const extensions = { code, http: { spec: true, status: 400 } }
  return new GraphQLError(withoutQuotes(message), {
    nodes: nodes ?? null,
    source: source ?? null,
    positions: positions ?? null,
    extensions,
  })
}
