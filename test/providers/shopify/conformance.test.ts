import { shopify } from '../../../src/providers/shopify/index.ts'
import { describeWire } from '../../wire/wire.ts'
import { describeProvider } from '../conformance.ts'

describeProvider(shopify, {
  pastFirstPage: 120,
  absentStatus: 200,
  withoutSecret: 'Shopify signs with the client secret of the app.',
})
describeWire(shopify)
