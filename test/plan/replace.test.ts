import { describe, expect, it, onTestFinished } from 'vitest'
import type { Scope } from '../../src/caller.ts'
import { createLedger } from '../../src/gateway/write/ledger.ts'
import { getRepeat } from '../../src/gateway/write/recover.ts'
import type { Provider } from '../../src/provider/provider.ts'
import { linear } from '../../src/providers/linear/index.ts'
import { shopify } from '../../src/providers/shopify/index.ts'
import { stripe } from '../../src/providers/stripe/index.ts'
import { createApiKey, hashApiKey } from '../../src/server/auth/api-key.ts'
import { createKeys } from '../../src/store/keys.ts'
import { openStore } from '../../src/store/open.ts'
import { dying } from '../helpers/dying.ts'
import { type GatewayOptions, openGateway, toAccount } from '../helpers/gateway.ts'
import { askApply, askPlan, listEffective, settleAll } from '../helpers/plan.ts'
import { openStandIn } from '../helpers/stand-in.ts'

// Fields that a provider cannot change in place.

const url = 'https://hooks.acme.test/replaced'
const cases: readonly (readonly [provider: Provider, path: string, before: object, after: object])[] = [
  [
    shopify,
    'eventTypes',
    { url, eventTypes: ['ORDERS_CREATE'], options: { shopify: { format: 'XML' } } },
    { url, eventTypes: ['ORDERS_PAID'] },
  ],
  [
    shopify,
    'eventTypes',
    { name: 'orders', url, eventTypes: ['ORDERS_CREATE'], options: { shopify: { filter: 'id:1' } } },
    { name: 'orders', url, eventTypes: ['ORDERS_PAID'] },
  ],
  [
    linear,
    'options.linear.allPublicTeams',
    { name: 'issues', url, eventTypes: ['Issue'], enabled: false },
    { name: 'issues', url, options: { linear: { allPublicTeams: false, teamId: 'ENG' } } },
  ],
  [
    linear,
    'options.linear.teamId',
    { name: 'issues', url, eventTypes: ['Issue'] },
    { name: 'issues', url, options: { linear: { teamId: 'ENG' } } },
  ],
  [
    linear,
    'options.linear.allPublicTeams',
    { name: 'issues', url, eventTypes: ['Issue'], options: { linear: { teamId: 'ENG' } } },
    { name: 'issues', url, options: { linear: { allPublicTeams: true } } },
  ],
  [
    stripe,
    'options.stripe.apiVersion',
    {
      name: 'charges',
      url,
      eventTypes: ['charge.failed'],
      options: { stripe: { apiVersion: '2024-06-20', metadata: { team: 'a', gone: 'b', kept: 'c' } } },
    },
    { name: 'charges', url, options: { stripe: { apiVersion: '2025-01-27', metadata: { team: 'z', gone: '' } } } },
  ],
]

async function open(provider: Provider, before: object) {
  const standIn = await openStandIn(provider)
  const store = await openStore({ path: null, keys: createKeys() })
  onTestFinished(() => store.close())
  const start = (more: Partial<GatewayOptions> = {}) =>
    openGateway({ providers: [provider], accounts: [toAccount(provider, standIn)], store, ledger: createLedger(), ...more })
  const { ask, gateway } = start()
  const first = { webhooks: [{ account: provider.name, ...before }] }
  const { outcomes } = await askApply(ask, { ...first, fingerprint: (await askPlan(ask, first)).fingerprint })
  const old = outcomes[0].create.webhook.id
  const [account] = gateway.accounts
  if (account === undefined) throw new TypeError('There is an account')
  return { ask, start, store, standIn, old, list: async () => (await gateway.list(account)).webhooks }
}

const titled = cases.map(([provider, path, ...rest]) => [provider.displayName, path, provider, ...rest] as const)

describe.each(titled)('a replacement at %s, to change %s,', (_, path, provider, before, after) => {
  const wanted = { webhooks: [{ account: provider.name, ...after }] }

  it('creates the new webhook first, keeps what is not managed, and deletes the old one', async () => {
    const { ask, old, list, standIn } = await open(provider, before)
    const [original] = await list()
    const plan = await askPlan(ask, wanted)
    expect(plan.changes).toMatchObject([{ kind: 'REPLACE', webhook: { id: old }, price: { changesId: true } }])
    expect(plan.changes[0].fields.filter(({ comparable }: { comparable: boolean }) => comparable)).toContainEqual(
      expect.objectContaining({ path }),
    )
    expect(plan.changes[0].warnings).toContainEqual({ code: 'NEW_SIGNING_SECRET' })
    const counted = standIn.calls.length
    const applied = await askApply(ask, { ...wanted, fingerprint: plan.fingerprint })
    expect(applied.outcomes).toMatchObject([
      {
        create: { __typename: 'CreateWebhookSuccess' },
        delete: { __typename: 'DeleteWebhookSuccess', deletedId: old },
        skipped: null,
      },
    ])
    const first = standIn.calls.slice(counted).find(({ effect }) => effect === 'WRITE')
    expect(first?.text).toContain('replaced')
    const [now, ...more] = await list()
    expect(more).toEqual([])
    expect(now?.id).not.toBe(old)
    expect({ name: now?.name, enabled: now?.enabled }).toEqual({ name: original?.name, enabled: original?.enabled })
    for (const option of ['format', 'filter', 'includeFields']) expect(now?.details[option]).toEqual(original?.details[option])
    // One of the two, not what the old webhook had besides what is asked for.
    if (provider === linear) expect(now?.details['allPublicTeams']).toBe(now?.details['teamId'] === null)
    if (provider === stripe) expect(now?.details['metadata']).toEqual({ team: 'z', kept: 'c' })
    expect(listEffective(applied.remaining.changes)).toEqual([])
    expect(applied.remaining.problems).toEqual([])
  })

  it('is undone if somebody changes the old webhook meanwhile, and stays so when it is repeated', async () => {
    const { ask, old, list, standIn } = await open(provider, before)
    const { fingerprint } = await askPlan(ask, wanted)
    const update = 'mutation ($input: UpdateWebhookInput!) { updateWebhook(input: $input) { __typename } }'
    const moved = 'https://hooks.acme.test/moved'
    // Right before the new webhook is created.
    standIn.fail({ effect: 'WRITE' }, () => ask(update, { input: { id: old, url: moved } }))
    const applied = await askApply(ask, { ...wanted, fingerprint, idempotencyKey: 'k' })
    const undone = [
      { create: { code: 'CONFLICT', message: expect.stringContaining('The new webhook was removed') }, delete: null },
    ]
    expect(applied.outcomes).toMatchObject(undone)
    expect((await list()).map(({ id, url }) => ({ id, url }))).toEqual([{ id: old, url: moved }])
    const sent = standIn.calls.filter(({ effect }) => effect === 'WRITE').length
    expect((await askApply(ask, { ...wanted, fingerprint, idempotencyKey: 'k' })).outcomes).toMatchObject(undone)
    expect(standIn.calls.filter(({ effect }) => effect === 'WRITE')).toHaveLength(sent)
  })

  it('says that both webhooks are left if the new one cannot be removed again', async () => {
    const { ask, old, list, standIn } = await open(provider, before)
    const { fingerprint } = await askPlan(ask, wanted)
    const update = 'mutation ($input: UpdateWebhookInput!) { updateWebhook(input: $input) { __typename } }'
    standIn.fail({ effect: 'WRITE' }, async () => {
      await ask(update, { input: { id: old, url: 'https://hooks.acme.test/moved' } })
      standIn.fail({ effect: 'WRITE', status: 403, times: 20 })
    })
    const applied = await askApply(ask, { ...wanted, fingerprint })
    expect(applied.outcomes).toMatchObject([
      {
        create: { __typename: 'CreateWebhookSuccess' },
        delete: { code: 'OUTCOME_UNKNOWN', message: expect.stringContaining('Delete one') },
      },
    ])
    expect(await list()).toHaveLength(2)
  })

  it('is finished by the next call if nobody knows what became of the deletion', async () => {
    const { start, standIn, list, old } = await open(provider, before)
    const { ask } = start()
    const input = { ...wanted, fingerprint: (await askPlan(ask, wanted)).fingerprint }
    standIn.fail({ effect: 'WRITE' }, () => standIn.fail({ effect: 'WRITE', cut: 'request', times: 20 }))
    const first = await askApply(ask, { ...input, idempotencyKey: 'k' })
    expect(first.outcomes).toMatchObject([{ delete: { code: 'OUTCOME_UNKNOWN' } }])
    expect(await list()).toHaveLength(2)
    standIn.heal()
    const again = await askApply(start().ask, { ...input, idempotencyKey: 'k' })
    expect(again.outcomes).toMatchObject([
      { create: { replayed: true }, delete: { __typename: 'DeleteWebhookSuccess', deletedId: old, replayed: false } },
    ])
    expect((await list()).map(({ id }) => id)).toEqual([again.outcomes[0].create.webhook.id])
    expect([listEffective(again.remaining.changes), again.remaining.problems]).toEqual([[], []])
  })

  it('that was left halfway is told by every plan, with the webhook to delete', async () => {
    const { ask, standIn, old } = await open(provider, before)
    const { fingerprint } = await askPlan(ask, wanted)
    standIn.fail({ effect: 'WRITE' }, () => standIn.fail({ effect: 'WRITE', status: 403, times: 20 }))
    const { outcomes, remaining } = await askApply(ask, { ...wanted, fingerprint })
    const { id } = outcomes[0].create.webhook
    const [{ message }] = remaining.problems
    if (provider !== shopify)
      expect(message).toContain(
        `Only ${id} is as desired. If it was made to replace the other, and its endpoint has its signing secret, delete ${old}.`,
      )
    expect(message).toContain(old)
  })

  /** With a replacement whose old webhook could not be deleted. */
  async function openHalf() {
    const opened = await open(provider, before)
    const { ask, standIn } = opened
    const { fingerprint } = await askPlan(ask, wanted)
    standIn.fail({ effect: 'WRITE' }, () => standIn.fail({ effect: 'WRITE', status: 403, times: 20 }))
    const { outcomes } = await askApply(ask, { ...wanted, fingerprint, idempotencyKey: 'k' })
    standIn.heal()
    const { webhook, signingSecret } = outcomes[0].create
    return { ...opened, fingerprint, twin: webhook.id, secret: signingSecret }
  }

  it('that was left halfway is finished by the next apply, with the secret of the new webhook', async () => {
    const { start, old, twin, secret, fingerprint, list, standIn } = await openHalf()
    const { ask } = start()
    const plan = await askPlan(ask, wanted)
    expect(plan).toMatchObject({ fingerprint, problems: [], changes: [{ kind: 'REPLACE', webhook: { id: old } }] })
    expect(plan.changes[0].warnings).toContainEqual({ code: 'REPLACEMENT_BEGUN' })
    const sent = standIn.calls.length
    const { outcomes, remaining } = await askApply(ask, { ...wanted, fingerprint, idempotencyKey: 'another' })
    expect(outcomes).toMatchObject([
      {
        create: { webhook: { id: twin }, signingSecret: secret, replayed: true },
        delete: { __typename: 'DeleteWebhookSuccess', deletedId: old },
      },
    ])
    expect((await list()).map(({ id }) => id)).toEqual([twin])
    expect([listEffective(remaining.changes), remaining.problems]).toEqual([[], []])
    const writes = standIn.calls.slice(sent).filter(({ effect }) => effect === 'WRITE')
    // Where only one webhook can have a name, the new one gets it last.
    expect(writes).toHaveLength(provider.fields.name.isUnique === true && 'name' in after ? 2 : 1)
  })

  it('that was left halfway is left to a person once either webhook has changed', async () => {
    const update = 'mutation ($input: UpdateWebhookInput!) { updateWebhook(input: $input) { __typename } }'
    for (const which of ['old', 'twin'] as const) {
      const half = await openHalf()
      const { ask } = half.start()
      const moved = await ask(update, { input: { id: half[which], url: 'https://hooks.acme.test/moved' } })
      expect(moved.data.updateWebhook.__typename).toBe('UpdateWebhookSuccess')
      const { changes } = await askPlan(ask, wanted)
      const codes = changes.flatMap(({ warnings }: { warnings: readonly { code: string }[] }) => warnings.map(({ code }) => code))
      expect(codes).not.toContain('REPLACEMENT_BEGUN')
    }
  })

  it('that was left halfway is left to a person once the old webhook has changed in what is not managed', async () => {
    const half = await openHalf()
    const { ask } = half.start()
    const update = 'mutation ($input: UpdateWebhookInput!) { updateWebhook(input: $input) { __typename } }'
    const eventTypes = [provider === stripe ? 'charge.refunded' : 'Comment']
    const other = provider === shopify ? { options: { shopify: { includeFields: ['id'] } } } : { eventTypes }
    const changed = await ask(update, { input: { id: half.old, ...other } })
    expect(changed.data.updateWebhook.__typename).toBe('UpdateWebhookSuccess')
    expect(await askPlan(ask, wanted)).toMatchObject({ changes: [], problems: [{ webhooks: [{}, {}] }] })
  })

  it('is finished by the next call under its key wherever it is killed', async () => {
    for (let commits = 0; commits < 7; commits += 1) {
      const { start, store, list, old } = await open(provider, before)
      const dead = start({ store: dying(store, commits) })
      const { fingerprint } = await askPlan(dead.ask, wanted)
      await askApply(dead.ask, { ...wanted, fingerprint, idempotencyKey: 'plan-1' })
      const { ask } = start()
      const again = await askApply(ask, { ...wanted, fingerprint, idempotencyKey: 'plan-1' })
      expect(again.__typename).toBe('ApplyWebhookPlanSuccess')
      const { remaining } = again
      const last = await askApply(ask, { ...wanted, fingerprint: remaining.fingerprint, idempotencyKey: 'plan-1' })
      const webhooks = await list()
      // Where nobody can know what became of the create, both are left to a person.
      const isLeft = webhooks.length === 2
      if (isLeft) expect([getRepeat(provider), commits]).toEqual([undefined, 1])
      if (isLeft) expect(last.remaining.problems).toMatchObject([{ webhooks: [{}, {}] }])
      else expect([listEffective(last.remaining.changes), last.remaining.problems]).toEqual([[], []])
      if (!isLeft) expect(webhooks.map(({ id }) => id)).not.toContain(old)
    }
  })

  it('leaves the old webhook alone if the new one cannot be created', async () => {
    const { ask, old, list, standIn } = await open(provider, before)
    const { fingerprint } = await askPlan(ask, wanted)
    standIn.fail({ effect: 'WRITE', status: 403, times: 20 })
    const applied = await askApply(ask, { ...wanted, fingerprint })
    expect(applied.outcomes).toMatchObject([{ create: { code: expect.any(String) }, delete: null }])
    expect((await list()).map(({ id }) => id)).toEqual([old])
    // What may have come from a proxy says nothing of the new one.
    const { code, journalEntry } = applied.outcomes[0].create
    expect([code, applied.remaining.changes]).toEqual(['OUTCOME_UNKNOWN', []])
    expect(applied.remaining).toMatchObject({ fingerprint, problems: [{ code: 'UNSETTLED', journalEntryId: journalEntry.id }] })
    await settleAll(ask, applied.remaining.problems)
    expect(await askPlan(ask, wanted)).toMatchObject({ fingerprint, changes: [{ kind: 'REPLACE' }], problems: [] })
  })
})

type Ask = ReturnType<typeof openGateway>['ask']

describe('a replacement that another caller has begun', () => {
  const before = { url, eventTypes: ['charge.failed'], options: { stripe: { apiVersion: '2024-06-20' } } }
  const wanted = { webhooks: [{ account: 'stripe', url, options: { stripe: { apiVersion: '2025-01-27' } } }] }
  const all: readonly Scope[] = ['webhooks:read', 'webhooks:write', 'secrets:write']

  async function openBegun(scopes: readonly Scope[], meanwhile?: (as: Ask) => Promise<void>) {
    const keys = { one: createApiKey(), other: createApiKey() }
    const apiKeys = [
      { name: 'one', sha256: hashApiKey(keys.one), scopes: all },
      { name: 'other', sha256: hashApiKey(keys.other), scopes },
    ]
    const { start, standIn, old, list } = await open(stripe, before)
    const { ask } = start({ server: { auth: { apiKeys } } })
    const as =
      (name: keyof typeof keys): typeof ask =>
      (query, variables) =>
        ask(query, variables, { authorization: `Bearer ${keys[name]}` })
    const { fingerprint } = await askPlan(as('one'), wanted)
    standIn.fail({ effect: 'WRITE' }, () => standIn.fail({ effect: 'WRITE', status: 403, times: 20 }))
    await askApply(as('one'), { ...wanted, fingerprint, idempotencyKey: 'k' })
    standIn.heal()
    await meanwhile?.(as('other'))
    return { list, old, ask: as('other'), applied: await askApply(as('other'), { ...wanted, fingerprint, idempotencyKey: 'k' }) }
  }

  it('is left to a person once its secret can be had no more', async () => {
    const { list, old, ask } = await openBegun(['journal:read', 'secrets:reveal', ...all], async (as) => {
      const { data } = await as('{ journal(first: 1, filter: { operations: [CREATE] }) { nodes { id planned } } }')
      const [{ id, planned }] = data.journal.nodes
      expect(planned).toBe(true)
      const acknowledge = 'mutation ($id: ID!) { acknowledgeSecret(input: { entryId: $id }) { __typename } }'
      expect((await as(acknowledge, { id })).data.acknowledgeSecret.__typename).toBe('AcknowledgeSecretSuccess')
    })
    expect(await askPlan(ask, wanted)).toMatchObject({ changes: [], problems: [{ code: 'AMBIGUOUS' }] })
    expect((await list()).map(({ id }) => id)).toContain(old)
  })

  it('is finished by one who may have its secret', async () => {
    const { applied, old, list } = await openBegun([...all, 'secrets:reveal'])
    expect(applied.outcomes).toMatchObject([{ create: { signingSecret: expect.any(String) }, delete: { deletedId: old } }])
    expect(await list()).toHaveLength(1)
  })

  it('is left to those who may', async () => {
    const { applied, list } = await openBegun(all)
    expect(applied.outcomes).toMatchObject([
      { create: { code: 'PERMISSION_DENIED', message: expect.stringContaining('one has') }, delete: null },
    ])
    expect(await list()).toHaveLength(2)
  })
})
