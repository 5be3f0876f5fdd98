import { describe, expect, it } from 'vitest'
import { providers } from '../../src/providers/index.ts'
import { createSchema } from '../../src/schema/index.ts'
import { createDocuments } from '../../src/server/document.ts'

const open = ({ tokens = 2_000, introspection = true } = {}) =>
  createDocuments({ schema: createSchema(providers), tokens, introspection })
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

  it('are known to the server that comes next, unless it reads them otherwise', () => {
    const query = '{ __schema { types { name } } }'
    expect(open()(query)).toBe(open()(query))
    expect(open({ introspection: false })(query).errors).toHaveLength(2)
    expect(open()(query).errors).toEqual([])
    expect(open({ tokens: 5 })(query)).toMatchObject({ document: null })
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
