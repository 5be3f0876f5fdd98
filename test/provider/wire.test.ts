import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import {
  wireArray,
  wireAside,
  wireHarmless,
  wireId,
  wireInstant,
  wireInt,
  wireJsonObject,
  wireName,
  wireSecret,
  wireShown,
  wireShownList,
  wireText,
  wireTextMembers,
  wireTexts,
  wireUnixSeconds,
} from '../../src/provider/wire.ts'
import type { Json } from '../../src/webhook.ts'

it('what a provider sent shows the same when it is sealed, and knows nothing of the rest any more', () => {
  const sent = { id: '1', secret: 'whsec_sent', at: { url: 'https://user:word@hooks.acme.test', key: 'whsec_sent' } }
  const { raw } = wireShown(z.object({ id: wireId, at: z.object({ url: wireText }) })).parse(sent)
  const shown = { id: '1', at: { url: 'https://***@hooks.acme.test' } }
  expect(raw?.read()).toEqual(shown)
  raw?.seal()
  // It no longer refers to the object that has the secrets.
  sent.id = '2'
  sent.at.url = 'https://changed.acme.test'
  expect(raw?.read()).toEqual(shown)
})

describe('what callers see of what a provider sent', () => {
  /** What is shown of a member that this schema reads. */
  function show(schema: z.ZodType, sent: Json) {
    const { raw } = wireShown(z.object({ member: schema })).parse({ member: sent })
    return raw?.read()
  }

  it.each([
    ['a text', z.string(), 'canary'],
    ['a text of some form', z.string().min(1), 'canary'],
    ['a text that is no secret, changed', wireText.min(1), 'canary'],
    ['a secret', wireSecret, 'canary'],
    ['a secret that may be missing', wireAside(wireSecret), 'canary'],
    ['anything', z.unknown(), { key: 'canary' }],
    ['any JSON', z.json(), ['canary']],
    ['an object of any members', wireJsonObject, { key: 'canary' }],
    ['a list of texts', wireArray(z.string()), ['canary']],
    ['a text or a number', z.union([z.string(), wireInt]), 'canary'],
    ['a text with a default', z.string().nullish(), 'canary'],
    ['a text that is converted', z.string().transform(Number), 'canary'],
    ['what is read later', z.lazy(() => wireText), 'canary'],
  ])('is not %s, unless somebody has said that it is no secret', (_, schema, sent) => {
    expect(show(schema, sent)).toEqual({})
  })

  it.each([
    ['an id', wireId, 'wh_1'],
    ['a name', wireName, 'Orders'],
    ['a text', wireText, 'https://hooks.acme.test'],
    ['a list of texts', wireTexts, ['a', 'b']],
    ['a number', wireInt, 3],
    ['a boolean', z.boolean(), true],
    ['a word of several', z.enum(['on', 'off']), 'on'],
    ['an instant', wireAside(wireInstant), '2026-01-01T00:00:00Z'],
    ['what may be missing', wireText.nullish(), null],
  ])('is %s', (_, schema, sent) => {
    expect(show(schema, sent)).toEqual({ member: sent })
  })

  it('is of an object, or of each of a list, what its members are', () => {
    const schema = z.object({ id: wireId, key: z.string() })
    const sent = { id: '1', key: 'canary', more: 'canary' }
    expect(show(schema, sent)).toEqual({ member: { id: '1' } })
    expect(show(wireArray(schema), [sent, sent])).toEqual({ member: [{ id: '1' }, { id: '1' }] })
    const [item] = wireShownList(schema).parse([sent]).items
    expect(item?.raw?.read()).toEqual({ id: '1' })
  })

  it('is what no way of reading it takes for a secret', () => {
    const variants = z.union([
      z.object({ id: wireId, key: wireText, owner: wireId }),
      z.object({ id: wireId, key: wireSecret, owner: z.object({ id: wireId, email: z.string() }) }),
    ])
    expect(show(variants, { id: '1', key: 'canary', owner: '2' })).toEqual({ member: { id: '1', owner: '2' } })
    const owner = { id: '2', email: 'canary' }
    expect(show(variants, { id: '1', key: 'canary', owner })).toEqual({ member: { id: '1', owner: { id: '2' } } })
  })

  it('is what is left of it, and says nothing of the piece that it was made of', () => {
    const metadata = wireHarmless(wireJsonObject, ({ team = null }) => ({ team }))
    expect(show(metadata, { own: 'canary', team: 'payments' })).toEqual({ member: { team: 'payments' } })
    expect(show(wireJsonObject, { team: 'payments' })).toEqual({})
  })
})

describe('an instant', () => {
  it.each([
    ['2026-01-05T09:00:00.000Z', '2026-01-05T09:00:00.000Z'],
    ['2026-01-05T09:00:00Z', '2026-01-05T09:00:00.000Z'],
    ['2026-01-05T09:00:00.123456Z', '2026-01-05T09:00:00.123Z'],
    ['2026-01-05T09:00:00.5+01:30', '2026-01-05T07:30:00.500Z'],
    ['2026-01-05T01:00:00.12+02:00', '2026-01-04T23:00:00.120Z'],
  ])('%s is %s', (sent, instant) => {
    expect(wireInstant.parse(sent)).toBe(instant)
  })

  it.each(['2026-02-30T09:00:00.000Z', '2026-01-05T24:00:00.000Z', '2026-01-05t09:00:00.000z', 'x'.repeat(23) + 'Z'])(
    '%j is none',
    (sent) => {
      expect(() => wireInstant.parse(sent)).toThrow(z.ZodError)
    },
  )
})

describe('a time in seconds', () => {
  it.each([
    [0, '1970-01-01T00:00:00.000Z'],
    [1_771_500_000, '2026-02-19T11:20:00.000Z'],
    [253_402_300_799, '9999-12-31T23:59:59.000Z'],
  ])('%i is %s', (seconds, time) => {
    expect(wireUnixSeconds.parse(seconds)).toBe(time)
  })

  it.each([-1, 0.5, 253_402_300_800, 1_771_500_000_000, '1771500000', null])('%j is none', (sent) => {
    expect(wireUnixSeconds.safeParse(sent).success).toBe(false)
  })
})

describe('an object of strings', () => {
  it('is read as it is, and shown', () => {
    const sent = { team: 'orders', empty: '' }
    const { of, raw } = wireShown(z.object({ of: wireTextMembers })).parse({ of: sent })
    expect([of, raw?.read()]).toEqual([sent, { of: sent }])
  })

  it.each([{ count: 1 }, { of: null }, { of: {} }, [], 'text', null])('%j is none', (sent) => {
    expect(wireTextMembers.safeParse(sent).success).toBe(false)
  })

  it('has no more than 10,000 members', () => {
    const of = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`key${index}`, '']))
    expect([10_000, 10_001].map((count) => wireTextMembers.safeParse(of(count)).success)).toEqual([true, false])
  })
})
