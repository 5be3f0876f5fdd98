import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Provider } from '../../../src/provider/provider.ts'
import { encrata } from '../../../src/providers/encrata/index.ts'
import { fingerprint } from '../../../src/providers/fingerprint/index.ts'
import { linear } from '../../../src/providers/linear/index.ts'
import { shopify } from '../../../src/providers/shopify/index.ts'
import { stripe } from '../../../src/providers/stripe/index.ts'
import { verifik } from '../../../src/providers/verifik/index.ts'
import { toDraft } from '../../helpers/draft.ts'
import { openGateway, toAccount } from '../../helpers/gateway.ts'
import { openStandIn, repeatCall } from '../../helpers/stand-in.ts'

const failure = '... on WebhookError { message } ... on OutcomeUnknownError { candidates { upstreamId } }'
const create = `mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { __typename
  ... on CreateWebhookSuccess { signingSecret webhook { id upstreamId } warnings { code } } ${failure} } }`
const rotate = `mutation ($input: RotateWebhookSecretInput!) { rotateWebhookSecret(input: $input) { __typename
  ... on RotateWebhookSecretSuccess { signingSecret webhook { upstreamId } warnings { code } } ${failure} } }`
const remove = `mutation ($id: ID!) { deleteWebhook(input: { id: $id }) { __typename
  ... on DeleteWebhookSuccess { alreadyAbsent } ${failure} } }`
const list = '{ webhooks { nodes { upstreamId } } }'

async function open(provider: Provider) {
  const standIn = await openStandIn(provider)
  const { ask } = openGateway({ accounts: [toAccount(provider, standIn)], looksMs: [0, 1] })
  const add = async (name: string) => {
    return (await ask(create, { input: toDraft(provider, { name, url: `https://hooks.acme.test/${name}` }) })).data.createWebhook
  }
  const [first, other] = [(await add('First')).webhook, (await add('Other')).webhook]
  const last = standIn.calls.findLast(({ method }) => method === 'POST')
  if (last === undefined) throw new Error('Nothing was created.')
  const readLastAnswer = async () => (await repeatCall(standIn, last)) as object
  return {
    standIn,
    first,
    other,
    add,
    rotate: async (strategy = 'REPLACEMENT') =>
      (await ask(rotate, { input: { id: first.id, strategy } })).data.rotateWebhookSecret,
    remove: async () => (await ask(remove, { id: first.id })).data.deleteWebhook,
    listIds: async () =>
      (await ask(list)).data.webhooks.nodes.map(({ upstreamId }: { upstreamId: string }) => upstreamId) as readonly string[],
    /** Creates are answered as the last one was, with this ID. */
    async answerWith(id: string, when: 'before' | 'after' = 'after') {
      const body = JSON.stringify({ ...(await readLastAnswer()), id })
      standIn.fail({ method: 'POST', times: 9, when, status: 200, body })
      standIn.forgetCalls()
    },
  }
}

const replacing = [encrata, fingerprint, stripe].map((provider) => [provider.displayName, provider] as const)

describe('a create that is answered with a webhook that was there before', () => {
  it.each(replacing)('is unknown at %s, and the webhook that it made is a candidate', async (_, provider) => {
    const { add, answerWith, other, listIds } = await open(provider)
    await answerWith(other.upstreamId)
    const before = await listIds()
    const answer = await add('Third')
    expect(answer).toMatchObject({
      __typename: 'OutcomeUnknownError',
      message: expect.stringContaining('names a webhook that this request cannot have created'),
    })
    const made = (await listIds()).filter((id) => !before.includes(id))
    expect(answer.candidates).toEqual(made.map((upstreamId) => ({ upstreamId })))
    expect(made).toHaveLength(1)
  })

  it.each(replacing)('deletes nothing in a replacement at %s, whichever it is', async (_, provider) => {
    const { answerWith, first, other, rotate, listIds, standIn } = await open(provider)
    for (const { upstreamId } of [first, other]) {
      await answerWith(upstreamId, 'before')
      const before = await listIds()
      expect(await rotate()).toMatchObject({ __typename: 'OutcomeUnknownError', candidates: [] })
      expect(await listIds()).toEqual(before)
      expect(standIn.calls.filter(({ method }) => method === 'DELETE')).toEqual([])
      standIn.heal()
    }
  })

  it('is unknown in a replacement although nothing could be listed before', async () => {
    const { answerWith, first, rotate, listIds, standIn } = await open(encrata)
    await answerWith(first.upstreamId, 'before')
    standIn.fail({ method: 'GET', delayMs: 0 })
    standIn.fail({ method: 'GET', status: 500 })
    expect(await rotate()).toMatchObject({ __typename: 'OutcomeUnknownError' })
    standIn.heal()
    expect(await listIds()).toContain(first.upstreamId)
  })
})

describe('a deletion that is answered with another webhook', () => {
  const named = [linear, shopify, stripe, verifik].map((provider) => [provider.displayName, provider] as const)

  it.each(named)('is unknown at %s, and is not sent again', async (_, provider) => {
    const { standIn, first, other, remove, listIds } = await open(provider)
    standIn.forgetCalls()
    standIn.fail({ effect: 'WRITE', times: 9, status: 200, body: toDeleted(provider, other.upstreamId) })
    expect(await remove()).toMatchObject({
      __typename: 'OutcomeUnknownError',
      message: expect.stringContaining('names a different webhook than the one to delete'),
      candidates: [{ upstreamId: first.upstreamId }],
    })
    expect(standIn.calls.filter(({ effect }) => effect === 'WRITE')).toHaveLength(1)
    expect(await listIds()).toContain(first.upstreamId)
  })

  it('leaves it open in a replacement whether the old webhook still exists', async () => {
    const { standIn, other, rotate } = await open(stripe)
    standIn.fail({ method: 'DELETE', times: 9, status: 200, body: toDeleted(stripe, other.upstreamId) })
    expect((await rotate()).warnings).toMatchObject([{ code: 'SETTINGS_NOT_SHOWN' }, { code: 'OLD_WEBHOOK_UNKNOWN' }])
  })

  it('is unknown at Stripe and Linear where the answer names none', async () => {
    for (const [provider, body] of [
      [stripe, { deleted: true }],
      [linear, { data: { webhookDelete: { success: true } } }],
    ] as const) {
      const { standIn, remove } = await open(provider)
      standIn.fail({ effect: 'WRITE', times: 9, status: 200, body: JSON.stringify(body) })
      expect(await remove()).toMatchObject({ __typename: 'OutcomeUnknownError' })
    }
  })
})

/** What a provider answers to the deletion of this webhook. */
function toDeleted({ name }: Provider, id: string): string {
  const fixture = new URL('../../providers/verifik/fixtures/webhook.a.read.json', import.meta.url)
  const { data } = JSON.parse(readFileSync(fixture, 'utf8')) as { readonly data: object }
  const answers: Readonly<Record<string, object>> = {
    linear: { data: { webhookDelete: { success: true, entityId: id } } },
    shopify: { data: { webhookSubscriptionDelete: { deletedWebhookSubscriptionId: id, userErrors: [] } } },
    stripe: { id, object: 'webhook_endpoint', deleted: true },
    verifik: { data: { ...data, _id: id } },
  }
  return JSON.stringify(answers[name])
}

describe('a rotation that Linear answers without success', () => {
  it('is unknown, although a secret is in the response', async () => {
    const { standIn, rotate } = await open(linear)
    const body = JSON.stringify({ data: { webhookRotateSecret: { success: false, secret: 'lin_wh_of_nobody' } } })
    standIn.fail({ field: 'webhookRotateSecret', status: 200, body })
    expect(await rotate('PROVIDER')).toMatchObject({
      __typename: 'OutcomeUnknownError',
      message: expect.stringContaining('shows nothing of the secret, so it is not known whether the old secret still works'),
    })
  })
})
