import { describe, expect, it } from 'vitest'
import { createApiKey, hashApiKey } from '../../src/server/auth/api-key.ts'
import type { Limits } from '../../src/server/limits.ts'
import { github } from '../../src/providers/github/index.ts'
import { openGateway, toAccount } from '../helpers/gateway.ts'
import { openStandIn } from '../helpers/stand-in.ts'

const query = `query Plan($input: WebhookPlanInput!) { webhookPlan(input: $input) { __typename ... on WebhookPlan { changes { kind url } } } }
  query Others { accounts { slug } }`
const toWebhooks = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ account: 'github', url: `https://hooks.acme.test/${'x'.repeat(100)}/${index}` }))
const body = (count: number, operationName = 'Plan') =>
  JSON.stringify({ query, operationName, variables: { input: { webhooks: toWebhooks(count) } } })

async function open(limits: Partial<Limits> = {}, scopes?: readonly ('webhooks:read' | 'deliveries:read')[]) {
  const standIn = await openStandIn(github)
  const key = createApiKey()
  const apiKeys = [{ name: 'ci', sha256: hashApiKey(key), scopes: scopes ?? [] }]
  const auth = scopes === undefined ? 'none' : ({ apiKeys } as const)
  const { server } = openGateway({ providers: [github], accounts: [toAccount(github, standIn)], server: { limits, auth } })
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` }
  const post = async (text: string) => {
    const response = await server.fetch('http://gateway.test/graphql', { method: 'POST', headers: { ...headers }, body: text })
    return { status: response.status, text: await response.text() }
  }
  return { post, standIn }
}

describe('the body of a plan', () => {
  it('can be larger than any other', async () => {
    const { post } = await open()
    const large = body(2_000)
    expect(large.length).toBeGreaterThan(200_000)
    const { status, text } = await post(large)
    expect(status).toBe(200)
    const { changes } = JSON.parse(text).data.webhookPlan
    expect(changes).toHaveLength(2_000)
    expect(changes[0]).toMatchObject({ kind: 'CREATE' })
  })

  it('has a limit of its own, which can be set, before it is parsed', async () => {
    const { post, standIn } = await open({ planBytes: 200_000 })
    expect((await post(body(1_000))).status).toBe(200)
    const called = standIn.calls.length
    expect((await post(`${body(2_000)} is no JSON`)).status).toBe(413)
    expect(standIn.calls).toHaveLength(called)
  })

  it('is as small as any other for a caller who may not plan', async () => {
    const { post } = await open({}, ['deliveries:read'])
    expect((await post(body(2_000))).status).toBe(413)

    expect((await post(body(1))).text).toContain('FORBIDDEN')
    const { post: postAsReader } = await open({}, ['webhooks:read'])
    expect((await postAsReader(body(2_000))).status).toBe(200)
  })

  it('can have large variables, not a large document', async () => {
    const { post } = await open()
    const variables = { input: { webhooks: toWebhooks(1) } }
    const large = `${query}\n${'#'.repeat(200_000)}`
    expect((await post(JSON.stringify({ query: large, operationName: 'Plan', variables }))).status).toBe(413)
  })

  it('lends its limit to no other operation', async () => {
    const { post } = await open()
    const large = { variables: { x: 'x'.repeat(200_000) } }
    for (const other of [
      JSON.stringify({ query: '{ accounts { slug } }', ...large }),
      JSON.stringify({ query: '{ accounts { slug } } # webhookPlan', ...large }),
      JSON.stringify({ query: `${'#'.repeat(200_000)}webhookPlan\n{ accounts { slug } }` }),
      body(2_000, 'Others'),
    ])
      expect((await post(other)).status).toBe(413)
  })
})
