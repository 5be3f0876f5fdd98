import { describe, expect, it } from 'vitest'
import { providers } from '../../src/providers/index.ts'
import { createSchema } from '../../src/schema/index.ts'
import { createDocuments } from '../../src/server/document.ts'

const open = () => createDocuments({ schema: createSchema(providers), tokens: 2_000, introspection: true })
const write = (length: number, name: string) => `{ ${name}: __typename } #${'x'.repeat(length)}`

describe('documents that were read', () => {
  it('are kept while they are asked for, up to a million characters', () => {
    const prepare = open()
    const [often, once] = [write(100, 'often'), write(100, 'once')]
    const [kept, forgotten] = [prepare(often), prepare(once)]
    for (let index = 0; index < 20; index += 1) {
      prepare(write(90_000, `other${index}`))
      expect(prepare(often)).toBe(kept)
    }
    expect(prepare(once)).not.toBe(forgotten)
    expect(prepare(once).errors).toEqual([])
  })

  it.each(['{ nothing }', '{ webhooks', '{ webhook(id: 1.5) { __typename } }'])(
    'are not kept where they do not run: %s',
    (wrong) => {
      const prepare = open()
      const first = prepare(wrong)
      expect(first.errors).not.toEqual([])
      expect(prepare(wrong)).not.toBe(first)
    },
  )
})
