import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type SandboxGateway, startSandboxGateway } from './gateways.ts'
import { type CreateInput, type CreateResult, createWebhook } from './tada.ts'
import { createUrqlClient } from './urql.ts'

const common = { account: 'baanx', name: 'Typed', url: 'https://hooks.acme.test/typed', eventTypes: ['card.*'] }

describe('a document of gql.tada', () => {
  let gateway: SandboxGateway
  beforeAll(async () => {
    gateway = await startSandboxGateway()
  })
  afterAll(() => gateway.stop())

  it('creates a webhook, and knows every issue of an input that is refused', async () => {
    const client = createUrqlClient(gateway.url, gateway.apiKey)
    const created = await createWebhook(client, common)
    expect(created).toMatchObject({ __typename: 'CreateWebhookSuccess', webhook: { status: 'ACTIVE' } })
    expect(await gateway.listIds()).toContain(created?.__typename === 'CreateWebhookSuccess' ? created.webhook.id : undefined)
    const refused = await createWebhook(client, { ...common, name: '', url: 'http://hooks.acme.test' })
    const paths = refused?.__typename === 'InvalidInputError' ? refused.issues.map(({ path }) => path.join('.')) : []
    expect(new Set(paths)).toEqual(new Set(['input.name', 'input.url']))
  })

  it('may have two keys of a @oneOf input, which the gateway refuses', async () => {
    const input: CreateInput = { ...common, options: { baanx: {}, verifik: {} } }
    expect(await createWebhook(createUrqlClient(gateway.url, gateway.apiKey), input)).toBeUndefined()
  })
})

describe("gql.tada's types", () => {
  // The type check is the test: each line below an expected error must be one.
  it('take the options of a provider', () => {
    const one: CreateInput = { ...common, options: { baanx: { metadata: { any: ['JSON', 1, null] } } } }
    // @ts-expect-error no key of a @oneOf input
    const none: CreateInput = { ...common, options: {} }
    // @ts-expect-error a provider without options
    const stranger: CreateInput = { ...common, options: { encrata: {} } }
    expect([one, none, stranger].map(({ options }) => Object.keys(options ?? {}).length)).toEqual([1, 0, 1])
  })

  it('tell the members of a result apart, and know a secret that may be missing', () => {
    function readSecret(result: CreateResult): string {
      // @ts-expect-error only one member has a secret
      const anyMember = result.signingSecret
      if (result.__typename !== 'CreateWebhookSuccess') return String(anyMember)
      // @ts-expect-error there may be none
      const secret: string = result.signingSecret
      return secret
    }
    const webhook = { id: '1', status: 'ACTIVE' } as const
    expect(readSecret({ __typename: 'CreateWebhookSuccess', webhook, signingSecret: 'secret' })).toBe('secret')
  })
})
