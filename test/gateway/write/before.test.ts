import { describe, expect, it } from 'vitest'
import { packIds, unpackIds } from '../../../src/gateway/write/before.ts'

describe('the webhooks before a create', () => {
  const ids = Array.from({ length: 10_000 }, (_, index) => `webhook-${index}`)

  it('are told from all others, in little space', () => {
    const packed = packIds(ids) ?? ''
    expect(packed.length).toBe(80_000)
    const before = unpackIds(packed)
    expect(ids.filter((id) => !before.has(id))).toEqual([])
    expect(ids.filter((id) => before.has(`${id}-new`))).toEqual([])
    expect(unpackIds(packIds([]) ?? 'none').has('')).toBe(false)
  })

  it('are not kept if there are too many', () => {
    expect(packIds([...ids, 'one more'])).toBeNull()
  })
})
