import { LinearClient, LinearErrorType } from '@linear/sdk'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { StandInOptions } from '../../../src/provider/stand-in.ts'
import { linear } from '../../../src/providers/linear/index.ts'
import { startStandIn, type StartOptions } from '../../../src/sandbox/server.ts'

const { sandbox } = linear
const { seededId } = sandbox
const input = { url: 'https://hooks.acme.test/new', resourceTypes: ['Issue'], allPublicTeams: true }
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

async function open(options: StartOptions = {}, calls = 2_500) {
  const routes = (given: StandInOptions) =>
    sandbox.open(given).map((route) => ({ ...route, ...(route.limit && { limit: { ...route.limit, calls } }) }))
  const standIn = await startStandIn({ ...linear, sandbox: { ...sandbox, open: routes } }, options)
  onTestFinished(() => standIn.close())
  const apiUrl = `${standIn.baseUrl}/graphql`
  return { standIn, client: new LinearClient({ apiKey: standIn.token, apiUrl }), apiUrl }
}

describe("Linear's own client at its stand-in", () => {
  it('lists webhooks, newest first, page by page', async () => {
    const { client, standIn } = await open({ mostPerPage: 2 })
    const first = await client.webhooks({ first: 2 })
    expect(first.nodes.map(({ label }) => label)).toEqual([undefined, 'Release notes of Engineering'])
    const all = await first.fetchNext()
    expect(all.nodes.map(({ label }) => label)).toEqual([undefined, 'Release notes of Engineering', 'Issue sync'])
    expect(all.pageInfo.hasNextPage).toBe(false)
    expect(standIn.calls.map(({ effect, field, status }) => [effect, field, status])).toEqual([
      ['READ', 'webhooks', 200],
      ['READ', 'webhooks', 200],
    ])
  })

  it('creates a webhook with an id and a secret of its own, which it then reads', async () => {
    const { client, standIn } = await open()
    const id = crypto.randomUUID()
    const payload = await client.createWebhook({ ...input, id, secret: 'chosen-secret', label: 'Mine', enabled: false })
    expect(payload).toMatchObject({ success: true, webhookId: id })
    expect(await payload.webhook).toMatchObject({ ...input, id, secret: 'chosen-secret', label: 'Mine', enabled: false })
    expect(standIn.calls.map(({ field }) => field)).toEqual(['webhookCreate', 'webhook'])
  })

  it('is given an id and a secret by Linear if it chooses none', async () => {
    const { client } = await open()
    const webhook = await (await client.createWebhook(input)).webhook
    expect(webhook).toMatchObject({ id: expect.stringMatching(uuid), secret: expect.stringMatching(/^lin_wh_/), enabled: true })
  })

  it('finds the team of a webhook by its id or its key', async () => {
    const { client } = await open()
    const { url, resourceTypes } = input
    const byKey = await (await client.createWebhook({ url, resourceTypes, teamId: 'ENG' })).webhook
    const byId = await (await client.createWebhook({ url: `${url}/2`, resourceTypes, teamId: byKey?.teamId ?? '' })).webhook
    expect([byKey, byId]).toMatchObject([
      { allPublicTeams: false, teamId: expect.stringMatching(uuid) },
      { allPublicTeams: false, teamId: byKey?.teamId },
    ])
  })

  it('updates what it is told and nothing else', async () => {
    const { client } = await open()
    const before = await client.webhook(seededId)
    const payload = await client.updateWebhook(seededId, { label: 'Renamed', resourceTypes: ['User'] })
    expect(payload.success).toBe(true)
    const { label, resourceTypes, url, enabled, secret, createdAt } = await client.webhook(seededId)
    expect({ label, resourceTypes }).toEqual({ label: 'Renamed', resourceTypes: ['User'] })
    expect({ url, enabled, secret, createdAt }).toEqual({
      url: before.url,
      enabled: before.enabled,
      secret: before.secret,
      createdAt: before.createdAt,
    })
  })

  it('rotates a secret, so that the old one is gone', async () => {
    const { client } = await open()
    const { secret: old } = await client.webhook(seededId)
    const { secret } = await client.rotateSecretWebhook(seededId)
    expect(secret).toMatch(/^lin_wh_/)
    expect(secret).not.toBe(old)
    expect((await client.webhook(seededId)).secret).toBe(secret)
  })

  it('deletes a webhook, and is told when there is none', async () => {
    const { client } = await open()
    expect(await client.deleteWebhook(seededId)).toMatchObject({ success: true, entityId: seededId })
    const message = 'Could not find referenced Webhook.'
    const refusal = { type: LinearErrorType.InvalidInput, status: 200, errors: [{ message, userError: true }] }
    await expect(client.webhook(seededId)).rejects.toMatchObject(refusal)
    await expect(client.deleteWebhook(seededId)).rejects.toMatchObject(refusal)
    await expect(client.updateWebhook(seededId, { label: 'x' })).rejects.toMatchObject(refusal)
    await expect(client.rotateSecretWebhook(seededId)).rejects.toMatchObject(refusal)
  })

  it.each([
    [{ url: 'http://hooks.acme.test' }, 'url must be a valid HTTPS URL.'],
    [{ url: 'https://localhost/x' }, 'url must be a valid HTTPS URL.'],
    [{ url: 'https://hooks.acme.test/linear/issues' }, 'url not unique'],
    [{ allPublicTeams: false }, 'Either teamId or allPublicTeams must be provided.'],
    [{ teamId: 'NONE' }, 'Could not find referenced Team.'],
    [{ id: 'mine' }, 'id must be a UUID.'],
    [{ id: seededId }, 'id not unique'],
    [{ resourceTypes: [] }, 'resourceTypes should not be empty.'],
    [{ secret: '' }, 'secret should not be empty.'],
  ])('is refused a webhook with %j: %s', async (wrong, message) => {
    const { client } = await open()
    await expect(client.createWebhook({ ...input, ...wrong })).rejects.toMatchObject({ status: 200, errors: [{ message }] })
    expect((await client.webhooks()).nodes).toHaveLength(3)
  })

  it('is refused what the schema does not have', async () => {
    const { client } = await open()
    const ask = (query: string, variables: Record<string, unknown> = {}) => client.client.rawRequest(query, variables)
    const refusal = { type: LinearErrorType.GraphqlError, status: 400 }
    await expect(ask('{ webhooks { nodes { failures { id } } } }')).rejects.toMatchObject(refusal)
    await expect(ask('{ viewer { id } }')).rejects.toMatchObject(refusal)
    const rename = 'mutation ($id: String!, $input: WebhookUpdateInput!) { webhookUpdate(id: $id, input: $input) { success } }'
    await expect(ask(rename, { id: seededId, input: { teamId: 'ENG' } })).rejects.toMatchObject(refusal)
    await expect(ask(rename, { id: seededId, input: {}, enabled: false })).rejects.toMatchObject(refusal)
  })

  it('is told of its rate limit in headers, and of its end with status 400', async () => {
    const { client, standIn } = await open({ now: () => new Date('2026-07-01T12:00:00.000Z') }, 2)
    const resetAt = Date.parse('2026-07-01T13:00:00.000Z')
    const { headers } = await client.client.rawRequest('{ webhooks { nodes { id } } }', {})
    expect(Object.fromEntries(headers ?? [])).toMatchObject({
      'x-ratelimit-requests-limit': '2',
      'x-ratelimit-requests-remaining': '1',
      'x-ratelimit-requests-reset': String(resetAt),
    })
    await client.webhooks()
    await expect(client.webhooks()).rejects.toMatchObject({
      type: LinearErrorType.Ratelimited,
      status: 400,
      retryAfter: 3_600,
      requestsRemaining: 0,
      requestsResetAt: resetAt,
    })
    expect(standIn.calls.at(-1)?.status).toBe(400)
  })

  it('is refused with a wrong token', async () => {
    const { apiUrl } = await open()
    await expect(new LinearClient({ apiKey: 'lin_api_wrong', apiUrl }).webhooks()).rejects.toMatchObject({
      type: LinearErrorType.AuthenticationError,
      status: 401,
    })
  })

  it('is refused with an API key as a bearer token', async () => {
    const { apiUrl, standIn } = await open()
    await expect(new LinearClient({ accessToken: standIn.token, apiUrl }).webhooks()).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining('Remove the Bearer prefix'),
    })
  })
})
