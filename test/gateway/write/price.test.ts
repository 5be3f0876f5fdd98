import { describe, expect, it } from 'vitest'
import type { Provider } from '../../../src/provider/provider.ts'
import { baanx } from '../../../src/providers/baanx/index.ts'
import { verifik } from '../../../src/providers/verifik/index.ts'
import { openGateway, toAccount } from '../../helpers/gateway.ts'
import { openStandIn } from '../../helpers/stand-in.ts'

const price = { changesId: false, duplicateDeliveries: false, losesDeliveryHistory: false, needsVerification: true }

/** A provider whose rotation in place has this price and leaves the old secret valid for an hour. */
function withPrice(provider: Provider): Provider {
  const { ROTATE_SECRET: rotation } = provider.operations
  if (rotation.support === 'UNSUPPORTED' || rotation.strategy === 'REPLACEMENT') throw new Error('It rotates in place.')
  return { ...provider, operations: { ...provider.operations, ROTATE_SECRET: { ...rotation, price, graceSeconds: 3_600 } } }
}

describe.each([baanx, verifik].map(withPrice))('a rotation in place, at $displayName', (provider) => {
  it('shows its price and for how long the old secret stays valid, before and after', async () => {
    const standIn = await openStandIn(provider)
    const { gateway } = openGateway({ providers: [provider], accounts: [toAccount(provider, standIn)] })
    const eventTypes = provider.eventTypes.known.slice(0, 1).map(({ name }) => name)
    const { webhook } = await gateway.create({
      account: provider.name,
      name: 'Orders',
      url: 'https://hooks.acme.test/orders',
      eventTypes,
    })
    const { ROTATE_SECRET: rotation } = provider.operations
    if (rotation.support === 'UNSUPPORTED') throw new Error(rotation.note)
    const asked = { id: webhook.id, strategy: rotation.strategy }
    const expected = { ...price, graceSeconds: 3_600, verificationGap: 'NONE' }
    expect(await gateway.previewRotation(asked)).toMatchObject(expected)
    expect((await gateway.rotateSecret(asked)).plan).toMatchObject(expected)
  })
})
