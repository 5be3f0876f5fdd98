import { describe, expect, it } from 'vitest'
import type { DesiredWebhook } from '../../../src/cli/file/desired.ts'
import type { PulledAccount } from '../../../src/cli/pull/actual.ts'
import type { PulledFields } from '../../../src/cli/pull/allowed.ts'
import { editFiles } from '../../../src/cli/pull/edit.ts'
import { matchAll } from '../../../src/cli/pull/match.ts'
import { shopify } from '../../../src/providers/shopify/index.ts'
import { stripe } from '../../../src/providers/stripe/index.ts'
import { clockAtOnce } from '../../helpers/cost.ts'
import { toPulledWebhook } from '../../helpers/pulled.ts'

const orders: PulledFields = { name: 'orders', url: 'https://h.test/orders', eventTypes: ['charge.failed'], enabled: true }
const refunds: PulledFields = { name: 'refunds', url: 'https://h.test/refunds', eventTypes: ['*'], enabled: false }

function toAccount(webhooks: readonly PulledFields[], slug = 'live'): PulledAccount {
  return {
    slug,
    provider: stripe,
    webhooks: webhooks.map((fields) => toPulledWebhook(`w_${fields.name}`, fields)),
    others: [],
  }
}

const toKnown = (
  fields: Partial<PulledFields> & { readonly url: string },
  options?: DesiredWebhook['options'],
): DesiredWebhook => {
  const { options: _, ...own } = fields
  return { account: 'live', ...own, ...(options !== undefined && { options }) }
}

/** One file. */
function editFile(
  text: string | null,
  accounts: readonly PulledAccount[],
  known: readonly DesiredWebhook[],
  file = 'webhooks.yaml',
) {
  const [edit, ...others] = editFiles([{ file, text, known }], accounts)
  if (edit === undefined || others.length > 0) throw new Error('There is not one file.')
  return edit
}

describe('pulling', () => {
  it('writes a new file for editors, with all accounts that have webhooks', () => {
    expect(editFile(null, [toAccount([orders]), toAccount([], 'empty')], [])).toEqual({
      text: `# yaml-language-server: $schema=./node_modules/hookql/webhooks.schema.json

accounts:
  live:
    provider: stripe
    webhooks:
      - name: orders
        url: https://h.test/orders
        eventTypes:
          - charge.failed
        enabled: true
`,
      added: 1,
      changed: 0,
      removed: [],
      inherited: [],
      repeated: [],
    })
  })

  const before = `# Ours.
x-all: &all ['*']
accounts:
  other: { provider: github, webhooks: [] }
  live:
    provider: stripe
    defaults: { enabled: false }
    webhooks:
      # Everything about refunds.
      - name: refunds
        url: https://\${WEBHOOKS_HOST}/refunds # public
        eventTypes: *all
      - name: gone
        url: https://h.test/gone
      - url: https://h.test/orders
        name: orders # first of its kind
`
  const known = [
    toKnown({ ...refunds, url: 'https://h.test/refunds' }),
    toKnown({ name: 'gone', url: 'https://h.test/gone', enabled: false }),
    toKnown({ name: 'orders', url: 'https://h.test/orders', enabled: false }),
  ]

  it('keeps order, comments, anchors and variables, and adds what is new behind the others', () => {
    const newer: PulledFields = { name: 'newer', url: 'https://h.test/newer' }
    const { text, ...counts } = editFile(before, [toAccount([newer, orders, refunds])], known)
    expect(counts).toEqual({ added: 1, changed: 1, removed: [known[1]], inherited: [], repeated: [] })
    const gone = '      - name: gone\n        url: https://h.test/gone\n'
    const added = '        enabled: true\n      - name: newer\n        url: https://h.test/newer\n'
    expect(before).toContain(gone)
    expect(text).toBe(before.replace(gone, '') + added)
  })

  it('changes nothing where nothing differs, and only what the file manages', () => {
    const same = editFile(
      before,
      [toAccount([{ ...orders, enabled: false }, refunds, { name: 'gone', url: 'https://h.test/gone' }])],
      known,
    )
    expect(same).toEqual({ text: before, added: 0, changed: 0, removed: [], inherited: [], repeated: [] })
    const { name, url } = orders
    const text = 'accounts: { live: { provider: stripe, webhooks: [{ name: orders, url: https://h.test/orders }] } }\n'
    expect(editFile(text, [toAccount([orders])], [toKnown({ name: name ?? '', url })])).toMatchObject({ text, changed: 0 })
    const moved = {
      ...refunds,
      url: 'https://new.test/refunds',
      eventTypes: ['charge.failed'],
      options: { metadata: { a: 'b' } },
    }
    const { text: edited } = editFile(before, [toAccount([moved])], known)
    expect(edited).toContain('url: https://new.test/refunds # public')
    expect(edited).toContain('        eventTypes:\n          - charge.failed\n')
    expect(edited).not.toContain('metadata')
  })

  it('finds each webhook once in linear time, whatever the order', () => {
    const measure = (count: number, times: number) => {
      const own = Array.from({ length: count }, (_, index): PulledFields => ({ url: `https://h.test/${index}` }))
      const account = toAccount(own)
      const others = own.map(({ url }) => toKnown({ url }))
      const wanted = others.toReversed()
      expect(matchAll(wanted, account)).toEqual(account.webhooks.toReversed())
      return clockAtOnce(() => Array.from({ length: times }, () => matchAll(wanted, account).length))
    }
    measure(1_000, 1)
    // Noise only adds to a measurement.
    const ratios = Array.from({ length: 5 }, () => measure(4_000, 3) / measure(1_000, 12))
    expect(Math.min(...ratios)).toBeLessThan(2)
  })

  it('claims each webhook once: by ID, else by name, else by URL, and tells of whom it is the second', () => {
    const url = 'https://h.test/shared'
    const account = toAccount([{ name: 'a', url }, { name: 'b', url }, { name: 'b', url }, { url }])
    const { webhooks } = account
    const others = [{ id: 'w_kept', name: 'kept', url: 'https://h.test/kept', obstacle: '' }]
    const toPlaces = (wanted: readonly DesiredWebhook[], provider = stripe) =>
      matchAll(wanted, { ...account, provider, others }).map((match) =>
        typeof match === 'object' && 'id' in match ? webhooks.indexOf(match) : match,
      )
    const [named, gone] = [toKnown({ name: 'b', url }), toKnown({ name: 'none', url: 'https://h.test/none' })]
    const wanted = [
      toKnown({ url }),
      named,
      toKnown({ id: 'w_a', name: 'b', url }),
      toKnown({ id: 'w_none', name: 'b', url }),
      named,
      gone,
      toKnown({ url: 'https://h.test/kept' }),
    ]
    expect(toPlaces(wanted)).toEqual([3, 1, 0, 2, { repeated: 3 }, undefined, 'KEPT'])
    const kept = { url: 'https://h.test/kept' }
    const ways = [
      { id: 'w_kept', url },
      { name: 'kept', url },
      { ...kept, name: 'new' },
      { ...kept, id: 'w_none' },
    ]
    for (const way of ways) expect(toPlaces([toKnown(way)])).toEqual(['KEPT'])
    expect(toPlaces([toKnown({ ...kept, name: 'a' })])).toEqual([0])
    // As a plan does: one that is not named is known by its URL, and so are all where there are no names.
    expect(toPlaces([toKnown({ name: 'new', url }), toKnown({ url })])).toEqual([3, 0])
    expect(toPlaces([toKnown({ id: 'w_a', url }), toKnown({ id: 'w_a', url })])).toEqual([0, { repeated: 0 }])
    expect(toPlaces([toKnown({ name: 'B', url })], shopify)).toEqual([1])
  })

  it('is indented as before', () => {
    const text = 'accounts:\n  live:\n    provider: stripe\n    webhooks:\n    - name: orders\n      url: https://h.test/orders\n'
    const { text: edited } = editFile(text, [toAccount([orders, { name: 'new', url: 'https://h.test/new' }])], [toKnown(orders)])
    expect(edited).toBe(`${text}    - name: new\n      url: https://h.test/new\n`)
  })

  it('follows a webhook by its ID, and drops an ID that nothing has', () => {
    const file = (id: string) =>
      `accounts:\n  live:\n    provider: stripe\n    webhooks:\n      - id: ${id}\n        name: old\n        url: https://h.test/old\n`
    const own = { name: 'old', url: 'https://h.test/old' }
    const byId = editFile(file('w_orders'), [toAccount([orders])], [toKnown({ ...own, id: 'w_orders' })])
    expect(byId.text).toContain('- id: w_orders\n        name: orders\n        url: https://h.test/orders\n')
    const byName = editFile(file('w_none'), [toAccount([{ ...own }])], [toKnown({ ...own, id: 'w_none' })])
    expect(byName.text).toContain('- name: old\n')
  })

  it('follows a webhook that was renamed by its URL, where nothing else has that', () => {
    const text = `accounts:
  live:
    provider: stripe
    webhooks:
      # Everything about orders.
      - name: old # see the wiki
        url: https://h.test/orders
        secrets: { file: team.env, name: OLD }
`
    const old = toKnown({ name: 'old', url: orders.url })
    const edited = editFile(text, [toAccount([orders])], [old])
    const after = text.replace('name: old', 'name: orders')
    expect(edited).toEqual({ text: after, added: 0, changed: 1, removed: [], inherited: [], repeated: [] })
    const other = { ...orders, name: 'other' }
    expect(editFile(text, [toAccount([orders, other])], [old])).toMatchObject({ added: 2, removed: [old] })
    const toTwo = (names: readonly string[]) => names.map((name) => toKnown({ name, url: orders.url }))
    const matches = (names: readonly string[], own: readonly PulledFields[]) => matchAll(toTwo(names), toAccount(own))
    expect(matches(['old', 'older'], [orders])).toEqual([undefined, undefined])
    expect(matches(['old', 'orders'], [orders])).toMatchObject([undefined, { id: 'w_orders' }])
  })

  it('gives an entry the ID of its webhook once its URL is not enough', () => {
    const text = 'accounts:\n  live:\n    provider: stripe\n    webhooks:\n      - url: https://h.test/orders # ours\n'
    const known = [toKnown({ url: orders.url })]
    expect(editFile(text, [toAccount([orders])], known)).toMatchObject({ text, changed: 0 })
    const other: PulledFields = { name: 'other', url: orders.url }
    const edited = editFile(text, [toAccount([orders, other])], known)
    expect(edited.text).toBe(`${text}        id: w_orders\n      - name: other\n        url: https://h.test/orders\n`)
  })

  it('takes away what a webhook does not have and no file can say, and tells of it where it is a default', () => {
    const text = `accounts:
  live:
    provider: stripe
    defaults: { options: { apiVersion: new } }
    webhooks:
      - name: orders
        url: https://h.test/orders # ours
        options:
          apiVersion: old
`
    const webhook = {
      ...toPulledWebhook('w', { url: orders.url }),
      listUnsaid: () => ['name', 'options.apiVersion'],
    }
    const account = { ...toAccount([]), webhooks: [webhook] }
    const known = toKnown({ name: 'orders', url: orders.url }, { stripe: { apiVersion: 'old' } })
    const edited = editFile(text, [account], [known])
    expect(edited).toMatchObject({ changed: 1, removed: [], inherited: [{ known, path: 'options.apiVersion' }] })
    expect(edited.text).toBe(text.replace(/- name: orders\n +/, '- ').replace(/ +options:\n.*\n/, ''))
  })

  it('changes options where they are written, or adds them to those that come from elsewhere', () => {
    const text = `accounts:
  live:
    provider: stripe
    webhooks:
      - { url: https://h.test/orders, name: orders, options: { metadata: { a: '1' }, apiVersion: old } }
`
    const options = { metadata: { a: '2' }, apiVersion: 'old' }
    const edited = editFile(
      text,
      [toAccount([{ ...orders, options }])],
      [toKnown({ name: 'orders', url: orders.url }, { stripe: { metadata: { a: '1' }, apiVersion: 'old' } })],
    )
    expect(edited.text).toBe(text.replace("'1'", "'2'"))
  })
})
