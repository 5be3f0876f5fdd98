import { describe, expect, it } from 'vitest'
import { encrata } from '../../../src/providers/encrata/index.ts'
import { fingerprint } from '../../../src/providers/fingerprint/index.ts'
import { stripe } from '../../../src/providers/stripe/index.ts'
import type { Provider } from '../../../src/provider/provider.ts'
import { openGateway, toAccount } from '../../helpers/gateway.ts'
import { openStandIn } from '../../helpers/stand-in.ts'

const rest = '... on MutationPreview { warnings { code message } } ... on WebhookError { message }'
const create = `mutation ($input: CreateWebhookInput!) { result: createWebhook(input: $input) { __typename
  ... on CreateWebhookSuccess { webhook { id } warnings { code message } } ${rest} } }`
const update = `mutation ($input: UpdateWebhookInput!) { result: updateWebhook(input: $input) { __typename
  ... on UpdateWebhookSuccess { warnings { code message } } ${rest} } }`
const remove = `mutation ($input: DeleteWebhookInput!) { result: deleteWebhook(input: $input) { __typename
  ... on DeleteWebhookSuccess { warnings { code message } } ${rest} } }`
const rotate = `mutation ($input: RotateWebhookSecretInput!) { result: rotateWebhookSecret(input: $input) { __typename
  ... on RotateWebhookSecretSuccess { warnings { code message } plan { warnings { code message } } }
  ... on RotationPlan { warnings { code message } } ... on WebhookError { message } } }`
const verify = 'mutation ($id: ID!) { verifyWebhook(input: { id: $id }) { __typename } }'

async function open(provider: Provider) {
  const standIn = await openStandIn(provider)
  const { ask } = openGateway({ accounts: [toAccount(provider, standIn)] })
  const run = async (mutation: string, input: object) => (await ask(mutation, { input })).data.result
  return { standIn, ask, run }
}

const created = { account: 'encrata', name: 'First', url: 'https://hooks.acme.test/first', eventTypes: ['lookup.completed'] }

/** The codes of a preview, which the write had, word for word, too. */
function expectSame(preview: { warnings: { code: string }[] }, written: object): readonly string[] {
  expect(written).toMatchObject({ __typename: expect.stringContaining('Success'), warnings: preview.warnings })
  return preview.warnings.map(({ code }) => code)
}

describe('what a preview warns of comes with the write', () => {
  it('that creates a webhook and disables it', async () => {
    const { run } = await open(encrata)
    const input = { ...created, enabled: false }
    const preview = await run(create, { ...input, validateOnly: true })
    expect(expectSame(preview, await run(create, input))).toEqual(['SENDS_BEFORE_DISABLED'])
  })

  it('that deletes, but for one that was gone before', async () => {
    const { run } = await open(encrata)
    const { webhook } = await run(create, created)
    const preview = await run(remove, { ...webhook, validateOnly: true })
    expect(expectSame(preview, await run(remove, webhook))).toEqual(['LOSES_DELIVERY_HISTORY'])
    expect(await run(remove, webhook)).toEqual({ __typename: 'DeleteWebhookSuccess', warnings: [] })
  })

  it('that sets a URL, once, also where its answer is lost, and not where it is verified', async () => {
    const { run, ask, standIn } = await open(fingerprint)
    const { eventTypes: _, ...input } = { ...created, account: 'fingerprint' }
    const preview = await run(create, { ...input, validateOnly: true })
    const first = await run(create, input)
    expect(expectSame(preview, first)).toEqual(['VERIFICATION_REQUIRED'])

    const { id } = first.webhook
    standIn.fail({ method: 'PATCH', when: 'after', cut: 'connection' })
    const url = 'https://hooks.acme.test/moved'
    const { warnings } = await run(update, { id, url })
    expect(warnings).toMatchObject([...preview.warnings, { code: 'RECOVERED' }])
    await ask(verify, { id })
    expect(await run(update, { id, url })).not.toMatchObject({ warnings: [{ code: 'VERIFICATION_REQUIRED' }] })
  })

  it('that replaces a webhook without knowing whether it receives the events of connected accounts', async () => {
    const { run, standIn } = await open(stripe)
    const { webhook } = await run(create, { ...created, account: 'stripe', eventTypes: ['charge.refunded'] })
    const input = { ...webhook, strategy: 'REPLACEMENT' }
    const seen = standIn.calls.length
    const plan = await run(rotate, { ...input, validateOnly: true })
    expect(standIn.calls.slice(seen).filter(({ effect }) => effect === 'WRITE')).toEqual([])
    const rotated = await run(rotate, input)
    expect(expectSame(plan, rotated)).toEqual(['SETTINGS_NOT_SHOWN'])
    expect(plan.warnings[0].message).toMatch(/connect: true.*connected accounts.*Check in the Dashboard/)
    expect(rotated.plan).toEqual({ warnings: plan.warnings })
  })
})
