import { expect, it, onTestFinished, vi } from 'vitest'
import { listCells } from '../faults/matrix.ts'
import { coverEach, coverPairs, listPairs } from '../helpers/pairs.ts'
import { providers } from '../../src/providers/index.ts'

it('a part of the cells has every pair of values that all of them have, each cell once', () => {
  vi.stubEnv('HOOKQL_TEST_ALL', undefined)
  onTestFinished(() => void vi.unstubAllEnvs())
  const all = listCells(providers)
  const toAspects = ({ provider, operation, fault }: (typeof all)[number]) => [provider.name, operation, fault.title]
  const part = coverPairs(all, toAspects)
  const toPairs = (cells: typeof all) => new Set(cells.flatMap((cell) => listPairs(toAspects(cell))))
  expect(toPairs(part)).toEqual(toPairs(all))
  expect(new Set(part).size).toBe(part.length)
  expect(part.length).toBeLessThan(all.length / 4)
  expect(listPairs(['a', 'b', 'c'])).toHaveLength(3)
  const counts = providers.map(({ name }) => part.filter(({ provider }) => provider.name === name).length)
  vi.stubEnv('HOOKQL_TEST_ALL', 'true')
  expect(coverPairs(all, toAspects)).toEqual(all)
  expect(Math.min(...counts)).toBeGreaterThan(Math.max(...counts) / 4)
})

it('a smaller part of the cells has every value that all of them have', () => {
  vi.stubEnv('HOOKQL_TEST_ALL', undefined)
  onTestFinished(() => void vi.unstubAllEnvs())
  const all = ['a', 'b', 'c'].flatMap((one) => ['x', 'y'].map((other) => [one, other]))
  const part = coverEach(all, (cell) => cell)
  expect(part).toHaveLength(3)
  expect(new Set(part.flat())).toEqual(new Set(all.flat()))
})
