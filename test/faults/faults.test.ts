import { readdir, readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { isUnsupported } from '../../src/provider/unsupported.ts'
import { providers } from '../../src/providers/index.ts'
import { coverPairs } from '../helpers/pairs.ts'
import { toKind } from './faults.ts'
import { listCells, runMatrix } from './matrix.ts'
import { listMeetings, runOthers } from './others.ts'
import { runPages } from './pages.ts'
import type { Operation } from './rig.ts'
import { runSteps } from './steps.ts'
import { folder, formatIndex, formatPage } from './table.ts'

// npm run faults runs every cell. Here each kind of fault meets each operation at some provider, and each provider meets all of both;
// and each fault meets a read, a write that makes a secret, and another write.
const allCells = listCells(providers)
const cells = coverPairs(
  allCells,
  ({ provider, operation, fault }) => [provider.name, operation, toKind(fault)],
  ({ operation, fault }) => [toEffect(operation), fault.title],
)
const allMeetings = listMeetings(providers)
const meetings = coverPairs(allMeetings, ({ provider, pair, second, fate }) => [provider.name, pair, second, fate])

function toEffect(operation: Operation): string {
  if (operation === 'get' || operation === 'list' || operation === 'deliveries') return 'reads'
  return operation === 'create' || operation === 'rotate' ? 'makes a secret' : 'writes'
}

describe('operations with faults', { timeout: 1_200_000 }, () => {
  const running = runMatrix(cells)
  const stepping = running.then(() => runSteps(providers))
  const meeting = stepping.then(() => runOthers(meetings))
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
    const page = await readFile(new URL(`${provider.name}.md`, folder), 'utf8')
    const results = { cells: await running, steps: await stepping, others: await meeting, pages: await shifting }
    const ran = formatPage(provider, results).split('\n')
    expect(page.split('\n').map((line, index) => keepRan(line, ran[index] ?? ''))).toEqual(ran)
    expect(page).not.toContain(notRun)
  })
})

const notRun = '|  |'

/** A row of a table with those cells alone that were run. */
function keepRan(row: string, ran: string): string {
  const cells = ran.split('|')
  return row
    .split('|')
    .map((cell, index) => (cells[index]?.trim() === '' ? cells[index] : cell))
    .join('|')
}

it('has a page in docs/faults for each provider, and one that leads to them', async () => {
  const pages = ['README.md', ...providers.map(({ name }) => `${name}.md`)]
  expect((await readdir(folder)).toSorted()).toEqual(pages.toSorted())
  expect(await readFile(new URL('README.md', folder), 'utf8')).toBe(formatIndex())
})
