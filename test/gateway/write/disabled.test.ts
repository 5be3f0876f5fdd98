import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { WebhookError } from '../../../src/errors.ts'
import type { Gateway } from '../../../src/gateway/gateway.ts'
import { formatId } from '../../../src/id.ts'
import { createLedger } from '../../../src/gateway/write/ledger.ts'
import type { Provider } from '../../../src/provider/provider.ts'
import { encrata } from '../../../src/providers/encrata/index.ts'
import { stripe } from '../../../src/providers/stripe/index.ts'
import { StoreError } from '../../../src/store/error.ts'
import { createKeys } from '../../../src/store/keys.ts'
import { openStore } from '../../../src/store/open.ts'
import type { Store } from '../../../src/store/store.ts'
import { toDraft } from '../../helpers/draft.ts'
import { openGateway, toAccount } from '../../helpers/gateway.ts'
import { openStandIn, repeatCall } from '../../helpers/stand-in.ts'

// A webhook that is created enabled and disabled by a second request, and a process that dies in between.

async function open(provider: Provider, secretRetentionMs?: number) {
  const standIn = await openStandIn(provider, { now: () => new Date() })
  const store = await openStore({ path: null, keys: createKeys() })
  onTestFinished(() => store.close())
  const accounts = [toAccount(provider, standIn)]
  const start = (own = store): Gateway =>
    openGateway({
      providers: [provider],
      accounts,
      store: own,
      ledger: createLedger(),
      looksMs: [0, 1],
      ...(secretRetentionMs !== undefined && { secretRetentionMs }),
    }).gateway
  let isDead = false
  const dead = () => Promise.reject(new StoreError('It has died'))
  const dying: Store = { ...store, settle: dead, note: (...args) => (isDead ? dead() : store.note(...args)) }
  const secondRequest = { path: '/webhook', method: provider === encrata ? 'PUT' : 'POST' }
  return {
    standIn,
    start,
    /** Carries a write out until its second request that writes, which takes effect or not, and nothing after it. */
    async dieAtSecond(when: 'before' | 'after', run: (gateway: Gateway) => Promise<unknown>) {
      if (secondRequest.method === 'POST') standIn.fail({ method: 'POST', delayMs: 0 })
      standIn.fail({ ...secondRequest, cut: 'connection', when }, () => {
        isDead = true
        standIn.fail({ cut: 'connection', times: 99 })
      })
      await run(start(dying)).catch((error: unknown) => {
        if (!(error instanceof WebhookError)) throw error
      })
      standIn.heal()
    },
    /** Same, until its first request that creates. */
    async dieAtFirst(when: 'before' | 'after', run: (gateway: Gateway) => Promise<unknown>) {
      standIn.fail({ method: 'POST', cut: 'connection', when }, () => {
        isDead = true
        standIn.fail({ cut: 'connection', times: 99 })
      })
      await run(start(dying)).catch((error: unknown) => {
        if (!(error instanceof WebhookError)) throw error
      })
      standIn.heal()
    },
    async settle() {
      const next = start()
      await next.settleInterrupted(await next.listInterrupted())
      const [entry] = await store.list({ operations: ['CREATE', 'ROTATE_SECRET'] }, 1)
      return { next, entry, secret: entry === undefined ? null : await store.openSecret(entry.id, 'signingSecret') }
    },
  }
}

const asker = { caller: 'client', idempotencyKey: 'order-1' }
const toInput = (provider: Provider) =>
  toDraft(provider, { name: 'Orders', url: 'https://hooks.acme.test/orders', enabled: false })

afterEach(() => {
  vi.useRealTimers()
})

describe.each([encrata, stripe].map((provider) => [provider.displayName, provider] as const))('at %s', (_, provider) => {
  it.each(['before', 'after'] as const)(
    'a create that dies %s its second request takes effect comes back disabled, with its secret',
    async (when) => {
      const { standIn, start, dieAtSecond, settle } = await open(provider)
      await dieAtSecond(when, (gateway) => gateway.create(toInput(provider), asker))
      standIn.forgetCalls()
      const { entry, secret } = await settle()
      expect(entry).toMatchObject({ state: 'SUCCEEDED', recovered: true })
      const again = await start().create(toInput(provider), asker)
      expect(again).toMatchObject({ replayed: true, webhook: { upstreamId: entry?.webhook, enabled: false } })
      expect(await start().get(again.webhook.id)).toMatchObject({ enabled: false })
      expect(again.signingSecret?.reveal()).toBe(secret)
      expect(secret).toMatch(/./)
      const writes = standIn.calls.filter(({ effect }) => effect === 'WRITE')
      expect(writes).toHaveLength(when === 'before' ? 1 : 0)
    },
  )

  it('a rotation of a disabled webhook that dies before its second request keeps both webhooks disabled, and the new secret', async () => {
    const { start, dieAtSecond, settle } = await open(provider)
    const { webhook } = await start().create(toInput(provider))
    const asked = { id: webhook.id, strategy: 'REPLACEMENT' as const }
    await dieAtSecond('before', (gateway) => gateway.rotateSecret(asked, asker))
    const { entry, secret } = await settle()
    expect(entry).toMatchObject({ state: 'SUCCEEDED', previous: webhook.upstreamId })
    const again = await start().rotateSecret(asked, asker)
    expect(again.signingSecret?.reveal()).toBe(secret)
    expect(again.webhook.upstreamId).not.toBe(webhook.upstreamId)
    expect(again.warnings.map(({ code }) => code)).toContain('OLD_WEBHOOK_KEPT')
    for (const { id } of [webhook, again.webhook]) expect(await start().get(id)).toMatchObject({ enabled: false })
  })

  it('is not disabled more than an hour later, when somebody may have enabled it, and so it is told', async () => {
    const { standIn, start, dieAtSecond, settle } = await open(provider)
    await dieAtSecond('before', (gateway) => gateway.create(toInput(provider), asker))
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_700_000 })
    standIn.forgetCalls()
    const { secret } = await settle()
    const again = await start().create(toInput(provider), asker)
    expect(again).toMatchObject({ webhook: { enabled: true }, warnings: [{ code: 'RECOVERED' }, { code: 'NOT_DISABLED' }] })
    expect(again.signingSecret?.reveal()).toBe(secret)
    expect(standIn.calls.filter(({ effect }) => effect === 'WRITE')).toEqual([])
  })

  it('disables no other webhook that the response names', async () => {
    const { standIn, start } = await open(provider)
    const { webhook } = await start().create({ ...toInput(provider), enabled: true })
    const call = standIn.calls.findLast(({ method }) => method === 'POST')
    if (call === undefined) throw new Error('Nothing was created.')
    const answer = (await repeatCall(standIn, call)) as object
    standIn.fail({ method: 'POST', times: 9, status: 200, body: JSON.stringify({ ...answer, id: webhook.upstreamId }) })
    await expect(start().create(toInput(provider))).rejects.toThrow('cannot have created')
    expect(await start().get(webhook.id)).toMatchObject({ enabled: true })
  })
})

describe('the twin of a webhook that somebody has deleted meanwhile', () => {
  it('comes back with its secret at Stripe if it was made', async () => {
    const { standIn, start, settle, dieAtFirst } = await open(stripe)
    const { webhook } = await start().create({ ...toInput(stripe), enabled: true })
    await dieAtFirst('after', (gateway) => gateway.rotateSecret({ id: webhook.id, strategy: 'REPLACEMENT' }, asker))
    await start().remove(webhook.id)
    standIn.forgetCalls()
    const { entry, secret } = await settle()
    expect(entry).toMatchObject({ state: 'SUCCEEDED', previous: webhook.upstreamId })
    expect(secret).toMatch(/^whsec_/)
    expect(await start().get(formatId({ kind: 'webhook', slug: 'stripe', upstreamId: entry?.webhook ?? '' }))).toBeTruthy()
  })

  it('is not made at Stripe if it was not', async () => {
    const { standIn, start, settle, dieAtFirst } = await open(stripe)
    const { webhook } = await start().create({ ...toInput(stripe), enabled: true })
    await dieAtFirst('before', (gateway) => gateway.rotateSecret({ id: webhook.id, strategy: 'REPLACEMENT' }, asker))
    await start().remove(webhook.id)
    standIn.forgetCalls()
    expect((await settle()).entry).toMatchObject({ state: 'UNKNOWN' })
    expect(standIn.calls.filter(({ effect }) => effect === 'WRITE')).toEqual([])
  })
})
