import { readFileSync } from 'node:fs'
import { request } from 'undici'
import { describe, expect, it } from 'vitest'
import type { CreateInput, UpdateInput } from '../../../src/provider/operations.ts'
import { createFingerprintApi, readFailure, wire } from '../../../src/providers/fingerprint/api.ts'
import { toChanges } from '../../../src/providers/fingerprint/convert.ts'
import { formatId } from '../../../src/id.ts'
import { fingerprint } from '../../../src/providers/fingerprint/index.ts'
import type { StartOptions } from '../../../src/sandbox/server.ts'
import { readBatches } from '../../helpers/batches.ts'
import { describeFixtures } from '../../helpers/fixtures.ts'
import { openGateway, toAccount } from '../../helpers/gateway.ts'
import { openHttp, openStandIn, showSecret } from '../../helpers/stand-in.ts'

const fixtures = new URL('./fixtures/', import.meta.url)
const input = { name: 'Fraud', url: 'https://hooks.acme.test/f', eventTypes: undefined, enabled: true, options: {} }
const unchanged = { name: undefined, url: undefined, eventTypes: undefined, enabled: undefined, options: {} }

async function open(options: StartOptions = {}) {
  const standIn = await openStandIn(fingerprint, options)
  const api = createFingerprintApi(openHttp(fingerprint, standIn))
  const { CREATE, UPDATE, LIST } = fingerprint.operations
  if (CREATE.support === 'UNSUPPORTED' || UPDATE.support === 'UNSUPPORTED' || LIST.support === 'UNSUPPORTED') {
    throw new Error('Fingerprint creates, updates and lists.')
  }
  return {
    standIn,
    api,
    create: async (changes: Partial<CreateInput<object>> = {}) =>
      showSecret(await CREATE.run(api, { ...input, proof: 'proof', key: 'key', ...changes })),
    update: (upstreamId: string, changes: Partial<UpdateInput<object>>) =>
      UPDATE.run(api, { ...unchanged, ...changes, upstreamId }),
    list: async () => (await readBatches(LIST.run(api))).flatMap(({ items }) => items),
    /** A call that the adapter does not make. */
    async call(method: 'GET' | 'POST', path: string, version: object = { 'x-api-version': '2025-11-20' }) {
      const headers = { authorization: `Bearer ${standIn.token}`, ...version }
      const { statusCode, body } = await request(`${standIn.baseUrl}${path}`, { method, headers })
      return { status: statusCode, body: await body.json() }
    },
  }
}

describeFixtures(fixtures, wire)

describe('Fingerprint', () => {
  it('gives the signing key on create, once', async () => {
    const { standIn, create, list } = await open()
    const created = await create({ options: { environmentId: 'env_1' } })
    expect(standIn.calls.at(-1)).toMatchObject({
      method: 'POST',
      path: '/webhooks',
      body: { url: input.url, description: 'Fraud', status: 'enabled', environment: 'env_1' },
    })
    expect(created.signingSecret).toMatch(/^[\w-]{32}$/)
    expect(created.warnings).toEqual([])
    expect(created.webhook).toMatchObject({
      name: 'Fraud',
      status: 'PENDING_VERIFICATION',
      eventTypes: null,
      details: { verified: false, environmentId: 'env_1', legacy: false, lastEnabledAt: null, lastDisabledAt: null },
    })
    expect(JSON.stringify([created.webhook, await list()])).not.toContain(created.signingSecret)
  })

  it('warns of a plan without signing keys', async () => {
    const { create } = await open({ variant: 'unsigned' })
    const created = await create()
    expect(created.signingSecret).toBeNull()
    expect(created.warnings.map(({ code }) => code)).toEqual(['NO_SIGNING_SECRET'])
  })

  it.each([['""'], ['{}'], ['7']])('takes %s for no signing key, and keeps the webhook', async (key) => {
    const { standIn, create } = await open()
    const signed = readFileSync(new URL('created.signed.json', fixtures), 'utf8')
    standIn.fail({ method: 'POST', status: 201, body: signed.replace(/"signing_key": *"[^"]*"/, `"signing_key": ${key}`) })
    const created = await create()
    expect(created.signingSecret).toBeNull()
    expect(created.warnings.map(({ code }) => code)).toEqual(['NO_SIGNING_SECRET'])
  })

  it('is active once verified, and pending once its URL changes', async () => {
    const { api, create, update, list, call } = await open()
    const { upstreamId } = (await create()).webhook
    expect(await call('POST', `/webhooks/${upstreamId}/verification`)).toMatchObject({
      status: 200,
      body: { data: { id: upstreamId, verified: true } },
    })
    expect(await list()).toMatchObject([{ status: 'ACTIVE' }])
    expect(await update(upstreamId, { url: input.url })).toMatchObject({ webhook: { status: 'ACTIVE' }, warnings: [] })
    const moved = await update(upstreamId, { url: 'https://new.acme.test/f' })
    expect(moved).toMatchObject({ webhook: { status: 'PENDING_VERIFICATION' } })
    expect(await update(upstreamId, { name: 'Other' })).toMatchObject({ webhook: { name: 'Other' }, warnings: [] })
    expect(await api.get(upstreamId)).toMatchObject({ url: 'https://new.acme.test/f', description: 'Other' })
  })

  it('changes what it is told and nothing else', async () => {
    const { standIn, create, update } = await open()
    const { upstreamId } = (await create({ options: { environmentId: 'env_1' } })).webhook
    const disabled = await update(upstreamId, { enabled: false })
    expect(standIn.calls.at(-1)).toMatchObject({ method: 'PATCH', path: `/webhooks/${upstreamId}`, body: { status: 'disabled' } })
    const kept = { name: 'Fraud', url: input.url, details: { environmentId: 'env_1' } }
    expect(disabled.webhook).toMatchObject({ ...kept, status: 'DISABLED', enabled: false })
    const widened = await update(upstreamId, { options: { environmentId: null } })
    expect(standIn.calls.at(-1)?.body).toEqual({ environment: null })
    expect(widened.webhook.details['environmentId']).toBeNull()
  })

  it.each(['list.snake.json', 'list.camel.json'])('follows the cursor of %s to the last page', async (file) => {
    const { standIn, list } = await open()
    standIn.fail({ status: 200, body: readFileSync(new URL(file, fixtures), 'utf8') })
    standIn.fail({ status: 200, body: readFileSync(new URL('list.last.json', fixtures), 'utf8') })
    expect(await list()).toHaveLength(3)
    expect(standIn.calls.map((call) => call.path)).toEqual(['/webhooks?limit=100', '/webhooks?limit=100&cursor=9f3c'])
  })

  it('keeps basic authentication to itself', async () => {
    const { list } = await open({ seeded: true })
    const webhooks = await list()
    expect(webhooks.map((webhook) => [webhook.status, webhook.details['legacy']])).toEqual([
      ['DISABLED', true],
      ['ACTIVE', false],
      ['PENDING_VERIFICATION', false],
    ])
    expect(JSON.stringify(webhooks)).not.toMatch(/basic|password/)
  })

  it('maps violations back to the input', async () => {
    const { create } = await open()
    await expect(create({ url: 'https://192.0.2.1/f', options: { environmentId: 'staging' } })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      issues: [{ path: ['input', 'url'] }, { path: ['input', 'options', 'fingerprint', 'environmentId'] }],
      upstream: {
        status: 422,
        code: 'validation_failed',
        message: 'Validation failed (url: must have a host name, not an IP; environment: must be the id of an environment)',
      },
    })
  })

  it('rejects a sixth webhook', async () => {
    const { create } = await open()
    for (let count = 0; count < 5; count += 1) await create()
    await expect(create()).rejects.toMatchObject({ code: 'UPSTREAM_REJECTED', upstream: { code: 'limit_exceeded' } })
  })

  it('has nothing by an id that was deleted', async () => {
    const { api, create } = await open()
    const { upstreamId } = (await create()).webhook
    await api.delete(upstreamId)
    await expect(api.get(upstreamId)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(api.update(upstreamId, {})).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(api.delete(upstreamId)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  it('waits a second after the sixth call in one', async () => {
    const { api } = await open({ limited: true, now: () => new Date('2026-07-01T00:00:00Z') })
    for (let count = 0; count < 5; count += 1) await expect(api.get('wh_0')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(api.get('wh_0')).rejects.toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: 1_000 })
  })

  it.each([
    [
      { ...input, enabled: false },
      { url: input.url, description: 'Fraud', status: 'disabled' },
    ],
    [{ ...unchanged, upstreamId: 'wh_0' }, {}],
    [{ ...unchanged, upstreamId: 'wh_0', options: { environmentId: null } }, { environment: null }],
  ])('writes %j as it is documented', (changes, body) => {
    expect(toChanges(changes)).toEqual(body)
  })
})

describe("Fingerprint's stand-in", () => {
  const all = ['wh_Z9x8C7v6B5n4M3', 'wh_Q1w2E3r4T5y6U7', 'wh_A8s7D6f5G4h3J2']

  it('spells cursors as the version does that is asked for', async () => {
    const { call } = await open({ seeded: true })
    const { body } = await call('GET', '/webhooks?limit=2', { 'x-api-version': '2024-05-20' })
    expect(body).toMatchObject({ metadata: { pagination: { nextCursor: 'wh_A8s7D6f5G4h3J2', prevCursor: null } } })
  })

  it('takes environments of both spellings', async () => {
    const { create } = await open()
    for (const environmentId of ['ae_1', 'env_1']) {
      const { webhook } = await create({ options: { environmentId } })
      expect(webhook.details['environmentId']).toBe(environmentId)
    }
  })

  it.each([{}, { 'x-api-version': '2020-01-01' }])('refuses a call with the version %j', async (version) => {
    const { call } = await open()
    expect(await call('GET', '/webhooks', version)).toMatchObject({
      status: 400,
      body: { error: { message: 'X-API-Version must be one of 2024-05-20, 2025-11-20' } },
    })
  })

  it.each([
    ['limit=2', ['wh_Z9x8C7v6B5n4M3', 'wh_Q1w2E3r4T5y6U7'], { next_cursor: 'wh_A8s7D6f5G4h3J2', prev_cursor: null }],
    ['limit=2&cursor=wh_A8s7D6f5G4h3J2', ['wh_A8s7D6f5G4h3J2'], { next_cursor: null, prev_cursor: 'wh_Z9x8C7v6B5n4M3' }],
    ['limit=0', [], { next_cursor: 'wh_Z9x8C7v6B5n4M3', prev_cursor: null }],
    ['limit=101', all, { next_cursor: null, prev_cursor: null }],
    ['status=disabled', ['wh_Z9x8C7v6B5n4M3'], { next_cursor: null, prev_cursor: null }],
    ['environment=env_Staging9x8y7z', ['wh_A8s7D6f5G4h3J2'], { next_cursor: null, prev_cursor: null }],
  ])('lists by %s', async (query, ids, pagination) => {
    const { call } = await open({ seeded: true })
    expect(await call('GET', `/webhooks?${query}`)).toMatchObject({
      status: 200,
      body: { data: ids.map((id) => ({ id })), metadata: { pagination } },
    })
  })

  it.each([
    ['limit=102', { violations: [{ property: 'limit' }] }],
    ['status=paused', { violations: [{ property: 'status' }] }],
    ['cursor=wh_0', { violations: [{ property: 'cursor' }] }],
    ['page=1', { message: 'query parameter page is not documented' }],
  ])('refuses a list by %s', async (query, error) => {
    const { call } = await open()
    expect(await call('GET', `/webhooks?${query}`)).toMatchObject({ status: 400, body: { error } })
  })

  it('takes a body with documented fields only', async () => {
    const { api } = await open()
    const undocumented = { url: input.url, events: ['identification'] }
    await expect(api.create(undocumented)).rejects.toMatchObject({ code: 'INVALID_INPUT', issues: [{ path: ['input'] }] })
  })
})

describe('readFailure', () => {
  const text = (property: string) => ({ property, message: 'is wrong' })
  const failed = (...violations: object[]) => ({ error: { code: 'invalid', message: 'Invalid', violations } })

  it.each([
    ['url', ['url']],
    ['description', ['name']],
    ['status', ['enabled']],
    ['environment', ['options', 'fingerprint', 'environmentId']],
    ['constructor', []],
  ])('finds the input of a violation at "%s"', (property, path) => {
    const meaning = { kind: 'INVALID_INPUT', paths: [path] }
    const failure = { code: 'invalid', message: `Invalid (${property}: is wrong)`, meaning }
    expect(readFailure(400, failed(text(property)))).toEqual(failure)
    expect(readFailure(422, failed(text(property)))).toEqual(failure)
  })

  it('names each input once', () => {
    expect(readFailure(422, failed(text('url'), text('url'), text('a'), text('b')))).toEqual({
      code: 'invalid',
      message: 'Invalid (url: is wrong; url: is wrong; a: is wrong; b: is wrong)',
      meaning: { kind: 'INVALID_INPUT', paths: [['url'], []] },
    })
  })

  it.each([
    [422, failed(), { code: 'invalid', message: 'Invalid' }],
    [403, { error: { code: 'denied', message: 'Denied' } }, { code: 'denied', message: 'Denied' }],
    [500, failed(text('url')), { code: 'invalid', message: 'Invalid (url: is wrong)' }],
    [400, { message: 'Bad Request' }, null],
    [400, [], null],
    [502, undefined, null],
  ])('leaves %i %j to its status', (status, body, failure) => {
    expect(readFailure(status, body)).toEqual(failure)
  })
})

describe('a legacy webhook of Fingerprint', () => {
  it('has no twin, so that it is not replaced', async () => {
    const standIn = await openStandIn(fingerprint)
    const { ask } = openGateway({ accounts: [toAccount(fingerprint, standIn)] })
    standIn.fail({ method: 'GET', status: 200, body: readFileSync(new URL('webhook.legacy.json', fixtures), 'utf8'), times: 2 })
    const id = formatId({ kind: 'webhook', slug: 'fingerprint', upstreamId: 'wh_Q1w2E3r4T5y6U7' })
    for (const validateOnly of [true, false]) {
      const { data } = await ask(
        `mutation ($input: RotateWebhookSecretInput!) { rotateWebhookSecret(input: $input) {
          ... on WebhookError { __typename message retry } ... on UnsupportedError { path } } }`,
        { input: { id, strategy: 'REPLACEMENT', validateOnly } },
      )
      expect(data.rotateWebhookSecret).toEqual({
        __typename: 'UnsupportedError',
        retry: 'NEVER',
        path: ['ROTATE_SECRET'],
        message: expect.stringContaining('legacy'),
      })
    }
    expect(standIn.calls.map(({ method }) => method)).toEqual(['GET', 'GET'])
  })
})

const id = formatId({ kind: 'webhook', slug: 'fingerprint', upstreamId: 'wh_Q1w2E3r4T5y6U7' })

async function openSeeded() {
  const standIn = await openStandIn(fingerprint, { seeded: true })
  const { ask } = openGateway({ accounts: [toAccount(fingerprint, standIn)] })
  return {
    standIn,
    ask: async (query: string, variables: object = { id }) => (await ask(query, { ...variables })).data,
    /** Has the next reads of a webhook show these members. */
    show: (members: object, times = 1) => {
      const { data } = JSON.parse(readFileSync(new URL('webhook.read.json', fixtures), 'utf8'))
      standIn.fail({ method: 'GET', status: 200, body: JSON.stringify({ data: { ...data, ...members } }), times })
    },
  }
}

describe('a verified webhook of Fingerprint', () => {
  const verify = `mutation ($id: ID!) { r: verifyWebhook(input: { id: $id }) {
    ... on VerifyWebhookSuccess { webhook { status } } ... on WebhookError { __typename message } } }`
  const test = `mutation ($id: ID!) { r: testWebhook(input: { id: $id }) {
    ... on TestWebhookSuccess { accepted } ... on WebhookError { __typename retry message } ... on UnsupportedError { path } } }`
  const untestable = {
    __typename: 'UnsupportedError',
    retry: 'NEVER',
    path: ['TEST'],
    message: expect.stringContaining('only to verify a URL'),
  }

  it('is verified again without the call that Fingerprint refuses', async () => {
    const { standIn, ask } = await openSeeded()
    expect((await ask(verify)).r).toEqual({ webhook: { status: 'ACTIVE' } })
    expect(standIn.calls.map(({ method }) => method)).toEqual(['GET', 'GET'])
  })

  it('is sent no test event, and the answer says why', async () => {
    const { standIn, ask } = await openSeeded()
    expect((await ask(test)).r).toEqual(untestable)
    expect(standIn.calls.map(({ method }) => method)).toEqual(['GET'])
  })

  it('may have become that between the read and the call', async () => {
    const { standIn, ask, show } = await openSeeded()
    show({ verified: false })
    expect((await ask(verify)).r).toEqual({ webhook: { status: 'ACTIVE' } })
    show({ verified: false })
    expect((await ask(test)).r).toEqual(untestable)
    expect(standIn.calls.filter(({ method }) => method === 'POST').map(({ status }) => status)).toEqual([400, 400])
  })
})

describe('a webhook of Fingerprint that is not verified', () => {
  it('has been sent its test event where it cannot be read afterwards', async () => {
    const { standIn, ask, show } = await openSeeded()
    show({ verified: false })
    standIn.fail({ method: 'POST', status: 204 })
    standIn.fail({ method: 'GET', status: 500 })
    const test = 'mutation ($id: ID!) { r: testWebhook(input: { id: $id }) { ... on TestWebhookSuccess { accepted note } } }'
    expect((await ask(test)).r).toEqual({ accepted: true, note: expect.stringContaining('could not be read') })
  })
})

describe('the environment of a webhook at Fingerprint', () => {
  const unreadable = [7, '', [], {}, { id: 7 }, undefined]

  it.each<readonly [unknown, string | null]>([
    ['env_1', 'env_1'],
    ['ae_1', 'ae_1'],
    [{ id: 'ae_2', name: 'canary' }, 'ae_2'],
    [null, null],
    ...unreadable.map((environment) => [environment, null] as const),
  ])('is read from %j as %j', async (environment, environmentId) => {
    const { ask, show } = await openSeeded()
    show({ environment })
    const data = await ask('query ($id: ID!) { webhook(id: $id) { ... on FingerprintWebhook { environmentId raw } } }')
    expect(data.webhook).toMatchObject({ environmentId })
    expect(JSON.stringify(data)).not.toContain('canary')
  })

  const rotate = `mutation ($id: ID!) { r: rotateWebhookSecret(input: { id: $id, strategy: REPLACEMENT, validateOnly: true }) {
    ... on RotationPlan { requests { method body } } ... on WebhookError { __typename message } } }`

  it.each([
    [null, null],
    [{ id: 'ae_2' }, 'ae_2'],
  ])('%j is that of its replacement', async (environment, sent) => {
    const { ask, show } = await openSeeded()
    show({ environment })
    expect((await ask(rotate)).r.requests[0]).toMatchObject({ method: 'POST', body: { environment: sent } })
  })

  it.each(unreadable)(
    'that cannot be read, as %j, keeps it from being replaced by one for all environments',
    async (environment) => {
      const { standIn, ask, show } = await openSeeded()
      show({ environment })
      const message: unknown = expect.stringContaining('environment of this webhook could not be read')
      expect((await ask(rotate)).r).toEqual({ __typename: 'UnsupportedError', message })
      expect(standIn.calls.map(({ method }) => method)).toEqual(['GET'])
    },
  )

  it('that cannot be read is not taken for the one that a lost update has set', async () => {
    const { standIn, ask, show } = await openSeeded()
    standIn.fail({ method: 'PATCH', cut: 'connection', when: 'before' })
    show({ environment: 7 }, 9)
    const update = `mutation ($id: ID!) { r: updateWebhook(input: { id: $id, options: { fingerprint: { environmentId: null } } }) {
      ... on WebhookError { __typename } } }`
    expect((await ask(update)).r).toEqual({ __typename: 'OutcomeUnknownError' })
  })
})

it('reads dates of Fingerprint that are none as null', async () => {
  const { ask, show } = await openSeeded()
  show({ created_at: 'yesterday', last_enabled_at: {}, last_disabled_at: 7 })
  const fields = 'createdAt lastEnabledAt lastDisabledAt'
  const data = await ask(`query ($id: ID!) { webhook(id: $id) { ... on FingerprintWebhook { ${fields} } } }`)
  expect(data.webhook).toEqual({ createdAt: null, lastEnabledAt: null, lastDisabledAt: null })
})

describe('a list of Fingerprint with several pages', () => {
  it.each(['next_cursor', 'nextCursor'])('is read to the last one, by its %s', async (cursor) => {
    const standIn = await openStandIn(fingerprint, { seeded: true })
    const { ask } = openGateway({ accounts: [toAccount(fingerprint, standIn)] })
    const answer = (data: readonly object[], pagination: object) =>
      standIn.fail({ method: 'GET', status: 200, body: JSON.stringify({ data, metadata: { pagination } }) })
    answer([], { [cursor]: 'second-page' })
    answer([{ id: 'cannot-be-read' }], {})
    const { data } = await ask('{ webhooks { sources { unreadableCount } } }')
    expect(data.webhooks.sources).toEqual([{ unreadableCount: 1 }])
    expect(standIn.calls.map(({ path }) => path.includes('second-page'))).toEqual([false, true])
  })
})
