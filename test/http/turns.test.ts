import { expect, it } from 'vitest'
import { createTurns } from '../../src/http/turns.ts'
import { listLargeNames, measureKept } from '../helpers/memory.ts'

it('keeps nothing of a key when everybody has left', async () => {
  const turns = createTurns()
  const { signal } = new AbortController()
  const kept = await measureKept(async () => {
    for (const key of listLargeNames(50)) {
      expect(await turns.enter(key, signal)).toBe(true)
      turns.leave(key)
    }
  })
  expect(kept).toBeLessThan(10_000_000)
  expect(turns.take('')).toBe(true)
})
