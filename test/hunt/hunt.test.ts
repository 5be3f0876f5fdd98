import { describe, expect, it } from 'vitest'
import { families } from './families.ts'
import { applyEdit, readSource } from '../helpers/copy.ts'
import { fixes } from './fixes.ts'
import { findFamily, hunt } from './hunt.ts'

describe('random histories', () => {
  it.concurrent.each(families)('hold what callers were told: $name', { timeout: 60_000 }, async (family) => {
    const seed = Math.floor(Math.random() * 2 ** 31)
    const { found } = await hunt(family, { seed, runs: 8, untilMs: performance.now() + 1_200 })
    expect(found).toBeNull()
  })
})

describe('what takes a protection away, so that the hunt has to miss it', () => {
  it.each(fixes)(
    'still fits the source, and has histories that lean to it: $number $name',
    async ({ edits, families: leaning }) => {
      expect(leaning.map((name) => findFamily(name).name)).toEqual(leaning)
      for (const edit of edits) {
        const text = await readSource(edit.file)
        expect(applyEdit(text, edit)).not.toBe(text)
      }
    },
  )
})
