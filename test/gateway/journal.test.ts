import { describe, expect, it, onTestFinished } from 'vitest'
import {
  InvalidInputError,
  OutcomeUnknownError,
  StoreUnavailableError,
  UpstreamUnavailableError,
  WebhookError,
} from '../../src/errors.ts'
import type { Gateway } from '../../src/gateway/gateway.ts'
import { recordAllLate } from '../../src/gateway/journal/commit.ts'
import { toFailed } from '../../src/gateway/journal/outcome.ts'
import { createLedger } from '../../src/gateway/write/ledger.ts'
import { getRepeat } from '../../src/gateway/write/recover.ts'
import type { Asker } from '../../src/gateway/write/write.ts'
import { providers } from '../../src/providers/index.ts'
import type { Provider } from '../../src/provider/provider.ts'
import { isUnsupported } from '../../src/provider/unsupported.ts'
import { StoreError } from '../../src/store/error.ts'
import { parseKeys } from '../../src/store/keys.ts'
import { openStore } from '../../src/store/open.ts'
import type { Store } from '../../src/store/store.ts'
import { getWays } from '../hands/hands.ts'
import { toDraft } from '../helpers/draft.ts'
import { type GatewayOptions, openGateway, toAccount } from '../helpers/gateway.ts'
import { isRecoverable } from '../helpers/recoverable.ts'
import { openStandIn } from '../helpers/stand-in.ts'

const asker: Asker = { caller: 'key:ci', idempotencyKey: 'order-1' }

async function openMemory(): Promise<Store> {
  const store = await openStore({ path: null, keys: parseKeys(Buffer.alloc(32, 7).toString('base64'), 'test') })
  onTestFinished(() => store.close())
  return store
}

const person = { name: 'key:person', revealsAll: true }

async function open(provider: Provider, more: Partial<GatewayOptions> = {}) {
  const standIn = await openStandIn(provider)
  const store = more.store ?? (await openMemory())
  const account = toAccount(provider, standIn)
  const input = toDraft(provider, { name: 'Orders', url: 'https://hooks.acme.test/orders' })
  /** A process on the same store and account, which knows nothing of another one. */
  const start = (others: Partial<GatewayOptions> = {}): Gateway =>
    openGateway({ accounts: [account], store, ledger: createLedger(), ...more, ...others }).gateway
  const countWrites = () => standIn.calls.filter(({ effect }) => effect === 'WRITE').length
  return { standIn, store, input, start, countWrites }
}

function find(name: string): Provider {
  const provider = providers.find((each) => each.name === name)
  if (provider === undefined) throw new Error(`There is no provider ${name}.`)
  return provider
}

/** A store that stops at a method, as if the process had died there. */
function dying(store: Store, method: 'begin' | 'note' | 'settle'): Store {
  return { ...store, [method]: () => Promise.reject(new StoreError('The store has died')) }
}

describe.each(providers)('a create at $displayName', ({ name }) => {
  it('gets with the same key the first webhook and the same secret, also from another process, and sends nothing', async () => {
    const { input, start, countWrites } = await open(find(name))
    const first = await start().create(input, asker)
    const sent = countWrites()
    expect(first).toMatchObject({ replayed: false, journalEntry: { operation: 'CREATE', state: 'SUCCEEDED', caller: 'key:ci' } })
    const again = await start().create(input, asker)
    expect(again).toMatchObject({ replayed: true, webhook: { id: first.webhook.id }, journalEntry: first.journalEntry })
    expect(again.signingSecret?.reveal()).toBe(first.signingSecret?.reveal())
    expect(again.webhook).toEqual({ ...first.webhook, raw: null })
    expect(countWrites()).toBe(sent)
  })

  it('is durable before it is sent', async () => {
    const { input, start, store, standIn } = await open(find(name))
    const atCall = Promise.withResolvers<unknown>()
    standIn.fail({ effect: 'WRITE' }, async () => atCall.resolve(await store.list({}, 10)))
    await start().create(input, asker)
    expect(await atCall.promise).toMatchObject([{ operation: 'CREATE', state: 'RUNNING', webhook: null }])
  })

  it('is settled after a crash by proof or by its key, or is unknown with its candidate, and is not sent again without one', async () => {
    const provider = find(name)
    const { input, start, store, countWrites, standIn } = await open(provider)
    const dead = await start({ store: dying(store, 'settle') }).create(input, asker)
    expect(dead.warnings.map(({ code }) => code)).toContain('JOURNAL_INCOMPLETE')
    expect(await store.list({}, 10)).toMatchObject([{ state: 'RUNNING' }])
    const posts = () => standIn.calls.filter(getWays(provider).makes).length
    const sent = posts()
    const next = start()
    await next.settleInterrupted(await next.listInterrupted())
    const [entry] = await store.list({}, 10)
    const isRecovered = isRecoverable(provider)
    expect(entry?.state).toBe(isRecovered ? 'SUCCEEDED' : 'UNKNOWN')
    const writes = countWrites()
    const again = await next.create(input, asker).catch((error: unknown) => error)
    if (isRecovered) {
      expect(again).toMatchObject({ replayed: true, webhook: { id: dead.webhook.id }, journalEntry: { recovered: true } })
    } else {
      expect(again).toMatchObject({
        code: 'OUTCOME_UNKNOWN',
        candidates: [{ id: dead.webhook.id }],
        journalEntry: { isOpen: true },
      })
    }
    expect(countWrites()).toBe(writes)
    if (getRepeat(provider) === undefined) expect(posts()).toBe(sent)
  })
})

describe('an idempotency key', () => {
  it('makes one webhook of two calls at once', async () => {
    const { input, start, standIn } = await open(find('encrata'))
    const gateway = start()
    const [one, other] = await Promise.all([gateway.create(input, asker), gateway.create(input, asker)])
    expect(one.webhook.id).toBe(other.webhook.id)
    expect(one.replayed).not.toBe(other.replayed)
    expect(standIn.calls.filter(({ method }) => method === 'POST')).toHaveLength(1)
  })

  it('is refused for another input, in any order of its fields', async () => {
    const { input, start, countWrites } = await open(find('encrata'))
    const gateway = start()
    await gateway.create(input, asker)
    const sent = countWrites()
    const reversed = Object.fromEntries(Object.entries({ ...input, enabled: undefined }).toReversed())
    // Its members keep their places.
    const reordered = { ...reversed, account: input.account, url: input.url }
    expect(await gateway.create(reordered, asker)).toMatchObject({ replayed: true })
    const refused = await gateway.create({ ...input, name: 'Others' }, asker).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(InvalidInputError)
    expect(refused).toMatchObject({ issues: [{ path: ['input', 'idempotencyKey'] }] })
    expect(countWrites()).toBe(sent)
  })

  it('takes an input for the same that comes to the same request', async () => {
    const { input, start } = await open(find('baanx'))
    const gateway = start()
    const { webhook } = await gateway.create({ ...input, eventTypes: ['card.activated', 'transaction.cleared'] }, asker)
    const spelled = {
      ...input,
      name: ` ${input.name} `,
      url: 'HTTPS://hooks.acme.test:443/orders',
      enabled: true,
      eventTypes: ['transaction.cleared', 'card.activated', 'transaction.cleared'],
    }
    expect(await gateway.create(spelled, asker)).toMatchObject({ replayed: true, webhook: { id: webhook.id } })
  })

  it('belongs to its caller', async () => {
    const { input, start } = await open(find('encrata'))
    const gateway = start()
    const one = await gateway.create(input, asker)
    const other = await gateway.create(input, { ...asker, caller: 'key:cd' })
    expect(other).toMatchObject({ replayed: false })
    expect(other.webhook.id).not.toBe(one.webhook.id)
  })

  it('is not held by a failure that changed nothing', async () => {
    const { input, start, standIn } = await open(find('encrata'))
    const gateway = start()
    standIn.fail({ method: 'POST', status: 429, headers: { 'retry-after': '1' }, body: '{}' })
    const failed = await gateway.create(input, asker).catch((error: unknown) => error)
    expect(failed).toMatchObject({ code: 'RATE_LIMITED', journalEntry: { state: 'FAILED', isOpen: false } })
    expect(await gateway.create(input, asker)).toMatchObject({ replayed: false })
  })

  it('says GONE once the secret is erased', async () => {
    const { input, start, store } = await open(find('encrata'))
    const gateway = start()
    await gateway.create(input, asker)
    const [entry] = await store.list({}, 1)
    await store.eraseSigningSecret(entry?.id ?? '')
    expect(await gateway.create(input, asker)).toMatchObject({ replayed: true, signingSecret: null, secretState: 'GONE' })
  })

  it('hands out no secret after its time, even if it is not erased yet', async () => {
    const { input, start, store } = await open(find('encrata'), { secretRetentionMs: 1 })
    const gateway = start()
    const until = Date.parse((await gateway.create(input, asker)).journalEntry?.settledAt ?? '')
    await expect.poll(() => Date.now() > until + 1).toBe(true)
    const [entry] = await store.list({}, 1)
    expect(await store.openSecret(entry?.id ?? '', 'signingSecret')).toBeTypeOf('string')
    expect(await gateway.create(input, asker)).toMatchObject({ replayed: true, signingSecret: null, secretState: 'GONE' })
  })

  it('keeps no secret if none is to be kept', async () => {
    const { input, start } = await open(find('encrata'), { secretRetentionMs: 0 })
    const gateway = start()
    expect((await gateway.create(input, asker)).journalEntry?.secretUntil).toBeNull()
    expect(await gateway.create(input, asker)).toMatchObject({ replayed: true, signingSecret: null, secretState: 'GONE' })
  })
})

describe('a store that fails', () => {
  it('refuses every write before anything is sent', async () => {
    const { input, start, store, countWrites } = await open(find('encrata'))
    const { webhook } = await start().create(input)
    const sent = countWrites()
    const gateway = start({ store: dying(store, 'begin') })
    const refused = await Promise.all(
      [
        gateway.create(input),
        gateway.update({ id: webhook.id, name: 'Other' }),
        gateway.remove(webhook.id),
        gateway.rotateSecret({ id: webhook.id, strategy: 'REPLACEMENT' }),
        gateway.test(webhook.id),
      ].map((write) => write.catch((error: unknown) => error)),
    )
    for (const error of refused) {
      expect(error).toBeInstanceOf(StoreUnavailableError)
      expect(error).toMatchObject({ retry: 'SAFE', journalEntry: null })
    }
    expect(countWrites()).toBe(sent)
  })

  it.each([
    ['fails', () => Promise.reject(new StoreError('The store has died'))],
    ['has a bug', () => Promise.reject(new TypeError('A bug'))],
    [
      'throws',
      () => {
        throw new TypeError('A bug')
      },
    ],
  ])('takes no answer away when it %s once the write was sent', async (_, settle: () => Promise<void>) => {
    const { input, start, store } = await open(find('encrata'))
    const created = await start({ store: { ...store, settle } }).create(input)
    expect(created.signingSecret?.reveal()).toBeTypeOf('string')
    expect(created.warnings.map(({ code }) => code)).toContain('JOURNAL_INCOMPLETE')
  })

  it('gets the outcome as soon as it works again, and hands out its secret', async () => {
    const { input, start, store } = await open(find('encrata'))
    let isDead = true
    const settle: Store['settle'] = (...values) => (isDead ? Promise.reject(new StoreError('full')) : store.settle(...values))
    const failing = { ...store, settle }
    const gateway = start({ store: failing })
    const { signingSecret, journalEntry } = await gateway.create(input, asker)
    const reader = { name: 'key:ci', revealsAll: false }
    const id = journalEntry?.id ?? ''
    await expect(gateway.journal.reveal(id, reader)).rejects.toBeInstanceOf(StoreUnavailableError)
    expect(await recordAllLate(failing)).toBe(false)
    isDead = false
    expect(await recordAllLate(failing)).toBe(true)
    expect((await gateway.journal.reveal(id, reader)).signingSecret?.reveal()).toBe(signingSecret?.reveal())
    expect(await start().create(input, asker)).toMatchObject({ replayed: true, journalEntry: { state: 'SUCCEEDED' } })
  })

  it('keeps the old webhook if the new secret of a rotation could not be recorded', async () => {
    const { input, start, store } = await open(find('encrata'))
    const { webhook } = await start().create(input)
    const gateway = start({ store: dying(store, 'note') })
    const rotated = await gateway.rotateSecret({ id: webhook.id, strategy: 'REPLACEMENT' })
    expect(rotated.warnings.map(({ code }) => code)).toContain('OLD_WEBHOOK_KEPT')
    expect(rotated.signingSecret?.reveal()).toBeTypeOf('string')
    expect(await gateway.get(webhook.id)).toMatchObject({ id: webhook.id })
  })
})

describe('an open entry', () => {
  /** An entry of Encrata that is unknown: its create was carried out, and nobody lived to see it. */
  async function openUnknown(name: string) {
    const all = await open(find(name))
    const { webhook } = await all.start({ store: dying(all.store, 'settle') }).create(all.input, asker)
    all.standIn.fail({ effect: 'READ', status: 500, body: '{}', times: 9 })
    const gateway = all.start()
    await gateway.settleInterrupted(await gateway.listInterrupted())
    all.standIn.heal()
    const [entry] = await all.store.list({}, 1)
    if (entry === undefined) throw new Error('There is no entry.')
    return { ...all, gateway, entry, webhook, account: { slug: name, provider: name, sandbox: true } }
  }

  it('is found by a later look if the provider was not reachable at the start', async () => {
    const { gateway, entry, account, webhook, store } = await openUnknown('baanx')
    expect(entry).toMatchObject({ state: 'UNKNOWN', candidates: [] })
    const { journalEntry } = await gateway.settleEntry(entry.id, { id: '', as: 'LOOK_AGAIN' }, account, person, {})
    expect(journalEntry).toMatchObject({ state: 'SUCCEEDED', recovered: true, webhookId: webhook.id, isOpen: false })
    expect(await store.openSecret(entry.id, 'signingSecret')).toBeTypeOf('string')
  })

  it('keeps its candidates when a later look fails', async () => {
    const { gateway, entry, account, standIn, store, webhook } = await openUnknown('encrata')
    await gateway.settleEntry(entry.id, { id: '', as: 'LOOK_AGAIN' }, account, person, {})
    standIn.fail({ effect: 'READ', status: 500, body: '{}', times: 9 })
    await gateway.settleEntry(entry.id, { id: '', as: 'LOOK_AGAIN' }, account, person, {})
    expect(await store.find(entry.id)).toMatchObject({ state: 'UNKNOWN', candidates: [{ id: webhook.id }] })
  })

  it('frees its key when it is abandoned, and is settled for good', async () => {
    const { gateway, entry, account, input, webhook } = await openUnknown('encrata')
    const { journalEntry } = await gateway.settleEntry(entry.id, { id: '', as: 'ABANDON' }, account, person, {})
    expect(journalEntry).toMatchObject({ state: 'UNKNOWN', isOpen: false })
    const again = await gateway.create(input, asker)
    expect(again).toMatchObject({ replayed: false })
    expect(again.webhook.id).not.toBe(webhook.id)
    const refused = await gateway
      .settleEntry(entry.id, { id: '', as: 'LOOK_AGAIN' }, account, person, {})
      .catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(InvalidInputError)
  })

  it('takes a candidate for its webhook on the word of a person, with a new key where the provider makes one', async () => {
    const { gateway, entry, account, input, webhook, store } = await openUnknown('encrata')
    await gateway.settleEntry(entry.id, { id: '', as: 'LOOK_AGAIN' }, account, person, {})
    const adopt = { id: '', as: 'ADOPT', webhookId: webhook.id } as const
    const adopted = await gateway.settleEntry(entry.id, adopt, account, person, {})
    expect(adopted).toMatchObject({ journalEntry: { state: 'SUCCEEDED', webhookId: webhook.id } })
    expect(await gateway.create(input, asker)).toMatchObject({ replayed: true, webhook: { id: webhook.id } })
    expect((await store.find(entry.id))?.state).toBe('SUCCEEDED')
  })

  it('is adopted once a look in progress has ended', async () => {
    const { gateway, entry, account, webhook } = await openUnknown('encrata')
    await gateway.settleEntry(entry.id, { id: '', as: 'LOOK_AGAIN' }, account, person, {})
    const [, adopted] = await Promise.all([
      gateway.settleEntry(entry.id, { id: '', as: 'LOOK_AGAIN' }, account, person, {}),
      gateway.settleEntry(entry.id, { id: '', as: 'ADOPT', webhookId: webhook.id }, account, person, {}),
    ])
    expect(adopted.journalEntry).toMatchObject({ state: 'SUCCEEDED', webhookId: webhook.id })
  })

  it('has after an adoption the secret that a rotation has set', async () => {
    const { input, start, store } = await open(find('verifik'))
    const { webhook } = await start().create(input)
    const rotate = { id: webhook.id, strategy: 'CALLER_CHOSEN', newSecret: 'a-secret-of-the-caller' } as const
    await start({ store: dying(store, 'settle') }).rotateSecret(rotate)
    const gateway = start()
    await store.settle((await store.list({}, 1))[0]?.id ?? '', toFailed(new OutcomeUnknownError('x', [webhook]), 1_000))
    const [entry] = await store.list({}, 1)
    const account = { slug: 'verifik', provider: 'verifik', sandbox: true }
    const adopt = { id: '', as: 'ADOPT', webhookId: webhook.id } as const
    const adopted = await gateway.settleEntry(entry?.id ?? '', adopt, account, person, {})
    expect(adopted.signingSecret?.reveal()).toBe('a-secret-of-the-caller')
  })

  it.each([
    ['its secret, where the gateway chose it and nothing is replaced for it', {}, true],
    [
      'no secret, where another proof shows that it was made by somebody else',
      { readProof: () => Promise.resolve('other') },
      false,
    ],
  ])('has after the adoption of a created webhook %s', async (_, recovery, isKnown) => {
    const verifik = find('verifik')
    if (isUnsupported(verifik.recovery)) throw new Error(verifik.recovery.note)
    const provider = { ...verifik, recovery: { ...verifik.recovery, readProof: () => Promise.resolve(null), ...recovery } }
    const { input, start, store, countWrites } = await open(provider, { providers: [provider] })
    const { signingSecret, webhook } = await start({ store: dying(store, 'settle') }).create(input)
    const gateway = start()
    await gateway.settleInterrupted(await gateway.listInterrupted())
    const [entry] = await store.list({}, 1)
    expect(entry).toMatchObject({ state: 'UNKNOWN' })
    const sent = countWrites()
    const account = { slug: 'verifik', provider: 'verifik', sandbox: true }
    const adopt = { id: '', as: 'ADOPT', webhookId: webhook.id } as const
    const adopted = await gateway.settleEntry(entry?.id ?? '', adopt, account, person, {})
    expect(adopted.signingSecret?.reveal() ?? null).toBe(isKnown ? signingSecret?.reveal() : null)
    expect(adopted.warnings.map(({ code }) => code)).toEqual(isKnown ? [] : ['NO_SIGNING_SECRET'])
    expect(countWrites()).toBe(sent)
  })

  it('is settled by one of two who settle it at once, and the other is told so', async () => {
    const { gateway, entry, account, webhook } = await openUnknown('encrata')
    await gateway.settleEntry(entry.id, { id: '', as: 'LOOK_AGAIN' }, account, person, {})
    const settle = (as: 'ADOPT' | 'ABANDON', webhookId?: string) =>
      gateway.settleEntry(entry.id, { id: '', as, webhookId }, account, person, {}).catch((error: unknown) => error)
    const [one, other] = await Promise.all([settle('ADOPT', webhook.id), settle('ABANDON')])
    expect(one).toMatchObject({ journalEntry: { state: 'SUCCEEDED' } })
    expect(other).toMatchObject({ issues: [{ path: ['input', 'id'], message: expect.stringContaining('settled already') }] })
  })

  it('is looked at once for all who repeat it at once', async () => {
    const { gateway, input, entry, account, standIn } = await openUnknown('encrata')
    await gateway.settleEntry(entry.id, { id: '', as: 'LOOK_AGAIN' }, account, person, {})
    const since = standIn.calls.length
    await gateway.create(input, asker).catch(() => {})
    const alone = standIn.calls.length - since
    const errors = await Promise.all(
      Array.from({ length: 8 }, () => gateway.create(input, asker).catch((error: unknown) => error)),
    )
    for (const error of errors) expect(error).toMatchObject({ code: 'OUTCOME_UNKNOWN', journalEntry: { isOpen: true } })
    expect(standIn.calls.length - since).toBe(2 * alone)
  })

  it('adopts no webhook that is not among its candidates', async () => {
    const { gateway, entry, account, input } = await openUnknown('encrata')
    await gateway.settleEntry(entry.id, { id: '', as: 'LOOK_AGAIN' }, account, person, {})
    const { webhook } = await gateway.create({ ...input, name: 'Foreign', url: 'https://hooks.acme.test/foreign' })
    const adopt = { id: '', as: 'ADOPT', webhookId: webhook.id } as const
    const refused = await gateway.settleEntry(entry.id, adopt, account, person, {}).catch((error: unknown) => error)
    expect(refused).toMatchObject({ issues: [{ path: ['input', 'webhookId'] }] })
  })

  it('is settled once, however often it is to be', async () => {
    const { input, start, store, standIn } = await open(find('baanx'))
    await start({ store: dying(store, 'settle') }).create(input, asker)
    const gateway = start()
    const left = await gateway.listInterrupted()
    await gateway.settleInterrupted(left)
    const [settled] = await store.list({}, 1)
    const sent = standIn.calls.length
    await gateway.settleInterrupted(left)
    expect(await store.list({}, 1)).toEqual([settled])
    expect(standIn.calls).toHaveLength(sent)
  })

  it('is left alone while its write is running', async () => {
    const { input, start, store, standIn } = await open(find('encrata'))
    const gateway = start()
    const held = Promise.withResolvers<unknown>()
    standIn.fail({ method: 'POST' }, async () => {
      const [entry] = await store.list({}, 1)
      const account = { slug: 'encrata', provider: 'encrata', sandbox: true }
      held.resolve(
        await gateway
          .settleEntry(entry?.id ?? '', { id: '', as: 'ABANDON' }, account, person, {})
          .catch((error: unknown) => error),
      )
    })
    await gateway.create(input)
    expect(await held.promise).toMatchObject({ issues: [{ path: ['input', 'id'] }] })
  })

  it('is unknown, and says so, if its account is not configured any more', async () => {
    const { input, start, store } = await open(find('verifik'))
    await start({ store: dying(store, 'settle') }).create(input, asker)
    const gateway = start({ accounts: [] })
    await gateway.settleInterrupted(await gateway.listInterrupted())
    expect(await store.list({}, 1)).toMatchObject([
      { state: 'UNKNOWN', error: { message: expect.stringContaining('"verifik"') } },
    ])
  })
})

it('shows what an update and a deletion found, and what they changed', async () => {
  const { store, standIn } = await open(find('encrata'))
  const { ask, gateway } = openGateway({ accounts: [toAccount(find('encrata'), standIn)], store })
  const { webhook } = await gateway.create({
    account: 'encrata',
    name: 'Before',
    url: 'https://hooks.acme.test/a',
    eventTypes: ['lookup.completed'],
  })
  const entry = 'journalEntry { before { name url enabled } after { name } changedFields }'
  const update = `mutation ($id: ID!) { updateWebhook(input: { id: $id, name: "After" }) { ... on UpdateWebhookSuccess { ${entry} } } }`
  const remove = `mutation ($id: ID!) { deleteWebhook(input: { id: $id }) { ... on DeleteWebhookSuccess { ${entry} } } }`
  const before = { name: 'Before', url: 'https://hooks.acme.test/a', enabled: true }
  expect((await ask(update, { id: webhook.id })).data.updateWebhook.journalEntry).toEqual({
    before,
    after: { name: 'After' },
    changedFields: ['name'],
  })
  expect((await ask(remove, { id: webhook.id })).data.deleteWebhook.journalEntry).toMatchObject({
    before: { ...before, name: 'After' },
    after: null,
  })
})

it('waits for a write with the same key no longer than for a write', async () => {
  const { input, start, standIn } = await open(find('encrata'))
  const gateway = start()
  const waiting = Promise.withResolvers<unknown>()
  standIn.fail({ method: 'POST' }, async () => {
    const leaving = AbortSignal.abort()
    waiting.resolve(await gateway.create(input, { ...asker, signal: leaving }).catch((error: unknown) => error))
  })
  await gateway.create(input, asker).catch((error: unknown) => expect(error).toBeInstanceOf(WebhookError))
  expect(await waiting.promise).toBeInstanceOf(UpstreamUnavailableError)
})
