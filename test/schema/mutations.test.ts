import { describe, expect, it } from 'vitest'
import { formatId } from '../../src/id.ts'
import { providers } from '../../src/providers/index.ts'
import { openGateway, toAccount } from '../helpers/gateway.ts'
import { openStandIn } from '../helpers/stand-in.ts'

async function open() {
  const opened = await Promise.all(providers.map(async (provider) => ({ provider, standIn: await openStandIn(provider) })))
  const gateway = openGateway({ accounts: opened.map(({ provider, standIn }) => toAccount(provider, standIn)) })
  const calls = () => opened.flatMap(({ standIn }) => standIn.calls)
  const standIn = (name: string) => {
    const found = opened.find(({ provider }) => provider.name === name)
    if (found === undefined) throw new Error(`There is no stand-in ${name}.`)
    return found.standIn
  }
  return { ...gateway, calls, standIn }
}

const errorFields = `... on WebhookError { __typename message retry upstream { status } } ... on InvalidInputError { issues { path code message } }
  ... on UnsupportedError { path provider { name } }`
const create = `mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) {
  ... on CreateWebhookSuccess { __typename signingSecret warnings { code } webhook { id name eventTypes } } ${errorFields}
  ... on ConflictError { existing { id } } ... on LimitReachedError { limit } } }`
const update = `mutation ($input: UpdateWebhookInput!) { updateWebhook(input: $input) {
  ... on UpdateWebhookSuccess { __typename warnings { code } webhook { id name enabled } } ${errorFields} ... on ConflictError { existing { id } } } }`

const url = 'https://hooks.acme.test/x'
const inputs: Record<string, object> = {
  baanx: { account: 'baanx', name: 'x', url, eventTypes: ['kyc.status.changed'] },
  encrata: { account: 'encrata', name: 'x', url, eventTypes: ['lookup.completed'] },
  fingerprint: { account: 'fingerprint', name: 'x', url },
  verifik: { account: 'verifik', name: 'x', url },
}
const toId = (slug: string) => formatId({ kind: 'webhook', slug, upstreamId: '9b2e1c6a-3f57-4c0e-8c55-0d7f2a6b1e11' })

describe('an input', () => {
  it('may lack a name where the provider does without', async () => {
    const encrata = providers.find(({ name }) => name === 'encrata')
    if (encrata === undefined) throw new Error('There is no Encrata.')
    const nameless = { ...encrata, fields: { ...encrata.fields, name: { onCreate: 'OPTIONAL', onUpdate: 'OPTIONAL' } } } as const
    const standIn = await openStandIn(nameless)
    const { ask } = openGateway({
      providers: providers.map((each) => (each === encrata ? nameless : each)),
      accounts: [toAccount(nameless, standIn)],
    })
    const { data } = await ask(create, { input: { ...inputs['encrata'], name: undefined } })
    expect(data.createWebhook).toMatchObject({ __typename: 'CreateWebhookSuccess', webhook: { name: null } })
  })

  it('with null for what has a default means the default', async () => {
    const { ask } = await open()
    const { data } = await ask(create.replace('{ id name', '{ id enabled name'), {
      input: { ...inputs['encrata'], enabled: null, validateOnly: null },
    })
    expect(data.createWebhook).toMatchObject({ __typename: 'CreateWebhookSuccess', webhook: { enabled: true } })
    const { id } = data.createWebhook.webhook
    const changed = await ask(update, { input: { id, name: 'y', validateOnly: null } })
    expect(changed.data.updateWebhook).toMatchObject({ __typename: 'UpdateWebhookSuccess', webhook: { name: 'y' } })
  })

  const unsupported = [
    ['fingerprint', create, { ...inputs['fingerprint'], eventTypes: ['x'] }, ['input', 'eventTypes']],
    ['fingerprint', update, { id: toId('fingerprint'), eventTypes: ['x'] }, ['input', 'eventTypes']],
    [
      'verifik',
      create,
      { ...inputs['verifik'], options: { verifik: { unlinkProjectFlowIds: ['a'] } } },
      ['input', 'options', 'verifik', 'unlinkProjectFlowIds'],
    ],
  ] as const
  it.each(unsupported)('with a field that %s lacks is UnsupportedError', async (provider, mutation, input, path) => {
    const { ask, calls } = await open()
    const { data } = await ask(mutation, { input })
    expect(Object.values(data)).toMatchObject([
      { __typename: 'UnsupportedError', retry: 'AFTER_FIX', path, provider: { name: provider.toUpperCase() }, upstream: null },
    ])
    expect(calls()).toEqual([])
  })

  it('takes null where null is a value', async () => {
    const { ask } = await open()
    const options = { fingerprint: { environmentId: 'env_1' } }
    const { id } = (await ask(create, { input: { ...inputs['fingerprint'], options } })).data.createWebhook.webhook
    expect(
      (await ask(update, { input: { id, options: { fingerprint: { environmentId: null } } } })).data.updateWebhook.__typename,
    ).toBe('UpdateWebhookSuccess')
    const read = await ask('query ($id: ID!) { webhook(id: $id) { ... on FingerprintWebhook { environmentId } } }', { id })
    expect(read.data.webhook).toEqual({ environmentId: null })
  })

  it('names an account that is not there', async () => {
    const { ask, calls } = await open()
    const { data } = await ask(create, { input: { ...inputs['baanx'], account: 'nobody' } })
    expect(data.createWebhook).toMatchObject({
      __typename: 'NotFoundError',
      message: expect.stringContaining(providers.map(({ name }) => name).join(', ')),
      upstream: null,
    })
    expect(calls()).toEqual([])
  })

  it('with two keys of options is a request error before any resolver', async () => {
    const { ask, calls } = await open()
    const { data, errors } = await ask(create, {
      input: { ...inputs['baanx'], options: { baanx: { metadata: {} }, verifik: {} } },
    })
    expect(data).toBeUndefined()
    expect(errors).toHaveLength(1)
    expect(calls()).toEqual([])
  })
})

describe('a private target', () => {
  it('is taken where that is allowed, and refused on updates and previews too where it is not', async () => {
    const verifik = providers.find(({ name }) => name === 'verifik')
    if (verifik === undefined) throw new Error('There is no Verifik.')
    const standIn = await openStandIn(verifik)
    const accounts = [toAccount(verifik, standIn)]
    const open = openGateway({ accounts, allowPrivateTargets: true })
    const input = { ...inputs['verifik'], url: 'https://10.0.0.1/hooks' }
    const { id } = (await open.ask(create, { input })).data.createWebhook.webhook
    const { ask } = openGateway({ accounts })
    const start = standIn.calls.length
    for (const validateOnly of [true, false]) {
      const changed = await ask(update, { input: { id, url: 'https://127.1/', validateOnly } })
      expect(changed.data.updateWebhook).toMatchObject({ issues: [{ path: ['input', 'url'], code: 'PRIVATE_TARGET' }] })
    }
    expect(standIn.calls).toHaveLength(start)
    expect((await ask(update, { input: { id, name: 'Renamed' } })).data.updateWebhook.__typename).toBe('UpdateWebhookSuccess')
  })
})

describe('the URL of a webhook', () => {
  it.each(Object.keys(inputs))('is sent and previewed in its normal form, by creates and updates (%s)', async (slug) => {
    const { ask, standIn } = await open()
    const spelled = 'HTTPS://Hooks。ACME.test%2e:0443/a/../%78?q=é'
    const normal = 'https://hooks.acme.test/%78?q=%C3%A9'
    const input = { ...inputs[slug], url: spelled }
    const { id } = (await ask(create, { input })).data.createWebhook.webhook
    expect((await ask('query ($id: ID!) { node(id: $id) { ... on Webhook { url } } }', { id })).data.node.url).toBe(normal)
    const changed = { id, url: `${spelled}2` }
    const preview = `mutation ($input: UpdateWebhookInput!) { updateWebhook(input: $input) { ... on MutationPreview { requests { body } } } }`
    const shown = await ask(preview, { input: { ...changed, validateOnly: true } })
    expect(shown.text).toContain(`${normal}2`)
    expect((await ask(update, { input: changed })).data.updateWebhook.__typename).toBe('UpdateWebhookSuccess')
    const sent = standIn(slug).calls.flatMap(({ text, effect }) => (effect === 'READ' ? [] : [text]))
    expect(sent).toHaveLength(2)
    for (const text of [...sent, shown.text]) expect(text).not.toMatch(/HTTPS:|ACME|é/)
  })
})

describe('createWebhook', () => {
  it.each(Object.keys(inputs))('looks at the account and makes exactly one write (%s)', async (slug) => {
    const { ask, calls } = await open()
    expect((await ask(create, { input: inputs[slug] })).data.createWebhook.__typename).toBe('CreateWebhookSuccess')
    expect(calls()).toMatchObject([{ method: 'GET' }, { method: 'POST' }])
  })

  it('trims the name and names an event type once', async () => {
    const { ask } = await open()
    const { data } = await ask(create, {
      input: { ...inputs['baanx'], name: '  Trimmed ', eventTypes: ['card.*', 'card.*', '*'] },
    })
    expect(data.createWebhook.webhook).toMatchObject({ name: 'Trimmed', eventTypes: ['card.*', '*'] })
  })

  it('tells that a Fingerprint webhook has to be verified', async () => {
    const { ask } = await open()
    const { data } = await ask(create, { input: inputs['fingerprint'] })
    expect(data.createWebhook.warnings).toEqual([{ code: 'VERIFICATION_REQUIRED' }])
  })

  it('shows the webhook whose name is in the way', async () => {
    const { ask } = await open()
    const first = (await ask(create, { input: inputs['verifik'] })).data.createWebhook
    const second = (await ask(create, { input: { ...inputs['verifik'], url: `${url}/2` } })).data.createWebhook
    expect(second).toMatchObject({ __typename: 'ConflictError', retry: 'AFTER_FIX', existing: { id: first.webhook.id } })
  })

  it('shows the limit that is reached', async () => {
    const { ask } = await open()
    for (let count = 0; count < 5; count += 1) await ask(create, { input: { ...inputs['baanx'], name: `x${count}` } })
    expect((await ask(create, { input: inputs['baanx'] })).data.createWebhook).toMatchObject({
      __typename: 'LimitReachedError',
      limit: 5,
    })
  })

  it('takes a secret of the caller and hands it back once', async () => {
    const { ask, standIn } = await open()
    const options = { verifik: { secret: 'canary-secret-of-the-caller' } }
    const { data } = await ask(create, { input: { ...inputs['verifik'], options } })
    expect(data.createWebhook.signingSecret).toBe('canary-secret-of-the-caller')
    expect(standIn('verifik').calls.at(-1)).toMatchObject({ body: { secret: 'canary-secret-of-the-caller' } })
  })

  it('keeps a Baanx 503 "not configured" apart from an outage', async () => {
    const { ask, standIn } = await open()
    standIn('baanx').fail({
      method: 'POST',
      status: 503,
      body: '{"message":"Notification service is not configured for this environment"}',
    })
    const { data } = await ask(create, { input: inputs['baanx'] })
    expect(data.createWebhook).toMatchObject({
      __typename: 'UpstreamUnavailableError',
      retry: 'AFTER_FIX',
      upstream: { status: 503 },
    })
  })
})

describe('a whole operation', () => {
  it('runs its mutations one after the other', async () => {
    const { ask } = await open()
    const { data } = await ask(
      'mutation ($a: CreateWebhookInput!, $b: CreateWebhookInput!) { a: createWebhook(input: $a) { __typename } b: createWebhook(input: $b) { __typename } }',
      { a: inputs['verifik'], b: inputs['verifik'] },
    )
    expect(data).toEqual({ a: { __typename: 'CreateWebhookSuccess' }, b: { __typename: 'ConflictError' } })
  })
})
