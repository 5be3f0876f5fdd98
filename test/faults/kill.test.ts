import { describe, expect, it, onTestFinished } from 'vitest'
import { providers } from '../../src/providers/index.ts'
import type { Provider } from '../../src/provider/provider.ts'
import { toDraft } from '../helpers/draft.ts'
import { openGateway, toAccount } from '../helpers/gateway.ts'
import { startGateway } from '../helpers/process.ts'
import { openStandIn } from '../helpers/stand-in.ts'
import { toStandInVariables } from '../helpers/variables.ts'

const replacing = providers.filter(({ operations: { ROTATE_SECRET: rotation } }) => {
  return rotation.support !== 'UNSUPPORTED' && rotation.strategy === 'REPLACEMENT'
})
const moments = [
  ['the creation of the twin', { method: 'POST', when: 'after' }],
  ['the deletion of the old webhook', { method: 'DELETE', when: 'before' }],
] as const
const cases = replacing.flatMap((provider) =>
  moments.map(([moment, fault]) => ({ provider, name: provider.displayName, moment, fault })),
)

/** A stand-in with one webhook that sends. */
async function open(provider: Provider) {
  const standIn = await openStandIn(provider)
  const { ask } = openGateway({ accounts: [toAccount(provider, standIn)] })
  const input = toDraft(provider, { name: 'Kept', url: 'https://hooks.acme.test/kept' })
  const create =
    'mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { ... on CreateWebhookSuccess { webhook { id } } } }'
  const { id } = (await ask(create, { input })).data.createWebhook.webhook
  if (provider.operations.VERIFY.support !== 'UNSUPPORTED') {
    await ask('mutation ($id: ID!) { verifyWebhook(input: { id: $id }) { __typename } }', { id })
  }
  const listActive = async (): Promise<readonly { readonly id: string }[]> => {
    const { data } = await ask('{ webhooks(filter: { status: [ACTIVE] }) { nodes { id } } }')
    return data.webhooks.nodes
  }
  return { standIn, id, listActive }
}

describe('a gateway that is killed in the middle of a replacement', () => {
  it.each(cases)('leaves at $name no webhook less that sends: during $moment', async ({ provider, fault }) => {
    const { standIn, id, listActive } = await open(provider)
    expect(await listActive()).toEqual([{ id }])
    const gateway = await startGateway(toStandInVariables(provider, standIn))
    onTestFinished(() => gateway.stop())
    const since = standIn.calls.length
    standIn.fail({ ...fault, hang: true })
    const rotate = 'mutation ($id: ID!) { rotateWebhookSecret(input: { id: $id, strategy: REPLACEMENT }) { __typename } }'
    const asked = gateway.ask(rotate, { id }).catch(() => null)
    await expect.poll(() => standIn.calls.slice(since).some(({ method }) => method === fault.method)).toBe(true)
    gateway.kill('SIGKILL')
    expect(await asked).toBeNull()
    standIn.heal()
    await standIn.settled()
    expect(await listActive()).toContainEqual({ id })
  })
})
