import { createHmac } from 'node:crypto'
import { LinearClient } from '@linear/sdk'
import { LinearWebhookClient } from '@linear/sdk/webhooks'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { createPaces } from '../../../src/http/paces.ts'
import { toWindows } from '../../../src/http/rate.ts'
import { path } from '../../../src/provider/path.ts'
import { linear } from '../../../src/providers/linear/index.ts'
import { readFailure, wire } from '../../../src/providers/linear/api.ts'
import { formatId } from '../../../src/id.ts'
import type { StartOptions } from '../../../src/sandbox/server.ts'
import { describeFixtures } from '../../helpers/fixtures.ts'
import { openGateway, toAccount } from '../../helpers/gateway.ts'
import { openStandIn } from '../../helpers/stand-in.ts'

const fixtures = new URL('./fixtures/', import.meta.url)
const fields = 'upstreamId name url enabled eventTypes ... on LinearWebhook { teamId allPublicTeams creatorId archivedAt }'
const failure = '... on WebhookError { __typename message upstream { status code message } }'
const issues = '... on InvalidInputError { issues { path code } } ... on ConflictError { existing { upstreamId } }'
const input = { account: 'linear', url: 'https://hooks.acme.test/new', name: 'Mine', eventTypes: ['Issue'] }
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

/** One stand-in, Linear's own client and a gateway. */
async function open(options: StartOptions = {}) {
  const standIn = await openStandIn(linear, options)
  const client = new LinearClient({ apiKey: standIn.token, apiUrl: `${standIn.baseUrl}/graphql` })
  const { ask, logs } = openGateway({ providers: [linear], accounts: [toAccount(linear, standIn)] })
  const run = async (query: string, variables: object = {}) => {
    const { data, errors } = await ask(query, { ...variables })
    expect(errors).toBeUndefined()
    return data
  }
  return {
    standIn,
    client,
    logs,
    list: async () => (await run(`{ webhooks { nodes { ${fields} raw } complete } }`)).webhooks,
    get: async (upstreamId: string) =>
      (await run(`query ($id: ID!) { webhook(id: $id) { ... on Webhook { ${fields} } ${failure} } }`, { id: toId(upstreamId) }))
        .webhook,
    create: async (more: object = {}) =>
      (
        await run(
          `mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) {
            ... on CreateWebhookSuccess { signingSecret webhook { ${fields} } warnings { code } } ${failure} ${issues} } }`,
          { input: { ...input, ...more } },
        )
      ).createWebhook,
    update: async (upstreamId: string, changes: object) =>
      (
        await run(
          `mutation ($input: UpdateWebhookInput!) { updateWebhook(input: $input) {
            ... on UpdateWebhookSuccess { webhook { ${fields} } } ${failure} ${issues} ... on UnsupportedError { path } } }`,
          { input: { id: toId(upstreamId), ...changes } },
        )
      ).updateWebhook,
    rotate: async (upstreamId: string) =>
      (
        await run(
          `mutation ($id: ID!) { rotateWebhookSecret(input: { id: $id, strategy: PROVIDER }) {
            ... on RotateWebhookSecretSuccess { signingSecret webhook { updatedAt ${fields} } warnings { code } } ${failure} } }`,
          { id: toId(upstreamId) },
        )
      ).rotateWebhookSecret,
    remove: async (upstreamId: string) =>
      (
        await run(
          `mutation ($id: ID!) { deleteWebhook(input: { id: $id }) { ... on DeleteWebhookSuccess { alreadyAbsent } ${failure} } }`,
          { id: toId(upstreamId) },
        )
      ).deleteWebhook,
  }
}

function toId(upstreamId: string): string {
  return formatId({ kind: 'webhook', slug: 'linear', upstreamId })
}

describeFixtures(fixtures, wire)

describe("the gateway and Linear's own client at one account", () => {
  it('list what the other one has made, equal in every field', async () => {
    const { client, list, create, get } = await open()
    const payload = await client.createWebhook({ url: 'https://hooks.acme.test/client', resourceTypes: ['User'], teamId: 'ENG' })
    const theirs = await payload.webhook
    const ours = (await create()).webhook
    const { nodes, complete } = await list()
    expect(complete).toBe(true)
    expect(nodes).toMatchObject([
      ours,
      {
        upstreamId: theirs?.id,
        name: null,
        url: 'https://hooks.acme.test/client',
        enabled: true,
        eventTypes: ['User'],
        teamId: theirs?.teamId,
        allPublicTeams: false,
        creatorId: theirs?.creatorId,
        archivedAt: null,
      },
    ])
    expect(await get(ours.upstreamId)).toEqual(ours)
    expect((await client.webhooks()).nodes).toMatchObject([
      { id: ours.upstreamId, label: 'Mine', url: input.url, resourceTypes: ['Issue'], allPublicTeams: true },
      { id: theirs?.id },
    ])
  })

  it('change, rotate and delete what the other one has made', async () => {
    const { client, create, update, rotate, remove, get } = await open()
    const { id = '' } =
      (await (await client.createWebhook({ url: input.url, resourceTypes: ['User'], allPublicTeams: true })).webhook) ?? {}
    await update(id, { name: 'Ours', enabled: false })
    expect(await client.webhook(id)).toMatchObject({ label: 'Ours', enabled: false, url: input.url, resourceTypes: ['User'] })
    const rotated = await rotate(id)
    expect(rotated).toMatchObject({ webhook: { name: 'Ours', enabled: false, updatedAt: null }, warnings: [] })
    expect((await client.webhook(id)).secret).toBe(rotated.signingSecret)
    expect(await remove(id)).toEqual({ alreadyAbsent: false })
    await expect(client.webhook(id)).rejects.toThrow('Could not find referenced Webhook.')

    const { upstreamId } = (await create()).webhook
    await client.updateWebhook(upstreamId, { label: 'Theirs', resourceTypes: ['Cycle'] })
    expect(await get(upstreamId)).toMatchObject({ name: 'Theirs', eventTypes: ['Cycle'], url: input.url, enabled: true })
    await client.deleteWebhook(upstreamId)
    expect(await get(upstreamId)).toMatchObject({ __typename: 'NotFoundError' })
    expect(await remove(upstreamId)).toEqual({ alreadyAbsent: true })
  })
})

describe('a secret at Linear', () => {
  it('is in every read of its own client, and in none of the gateway', async () => {
    const { client, standIn, list, get, create, update, rotate, logs } = await open()
    const { signingSecret, webhook } = await create()
    const { upstreamId } = webhook
    expect((await client.webhook(upstreamId)).secret).toBe(signingSecret)
    standIn.forgetCalls()
    const shown = [await list(), await get(upstreamId), await update(upstreamId, { name: 'Other' })]
    expect(JSON.stringify([shown, logs])).not.toContain(signingSecret)
    await rotate(upstreamId)
    const documents = standIn.calls.map(({ body }) => String(Object(body).query))
    expect(documents.length).toBeGreaterThan(4)
    expect(documents.filter((document) => document.includes('secret'))).toEqual([
      'mutation ($id: String!) { webhookRotateSecret(id: $id) { success secret } }',
    ])
  })

  it('is chosen by the gateway with the ID of the webhook, unless the caller chooses it', async () => {
    const { client, standIn, create } = await open()
    const { signingSecret, webhook } = await create()
    expect(signingSecret).toMatch(/^lin_wh_[\w-]{43}$/)
    expect(webhook.upstreamId).toMatch(uuid)
    const call = standIn.calls.find(({ field }) => field === 'webhookCreate')
    expect(call?.body).toMatchObject({ variables: { input: { id: webhook.upstreamId, secret: signingSecret } } })
    const own = await create({ url: `${input.url}/own`, options: { linear: { secret: 'my-own-secret' } } })
    expect(own.signingSecret).toBe('my-own-secret')
    expect((await client.webhook(own.webhook.upstreamId)).secret).toBe('my-own-secret')
  })

  it('is hidden where an error repeats it', async () => {
    const { standIn, create } = await open()
    const extensions = { code: 'INPUT_ERROR', userPresentableMessage: 'secret my-own-secret is too short.' }
    const body = JSON.stringify({ data: null, errors: [{ message: 'Argument Validation Error', extensions }] })
    standIn.fail({ field: 'webhookCreate', status: 200, body })
    expect(await create({ options: { linear: { secret: 'my-own-secret' } } })).toMatchObject({
      __typename: 'InvalidInputError',
      issues: [{ path: ['input', 'options', 'linear', 'secret'] }],
      upstream: { message: 'secret [secret] is too short.' },
    })
  })

  it.each(['before', 'after'] as const)(
    'comes back with its webhook when the create was lost %s it took effect',
    async (when) => {
      const { client, standIn, create } = await open()
      standIn.fail({ field: 'webhookCreate', cut: 'connection', when })
      const { signingSecret, webhook, warnings } = await create()
      expect(warnings).toEqual([{ code: 'RECOVERED' }])
      expect((await client.webhooks()).nodes).toMatchObject([{ id: webhook.upstreamId, secret: signingSecret }])
    },
  )

  it("signs deliveries that Linear's own verifier and the gateway's take", async () => {
    const { create } = await open()
    const { signingSecret } = await create()
    const body = Buffer.from(JSON.stringify({ type: 'Issue', webhookTimestamp: Date.now() }))
    const signature = createHmac('sha256', signingSecret).update(body).digest('hex')
    expect(new LinearWebhookClient(signingSecret).verify(body, signature)).toBe(true)
  })
})

describe('a webhook at Linear', () => {
  it.each([
    [{}, { teamId: null, allPublicTeams: true }],
    [{ allPublicTeams: true }, { teamId: null, allPublicTeams: true }],
    [{ teamId: 'OPS' }, { teamId: expect.stringMatching(uuid), allPublicTeams: false }],
    [
      { teamId: 'OPS', allPublicTeams: true },
      { teamId: expect.stringMatching(uuid), allPublicTeams: true },
    ],
  ])('is made with %j for these teams', async (linear, expected) => {
    const { create } = await open()
    expect((await create({ options: { linear } })).webhook).toMatchObject(expected)
  })

  it.each([
    [{ options: { linear: { teamId: 'NONE' } } }, ['input', 'options', 'linear', 'teamId']],
    [{ url: 'https://localhost.acme.test', eventTypes: [''] }, ['input', 'eventTypes', '0']],
  ])('is refused at the right place: %j', async (more, path) => {
    const { create } = await open()
    expect(await create(more)).toMatchObject({ __typename: 'InvalidInputError', issues: [{ path }] })
  })

  it('needs a team, or all public ones', async () => {
    const { create } = await open()
    expect(await create({ options: { linear: { allPublicTeams: false } } })).toMatchObject({
      __typename: 'UpstreamRejectedError',
      upstream: { message: 'Either teamId or allPublicTeams must be provided.' },
    })
  })

  it('has its URL once for the same teams', async () => {
    const { create } = await open()
    const first = await create()
    expect(await create({ name: 'Again' })).toMatchObject({
      __typename: 'ConflictError',
      existing: { upstreamId: first.webhook.upstreamId },
      upstream: { status: 200, code: 'INPUT_ERROR', message: 'url not unique' },
    })
    expect(await create({ options: { linear: { teamId: 'ENG' } } })).toMatchObject({ webhook: { url: input.url } })
  })

  it.each([{ teamId: 'OPS' }, { allPublicTeams: false }])('keeps its teams: %j is refused before any call', async (linear) => {
    const { standIn, update } = await open({ seeded: true })
    const answer = await update('0b8f2c54-6d1e-4a37-9c85-3e7f1a2b4c11', { options: { linear } })
    expect(answer).toMatchObject({ __typename: 'UnsupportedError', path: ['input', 'options', 'linear', Object.keys(linear)[0]] })
    expect(standIn.calls).toEqual([])
  })

  it('of an OAuth application is left out of lists', () => {
    const { webhooks }: { webhooks: { nodes: unknown[] } } = JSON.parse(
      readFileSync(new URL('list.first.json', fixtures), 'utf8'),
    )
    expect(webhooks.nodes).toHaveLength(3)
    const { batch } = wire.list.parse({ webhooks })
    expect(batch.items.map(({ label }) => label)).toEqual(['Issue sync', null])
    expect(batch.unreadable).toEqual([])
  })
})

describe('an error of Linear', () => {
  const refuse = (extensions: object, status = 200, message = 'Raw', path?: string[]) =>
    readFailure(status, { data: null, errors: [{ message, path, extensions }] }, {})

  it.each([
    [{ code: 'RATELIMITED' }, 400, { kind: 'RATE_LIMITED' }],
    [{ type: 'ratelimited' }, 429, { kind: 'RATE_LIMITED' }],
    [{ code: 'AUTHENTICATION_ERROR' }, 401, { kind: 'CREDENTIALS_REJECTED' }],
    [{ type: 'forbidden' }, 200, { kind: 'PERMISSION_DENIED' }],
    [{ type: 'feature not accessible' }, 200, { kind: 'PERMISSION_DENIED' }],
    [{ type: 'graphql error', code: 'GRAPHQL_VALIDATION_FAILED' }, 200, { kind: 'REJECTED' }],
    [{ type: 'graphql error' }, 400, undefined],
    [{ type: 'usage limit exceeded' }, 200, { kind: 'REJECTED' }],
    [{ type: 'internal error' }, 200, { kind: 'SERVER_ERROR' }],
    [{ type: 'lock timeout' }, 200, { kind: 'SERVER_ERROR' }],
    [{ type: 'new one' }, 400, { kind: 'SERVER_ERROR' }],
    [{}, 200, { kind: 'SERVER_ERROR' }],
  ])('with %j and status %i is read by its code, then by its type', (extensions, status, meaning) => {
    expect(refuse(extensions, status)?.meaning).toEqual(meaning)
  })

  it.each([
    ['Could not find referenced Webhook.', { kind: 'NOT_FOUND' }],
    ['Entity not found: Webhook - Could not find referenced Webhook.', { kind: 'NOT_FOUND' }],
    ['Could not find referenced Team.', { kind: 'INVALID_INPUT', paths: [['options', 'linear', 'teamId']] }],
    ['url not unique', { kind: 'CONFLICT', field: 'url' }],
    ['url must be a valid HTTPS URL.', { kind: 'INVALID_INPUT', paths: [['url']] }],
    ['label must be shorter.', { kind: 'INVALID_INPUT', paths: [['name']] }],
    // It can quote what somebody has named.
    ['The label "Could not find referenced Webhook." is taken.', { kind: 'INVALID_INPUT', paths: [[]] }],
  ])('about the input is read by the beginning of its text: %s', (text, meaning) => {
    const extensions = { code: 'INPUT_ERROR', userPresentableMessage: text }
    expect(refuse(extensions)).toEqual({ code: 'INPUT_ERROR', message: text, meaning })
    expect(refuse({ code: 'INPUT_ERROR' }, 200, text)?.meaning).toEqual(meaning)
  })

  it('below a mutation is no refusal of it', () => {
    expect(refuse({ code: 'INPUT_ERROR' }, 200, 'url not unique', ['webhookCreate', 'webhook'])?.meaning).toBeUndefined()
  })

  it('with a rate limit is told with the wait that Linear gives', async () => {
    const { standIn, create } = await open()
    const body = JSON.stringify({ errors: [{ message: 'Rate limit exceeded', extensions: { code: 'RATELIMITED' } }] })
    standIn.fail({ effect: 'WRITE', status: 400, body, headers: { 'retry-after': '7' } })
    expect(await create()).toMatchObject({
      __typename: 'RateLimitedError',
      message: expect.stringContaining('Wait 7 s'),
      upstream: { status: 400, code: 'RATELIMITED' },
    })
  })
})

describe('the rates of Linear', () => {
  const hourMs = 3_600_000
  const inAnHour = () => String(Date.now() + hourMs)

  async function openPaced() {
    const standIn = await openStandIn(linear, { seeded: true })
    const { ask } = openGateway({ providers: [linear], accounts: [toAccount(linear, standIn)], door: { pacing: true } })
    const query = `query ($id: ID!) { webhook(id: $id) { __typename ... on RateLimitedError { retryAfterMs upstream { status } } } }`
    const get = async () => (await ask(query, { id: toId(linear.sandbox.seededId) })).data.webhook
    return { standIn, get }
  }

  it.each(['requests', 'complexity', 'endpoint-requests'])(
    'stop requests until the reset of %s that are used up',
    async (name) => {
      const { standIn, get } = await openPaced()
      const told = [`x-ratelimit-${name}-limit`, `x-ratelimit-${name}-remaining`, `x-ratelimit-${name}-reset`]
      const [limit = '', remaining = '', reset = ''] = told
      const errors = [{ message: 'Rate limit exceeded', extensions: { type: 'ratelimited', code: 'RATELIMITED' } }]
      const headers = { [limit]: '1000', [remaining]: '0', [reset]: inAnHour() }
      standIn.fail({ status: 400, body: JSON.stringify({ errors }), headers })
      const [first, second] = [await get(), await get()]
      expect(first).toMatchObject({ __typename: 'RateLimitedError', upstream: { status: 400 } })
      expect(second).toMatchObject({ __typename: 'RateLimitedError', upstream: null })
      for (const { retryAfterMs } of [first, second]) {
        expect(retryAfterMs).toBeGreaterThan(hourMs / 2)
        expect(retryAfterMs).toBeLessThanOrEqual(hourMs)
      }
      expect(standIn.calls).toHaveLength(1)
    },
  )

  it('count what a query costs by what its response told', () => {
    const paces = createPaces(toWindows(linear.rates), () => 0)
    const call = { method: 'POST', effect: 'READ', path: path`/graphql`, kind: 'list', answer: z.unknown() } as const
    const left = { 'x-ratelimit-complexity-limit': '1000', 'x-ratelimit-complexity-remaining': '1000' }
    paces.learn(call, { 'x-complexity': '600', ...left }, {})
    expect(paces.reserve(call, 1).waitMs).toBe(0)
    expect(paces.reserve(call, 1)).toEqual({ waitMs: hourMs, turn: null })
    expect(paces.reserve({ ...call, kind: 'get' }, 1).waitMs).toBe(0)
  })

  it('keep the endpoints of a GraphQL API apart', () => {
    const paces = createPaces(toWindows(linear.rates), () => 0)
    const call = { method: 'POST', effect: 'READ', path: path`/graphql`, kind: 'list', answer: z.unknown() } as const
    const left = { 'x-ratelimit-endpoint-requests-limit': '5', 'x-ratelimit-endpoint-requests-remaining': '0' }
    paces.learn(call, { ...left, 'x-ratelimit-endpoint-requests-reset': String(Date.now() + hourMs) }, {})
    expect(paces.reserve(call, 1).turn).toBeNull()
    expect(paces.reserve({ ...call, kind: 'get' }, 1).waitMs).toBe(0)
  })
})

describe('an error below a root field of Linear', () => {
  const error = { message: 'Entity not found: Team', extensions: { type: 'internal error' } }
  const node = {
    id: linear.sandbox.seededId,
    label: 'Orders',
    url: 'https://hooks.acme.test/linear',
    enabled: true,
    resourceTypes: ['Issue'],
    allPublicTeams: false,
    team: null,
    creator: { id: 'admin' },
    createdAt: '2026-07-01T12:00:00.000Z',
    updatedAt: '2026-07-01T12:00:00.000Z',
    archivedAt: null,
  }
  const list =
    'query { webhooks { nodes { upstreamId ... on LinearWebhook { teamId creatorId } } complete sources { unreadableCount error { code message } } } }'

  async function readList(nodes: readonly object[], paths: readonly (readonly (string | number)[])[]) {
    const standIn = await openStandIn(linear)
    const { ask } = openGateway({ providers: [linear], accounts: [toAccount(linear, standIn)] })
    const data = { webhooks: { nodes, pageInfo: { hasNextPage: false, endCursor: null } } }
    standIn.fail({ status: 200, body: JSON.stringify({ data, errors: paths.map((path) => ({ ...error, path })) }), times: 3 })
    return (await ask(list)).data.webhooks
  }

  it('costs a list that field of that webhook alone', async () => {
    const found = await readList([node, { ...node, id: 'another' }], [['webhooks', 'nodes', 0, 'team']])
    expect(found.nodes.map(({ upstreamId }: { upstreamId: string }) => upstreamId).toSorted()).toEqual([node.id, 'another'])
    expect(found).toMatchObject({ complete: true, nodes: [{ teamId: null, creatorId: 'admin' }, { creatorId: 'admin' }] })
  })

  it('costs a list that webhook alone if it cannot be told without the field', async () => {
    const found = await readList([node, { ...node, id: 'another', label: null }], [['webhooks', 'nodes', 1, 'label']])
    expect(found).toMatchObject({ complete: false, nodes: [{ upstreamId: node.id }], sources: [{ unreadableCount: 1 }] })
  })

  it.each([[[]], [['webhooks']], [['webhooks', 'nodes', 0, 'creator']], [['webhooks', 'nodes', 9, 'team']]])(
    'is one of the list where %j is not what it has made null',
    async (path) => {
      const { nodes, sources } = await readList([node], [['webhooks', 'nodes', 0, 'team'], path])
      expect(nodes).toEqual([])
      expect(sources).toMatchObject([
        { error: { code: 'UPSTREAM_UNAVAILABLE', message: 'Linear is failing. Nothing was changed. Retry later.' } },
      ])
    },
  )
})
