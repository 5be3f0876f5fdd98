import { describe, expect, it } from 'vitest'
import type { DoorOptions } from '../../src/http/door.ts'
import { formatId } from '../../src/id.ts'
import { providers } from '../../src/providers/index.ts'
import type { Provider } from '../../src/provider/provider.ts'
import { openGateway, toAccount } from '../helpers/gateway.ts'
import { openStandIn } from '../helpers/stand-in.ts'

const sound = getProvider('baanx')
// Long enough that no test waits for it to pass.
const slow: Provider = { ...sound, rates: [{ calls: 5, perMs: 600_000, per: 'account' }] }

function getProvider(name: string): Provider {
  const provider = providers.find((each) => each.name === name)
  if (provider === undefined) throw new Error(`There is no provider ${name}.`)
  return provider
}

const tries = { calls: 3, firstPauseMs: 1 }

async function open(door: Partial<DoorOptions>, { timeoutMs = 5_000, provider = sound } = {}) {
  const standIn = await openStandIn(provider, { seeded: true })
  const { ask } = openGateway({ accounts: [toAccount(provider, standIn)], providers: [provider], timeoutMs, door })
  const query =
    '{ webhooks { complete sources { state error { __typename code retry retryAfterMs message upstream { status attempts } ... on UpstreamUnavailableError { reason } } } } }'
  return {
    standIn,
    ask,
    read: async () => {
      const { data, errors } = await ask(query)
      expect(errors).toBeUndefined()
      return data.webhooks.sources[0]
    },
  }
}

describe('a read', () => {
  it.each([429, 500, 502, 503, 504])('is made again after %i, and succeeds', async (status) => {
    const { standIn, read } = await open({ retry: tries })
    standIn.fail({ status, body: '', times: 2 })
    expect(await read()).toMatchObject({ state: 'COMPLETE', error: null })
    expect(standIn.calls).toHaveLength(3)
  })

  it('is made again after a reset', async () => {
    const { standIn, read } = await open({ retry: tries })
    standIn.fail({ cut: 'connection', times: 2 })
    expect(await read()).toMatchObject({ state: 'COMPLETE' })
  })

  it('is made three times at most, and the error tells', async () => {
    const { standIn, read } = await open({ retry: tries })
    standIn.fail({ status: 503, body: '', times: 9 })
    expect(await read()).toMatchObject({ error: { code: 'UPSTREAM_UNAVAILABLE', upstream: { status: 503, attempts: 3 } } })
    expect(standIn.calls).toHaveLength(3)
  })

  it.each([
    ['501', { status: 501, body: '' }],
    ['400', { status: 400, body: '' }],
    ['401', { status: 401, body: '' }],
    ['broken JSON', { status: 200, body: '{' }],
  ])('is made once when it fails for good with %s', async (_, fault) => {
    const { standIn, read } = await open({ retry: tries })
    standIn.fail({ ...fault, times: 9 })
    expect(await read()).toMatchObject({ state: 'FAILED', error: { upstream: { attempts: 1 } } })
    expect(standIn.calls).toHaveLength(1)
  })

  // A cache or proxy that sends a part of a list, or another one, must not make webhooks disappear.
  it.each([201, 202, 203, 206, 226])('is not answered by %i, whatever the body', async (status) => {
    const { standIn, read, ask } = await open({ retry: tries }, { provider: getProvider('fingerprint') })
    const empty = '{"data":[],"metadata":{"pagination":{"next_cursor":null}}}'
    standIn.fail({ status: 200, body: empty })
    expect(await read()).toMatchObject({ state: 'COMPLETE' })
    standIn.fail({ status, body: empty, times: 3 })
    expect(await read()).toMatchObject({
      state: 'FAILED',
      error: { code: 'UPSTREAM_CONTRACT', upstream: { status, attempts: 1 } },
    })
    const input = { webhooks: [{ account: 'fingerprint', url: 'https://x.test' }] }
    const { data } = await ask(
      'query ($input: WebhookPlanInput!) { webhookPlan(input: $input) { ... on WebhookPlan { complete changes { id } } } }',
      { input },
    )
    expect(data.webhookPlan).toEqual({ complete: false, changes: [] })
  })

  it.each(['0', new Date(0).toUTCString()])('waits as Retry-After says: %s', async (after) => {
    const { standIn, read } = await open({ retry: { calls: 3, firstPauseMs: 60_000 } })
    standIn.fail({ status: 503, body: '', headers: { 'retry-after': after }, times: 2 })
    expect(await read()).toMatchObject({ state: 'COMPLETE' })
  })

  it('is not made again when Retry-After leads past the deadline, and nobody waits for that', async () => {
    const { standIn, read } = await open({ retry: tries }, { timeoutMs: 40_000 })
    standIn.fail({ status: 429, body: '', headers: { 'retry-after': '60' } })
    expect(await read()).toMatchObject({ error: { code: 'RATE_LIMITED', retryAfterMs: 60_000, upstream: { attempts: 1 } } })
    expect(standIn.calls).toHaveLength(1)
  })
})

describe('a wait that a provider asks for', () => {
  it.each([
    { 'retry-after': '99999999999' },
    { 'retry-after': 'Fri, 31 Dec 9999 23:59:59 GMT' },
    { 'x-ratelimit-reset': '9999999999999' },
  ])('is believed for an hour at most: %j', async (headers) => {
    const { standIn, read } = await open({})
    standIn.fail({ status: 429, body: '', headers })
    expect(await read()).toMatchObject({ error: { code: 'RATE_LIMITED', retryAfterMs: 3_600_000 } })
  })

  const left = (resetMs: number) => ({
    'x-ratelimit-limit': '60',
    'x-ratelimit-remaining': '0',
    'x-ratelimit-reset': String(resetMs),
  })

  it('blocks no account for years when its reset is in milliseconds', async () => {
    const { standIn, read } = await open({ pacing: true }, { provider: slow })
    standIn.fail({ status: 429, body: '', headers: left(Date.now() + 600_000) })
    await read()
    const { error } = await read()
    expect(error).toMatchObject({ code: 'RATE_LIMITED', upstream: null })
    expect(error.retryAfterMs).toBeGreaterThan(500_000)
    // The clock of an answer has whole seconds.
    expect(error.retryAfterMs).toBeLessThanOrEqual(601_000)
    expect(standIn.calls).toHaveLength(1)
  })

  it('is forgotten by a reload, which keeps the pace of the account', async () => {
    const standIn = await openStandIn(slow)
    const options = { accounts: [toAccount(slow, standIn)], providers: [slow], door: { pacing: true }, timeoutMs: 2_000 }
    const { gateway } = openGateway(options)
    const [account] = gateway.accounts
    if (account === undefined) throw new Error('The account is missing.')
    standIn.fail({ status: 429, body: '', headers: left(Date.now() + 600_000) })
    await gateway.list(account)
    expect(await gateway.list(account)).toMatchObject({ error: { code: 'RATE_LIMITED', upstream: null } })
    const successor = openGateway({ ...options, predecessor: gateway }).gateway
    expect(await successor.list(account)).toMatchObject({ state: 'COMPLETE' })
    for (let count = 0; count < 9; count += 1) await successor.list(account)
    expect(standIn.calls).toHaveLength(5)
  })
})

describe('the wait that a refused call was told', () => {
  const paced = { pacing: true, sharing: false }
  const get = 'query ($id: ID!) { webhook(id: $id) { __typename ... on WebhookError { code } } }'
  const remove = `mutation ($id: ID!) { deleteWebhook(input: { id: $id }) { __typename
    ... on WebhookError { code retry retryAfterMs upstream { status } } } }`
  const refusals = [
    ['429 and seconds', () => ({ status: 429, headers: { 'retry-after': '60' } })],
    ['429 and a date', () => ({ status: 429, headers: { 'retry-after': new Date(Date.now() + 60_000).toUTCString() } })],
    ['429 and a reset', () => ({ status: 429, headers: { 'x-ratelimit-reset': '60' } })],
    ['503 and seconds', () => ({ status: 503, headers: { 'retry-after': '60' } })],
  ] as const
  const cases = providers.flatMap((provider) =>
    refusals.map(([name, toFault]) => [name, provider.displayName, provider, toFault] as const),
  )

  it.each(cases)('holds for the calls after it: %s at %s', async (_, __, provider, toFault) => {
    const { standIn, ask, read } = await open(paced, { provider })
    const id = formatId({ kind: 'webhook', slug: provider.name, upstreamId: provider.sandbox.seededId })
    standIn.fail({ ...toFault(), body: '' })
    expect((await read()).error.retryAfterMs).toBeGreaterThan(50_000)
    const { error } = await read()
    expect(error).toMatchObject({ code: 'RATE_LIMITED', retry: 'SAFE_AFTER_DELAY', upstream: null })
    expect(error.retryAfterMs).toBeGreaterThan(50_000)
    expect(error.retryAfterMs).toBeLessThanOrEqual(60_000)
    expect(standIn.calls).toHaveLength(1)
    const removed = (await ask(remove, { id })).data.deleteWebhook
    const [{ per } = { per: 'account' }] = provider.rates ?? []
    if (per === 'endpoint') return expect(removed).toMatchObject({ __typename: 'DeleteWebhookSuccess' })
    expect(removed).toMatchObject({ code: 'RATE_LIMITED', retry: 'SAFE_AFTER_DELAY', upstream: null })
    return expect(standIn.calls).toHaveLength(1)
  })

  it('holds for those after a write too', async () => {
    const { standIn, ask, read } = await open(paced)
    const id = formatId({ kind: 'webhook', slug: sound.name, upstreamId: sound.sandbox.seededId })
    standIn.fail({ method: 'DELETE', status: 429, body: '', headers: { 'retry-after': '60' } })
    expect((await ask(remove, { id })).data.deleteWebhook).toMatchObject({ code: 'RATE_LIMITED', upstream: { status: 429 } })
    expect(await read()).toMatchObject({ error: { code: 'RATE_LIMITED', upstream: null } })
    expect(standIn.calls).toHaveLength(1)
  })

  it('is waited for where there is the time', async () => {
    const { standIn, read } = await open(paced, { timeoutMs: 15_000 })
    let refusedMs = 0
    standIn.fail({ status: 429, body: '', headers: { 'retry-after': '1' } }, () => {
      refusedMs = performance.now()
    })
    expect(await read()).toMatchObject({ error: { code: 'RATE_LIMITED', retryAfterMs: 1_000 } })
    expect(await read()).toMatchObject({ state: 'COMPLETE' })
    expect(performance.now() - refusedMs).toBeGreaterThanOrEqual(1_000)
    expect(standIn.calls).toHaveLength(2)
  })

  it('holds for calls that were waiting for a place already', async () => {
    const { standIn, ask, read } = await open({ ...paced, concurrency: 1 })
    standIn.fail({ status: 429, body: '', headers: { 'retry-after': '60' }, when: 'after', delayMs: 50 })
    const ids = ['a', 'b', 'c'].map((upstreamId) => formatId({ kind: 'webhook', slug: sound.name, upstreamId }))
    const answers = await Promise.all(ids.map((id) => ask(get, { id })))
    expect(answers.map(({ data }) => data.webhook.code)).toEqual(['RATE_LIMITED', 'RATE_LIMITED', 'RATE_LIMITED'])
    expect(await read()).toMatchObject({ error: { code: 'RATE_LIMITED' } })
    expect(standIn.calls).toHaveLength(1)
  })

  it('is not ended by the answer to a call that was on its way', async () => {
    const { standIn, ask, read } = await open(paced)
    const headers = { 'x-ratelimit-limit': '60', 'x-ratelimit-remaining': '59' }
    standIn.fail({ path: 'first', headers, when: 'after' }, () => {
      standIn.fail({ status: 429, body: '', headers: { 'retry-after': '60' } })
      return read()
    })
    await ask(get, { id: formatId({ kind: 'webhook', slug: sound.name, upstreamId: 'first' }) })
    expect(await read()).toMatchObject({ error: { code: 'RATE_LIMITED', upstream: null } })
    expect(standIn.calls).toHaveLength(2)
  })

  it('is forgotten by a reload, and not kept where pacing is off', async () => {
    const standIn = await openStandIn(sound)
    for (const pacing of [true, false]) {
      const options = { accounts: [toAccount(sound, standIn)], door: { ...paced, pacing } }
      const { gateway } = openGateway(options)
      const [account] = gateway.accounts
      if (account === undefined) throw new Error('The account is missing.')
      standIn.fail({ status: 429, body: '', headers: { 'retry-after': '60' } })
      await gateway.list(account)
      expect((await gateway.list(account)).state).toBe(pacing ? 'FAILED' : 'COMPLETE')
      const successor = openGateway({ ...options, predecessor: gateway }).gateway
      expect(await successor.list(account)).toMatchObject({ state: 'COMPLETE' })
    }
  })
})

describe('a number of a provider that GraphQL cannot carry', () => {
  it('fails no list', async () => {
    const { standIn, ask } = await open({}, { provider: getProvider('verifik') })
    const wide = '{"totalRequests":99999999999}'
    const webhook = `{"_id":"1","name":"n","url":"https://x.test","isActive":true,"client":"c","projectFlow":[],"events":[],"statistics":${wide},"createdAt":"2026-01-05T09:00:00Z","updatedAt":"2026-01-05T09:00:00Z"}`
    // Without a total, the list is read again to see that nothing has moved.
    standIn.fail({ status: 200, body: `{"success":true,"data":[${webhook}]}`, times: 9 })
    const { data, errors } = await ask('{ webhooks { nodes { ... on VerifikWebhook { statistics { totalRequests } } } } }')
    expect(errors).toBeUndefined()
    expect(data.webhooks.nodes).toEqual([{ statistics: { totalRequests: 2_147_483_647 } }])
  })
})

describe('a write', () => {
  const create = `mutation { createWebhook(input: { account: "baanx", name: "x", url: "https://x.test", eventTypes: ["*"] }) {
    __typename ... on WebhookError { code upstream { status attempts } } } }`

  it('is sent again after 429, because it was not carried out', async () => {
    const { standIn, ask } = await open({ retry: tries })
    standIn.fail({ method: 'POST', status: 429, body: '' })
    expect((await ask(create)).data.createWebhook).toEqual({ __typename: 'CreateWebhookSuccess' })
  })

  it.each([500, 503])('is not sent again after %i', async (status) => {
    const { standIn, ask } = await open({ retry: tries })
    standIn.fail({ method: 'POST', status, body: '', times: 9 })
    expect((await ask(create)).data.createWebhook).toMatchObject({ code: 'OUTCOME_UNKNOWN', upstream: { status, attempts: 1 } })
    expect(standIn.calls.filter(({ method }) => method === 'POST')).toHaveLength(1)
  })
})

describe('a retry that the rate limit leaves no time for', () => {
  it.each([
    [503, 'UPSTREAM_UNAVAILABLE'],
    [429, 'RATE_LIMITED'],
  ])('leaves the %i before it as the error, with the wait until the next', async (status, code) => {
    const { standIn, read } = await open({ retry: tries, pacing: true }, { provider: slow })
    for (let count = 0; count < 4; count += 1) expect(await read()).toMatchObject({ error: null })
    standIn.fail({ status, body: '', headers: { 'retry-after': '0' }, times: 9 })
    const { error } = await read()
    expect(error).toMatchObject({ code, retry: 'SAFE_AFTER_DELAY', upstream: { status, attempts: 1 } })
    expect(error.retryAfterMs).toBeGreaterThan(1_000)
    expect(standIn.calls).toHaveLength(5)
  })
})

describe('an account that fails in a row', () => {
  const breaker = { failures: 3, pauseMs: 60_000 }

  it('is left alone, and the error says for how long', async () => {
    const { standIn, read } = await open({ breaker })
    standIn.fail({ status: 500, body: '', times: 9 })
    for (let count = 0; count < 3; count += 1) expect(await read()).toMatchObject({ error: { reason: 'SERVER_ERROR' } })
    const { error } = await read()
    expect(error).toMatchObject({ reason: 'CIRCUIT_OPEN', retry: 'SAFE_AFTER_DELAY', upstream: null })
    expect(error.retryAfterMs).toBeGreaterThan(0)
    expect(error.retryAfterMs).toBeLessThanOrEqual(60_000)
    expect(standIn.calls).toHaveLength(3)
  })

  it('has as its error what was answered, where it fails too often within one read', async () => {
    const { standIn, read } = await open({ breaker: { failures: 2, pauseMs: 60_000 }, retry: tries })
    standIn.fail({ status: 503, body: '', times: 9 })
    const { error } = await read()
    expect(error).toMatchObject({ reason: 'SERVER_ERROR', retry: 'SAFE_AFTER_DELAY', upstream: { status: 503, attempts: 2 } })
    expect(error.retryAfterMs).toBeGreaterThan(1_000)
    expect(error.retryAfterMs).toBeLessThanOrEqual(60_000)
    expect((await read()).error).toMatchObject({
      reason: 'CIRCUIT_OPEN',
      upstream: null,
      message: expect.stringMatching(/No request was sent\. Wait \d+ s and retry\.$/),
    })
    expect(standIn.calls).toHaveLength(2)
  })

  it('is probed after the pause, and heals', async () => {
    const { standIn, read } = await open({ breaker: { failures: 2, pauseMs: 20 } })
    standIn.fail({ cut: 'connection', times: 2 })
    for (let count = 0; count < 2; count += 1) expect(await read()).toMatchObject({ error: { reason: 'CONNECTION' } })
    await expect.poll(async () => (await read()).state).toBe('COMPLETE')
    expect(await read()).toMatchObject({ state: 'COMPLETE' })
  })

  it.each([
    ['4xx', { status: 401, body: '' }],
    ['rate limits', { status: 429, body: '' }],
    [
      'webhooks that are not set up',
      { status: 503, body: '{"message":"Notification service is not configured for this environment"}' },
    ],
  ])('with %s is never left alone', async (_, fault) => {
    const { standIn, read } = await open({ breaker })
    standIn.fail({ ...fault, times: 6 })
    for (let count = 0; count < 6; count += 1) await read()
    expect(await read()).toMatchObject({ state: 'COMPLETE' })
    expect(standIn.calls).toHaveLength(7)
  })
})

describe('equal reads at the same time', () => {
  const list = '{ webhooks { totalCount } }'

  it('share one call, across requests', async () => {
    const { standIn, ask } = await open({})
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask(list)))
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
    expect(standIn.calls).toHaveLength(1)
  })

  it('share a failure, which nobody remembers', async () => {
    const { standIn, ask } = await open({})
    standIn.fail({ status: 500, body: '' })
    const answers = await Promise.all(Array.from({ length: 10 }, () => ask('{ webhooks { complete } }')))
    expect(answers.map(({ data }) => data.webhooks.complete)).toEqual(Array.from({ length: 10 }, () => false))
    expect((await ask('{ webhooks { complete } }')).data.webhooks.complete).toBe(true)
    expect(standIn.calls).toHaveLength(2)
  })

  it('do not share when sharing is off', async () => {
    const { standIn, ask } = await open({ sharing: false })
    await Promise.all(Array.from({ length: 5 }, () => ask(list)))
    expect(standIn.calls).toHaveLength(5)
  })

  it('do not join a call that began before a write, so nobody reads their own past', async () => {
    const { standIn, ask } = await open({})
    const { nodes } = (await ask('{ webhooks { nodes { id } } }')).data.webhooks
    standIn.fail({ method: 'GET', when: 'after' }, async () => {
      await ask('mutation ($id: ID!) { deleteWebhook(input: { id: $id }) { __typename } }', { id: nodes[0].id })
      late = (await ask(list)).data.webhooks.totalCount
    })
    let late: unknown
    expect((await ask(list)).data.webhooks.totalCount).toBe(nodes.length)
    expect(late).toBe(nodes.length - 1)
  })
})

describe('pacing', () => {
  const pacing = { pacing: true, sharing: false }
  it('knows what the providers document', () => {
    expect(Object.fromEntries(providers.map(({ name, rates }) => [name, rates?.[0]]))).toMatchObject({
      baanx: undefined,
      encrata: { calls: 30, perMs: 60_000, per: 'endpoint' },
      fingerprint: { calls: 5, perMs: 1_000, per: 'account' },
      verifik: undefined,
    })
  })

  it('does not slow a burst within the documented figure', async () => {
    const { standIn, read } = await open(pacing, { provider: slow })
    const sources = await Promise.all(Array.from({ length: 5 }, () => read()))
    expect(sources.map(({ state }) => state)).toEqual(Array.from({ length: 5 }, () => 'COMPLETE'))
    expect(standIn.calls).toHaveLength(5)
  })

  it('refuses a call whose turn comes too late, and makes none', async () => {
    const { standIn, read } = await open(pacing, { provider: slow })
    const sources = await Promise.all(Array.from({ length: 7 }, () => read()))
    const refused = sources.filter(({ state }) => state === 'FAILED')
    expect(refused).toHaveLength(2)
    for (const { error } of refused) {
      expect(error).toMatchObject({ code: 'RATE_LIMITED', retry: 'SAFE_AFTER_DELAY', upstream: null })
      expect(error.retryAfterMs).toBeGreaterThan(0)
      expect(error.retryAfterMs).toBeLessThanOrEqual(600_000)
    }
    expect(standIn.calls).toHaveLength(5)
  })

  it('waits no longer than until the reset of which the provider tells', async () => {
    const { standIn, read } = await open(pacing, { provider: slow })
    const headers = { 'x-ratelimit-limit': '5', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1' }
    standIn.fail({ status: 429, body: '', headers })
    expect(await read()).toMatchObject({ error: { code: 'RATE_LIMITED', retryAfterMs: 1_000 } })
    expect(await read()).toMatchObject({ state: 'COMPLETE' })
    expect(standIn.calls).toHaveLength(2)
  })

  it('lets as many calls go as the provider says with each answer', async () => {
    const stated: Provider = { ...getProvider('encrata'), rates: [{ calls: 5, perMs: 600_000, per: 'endpoint' }] }
    const standIn = await openStandIn(stated, { limited: true })
    const { ask } = openGateway({ accounts: [toAccount(stated, standIn)], providers: [stated], door: pacing })
    for (let count = 0; count < 8; count += 1) expect((await ask('{ webhooks { complete } }')).data.webhooks.complete).toBe(true)
    expect(standIn.calls).toHaveLength(8)
  })

  it('counts each endpoint on its own where the provider does', async () => {
    const each: Provider = { ...sound, rates: [{ calls: 1, perMs: 600_000, per: 'endpoint' }] }
    const { standIn, read, ask } = await open(pacing, { provider: each })
    const id = formatId({ kind: 'webhook', slug: each.name, upstreamId: each.sandbox.seededId })
    const remove = 'mutation ($id: ID!) { deleteWebhook(input: { id: $id }) { __typename } }'
    expect(await read()).toMatchObject({ state: 'COMPLETE' })
    expect((await ask(remove, { id })).data.deleteWebhook).toEqual({ __typename: 'DeleteWebhookSuccess' })
    expect(await read()).toMatchObject({ error: { code: 'RATE_LIMITED' } })
    expect(standIn.calls).toHaveLength(2)
  })

  it('can be switched off', async () => {
    const { standIn, read } = await open({ pacing: false, sharing: false }, { provider: slow })
    await Promise.all(Array.from({ length: 9 }, () => read()))
    expect(standIn.calls).toHaveLength(9)
  })

  it('holds the rate that an account sets instead of the documented one', async () => {
    const standIn = await openStandIn(slow)
    const account = { ...toAccount(slow, standIn), rateLimit: { calls: 2, perMs: 600_000 } }
    const { ask } = openGateway({ accounts: [account], providers: [slow], door: pacing })
    await Promise.all(Array.from({ length: 4 }, () => ask('{ webhooks { complete } }')))
    expect(standIn.calls).toHaveLength(2)
  })
})
