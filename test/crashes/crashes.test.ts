import { readdir, readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { baanx } from '../../src/providers/baanx/index.ts'
import { providers } from '../../src/providers/index.ts'
import { runCuts } from './cut.ts'
import { coverEach, coverPairs } from '../helpers/pairs.ts'
import type { Case } from './case.ts'
import { describeCase, listAtOnce, listCases, type Part, parts, runAll } from './matrix.ts'
import { folder, formatIndex, formatPage, formatRow } from './table.ts'

const readPage = (name: string) => readFile(new URL(`${name}.md`, folder), 'utf8')

/** npm run crashes runs every case. Here each provider and each write is killed in each way, and comes once in the rest. */
function choose(part: Part, cases: readonly Case[]): readonly Case[] {
  const cover = part === 'killed' ? coverPairs : coverEach
  return cover(cases, ({ act, moments, title = '', resumes = '' }) => {
    const how = moments.map(({ place, when }) => `${when} ${place.kind === 'COMMIT' ? place.commit : 'a request'}`)
    return [act.provider.name, act.operation, act.trouble ?? '', how.join(), title, resumes]
  })
}

describe('a write that is stopped', { timeout: 1_200_000 }, () => {
  const listing = listCases(providers)

  it.each(parts)('leaves what docs/crashes shows, and nothing but what is true: %s', async (part) => {
    const cases = (await listing)[part]
    const results = await runAll(choose(part, cases))
    const broken = results.filter(({ violations }) => violations.length > 0)
    expect(broken.map(({ tried, violations }) => [describeCase(tried), violations])).toEqual([])
    // When they are meant to differ, run npm run crashes.
    const pages = new Map(await Promise.all(providers.map(async ({ name }) => [name, await readPage(name)] as const)))
    const rows = results.map((result) => [result.tried.act.provider.name, formatRow(part, result)] as const)
    expect(rows.filter(([name, row]) => pages.get(name)?.includes(`\n${row}\n`) !== true)).toEqual([])
  })

  it.each(providers)('has a row in docs/crashes for each case of $displayName, and no other one', async (provider) => {
    const cases = await listing
    const toEmpty = (tried: (typeof cases.killed)[number]) =>
      ({ tried, told: null, effect: 'unchanged', entry: '', repeated: '', violations: [] }) as const
    const { killed, again, paused, full, lost, changed } = cases
    const expected = formatPage(provider, {
      killed: killed.map(toEmpty),
      again: again.map(toEmpty),
      paused: paused.map(toEmpty),
      full: full.map(toEmpty),
      lost: lost.map(toEmpty),
      changed: changed.map(toEmpty),
    })
    const toFirst = (text: string) => text.split('\n').map((line) => line.replace(/^(\| [^|]* \| [^|]* \|).*/, '$1'))
    expect(toFirst(await readPage(provider.name))).toEqual(toFirst(expected))
  })

  it('answers its key the same if it is repeated before a new process has settled it', async () => {
    const broken = (await runAll(listAtOnce(providers))).filter(({ violations }) => violations.length > 0)
    expect(broken.map(({ tried, violations }) => [describeCase(tried), violations])).toEqual([])
  })
})

it('a client whose connection is cut anywhere in the response, and which repeats with its key, gets the same webhook and secret', async () => {
  const { cuts, violations } = await runCuts(baanx, 7)
  expect(cuts).toBeGreaterThan(50)
  expect(violations).toEqual([])
})

it('has a page in docs/crashes for each provider, and one that leads to them', async () => {
  const pages = ['README.md', ...providers.map(({ name }) => `${name}.md`)]
  expect((await readdir(folder)).toSorted()).toEqual(pages.toSorted())
  expect(await readPage('README')).toBe(formatIndex())
})
