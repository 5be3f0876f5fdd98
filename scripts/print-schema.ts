import { readFileSync, writeFileSync } from 'node:fs'
import * as z from 'zod'
import { formatCapabilities } from './capability-table.ts'
import { createFileShape } from '../src/config/shape.ts'
import { providers } from '../src/providers/index.ts'
import { createSchema, formatSchema } from '../src/schema/index.ts'

// npm run schema: writes what is derived from the sources and kept beside them.

writeFileSync('schema.graphql', formatSchema(createSchema(providers)))
writeFileSync('hookql.schema.json', `${JSON.stringify(z.toJSONSchema(createFileShape(providers)), null, 2)}\n`)
const readme = readFileSync('README.md', 'utf8')
const table = `<!-- capabilities: npm run schema -->\n\n${formatCapabilities(providers)}\n\n<!-- /capabilities -->`
writeFileSync(
  'README.md',
  readme.replace(/<!-- capabilities: .*<!-- \/capabilities -->/s, () => table),
)
