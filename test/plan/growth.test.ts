import { describe, expect, it } from 'vitest'
import type { Desired } from '../../src/plan/desired.ts'
import { createPlan } from '../../src/plan/plan.ts'
import { linear } from '../../src/providers/linear/index.ts'
import type { AccountWebhook } from '../../src/webhook.ts'
import { clockAtOnce } from '../helpers/cost.ts'

// What a plan costs if many desired webhooks can mean many webhooks.

const account = { slug: 'own', provider: 'linear', sandbox: true }
const url = 'https://hooks.acme.test/shared'

function toWebhooks(count: number, given: (index: number) => Partial<AccountWebhook>): readonly AccountWebhook[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `id-${index}`,
    account,
    upstreamId: `${index}`,
    name: null,
    url,
    enabled: true,
    status: 'ACTIVE',
    eventTypes: ['Issue'],
    createdAt: null,
    updatedAt: null,
    secretHint: null,
    raw: null,
    details: { teamId: null, allPublicTeams: true, creatorId: null, archivedAt: null },
    ...given(index),
  }))
}

function toDesired(count: number, given: (index: number) => Partial<Desired>): readonly Omit<Desired, 'index'>[] {
  return Array.from({ length: count }, (_, index) => ({
    account: 'own',
    id: undefined,
    name: undefined,
    url,
    eventTypes: undefined,
    enabled: true,
    options: {},
    ...given(index),
  }))
}

/** Lists of desired webhooks, and of webhooks. */
const cases: Readonly<
  Record<string, (count: number) => readonly [readonly Omit<Desired, 'index'>[], readonly AccountWebhook[]]>
> = {
  'all have one name': (count) => [toDesired(count, () => ({ name: 'same' })), toWebhooks(count, () => ({ name: 'same' }))],
  'all have one URL': (count) => [toDesired(count, () => ({})), toWebhooks(count, () => ({}))],
  'webhooks without a name have the URL of all': (count) => [
    toDesired(count, (index) => ({ name: `n${index % (count / 2)}` })),
    toWebhooks(count, () => ({})),
  ],
  'each is also meant by the URL of all': (count) => [
    [...toDesired(count, () => ({})), ...toDesired(count, (index) => ({ name: `n${index}` }))],
    toWebhooks(count, (index) => ({ name: `n${index}` })),
  ],
  'each is to be replaced, and any may be its replacement': (count) => [
    toDesired(count, (index) => ({ id: `id-${index}`, options: { allPublicTeams: false } })),
    toWebhooks(2 * count, () => ({})),
  ],
}

describe.each(Object.entries(cases))('a plan in which %s', (_, toCase) => {
  const toPlan = (count: number) => {
    const [given, webhooks] = toCase(count)
    const desired = given.map((each, index) => ({ ...each, index }))
    return createPlan(desired, [
      { account, provider: linear, webhooks, isComplete: true, isPruned: true, findObstacle: () => undefined },
    ])
  }

  it('costs as much as four plans of a quarter each', () => {
    const measure = (count: number, times: number) =>
      clockAtOnce(() => Array.from({ length: times }, () => toPlan(count).problems.length))
    toPlan(4_000)
    // Noise only adds to a measurement.
    const ratios = Array.from({ length: 5 }, () => measure(4_000, 3) / measure(1_000, 12))
    expect(Math.min(...ratios)).toBeLessThan(2.5)
  })

  it('changes none of them, tells each, and has no long lists', () => {
    const { changes, problems } = toPlan(100)
    const [given] = toCase(100)
    expect(changes.filter(({ webhook, kind }) => webhook === null || kind !== 'UNMANAGED')).toEqual([])
    expect(new Set(problems.flatMap(({ indexes }) => indexes)).size).toBe(given.length)
    expect(Math.max(...problems.map(({ webhooks }) => webhooks.length))).toBeLessThanOrEqual(10)
    expect(problems.reduce((sum, { indexes }) => sum + indexes.length, 0)).toBeLessThanOrEqual(12 * given.length)
    expect(Math.max(...problems.map(({ message }) => message.length))).toBeLessThan(1_000)
  })
})
