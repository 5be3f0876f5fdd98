import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { providers } from '../../src/providers/index.ts'
import { runMatrix } from './matrix.ts'
import { formatTable, tableFile } from './table.ts'

describe('every operation with every fault', { timeout: 60_000 }, () => {
  const running = runMatrix()

  it.each(providers)('tells at $displayName nothing but what is true upstream', async ({ name }) => {
    const cells = (await running).filter(({ provider }) => provider.name === name)
    expect(cells.length).toBeGreaterThan(0)
    const lies = cells.filter(({ violations }) => violations.length > 0)
    expect(lies.map(({ fault, operation, outcome, violations }) => [fault.title, operation, outcome, violations])).toEqual([])
  })

  it('has the outcomes that docs/faults.md shows; when they are meant to differ, run npm run faults', async () => {
    expect(formatTable(await running)).toBe(await readFile(tableFile, 'utf8'))
  })
})
