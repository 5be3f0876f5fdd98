import { describe, expect, it } from 'vitest'
import type { Scope } from '../../src/caller.ts'
import { mostChanges } from '../../src/gateway/plan/choose.ts'
import { createLedger } from '../../src/gateway/write/ledger.ts'
import { baanx } from '../../src/providers/baanx/index.ts'
import { encrata } from '../../src/providers/encrata/index.ts'
import { fingerprint as fingerprintProvider } from '../../src/providers/fingerprint/index.ts'
import { github } from '../../src/providers/github/index.ts'
import { linear } from '../../src/providers/linear/index.ts'
import { stripe } from '../../src/providers/stripe/index.ts'
import { createApiKey, hashApiKey } from '../../src/server/auth/api-key.ts'
import type { Limits } from '../../src/server/limits.ts'
import { createElsewhere } from '../helpers/encrata.ts'
import { openGateway, toAccount } from '../helpers/gateway.ts'
import { askApply, askPlan, countKinds, listEffective } from '../helpers/plan.ts'
import { openStandIn } from '../helpers/stand-in.ts'

// What keeps a plan from doing harm, over whole requests.

const hook = (account: string, name: string, more: object = {}) => ({
  account,
  name,
  url: `https://hooks.acme.test/${name}`,
  eventTypes: ['Issue'],
  ...more,
})
const many = (count: number, more: object = {}) =>
  Array.from({ length: count }, (_, index) => hook('linear', `hook-${index}`, more))

interface Opening {
  readonly limits?: Partial<Limits>
  readonly scopes?: readonly Scope[]
  readonly accounts?: readonly string[]
}

async function open({ limits, scopes, accounts }: Opening = {}) {
  const [standIn, other] = [await openStandIn(linear), await openStandIn(encrata)]
  const [key, all] = [createApiKey(), createApiKey()]
  const everything: readonly Scope[] = ['webhooks:read', 'webhooks:write', 'secrets:write']
  const apiKeys = [
    { name: 'ci', sha256: hashApiKey(key), scopes: scopes ?? everything, ...(accounts && { accounts }) },
    { name: 'all', sha256: hashApiKey(all), scopes: everything },
  ]
  const { ask } = openGateway({
    providers: [linear, encrata],
    accounts: [toAccount(linear, standIn), toAccount(encrata, other)],
    server: { auth: { apiKeys }, ...(limits && { limits }) },
  })
  const asCaller: typeof ask = (query, variables) => ask(query, variables, { authorization: `Bearer ${key}` })
  const asAll: typeof ask = (query, variables) => ask(query, variables, { authorization: `Bearer ${all}` })
  /** Makes these webhooks, and nothing else. */
  async function prepare(webhooks: readonly object[]) {
    for (let left = true; left;) {
      const { fingerprint } = await askPlan(asAll, { webhooks })
      const applied = await askApply(asAll, { webhooks, fingerprint, force: true })
      left = listEffective(applied.remaining.changes).length > 0
    }
  }
  const countWrites = () => standIn.calls.filter(({ effect }) => effect === 'WRITE').length
  return { ask: asCaller, prepare, standIn, other, countWrites }
}

describe('a plan that changes unusually much', () => {
  it.each([
    [9, 9, false],
    [10, 3, false],
    [10, 4, true],
    [20, 6, false],
    [20, 7, true],
  ])('of %i webhooks, %i of them, is refused: %s', async (count, changed, isRefused) => {
    const { ask, prepare, countWrites } = await open()
    const before = many(count)
    await prepare(before)
    const webhooks = [...before.slice(0, count - changed), ...many(count, { enabled: false }).slice(count - changed)]
    const plan = await askPlan(ask, { webhooks })
    expect(countKinds(plan.changes)).toMatchObject({ UPDATE: changed })
    expect(plan.refusals).toMatchObject(isRefused ? [{ code: 'TOO_MANY_CHANGES' }] : [])
    const sent = countWrites()
    const applied = await askApply(ask, { webhooks, fingerprint: plan.fingerprint })
    expect(applied.__typename).toBe(isRefused ? 'PlanUnsafeError' : 'ApplyWebhookPlanSuccess')
    expect(countWrites() > sent).toBe(!isRefused)
    if (isRefused) expect(applied).toMatchObject({ code: 'PLAN_UNSAFE', plan: { fingerprint: plan.fingerprint } })
    const forced = await askApply(ask, {
      webhooks,
      fingerprint: applied.plan?.fingerprint ?? applied.remaining.fingerprint,
      force: true,
    })
    expect(listEffective(forced.remaining.changes)).toEqual([])
  })

  it('can be carried out in part by force, and not by naming its changes alone', async () => {
    const { ask, prepare } = await open()
    await prepare(many(10))
    const webhooks = many(10, { enabled: false })
    const plan = await askPlan(ask, { webhooks })
    const only = plan.changes.slice(0, 2).map(({ id }: { id: string }) => id)
    const refused = await askApply(ask, { webhooks, fingerprint: plan.fingerprint, only })
    expect(refused).toMatchObject({ __typename: 'PlanUnsafeError', plan: { fingerprint: plan.fingerprint } })
    const applied = await askApply(ask, { webhooks, fingerprint: plan.fingerprint, only, force: true })
    expect(applied.outcomes.map(({ change }: { change: { id: string } }) => change.id)).toEqual(only)
    expect(countKinds(applied.remaining.changes)).toEqual({ UPDATE: 8, NONE: 2 })
  })

  it('is refused where all webhooks would be deleted, whichever of them are named', async () => {
    const { ask, prepare, countWrites } = await open()
    await prepare(many(9))
    const input = { webhooks: [], prune: ['linear'] }
    const { changes, fingerprint } = await askPlan(ask, input)
    const only = changes.slice(1).map(({ id }: { id: string }) => id)
    const sent = countWrites()
    expect(await askApply(ask, { ...input, fingerprint, only })).toMatchObject({ __typename: 'PlanUnsafeError' })
    expect(countWrites()).toBe(sent)
  })

  it('calls out a host that changes for more than one webhook', async () => {
    const { ask, prepare } = await open()
    await prepare(many(3))
    const moved = many(3).map((each, index) => (index > 0 ? { ...each, url: `https://new.acme.test/${index}` } : each))
    const plan = await askPlan(ask, { webhooks: moved })
    expect(plan.warnings).toMatchObject([
      { code: 'HOST_CHANGES', message: expect.stringContaining('hooks.acme.test to new.acme.test') },
    ])
    const one = await askPlan(ask, { webhooks: [...many(2), ...moved.slice(2)] })
    expect(one.warnings).toEqual([])
  })
})

describe('one call', () => {
  it('carries out at most 25 changes, creates before deletes, until nothing is left', async () => {
    const { ask, prepare } = await open()
    await prepare([...many(2), hook('linear', 'gone')])
    const input = { webhooks: many(30), prune: ['linear'] }
    const { fingerprint } = await askPlan(ask, input)
    const first = await askApply(ask, { ...input, fingerprint, idempotencyKey: 'k' })
    expect(first.outcomes).toHaveLength(mostChanges)
    expect(first.outcomes.every(({ create }: { create: unknown }) => create !== null)).toBe(true)
    expect(countKinds(first.remaining.changes)).toEqual({ CREATE: 3, DELETE: 1, NONE: 27 })
    const second = await askApply(ask, { ...input, fingerprint: first.remaining.fingerprint, idempotencyKey: 'k' })
    expect(second.outcomes.map(({ change }: { change: { kind: string } }) => change.kind)).toEqual([
      'CREATE',
      'CREATE',
      'CREATE',
      'DELETE',
    ])
    expect(countKinds(second.remaining.changes)).toEqual({ NONE: 30 })
  })

  it('begins nothing once its time is up, and leaves the rest', async () => {
    const { ask, standIn } = await open({ limits: { operationTimeoutMs: 300 } })
    const input = { webhooks: many(5) }
    const { fingerprint } = await askPlan(ask, input)
    standIn.fail({ effect: 'WRITE', delayMs: 500, times: 5 })
    const { outcomes, remaining } = await askApply(ask, { ...input, fingerprint })
    expect(outcomes.length).toBeLessThan(5)
    expect(listEffective(remaining.changes)).toHaveLength(5 - outcomes.length)
  })

  it('goes on when a change fails', async () => {
    const { ask, standIn } = await open()
    const input = { webhooks: [...many(2), hook('encrata', 'lookups', { eventTypes: ['lookup.completed'] })] }
    const { fingerprint } = await askPlan(ask, input)
    standIn.fail({ effect: 'WRITE', status: 401, times: 20 })
    const { outcomes, remaining } = await askApply(ask, { ...input, fingerprint })
    const created = outcomes.map(({ create }: { create: { __typename: string } }) => create.__typename)
    expect(created.toSorted((a: string, b: string) => (a < b ? -1 : 1))).toEqual([
      'CreateWebhookSuccess',
      'CredentialsRejectedError',
      'CredentialsRejectedError',
    ])
    expect(countKinds(remaining.changes)).toEqual({ CREATE: 2, NONE: 1 })
  })
})

describe('a change that is chosen', () => {
  it('is carried out as it was shown, or not at all, by every call', async () => {
    const { ask, prepare, countWrites } = await open()
    await prepare([hook('linear', 'edited'), hook('linear', 'gone'), hook('linear', 'same')])
    const wanted = [hook('linear', 'edited', { eventTypes: ['Issue', 'Comment'] }), hook('linear', 'same', { enabled: false })]
    const input = { webhooks: [...many(mostChanges), ...wanted], prune: ['linear'] }
    const idempotencyKey = 'k'
    const { changes, fingerprint } = await askPlan(ask, input)
    const only = listEffective<{ kind: string; id: string }>(changes).map(({ id }) => id)
    const first = await askApply(ask, { ...input, fingerprint, only, idempotencyKey })
    expect(first.outcomes).toHaveLength(mostChanges)
    const update = 'mutation ($input: UpdateWebhookInput!) { updateWebhook(input: $input) { __typename } }'
    const find = (name: string) => changes.find((change: { name: string }) => change.name === name).webhook.id
    await ask(update, { input: { id: find('edited'), eventTypes: ['Project'] } })
    await ask(update, { input: { id: find('gone'), enabled: false } })
    const sent = countWrites()
    const { plan } = await askApply(ask, { ...input, fingerprint: first.remaining.fingerprint, only, idempotencyKey: 'other' })
    const second = await askApply(ask, { ...input, fingerprint: plan.fingerprint, only, idempotencyKey })
    expect(second.outcomes).toMatchObject([{ change: { kind: 'UPDATE', name: 'same' } }])
    expect(countWrites()).toBe(sent + 1)
    const left = listEffective<{ kind: string; id: string }>(second.remaining.changes)
    expect(left).toMatchObject([
      { kind: 'UPDATE', name: 'edited' },
      { kind: 'DELETE', name: 'gone' },
    ])
    expect(left.filter(({ id }) => only.includes(id))).toEqual([])
  })

  it('has to be one of the plan', async () => {
    const { ask, countWrites } = await open()
    const input = { webhooks: many(1) }
    const { changes, fingerprint } = await askPlan(ask, input)
    const applied = await askApply(ask, { ...input, fingerprint, only: [changes[0].id, 'nope'] })
    expect(applied).toMatchObject({
      __typename: 'InvalidInputError',
      issues: [{ path: ['input', 'only', '1'], code: 'INVALID', message: expect.stringContaining('no change with this ID') }],
    })
    expect(countWrites()).toBe(0)
  })
})

describe('an apply that is repeated under its key', () => {
  const gone = hook('linear', 'gone')
  const alien = hook('linear', 'alien')
  const idempotencyKey = 'k'

  it('sends nothing once it is finished, whatever others have changed since', async () => {
    const { ask, prepare, countWrites } = await open()
    await prepare([...many(1), gone])
    const input = { webhooks: many(2), prune: ['linear'] }
    const { fingerprint } = await askPlan(ask, input)
    const first = await askApply(ask, { ...input, fingerprint, idempotencyKey })
    expect(listEffective(first.remaining.changes)).toEqual([])
    await prepare([hook('linear', 'hook-0', { eventTypes: ['Comment'] }), alien])
    const sent = countWrites()
    const again = await askApply(ask, { ...input, fingerprint, idempotencyKey })
    expect(again.outcomes).toMatchObject([
      { change: { kind: 'CREATE', name: 'hook-1' }, create: { replayed: true } },
      { change: { kind: 'DELETE', name: 'gone' }, delete: { replayed: true } },
    ])
    expect(countWrites()).toBe(sent)
    expect(listEffective(again.remaining.changes)).toMatchObject([
      { kind: 'UPDATE', name: 'hook-0' },
      { kind: 'DELETE', name: 'alien' },
    ])
  })

  it.each([
    ['other webhooks', { webhooks: many(3) }],
    ['another order', { webhooks: many(2).toReversed() }],
    ['another secret', { webhooks: many(2, { options: { linear: { secret: 'another secret of mine' } } }) }],
    ['other accounts to prune', { prune: ['linear'] }],
  ])('is refused for %s', async (_, more) => {
    const { ask, countWrites } = await open()
    const input = { webhooks: many(2, { options: { linear: { secret: 'a secret of mine' } } }), prune: [] }
    const { fingerprint } = await askPlan(ask, input)
    const first = await askApply(ask, { ...input, fingerprint, idempotencyKey })
    expect(first.outcomes).toHaveLength(2)
    const sent = countWrites()
    const other = { ...input, ...more }
    const current = await askPlan(ask, other)
    for (const each of [fingerprint, current.fingerprint]) {
      const refused = await askApply(ask, { ...other, fingerprint: each, idempotencyKey })
      expect(refused).toMatchObject({
        __typename: 'InvalidInputError',
        issues: [{ path: ['input', 'idempotencyKey'], code: 'INVALID', message: expect.stringContaining('different input') }],
      })
      expect(refused.text).not.toContain('secret of mine')
    }
    expect(countWrites()).toBe(sent)
    const same = { ...input, webhooks: input.webhooks.map((each) => ({ ...each, url: each.url.replace('https', 'HTTPS') })) }
    for (const choice of [{}, { only: [] }, { force: true }, { fingerprint: first.remaining.fingerprint }])
      expect(await askApply(ask, { ...same, fingerprint, idempotencyKey, ...choice })).toMatchObject({
        __typename: 'ApplyWebhookPlanSuccess',
      })
  })

  it('is checked like any other as long as nothing was done under its key', async () => {
    const { ask, standIn, countWrites } = await open()
    const input = { webhooks: many(1), idempotencyKey }
    expect(await askApply(ask, { ...input, fingerprint: 'garbage' })).toMatchObject({ __typename: 'PlanOutdatedError' })
    const { fingerprint } = await askPlan(ask, { webhooks: many(1) })
    standIn.fail({ effect: 'WRITE', status: 401, times: 20 })
    const { outcomes } = await askApply(ask, { ...input, fingerprint })
    expect(outcomes).toMatchObject([{ create: { code: 'CREDENTIALS_REJECTED' } }])
    standIn.heal()
    const sent = countWrites()
    expect(await askApply(ask, { ...input, fingerprint: 'garbage' })).toMatchObject({ __typename: 'PlanOutdatedError' })
    expect(countWrites()).toBe(sent)
  })

  it('deletes what is still there, unless somebody has changed it', async () => {
    const { ask, prepare, standIn } = await open()
    await prepare([...many(1), gone, hook('linear', 'edited')])
    const input = { webhooks: many(1), prune: ['linear'] }
    const { fingerprint } = await askPlan(ask, input)
    standIn.fail({ effect: 'WRITE', cut: 'request', times: 50 })
    const first = await askApply(ask, { ...input, fingerprint, idempotencyKey })
    expect(first.outcomes).toMatchObject([{ delete: { code: 'OUTCOME_UNKNOWN' } }, { delete: { code: 'OUTCOME_UNKNOWN' } }])
    standIn.heal()
    await prepare([hook('linear', 'edited', { eventTypes: ['Comment'] })])
    const again = await askApply(ask, { ...input, fingerprint, idempotencyKey })
    expect(again.outcomes).toMatchObject([
      { change: { name: 'edited' }, delete: { code: 'OUTCOME_UNKNOWN' } },
      { change: { name: 'gone' }, delete: { __typename: 'DeleteWebhookSuccess', replayed: false } },
    ])
    expect(listEffective(again.remaining.changes)).toMatchObject([{ kind: 'DELETE', name: 'edited' }])
  })

  it('leaves a change alone that has become another one', async () => {
    const { ask, prepare, countWrites } = await open()
    await prepare([hook('linear', 'edited'), gone])
    const wanted = [...many(mostChanges), hook('linear', 'edited', { eventTypes: ['Issue', 'Comment'] })]
    const input = { webhooks: wanted, prune: ['linear'] }
    const { changes, fingerprint } = await askPlan(ask, input)
    await askApply(ask, { ...input, fingerprint, idempotencyKey })
    for (const [name, more] of Object.entries({ edited: { eventTypes: ['Project'] }, gone: { enabled: false } })) {
      const { id } = changes.find((change: { name: string }) => change.name === name).webhook
      const update = 'mutation ($input: UpdateWebhookInput!) { updateWebhook(input: $input) { __typename } }'
      await ask(update, { input: { id, ...more } })
    }
    const sent = countWrites()
    const again = await askApply(ask, { ...input, fingerprint, idempotencyKey })
    expect(again.outcomes).toHaveLength(mostChanges)
    expect(countWrites()).toBe(sent)
    expect(listEffective(again.remaining.changes)).toMatchObject([
      { kind: 'UPDATE', name: 'edited' },
      { kind: 'DELETE', name: 'gone' },
    ])
  })

  it.each([1, 2])('goes on with what was checked, and leaves the rest to be checked (call %i)', async (calls) => {
    const { ask, prepare } = await open()
    await prepare([...many(2), gone])
    const input = { webhooks: many(60), prune: ['linear'] }
    let { fingerprint } = await askPlan(ask, input)
    for (let call = 1; call < calls; call += 1) {
      const { remaining } = await askApply(ask, { ...input, fingerprint, idempotencyKey })
      ;({ fingerprint } = remaining)
    }
    await askApply(ask, { ...input, fingerprint, idempotencyKey })
    await prepare([hook('linear', 'hook-0', { eventTypes: ['Comment'] }), alien])
    const again = await askApply(ask, { ...input, fingerprint, idempotencyKey })
    const fresh = again.outcomes.filter(({ create }: { create: { replayed?: boolean } | null }) => create?.replayed !== true)
    const left = 60 - 2 - mostChanges * calls
    expect(countKinds(fresh.map(({ change }: { change: { kind: string } }) => change))).toEqual(
      left > mostChanges ? { CREATE: mostChanges } : { CREATE: left, DELETE: 1 },
    )
    const last = await askApply(ask, { ...input, fingerprint, idempotencyKey })
    expect(countKinds(last.remaining.changes)).toEqual({ UPDATE: 1, DELETE: 1, NONE: 59 })
    expect(listEffective(last.remaining.changes)).toMatchObject([{ name: 'hook-0' }, { name: 'alien' }])
  })
})

describe('a creation', () => {
  const at = (name: string) => ({ account: 'stripe', name, url: 'https://hooks.acme.test/shared', eventTypes: ['charge.failed'] })

  it('is one of several at the same URL, told apart by name', async () => {
    const { ask } = openGateway({ providers: [stripe], accounts: [toAccount(stripe, await openStandIn(stripe))] })
    const input = { webhooks: [at('one'), at('two')] }
    const { fingerprint } = await askPlan(ask, input)
    const { outcomes, remaining } = await askApply(ask, { ...input, fingerprint })
    expect(outcomes).toMatchObject([{ create: { webhook: { name: 'one' } } }, { create: { webhook: { name: 'two' } } }])
    expect(countKinds(remaining.changes)).toEqual({ NONE: 2 })
  })

  it('is not made twice by two processes that know nothing of each other', async () => {
    const standIn = await openStandIn(stripe)
    const start = () => openGateway({ providers: [stripe], accounts: [toAccount(stripe, standIn)], ledger: createLedger() }).ask
    const [one, two] = [start(), start()]
    const input = { webhooks: [at('one')] }
    const { fingerprint } = await askPlan(one, input)
    // Between the plan of the first one and its create.
    standIn.fail({ effect: 'READ' }, () => {})
    standIn.fail({ effect: 'READ' }, () => askApply(two, { ...input, fingerprint }))
    const { outcomes, remaining } = await askApply(one, { ...input, fingerprint })
    expect(outcomes).toMatchObject([{ create: { __typename: 'ConflictError' } }])
    expect(countKinds(remaining.changes)).toEqual({ NONE: 1 })
  })
})

describe('a deletion', () => {
  it.each([
    { url: 'https://hooks.acme.test/production' },
    { name: 'production' },
    { enabled: true },
    { eventTypes: ['Comment', 'Project'] },
  ])('is refused once the webhook is another one than was checked: %o', async (more) => {
    const { ask, prepare, countWrites } = await open()
    const garbage = { ...hook('linear', 'garbage'), enabled: false }
    await prepare([hook('linear', 'kept'), garbage])
    const input = { webhooks: [hook('linear', 'kept')], prune: ['linear'] }
    const { changes, fingerprint } = await askPlan(ask, input)
    const { webhook } = changes.find(({ kind }: { kind: string }) => kind === 'DELETE')
    await ask('mutation ($input: UpdateWebhookInput!) { updateWebhook(input: $input) { __typename } }', {
      input: { id: webhook.id, ...more },
    })
    const sent = countWrites()
    const applied = await askApply(ask, { ...input, fingerprint })
    expect(applied).toMatchObject({ __typename: 'PlanOutdatedError', plan: { changes: [{ kind: 'DELETE' }, { kind: 'NONE' }] } })
    expect(countWrites()).toBe(sent)
  })

  it('waits for the webhook that moves to another account', async () => {
    const { ask, prepare, other, standIn } = await open()
    await prepare([hook('linear', 'moving'), hook('linear', 'staying')])
    const input = {
      webhooks: [hook('encrata', 'moving', { eventTypes: ['lookup.completed'] }), hook('linear', 'staying')],
      prune: ['linear'],
    }
    const { fingerprint } = await askPlan(ask, input)
    other.fail({ effect: 'WRITE', status: 401, times: 20 })
    const failed = await askApply(ask, { ...input, fingerprint })
    expect(failed.outcomes).toMatchObject([
      { create: { code: 'CREDENTIALS_REJECTED' } },
      { change: { kind: 'DELETE' }, delete: null, skipped: expect.stringContaining('does not exist yet') },
    ])
    expect(standIn.calls.some(({ text }) => text.includes('webhookDelete'))).toBe(false)
  })

  const [odd, inside, plain] = ['https://a..b/', 'https://10.0.0.1/', 'https://hooks.acme.test/plain']

  it.each([
    [false, [odd, inside]],
    [true, [odd]],
  ])('spares what no file can have (with private targets: %s)', async (allowPrivateTargets, spared) => {
    const standIn = await openStandIn(encrata)
    await createElsewhere(standIn, [odd, inside, plain])
    const { ask } = openGateway({ providers: [encrata], accounts: [toAccount(encrata, standIn)], allowPrivateTargets })
    for (const url of [odd, inside, plain]) {
      const { __typename, issues } = await askPlan(ask, { webhooks: [{ account: 'encrata', url }] })
      expect(__typename).toBe(spared.includes(url) ? 'InvalidInputError' : 'WebhookPlan')
      if (spared.includes(url)) expect(issues).toMatchObject([{ path: ['input', 'webhooks', '0', 'url'] }])
    }
    const { changes, fingerprint } = await askPlan(ask, { webhooks: [], prune: ['encrata'] })
    const toUrls = (kind: string) =>
      changes.filter((each: { kind: string }) => each.kind === kind).map(({ url }: { url: string }) => url)
    expect(toUrls('UNMANAGED').toSorted()).toEqual(spared.toSorted())
    expect(toUrls('DELETE').toSorted()).toEqual([inside, plain].filter((url) => !spared.includes(url)).toSorted())
    const { remaining } = await askApply(ask, { webhooks: [], prune: ['encrata'], fingerprint })
    expect(countKinds(remaining.changes)).toEqual({ UNMANAGED: spared.length })
    for (const { warnings } of remaining.changes) expect(warnings).toEqual([{ code: 'NOT_MANAGEABLE' }])
  })

  it('is made nowhere while an account cannot be read', async () => {
    const { ask, prepare, other, countWrites } = await open()
    await prepare([hook('linear', 'unwanted'), hook('linear', 'wanted')])
    const input = { webhooks: [hook('linear', 'wanted', { enabled: false })], prune: ['linear', 'encrata'] }
    other.fail({ effect: 'READ', status: 500, times: 100 })
    const plan = await askPlan(ask, input)
    expect(plan).toMatchObject({ complete: false, warnings: [{ code: 'NOTHING_DELETED' }] })
    expect(countKinds(plan.changes)).toEqual({ UPDATE: 1, UNMANAGED: 1 })
    const sent = countWrites()
    const { outcomes } = await askApply(ask, { ...input, fingerprint: plan.fingerprint, force: true })
    expect(outcomes).toMatchObject([{ change: { kind: 'UPDATE' } }])
    expect(countWrites()).toBe(sent + 1)
  })
})

describe('an account that is only to be read', () => {
  const plan = 'query ($input: WebhookPlanInput!) { webhookPlan(input: $input) { __typename } }'
  const apply = 'mutation ($input: ApplyWebhookPlanInput!) { applyWebhookPlan(input: $input) { __typename } }'

  it('is a part of the plan and of what remains, and stays as it is', async () => {
    const { ask, prepare, countWrites } = await open()
    await prepare([hook('linear', 'there')])
    const sent = countWrites()
    const input = { webhooks: [], accounts: ['linear'] }
    const planned = await askPlan(ask, input)
    expect(planned).toMatchObject({ complete: true, sources: [{ account: { slug: 'linear' }, state: 'COMPLETE' }] })
    expect(planned.changes).toMatchObject([{ kind: 'UNMANAGED', name: 'there' }])
    const { outcomes, remaining } = await askApply(ask, { ...input, fingerprint: planned.fingerprint })
    expect(outcomes).toEqual([])
    expect(countKinds(remaining.changes)).toEqual({ UNMANAGED: 1 })
    expect(countWrites()).toBe(sent)
  })

  it('makes the plan incomplete if it cannot be read', async () => {
    const { ask, standIn } = await open()
    standIn.fail({ effect: 'READ', status: 500, times: 100 })
    const planned = await askPlan(ask, { webhooks: [], accounts: ['linear'] })
    expect(planned).toMatchObject({ complete: false, sources: [{ account: { slug: 'linear' }, state: 'FAILED' }] })
  })

  it('counts among the upstream requests that an operation can make', async () => {
    const { ask } = await open({ limits: { upstreamCalls: 1 } })
    const input = { webhooks: [], prune: ['linear'], accounts: ['linear', 'encrata'] }
    const [planned, applied] = [await ask(plan, { input }), await ask(apply, { input: { ...input, fingerprint: 'x' } })]
    expect(planned.errors).toMatchObject([{ extensions: { limit: 'upstreamCalls', asked: 2 } }])
    expect(applied.errors).toMatchObject([{ extensions: { limit: 'upstreamCalls', asked: 4 } }])
  })
})

describe('a caller', () => {
  it('plans its own accounts only', async () => {
    const { ask } = await open({ accounts: ['linear'] })
    const own = await askPlan(ask, { webhooks: many(1), prune: ['linear'] })
    expect(own.sources).toMatchObject([{ account: { slug: 'linear' } }])
    const foreign = await askPlan(ask, { webhooks: [hook('encrata', 'x'), hook('nobody', 'x')], prune: ['encrata'] })
    expect(foreign).toMatchObject({
      __typename: 'InvalidInputError',
      issues: [
        { path: ['input', 'webhooks', '0', 'account'], message: expect.stringContaining('Configured accounts: linear.') },
        { path: ['input', 'webhooks', '1', 'account'] },
        { path: ['input', 'prune', '0'] },
      ],
    })
    const named = await askPlan(ask, { webhooks: [], accounts: ['linear', 'encrata'] })
    expect(named).toMatchObject({ __typename: 'InvalidInputError', issues: [{ path: ['input', 'accounts', '1'] }] })
  })

  it('without scope secrets:write creates nothing, and changes the rest', async () => {
    const { ask, prepare } = await open({ scopes: ['webhooks:read', 'webhooks:write'] })
    await prepare([hook('linear', 'known')])
    const input = { webhooks: [hook('linear', 'known', { enabled: false }), hook('linear', 'unknown')] }
    const { fingerprint } = await askPlan(ask, input)
    const { outcomes, remaining } = await askApply(ask, { ...input, fingerprint })
    expect(outcomes).toMatchObject([
      { change: { kind: 'CREATE' }, create: { code: 'PERMISSION_DENIED', message: expect.stringContaining('secrets:write') } },
      { change: { kind: 'UPDATE' }, update: { __typename: 'UpdateWebhookSuccess' } },
    ])
    expect(countKinds(remaining.changes)).toEqual({ CREATE: 1, NONE: 1 })
  })
})

describe('what is wrong with an input', () => {
  it('is told at once for all webhooks, each where it is, and only once', async () => {
    const standIns = [await openStandIn(baanx), await openStandIn(linear)] as const
    const { ask } = openGateway({
      providers: [baanx, linear],
      accounts: [toAccount(baanx, standIns[0]), toAccount(linear, standIns[1])],
    })
    const webhooks = [
      hook('linear', 'fine'),
      hook('linear', 'unknown', { url: 'http://hooks.acme.test/unknown', eventTypes: ['*', ''] }),
      hook('baanx', 'text', { name: ' ', eventTypes: ['card.activated'], options: { baanx: { metadata: 'text' } } }),
      hook('baanx', 'foreign', { eventTypes: ['card.activated'], options: { linear: { teamId: 'team' } } }),
    ]
    const { issues } = await askPlan(ask, { webhooks, prune: ['nobody'], accounts: ['linear', 'noone'] })
    const paths = issues.map(({ path }: { path: readonly string[] }) => path.join('.'))
    expect(paths).toEqual([
      'input.webhooks.1.url',
      'input.webhooks.1.eventTypes.1',
      'input.webhooks.1.eventTypes.0',
      'input.webhooks.2.name',
      'input.webhooks.2.options.baanx.metadata',
      'input.webhooks.3.options.linear',
      'input.prune.0',
      'input.accounts.1',
    ])
    expect(standIns.flatMap(({ calls }) => calls)).toEqual([])
  })
})

describe('which webhook is meant', () => {
  async function openTwo(more: object = {}) {
    const standIn = await openStandIn(stripe)
    const { ask } = openGateway({ providers: [stripe], accounts: [toAccount(stripe, standIn)] })
    const create = `mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { ... on CreateWebhookSuccess { webhook { id } } } }`
    const make = async (input: object) => (await ask(create, { input })).data.createWebhook.webhook.id
    const own = { account: 'stripe', url: 'https://hooks.acme.test/a', eventTypes: ['charge.failed'] }
    return { ask, own, first: await make({ ...own, ...more }), second: await make({ ...own, ...more }) }
  }

  it('is told to be unclear, with both, and nothing is changed', async () => {
    const { ask, own, first, second } = await openTwo({ name: 'same' })
    for (const named of [{ ...own, name: 'same' }]) {
      const plan = await askPlan(ask, { webhooks: [named], prune: ['stripe'] })
      expect(plan.changes).toEqual([])
      expect(plan.problems).toMatchObject([{ code: 'AMBIGUOUS', desiredIndexes: [0] }])
      expect(new Set(plan.problems[0].webhooks.map(({ id }: { id: string }) => id))).toEqual(new Set([first, second]))
      expect(plan.problems[0].message).toContain(first)
    }
  })

  it('is said by its ID, which nobody else can mean then', async () => {
    const { ask, own, first, second } = await openTwo()
    const plan = await askPlan(ask, { webhooks: [{ ...own, id: second, eventTypes: ['*'] }, own] })
    expect(plan.problems).toEqual([])
    expect(plan.changes).toMatchObject([
      { kind: 'UPDATE', webhook: { id: second } },
      { kind: 'NONE', webhook: { id: first } },
    ])
  })

  it('is found by name or URL again if its ID is gone, with a warning', async () => {
    const { ask, own, first } = await openTwo()
    await ask('mutation ($id: ID!) { deleteWebhook(input: { id: $id }) { __typename } }', { id: first })
    const plan = await askPlan(ask, { webhooks: [{ ...own, id: first }] })
    expect(plan.changes).toMatchObject([{ kind: 'NONE', warnings: [{ code: 'ID_CHANGED' }] }])
  })

  it('is never one of another account', async () => {
    const { ask, own } = await openTwo()
    const id = Buffer.from('w:other:we_1').toString('base64url')
    expect(await askPlan(ask, { webhooks: [{ ...own, id }] })).toMatchObject({
      issues: [{ path: ['input', 'webhooks', '0', 'id'], code: 'INVALID' }],
    })
  })
})

describe('what is equal', () => {
  it('is told by the provider: patterns, order, forms of URLs, defaults and masks', async () => {
    const [one, two, three] = [await openStandIn(baanx), await openStandIn(github), await openStandIn(fingerprintProvider)]
    const { ask } = openGateway({
      providers: [baanx, github, fingerprintProvider],
      accounts: [toAccount(baanx, one), toAccount(github, two), toAccount(fingerprintProvider, three)],
    })
    const webhooks = [
      {
        account: 'baanx',
        name: 'cards',
        url: 'https://hooks.acme.test/cards',
        eventTypes: ['card.*'],
        options: { baanx: { metadata: { a: 1, b: 2 } } },
      },
      {
        account: 'github',
        url: 'https://hooks.acme.test/github',
        eventTypes: ['push', 'fork'],
        options: { github: { secret: 'a secret of mine' } },
      },
      {
        account: 'fingerprint',
        name: 'visits',
        url: 'https://hooks.acme.test/visits',
        options: { fingerprint: { environmentId: null } },
      },
    ]
    const { fingerprint } = await askPlan(ask, { webhooks })
    const { outcomes, text } = await askApply(ask, { webhooks, fingerprint })
    expect(outcomes).toHaveLength(3)
    expect(text.match(/a secret of mine/g)).toHaveLength(1)
    const same = [
      {
        ...webhooks[0],
        url: 'HTTPS://hooks.acme.test:443/x/../cards',
        eventTypes: ['card.activated', 'card.*'],
        options: { baanx: { metadata: { b: 2, a: 1 } } },
      },
      {
        ...webhooks[1],
        eventTypes: ['fork', 'push', 'fork'],
        enabled: true,
        options: { github: { secret: 'another one', contentType: 'JSON', insecureSsl: false } },
      },
      webhooks[2],
    ]
    const plan = await askPlan(ask, { webhooks: same })
    expect(countKinds(plan.changes)).toEqual({ NONE: 3 })
    const hidden = plan.changes.flatMap(({ fields }: { fields: object[] }) => fields)
    expect(hidden).toMatchObject([
      { path: 'options.github.secret', comparable: false, before: null, after: null, note: expect.any(String) },
    ])
    expect(plan.text).not.toContain('another one')
  })
})
