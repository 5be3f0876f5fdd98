import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { generate } from '@graphql-codegen/cli'
import { describe, expect, it } from 'vitest'
import config from '../../../scripts/codegen.ts'
import { formatDetailFragment } from '../../../scripts/detail-fragment.ts'
import { providers } from '../../../src/providers/index.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const read = (path: string) => readFileSync(`${root}${path}`, 'utf8')

describe('the client of the command line', () => {
  it('has the documents and types of the published schema', async () => {
    expect(read('scripts/client/details.graphql'), 'stale: run npm run schema').toBe(formatDetailFragment(providers))
    const files: readonly { readonly filename: string; readonly content: string }[] = await generate(
      { ...config, cwd: root, silent: true },
      false,
    )
    expect(files.map(({ filename }) => filename)).toEqual(['src/cli/client/documents.ts'])
    for (const { filename, content } of files) expect(content, 'stale: run npm run schema').toBe(read(filename))
  })

  it('asks for everything that an option can be compared with', () => {
    const fragment = formatDetailFragment(providers)
    for (const { name, options, details } of providers) {
      for (const option of Object.keys(options).filter((each) => each in details)) {
        expect(fragment).toContain(` ${name}_${option}: ${option}\n`)
      }
    }
  })
})
