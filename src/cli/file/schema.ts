import * as z from 'zod'
import { isRecord } from '../../gateway/unchecked.ts'
import type { Provider } from '../../provider/provider.ts'
import { createWebhooksFileShape } from './shape.ts'

// The JSON Schema of a file of webhooks. It ships with the package, so that editors complete what a provider has.

const orVariable = '|\\$\\{WEBHOOKS_'

/** A variable can stand in any text, and keys that begin with x- can hold anchors. */
export function toWebhooksFileSchema(providers: readonly Provider[]): z.core.JSONSchema.JSONSchema {
  const schema = z.toJSONSchema(createWebhooksFileShape(providers), {
    reused: 'ref',
    override({ jsonSchema, path }) {
      const { pattern } = jsonSchema
      if (pattern === undefined || pattern.endsWith(orVariable) || path.at(-1) === 'propertyNames') return
      Object.assign(jsonSchema, { pattern: `(?:${pattern})${orVariable}` })
    },
  })
  partRefs(schema)
  return { ...schema, patternProperties: { '^x-': {} } }
}

/** Tools that know only older drafts ignore what stands beside a $ref. */
function partRefs(part: unknown): void {
  if (Array.isArray(part)) part.forEach(partRefs)
  if (!isRecord(part)) return
  Object.values(part).forEach(partRefs)
  if (!('pattern' in part) || !('$ref' in part)) return
  Object.assign(part, { allOf: [{ $ref: part['$ref'] }] })
  Reflect.deleteProperty(part, '$ref')
}
