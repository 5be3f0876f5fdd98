import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { request } from 'undici'
import * as z from 'zod'
import { OutcomeUnknownError, WebhookError } from '../../../src/errors.ts'
import type { Gateway } from '../../../src/gateway/gateway.ts'
import { boundOperation } from '../../../src/gateway/write/bound.ts'
import { createLedger } from '../../../src/gateway/write/ledger.ts'
import type { StandIn } from '../../../src/sandbox/server.ts'
import { StoreError } from '../../../src/store/error.ts'
import { createKeys, parseKeys } from '../../../src/store/keys.ts'
import { openStore } from '../../../src/store/open.ts'
import type { Store } from '../../../src/store/store.ts'
import { type GatewayOptions, openGateway, toAccount } from '../../helpers/gateway.ts'
import { createKeyed, failingUrl, type KeyedOptions, keyOfStore, maximum, refusedUrl } from '../../helpers/keyed.ts'
import type { FaultInput } from '../../../src/sandbox/fault.ts'
import { startProcess } from '../../helpers/process.ts'
import { openStandIn } from '../../helpers/stand-in.ts'

const asker = { caller: 'client', idempotencyKey: 'order-1' }
const person = { name: 'person', revealsAll: true }
const input = { account: 'keyed', name: 'Orders', url: 'https://hooks.acme.test/orders' }
const lost = { effect: 'WRITE', cut: 'connection', when: 'after' } as const
const neverCame = { effect: 'WRITE', cut: 'connection', when: 'before' } as const
const inProgress = { effect: 'WRITE', status: 409, body: '{"error":{"code":"in_progress"}}' } as const
const day = 86_400_000

/** One store and account, and any number of processes that know nothing of each other. */
async function open(options: KeyedOptions, more: Partial<GatewayOptions> = {}) {
  const provider = createKeyed(options)
  const now = () => new Date()
  const standIn = await openStandIn(provider, { now })
  const store = await openStore({ path: null, keys: createKeys() })
  onTestFinished(() => store.close())
  const account = toAccount(provider, standIn)
  const start = (others: Partial<GatewayOptions> = {}): Gateway =>
    openGateway({
      providers: [provider],
      accounts: [account],
      store,
      ledger: createLedger(),
      looksMs: [0, 1, 1],
      ...more,
      ...others,
    }).gateway
  /** A process that dies before it records the outcome. */
  const startDying = () => start({ store: { ...store, settle: () => Promise.reject(new StoreError('It has died')) } })
  /** What the next process makes of what the last one left. */
  const settle = async (others: Partial<GatewayOptions> = {}) => {
    const next = start(others)
    await next.settleInterrupted(await next.listInterrupted())
    const [entry] = await store.list({}, 1)
    return { next, entry, secret: entry === undefined ? null : await store.openSecret(entry.id, 'signingSecret') }
  }
  return { provider, standIn, store, account, start, startDying, settle }
}

/** The writes that the stand-in received, with their keys. */
function listWrites({ calls }: StandIn) {
  return calls
    .filter(({ effect }) => effect === 'WRITE')
    .map(({ method, path, headers, body }) => {
      const id = z.object({ id: z.string() }).safeParse(body).data?.id
      return { write: `${method} ${path}`, key: id ?? headers['idempotency-key'] }
    })
}

/** The webhooks at the provider and their secrets. */
async function readStored(standIn: StandIn): Promise<readonly { readonly id: string; readonly secret: string }[]> {
  const headers = { authorization: `Bearer ${standIn.token}` }
  const read = async (path: string) => (await request(`${standIn.baseUrl}${path}`, { headers })).body.json()
  const webhooks = z.array(z.object({ id: z.string() })).parse(await read('/webhooks'))
  return Promise.all(
    webhooks.map(async ({ id }) => ({ id, ...z.object({ secret: z.string() }).parse(await read(`/secrets/${id}`)) })),
  )
}

const fail = (error: unknown) => {
  if (error instanceof WebhookError) return error
  throw error
}

afterEach(() => {
  vi.useRealTimers()
})

/** Sets the clock, but neither the timers nor the time that passes. */
function setClock(byMs: number): void {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + byMs })
}

describe.each(['REPLAYED', 'REFUSED'] as const)('a create whose key is %s', (comesTo) => {
  it.each([
    ['carried out', lost],
    ['not carried out', neverCame],
  ])('makes one webhook and comes back with its secret if the response is lost and it was %s', async (_, fault) => {
    const { standIn, start, store } = await open({ comesTo })
    standIn.fail(fault)
    const { webhook, signingSecret, warnings } = await start().create(input, asker)
    expect(await readStored(standIn)).toEqual([{ id: webhook.upstreamId, secret: signingSecret?.reveal() }])
    expect(warnings).toMatchObject([{ code: 'RECOVERED' }])
    expect(await store.list({}, 9)).toMatchObject([{ state: 'SUCCEEDED', recovered: true, webhook: webhook.upstreamId }])
    expect(new Set(listWrites(standIn).map(({ key }) => key)).size).toBe(1)
  })

  it('waits while the first request is being processed, and asks with the same key', async () => {
    const { standIn, start } = await open({ comesTo })
    standIn.fail(neverCame)
    standIn.fail({ ...inProgress, times: 1 })
    const { webhook, signingSecret } = await start().create(input)
    expect(await readStored(standIn)).toEqual([{ id: webhook.upstreamId, secret: signingSecret?.reveal() }])
    const writes = listWrites(standIn)
    expect(writes).toHaveLength(3)
    expect(new Set(writes.map(({ key }) => key)).size).toBe(1)
    expect(writes[0]?.key).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  })

  it.each([
    ['had taken effect', lost],
    ['had not been received', neverCame],
  ])('comes back with its secret after a crash if it %s', async (_, fault) => {
    const { standIn, settle, start, startDying } = await open({ comesTo })
    standIn.fail({ ...fault, times: 9 })
    await startDying().create(input, asker).catch(fail)
    standIn.heal()
    const { entry, secret } = await settle()
    expect(entry).toMatchObject({ state: 'SUCCEEDED', recovered: true })
    expect(await readStored(standIn)).toEqual([{ id: entry?.webhook, secret }])
    const again = await start().create(input, asker)
    expect(again).toMatchObject({ replayed: true, webhook: { upstreamId: entry?.webhook } })
    expect(again.signingSecret?.reveal()).toBe(secret)
  })

  it('comes back with the right secret if the response names another webhook', async () => {
    const { standIn, start } = await open({ comesTo })
    const first = await start().create({ ...input, name: 'First' })
    const body = { id: first.webhook.upstreamId, url: input.url, name: 'Orders', secret: 'whsec_of_another' }
    standIn.fail({ effect: 'WRITE', when: 'after', status: 200, body: JSON.stringify(body) })
    const { webhook, signingSecret, warnings } = await start().create(input)
    expect(webhook.upstreamId).not.toBe(first.webhook.upstreamId)
    expect(await readStored(standIn)).toContainEqual({ id: webhook.upstreamId, secret: signingSecret?.reveal() })
    expect(warnings).toMatchObject([{ code: 'RECOVERED' }])
  })

  it('is settled by LOOK_AGAIN with its key', async () => {
    const { standIn, start, store, account } = await open({ comesTo })
    const gateway = start()
    standIn.fail({ ...neverCame, times: 9 })
    await gateway.create(input).catch(fail)
    standIn.heal()
    const [{ id } = { id: '' }] = await store.list({}, 1)
    const settled = await gateway.settleEntry(id, { id, as: 'LOOK_AGAIN' }, account, person, asker)
    expect(settled.journalEntry).toMatchObject({ state: 'SUCCEEDED', recovered: true })
    const [entry] = await store.list({}, 1)
    expect(await readStored(standIn)).toEqual([{ id: entry?.webhook, secret: await store.openSecret(id, 'signingSecret') }])
  })

  it.each(['before', 'after'] as const)(
    'comes back with its secret if the process is killed %s it takes effect',
    async (when) => {
      const { standIn, provider, account } = await open({ comesTo })
      const folder = await mkdtemp(join(tmpdir(), 'hookql-again-'))
      onTestFinished(() => rm(folder, { recursive: true }))
      const path = join(folder, 'store.db')
      const env = { COMES_TO: comesTo, BASE_URL: standIn.baseUrl, TOKEN: standIn.token, STORE: path }
      const program = startProcess('test/helpers/keyed-process.ts', env)
      onTestFinished(() => program.stop())
      standIn.fail({ effect: 'WRITE', when, hang: true }, () => program.kill('SIGKILL'))
      expect(await program.exited).toMatchObject({ signal: 'SIGKILL' })
      const store = await openStore({ path, keys: parseKeys(keyOfStore, 'test') })
      onTestFinished(() => store.close())
      const { gateway } = openGateway({ providers: [provider], accounts: [account], store })
      await gateway.settleInterrupted(await gateway.listInterrupted())
      const { webhook, signingSecret } = await gateway.create(input, asker)
      expect(await readStored(standIn)).toEqual([{ id: webhook.upstreamId, secret: signingSecret?.reveal() }])
    },
  )

  it.each([
    ['the provider may have forgotten the key', { clockMs: day }],
    ['a request could arrive after that', { clockMs: day - 1_000 }],
    ['the clock was set back', { clockMs: -60_000 }],
    ['nobody would get the secret, because none is kept', { later: { secretRetentionMs: 0 } }],
  ])('is not sent again after a crash if %s', async (_, { clockMs = 0, later = {} }: { clockMs?: number; later?: object }) => {
    const { standIn, settle, startDying } = await open({ comesTo, holdsMs: day })
    standIn.fail({ ...neverCame, times: 9 })
    await startDying().create(input, asker).catch(fail)
    standIn.heal()
    const sent = listWrites(standIn).length
    setClock(clockMs)
    expect((await settle(later)).entry).toMatchObject({ state: 'UNKNOWN' })
    expect(listWrites(standIn)).toHaveLength(sent)
  })

  it('is not sent again after a crash if the journal has seen a later time than the clock shows', async () => {
    const { standIn, settle, start, startDying } = await open({ comesTo, holdsMs: day })
    standIn.fail({ ...neverCame, times: 9 })
    await startDying().create(input, asker).catch(fail)
    standIn.heal()
    setClock(2 * 3_600_000)
    await start().create({ ...input, url: 'https://hooks.acme.test/later' })
    vi.useRealTimers()
    setClock(3_600_000)
    const sent = listWrites(standIn).length
    await settle()
    expect(listWrites(standIn)).toHaveLength(sent)
  })

  it('is not sent again with other credentials, which may be those of another account', async () => {
    const { standIn, settle, startDying, account } = await open({ comesTo })
    standIn.fail({ ...neverCame, times: 9 })
    await startDying().create(input, asker).catch(fail)
    standIn.heal()
    const sent = listWrites(standIn).length
    expect((await settle({ accounts: [{ ...account, headers: { 'accept-language': 'another' } }] })).entry).toMatchObject({
      state: 'UNKNOWN',
    })
    expect(listWrites(standIn)).toHaveLength(sent)
  })

  it('is not sent again in the process that sent it once the clock was set back', async () => {
    const { standIn, start } = await open({ comesTo })
    standIn.fail(neverCame, () => setClock(-60_000))
    expect(await start().create(input).catch(fail)).toBeInstanceOf(OutcomeUnknownError)
    expect(listWrites(standIn)).toHaveLength(1)
  })

  it.each([401, 403, 404, 409])('stays unknown if the repeat is answered with %i', async (status) => {
    const { standIn, start, store } = await open({ comesTo })
    standIn.fail(neverCame)
    standIn.fail({ effect: 'WRITE', status, body: '{"error":{"code":"refused"}}' })
    expect(await start().create(input, asker).catch(fail)).toBeInstanceOf(OutcomeUnknownError)
    expect(await store.list({}, 1)).toMatchObject([{ state: 'UNKNOWN' }])
    expect(listWrites(standIn)).toHaveLength(2)
  })

  it('is asked for again after a rate limit, which says nothing of the first request', async () => {
    const { standIn, start } = await open({ comesTo })
    standIn.fail(lost)
    standIn.fail({ effect: 'WRITE', status: 429, body: '{"error":{"code":"rate_limited"}}' })
    const { webhook, signingSecret } = await start().create(input)
    expect(await readStored(standIn)).toEqual([{ id: webhook.upstreamId, secret: signingSecret?.reveal() }])
  })

  it('counts its repeats among the requests of a create', () => {
    const { calls, looks } = boundOperation(createKeyed({ comesTo }), 'CREATE', 3)
    expect({ calls, looks }).toEqual({ calls: 3, looks: comesTo === 'REFUSED' ? 12 : 7 })
  })

  it('shows a placeholder for its key in a preview', async () => {
    const { start, standIn } = await open({ comesTo })
    const { requests } = await start().previewCreate(input)
    expect(requests).toMatchObject([{ method: 'POST', body: comesTo === 'REFUSED' ? { id: '[generated]' } : { name: 'Orders' } }])
    expect(listWrites(standIn)).toEqual([])
  })
})

describe('a create whose key is replayed', () => {
  const comesTo = 'REPLAYED'

  it('stays unknown if the first response, a failure, is what comes again', async () => {
    const { standIn, start, store } = await open({ comesTo })
    const error = await start()
      .create({ ...input, url: failingUrl }, asker)
      .catch(fail)
    expect(error).toMatchObject({ code: 'OUTCOME_UNKNOWN', candidates: [{ name: 'Orders' }] })
    expect(await store.list({}, 1)).toMatchObject([{ state: 'UNKNOWN' }])
    expect(await readStored(standIn)).toHaveLength(1)
  })

  it.each([
    ['invalid input', 0, refusedUrl, 'INVALID_INPUT'],
    ['a full account', maximum, input.url, 'LIMIT_REACHED'],
  ])('fails if the repeat is refused for %s and the list shows that nothing was made', async (_, others, url, code) => {
    const { standIn, start, store } = await open({ comesTo })
    const gateway = start()
    for (let count = 0; count < others; count += 1) await gateway.create({ ...input, url: `https://hooks.acme.test/${count}` })
    standIn.fail(neverCame)
    expect(await gateway.create({ ...input, url }, asker).catch(fail)).toMatchObject({ code })
    expect(await store.list({}, 1)).toMatchObject([{ state: 'FAILED' }])
  })

  it('stays unknown if the repeat is refused and the list shows a webhook that it may have made', async () => {
    const { standIn, start, store } = await open({ comesTo })
    standIn.fail(lost)
    standIn.fail({ effect: 'WRITE', status: 422, body: '{"error":{"code":"limit"}}' })
    expect(await start().create(input, asker).catch(fail)).toMatchObject({ code: 'OUTCOME_UNKNOWN', candidates: [{}] })
    expect(await store.list({}, 1)).toMatchObject([{ state: 'UNKNOWN' }])
  })

  it('fails after a crash if the repeat is refused and nothing was made', async () => {
    const { standIn, startDying, settle } = await open({ comesTo })
    standIn.fail({ ...neverCame, times: 9 })
    await startDying()
      .create({ ...input, url: refusedUrl }, asker)
      .catch(fail)
    standIn.heal()
    expect((await settle()).entry).toMatchObject({ state: 'FAILED', holdsKey: false })
  })

  it('stays unknown after a crash if somebody has deleted its webhook, although the first response comes again', async () => {
    const { standIn, startDying, settle } = await open({ comesTo })
    await startDying().create(input, asker)
    const headers = { authorization: `Bearer ${standIn.token}` }
    const [made] = await readStored(standIn)
    await request(`${standIn.baseUrl}/webhooks/${made?.id}`, { method: 'DELETE', headers })
    const { entry, secret } = await settle()
    expect({ state: entry?.state, secret }).toEqual({ state: 'UNKNOWN', secret: null })
    expect(await readStored(standIn)).toEqual([])
  })

  it('is not sent again for an entry that was begun without a key', async () => {
    const { standIn, store, startDying, settle } = await open({ comesTo })
    standIn.fail({ ...neverCame, times: 9 })
    await startDying().create(input, asker).catch(fail)
    standIn.heal()
    const sent = listWrites(standIn).length
    const openSecret: Store['openSecret'] = (id, field) =>
      field === 'sender' ? Promise.resolve(null) : store.openSecret(id, field)
    expect((await settle({ store: { ...store, openSecret } })).entry).toMatchObject({ state: 'UNKNOWN' })
    expect(listWrites(standIn)).toHaveLength(sent)
  })
})

describe('an adopted webhook whose create can be sent again', () => {
  const comesTo = 'REPLAYED'

  /** A create without a response, of which the gateway knows only that one webhook may be its own. */
  async function openUnknown(fault: FaultInput, meanwhile?: (standIn: StandIn) => Promise<unknown>) {
    const opened = await open({ comesTo })
    const gateway = opened.start()
    const { standIn, store, account } = opened
    standIn.fail(fault, async () => {
      await meanwhile?.(standIn)
      standIn.fail({ ...inProgress, times: 9 })
    })
    const error = await gateway.create(input).catch(fail)
    standIn.heal()
    const [{ id } = { id: '' }] = await store.list({}, 1)
    const adopt = (webhookId: string) => gateway.settleEntry(id, { id, as: 'ADOPT', webhookId }, account, person, asker)
    return { ...opened, gateway, error, id, adopt }
  }

  it('comes with the secret that the first response had', async () => {
    const { standIn, error, adopt } = await openUnknown(lost)
    expect(error).toMatchObject({ message: expect.stringContaining('settle its journal entry with LOOK_AGAIN') })
    const [candidate] = error instanceof OutcomeUnknownError ? error.candidates : []
    const settled = await adopt(candidate?.id ?? '')
    expect(settled.warnings).toEqual([])
    expect(await readStored(standIn)).toEqual([{ id: candidate?.upstreamId, secret: settled.signingSecret?.reveal() }])
  })

  it('is refused if it turns out that the create has made another one', async () => {
    const { standIn, gateway, error, id, adopt, account, store } = await openUnknown(neverCame, ({ baseUrl, token }) => {
      const headers = {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'idempotency-key': 'of-another',
      }
      return request(`${baseUrl}/webhooks`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ url: input.url, name: input.name }),
      })
    })
    const [candidate] = error instanceof OutcomeUnknownError ? error.candidates : []
    if (candidate === undefined) throw new Error('There is no candidate.')
    await expect(adopt(candidate.id)).rejects.toThrow('This write has made another webhook')
    await gateway.settleEntry(id, { id, as: 'LOOK_AGAIN' }, account, person, asker)
    const [entry] = await store.list({}, 1)
    expect(entry).toMatchObject({ state: 'SUCCEEDED', webhook: expect.not.stringContaining(candidate.upstreamId) })
    expect(await readStored(standIn)).toContainEqual({ id: entry?.webhook, secret: await store.openSecret(id, 'signingSecret') })
  })
})

describe('a rotation whose key is replayed', () => {
  const comesTo = 'REPLAYED'
  const rotate = { ...lost, path: '/rotate' }

  async function openRotated() {
    const opened = await open({ comesTo })
    const { webhook } = await opened.start().create(input)
    return { ...opened, asked: { id: webhook.id, strategy: 'PROVIDER' as const } }
  }

  it.each([
    ['carried out', 'after'],
    ['not carried out', 'before'],
  ] as const)('comes back with the new secret if the response is lost and it was %s', async (_, when) => {
    const { standIn, start, asked } = await openRotated()
    standIn.fail({ ...rotate, when })
    const { signingSecret, warnings } = await start().rotateSecret(asked, asker)
    expect(await readStored(standIn)).toMatchObject([{ secret: signingSecret?.reveal() }])
    expect(warnings).toMatchObject([{ code: 'RECOVERED' }])
  })

  it('comes back with the new secret after a crash', async () => {
    const { standIn, startDying, settle, asked } = await openRotated()
    standIn.fail({ ...rotate, times: 9 })
    await startDying().rotateSecret(asked, asker).catch(fail)
    standIn.heal()
    const { entry, secret } = await settle()
    expect(entry).toMatchObject({ state: 'SUCCEEDED', operation: 'ROTATE_SECRET' })
    expect(await readStored(standIn)).toMatchObject([{ secret }])
  })

  it('is not sent again once a later rotation has set the secret', async () => {
    const { standIn, start, startDying, settle, asked } = await openRotated()
    standIn.fail({ ...rotate, times: 9 })
    await startDying().rotateSecret(asked, asker).catch(fail)
    standIn.heal()
    const { signingSecret } = await start().rotateSecret(asked)
    const sent = listWrites(standIn).length
    await settle()
    expect(listWrites(standIn)).toHaveLength(sent)
    expect(await readStored(standIn)).toMatchObject([{ secret: signingSecret?.reveal() }])
  })
})

describe('the twin of a replacement', () => {
  const comesTo = 'REFUSED'

  async function openReplaced() {
    const opened = await open({ comesTo })
    const { webhook } = await opened.start().create(input)
    return { ...opened, old: webhook.upstreamId, asked: { id: webhook.id, strategy: 'REPLACEMENT' as const } }
  }

  it('is created once if the response is lost', async () => {
    const { standIn, start, asked, old } = await openReplaced()
    standIn.fail({ ...lost, method: 'POST' })
    const { webhook, signingSecret } = await start().rotateSecret(asked, asker)
    expect(webhook.upstreamId).not.toBe(old)
    expect(await readStored(standIn)).toEqual([{ id: webhook.upstreamId, secret: signingSecret?.reveal() }])
  })

  it('is created once after a crash, and the old webhook is kept', async () => {
    const { standIn, startDying, settle, asked, old } = await openReplaced()
    standIn.fail({ ...neverCame, method: 'POST', times: 9 })
    await startDying().rotateSecret(asked, asker).catch(fail)
    standIn.heal()
    const { entry, secret } = await settle()
    expect(entry).toMatchObject({ state: 'SUCCEEDED', previous: old })
    const stored = await readStored(standIn)
    expect(new Set(stored.map(({ id }) => id))).toEqual(new Set([old, entry?.webhook]))
    expect(stored).toContainEqual({ id: entry?.webhook, secret })
  })

  it('is not created after a crash if somebody has deleted the old webhook', async () => {
    const { standIn, start, startDying, settle, asked } = await openReplaced()
    standIn.fail({ ...neverCame, method: 'POST', times: 9 })
    await startDying().rotateSecret(asked, asker).catch(fail)
    standIn.heal()
    await start().remove(asked.id)
    await settle()
    expect(await readStored(standIn)).toEqual([])
  })
})
