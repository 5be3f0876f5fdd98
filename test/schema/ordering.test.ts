import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Cut } from '../../src/schema/ordering.ts'
import type { AccountWebhook } from '../../src/webhook.ts'
import { createFilter, createWebhookOrdering, type WebhookOrder } from '../../src/schema/webhook-order.ts'

const name = fc.constantFrom(null, 'Alpha', 'alpha', 'beta', 'Ébène', 'gamma', 'gamma')
const createdAt = fc.constantFrom(null, ...['2026-01-01', '2026-01-02', '2026-02-01'].map((day) => `${day}T00:00:00.000Z`))

function toWebhook(id: number, given: Partial<AccountWebhook>): AccountWebhook {
  const fixed = {
    upstreamId: String(id),
    enabled: true,
    status: 'ACTIVE',
    eventTypes: null,
    updatedAt: null,
    secretHint: null,
    raw: null,
    details: {},
  } as const
  const account = { slug: 'baanx', provider: 'baanx', sandbox: true }
  return { id: `id-${id}`, account, url: 'https://hooks.acme.test', name: null, createdAt: null, ...fixed, ...given }
}

const webhooks = fc
  .array(fc.record({ name, createdAt, url: fc.constantFrom('https://a.test', 'https://b.test', 'https://c.test') }), {
    maxLength: 30,
  })
  .map((list) => list.map((given, index) => toWebhook(index, given)))
const order: fc.Arbitrary<WebhookOrder> = fc.record({
  field: fc.constantFrom('CREATED_AT', 'NAME', 'URL'),
  direction: fc.constantFrom('ASC', 'DESC'),
})
const whole: Cut = { after: null, before: null, size: 1_000, backwards: false }

describe('a page', () => {
  it('is one of many that hold every webhook once, in order, forwards and backwards', () => {
    fc.assert(
      fc.property(webhooks, order, fc.integer({ min: 1, max: 7 }), (list, by, size) => {
        const ordering = createWebhookOrdering(by, {})
        const all = ordering.cut(list, whole).edges.map(({ node }) => node.id)
        expect(new Set(all).size).toBe(list.length)
        expect(readAll(list, size, false)).toEqual(all)
        expect(readAll(list, size, true)).toEqual(all)

        function readAll(items: readonly AccountWebhook[], count: number, backwards: boolean): string[] {
          const ids: string[] = []
          let cursor: string | null = null
          for (let reads = 0; reads <= items.length; reads += 1) {
            const place = cursor === null ? null : ordering.parseCursor(cursor)
            const page = ordering.cut(items, {
              size: count,
              backwards,
              after: backwards ? null : place,
              before: backwards ? place : null,
            })
            const found = page.edges.map(({ node }) => node.id)
            expect(found.length).toBeLessThanOrEqual(count)
            if (backwards) ids.unshift(...found)
            else ids.push(...found)
            const more = backwards ? page.pageInfo.hasPreviousPage : page.pageInfo.hasNextPage
            if (!more) return ids
            cursor = backwards ? page.pageInfo.startCursor : page.pageInfo.endCursor
          }
          throw new Error('There is always one more page.')
        }
      }),
    )
  })

  it('has names as an alphabet has them, whatever their case and accents', () => {
    const list = ['zeta', 'Beta', 'Ébène', 'alpha', 'Gamma', 'eta'].map((each, index) => toWebhook(index, { name: each }))
    const { edges } = createWebhookOrdering({ field: 'NAME', direction: 'ASC' }, {}).cut(list, whole)
    expect(edges.map(({ node }) => node.name)).toEqual(['alpha', 'Beta', 'Ébène', 'eta', 'Gamma', 'zeta'])
  })

  it('goes on behind its cursor whatever was inserted and deleted meanwhile', () => {
    fc.assert(
      fc.property(webhooks, webhooks, order, fc.integer({ min: 1, max: 5 }), (before, inserted, by, size) => {
        const ordering = createWebhookOrdering(by, {})
        const first = ordering.cut(before, { ...whole, size })
        const kept = before.filter((_, index) => index % 2 === 0)
        const after = [...kept, ...inserted.map((webhook, index) => ({ ...webhook, id: `new-${index}` }))]
        const cursor = first.pageInfo.endCursor
        fc.pre(cursor !== null)
        const rest = ordering.cut(after, { ...whole, after: ordering.parseCursor(cursor) }).edges.map(({ node }) => node.id)
        const seen = new Set(first.edges.map(({ node }) => node.id))
        const unseen = ordering
          .cut(kept, whole)
          .edges.map(({ node }) => node.id)
          .filter((id) => !seen.has(id))
        expect(rest.filter((id) => seen.has(id))).toEqual([])
        expect(rest.filter((id) => id.startsWith('id-'))).toEqual(unseen)
      }),
    )
  })

  it('has webhooks without a value last, either way', () => {
    const list = [toWebhook(1, {}), toWebhook(2, { name: 'b' }), toWebhook(3, { name: 'a' })]
    const read = (direction: 'ASC' | 'DESC') =>
      createWebhookOrdering({ field: 'NAME', direction }, {})
        .cut(list, whole)
        .edges.map(({ node }) => node.name)
    expect(read('ASC')).toEqual(['a', 'b', null])
    expect(read('DESC')).toEqual(['b', 'a', null])
  })
})

describe('a cursor', () => {
  const list = [toWebhook(1, { name: 'a' }), toWebhook(2, { name: 'b' })]
  const ordering = createWebhookOrdering({ field: 'NAME', direction: 'ASC' }, { search: 'x' })
  const cursor = ordering.cut(list, whole).pageInfo.startCursor ?? ''

  it('is understood by the order and filter it came from', () => {
    expect(ordering.parseCursor(cursor)).toEqual({ key: 'a', id: 'id-1' })
    expect(createWebhookOrdering({ field: 'NAME', direction: 'ASC' }, { search: 'x' }).parseCursor(cursor)).not.toBeNull()
  })

  it.each([
    [{ field: 'NAME', direction: 'DESC' }, { search: 'x' }],
    [{ field: 'URL', direction: 'ASC' }, { search: 'x' }],
    [{ field: 'NAME', direction: 'ASC' }, {}],
    [
      { field: 'NAME', direction: 'ASC' },
      { search: 'x', accounts: ['baanx'] },
    ],
    [
      { field: 'NAME', direction: 'ASC' },
      { search: 'x', status: [] },
    ],
  ] as const)('is foreign to %j over %j', (by, filter) => {
    expect(createWebhookOrdering(by, filter).parseCursor(cursor)).toBeNull()
  })

  it('is bound to the set that a filter names, not to its order', () => {
    const by = { field: 'NAME', direction: 'ASC' } as const
    const made = createWebhookOrdering(by, { accounts: ['a', 'b'] }).cut(list, whole).pageInfo.endCursor ?? ''
    expect(createWebhookOrdering(by, { accounts: ['b', 'a', 'a'] }).parseCursor(made)).not.toBeNull()
  })

  it('is refused when a single character is changed', () => {
    for (let index = 0; index < cursor.length; index += 1) {
      const other = cursor[index] === 'A' ? 'B' : 'A'
      expect(ordering.parseCursor(cursor.slice(0, index) + other + cursor.slice(index + 1))).toBeNull()
    }
  })
})

describe('a filter', () => {
  const matches = (filter: Parameters<typeof createFilter>[0], given: Partial<AccountWebhook>) =>
    createFilter(filter)(toWebhook(1, given))

  it.each([
    ['card.activated', ['card.activated'], true],
    ['card.activated', ['card.*'], true],
    ['card.activated', ['*'], true],
    ['card.activated', null, true],
    ['card.activated', ['card'], false],
    ['card.activated', ['kyc.*'], false],
    ['card.activated', ['card.activated.late'], false],
    ['card', ['card.*'], false],
    ['card.activated', [], false],
  ])('by event type %s takes a webhook for %j: %s', (eventType, eventTypes, expected) => {
    expect(matches({ eventType }, { eventTypes })).toBe(expected)
  })

  it('searches name and url whatever the case', () => {
    expect(matches({ search: 'ACME' }, { name: null, url: 'https://hooks.acme.test' })).toBe(true)
    expect(matches({ search: 'ledger' }, { name: 'Card Ledger' })).toBe(true)
    expect(matches({ search: 'ledger' }, { name: 'Card' })).toBe(false)
  })

  it('takes nothing for an empty list and everything for none', () => {
    expect(matches({ status: [] }, {})).toBe(false)
    expect(matches({ status: ['ACTIVE'] }, { status: 'DISABLED' })).toBe(false)
    expect(matches({ status: null }, {})).toBe(true)
  })
})
