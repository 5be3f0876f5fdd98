import { describe, expect, it, onTestFinished } from 'vitest'
import { createLedger } from '../../src/gateway/write/ledger.ts'
import { github } from '../../src/providers/github/index.ts'
import { linear } from '../../src/providers/linear/index.ts'
import { createKeys } from '../../src/store/keys.ts'
import { openStore } from '../../src/store/open.ts'
import type { Store } from '../../src/store/store.ts'
import { dying } from '../helpers/dying.ts'
import { openGateway, toAccount } from '../helpers/gateway.ts'
import { askApply, askPlan, countKinds, listEffective, settleAll } from '../helpers/plan.ts'
import { openStandIn } from '../helpers/stand-in.ts'

// Webhooks whose secret may have been lost: a plan must not take them for as they should be.

const url = 'https://hooks.acme.test/lost'
const wanted = { webhooks: [{ account: 'github', url, eventTypes: ['push'] }] }

const settleQuery = `mutation ($input: SettleJournalEntryInput!) { settleJournalEntry(input: $input) { __typename
  ... on SettleJournalEntrySuccess { signingSecret journalEntry { state open } } } }`

async function open() {
  const standIn = await openStandIn(github)
  const store = await openStore({ path: null, keys: createKeys() })
  onTestFinished(() => store.close())
  const start = (own: Store = store) =>
    openGateway({ providers: [github], accounts: [toAccount(github, standIn)], store: own, ledger: createLedger() }).ask
  return { standIn, store, start }
}

/** With a create that took effect and whose response was lost. */
async function openLost() {
  const { standIn, store, start } = await open()
  const ask = start()
  const { fingerprint } = await askPlan(ask, wanted)
  standIn.fail({ effect: 'WRITE', cut: 'body', when: 'after' })
  const applied = await askApply(ask, { ...wanted, fingerprint, idempotencyKey: 'k' })
  expect(applied.outcomes).toMatchObject([{ create: { code: 'OUTCOME_UNKNOWN' } }])
  const plan = await askPlan(ask, wanted)
  const { webhook } = plan.changes[0]
  return { standIn, store, start, ask, applied, entryId: applied.outcomes[0].create.journalEntry.id, webhookId: webhook.id }
}

describe('a webhook whose create nobody knows the outcome of', () => {
  it('is told by each plan, with its journal entry, until it is adopted', async () => {
    const { ask, applied, entryId, webhookId } = await openLost()
    const problem = {
      code: 'UNSETTLED',
      message: expect.stringContaining(entryId),
      desiredIndexes: [0],
      webhooks: [{ id: webhookId }],
      journalEntryId: entryId,
    }
    expect(applied.remaining.problems).toEqual([problem])
    const plan = await askPlan(ask, wanted)
    expect([countKinds(plan.changes), plan.problems]).toEqual([{ NONE: 1 }, [problem]])
    // Only what is in the plan is told.
    const other = { webhooks: [{ account: 'github', url: 'https://hooks.acme.test/other' }] }
    expect((await askPlan(ask, other)).problems).toEqual([])
    const settled = await ask(settleQuery, { input: { id: entryId, as: 'ADOPT', webhookId } })
    expect(settled.data.settleJournalEntry).toMatchObject({ signingSecret: expect.any(String), journalEntry: { open: false } })
    expect(await askPlan(ask, wanted)).toMatchObject({ problems: [], fingerprint: plan.fingerprint })
  })

  it('is as it should be once its secret is rotated, and once it was created again', async () => {
    const { ask, webhookId } = await openLost()
    const rotate = 'mutation ($input: RotateWebhookSecretInput!) { rotateWebhookSecret(input: $input) { __typename } }'
    const rotated = await ask(rotate, { input: { id: webhookId } })
    expect(rotated.data.rotateWebhookSecret.__typename).toBe('RotateWebhookSecretSuccess')
    expect((await askPlan(ask, wanted)).problems).toEqual([])

    const again = await openLost()
    const remove = 'mutation ($input: DeleteWebhookInput!) { deleteWebhook(input: $input) { __typename } }'
    await again.ask(remove, { input: { id: again.webhookId } })
    const { fingerprint, problems } = await askPlan(again.ask, wanted)
    expect(problems).toEqual([])
    const { outcomes, remaining } = await askApply(again.ask, { ...wanted, fingerprint, idempotencyKey: 'k2' })
    expect(outcomes).toMatchObject([{ create: { signingSecret: expect.any(String) } }])
    expect([listEffective(remaining.changes), remaining.problems]).toEqual([[], []])
  })

  it('can be changed all the same', async () => {
    const { ask, entryId } = await openLost()
    const changed = { webhooks: [{ account: 'github', url, eventTypes: ['push', 'issues'] }] }
    const { fingerprint } = await askPlan(ask, changed)
    const { outcomes, remaining } = await askApply(ask, { ...changed, fingerprint, idempotencyKey: 'k2' })
    expect(outcomes).toMatchObject([{ update: { __typename: 'UpdateWebhookSuccess' } }])
    expect(remaining.problems).toMatchObject([{ code: 'UNSETTLED', journalEntryId: entryId }])
  })

  it('is not deleted for what is to succeed it, nor is anything else of the account', async () => {
    const { ask, webhookId } = await openLost()
    const moved = {
      webhooks: [...wanted.webhooks, { account: 'github', url: `${url}-2`, eventTypes: ['push'] }],
      prune: ['github'],
    }
    const other = 'mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { __typename } }'
    await ask(other, { input: { account: 'github', url: `${url}-3`, eventTypes: ['push'] } })
    const { fingerprint } = await askPlan(ask, moved)
    const { outcomes, remaining } = await askApply(ask, { ...moved, fingerprint, force: true })
    expect(outcomes).toMatchObject([
      { change: { kind: 'CREATE' }, create: { __typename: 'CreateWebhookSuccess' } },
      { change: { kind: 'DELETE' }, delete: null, skipped: expect.stringContaining('is unknown') },
    ])
    await settleAll(ask, remaining.problems)
    const done = await askApply(ask, { ...moved, fingerprint: remaining.fingerprint, force: true })
    expect(done.outcomes).toMatchObject([{ delete: { deletedId: expect.not.stringContaining(webhookId) } }])
    expect([listEffective(done.remaining.changes), done.remaining.problems]).toEqual([[], []])
  })

  it('is told where the gateway was killed before it heard of it', async () => {
    const { store, start } = await open()
    const dead = start(dying(store, 1))
    const { fingerprint } = await askPlan(dead, wanted)
    await askApply(dead, { ...wanted, fingerprint, idempotencyKey: 'k' })
    const plan = await askPlan(start(), wanted)
    expect(countKinds(plan.changes)).toEqual({ NONE: 1 })
    expect(plan.problems).toMatchObject([{ code: 'UNSETTLED', journalEntryId: expect.any(String) }])
  })

  it('is as it should be where its caller gave the secret, or where it was there before', async () => {
    const { standIn, start } = await open()
    const ask = start()
    const own = { webhooks: [{ account: 'github', url, options: { github: { secret: 'canary-canary-canary' } } }] }
    const { fingerprint } = await askPlan(ask, own)
    standIn.fail({ effect: 'WRITE', cut: 'body', when: 'after' })
    const applied = await askApply(ask, { ...own, fingerprint, idempotencyKey: 'k' })
    expect(applied.outcomes).toMatchObject([{ create: { code: 'OUTCOME_UNKNOWN' } }])
    expect([countKinds(applied.remaining.changes), applied.remaining.problems]).toEqual([{ NONE: 1 }, []])
    // A create by somebody else that does not take effect says nothing about the one that is there.
    standIn.fail({ effect: 'WRITE', cut: 'request' })
    const create = 'mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { __typename } }'
    const lost = await ask(create, { input: { account: 'github', url, eventTypes: ['issues'] } })
    expect(lost.data.createWebhook.__typename).toBe('OutcomeUnknownError')
    expect((await askPlan(ask, own)).problems).toEqual([])
  })

  it('is told of a rotation too', async () => {
    const { standIn, start } = await open()
    const ask = start()
    const { fingerprint } = await askPlan(ask, wanted)
    const applied = await askApply(ask, { ...wanted, fingerprint, idempotencyKey: 'k' })
    expect(applied.remaining.problems).toEqual([])
    const { id } = applied.outcomes[0].create.webhook
    standIn.fail({ effect: 'WRITE', cut: 'body', when: 'after', times: 5 })
    const rotate = 'mutation ($input: RotateWebhookSecretInput!) { rotateWebhookSecret(input: $input) { __typename } }'
    const rotated = await ask(rotate, { input: { id } })
    expect(rotated.data.rotateWebhookSecret.__typename).toBe('OutcomeUnknownError')
    const plan = await askPlan(ask, wanted)
    expect(plan.problems).toMatchObject([{ code: 'UNSETTLED', message: expect.stringContaining('an earlier rotation of') }])
  })
})

it('a plan is refused while the journal cannot be read', async () => {
  const { store, start } = await open()
  await store.close()
  expect(await askPlan(start(), wanted)).toMatchObject({ __typename: 'StoreUnavailableError' })
})

describe('a webhook that a create of unknown outcome may still make', () => {
  it('is not created again before that is settled, and everything else is done', async () => {
    const { standIn, start } = await open()
    const ask = start()
    const both = { webhooks: [...wanted.webhooks, { account: 'github', url: `${url}-2`, eventTypes: ['push'] }] }
    const first = await askPlan(ask, wanted)
    standIn.fail({ effect: 'WRITE', cut: 'request' })
    const { outcomes } = await askApply(ask, { ...wanted, fingerprint: first.fingerprint })
    expect(outcomes).toMatchObject([{ create: { code: 'OUTCOME_UNKNOWN' } }])
    const { id } = outcomes[0].create.journalEntry
    const plan = await askPlan(ask, both)
    const problem = {
      code: 'UNSETTLED',
      message: expect.stringContaining(id),
      desiredIndexes: [0],
      webhooks: [],
      journalEntryId: id,
    }
    expect(plan.problems).toMatchObject([problem])
    expect(plan.changes).toMatchObject([{ kind: 'CREATE', desiredIndex: 1 }])
    const applied = await askApply(ask, { ...both, fingerprint: plan.fingerprint })
    expect(applied.outcomes).toMatchObject([{ change: { desiredIndex: 1 }, create: { __typename: 'CreateWebhookSuccess' } }])
    expect(applied.remaining.problems).toMatchObject([problem])
    await settleAll(ask, applied.remaining.problems)
    const last = await askApply(ask, { ...both, fingerprint: applied.remaining.fingerprint })
    expect(last.outcomes).toMatchObject([{ change: { desiredIndex: 0 }, create: { __typename: 'CreateWebhookSuccess' } }])
    expect([listEffective(last.remaining.changes), last.remaining.problems]).toEqual([[], []])
    expect(standIn.calls.filter(({ method }) => method === 'POST')).toHaveLength(3)
  })

  it('is not replaced again either', async () => {
    const standIn = await openStandIn(linear)
    const store = await openStore({ path: null, keys: createKeys() })
    onTestFinished(() => store.close())
    const { ask } = openGateway({ providers: [linear], accounts: [toAccount(linear, standIn)], store, ledger: createLedger() })
    const before = { account: 'linear', name: 'one', url, eventTypes: ['Issue'] }
    const inTeam = { ...before, options: { linear: { teamId: 'ENG', allPublicTeams: false } } }
    const apply = async (...webhooks: readonly object[]) =>
      askApply(ask, { webhooks, fingerprint: (await askPlan(ask, { webhooks })).fingerprint })
    await apply(before)
    standIn.fail({ effect: 'WRITE', cut: 'request', times: 20 })
    const { outcomes, remaining } = await apply(inTeam)
    expect(outcomes).toMatchObject([{ change: { kind: 'REPLACE' }, create: { code: 'OUTCOME_UNKNOWN' }, delete: null }])
    expect(remaining).toMatchObject({ changes: [], problems: [{ code: 'UNSETTLED', webhooks: [] }] })
    standIn.heal()
    await settleAll(ask, remaining.problems)
    const done = await apply(inTeam)
    expect(done.outcomes).toMatchObject([
      { create: { __typename: 'CreateWebhookSuccess' }, delete: { __typename: 'DeleteWebhookSuccess' } },
    ])
  })
})
