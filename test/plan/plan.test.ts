import { describe, expect, it } from 'vitest'
import type { Actual, Desired } from '../../src/plan/desired.ts'
import { createPlan } from '../../src/plan/plan.ts'
import { unsupported } from '../../src/provider/unsupported.ts'
import { fingerprint as fingerprintProvider } from '../../src/providers/fingerprint/index.ts'
import { linear } from '../../src/providers/linear/index.ts'
import { stripe } from '../../src/providers/stripe/index.ts'
import type { AccountWebhook } from '../../src/webhook.ts'
import { openGateway, toAccount } from '../helpers/gateway.ts'
import { askApply, askPlan } from '../helpers/plan.ts'
import { openStandIn } from '../helpers/stand-in.ts'

// Single cases of the engine, and of what a change comes to.

const account = { slug: 'own', provider: 'linear', sandbox: true }
const webhook: AccountWebhook = {
  id: 'id-1',
  account,
  upstreamId: '1',
  name: 'orders',
  url: 'https://hooks.acme.test/orders',
  enabled: true,
  status: 'ACTIVE',
  eventTypes: ['Issue', 'Comment'],
  createdAt: null,
  updatedAt: null,
  secretHint: null,
  raw: null,
  details: { teamId: null, allPublicTeams: true, creatorId: null, archivedAt: null },
}
const desired: Desired = {
  index: 0,
  account: 'own',
  id: undefined,
  name: 'orders',
  url: webhook.url,
  eventTypes: undefined,
  enabled: true,
  options: {},
}
const actual = (...webhooks: readonly AccountWebhook[]): Actual => ({
  account,
  provider: linear,
  webhooks,
  isComplete: true,
  isPruned: false,
  findObstacle: () => undefined,
})

describe('a webhook that the provider has suspended', () => {
  it('is enabled again where somebody desires it to be', () => {
    const suspended = { ...webhook, status: 'SUSPENDED' } as const
    const [change] = createPlan([desired], [actual(suspended)]).changes
    expect(change).toMatchObject({ kind: 'UPDATE', fields: [{ path: 'enabled', before: false, after: true }] })
    const { changes } = createPlan([{ ...desired, enabled: false }], [actual(suspended)])
    expect(changes).toMatchObject([{ kind: 'NONE' }])
  })
})

describe('a fingerprint', () => {
  const toFingerprint = (wanted: readonly Desired[], ...webhooks: readonly AccountWebhook[]) =>
    createPlan(wanted, [actual(...webhooks)]).fingerprint
  const moved = { ...desired, url: 'https://new.acme.test/orders' }

  it('is another one if a managed field has another value before or after', () => {
    const first = toFingerprint([moved], webhook)
    expect(toFingerprint([{ ...moved, url: 'https://other.acme.test/orders' }], webhook)).not.toBe(first)
    expect(toFingerprint([moved], { ...webhook, url: 'https://old.acme.test/orders' })).not.toBe(first)
    expect(toFingerprint([{ ...moved, enabled: false }], webhook)).not.toBe(first)
  })

  it('has nothing of what is not managed, or does not change', () => {
    const first = toFingerprint([moved], webhook)
    const noise = { ...webhook, updatedAt: new Date().toISOString(), secretHint: '***', eventTypes: ['Issue'] }
    expect(toFingerprint([moved], noise)).toBe(first)
    const other = { ...webhook, id: 'id-2', name: 'others', url: 'https://hooks.acme.test/others' }
    expect(toFingerprint([moved], webhook, other)).toBe(first)
    expect(toFingerprint([{ ...moved, options: { secret: 'one secret' } }], webhook)).toBe(first)
  })

  const states = [
    { name: 'renamed' },
    { url: 'https://hooks.acme.test/production' },
    { enabled: false },
    { eventTypes: ['Issue'] },
    { eventTypes: null },
  ]
  const forms = [
    { eventTypes: ['Comment', 'Issue', 'Comment'] },
    { url: 'HTTPS://hooks.acme.test:443/orders' },
    { updatedAt: new Date().toISOString(), status: 'SUSPENDED' },
  ] as const

  it('has what is deleted, in whatever form it is shown', () => {
    const toDeleted = (more: Partial<AccountWebhook>) => createPlan([], [{ ...actual({ ...webhook, ...more }), isPruned: true }])
    const { changes, fingerprint } = toDeleted({})
    expect(changes).toMatchObject([{ kind: 'DELETE' }])
    for (const state of states) expect(toDeleted(state).fingerprint).not.toBe(fingerprint)
    for (const form of forms) expect(toDeleted(form).fingerprint).toBe(fingerprint)
  })

  it('has what a replacement takes over from the old webhook and deletes', () => {
    const wanted = { ...desired, id: webhook.id, name: undefined, enabled: undefined, options: { teamId: 'ENG' } }
    const toReplaced = (more: Partial<AccountWebhook>) => createPlan([wanted], [actual({ ...webhook, ...more })])
    const { changes, fingerprint } = toReplaced({})
    expect(changes).toMatchObject([{ kind: 'REPLACE' }])
    for (const state of states) expect(toReplaced(state).fingerprint).not.toBe(fingerprint)
    for (const form of forms) expect(toReplaced(form).fingerprint).toBe(fingerprint)
  })

  it('tells nothing of a secret that is given', () => {
    const one = createPlan([{ ...desired, options: { secret: 'one secret' } }], [actual()])
    const two = createPlan([{ ...desired, options: { secret: 'another one' } }], [actual()])
    expect(one.fingerprint).toBe(two.fingerprint)
    expect(JSON.stringify(one.changes.map(({ fields }) => fields))).not.toContain('one secret')
  })
})

describe('a field that cannot be compared', () => {
  const compare = (options: Desired['options'], details: AccountWebhook['details']) =>
    createPlan([{ ...desired, options }], [actual({ ...webhook, details: { ...webhook.details, ...details } })]).changes

  it('is one that could not be read, or that is shown in another form, and says how to change it', () => {
    const inTeam = { teamId: '3f6d', allPublicTeams: false }
    expect(compare({ teamId: 'ENG' }, inTeam)).toMatchObject([
      {
        kind: 'NONE',
        fields: [{ note: expect.stringMatching(/^Linear can show it in another form .* Create a new webhook, /) }],
      },
    ])
    const unread = { teamId: null, allPublicTeams: false }
    expect(compare({ teamId: 'ENG' }, unread)).toMatchObject([
      { kind: 'NONE', fields: [{ note: expect.stringMatching(/^Linear does not show it .* Create a new webhook, /) }] },
    ])
  })

  it('is not one that is known to have no value', () => {
    const team = { path: 'options.linear.teamId', before: null, after: 'ENG', isComparable: true, note: null }
    expect(compare({ teamId: 'ENG' }, {})).toMatchObject([{ kind: 'REPLACE', fields: [team] }])
    // Whoever asks for both gets what the provider makes of it.
    expect(compare({ teamId: 'ENG', allPublicTeams: true }, {})).toMatchObject([{ kind: 'NONE' }])
  })
})

describe('a URL', () => {
  it('is compared by its normal form', () => {
    const { changes } = createPlan([desired], [actual({ ...webhook, url: 'HTTPS://hooks.acme.test:443/orders' })])
    expect(changes).toMatchObject([{ kind: 'NONE', fields: [] }])
  })
})

describe('a create under a plan', () => {
  it('is not in the way of the next one at the same URL', async () => {
    const { ask } = openGateway({ providers: [stripe], accounts: [toAccount(stripe, await openStandIn(stripe))] })
    const own = { account: 'stripe', url: 'https://hooks.acme.test/shared', eventTypes: ['charge.failed'] }
    const input = { webhooks: [own, { ...own, name: 'named' }] }
    const { fingerprint } = await askPlan(ask, input)
    const { outcomes } = await askApply(ask, { ...input, fingerprint })
    expect(outcomes).toMatchObject([
      { create: { __typename: 'CreateWebhookSuccess' } },
      { create: { __typename: 'CreateWebhookSuccess' } },
    ])
  })
})

describe('a replacement', () => {
  const { environmentId } = fingerprintProvider.options
  if (environmentId === undefined) throw new TypeError('There is such an option')
  /** A provider whose webhooks must be verified, and have something that is fixed. */
  const provider = {
    ...fingerprintProvider,
    options: { environmentId: { ...environmentId, onUpdate: unsupported('It is fixed.') } },
  }

  it('keeps the old webhook as long as the new one does not send', async () => {
    const standIn = await openStandIn(provider)
    const { ask, gateway } = openGateway({ providers: [provider], accounts: [toAccount(provider, standIn)] })
    const toInput = (id: string) => ({
      webhooks: [
        {
          account: 'fingerprint',
          name: 'visits',
          url: 'https://hooks.acme.test/visits',
          options: { fingerprint: { environmentId: id } },
        },
      ],
    })
    const first = await askApply(ask, { ...toInput('ae_1'), fingerprint: (await askPlan(ask, toInput('ae_1'))).fingerprint })
    const { id } = first.outcomes[0].create.webhook
    await ask('mutation ($id: ID!) { verifyWebhook(input: { id: $id }) { __typename } }', { id })
    const plan = await askPlan(ask, toInput('ae_2'))
    expect(plan.changes).toMatchObject([{ kind: 'REPLACE' }])
    const applied = await askApply(ask, { ...toInput('ae_2'), fingerprint: plan.fingerprint })
    expect(applied.outcomes).toMatchObject([
      { create: { __typename: 'CreateWebhookSuccess' }, delete: null, skipped: expect.stringContaining('Verify it') },
    ])
    const [own] = gateway.accounts
    expect(own && (await gateway.list(own)).webhooks.map((each) => each.id)).toContain(id)
  })
})
