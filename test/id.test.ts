import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatId, parseId } from '../src/id.ts'
import { codePoint } from './helpers/code-point.ts'

const slug = fc.stringMatching(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/)
const upstreamId = fc.string({ unit: codePoint, minLength: 1, maxLength: 256 }).filter((id) => id.isWellFormed())

describe('a global id', () => {
  it('round-trips any account and upstream id', () => {
    fc.assert(
      fc.property(slug, upstreamId, (account, id) => {
        const parts = { kind: 'webhook', slug: account, upstreamId: id } as const
        expect(parseId(formatId(parts))).toEqual(parts)
      }),
    )
  })

  it('round-trips the id of any delivery', () => {
    fc.assert(
      fc.property(slug, upstreamId, upstreamId, (account, webhook, key) => {
        const parts = { kind: 'delivery', slug: account, upstreamId: webhook, key } as const
        expect(parseId(formatId(parts))).toEqual(parts)
      }),
    )
  })

  it.each(['/', ':', '%', '?', '#', '&', '=', ' ', '\n', 'é', '鍵', '🔑', 'a:b:c', 'x'.repeat(256)])(
    'keeps %j as it is',
    (id) => {
      expect(parseId(formatId({ kind: 'webhook', slug: 'baanx', upstreamId: id }))).toMatchObject({ upstreamId: id })
    },
  )

  it('never takes anything for an id that it did not make', () => {
    fc.assert(
      fc.property(fc.string({ unit: codePoint }), (text) => {
        const parsed = parseId(text)
        expect(parsed === null || formatId(parsed) === text).toBe(true)
      }),
    )
  })

  it.each([
    '',
    'w',
    'not an id',
    btoa('w:baanx'),
    btoa('w:baanx:'),
    btoa('p:baanx:x'),
    btoa('x:baanx:1'),
    btoa('BaanxWebhook:1'),
    btoa('d:baanx'),
    btoa('d:baanx:1'),
    btoa('d:baanx:1:a'),
    btoa('d:baanx:0:a'),
    btoa('d:baanx:3:ab'),
    btoa('d:baanx:01:ab'),
  ])('refuses %j', (text) => {
    expect(parseId(text)).toBeNull()
  })

  it('refuses another spelling of the same bytes', () => {
    const id = formatId({ kind: 'webhook', slug: 'baanx', upstreamId: '12' })
    expect(parseId(`${id}=`)).toBeNull()
    expect(parseId(`${id} `)).toBeNull()
  })

  it('holds no name of a GraphQL type', () => {
    const decoded = Buffer.from(formatId({ kind: 'webhook', slug: 'baanx', upstreamId: '12' }), 'base64url').toString()
    expect(decoded).toBe('w:baanx:12')
  })
})
