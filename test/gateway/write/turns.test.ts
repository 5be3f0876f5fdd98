import { describe, expect, it, onTestFinished } from 'vitest'
import { createGateway } from '../../../src/gateway/gateway.ts'
import { createDispatcher } from '../../../src/http/dispatcher.ts'
import { formatId } from '../../../src/id.ts'
import type { Provider } from '../../../src/provider/provider.ts'
import { providers } from '../../../src/providers/index.ts'
import { toDraft } from '../../helpers/draft.ts'
import { openGateway, openLedger, toAccount } from '../../helpers/gateway.ts'
import { openHolding } from '../../helpers/holding.ts'
import { startSteadyClock } from '../../helpers/steady.ts'
import { openStandIn } from '../../helpers/stand-in.ts'

const create = `mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { __typename
  ... on CreateWebhookSuccess { webhook { id upstreamId } } ... on WebhookError { message retry } } }`
const update = `mutation ($input: UpdateWebhookInput!) { updateWebhook(input: $input) { __typename
  ... on UpdateWebhookSuccess { webhook { name enabled } } ... on WebhookError { message retry } } }`
const remove = 'mutation ($id: ID!) { deleteWebhook(input: { id: $id }) { __typename ... on WebhookError { retry } } }'
const rotate = `mutation ($id: ID!) { rotateWebhookSecret(input: { id: $id, strategy: REPLACEMENT }) { __typename
  ... on RotateWebhookSecretSuccess { webhook { status } } ... on WebhookError { message retry } } }`
const list = '{ webhooks { nodes { id name enabled url } } }'

function getProvider(name: string): Provider {
  const provider = providers.find((each) => each.name === name)
  if (provider === undefined) throw new Error(`There is no provider ${name}.`)
  return provider
}

/** One upstream account with a webhook, known to the gateway by two slugs. */
async function open(name: string, timeoutMs = 5_000) {
  const provider = getProvider(name)
  const standIn = await openStandIn(provider)
  const accounts = [toAccount(provider, standIn), { ...toAccount(provider, standIn, 'again'), baseUrl: `${standIn.baseUrl}/` }]
  const gateway = openGateway({ accounts, timeoutMs })
  const { ask } = gateway
  const input = toDraft(provider, { name: 'Shared', url: 'https://hooks.acme.test/shared' })
  const make = (more: object = {}) => ask(create, { input: { ...input, ...more } })
  const { id, upstreamId } = (await make()).data.createWebhook.webhook
  const [first] = (await ask('{ webhooks(filter: { accounts: ["again"] }) { nodes { id } } }')).data.webhooks.nodes
  return { ...gateway, provider, standIn, accounts, make, id, upstreamId, sameId: first.id as string }
}

describe('two writes to one webhook at the same time', () => {
  it('lose nothing where a provider replaces the whole webhook, by one slug or by two', async () => {
    const { ask, id, sameId } = await open('encrata')
    for (const other of [id, sameId]) {
      for (const enabled of [false, true]) {
        const name = `${other} ${enabled}`
        const answers = await Promise.all([ask(update, { input: { id, name } }), ask(update, { input: { id: other, enabled } })])
        expect(answers.map(({ data }) => data.updateWebhook.__typename)).toEqual(['UpdateWebhookSuccess', 'UpdateWebhookSuccess'])
        expect((await ask(list)).data.webhooks.nodes[0]).toMatchObject({ name, enabled })
      }
    }
  })

  it('leave what is off switched off where they come one after the other, and name something else', async () => {
    const { ask, id } = await open('encrata')
    await ask(update, { input: { id, enabled: false } })
    await ask(update, { input: { id, name: 'Still off' } })
    expect((await ask(list)).data.webhooks.nodes[0]).toMatchObject({ name: 'Still off', enabled: false })
  })

  it('lose nothing across a reload that changes the account', async () => {
    const { standIn, accounts, gateway, id, provider } = await open('encrata')
    const dispatcher = createDispatcher()
    onTestFinished(() => dispatcher.destroy())
    const [account] = accounts
    if (account === undefined) throw new Error('There is no account.')
    const changed = { ...account, maxWebhooks: 7 }
    const later = createGateway({
      providers: [provider],
      accounts: [changed],
      dispatcher,
      timeoutMs: 5_000,
      predecessor: gateway,
      ledger: openLedger(),
    })
    standIn.fail({ effect: 'READ', when: 'after', delayMs: 100 })
    await Promise.all([gateway.update({ id, name: 'Renamed' }), later.update({ id, enabled: false })])
    expect(await later.get(id)).toMatchObject({ name: 'Renamed', enabled: false })
  })

  it.each(['encrata', 'fingerprint'])('never take back at %s what somebody switched off during a replacement', async (name) => {
    const { ask, id } = await open(name)
    const [rotated, disabled] = await Promise.all([ask(rotate, { id }), ask(update, { input: { id, enabled: false } })])
    expect(rotated.data.rotateWebhookSecret).toMatchObject({ __typename: 'RotateWebhookSecretSuccess' })
    // The one that it was to switch off is gone: nobody was told that it is off.
    expect(disabled.data.updateWebhook).toMatchObject({ __typename: 'NotFoundError' })
    const { nodes } = (await ask(list)).data.webhooks
    expect(new Set(nodes.map(({ enabled }: { enabled: boolean }) => enabled))).toEqual(new Set([true]))
  })
})

describe('a create to the URL of a webhook that is being replaced', () => {
  it('waits until its twin is made', async () => {
    const { promise: mayAnswer, resolve: answerNow } = Promise.withResolvers<void>()
    const { standIn, accounts, provider, id } = await open('encrata')
    const [account] = accounts
    if (account === undefined) throw new Error('There is no account.')
    const baseUrl = await openHolding(standIn.baseUrl, () => mayAnswer)
    const { ask } = openGateway({ accounts: [{ ...account, baseUrl }], timeoutMs: 20_000 })
    const start = standIn.calls.length
    const replaced = ask(rotate, { id })
    await expect.poll(() => standIn.calls.at(-1)?.method).toBe('POST')
    const input = toDraft(provider, { name: 'Shared', url: 'https://hooks.acme.test/shared' })
    const made = ask(create, { input })
    // What is asked for later is answered, and nothing was read for the create meanwhile.
    await ask('{ webhooks { complete } }')
    await ask('{ webhooks { complete } }')
    expect(standIn.calls.slice(start).map(({ method }) => method)).toEqual(['GET', 'GET', 'POST', 'GET', 'GET'])
    answerNow()
    expect((await replaced).data.rotateWebhookSecret).toMatchObject({ __typename: 'RotateWebhookSecretSuccess' })
    await made
  })
})

describe('a write that waits for its turn', () => {
  it('spends its own time, and is refused with nothing sent when that is up', async () => {
    const { ask, standIn, id } = await open('baanx', 1_500)
    standIn.fail({ hang: true, times: 99 })
    const start = standIn.calls.length
    using clock = startSteadyClock()
    const first = ask(update, { input: { id, name: 'First' } })
    // At once: what is left of the others' time after that of the first one could do to send something.
    await expect.poll(() => standIn.calls.length, { interval: 1 }).toBe(start + 1)
    const others = await Promise.all([ask(update, { input: { id, name: 'Second' } }), ask(remove, { id }), ask(remove, { id })])
    const othersMs = clock.now()
    expect((await first).data.updateWebhook).toMatchObject({ __typename: 'OutcomeUnknownError' })
    for (const { data } of others) {
      const [answer] = Object.values<object>(data)
      expect(answer).toMatchObject({ __typename: 'UpstreamUnavailableError', retry: 'SAFE' })
    }
    expect(standIn.calls.slice(start).filter(({ effect }) => effect === 'WRITE')).toHaveLength(1)
    expect(othersMs).toBeLessThan(3 * 1_500)
  })

  it('is refused as soon as its own time is up, however long the one before it takes', async () => {
    const { standIn, accounts, gateway, id, provider } = await open('baanx')
    const dispatcher = createDispatcher()
    onTestFinished(() => dispatcher.destroy())
    const hasty = createGateway({ providers: [provider], accounts, dispatcher, timeoutMs: 50, ledger: openLedger() })
    let second: unknown
    // The one before it takes until this one is refused.
    standIn.fail({ method: 'PUT', when: 'after' }, async () => {
      second = await hasty.update({ id, name: 'Second' }).catch((error: unknown) => error)
    })
    expect(await gateway.update({ id, name: 'First' })).toMatchObject({ webhook: { name: 'First' } })
    expect(second).toMatchObject({
      retry: 'SAFE',
      message: expect.stringContaining('timed out while waiting for other writes'),
    })
  })

  it('comes in the order in which it was asked for', async () => {
    const { standIn, gateway, id } = await open('baanx')
    standIn.fail({ method: 'PUT', when: 'after', delayMs: 300 })
    const names = ['first', 'second', 'third', 'fourth']
    await Promise.all(names.map((name) => gateway.update({ id, name })))
    const sent = standIn.calls.filter(({ method }) => method === 'PUT').map(({ body }) => body)
    expect(sent).toEqual(names.map((name) => ({ name })))
  })

  it('is carried through when its caller leaves while it is under way, and looked for where its answer is lost', async () => {
    const { standIn, gateway, id } = await open('baanx')
    const caller = new AbortController()
    standIn.fail({ method: 'PUT', when: 'after', cut: 'connection' }, () => caller.abort())
    expect(await gateway.update({ id, name: 'Carried through' }, { signal: caller.signal })).toMatchObject({
      webhook: { name: 'Carried through' },
      warnings: [{ code: 'RECOVERED' }],
    })
  })

  it('leaves the line with its caller, and the next one does not wait for it', async () => {
    // Longer than any test: whoever is still in the line is not refused for its time.
    const { gateway, standIn, upstreamId, id } = await open('baanx', 600_000)
    const { promise: mayAnswer, resolve: answerNow } = Promise.withResolvers<void>()
    standIn.fail({ method: 'PUT', when: 'after' }, () => mayAnswer)
    const first = gateway.update({ id, name: 'First' })
    await expect.poll(() => standIn.calls.at(-1)?.method).toBe('PUT')
    const callers = Array.from({ length: 60 }, () => new AbortController())
    const left = callers.map(({ signal }) => gateway.update({ id, name: 'Left' }, { signal }).catch((error: unknown) => error))
    const last = gateway.update({ id, name: 'Last' })
    for (const caller of callers) caller.abort()
    // At once, and not when their turn has come: the first one is not answered before.
    for (const error of await Promise.all(left)) {
      expect(error).toMatchObject({
        code: 'UPSTREAM_UNAVAILABLE',
        retry: 'SAFE',
        message: expect.stringContaining('client disconnected'),
      })
    }
    answerNow()
    await first
    expect(await last).toMatchObject({ webhook: { name: 'Last', upstreamId } })
    expect(standIn.calls.filter(({ method }) => method === 'PUT')).toHaveLength(2)
  })

  it('does not begin when its caller has left during the reads before a rotation', async () => {
    const { gateway, standIn, id } = await open('baanx')
    const caller = new AbortController()
    const start = standIn.calls.length
    standIn.fail({ effect: 'READ', when: 'after' }, () => caller.abort())
    const result = gateway.rotateSecret({ id }, { signal: caller.signal }).catch((error: unknown) => error)
    expect(await result).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', retry: 'SAFE' })
    expect(standIn.calls.slice(start).map(({ method }) => method)).toEqual(['GET'])
  })

  it('does not begin when its caller has left during the list before a create', async () => {
    const { gateway, standIn } = await open('verifik')
    const caller = new AbortController()
    standIn.fail({ effect: 'READ', when: 'after' }, () => caller.abort())
    const start = standIn.calls.length
    const input = { account: 'verifik', name: 'Abandoned', url: 'https://hooks.acme.test/abandoned', enabled: true }
    const result = gateway.create(input, { signal: caller.signal }).catch((error: unknown) => error)
    expect(await result).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', retry: 'SAFE' })
    expect(standIn.calls.slice(start).map(({ method }) => method)).toEqual(['GET'])
  })
})

describe('calls that wait for the pace of an account', () => {
  it('give their turns back when their clients leave, and the next one comes before they would have', async () => {
    const provider = getProvider('baanx')
    const standIn = await openStandIn(provider)
    const account = { ...toAccount(provider, standIn), rateLimit: { calls: 2, perMs: 1_500 } }
    const { server, ask } = openGateway({ accounts: [account], timeoutMs: 20_000, door: { pacing: true } })
    const read = (upstreamId: string) => {
      const id = formatId({ kind: 'webhook', slug: 'baanx', upstreamId })
      return `{ webhook(id: "${id}") { __typename ... on WebhookError { code retryAfterMs } } }`
    }
    const callers = Array.from({ length: 60 }, () => new AbortController())
    let answered = 0
    const left = callers.map(async ({ signal }, index) => {
      const headers = { 'content-type': 'application/json' }
      const body = JSON.stringify({ query: read(`left-${index}`) })
      await server.fetch('http://gateway.test/graphql', { method: 'POST', headers, body, signal })
      answered += 1
    })
    // As many as fit into the time that they have are in the line, two of which go at once; the others are refused.
    await expect.poll(() => answered).toBeGreaterThan(30)
    for (const caller of callers) caller.abort()
    await Promise.allSettled(left)
    expect((await ask(read('next'))).data.webhook).toMatchObject({ code: 'NOT_FOUND' })
    // Whatever was on its way when they left came before it.
    expect(standIn.calls.at(-1)?.path).toContain('next')
  })
})

describe('calls that wait longer than they may', () => {
  it('tell nothing of a healthy provider: its breaker stays closed, and nobody else is refused', async () => {
    const provider = getProvider('verifik')
    const standIn = await openStandIn(provider)
    const { ask } = openGateway({
      accounts: [toAccount(provider, standIn)],
      timeoutMs: 2_500,
      // However busy the machine is: what begins is answered.
      door: { breaker: { failures: 2, pauseMs: 60_000 }, leastMs: 1_000 },
    })
    standIn.fail({ method: 'POST', delayMs: 100, times: 999 })
    const input = { account: 'verifik', url: 'https://hooks.acme.test/crowd' }
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, index) => ask(create, { input: { ...input, name: `Crowd ${index}` } })),
    )
    const outcomes = answers.map(({ data }) => data.createWebhook)
    for (const outcome of outcomes.filter(({ __typename }) => __typename !== 'CreateWebhookSuccess')) {
      expect(outcome).toMatchObject({ __typename: 'UpstreamUnavailableError', retry: 'SAFE' })
    }
    const { webhooks } = (await ask('{ webhooks { complete totalCount } }')).data
    const made = outcomes.filter(({ __typename }) => __typename === 'CreateWebhookSuccess')
    expect(webhooks).toEqual({ complete: true, totalCount: made.length })
  })
})
