import { describe, expect, it } from 'vitest'
import { maskData, maskSink } from '../../../src/cli/plan/mask.ts'
import { inShownOrder } from '../../../src/cli/plan/order.ts'
import { showPlan, toLabel } from '../../../src/cli/plan/show.ts'
import type { Plan } from '../../../src/cli/plan/ask.ts'

const mask = (text: string) => text.replaceAll(/canary"?|update|live/gi, '${V}')

const plan: Plan = {
  fingerprint: 'update',
  complete: false,
  keepsSecrets: true,
  changes: [
    {
      id: 'UPDATE:live:1',
      kind: 'UPDATE',
      account: { slug: 'live' },
      webhook: { id: 'update' },
      desiredIndex: 0,
      name: 'Canary',
      url: 'https://canary/',
      fields: [
        {
          path: 'options.stripe.metadata',
          before: { id: 'canary"', canary: ['canary"'] },
          after: null,
          comparable: true,
          note: 'canary',
        },
      ],
      price: null,
      warnings: [{ code: 'SETTINGS_NOT_SHOWN', message: 'canary' }],
      calls: 1,
    },
  ],
  problems: [
    {
      code: 'AMBIGUOUS',
      message: 'canary',
      account: { slug: 'live' },
      desiredIndexes: [0],
      webhooks: [{ id: 'update' }],
      journalEntryId: null,
    },
  ],
  refusals: [{ code: 'ALL_DELETED', message: 'canary', account: { slug: 'live' } }],
  warnings: [{ code: 'SETTINGS_NOT_SHOWN', message: 'canary' }],
  sources: [
    {
      account: { slug: 'live' },
      state: 'FAILED',
      unreadableCount: 0,
      error: { code: 'CREDENTIALS_REJECTED', message: 'canary', retryAfterMs: null, upstream: { message: 'canary' } },
    },
  ],
}

describe('a plan', () => {
  it('shows no value of a variable, and changes nothing that programs go by', () => {
    const data = JSON.stringify(maskData(plan, mask))
    expect(data).not.toMatch(/canary/i)
    expect(maskData(plan, mask)).toMatchObject({
      fingerprint: 'update',
      changes: [
        {
          id: 'UPDATE:live:1',
          kind: 'UPDATE',
          account: { slug: 'live' },
          webhook: { id: 'update' },
          fields: [{ before: { id: '${V}', '${V}': ['${V}'] } }],
        },
      ],
      sources: [{ account: { slug: 'live' } }],
    })
    const shown = showPlan(plan, { mask, style: (_, text) => text }).join('\n')
    expect(shown).not.toMatch(/canary/i)
    expect(shown).toContain('options.metadata: {"id":"${V}","${V}":["${V}"]} → none')
    expect(shown).toContain('not read live: CREDENTIALS_REJECTED: ${V}')
  })

  it('masks a name and a URL each by itself', () => {
    const [change] = plan.changes
    const across = (text: string) => text.replaceAll('n (h', '?')
    expect(change && toLabel({ name: 'an', url: 'https://h.test/' }, { mask: across })).toBe('an (https://h.test/)')
  })

  it('is in the same order whatever the values of variables are', () => {
    const [change] = plan.changes
    const [problem] = plan.problems
    if (change === undefined || problem === undefined) throw new Error('There is none.')
    const toOrder = (value: string) => {
      const secret = (text: string) => text.replaceAll(value, '${V}')
      const names = ['b', value, 'm', 'z'].toSorted()
      const toChanges = (kind: 'CREATE' | 'UPDATE', slug: string) =>
        names.flatMap((name) =>
          [name, 'x']
            .toSorted()
            .map((part, index) => ({ ...change, kind, account: { slug }, name, url: `https://${part}/`, desiredIndex: index })),
        )
      const { changes, problems, warnings } = inShownOrder(
        {
          ...plan,
          changes: [...toChanges('UPDATE', 'live'), ...toChanges('CREATE', 'live'), ...toChanges('CREATE', 'a')],
          problems: names.map((message) => ({ ...problem, message })),
          warnings: names.map((message) => ({ code: 'HOST_CHANGES', message })),
        },
        { mask: secret },
      )
      return secret(
        JSON.stringify([
          changes.map(({ kind, account, name, url }) => [account.slug, kind, name, url]),
          problems.map(({ message }) => message),
          warnings.map(({ message }) => message),
        ]),
      )
    }
    expect(toOrder('aaaa')).toBe(toOrder('yyyy'))
    expect(toOrder('aaaa')).toMatch(/^\[\[\["live","UPDATE".+"live","CREATE".+"a","CREATE"/)
  })

  it('shows no path of a file that has a value in another form', () => {
    const sink = { name: 'canary', file: '/srv/canary/s.env', shownFile: '/srv/${V}/s.env' }
    expect(maskSink('canary in /srv/canary/s.env and /srv/canary/s.env.new', sink, mask)).toBe(
      '${V} in /srv/${V}/s.env and /srv/${V}/s.env.new',
    )
  })
})
