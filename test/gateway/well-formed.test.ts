import { expect, it } from 'vitest'
import { stripe } from '../../src/providers/stripe/index.ts'
import { openGateway, toAccount } from '../helpers/gateway.ts'
import { openStandIn } from '../helpers/stand-in.ts'

const half = 'a\uD83D'

it.each([
  ['name', { name: half }],
  ['eventTypes', { eventTypes: [half] }],
  ['options.stripe.metadata', { options: { stripe: { metadata: { team: half } } } }],
  ['options.stripe.metadata', { options: { stripe: { metadata: { [half]: 'team' } } } }],
] as const)('refuses half of a character in %s before any request: %j', async (path, more) => {
  const standIn = await openStandIn(stripe)
  const { ask } = openGateway({ accounts: [toAccount(stripe, standIn)] })
  const input = { account: 'stripe', url: 'https://hooks.acme.test/x', eventTypes: ['charge.failed'], ...more }
  const query = `mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { __typename
    ... on InvalidInputError { issues { path code } } } }`
  const { data } = await ask(query, { input })
  expect(data.createWebhook).toMatchObject({
    __typename: 'InvalidInputError',
    issues: [{ path: ['input', ...path.split('.')], code: 'INVALID' }],
  })
  expect(standIn.calls).toEqual([])
})
