import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  NoSchemaIntrospectionCustomRule,
  type OperationDefinitionNode,
  parse,
  specifiedRules,
  validate,
  ValuesOfCorrectTypeRule,
} from 'graphql'
import { LRUCache } from 'lru-cache'
import type { Prepared } from './prepared.ts'
import { withoutQuotes, withoutValues } from './values.ts'

/** A document that was read once, for every request that sends it. */
export interface KnownDocument {
  /** Null where it cannot be read. */
  readonly document: DocumentNode | null
  /** Why it does not run; none where it does. */
  readonly errors: readonly GraphQLError[]
  /** What is known of its operations without variables, which ask the same each time. */
  readonly prepared: Map<OperationDefinitionNode, Prepared>
}

export interface DocumentOptions {
  readonly schema: GraphQLSchema
  /** Words and signs that it may have. */
  readonly tokens: number
  /** Whether it may ask for the schema; where not, errors do not name what comes close either. */
  readonly introspection: boolean
}

/** How many characters of documents are kept: more than clients have, and, as each takes some 40 bytes when read, 40 MB at most. */
const keptCharacters = 1_000_000

/** Parses and validates documents, each once while it is kept. */
export function createDocuments({ schema, tokens, introspection }: DocumentOptions): (query: string) => KnownDocument {
  const standard = specifiedRules.map((rule) => (rule === ValuesOfCorrectTypeRule ? withoutValues(rule) : rule))
  const rules = introspection ? standard : [...standard, NoSchemaIntrospectionCustomRule]
  const documents = new LRUCache<string, KnownDocument>({
    maxSize: keptCharacters,
    sizeCalculation: (_, query) => query.length,
  })

  function read(query: string): KnownDocument {
    let document: DocumentNode
    try {
      document = parse(query, { maxLexicalTokens: tokens })
    } catch (error) {
      if (!(error instanceof GraphQLError)) throw error
      return { document: null, errors: [toRefused(error, 'GRAPHQL_PARSE_FAILED')], prepared: new Map() }
    }
    const errors = validate(schema, document, rules, { hideSuggestions: !introspection })
    return { document, errors: errors.map((error) => toRefused(error, 'GRAPHQL_VALIDATION_FAILED')), prepared: new Map() }
  }

  return (query) => {
    const known = documents.get(query)
    if (known !== undefined) return known
    const found = read(query)
    // What does not run may be anything, and its errors hold all of it: no client needs it again.
    if (found.errors.length === 0) documents.set(query, found)
    return found
  }
}

/** Whether the answer has HTTP status 400 depends on the media type that the client accepts: such is the specification. */
function toRefused({ message, nodes, source, positions }: GraphQLError, code: string): GraphQLError {
  const extensions = { code, http: { spec: true, status: 400 } }
  return new GraphQLError(withoutQuotes(message), {
    nodes: nodes ?? null,
    source: source ?? null,
    positions: positions ?? null,
    extensions,
  })
}
