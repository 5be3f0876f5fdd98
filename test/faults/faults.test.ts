import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { providers } from '../../src/providers/index.ts'
import { runMatrix } from './matrix.ts'
import { runOthers } from './others.ts'
import { runPages } from './pages.ts'
import { runSteps } from './steps.ts'
import { formatTable, tableFile } from './table.ts'

describe('every operation with every fault', { timeout: 1_200_000 }, () => {
  const running = runMatrix()
  const stepping = running.then(runSteps)
  const meeting = stepping.then(runOthers)
  const shifting = meeting.then(runPages)

  it.each(providers)('tells at $displayName nothing but what is true upstream', async ({ name }) => {
    const cells = (await running).filter(({ provider }) => provider.name === name)
    expect(cells.length).toBeGreaterThan(0)
    const lies = cells.filter(({ violations }) => violations.length > 0)
    expect(lies.map(({ fault, operation, outcome, violations }) => [fault.title, operation, outcome, violations])).toEqual([])
  })

  it.each(providers)('leaves a rotation of $displayName that is stopped at any write as it is told', async ({ name }) => {
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

  it('has the outcomes that docs/faults.md shows; when they are meant to differ, run npm run faults', async () => {
    expect(formatTable(await running, await stepping, await meeting, await shifting)).toBe(await readFile(tableFile, 'utf8'))
  })
})
