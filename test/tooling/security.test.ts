import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

/** The rows of the table of what is protected: the tests that each names. */
const rows = read('SECURITY.md')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| --- ') && !line.startsWith('| Threat '))
  .map((line) => {
    const cells = line.split(' | ')
    return {
      against: cells[0]?.slice(2) ?? '',
      tests: [...(cells.at(-1) ?? '').matchAll(/`(test\/[^`]+)`/g)].map(([, path = '']) => path),
    }
  })

describe('SECURITY.md', () => {
  it.each(rows)('names a test that runs for: $against', ({ tests }) => {
    expect(tests.length).toBeGreaterThan(0)
    for (const path of tests) expect(read(path)).toMatch(/\bexpect\(/)
  })

  it('has every test of attacks', () => {
    const named = new Set(rows.flatMap(({ tests }) => tests))
    for (const path of ['attacks', 'canary'].map((name) => `test/security/${name}.test.ts`)) expect(named).toContain(path)
  })
})
