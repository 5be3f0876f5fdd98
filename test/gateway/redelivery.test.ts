import { expect, it } from 'vitest'
import { formatId } from '../../src/id.ts'
import type { Provider } from '../../src/provider/provider.ts'
import { isUnsupported, unsupported } from '../../src/provider/unsupported.ts'
import { baanx } from '../../src/providers/baanx/index.ts'
import { openGateway, toAccount } from '../helpers/gateway.ts'
import { openStandIn } from '../helpers/stand-in.ts'

const query = `mutation ($input: RedeliverEventInput!) { redeliverEvent(input: $input) {
  ... on RedeliverEventSuccess { webhookCount } ... on UnsupportedError { message path } } }`

async function open() {
  const { REDELIVER } = baanx.operations
  if (isUnsupported(REDELIVER)) throw new Error('Baanx resends events.')
  const toAll = unsupported('Resend to each webhook on its own.')
  const provider: Provider = { ...baanx, operations: { ...baanx.operations, REDELIVER: { ...REDELIVER, toAll } } }
  const standIn = await openStandIn(provider, { seeded: true })
  const { ask } = openGateway({ providers: [provider], accounts: [toAccount(provider, standIn)] })
  const { seededId: upstreamId, seededEventId: key = '' } = provider.sandbox
  const deliveryId = formatId({ kind: 'delivery', slug: 'baanx', upstreamId, key })
  const redeliver = async (allWebhooks: boolean) => (await ask(query, { input: { deliveryId, allWebhooks } })).data.redeliverEvent
  return { standIn, redeliver }
}

it('refuses to resend an event to all webhooks where the provider cannot, before any request', async () => {
  const { standIn, redeliver } = await open()
  expect(await redeliver(true)).toEqual({
    path: ['input', 'allWebhooks'],
    message: 'Baanx does not support allWebhooks. Resend to each webhook on its own.',
  })
  expect(standIn.calls).toEqual([])
})

it('resends an event to its own webhook where the provider cannot resend it to all', async () => {
  expect(await (await open()).redeliver(false)).toEqual({ webhookCount: 1 })
})
