import { describe, expect, it } from 'vitest'
import { ways } from '../../bench/ways.ts'
import { applyEdit, readSource } from '../helpers/copy.ts'

describe('what the bench takes out of the sources to see what it is worth', () => {
  it.each(ways)('still is in them: $name', async ({ edits }) => {
    expect(edits).not.toEqual([])
    for (const edit of edits) {
      const source = await readSource(edit.file)
      expect(applyEdit(source, edit)).not.toBe(source)
    }
  })

  it('has a name for each', () => {
    const names = ways.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
  })
})
