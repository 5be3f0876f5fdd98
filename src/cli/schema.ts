import { providers } from '../providers/index.ts'
import { createSchema, formatSchema } from '../schema/index.ts'

/** The GraphQL schema as a document. */
export function describeSchema(): string {
  return formatSchema(createSchema(providers))
}
