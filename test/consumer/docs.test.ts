import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
const guide = read('docs/clients.md')

/** Every block of code: what the fence says behind its language, and the code. */
const blocks = [...guide.matchAll(/^```(\S+) ?(\S*)\n(.*?)^```$/gms)].map(([, , path = '', code = '']) => ({ path, code }))

/** What the blocks of each file come to, in their order. */
const files = Map.groupBy(blocks, ({ path }) => path)

describe('docs/clients.md', () => {
  it.each([...files])('has the whole of %s, which the tests run', (path, parts) => {
    expect(path).toMatch(/^test\/consumer\//)
    expect(parts.map(({ code }) => code).join('\n')).toBe(read(path))
  })

  it('has something of every client', () => {
    const named = ['codegen.ts', 'relay/relay.ts', 'apollo.ts', 'urql.ts', 'tada.ts'].map((file) => `test/consumer/${file}`)
    expect([...files.keys()]).toEqual(expect.arrayContaining(named))
  })
})
