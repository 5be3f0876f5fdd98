import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

/** The rows of the table of what is protected: the tests that each names. */
const rows = read('docs/security.md')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| --- ') && !line.startsWith('| Threat '))
  .map((line) => {
    const cells = line.split(' | ')
    return {
      against: cells[0]?.slice(2) ?? '',
      tests: [...(cells.at(-1) ?? '').matchAll(/`(test\/[^`]+)`/g)].map(([, path = '']) => path),
    }
  })

// Every one of them runs: Vitest takes a file without tests for a failure.
const tests = globSync('test/**/*.test.ts', { cwd: fileURLToPath(new URL('../../', import.meta.url)) })

describe('docs/security.md', () => {
  it.each(rows)('names tests that there are for: $against', (row) => {
    expect(row.tests).not.toEqual([])
    expect(row.tests.filter((path) => !tests.includes(path))).toEqual([])
  })

  it('names every test of security', () => {
    const ofSecurity = tests.filter((path) => path.startsWith('test/security/'))
    expect(ofSecurity).toContain('test/security/attacks.test.ts')
    expect(rows.flatMap((row) => row.tests)).toEqual(expect.arrayContaining(ofSecurity))
  })
})
