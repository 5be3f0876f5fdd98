import { describe, expect, it } from 'vitest'
import type { Provider } from '../../src/provider/provider.ts'
import { encrata } from '../../src/providers/encrata/index.ts'
import { shopify } from '../../src/providers/shopify/index.ts'
import { openGateway, toAccount } from '../helpers/gateway.ts'
import { askApply, askPlan, countKinds, listEffective, pullInput } from '../helpers/plan.ts'
import { openStandIn } from '../helpers/stand-in.ts'

// Names that are written in another way, and are the same all the same.

async function open(provider: Provider, eventTypes: readonly string[]) {
  const standIn = await openStandIn(provider)
  const { ask, gateway } = openGateway({ providers: [provider], accounts: [toAccount(provider, standIn)] })
  const create = `mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { ... on CreateWebhookSuccess { webhook { id } } } }`
  const at = (name: string, path: string) => ({
    account: provider.name,
    name,
    url: `https://hooks.acme.test/${path}`,
    eventTypes,
  })
  const make = async (...named: Parameters<typeof at>): Promise<string> =>
    (await ask(create, { input: at(...named) })).data.createWebhook.webhook.id
  const toInput = (...webhooks: readonly object[]) => ({ webhooks, prune: [provider.name] })
  return { ask, gateway, standIn, at, make, toInput }
}

describe('a name in another case', () => {
  it('is the same where the provider says so: the webhook is updated, and not created and deleted', async () => {
    const { ask, at, make, toInput } = await open(shopify, ['ORDERS_CREATE'])
    const id = await make('erp_stock', 'old')
    const input = toInput(at('Erp_Stock', 'new'))
    const plan = await askPlan(ask, input)
    expect(plan.changes).toMatchObject([
      { kind: 'UPDATE', webhook: { id }, fields: [{ path: 'name', before: 'erp_stock', after: 'Erp_Stock' }, { path: 'url' }] },
    ])
    const { outcomes, remaining } = await askApply(ask, { ...input, fingerprint: plan.fingerprint })
    expect(outcomes).toMatchObject([{ update: { __typename: 'UpdateWebhookSuccess', webhook: { id, name: 'Erp_Stock' } } }])
    expect(countKinds(remaining.changes)).toEqual({ NONE: 1 })
    const { problems } = await askPlan(ask, toInput(at('a', 'a'), at('A', 'b')))
    expect(problems).toMatchObject([{ code: 'REPEATED', desiredIndexes: [0, 1] }])
  })

  it('is another one elsewhere', async () => {
    const { ask, at, make, toInput } = await open(encrata, ['credits.low'])
    await make('erp_stock', 'old')
    const { changes } = await askPlan(ask, toInput(at('Erp_Stock', 'new'), at('erp_stock', 'old')))
    expect(countKinds(changes)).toEqual({ CREATE: 1, NONE: 1 })
  })
})

describe('a name whose letters are composed in another way', () => {
  const [composed, decomposed] = ['Caf\u{e9}', 'Cafe\u{301}']

  it.each([
    [composed, decomposed],
    [decomposed, composed],
  ])('is the same', async (before, after) => {
    const { ask, at, make, toInput } = await open(encrata, ['credits.low'])
    const id = await make(before, 'one')
    const plan = await askPlan(ask, toInput(at(after, 'one')))
    expect(plan.changes).toMatchObject([{ kind: 'NONE', webhook: { id }, fields: [] }])
    const moved = await askPlan(ask, toInput(at(after, 'two')))
    expect(moved.changes).toMatchObject([{ kind: 'UPDATE', webhook: { id }, fields: [{ path: 'url' }] }])
  })

  it('is ambiguous if there are webhooks with both, and a pull tells them apart', async () => {
    const { ask, gateway, at, make, toInput } = await open(encrata, ['credits.low'])
    const both = [await make(composed, 'one'), await make(decomposed, 'two')]
    const { changes, problems } = await askPlan(ask, toInput(at(composed, 'one')))
    expect([changes, problems]).toMatchObject([[], [{ code: 'AMBIGUOUS', desiredIndexes: [0] }]])
    expect(new Set(problems[0].webhooks.map(({ id }: { id: string }) => id))).toEqual(new Set(both))
    const pulled = await askPlan(ask, toInput(...(await pullInput(gateway, 'encrata'))))
    expect([countKinds(pulled.changes), pulled.problems]).toEqual([{ NONE: 2 }, []])
  })

  it('is not created if somebody has just done that', async () => {
    const { ask, standIn, at, make, toInput } = await open(encrata, ['credits.low'])
    const input = toInput(at(composed, 'one'))
    const { fingerprint } = await askPlan(ask, input)
    // Between the plan and its create.
    standIn.fail({ effect: 'READ' }, () => {})
    standIn.fail({ effect: 'READ' }, async () => {
      await make(decomposed, 'two')
    })
    const { outcomes, remaining } = await askApply(ask, { ...input, fingerprint })
    expect(outcomes).toMatchObject([{ create: { __typename: 'ConflictError' } }])
    expect(listEffective(remaining.changes)).toMatchObject([{ kind: 'UPDATE', fields: [{ path: 'url' }] }])
  })

  it('holds back the deletion of the webhook that moves to another account', async () => {
    const [from, to] = [await openStandIn(encrata), await openStandIn(encrata)]
    const accounts = [
      { ...toAccount(encrata, from), slug: 'from' },
      { ...toAccount(encrata, to), slug: 'to' },
    ]
    const { ask } = openGateway({ providers: [encrata], accounts })
    const at = (account: string, name: string, path: string) => ({
      account,
      name,
      url: `https://hooks.acme.test/${path}`,
      eventTypes: ['credits.low'],
    })
    const before = { webhooks: [at('from', decomposed, 'one')] }
    await askApply(ask, { ...before, fingerprint: (await askPlan(ask, before)).fingerprint })
    const moved = { webhooks: [at('to', composed, 'two')], prune: ['from'] }
    const { fingerprint } = await askPlan(ask, moved)
    to.fail({ effect: 'WRITE', status: 401, times: 20 })
    const { outcomes } = await askApply(ask, { ...moved, fingerprint, force: true })
    expect(outcomes).toMatchObject([
      { create: { code: 'CREDENTIALS_REJECTED' } },
      { change: { kind: 'DELETE' }, delete: null, skipped: expect.stringContaining('same name or URL') },
    ])
  })
})
