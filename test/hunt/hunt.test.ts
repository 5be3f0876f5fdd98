import { describe, expect, it } from 'vitest'
import { families } from './families.ts'
import { applyEdit, readSource } from '../helpers/copy.ts'
import { fixes } from './fixes.ts'
import type { Family } from './history.ts'
import { findFamily, hunt } from './hunt.ts'

/** Those whose waits are judged: a neighbour in the same process would make them longer. */
const isTimed = ({ timeoutMs, pace }: Family) => timeoutMs !== undefined || pace !== undefined

describe('random histories', () => {
  it.each(families.filter((family) => isTimed(family)))('hold what callers were told: $name', live)
  it.concurrent.each(families.filter((family) => !isTimed(family)))('hold what callers were told: $name', live)

  async function live(family: Family): Promise<void> {
    const seed = Math.floor(Math.random() * 2 ** 31)
    const { found } = await hunt(family, { seed, runs: 8, untilMs: performance.now() + 1_200 })
    expect(found).toBeNull()
  }
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
