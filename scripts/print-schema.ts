import { readFileSync, writeFileSync } from 'node:fs'
import * as z from 'zod'
import { formatDetailFragment } from './detail-fragment.ts'
import { formatProvidersPage } from './provider-page.ts'
import { formatOperationTable } from './provider-tables.ts'
import { toWebhooksFileSchema } from '../src/cli/file/schema.ts'
import { createFileShape } from '../src/config/shape.ts'
import { providers } from '../src/providers/index.ts'
import { createSchema, formatSchema } from '../src/schema/index.ts'

// npm run schema: writes what is derived from the sources and kept beside them.

writeFileSync('schema.graphql', formatSchema(createSchema(providers)))
writeFileSync('hookql.schema.json', `${JSON.stringify(z.toJSONSchema(createFileShape(providers)), null, 2)}\n`)
writeFileSync('webhooks.schema.json', `${JSON.stringify(toWebhooksFileSchema(providers), null, 2)}\n`)
writeFileSync('scripts/client/details.graphql', formatDetailFragment(providers))
writeFileSync('docs/providers.md', formatProvidersPage(providers))
const readme = readFileSync('README.md', 'utf8')
const table = `<!-- overview: npm run schema -->\n\n${formatOperationTable(providers, 'docs/providers.md')}\n\n<!-- /overview -->`
writeFileSync(
  'README.md',
  readme.replace(/<!-- overview: .*<!-- \/overview -->/s, () => table),
)
