import { expect, it } from 'vitest'
import { isSameSet, isSameUrl } from '../../../src/gateway/write/compare.ts'

it('takes a URL for the same however it is written', () => {
  expect(isSameUrl('HTTPS://HOOKS.acme.test:443/a/../b', 'https://hooks.acme.test/b')).toBe(true)
  expect(isSameUrl('https://hooks.acme.test', 'https://hooks.acme.test/')).toBe(true)
  expect(isSameUrl('https://hooks.acme.test/b', 'https://hooks.acme.test/B')).toBe(false)
  expect([isSameUrl('none', 'none'), isSameUrl('none', 'https://hooks.acme.test/')]).toEqual([true, false])
})

it('takes event types for the same in any order, and what is not known for all', () => {
  expect(isSameSet(['a', 'b'], ['b', 'a'])).toBe(true)
  expect([isSameSet(['a', 'b'], ['a']), isSameSet(['a'], ['a', 'b']), isSameSet([], ['a'])]).toEqual([false, false, false])
  expect([isSameSet(null, ['a']), isSameSet(['a'], undefined)]).toEqual([true, true])
})
