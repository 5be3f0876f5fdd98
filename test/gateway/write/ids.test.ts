import { describe, expect, it } from 'vitest'
import type { Provider } from '../../../src/provider/provider.ts'
import { baanx } from '../../../src/providers/baanx/index.ts'
import { encrata } from '../../../src/providers/encrata/index.ts'
import { fingerprint } from '../../../src/providers/fingerprint/index.ts'
import { providers } from '../../../src/providers/index.ts'
import { shopify } from '../../../src/providers/shopify/index.ts'
import { stripe } from '../../../src/providers/stripe/index.ts'
import type { FaultInput } from '../../../src/sandbox/fault.ts'
import { toDraft } from '../../helpers/draft.ts'
import { openGateway, toAccount } from '../../helpers/gateway.ts'
import { openStandIn, repeatCall } from '../../helpers/stand-in.ts'

const failure = '... on WebhookError { message retry } ... on OutcomeUnknownError { candidates { id } }'
const create = `mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { __typename
  ... on CreateWebhookSuccess { signingSecret webhook { id upstreamId } warnings { code message } } ${failure} } }`
const rotate = `mutation ($input: RotateWebhookSecretInput!) { rotateWebhookSecret(input: $input) { __typename
  ... on RotateWebhookSecretSuccess { signingSecret secretState webhook { id upstreamId } warnings { code message } } ${failure} } }`
const update = `mutation ($input: UpdateWebhookInput!) { updateWebhook(input: $input) { __typename
  ... on UpdateWebhookSuccess { webhook { id } warnings { code message } } ${failure} } }`
const list = '{ webhooks { nodes { upstreamId } sources { state unreadableCount unreadableIds } } }'

const unreadable = [undefined, null, 5, '', '.', '..', 'x'.repeat(300)]

async function open(provider: Provider) {
  const standIn = await openStandIn(provider)
  const { ask, gateway, readLog } = openGateway({ accounts: [toAccount(provider, standIn)] })
  const run = async (query: string, input: object) => {
    const { data, errors } = await ask(query, { input })
    expect(errors).toBeUndefined()
    return data.createWebhook ?? data.rotateWebhookSecret ?? data.updateWebhook
  }
  const add = (name = 'First') => {
    return run(create, toDraft(provider, { name, url: `https://hooks.acme.test/${name}` }))
  }
  /** The write is carried out, and its answer, as the provider gave the last one, has another id. */
  const answerWithId = async (fault: FaultInput, id: unknown, more: object = {}) => {
    const last = standIn.calls.findLast(({ method }) => method === 'POST')
    if (last === undefined) throw new Error('Nothing was created yet.')
    const sent = (await repeatCall(standIn, last)) as { data?: object }
    const change = { id, ...more }
    const body = sent.data === undefined ? { ...sent, ...change } : { ...sent, data: { ...sent.data, ...change } }
    standIn.fail({ when: 'after', status: 200, body: JSON.stringify(body), ...fault })
  }
  return { standIn, ask, gateway, readLog, run, add, answerWithId }
}

describe('an id that nothing could be named by', () => {
  it.each([baanx, encrata, fingerprint].flatMap((provider) => unreadable.map((id) => [provider.name, id, provider] as const)))(
    'in the answer to a create at %s is none: %j',
    async (_, id, provider) => {
      const { add, answerWithId } = await open(provider)
      await add()
      await answerWithId({ method: 'POST' }, id)
      const { __typename: type, webhook } = await add('Second')
      // The mark that Baanx shows of the create tells what it has made.
      expect(type).toBe(provider === baanx ? 'CreateWebhookSuccess' : 'OutcomeUnknownError')
      expect(unreadable).not.toContain(webhook?.upstreamId ?? 'unknown')
    },
  )

  it.each(['.', '..'])('in a list is not read: %j', async (id) => {
    const { add, ask, standIn } = await open(encrata)
    await add()
    const listed = await ask(list)
    const call = standIn.calls.at(-1)
    if (call === undefined) throw new Error('Nothing was listed.')
    const [record] = (await repeatCall(standIn, call)) as readonly object[]
    standIn.fail({ effect: 'READ', status: 200, body: JSON.stringify([record, { ...record, id }]) })
    const { data } = await ask(list)
    expect(data.webhooks).toEqual({
      nodes: listed.data.webhooks.nodes,
      sources: [{ state: 'TRUNCATED', unreadableCount: 1, unreadableIds: [] }],
    })
  })

  it.each(['.', '..'])('in the answer to a replacement leaves the old webhook and is no unexpected error: %j', async (id) => {
    const { add, run, answerWithId, standIn, readLog } = await open(fingerprint)
    const { webhook } = await add()
    await answerWithId({ method: 'POST' }, id)
    const rotated = await run(rotate, { id: webhook.id, strategy: 'REPLACEMENT' })
    expect(rotated).toMatchObject({
      __typename: 'OutcomeUnknownError',
      candidates: [{ id: expect.not.stringContaining(webhook.id) }],
    })
    expect(rotated.candidates).toHaveLength(1)
    expect(standIn.calls.filter(({ method }) => method === 'DELETE')).toEqual([])
    expect(readLog('unexpected error')).toEqual([])
  })
})

describe('the webhook that was asked for', () => {
  it.each(unreadable)('gets its new secret handed out at Baanx, where the id in the answer is %j', async (id) => {
    const { add, run, answerWithId } = await open(baanx)
    const { webhook } = await add()
    const apiKey = `whk_${'n'.repeat(64)}`
    await answerWithId({ path: '/rotate-key' }, id, { apiKey })
    expect(await run(rotate, { id: webhook.id })).toEqual({
      __typename: 'RotateWebhookSecretSuccess',
      signingSecret: apiKey,
      secretState: 'HANDED_OUT',
      webhook,
      warnings: [{ code: 'UNREADABLE_FIELD', message: expect.stringMatching(/could not be read: id\./) }],
    })
  })

  it('gets its new secret handed out at Baanx, where the answer names another one', async () => {
    const { add, run, answerWithId } = await open(baanx)
    const { webhook } = await add()
    const apiKey = `whk_${'n'.repeat(64)}`
    await answerWithId({ path: '/rotate-key' }, 'other', { apiKey })
    expect(await run(rotate, { id: webhook.id })).toMatchObject({
      signingSecret: apiKey,
      webhook,
      warnings: [{ code: 'OTHER_WEBHOOK_NAMED', message: expect.stringContaining('names a different webhook') }],
    })
  })

  it.each([baanx, fingerprint].map((provider) => [provider.name, provider] as const))(
    'is what an update at %s tells of, where the answer names another one',
    async (_, provider) => {
      const { add, run, answerWithId } = await open(provider)
      const { webhook } = await add()
      await answerWithId({ method: provider === fingerprint ? 'PATCH' : 'PUT' }, 'other')
      expect(await run(update, { id: webhook.id, enabled: true })).toMatchObject({
        __typename: 'UpdateWebhookSuccess',
        webhook: { id: webhook.id },
        warnings: [{ code: 'OTHER_WEBHOOK_NAMED' }],
      })
    },
  )
})

describe('the answer to a deletion', () => {
  it.each([shopify, stripe].map((provider) => [provider.name, provider] as const))(
    'at %s that names another webhook leaves its outcome unknown, and nothing is sent again',
    async (_, provider) => {
      const { add, ask, standIn } = await open(provider)
      const { webhook } = await add()
      const other = provider === shopify ? 'gid://shopify/WebhookSubscription/1' : 'we_other'
      const data = { webhookSubscriptionDelete: { deletedWebhookSubscriptionId: other, userErrors: [] } }
      const answer = provider === shopify ? { data } : { id: other, object: 'webhook_endpoint', deleted: true }
      standIn.forgetCalls()
      standIn.fail({ effect: 'WRITE', status: 200, body: JSON.stringify(answer) })
      const remove = `mutation ($id: ID!) { deleteWebhook(input: { id: $id }) { __typename ${failure} } }`
      expect((await ask(remove, { id: webhook.id })).data.deleteWebhook).toMatchObject({
        __typename: 'OutcomeUnknownError',
        message: expect.stringContaining('names a different webhook'),
        candidates: [{ id: webhook.id }],
      })
      expect(standIn.calls.filter(({ effect }) => effect === 'WRITE')).toHaveLength(1)
    },
  )
})

describe('a read that answers with another webhook', () => {
  it.each(providers.map((provider) => [provider.name, provider] as const))(
    'is of nobody at %s, nor written back',
    async (_, provider) => {
      const { add, ask, run, standIn } = await open(provider)
      const [first, second] = [(await add()).webhook, (await add('Second')).webhook]
      standIn.forgetCalls()
      await ask('query ($id: ID!) { webhook(id: $id) { __typename } }', { id: second.id })
      const read = standIn.calls.find(({ effect }) => effect === 'READ')
      if (read === undefined) throw new Error('Nothing was read.')
      const answer = { status: 200, body: JSON.stringify(await repeatCall(standIn, read)) }
      const target = read.field === null ? { path: first.upstreamId } : { field: read.field }
      const refused = '{ __typename ... on WebhookError { message } }'
      standIn.fail({ effect: 'READ', ...target, ...answer })
      const { data } = await ask(`query ($id: ID!) { webhook(id: $id) ${refused} }`, { id: first.id })
      expect(data.webhook).toMatchObject({
        __typename: 'UpstreamContractError',
        message: expect.stringContaining('different webhook'),
      })
      if (provider.operations.UPDATE.support !== 'EMULATED') return
      standIn.forgetCalls()
      standIn.fail({ effect: 'READ', ...target, ...answer })
      const changed = await run(update, { id: first.id, url: 'https://hooks.acme.test/third' })
      expect(changed).toMatchObject({ __typename: 'UpstreamContractError' })
      expect(standIn.calls.filter(({ effect }) => effect === 'WRITE')).toEqual([])
    },
  )
})

describe('a secret that is blank', () => {
  it.each([
    [baanx, 'apiKey'],
    [encrata, 'secret'],
    [fingerprint, 'signing_key'],
  ] as const)('is none (%#)', async (provider, member) => {
    const { add, answerWithId, readLog } = await open(provider)
    await add()
    await answerWithId({ method: 'POST' }, 'new', { [member]: ' \n' })
    const created = await add('Second')
    expect(created.signingSecret ?? 'none').toMatch(/\S/)
    expect(created.warnings?.[0]?.code ?? created.__typename).toBe(
      { baanx: 'RECOVERED', encrata: 'OutcomeUnknownError', fingerprint: 'VERIFICATION_REQUIRED' }[provider.name],
    )
    expect(readLog('unexpected error')).toEqual([])
  })
})
