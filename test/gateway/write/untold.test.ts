import { describe, expect, it } from 'vitest'
import type { Provider } from '../../../src/provider/provider.ts'
import { fingerprint } from '../../../src/providers/fingerprint/index.ts'
import { verifik } from '../../../src/providers/verifik/index.ts'
import { createLedger } from '../../../src/gateway/write/ledger.ts'
import { openGateway, toAccount } from '../../helpers/gateway.ts'
import { openStandIn } from '../../helpers/stand-in.ts'

// Updates whose answer is lost, and what can be told of them where a provider does not show all of a webhook.

const told = '__typename ... on WebhookError { message } ... on OutcomeUnknownError { candidates { id } }'
const create = `mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) {
  ... on CreateWebhookSuccess { webhook { id upstreamId } } } }`
const update = `mutation ($input: UpdateWebhookInput!) { result: updateWebhook(input: $input) { ${told}
  ... on UpdateWebhookSuccess { warnings { code } } } }`
const rotate = `mutation ($input: RotateWebhookSecretInput!) { result: rotateWebhookSecret(input: $input) { ${told} } }`
const recovered = { __typename: 'UpdateWebhookSuccess', warnings: expect.arrayContaining([{ code: 'RECOVERED' }]) }
const flow = '64a0c0ffee00000000000002'

/** One webhook, with these options, and writes to it that are cut off. */
async function open(provider: Provider, variant?: string, options: object = {}) {
  const standIn = await openStandIn(provider, { variant })
  const { ask } = openGateway({ accounts: [toAccount(provider, standIn)], ledger: createLedger() })
  const input = {
    account: provider.name,
    name: 'First',
    url: 'https://hooks.acme.test/untold',
    options: { [provider.name]: options },
  }
  const { id, upstreamId } = (await ask(create, { input })).data.createWebhook.webhook
  const lose = async (when: 'before' | 'after', document: string, changes: object) => {
    standIn.fail({ method: provider.name === 'verifik' ? 'PUT' : 'PATCH', cut: 'connection', when })
    return (await ask(document, { input: { id, ...changes } })).data.result
  }
  const untold = {
    __typename: 'OutcomeUnknownError',
    candidates: [{ id }],
    message: expect.stringMatching(
      new RegExp(`${provider.displayName} does not show all updated fields, so the update may be in effect\\. Check .* or retry`),
    ),
  }
  const notInEffect = { __typename: 'OutcomeUnknownError', message: expect.stringContaining('the update is not in effect') }
  return { standIn, id: id as string, upstreamId: upstreamId as string, lose, untold, notInEffect }
}

describe('an update at Verifik that is not answered and cannot be seen', () => {
  it.each([
    ['a secret', update, { options: { verifik: { secret: 'chosen-by-the-caller' } } }],
    ['a rotation', rotate, { newSecret: 'chosen-by-the-caller' }],
    ['event types', update, { eventTypes: ['login.completed'] }],
  ])('is told neither as done nor as not in effect: %s', async (_, document, changes) => {
    const { lose, untold } = await open(verifik, 'A')
    expect(await lose('after', document, changes)).toMatchObject(untold)
    expect(await lose('before', document, changes)).toMatchObject(untold)
  })

  it.each([
    ['description', { description: 'Another' }],
    ['linked project flows', { linkProjectFlowIds: [flow] }],
    ['unlinked project flows', { unlinkProjectFlowIds: [flow] }],
  ])('is not told as done where an answer has no %s', async (_, options) => {
    const { standIn, upstreamId, lose, untold } = await open(verifik, 'A')
    const [createdAt, updatedAt] = ['2026-01-05T09:00:00.000Z', '2026-01-05T09:00:00.000Z']
    const data = { _id: upstreamId, client: 'acme', name: 'First', url: 'https://hooks.acme.test/untold', isActive: true }
    standIn.fail({ effect: 'READ', status: 200, body: JSON.stringify({ data: { ...data, createdAt, updatedAt } }), times: 9 })
    expect(await lose('before', update, { options: { verifik: options } })).toMatchObject(untold)
  })

  it('is not in effect where something that Verifik shows is otherwise', async () => {
    const { lose, notInEffect } = await open(verifik, 'A')
    const changes = { name: 'Second', options: { verifik: { secret: 'chosen-by-the-caller' } } }
    expect(await lose('before', update, changes)).toMatchObject(notInEffect)
  })
})

describe('an update of options at Verifik that is not answered', () => {
  it.each([
    ['a description', 'B', { description: 'Another' }],
    ['an empty description', 'B', { description: '' }],
    ['a secret', 'B', { secret: 'chosen-by-the-caller' }],
    ['linked project flows', 'A', { linkProjectFlowIds: ['another'] }],
    ['linked project flows', 'B', { linkProjectFlowIds: ['another'] }],
    ['unlinked project flows', 'A', { unlinkProjectFlowIds: [flow] }],
    ['unlinked project flows', 'B', { unlinkProjectFlowIds: [flow] }],
  ])('is told by what Verifik shows: %s, variant %s', async (_, variant, verifikOptions) => {
    const { lose, notInEffect } = await open(verifik, variant, { description: 'Own', linkProjectFlowIds: [flow] })
    const changes = { options: { verifik: verifikOptions } }
    expect(await lose('before', update, changes)).toMatchObject(notInEffect)
    expect(await lose('after', update, changes)).toMatchObject(recovered)
  })
})

describe('an update of the environment at Fingerprint that is not answered', () => {
  const changes = { options: { fingerprint: { environmentId: 'env_other' } } }

  it('is told by what Fingerprint shows', async () => {
    const { lose, notInEffect } = await open(fingerprint)
    expect(await lose('before', update, changes)).toMatchObject(notInEffect)
    expect(await lose('after', update, changes)).toMatchObject(recovered)
  })

  it.each([null, 'env_other'])('is unknown where the environment cannot be read, be it %s', async (environmentId) => {
    const { standIn, upstreamId, lose, untold } = await open(fingerprint)
    const [id, url, created_at] = [upstreamId, 'https://hooks.acme.test/untold', '2026-01-05T09:00:00Z']
    const data = { id, url, description: 'First', status: 'enabled', verified: false, legacy: false, created_at, environment: {} }
    standIn.fail({ effect: 'READ', status: 200, body: JSON.stringify({ data }), times: 9 })
    expect(await lose('after', update, { options: { fingerprint: { environmentId } } })).toMatchObject(untold)
  })
})
