import * as z from 'zod'
import { describe, expect, it } from 'vitest'
import { createRecognition, Unmodified } from '../../src/gateway/unmodified.ts'
import { createLedger } from '../../src/gateway/write/ledger.ts'
import type { DoorOptions } from '../../src/http/door.ts'
import type { Http, Read } from '../../src/http/call.ts'
import { path } from '../../src/provider/path.ts'
import type { Provider } from '../../src/provider/provider.ts'
import { providers } from '../../src/providers/index.ts'
import { stripe } from '../../src/providers/stripe/index.ts'
import type { AccountWebhook } from '../../src/webhook.ts'
import { toChange, toDraft } from '../helpers/draft.ts'
import { openGateway, toAccount } from '../helpers/gateway.ts'
import { openStandIn } from '../helpers/stand-in.ts'

const list = `{ webhooks { complete totalCount nodes { id name url enabled status eventTypes createdAt updatedAt raw }
  sources { state count error { __typename } } } }`
const create = `mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { ... on CreateWebhookSuccess { webhook { id } } } }`
const update = 'mutation ($input: UpdateWebhookInput!) { updateWebhook(input: $input) { __typename } }'
const remove = 'mutation ($id: ID!) { deleteWebhook(input: { id: $id }) { __typename } }'

async function open(provider: Provider, door: Partial<DoorOptions> = {}) {
  const standIn = await openStandIn(provider)
  const accounts = [toAccount(provider, standIn)]
  const { ask } = openGateway({ accounts, door })
  const read = async () => (await ask(list)).data.webhooks
  /** Reads until it is recognized, with the number of requests that one reading takes. */
  async function readUntilKnown() {
    standIn.forgetCalls()
    const first = await read()
    const calls = standIn.calls.length
    for (let times = 2; times <= 4; times += 1) {
      expect(await read()).toEqual(first)
      expect(standIn.calls).toHaveLength(times * calls)
    }
    return first
  }
  return { standIn, accounts, read, readUntilKnown }
}

describe.each(providers.map((provider) => [provider.displayName, provider] as const))(
  'the same list of %s again and again',
  (_, provider) => {
    it('is requested and the same each time, and shows at once what another process changed', async () => {
      const { accounts, read, readUntilKnown } = await open(provider)
      const { ask } = openGateway({ accounts, ledger: createLedger() })
      expect(await readUntilKnown()).toMatchObject({ complete: true, totalCount: 0 })

      const made = await ask(create, { input: toDraft(provider, { name: 'First', url: 'https://hooks.acme.test/first' }) })
      const { id } = made.data.createWebhook.webhook
      expect(await readUntilKnown()).toMatchObject({ complete: true, totalCount: 1, nodes: [{ id }] })

      const change = toChange(provider, 'Changed')
      await ask(update, { input: { id, ...change } })
      expect(await read()).toMatchObject({ complete: true, nodes: [{ id, ...change }] })

      await ask(remove, { id })
      expect(await read()).toMatchObject({ complete: true, totalCount: 0, nodes: [] })
    })
  },
)

/** A page of Stripe's list. */
function toPage(ids: readonly string[], has_more: boolean): string {
  const data = ids.map((id) => ({
    id,
    object: 'webhook_endpoint',
    api_version: null,
    application: null,
    created: 1_767_225_600,
    description: null,
    enabled_events: ['charge.failed'],
    livemode: false,
    metadata: {},
    status: 'enabled',
    url: `https://hooks.acme.test/${id}`,
  }))
  return JSON.stringify({ object: 'list', url: '/v1/webhook_endpoints', has_more, data })
}

describe('a response that is the same as before', () => {
  const page = toPage(['we_2'], false)

  it('is not the whole list where it is a later page', async () => {
    const { standIn, read, readUntilKnown } = await open(stripe)
    standIn.fail({ status: 200, body: page, times: 4 })
    expect(await readUntilKnown()).toMatchObject({ totalCount: 1 })
    for (const body of [toPage(['we_1'], true), page]) standIn.fail({ status: 200, body })
    expect(await read()).toMatchObject({ complete: true, totalCount: 2 })
  })

  it.each([206, 404, 500])('is no list with status %i', async (status) => {
    const { standIn, read, readUntilKnown } = await open(stripe)
    standIn.fail({ status: 200, body: page, times: 4 })
    await readUntilKnown()
    standIn.fail({ status, body: page })
    expect(await read()).toMatchObject({ complete: false, sources: [{ state: 'FAILED', count: 0 }] })
  })

  it('is not the whole list where that was a later page', async () => {
    const { standIn, read } = await open(stripe)
    for (let times = 1; times <= 3; times += 1) {
      for (const body of [toPage(['we_1'], true), page]) standIn.fail({ status: 200, body })
      expect(await read()).toMatchObject({ complete: true, totalCount: 2 })
    }
    standIn.fail({ status: 200, body: page })
    expect(await read()).toMatchObject({ complete: true, totalCount: 1 })
  })

  it('is incomplete as often as it comes where a webhook could not be read', async () => {
    const { standIn, readUntilKnown } = await open(stripe)
    standIn.fail({ status: 200, body: page.replace(/"url":"[^"]*we_2"/, '"url":7'), times: 4 })
    expect(await readUntilKnown()).toMatchObject({ complete: false, sources: [{ state: 'TRUNCATED', count: 0 }] })
  })

  it('still tells of the rate limit', async () => {
    const { standIn, read, readUntilKnown } = await open(stripe, { pacing: true })
    standIn.fail({ status: 200, body: page, times: 4 })
    await readUntilKnown()
    const headers = { 'x-ratelimit-limit': '5', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '3600' }
    standIn.fail({ status: 200, body: page, headers })
    expect(await read()).toMatchObject({ complete: true, totalCount: 1 })
    expect(await read()).toMatchObject({ complete: false, sources: [{ error: { __typename: 'RateLimitedError' } }] })
  })
})

describe('what is recognized', () => {
  const sealed = { times: 0 }
  const webhook: AccountWebhook = {
    id: 'id',
    account: { slug: 'one', provider: 'stripe', sandbox: true },
    upstreamId: 'we_1',
    name: null,
    url: 'https://hooks.acme.test',
    enabled: true,
    status: 'ACTIVE',
    eventTypes: null,
    createdAt: null,
    updatedAt: null,
    secretHint: null,
    raw: { read: () => null, seal: () => void (sealed.times += 1) },
    details: {},
  }

  /** Whether each of these responses was recognized in a reading of its own, which `texts` of another response came before. */
  async function tell(texts: readonly string[], request: Partial<Read<unknown>> = {}): Promise<readonly boolean[]> {
    const recognition = createRecognition()
    const told: boolean[] = []
    for (const text of texts) {
      const refuse = () => Promise.reject(new Error('not asked'))
      const http: Http = {
        read({ answer }) {
          const known = answer.recognize?.(text)
          if (known !== undefined) return Promise.resolve(known)
          const parsed = answer.safeParse(text)
          return parsed.success ? Promise.resolve(parsed.data) : refuse()
        },
        readPage: refuse,
        write: refuse,
        toContractError: () => {
          throw new Error('not asked')
        },
      }
      const { http: watched, keep } = recognition.open(http)
      try {
        await watched.read({ path: path`/webhooks`, answer: z.unknown(), ...request })
        keep([webhook])
        told.push(false)
      } catch (error) {
        expect(error).toBeInstanceOf(Unmodified)
        told.push(true)
      }
    }
    return told
  }

  it('came twice before, one after the other', async () => {
    expect(await tell(['a', 'a', 'a', 'b', 'a', 'a', 'a'])).toEqual([false, false, true, false, false, false, true])
  })

  it('is at most 64 KiB', async () => {
    const [most, more] = ['x'.repeat(65_536), 'x'.repeat(65_537)]
    expect(await tell([most, most, most])).toEqual([false, false, true])
    expect(await tell([more, more, more])).toEqual([false, false, false])
  })

  it('is no response to GraphQL, which also states the rate limit', async () => {
    expect(await tell(['a', 'a', 'a'], { method: 'POST' })).toEqual([false, false, false])
  })

  it('is kept without what may be secret of what the provider sent', async () => {
    sealed.times = 0
    await tell(['a'])
    expect(sealed.times).toBe(0)
    await tell(['a', 'a'])
    expect(sealed.times).toBe(1)
  })
})
