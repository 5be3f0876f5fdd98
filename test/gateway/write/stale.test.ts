import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { createLedger } from '../../../src/gateway/write/ledger.ts'
import type { Provider } from '../../../src/provider/provider.ts'
import { isUnsupported } from '../../../src/provider/unsupported.ts'
import { providers } from '../../../src/providers/index.ts'
import { getWays } from '../../hands/hands.ts'
import { hasNames, toDraft } from '../../helpers/draft.ts'
import { openGateway, toAccount } from '../../helpers/gateway.ts'
import { openStandIn, repeatCall } from '../../helpers/stand-in.ts'

const failure = '... on WebhookError { message retry } ... on OutcomeUnknownError { candidates { id } }'
const create = `mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { ... on CreateWebhookSuccess { webhook { id upstreamId } } } }`
const update = `mutation ($input: UpdateWebhookInput!) { updateWebhook(input: $input) { __typename
  ... on UpdateWebhookSuccess { webhook { name url enabled } warnings { code } } ${failure} } }`
const rotate = `mutation ($input: RotateWebhookSecretInput!) { rotateWebhookSecret(input: $input) { __typename
  ... on RotateWebhookSecretSuccess { webhook { enabled status } warnings { code } } ${failure} } }`
const verify = `mutation ($id: ID!) { verifyWebhook(input: { id: $id }) { __typename
  ... on VerifyWebhookSuccess { webhook { status url } } ${failure} } }`
// Two states of the same field: of the switch, or else of the URL.
const toStates = ({ fields }: Provider) =>
  isUnsupported(fields.enabled.onUpdate)
    ? [{ url: 'https://hooks.acme.test/one' }, { url: 'https://hooks.acme.test/two' }]
    : [{ enabled: false }, { enabled: true }]

const read = 'query ($id: ID!) { webhook(id: $id) { __typename } }'
const list = '{ webhooks { nodes { id name url enabled status } } }'

interface Options {
  readonly looksMs?: readonly number[]
  readonly input?: Readonly<Record<string, unknown>>
}

/** One webhook that was read, so that a stale read shows it as it is now. */
async function open(provider: Provider, { looksMs = [0, 5, 5], input = {} }: Options = {}) {
  const standIn = await openStandIn(provider)
  const draft = { ...toDraft(provider, { name: 'First', url: 'https://hooks.acme.test/stale' }), ...input }
  const clock = { now: 0 }
  const { ask } = openGateway({
    accounts: [toAccount(provider, standIn)],
    ledger: createLedger(() => clock.now),
    looksMs,
  })
  const made = await ask(create, { input: draft })
  const { id, upstreamId } = made.data.createWebhook.webhook as { id: string; upstreamId: string }
  if (provider.operations.VERIFY.support !== 'UNSUPPORTED') await ask(verify, { id })
  await ask(read, { id })
  const lastRead = standIn.calls.at(-1)
  if (lastRead === undefined) throw new Error('Nothing was read.')
  standIn.forgetCalls()
  return {
    standIn,
    id,
    upstreamId,
    clock,
    /** What a read is answered. */
    shown: () => repeatCall(standIn, lastRead),
    /** The next reads show what the last one showed. */
    lag: (reads: number) => standIn.fail({ ...toRead(provider, upstreamId), stale: true, times: reads }),
    lose: (when: 'before' | 'after' = 'before') => standIn.fail({ ...getWays(provider).own.update[0], cut: 'connection', when }),
    update: async (input: object) => (await ask(update, { input: { id, ...input } })).data.updateWebhook,
    rotate: async () => (await ask(rotate, { input: { id, strategy: 'REPLACEMENT' } })).data.rotateWebhookSecret,
    verify: async () => (await ask(verify, { id })).data.verifyWebhook,
    list: async () => (await ask(list)).data.webhooks.nodes,
    writes: () => standIn.calls.filter(({ effect }) => effect === 'WRITE').map(({ method }) => method),
  }
}

/** The reads of one webhook. */
function toRead(provider: Provider, upstreamId: string) {
  const [target] = getWays(provider).own.get
  return target?.field === undefined ? { ...target, path: upstreamId } : target
}

function get(name: string): Provider {
  const provider = providers.find((each) => each.name === name)
  if (provider === undefined) throw new Error(`There is no provider ${name}.`)
  return provider
}

describe.each(providers.filter(hasNames))(
  'an acknowledged update at $displayName, of which reads show nothing yet',
  (provider) => {
    it('is not told as undone by one that never was carried out', async () => {
      const { standIn, lag, lose, update, list } = await open(provider)
      lag(50)
      const [state = {}, next = {}] = toStates(provider)
      expect(await update(state)).toMatchObject({ webhook: state })
      lose()
      // What is read before it is written to is sent nothing.
      expect(await update(next)).toMatchObject(
        ['encrata', 'shopify'].includes(provider.name)
          ? {
              __typename: 'UpstreamUnavailableError',
              retry: 'SAFE',
              message: expect.stringMatching(/is outdated, or.*Nothing was sent/),
            }
          : {
              __typename: 'OutcomeUnknownError',
              message: expect.stringMatching(/may have returned an older state.*not retried/),
              candidates: [{}],
            },
      )
      standIn.heal()
      expect(await list()).toMatchObject([state])
    })

    it('does not keep an update of something else from being recovered', async () => {
      const { lose, update } = await open(provider)
      await update({ name: 'Second' })
      lose('after')
      const [state = {}] = toStates(provider)
      expect(await update(state)).toMatchObject({
        webhook: { name: 'Second', ...state },
        warnings: [{ code: 'RECOVERED' }],
      })
    })

    it('does not keep the same update from being recovered', async () => {
      const { lose, update } = await open(provider)
      await update({ name: 'Second' })
      lose()
      expect(await update({ name: 'Second' })).toMatchObject({ webhook: { name: 'Second' }, warnings: [{ code: 'RECOVERED' }] })
    })
  },
)

describe.each(['verifik', 'baanx'])('a read at %s, which tells when a webhook was changed', (name) => {
  it('proves an update that undoes an acknowledged one, where it is later', async () => {
    const { lose, update } = await open(get(name))
    await update({ enabled: false })
    await sleep(5)
    lose('after')
    expect(await update({ enabled: true })).toMatchObject({ webhook: { enabled: true }, warnings: [{ code: 'RECOVERED' }] })
  })
})

describe('an update at Encrata, which writes the whole webhook', () => {
  it('waits for what was acknowledged, and keeps it', async () => {
    const { lag, update, list } = await open(get('encrata'))
    // One before the first, one after it, and one before the second.
    lag(3)
    expect(await update({ name: 'Second' })).toMatchObject({ webhook: { name: 'Second' }, warnings: [{ code: 'NOT_READ_BACK' }] })
    expect(await update({ enabled: false })).toMatchObject({ webhook: { name: 'Second', enabled: false }, warnings: [] })
    expect(await list()).toMatchObject([{ name: 'Second', enabled: false }])
  })

  it('sends nothing while it shows something else, for a minute', async () => {
    const { lag, update, writes, clock } = await open(get('encrata'))
    lag(50)
    await update({ name: 'Second' })
    clock.now = 59_999
    expect(await update({ enabled: false })).toMatchObject({ __typename: 'UpstreamUnavailableError', retry: 'SAFE' })
    expect(writes()).toEqual(['PUT'])
    clock.now = 60_000
    expect(await update({ enabled: false })).toMatchObject({ webhook: { enabled: false } })
  })

  it('does not enable what was created disabled', async () => {
    const { standIn, shown, update, writes } = await open(get('encrata'), { input: { enabled: false } })
    standIn.fail({
      effect: 'READ',
      status: 200,
      body: JSON.stringify(Object.assign({}, await shown(), { is_active: true })),
      times: 50,
    })
    expect(await update({ name: 'Second' })).toMatchObject({ __typename: 'UpstreamUnavailableError', retry: 'SAFE' })
    expect(writes()).toEqual([])
  })
})

describe.each(['encrata', 'fingerprint'])('a replacement at %s', (name) => {
  it('makes no twin of what was there before an acknowledged update', async () => {
    const { standIn, lag, update, rotate, writes, list } = await open(get(name))
    lag(50)
    await update({ enabled: false })
    expect(await rotate()).toMatchObject({ __typename: 'UpstreamUnavailableError', retry: 'SAFE' })
    expect(writes()).toHaveLength(1)
    standIn.heal()
    expect(await rotate()).toMatchObject({ webhook: { enabled: false } })
    expect(await list()).toMatchObject([{ enabled: false }])
  })

  it('keeps the old webhook where it is shown at last as it was before', async () => {
    const { standIn, id, upstreamId, shown, update, rotate, list } = await open(get(name))
    const old = JSON.stringify(await shown())
    await update({ name: 'Second' })
    standIn.fail({ effect: 'READ', path: upstreamId, delayMs: 0 })
    standIn.fail({ effect: 'READ', path: upstreamId, status: 200, body: old, times: 50 })
    expect((await rotate()).warnings).toContainEqual({ code: 'OLD_WEBHOOK_KEPT' })
    expect(await list()).toContainEqual(expect.objectContaining({ id, name: 'Second' }))
  })
})

describe('a verification at Fingerprint', () => {
  it('is not told as passed by a webhook that is shown with its old URL', async () => {
    const { lag, update, verify } = await open(get('fingerprint'))
    lag(50)
    await update({ url: 'https://hooks.acme.test/unverified' })
    expect(await verify()).toMatchObject({ __typename: 'OutcomeUnknownError', candidates: [] })
  })

  it('is told as passed though somebody else has renamed the webhook meanwhile', async () => {
    const { standIn, upstreamId, shown, update, verify } = await open(get('fingerprint'))
    const { data } = (await shown()) as { data: object }
    await update({ name: 'Ours' })
    const body = JSON.stringify({ data: { ...data, description: 'Theirs' } })
    standIn.fail({ effect: 'READ', path: upstreamId, status: 200, body, times: 50 })
    expect(await verify()).toMatchObject({ __typename: 'VerifyWebhookSuccess' })
  })

  it('that was acknowledged keeps a twin from being left unverified', async () => {
    const { standIn, upstreamId, shown, rotate, writes } = await open(get('fingerprint'))
    const { data } = (await shown()) as { data: object }
    const body = JSON.stringify({ data: { ...data, verified: false } })
    standIn.fail({ effect: 'READ', path: upstreamId, status: 200, body, times: 50 })
    expect(await rotate()).toMatchObject({ __typename: 'UpstreamUnavailableError', retry: 'SAFE' })
    expect(writes()).toEqual([])
  })
})

describe('what was acknowledged', () => {
  const webhook = {
    upstreamId: 'a',
    name: 'First',
    url: 'https://user:password@hooks.acme.test/a',
    enabled: true,
    status: 'ACTIVE',
    eventTypes: ['b', 'a'],
    createdAt: null,
    updatedAt: '1970-01-01T00:00:01.000Z',
    secretHint: null,
    raw: null,
    details: { environmentId: 'one' },
  } as const

  it('ends with the deletion, is of one account, and goes by the time of the provider first', () => {
    const ledger = createLedger(() => 0)
    const account = ledger.open('https://api.example/v1')
    account.acknowledge(webhook, ['name', 'eventTypes'])
    account.acknowledge({ ...webhook, url: 'https://***@hooks.acme.test/a' }, ['url', 'environmentId'])
    expect(account.isBehind({ ...webhook, eventTypes: ['a', 'b'], enabled: false })).toBe(false)
    expect(account.isBehind({ ...webhook, name: 'Second' })).toBe(true)
    expect(account.isBehind({ ...webhook, name: 'Second', updatedAt: '1970-01-01T00:00:01.001Z' })).toBe(false)
    expect(account.isBehind({ ...webhook, updatedAt: '1970-01-01T00:00:00.999Z' })).toBe(true)
    expect(account.isBehind({ ...webhook, updatedAt: null })).toBe(false)
    expect(account.isBehind({ ...webhook, details: { environmentId: null } })).toBe(true)
    expect(ledger.open('https://api.example/v2').isBehind({ ...webhook, name: 'Second' })).toBe(false)
    account.forget('a')
    expect(account.isBehind({ ...webhook, name: 'Second' })).toBe(false)
  })
})
