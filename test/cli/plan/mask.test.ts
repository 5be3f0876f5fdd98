import { describe, expect, it } from 'vitest'
import { maskData } from '../../../src/cli/plan/mask.ts'
import { showPlan } from '../../../src/cli/plan/show.ts'
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
})
