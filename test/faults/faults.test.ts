import { readdir, readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { isUnsupported } from '../../src/provider/unsupported.ts'
import { providers } from '../../src/providers/index.ts'
import { runMatrix } from './matrix.ts'
import { runOthers } from './others.ts'
import { runPages } from './pages.ts'
import { runSteps } from './steps.ts'
import { folder, formatIndex, formatPage } from './table.ts'

describe('every operation with every fault', { timeout: 1_200_000 }, () => {
  const running = runMatrix(providers)
  const stepping = running.then(() => runSteps(providers))
  const meeting = stepping.then(() => runOthers(providers))
  const shifting = meeting.then(() => runPages(providers))

  it.each(providers)('tells at $displayName nothing but what is true upstream', async ({ name }) => {
    const cells = (await running).filter(({ provider }) => provider.name === name)
    expect(cells.length).toBeGreaterThan(0)
    const lies = cells.filter(({ violations }) => violations.length > 0)
    expect(lies.map(({ fault, operation, outcome, violations }) => [fault.title, operation, outcome, violations])).toEqual([])
  })

  const rotating = providers.filter(({ operations }) => !isUnsupported(operations.ROTATE_SECRET))

  it.each(rotating)('leaves a rotation of $displayName that is stopped at any write as it is told', async ({ name }) => {
    const steps = (await stepping).filter(({ provider }) => provider.name === name)
    expect(steps.length).toBeGreaterThan(0)
    const lies = steps.filter(({ violations }) => violations.length > 0)
    expect(lies.map(({ write, fault, outcome, violations }) => [write, fault, outcome, violations])).toEqual([])
  })

  it.each(providers)('tells at $displayName two at the same time nothing but what is true upstream', async ({ name }) => {
    const meetings = (await meeting).filter(({ provider }) => provider.name === name)
    expect(meetings.length).toBeGreaterThan(0)
    const lies = meetings.filter(({ violations }) => violations.length > 0)
    expect(lies.map(({ pair, second, fate, outcome, violations }) => [pair, second, fate, outcome, violations])).toEqual([])
  })

  it('tells of a list that shifts between its pages nothing but what is true upstream', async () => {
    const lies = (await shifting).filter(({ violations }) => violations.length > 0)
    expect(
      lies.map(({ variant, change, reader, outcome, violations }) => [variant, change, reader, outcome, violations]),
    ).toEqual([])
  })

  // When they are meant to differ, run npm run faults.
  it.each(providers)('has the outcomes that docs/faults shows of $displayName', async (provider) => {
    const results = { cells: await running, steps: await stepping, others: await meeting, pages: await shifting }
    expect(await readFile(new URL(`${provider.name}.md`, folder), 'utf8')).toBe(formatPage(provider, results))
  })
})

it('has a page in docs/faults for each provider, and one that leads to them', async () => {
  const pages = ['README.md', ...providers.map(({ name }) => `${name}.md`)]
  expect((await readdir(folder)).toSorted()).toEqual(pages.toSorted())
  expect(await readFile(new URL('README.md', folder), 'utf8')).toBe(formatIndex())
})
