import { access } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { applyEdit, readSource } from '../helpers/copy.ts'
import { mutations } from './list.ts'

describe('the list of mutations', () => {
  it.each(mutations)('still fits the source and its test: $file, $name', async (mutation) => {
    const source = await readSource(mutation.file)
    expect(applyEdit(source, mutation)).not.toBe(source)
    await access(new URL(`../${mutation.test}.test.ts`, import.meta.url))
  })

  it('has a name for each', () => {
    const names = mutations.map(({ file, name }) => `${file} ${name}`)
    expect(new Set(names).size).toBe(names.length)
  })
})
