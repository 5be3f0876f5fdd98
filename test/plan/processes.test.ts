import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLedger } from '../../src/gateway/write/ledger.ts'
import { encrata } from '../../src/providers/encrata/index.ts'
import { fingerprint as fingerprintProvider } from '../../src/providers/fingerprint/index.ts'
import type { Provider } from '../../src/provider/provider.ts'
import { stripe } from '../../src/providers/stripe/index.ts'
import { getWays } from '../hands/hands.ts'
import { toDraft } from '../helpers/draft.ts'
import { openGateway, toAccount } from '../helpers/gateway.ts'
import { askApply, askPlan, countKinds, listEffective } from '../helpers/plan.ts'
import { createDatabase, type TestDatabase } from '../helpers/postgres.ts'
import { openShared } from '../helpers/processes.ts'
import { openStandIn } from '../helpers/stand-in.ts'

// Two people apply the same plan at the same moment, at two processes that have nothing in common but a Postgres and the provider.

let database: TestDatabase
beforeAll(async () => {
  database = await createDatabase()
})
afterAll(() => database.drop())

interface Outcome {
  readonly change: { readonly kind: string; readonly url: string }
  readonly create: { readonly __typename: string } | null
  readonly delete: { readonly __typename: string } | null
}

async function open(provider: Provider) {
  const standIn = await openStandIn(provider)
  const shared = await openShared(database)
  const start = async () => {
    const { store } = await shared.open()
    const account = toAccount(provider, standIn)
    return openGateway({ providers: [provider], accounts: [account], store, ledger: createLedger() }).ask
  }
  /** Answers the next two reads once both have arrived. */
  function holdReads() {
    const both = Promise.withResolvers<void>()
    let missing = 2
    const arrive = () => {
      missing -= 1
      if (missing === 0) both.resolve()
      return both.promise
    }
    for (let each = 0; each < 2; each += 1) standIn.fail({ effect: 'READ' }, arrive)
  }
  return { asks: [await start(), await start()] as const, standIn, holdReads }
}

// None of them refuses a second webhook at the same URL.
describe.each([encrata, fingerprintProvider, stripe])('two applies at once, at two processes of $displayName', (provider) => {
  const draft = (name: string, more: object = {}) => ({
    ...toDraft(provider, { name, url: `https://hooks.acme.test/${name}` }),
    ...more,
  })
  const replaced = provider === stripe ? { options: { stripe: { apiVersion: '2026-01-28.clover' } } } : {}

  it('do everything once: each webhook is made by one of them, and the other is told', async () => {
    const { asks, standIn, holdReads } = await open(provider)
    const [one] = asks
    const before = { webhooks: ['kept', 'gone', 'replaced'].map((name) => draft(name)) }
    const { fingerprint: first } = await askPlan(one, before)
    await askApply(one, { ...before, fingerprint: first })
    const input = {
      webhooks: [draft('kept'), draft('new-1'), draft('new-2'), draft('replaced', replaced)],
      prune: [provider.name],
    }
    const { fingerprint } = await askPlan(one, input)
    standIn.forgetCalls()
    holdReads()
    const applied = await Promise.all(
      asks.map((ask, index) => askApply(ask, { ...input, fingerprint, idempotencyKey: `person-${index}` })),
    )
    expect(applied.map(({ __typename }) => __typename)).toEqual(['ApplyWebhookPlanSuccess', 'ApplyWebhookPlanSuccess'])
    const made = applied.flatMap(({ outcomes }) => (outcomes as readonly Outcome[]).filter(({ create }) => create !== null))
    const urls = ['new-1', 'new-2', ...(provider === stripe ? ['replaced'] : [])].map((name) => `https://hooks.acme.test/${name}`)
    for (const url of urls) {
      const creates = made.filter(({ change }) => change.url === url).map(({ create }) => String(create?.__typename))
      expect(creates.toSorted()).toEqual(['ConflictError', 'CreateWebhookSuccess'])
    }
    expect(standIn.calls.filter(getWays(provider).makes)).toHaveLength(urls.length)
    // If each made one of them, each was told that a create failed, and left the deletes to the next apply.
    const left = await askPlan(one, input)
    expect(listEffective(left.changes).filter(({ kind }) => kind !== 'DELETE')).toEqual([])
    await askApply(one, { ...input, fingerprint: left.fingerprint })
    for (const ask of asks) expect(countKinds((await askPlan(ask, input)).changes)).toEqual({ NONE: 4 })
    expect(standIn.calls.filter(({ method }) => method === 'DELETE')).toHaveLength(provider === stripe ? 2 : 1)
  })
})
