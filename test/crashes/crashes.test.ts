import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { baanx } from '../../src/providers/baanx/index.ts'
import { runCuts } from './cut.ts'
import { describeCase, listAtOnce, listCases, parts, runAll } from './matrix.ts'
import { formatRow, formatTable, tableFile } from './table.ts'

/** Every one is run by npm run crashes: here a part. */
const every = { killed: 2, again: 5, full: 5, lost: 5, changed: 5 }

describe('a write that is stopped', { timeout: 1_200_000 }, () => {
  const listing = listCases()

  it.each(parts)('leaves what docs/crashes.md shows, and nothing but what is true: %s', async (part) => {
    const cases = (await listing)[part]
    const results = await runAll(cases.filter((_, index) => index % every[part] === 0))
    const broken = results.filter(({ violations }) => violations.length > 0)
    expect(broken.map(({ tried, violations }) => [describeCase(tried), violations])).toEqual([])
    // When they are meant to differ, run npm run crashes.
    const text = await readFile(tableFile, 'utf8')
    const rows = results.map((result) => formatRow(part, result))
    expect(rows.filter((row) => !text.includes(`\n${row}\n`))).toEqual([])
  })

  it('has a row in docs/crashes.md for each case, and no other one', async () => {
    const cases = await listing
    const toEmpty = (tried: (typeof cases.killed)[number]) =>
      ({ tried, told: null, effect: 'unchanged', entry: '', repeated: '', violations: [] }) as const
    const { killed, again, full, lost, changed } = cases
    const expected = formatTable({
      killed: killed.map(toEmpty),
      again: again.map(toEmpty),
      full: full.map(toEmpty),
      lost: lost.map(toEmpty),
      changed: changed.map(toEmpty),
    })
    const toFirst = (text: string) => text.split('\n').map((line) => line.replace(/^(\| [^|]* \| [^|]* \|).*/, '$1'))
    expect(toFirst(await readFile(tableFile, 'utf8'))).toEqual(toFirst(expected))
  })

  it('answers its key the same if it is repeated before a new process has settled it', async () => {
    const broken = (await runAll(listAtOnce())).filter(({ violations }) => violations.length > 0)
    expect(broken.map(({ tried, violations }) => [describeCase(tried), violations])).toEqual([])
  })
})

it('a client whose connection is cut anywhere in the response, and which repeats with its key, gets the same webhook and secret', async () => {
  const { cuts, violations } = await runCuts(baanx, 7)
  expect(cuts).toBeGreaterThan(50)
  expect(violations).toEqual([])
})
