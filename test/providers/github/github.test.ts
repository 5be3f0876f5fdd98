import { describe, expect, it } from 'vitest'
import { formatId } from '../../../src/id.ts'
import { readFailure, wire } from '../../../src/providers/github/api.ts'
import { github } from '../../../src/providers/github/index.ts'
import type { StartOptions } from '../../../src/sandbox/server.ts'
import { describeFixtures } from '../../helpers/fixtures.ts'
import { openGateway, toAccount } from '../../helpers/gateway.ts'
import { openStandIn } from '../../helpers/stand-in.ts'
import { openHands } from '../../hands/hands.ts'

const fields = 'upstreamId url enabled eventTypes secretHint raw ... on GitHubWebhook { contentType insecureSsl }'
const failure = '__typename ... on WebhookError { message retryAfterMs upstream { status message } }'
const issues = '... on InvalidInputError { issues { path code } } ... on ConflictError { existing { id } }'
const limit = '... on LimitReachedError { limit }'
const candidates = `... on OutcomeUnknownError { candidates { ${fields} } }`
const url = 'https://hooks.acme.test/github'
const mask = '********'

describeFixtures(new URL('./fixtures/', import.meta.url), wire)

async function open(options: StartOptions = {}) {
  const standIn = await openStandIn(github, options)
  const { ask } = openGateway({ accounts: [toAccount(github, standIn)] })
  const write = async (field: string, type: string, input: object, shown: string, more = '') => {
    const success = `${field[0]?.toUpperCase()}${field.slice(1)}Success`
    const query = `mutation ($input: ${type}!) { ${field}(input: $input) { ... on ${success} { ${shown} warnings { code } } ${failure} ${more} } }`
    const { data, errors } = await ask(query, { input })
    expect(errors).toBeUndefined()
    return data[field]
  }
  return {
    standIn,
    ask,
    isAlive: openHands(github, standIn).isAlive,
    create: (input: object = {}) =>
      write(
        'createWebhook',
        'CreateWebhookInput',
        { account: 'github', url, ...input },
        `signingSecret webhook { id ${fields} }`,
        `${issues} ${limit} ${candidates}`,
      ),
    update: (id: string, changes: object) =>
      write('updateWebhook', 'UpdateWebhookInput', { id, ...changes }, `webhook { ${fields} }`, `${issues} ${candidates}`),
    redeliver: (deliveryId: string) => write('redeliverEvent', 'RedeliverEventInput', { deliveryId }, 'webhookCount'),
    get: async (id: string) => {
      const query = `query ($id: ID!) { webhook(id: $id) { ... on Webhook { id ${fields} } ${failure} } }`
      return (await ask(query, { id })).data.webhook
    },
    /** The writes since the last look. */
    takeWrites() {
      const writes = standIn.calls.filter(({ method }) => method !== 'GET')
      const shown = writes.map(({ method, path, body }) => ({ method, path: path.replace('/repos/acme/website', ''), body }))
      standIn.forgetCalls()
      return shown
    },
  }
}

describe('a webhook at GitHub', () => {
  it('is created as JSON, with a certificate that is verified and a secret that the gateway generates', async () => {
    const { create, takeWrites, isAlive } = await open()
    const { signingSecret, webhook, warnings } = await create()
    expect(signingSecret).toMatch(/^[\w-]{43}$/)
    expect(warnings).toEqual([])
    expect(webhook).toMatchObject({ eventTypes: ['push'], contentType: 'JSON', insecureSsl: false, secretHint: mask })
    const config = { url, content_type: 'json', insecure_ssl: '0', secret: signingSecret }
    expect(takeWrites()).toEqual([
      { method: 'POST', path: '/hooks', body: { name: 'web', active: true, events: ['push'], config } },
    ])
    expect(await isAlive(webhook.upstreamId, signingSecret)).toBe(true)
  })

  it('is created with the options of the caller', async () => {
    const { create, takeWrites } = await open()
    const options = { github: { secret: 'chosen-by-the-caller', contentType: 'FORM', insecureSsl: true } }
    const { signingSecret, webhook } = await create({ eventTypes: ['*'], enabled: false, options })
    expect(signingSecret).toBe('chosen-by-the-caller')
    expect(webhook).toMatchObject({ eventTypes: ['*'], enabled: false, contentType: 'FORM', insecureSsl: true })
    expect(takeWrites()[0]?.body).toMatchObject({ config: { content_type: 'form', insecure_ssl: '1', secret: signingSecret } })
  })

  const cases: readonly (readonly [object, readonly (readonly [string, object])[]])[] = [
    [{ url: `${url}/2` }, [['/config', { url: `${url}/2` }]]],
    [{ options: { github: { insecureSsl: true } } }, [['/config', { insecure_ssl: '1' }]]],
    [{ options: { github: { contentType: 'FORM' } } }, [['/config', { content_type: 'form' }]]],
    [{ enabled: false }, [['', { events: ['push'], active: false }]]],
    [{ eventTypes: ['fork'] }, [['', { events: ['fork'], active: true }]]],
    [
      { url: `${url}/2`, eventTypes: ['fork'], enabled: false },
      [
        ['/config', { url: `${url}/2` }],
        ['', { events: ['fork'], active: false }],
      ],
    ],
  ]
  it.each(cases)('keeps its secret, which is never sent again, when it is changed: %j', async (changes, requests) => {
    const { create, update, get, takeWrites, isAlive } = await open()
    const { signingSecret, webhook } = await create()
    takeWrites()
    const updated = await update(webhook.id, changes)
    expect(takeWrites()).toEqual(
      requests.map(([end, body]) => ({ method: 'PATCH', path: `/hooks/${webhook.upstreamId}${end}`, body })),
    )
    const { __typename: _, id: __, raw: ___, ...read } = await get(webhook.id)
    expect(updated).toMatchObject({ webhook: read, warnings: [] })
    expect(await isAlive(webhook.upstreamId, signingSecret)).toBe(true)
  })

  it('takes another secret, and no masked one', async () => {
    const { create, update, takeWrites, isAlive } = await open()
    const { webhook } = await create()
    takeWrites()
    expect(await update(webhook.id, { options: { github: { secret: mask } } })).toMatchObject({
      issues: [{ path: ['input', 'options', 'github', 'secret'], code: 'MASKED_SECRET' }],
    })
    expect(takeWrites()).toEqual([])
    await update(webhook.id, { options: { github: { secret: 'another-secret' } } })
    expect(takeWrites()).toMatchObject([{ path: `/hooks/${webhook.upstreamId}/config`, body: { secret: 'another-secret' } }])
    expect(await isAlive(webhook.upstreamId, 'another-secret')).toBe(true)
  })

  it('is in the way of another one with its URL and an event type in common, and of no other', async () => {
    const { create, standIn } = await open()
    const { webhook: other } = await create({ eventTypes: ['issues'] })
    const { webhook } = await create({ eventTypes: ['push', 'fork'] })
    const message =
      'GitHub already has a webhook with this url and event type. Change one of them or update the existing webhook.'
    expect(await create()).toMatchObject({ message, existing: { id: webhook.id } })
    expect(await create({ eventTypes: ['issues'] })).toMatchObject({ message, existing: { id: other.id } })
    expect(await create({ eventTypes: ['*'] })).toMatchObject({ message, existing: null })
    const errors = [{ resource: 'Hook', code: 'custom', message: 'Hook already exists on this repository' }]
    const body = { message: 'Validation Failed', errors, documentation_url: 'https://docs.github.com/rest' }
    standIn.fail({ method: 'POST', status: 422, body: JSON.stringify(body) })
    expect(await create({ eventTypes: ['star'] })).toMatchObject({ message, existing: null })
  })

  it('is rejected, not missing, where a create is answered with 404, as a list is', async () => {
    const { create, standIn } = await open()
    const body = JSON.stringify({ message: 'Not Found', documentation_url: 'https://docs.github.com/rest' })
    standIn.fail({ method: 'POST', status: 404, body })
    const rejected = { __typename: 'UpstreamRejectedError', upstream: { status: 404, message: 'Not Found' } }
    expect(await create()).toMatchObject(rejected)
  })

  it('shows no secret that a read has in clear', async () => {
    const { create, get, standIn } = await open()
    const { webhook } = await create()
    const secret = 'canary-in-clear'
    const hook = { ...webhook.raw, config: { ...webhook.raw.config, secret } }
    standIn.fail({ status: 200, body: JSON.stringify(hook) })
    const read = await get(webhook.id)
    expect(read).toMatchObject({ url, secretHint: null })
    expect(JSON.stringify(read)).not.toContain(secret)
  })

  it.each([404, 422])('is told as half changed where the second request ends with %i', async (status) => {
    const { create, update, standIn } = await open()
    const { webhook } = await create()
    const body = JSON.stringify({ message: 'Not Found', documentation_url: 'https://docs.github.com/rest' })
    const path = `/hooks/${webhook.upstreamId}`
    standIn.fail({ method: 'PATCH', path: `${path}/config`, delayMs: 0 })
    standIn.fail({ method: 'PATCH', path, status, body })
    expect(await update(webhook.id, { url: `${url}/2`, eventTypes: ['issues'] })).toMatchObject({
      __typename: 'OutcomeUnknownError',
      message: expect.stringMatching(/carried out the change of url or options\. Then it refused .*: Not Found\. /),
      candidates: [{ url: `${url}/2`, eventTypes: ['push'] }],
    })
  })

  it('is read back where the response to a change does not show it', async () => {
    const { create, update, standIn } = await open()
    const { webhook } = await create()
    const body = JSON.stringify({ url, content_type: 'json', insecure_ssl: '0', secret: mask })
    standIn.fail({ method: 'PATCH', when: 'after', status: 200, body })
    expect(await update(webhook.id, { url: `${url}/2` })).toMatchObject({
      webhook: { url: `${url}/2` },
      warnings: [{ code: 'RECOVERED' }],
    })
    standIn.fail({ method: 'PATCH', status: 200, body: JSON.stringify({ url: `${url}/2`, content_type: 'json', secret: mask }) })
    expect(await update(webhook.id, { url: `${url}/3` })).toMatchObject({ __typename: 'OutcomeUnknownError' })
  })

  it.each([undefined, 'another-secret'])('has its secret unconfirmed where the response to a change shows %s', async (secret) => {
    const { create, update, standIn } = await open()
    const { webhook } = await create()
    const body = JSON.stringify({ url: `${url}/2`, content_type: 'json', insecure_ssl: '0', secret })
    standIn.fail({ method: 'PATCH', when: 'after', status: 200, body })
    const changed = await update(webhook.id, { url: `${url}/2` })
    expect(changed).toMatchObject({ webhook: { url: `${url}/2` }, warnings: [{ code: 'SECRET_UNCONFIRMED' }] })
    expect(JSON.stringify(changed)).not.toContain('another-secret')
  })

  it('is told as half changed where GitHub refuses the second request', async () => {
    const { create, update, get } = await open()
    const { webhook } = await create()
    const changed = await update(webhook.id, { url: `${url}/2`, eventTypes: ['pushed'] })
    expect(changed).toMatchObject({
      __typename: 'OutcomeUnknownError',
      message: expect.stringContaining('carried out the change of url or options. Then it refused'),
      candidates: [{ url: `${url}/2`, eventTypes: ['push'] }],
    })
    expect(await get(webhook.id)).toMatchObject({ url: `${url}/2`, eventTypes: ['push'] })
  })

  it('belongs to an organization where the account does', async () => {
    const { create, standIn } = await open({ settings: { organization: 'Acme' } })
    expect(await create({ eventTypes: ['team'] })).toMatchObject({ webhook: { eventTypes: ['team'] } })
    expect(standIn.calls.map(({ path }) => path.replace(/\?.*/, ''))).toEqual(['/orgs/acme/hooks', '/orgs/acme/hooks'])
  })

  it('that was created without an answer comes back with the secret that was sent once it is adopted', async () => {
    const { ask, standIn } = await open()
    standIn.fail({ method: 'POST', when: 'after', cut: 'connection' })
    const query = `mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) {
      ... on OutcomeUnknownError { candidates { id } journalEntry { id } } } }`
    const { candidates, journalEntry } = (await ask(query, { input: { account: 'github', url } })).data.createWebhook
    const [{ id: webhookId }] = candidates
    const sent = standIn.calls.findLast(({ method }) => method === 'POST')?.body
    const settle = `mutation ($input: SettleJournalEntryInput!) { settleJournalEntry(input: $input) { __typename
      ... on SettleJournalEntrySuccess { signingSecret secretState warnings { code } } } }`
    const { data } = await ask(settle, { input: { id: journalEntry.id, as: 'ADOPT', webhookId } })
    expect(data.settleJournalEntry).toEqual({
      __typename: 'SettleJournalEntrySuccess',
      signingSecret: Object(sent).config.secret,
      secretState: 'HANDED_OUT',
      warnings: [],
    })
  })

  it('that was created without an answer is a candidate, and never taken for proven', async () => {
    const { create, standIn } = await open()
    standIn.fail({ method: 'POST', when: 'after', cut: 'connection' })
    expect(await create()).toMatchObject({ __typename: 'OutcomeUnknownError', candidates: [{ url }] })
  })
})

describe('an error of GitHub', () => {
  const documentation_url = 'https://docs.github.com/rest'

  it.each([
    ['a 403 that says when', 403, { 'retry-after': '7' }, 'You have exceeded a secondary rate limit', 7_000],
    ['a 403 without remaining requests', 403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '30' }, 'No', 30_000],
    ['a 403 that only names the limit', 403, {}, 'You have exceeded a secondary rate limit', 60_000],
    ['a 429', 429, { 'retry-after': '5' }, 'Slow down', 5_000],
  ])('is a rate limit: %s', async (_, status, headers, message, retryAfterMs) => {
    const { create, standIn } = await open()
    standIn.fail({ method: 'POST', status, headers, body: JSON.stringify({ message, documentation_url }) })
    expect(await create()).toMatchObject({ __typename: 'RateLimitedError', retryAfterMs })
  })

  it('is a missing permission where a 403 is no rate limit', async () => {
    const { create, standIn } = await open()
    const body = JSON.stringify({ message: 'Resource not accessible by personal access token', documentation_url })
    standIn.fail({ method: 'POST', status: 403, headers: { 'x-ratelimit-remaining': '4999' }, body })
    expect(await create()).toMatchObject({ __typename: 'PermissionDeniedError' })
  })

  it('names the webhook that has the same configuration for one of the events', async () => {
    const { create } = await open()
    const { webhook } = await create({ eventTypes: ['push', 'fork'] })
    expect(await create({ eventTypes: ['fork'] })).toMatchObject({
      __typename: 'ConflictError',
      existing: { id: webhook.id },
    })
  })

  it('says how many webhooks one event can have', async () => {
    const { create } = await open()
    for (let count = 0; count < 20; count += 1) await create({ url: `${url}/${count}` })
    expect(await create()).toMatchObject({ __typename: 'LimitReachedError', limit: 20 })
    expect(await create({ eventTypes: ['fork'] })).toMatchObject({ webhook: { eventTypes: ['fork'] } })
  })

  it('names the value that was refused', async () => {
    const { create } = await open()
    expect(await create({ eventTypes: ['pushed'] })).toMatchObject({
      __typename: 'InvalidInputError',
      issues: [{ path: ['input', 'eventTypes'], code: 'REJECTED_UPSTREAM' }],
      upstream: { message: 'Validation Failed. events: invalid' },
    })
  })

  it.each([
    [404, { message: 'Not Found' }],
    [404, { error: 'not found', documentation_url }],
    [500, '<html>'],
  ])('always links its documentation: %s %j is none', (status, body) => {
    expect(readFailure(status, body, {})).toBeNull()
  })
})

describe('a delivery at GitHub', () => {
  const id = formatId({ kind: 'webhook', slug: 'github', upstreamId: github.sandbox.seededId })
  const query = `query ($id: ID!) { webhook(id: $id) { ... on Webhook { deliveries {
    nodes { id upstreamId eventId eventType state attempts responseStatus error durationMs } error { message } } } } }`

  it('is the attempts for one event together, with ids that no number can hold', async () => {
    const { ask } = await open({ seeded: true })
    const { nodes } = (await ask(query, { id })).data.webhook.deliveries
    expect(nodes).toMatchObject([
      { upstreamId: '9007199254741001', eventType: 'push', state: 'FAILED', attempts: 1, error: 'failed to connect to host' },
      { upstreamId: '9007199254740999', eventType: 'pull_request', state: 'SUCCEEDED', attempts: 2, responseStatus: 200 },
      { upstreamId: '9007199254740995', eventType: 'push', state: 'SUCCEEDED', attempts: 1, durationMs: 270, error: null },
    ])
  })

  it('has no status where the endpoint did not respond, and no state where none is told', async () => {
    const { ask, standIn } = await open({ seeded: true })
    const one = { delivered_at: '2026-07-01T11:58:00Z', duration: 10, event: 'push', redelivery: false }
    const attempts = [
      { ...one, id: 2, guid: 'b', status: 'timed out', status_code: 0 },
      { ...one, id: 1, guid: 'a', status: 'OK', status_code: null },
    ]
    standIn.fail({ path: '/deliveries', status: 200, body: JSON.stringify(attempts) })
    const { nodes } = (await ask(query, { id })).data.webhook.deliveries
    expect(nodes.toSorted((a: { eventId: string }, b: { eventId: string }) => (a.eventId < b.eventId ? -1 : 1))).toMatchObject([
      { eventId: 'a', state: 'UNKNOWN', responseStatus: null, error: null },
      { eventId: 'b', state: 'FAILED', responseStatus: null, error: 'timed out' },
    ])
  })

  it('is repeated from its last attempt, by exactly its id', async () => {
    const { ask, redeliver, takeWrites } = await open({ seeded: true })
    const [, second] = (await ask(query, { id })).data.webhook.deliveries.nodes
    expect(await redeliver(second.id)).toMatchObject({ webhookCount: 1, warnings: [] })
    const path = `/hooks/${github.sandbox.seededId}/deliveries/9007199254740999/attempts`
    expect(takeWrites()).toEqual([{ method: 'POST', path, body: undefined }])
    const first = (await ask(query, { id })).data.webhook.deliveries.nodes.find((each: { id: string }) => each.id === second.id)
    expect(first).toMatchObject({ attempts: 3, state: 'SUCCEEDED' })
  })

  it('that is not among the newest is not found, and nothing is sent', async () => {
    const { redeliver, takeWrites } = await open({ seeded: true })
    const deliveryId = formatId({ kind: 'delivery', slug: 'github', upstreamId: github.sandbox.seededId, key: 'long-ago' })
    expect(await redeliver(deliveryId)).toMatchObject({ __typename: 'NotFoundError' })
    expect(takeWrites()).toEqual([])
  })
})
