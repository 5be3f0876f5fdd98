import { writeFileSync } from 'node:fs'
import * as z from 'zod'
import { createFileShape } from './config.ts'
import { providers } from './providers/index.ts'
import { createSchema, formatSchema } from './schema/index.ts'

// npm run schema: writes what is derived from the sources and kept beside them.

writeFileSync('schema.graphql', formatSchema(createSchema(providers)))
writeFileSync('hookql.schema.json', `${JSON.stringify(z.toJSONSchema(createFileShape(providers)), null, 2)}\n`)
