import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
const guide = read('docs/clients.md')

/** Every block of code: what the fence says behind its language, and the code. */
const blocks = [...guide.matchAll(/^```(\S+) ?(\S*)\n(.*?)^```$/gms)].map(([, , path = '', code = '']) => ({ path, code }))

/** A cut of a file may begin anywhere in its indentation. */
const unindent = (code: string) => code.replaceAll(/^ +/gm, '')

describe('docs/clients.md', () => {
  it.each(blocks)('has a cut of $path, which the tests run', ({ path, code }) => {
    expect(path).toMatch(/^test\/consumer\//)
    expect(unindent(read(path))).toContain(unindent(code))
  })

  it('has something of every client', () => {
    const files = ['codegen.ts', 'relay/relay.ts', 'apollo.ts', 'urql.ts', 'tada.ts'].map((file) => `test/consumer/${file}`)
    expect(blocks.map(({ path }) => path)).toEqual(expect.arrayContaining(files))
  })
})
