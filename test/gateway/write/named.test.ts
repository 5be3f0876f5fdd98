import { describe, expect, it } from 'vitest'
import type { Provider } from '../../../src/provider/provider.ts'
import { encrata } from '../../../src/providers/encrata/index.ts'
import { fingerprint } from '../../../src/providers/fingerprint/index.ts'
import { stripe } from '../../../src/providers/stripe/index.ts'
import { toDraft } from '../../helpers/draft.ts'
import { openGateway, toAccount } from '../../helpers/gateway.ts'
import { openStandIn, repeatCall } from '../../helpers/stand-in.ts'

const failure = '... on WebhookError { message } ... on OutcomeUnknownError { candidates { upstreamId } }'
const create = `mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { __typename
  ... on CreateWebhookSuccess { signingSecret webhook { id upstreamId } warnings { code } } ${failure} } }`
const rotate = `mutation ($input: RotateWebhookSecretInput!) { rotateWebhookSecret(input: $input) { __typename
  ... on RotateWebhookSecretSuccess { signingSecret webhook { upstreamId } warnings { code } } ${failure} } }`
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
  const lastAnswer = (await repeatCall(standIn, last)) as object
  return {
    standIn,
    first,
    other,
    add,
    rotate: async () => (await ask(rotate, { input: { id: first.id, strategy: 'REPLACEMENT' } })).data.rotateWebhookSecret,
    listIds: async () =>
      (await ask(list)).data.webhooks.nodes.map(({ upstreamId }: { upstreamId: string }) => upstreamId) as readonly string[],
    /** Creates are answered as the last one was, with this ID. */
    answerWith(id: string, when: 'before' | 'after' = 'after') {
      const body = JSON.stringify({ ...lastAnswer, id })
      standIn.fail({ method: 'POST', times: 9, when, status: 200, body })
      standIn.forgetCalls()
    },
  }
}

const replacing = [encrata, fingerprint, stripe].map((provider) => [provider.displayName, provider] as const)

describe('a create that is answered with a webhook that was there before', () => {
  it.each(replacing)('is unknown at %s, and the webhook that it made is a candidate', async (_, provider) => {
    const { add, answerWith, other, listIds } = await open(provider)
    answerWith(other.upstreamId)
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
      answerWith(upstreamId, 'before')
      const before = await listIds()
      expect(await rotate()).toMatchObject({ __typename: 'OutcomeUnknownError', candidates: [] })
      expect(await listIds()).toEqual(before)
      expect(standIn.calls.filter(({ method }) => method === 'DELETE')).toEqual([])
      standIn.heal()
    }
  })

  it('is unknown in a replacement although nothing could be listed before', async () => {
    const { answerWith, first, rotate, listIds, standIn } = await open(encrata)
    answerWith(first.upstreamId, 'before')
    standIn.fail({ method: 'GET', delayMs: 0 })
    standIn.fail({ method: 'GET', status: 500 })
    expect(await rotate()).toMatchObject({ __typename: 'OutcomeUnknownError' })
    standIn.heal()
    expect(await listIds()).toContain(first.upstreamId)
  })
})
