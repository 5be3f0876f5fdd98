import { describe, expect, it } from 'vitest'
import { createLedger } from '../../src/gateway/write/ledger.ts'
import type { Provider } from '../../src/provider/provider.ts'
import { baanx } from '../../src/providers/baanx/index.ts'
import { linear } from '../../src/providers/linear/index.ts'
import { openGateway, toAccount } from '../helpers/gateway.ts'
import { askApply, askPlan, countKinds, listEffective, settleAll } from '../helpers/plan.ts'
import { openStandIn } from '../helpers/stand-in.ts'

// What is deleted may be all that there is until its successor exists.

async function open(provider: Provider, maxWebhooks?: number) {
  const standIn = await openStandIn(provider)
  const start = () =>
    openGateway({
      providers: [provider],
      accounts: [{ ...toAccount(provider, standIn), ...(maxWebhooks !== undefined && { maxWebhooks }) }],
      ledger: createLedger(),
    })
  const { ask } = start()
  async function apply(input: object, more: object = {}) {
    const { fingerprint } = await askPlan(ask, input)
    return askApply(ask, { ...input, fingerprint, force: true, ...more })
  }
  const countDeletes = () =>
    standIn.calls.filter(({ method, text }) => method === 'DELETE' || text.includes('webhookDelete')).length
  return { ask, apply, standIn, countDeletes }
}

const card = (name: string) => ({
  account: 'baanx',
  name,
  url: `https://hooks.acme.test/${name}`,
  eventTypes: ['card.activated'],
})
const issues = (name: string, more: object = {}) => ({
  account: 'linear',
  name,
  url: `https://hooks.acme.test/${name}`,
  eventTypes: ['Issue'],
  ...more,
})
const listIds = (changes: readonly { readonly kind: string; readonly id: string }[], kind: string) =>
  changes.filter((change) => change.kind === kind).map(({ id }) => id)

describe('an account that is full', () => {
  const five = ['a', 'b', 'c', 'd', 'e'].map(card)
  const moved = { webhooks: [card('x'), card('y'), ...five.slice(2)], prune: ['baanx'] }

  it('keeps what is to be deleted while its successors are refused, and the plan says so before', async () => {
    const { ask, apply, countDeletes } = await open(baanx)
    await apply({ webhooks: five })
    const plan = await askPlan(ask, moved)
    expect(plan.warnings).toMatchObject([
      { code: 'ACCOUNT_FULL', message: expect.stringContaining('can have 5 webhooks. It has 5, and would have 7') },
    ])
    const { outcomes, remaining } = await apply(moved)
    const skipped = expect.stringContaining('not every new webhook of the account could be created')
    expect(outcomes).toMatchObject([
      { change: { kind: 'CREATE' }, create: { code: 'LIMIT_REACHED' } },
      { change: { kind: 'CREATE' }, create: { code: 'LIMIT_REACHED' } },
      { change: { kind: 'DELETE' }, delete: null, skipped },
      { change: { kind: 'DELETE' }, delete: null, skipped },
    ])
    expect(countKinds(remaining.changes)).toEqual({ CREATE: 2, DELETE: 2, NONE: 3 })
    expect(countDeletes()).toBe(0)
    // The way out that the warning names.
    const first = await apply(moved, { only: listIds(remaining.changes, 'DELETE') })
    expect(countKinds(first.remaining.changes)).toEqual({ CREATE: 2, NONE: 3 })
    expect(first.remaining.warnings).toEqual([])
    expect(listEffective((await apply(moved)).remaining.changes)).toEqual([])
  })

  it.each([
    [5, []],
    [4, [{ code: 'ACCOUNT_FULL' }]],
  ])('is told for a replacement too, which needs room for both (most: %i)', async (most, warnings) => {
    const { ask, apply } = await open(linear, most)
    const before = ['a', 'b', 'c', 'd'].map((name) => issues(name))
    await apply({ webhooks: before })
    const inTeam = before.map((each) => ({ ...each, options: { linear: { teamId: 'ENG', allPublicTeams: false } } }))
    const plan = await askPlan(ask, { webhooks: inTeam })
    expect(countKinds(plan.changes)).toEqual({ REPLACE: 4 })
    expect(plan.warnings).toMatchObject(warnings)
    expect((await askPlan(ask, { webhooks: before })).warnings).toEqual([])
  })
})

describe('a deletion', () => {
  const gone = issues('gone')
  const [one, two] = [issues('one'), issues('two')]
  const replaced = { ...one, options: { linear: { teamId: 'ENG', allPublicTeams: false } } }
  const wanted = (...webhooks: readonly object[]) => ({ webhooks, prune: ['linear'] })

  it.each([
    ['a create that is refused', wanted(one, two), { status: 401, times: 20 }],
    ['a create that nobody knows of', wanted(one, two), { cut: 'request', times: 20 }],
    ['a replacement that is refused', wanted(replaced), { status: 401, times: 20 }],
  ] as const)('waits for %s, and is made once that exists', async (_, input, fault) => {
    const { ask, apply, standIn, countDeletes } = await open(linear)
    await apply(wanted(one, gone))
    standIn.fail({ effect: 'WRITE', ...fault })
    const failed = await apply(input)
    expect(failed.outcomes).toMatchObject([
      { create: { code: expect.any(String) } },
      { change: { kind: 'DELETE', name: 'gone' }, delete: null, skipped: expect.stringContaining('Nothing was deleted') },
    ])
    expect(countDeletes()).toBe(0)
    expect(listIds(failed.remaining.changes, 'DELETE')).toHaveLength(1)
    standIn.heal()
    await settleAll(ask, failed.remaining.problems)
    const done = await apply(input)
    expect(listEffective(done.remaining.changes)).toEqual([])
  })
})
