import { Octokit } from '@octokit/rest'
import { verify } from '@octokit/webhooks-methods'
import { describe, expect, it } from 'vitest'
import { github } from '../../../src/providers/github/index.ts'
import { openGateway, toAccount } from '../../helpers/gateway.ts'
import { openStandIn } from '../../helpers/stand-in.ts'

// GitHub's own client against the stand-in, beside the gateway.

const repo = { owner: 'acme', repo: 'website' }
const org = { org: 'acme' }
const url = 'https://hooks.acme.test/client'
const silent = () => {}

async function open({
  settings = { repository: 'acme/website' },
}: { readonly settings?: Readonly<Record<string, string>> } = {}) {
  const standIn = await openStandIn(github, { settings })
  const { rest, paginate } = new Octokit({
    auth: standIn.token,
    baseUrl: standIn.baseUrl,
    log: { debug: silent, info: silent, warn: silent, error: silent },
  })
  const { ask } = openGateway({ accounts: [toAccount(github, standIn)] })
  const list = async () => {
    const query =
      '{ webhooks(first: 200) { complete nodes { upstreamId url enabled eventTypes ... on GitHubWebhook { contentType insecureSsl hookType } } } }'
    return (await ask(query)).data.webhooks
  }
  const create = async (input: object) => {
    const query =
      'mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { ... on CreateWebhookSuccess { signingSecret webhook { id upstreamId } } ... on WebhookError { message } } }'
    return (await ask(query, { input: { account: 'github', url, ...input } })).data.createWebhook
  }
  return { standIn, rest, paginate, ask, list, create }
}

describe("GitHub's own client", () => {
  it('makes, changes and deletes a webhook of a repository, as the gateway sees it', async () => {
    const { rest, list } = await open()
    const created = await rest.repos.createWebhook({
      ...repo,
      config: { url, content_type: 'json', insecure_ssl: 0, secret: 'client-secret' },
      events: ['push', 'release'],
    })
    expect(created).toMatchObject({ status: 201, data: { type: 'Repository', name: 'web', config: { secret: '********' } } })
    const upstreamId = String(created.data.id)
    const seen = { upstreamId, url, enabled: true, eventTypes: ['push', 'release'], contentType: 'JSON', hookType: 'Repository' }
    expect(await list()).toMatchObject({ complete: true, nodes: [{ ...seen, insecureSsl: false }] })

    const hook = { ...repo, hook_id: created.data.id }
    await rest.repos.updateWebhook({ ...hook, active: false, add_events: ['issues'], remove_events: ['push'] })
    // As `url`, it would be the URL of the request: the client would send the token there.
    await rest.repos.updateWebhookConfigForRepo({ ...hook, insecure_ssl: '1', data: { url: `${url}/2`, insecure_ssl: '1' } })
    expect((await rest.repos.getWebhookConfigForRepo(hook)).data).toMatchObject({ url: `${url}/2`, secret: '********' })
    expect((await list()).nodes).toMatchObject([
      { upstreamId, url: `${url}/2`, enabled: false, eventTypes: ['release', 'issues'], insecureSsl: true },
    ])

    expect((await rest.repos.deleteWebhook(hook)).status).toBe(204)
    expect((await list()).nodes).toEqual([])
  })

  it('makes, changes and deletes a webhook of an organization, as the gateway sees it', async () => {
    const { rest, list } = await open({ settings: { organization: 'acme' } })
    const { data } = await rest.orgs.createWebhook({ ...org, name: 'web', config: { url }, events: ['team'] })
    const hook = { ...org, hook_id: data.id }
    await rest.orgs.updateWebhook({ ...hook, active: false, events: ['team', 'membership'] })
    await rest.orgs.pingWebhook(hook)
    expect((await list()).nodes).toMatchObject([
      { url, enabled: false, eventTypes: ['team', 'membership'], contentType: 'FORM', hookType: 'Organization' },
    ])
    await rest.orgs.deleteWebhook(hook)
    expect((await list()).nodes).toEqual([])
  })

  it('lists, reads, changes and deletes what the gateway has made', async () => {
    const { rest, paginate, create } = await open()
    const { signingSecret, webhook } = await create({ eventTypes: ['*'], enabled: false })
    expect(signingSecret).toMatch(/.{32,}/)
    const hook = { ...repo, hook_id: Number(webhook.upstreamId) }
    const config = { url, content_type: 'json', insecure_ssl: '0', secret: '********' }
    const made = { id: hook.hook_id, active: false, events: ['*'], config }
    expect(await paginate(rest.repos.listWebhooks, repo)).toMatchObject([made])
    expect((await rest.repos.getWebhook(hook)).data).toMatchObject(made)
    expect((await rest.repos.updateWebhook({ ...hook, active: true })).data.config.secret).toBe('********')
    await rest.repos.deleteWebhook(hook)
    expect(await paginate(rest.repos.listWebhooks, repo)).toEqual([])
  })

  it('lists past the first page what the gateway lists', async () => {
    const { rest, paginate, list } = await open()
    for (const [index, event] of ['push', 'issues', 'fork'].entries()) {
      for (let count = 0; count < 20; count += 1) {
        await rest.repos.createWebhook({ ...repo, config: { url: `${url}/${index}/${count}` }, events: [event] })
      }
    }
    const ids = (await paginate(rest.repos.listWebhooks, { ...repo, per_page: 7 })).map(({ id }) => String(id))
    expect(new Set(ids).size).toBe(60)
    expect((await list()).nodes.map(({ upstreamId }: { upstreamId: string }) => upstreamId).toSorted()).toEqual(ids.toSorted())
  })

  it.each([
    ['a key of the configuration', 422, { config: { url, 'content-type': 'json' } }, 'Invalid config attribute: content-type'],
    ['an event', 422, { config: { url }, events: ['pushed'] }, 'Validation Failed'],
    ['a URL that is not reachable', 422, { config: { url: 'http://localhost/x' } }, 'Validation Failed'],
    ['a field', 422, { config: { url }, colour: 'red' }, '"colour" is not a permitted key'],
  ])('is refused %s that the documentation does not have', async (_, status, body, message) => {
    const { rest } = await open()
    await expect(rest.repos.createWebhook({ ...repo, ...body })).rejects.toMatchObject({
      status,
      message: expect.stringContaining(message),
    })
  })

  it('is refused a path, a query or a version that the documentation does not have', async () => {
    const { rest } = await open()
    await expect(rest.repos.listWebhooks({ ...repo, repo: 'other' })).rejects.toMatchObject({ status: 404 })
    await expect(rest.repos.listWebhooks({ ...repo, sort: 'asc' })).rejects.toMatchObject({ status: 400 })
    const headers = { 'x-github-api-version': '2020-01-01' }
    await expect(rest.repos.listWebhooks({ ...repo, headers })).rejects.toMatchObject({ status: 400 })
  })

  it('is refused a webhook whose configuration another one has for the same event', async () => {
    const { rest, create } = await open()
    await rest.repos.createWebhook({ ...repo, config: { url, content_type: 'json' }, events: ['push', 'fork'] })
    expect(await create({ eventTypes: ['fork'] })).toEqual({
      message: expect.stringContaining('already has a webhook with this url'),
    })
    expect(await create({ eventTypes: ['star'] })).toMatchObject({ webhook: { upstreamId: expect.any(String) } })
  })

  it('verifies the signatures of the deliveries that the stand-in logs', async () => {
    const { standIn, create } = await open()
    const { signingSecret, webhook } = await create({})
    const headers = { authorization: `Bearer ${standIn.token}` }
    const base = `${standIn.baseUrl}/repos/acme/website/hooks/${webhook.upstreamId}/deliveries`
    const [, id = ''] = /"id":(\d+)/.exec(await (await fetch(base, { headers })).text()) ?? []
    const { request } = (await (await fetch(`${base}/${id}`, { headers })).json()) as {
      readonly request: { readonly headers: Readonly<Record<string, string>>; readonly payload: object }
    }
    const signature = request.headers['X-Hub-Signature-256'] ?? ''
    expect(await verify(signingSecret, JSON.stringify(request.payload), signature)).toBe(true)
    expect(await verify('another secret', JSON.stringify(request.payload), signature)).toBe(false)
  })
})
