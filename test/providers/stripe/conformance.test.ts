import { stripe } from '../../../src/providers/stripe/index.ts'
import { describeWire } from '../../wire/wire.ts'
import { describeProvider } from '../conformance.ts'

describeProvider(stripe, {
  pastFirstPage: 'Stripe allows 100 webhooks and lists them on one page; its own test goes through pages.',
})
describeWire(stripe)
