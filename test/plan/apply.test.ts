import { describe, expect, it, onTestFinished } from 'vitest'
import { getRepeat } from '../../src/gateway/write/recover.ts'
import { createLedger } from '../../src/gateway/write/ledger.ts'
import type { Provider } from '../../src/provider/provider.ts'
import { isUnsupported } from '../../src/provider/unsupported.ts'
import { providers } from '../../src/providers/index.ts'
import { createKeys } from '../../src/store/keys.ts'
import { openStore } from '../../src/store/open.ts'
import type { Store } from '../../src/store/store.ts'
import { getWays } from '../hands/hands.ts'
import { toDraft } from '../helpers/draft.ts'
import { dying } from '../helpers/dying.ts'
import { type GatewayOptions, openGateway, toAccount } from '../helpers/gateway.ts'
import { askApply, askPlan, countKinds, listEffective, pullInput, settleAll } from '../helpers/plan.ts'
import { openStandIn } from '../helpers/stand-in.ts'

// What holds for the application of a plan at every provider, over whole requests against its stand-in.

async function openMemory(): Promise<Store> {
  const store = await openStore({ path: null, keys: createKeys() })
  onTestFinished(() => store.close())
  return store
}

async function open(
  provider: Provider,
  { seeded = true, ...more }: Partial<GatewayOptions> & { readonly seeded?: boolean } = {},
) {
  const standIn = await openStandIn(provider, { seeded })
  const store = more.store ?? (await openMemory())
  const start = (others: Partial<GatewayOptions> = {}) =>
    openGateway({ providers: [provider], accounts: [toAccount(provider, standIn)], store, ...more, ...others })
  const countWrites = () => standIn.calls.filter(({ effect }) => effect === 'WRITE').length
  const countMade = () => standIn.calls.filter(getWays(provider).makes).length
  return { ...start(), standIn, store, start, countWrites, countMade }
}

const draft = (provider: Provider, name: string, more: object = {}) => ({
  ...toDraft(provider, { name, url: `https://hooks.acme.test/${name}` }),
  ...more,
})

/** Applies the plan of these webhooks until nothing is left. */
async function applyAll(ask: Parameters<typeof askPlan>[0], input: object, more: object = {}) {
  let { fingerprint } = await askPlan(ask, input)
  const outcomes = []
  for (let calls = 0; calls < 5; calls += 1) {
    const applied = await askApply(ask, { ...input, fingerprint, ...more })
    expect(applied.__typename).toBe('ApplyWebhookPlanSuccess')
    outcomes.push(...applied.outcomes)
    if (listEffective(applied.remaining.changes).length === 0) break
    ;({ fingerprint } = applied.remaining)
  }
  return outcomes
}

describe.each(providers.map((provider) => [provider.displayName, provider] as const))('applying a plan at %s', (_, provider) => {
  const hasSecrets = provider.signature !== null && !isUnsupported(provider.operations.ROTATE_SECRET)

  it('creates what is missing, hands out each secret, and changes nothing the second time', async () => {
    const { ask, countWrites, countMade } = await open(provider, { seeded: false })
    const input = { webhooks: [draft(provider, 'orders'), draft(provider, 'refunds')] }
    const plan = await askPlan(ask, input)
    const applied = await askApply(ask, { ...input, fingerprint: plan.fingerprint })
    expect(applied.outcomes).toHaveLength(2)
    for (const { create, change, skipped } of applied.outcomes) {
      expect(create).toMatchObject({ __typename: 'CreateWebhookSuccess', replayed: false, webhook: { url: change.url } })
      if (hasSecrets) expect(create.signingSecret).toEqual(expect.any(String))
      expect(skipped).toBeNull()
    }
    expect(countKinds(applied.remaining.changes)).toEqual({ NONE: 2 })
    const [sent, made] = [countWrites(), countMade()]
    expect(made).toBe(2)
    const again = await askApply(ask, { ...input, fingerprint: applied.remaining.fingerprint })
    expect(again).toMatchObject({ outcomes: [], remaining: { fingerprint: applied.remaining.fingerprint } })
    expect(countWrites()).toBe(sent)
  })

  const fields = (['name', 'url', 'enabled', 'eventTypes'] as const).filter(
    (field) => typeof provider.fields[field].onUpdate === 'string',
  )

  it.each(fields)('updates the %s alone', async (field) => {
    const { ask, gateway } = await open(provider)
    const before = await pullInput(gateway, provider.name)
    const [account] = gateway.accounts
    if (account === undefined) throw new TypeError('There is an account')
    const listed = (await gateway.list(account)).webhooks.find(({ url }) => url === before[0]?.url)
    const known = provider.eventTypes.known.map(({ name }) => name)
    const value = {
      name: 'renamed',
      url: 'https://moved.acme.test/hooks',
      enabled: before[0]?.enabled !== true,
      eventTypes: [known.find((name) => !before[0]?.eventTypes?.includes(name))],
    }[field]
    const wanted = [{ ...before[0], id: listed?.id, [field]: value }, ...before.slice(1)]
    const outcomes = await applyAll(ask, { webhooks: wanted })
    expect(outcomes).toMatchObject([{ change: { kind: 'UPDATE' }, update: { __typename: 'UpdateWebhookSuccess' }, create: null }])
    const now = (await gateway.list(account)).webhooks.find(({ id }) => id === listed?.id)
    expect({ ...now, raw: null, updatedAt: null, status: null, details: null }).toEqual({
      ...listed,
      [field]: value,
      raw: null,
      updatedAt: null,
      status: null,
      details: null,
    })
  })

  it('deletes what nobody desires only where that is asked for, and never all of it unless it is forced', async () => {
    const { ask, gateway } = await open(provider)
    const all = await pullInput(gateway, provider.name)
    const kept = { webhooks: all.slice(1), prune: [provider.name] }
    const outcomes = await applyAll(ask, kept)
    expect(outcomes).toMatchObject([{ change: { kind: 'DELETE' }, delete: { __typename: 'DeleteWebhookSuccess' } }])
    expect((await pullInput(gateway, provider.name)).map(({ url }) => url)).toEqual(kept.webhooks.map(({ url }) => url))
    await openAllDeleted(ask)
  })

  async function openAllDeleted(ask: Parameters<typeof askPlan>[0]) {
    const none = { webhooks: [], prune: [provider.name] }
    const plan = await askPlan(ask, none)
    const isAll = countKinds(plan.changes)['UNMANAGED'] === undefined
    const refused = await askApply(ask, { ...none, fingerprint: plan.fingerprint })
    if (isAll) expect(refused).toMatchObject({ __typename: 'PlanUnsafeError', plan: { fingerprint: plan.fingerprint } })
    const forced = await askApply(ask, {
      ...none,
      fingerprint: isAll ? plan.fingerprint : refused.remaining.fingerprint,
      force: true,
    })
    expect(listEffective(forced.remaining.changes)).toEqual([])
    expect(countKinds(forced.remaining.changes)['DELETE']).toBeUndefined()
  }

  it('refuses a plan that somebody else has outdated, and shows the new one', async () => {
    const { ask, countWrites, start } = await open(provider, { seeded: false })
    const input = { webhooks: [draft(provider, 'orders')] }
    const { fingerprint } = await askPlan(ask, input)
    await applyAll(start({ ledger: createLedger() }).ask, input)
    const sent = countWrites()
    const refused = await askApply(ask, { ...input, fingerprint })
    expect(refused).toMatchObject({
      __typename: 'PlanOutdatedError',
      code: 'PLAN_OUTDATED',
      plan: { changes: [{ kind: 'NONE' }] },
    })
    expect(countWrites()).toBe(sent)
  })

  it('answers a repeated call with its outcomes, secrets included, and sends nothing', async () => {
    const { ask, countWrites } = await open(provider, { seeded: false })
    const input = { webhooks: [draft(provider, 'orders')] }
    const { fingerprint } = await askPlan(ask, input)
    const first = await askApply(ask, { ...input, fingerprint, idempotencyKey: 'plan-1' })
    const sent = countWrites()
    const again = await askApply(ask, { ...input, fingerprint, idempotencyKey: 'plan-1' })
    const [{ create }] = first.outcomes
    expect(again.outcomes).toMatchObject([
      {
        change: { kind: 'CREATE', url: input.webhooks[0]?.url },
        create: { signingSecret: create.signingSecret, replayed: true, webhook: create.webhook },
      },
    ])
    expect(countWrites()).toBe(sent)
    const later = await askApply(ask, { ...input, fingerprint: again.remaining.fingerprint, idempotencyKey: 'plan-1' })
    expect(later).toMatchObject({ __typename: 'ApplyWebhookPlanSuccess', outcomes: [] })
  })

  it('makes one webhook when two people apply the same plan at once', async () => {
    const { ask, countMade } = await open(provider, { seeded: false })
    const input = { webhooks: [draft(provider, 'orders')] }
    const { fingerprint } = await askPlan(ask, input)
    const both = await Promise.all(
      ['one', 'two'].map((idempotencyKey) => askApply(ask, { ...input, fingerprint, idempotencyKey })),
    )
    expect(new Set(both.map(({ __typename }) => __typename))).toEqual(new Set(['ApplyWebhookPlanSuccess', 'PlanOutdatedError']))
    expect(countMade()).toBe(1)
  })

  it('does the same when it is killed anywhere and applied again under its key', async () => {
    for (let commits = 0; commits < 7; commits += 1) {
      const { start, store, gateway, countMade } = await open(provider)
      const [gone, first, ...rest] = await pullInput(gateway, provider.name)
      const hasSwitch = typeof provider.fields.enabled.onUpdate === 'string'
      const named = first && { ...first, ...(hasSwitch && { enabled: first.enabled !== true }) }
      const wanted = { webhooks: [draft(provider, 'brand-new'), ...rest, ...(named ? [named] : [])], prune: [provider.name] }
      expect(gone).toBeDefined()
      const dead = start({ store: dying(store, commits), ledger: createLedger() })
      const { fingerprint } = await askPlan(dead.ask, wanted)
      await askApply(dead.ask, { ...wanted, fingerprint, idempotencyKey: 'plan-1', force: true })
      const { ask } = start({ ledger: createLedger() })
      const again = await askApply(ask, { ...wanted, fingerprint, idempotencyKey: 'plan-1', force: true })
      expect(again.__typename).toBe('ApplyWebhookPlanSuccess')
      // Where nobody can know what became of the create, a person settles it.
      await settleAll(ask, again.remaining.problems)
      const last = await askApply(ask, {
        ...wanted,
        fingerprint: again.remaining.fingerprint,
        idempotencyKey: 'plan-1',
        force: true,
      })
      expect(listEffective(last.remaining.changes)).toEqual([])
      const urls = last.remaining.changes.map(({ url }: { url: string }) => url)
      expect(urls.filter((url: string) => url === wanted.webhooks[0]?.url)).toHaveLength(1)
      // Where a create is repeated with a key, the provider carries it out once.
      if (getRepeat(provider) === undefined) expect(countMade()).toBe(1)
    }
  })
})
