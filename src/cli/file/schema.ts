import * as z from 'zod'
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
  return { ...schema, patternProperties: { '^x-': {} } }
}
