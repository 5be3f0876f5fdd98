import { describe, expect, it } from 'vitest'
import type { AccountSettings } from '../../src/gateway/account.ts'
import { formatId } from '../../src/id.ts'
import { providers } from '../../src/providers/index.ts'
import type { StandIn } from '../../src/sandbox/server.ts'
import { openGateway, toAccount } from '../helpers/gateway.ts'
import { openStandIn } from '../helpers/stand-in.ts'

const errors = `... on WebhookError { __typename message retry upstream { status attempts account { slug } } } ... on InvalidInputError { issues { path code message } }
  ... on UnsupportedError { path } ... on LimitReachedError { limit } ... on OutcomeUnknownError { candidates { id } }`
const plan =
  'strategy verificationGap changesId duplicateDeliveries losesDeliveryHistory needsVerification graceSeconds requests { method body }'
const rotate = `mutation ($input: RotateWebhookSecretInput!) { rotateWebhookSecret(input: $input) {
  ... on RotateWebhookSecretSuccess { __typename signingSecret secretState webhook { id status secretHint } plan { ${plan} } warnings { code message } }
  ... on RotationPlan { __typename ${plan} } ${errors} } }`
const create = `mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) {
  ... on CreateWebhookSuccess { signingSecret secretState webhook { id upstreamId } } } }`
const list = '{ webhooks(first: 200) { nodes { id status secretHint } } }'
const verify = 'mutation ($id: ID!) { verifyWebhook(input: { id: $id }) { ... on VerifyWebhookSuccess { webhook { status } } } }'

const inputs: Readonly<Record<string, object>> = {
  baanx: { eventTypes: ['kyc.status.changed'] },
  encrata: { eventTypes: ['lookup.completed'] },
  fingerprint: {},
  verifik: {},
}
const ways: Readonly<Record<string, object>> = {
  baanx: {},
  encrata: { strategy: 'REPLACEMENT' },
  fingerprint: { strategy: 'REPLACEMENT' },
  verifik: {},
}
const names = Object.keys(inputs)

async function open(name: string, settings: Partial<AccountSettings> = {}) {
  const provider = providers.find((each) => each.name === name)
  if (provider === undefined) throw new Error(`There is no provider ${name}.`)
  const standIn = await openStandIn(provider)
  const { ask, logs } = openGateway({ accounts: [{ ...toAccount(provider, standIn), ...settings }] })
  const add = async (label = 'Rotated', more: object = {}) => {
    const url = `https://hooks.acme.test/${label}`
    const { data } = await ask(create, { input: { account: name, name: label, url, ...inputs[name], ...more } })
    const { id } = data.createWebhook.webhook
    if (name === 'fingerprint') await ask(verify, { id })
    return data.createWebhook
  }
  const run = async (input: object) => {
    const { data, errors } = await ask(rotate, { input })
    expect(errors).toBeUndefined()
    return data.rotateWebhookSecret
  }
  const readAll = async () => (await ask(list)).data.webhooks.nodes
  return { ask, logs, standIn, add, run, readAll }
}

function listWrites({ calls }: StandIn, start = 0): readonly string[] {
  return calls
    .slice(start)
    .filter(({ effect }) => effect === 'WRITE')
    .map(({ method }) => method)
}

const toId = (slug: string) => formatId({ kind: 'webhook', slug, upstreamId: '9b2e1c6a-3f57-4c0e-8c55-0d7f2a6b1e11' })

describe('a strategy', () => {
  it.each([
    ['encrata', /strategy REPLACEMENT.*Side effects.*ID changes.*twice.*delivery history/],
    ['fingerprint', /strategy REPLACEMENT.*Side effects.*ID changes.*twice.*verif/],
  ])('of %s must be asked for by name, whose price is told', async (name, message) => {
    const { run, standIn } = await open(name)
    expect(await run({ id: toId(name) })).toMatchObject({
      __typename: 'UnsupportedError',
      retry: 'AFTER_FIX',
      path: ['input', 'strategy'],
      message: expect.stringMatching(message),
    })
    expect(standIn.calls).toEqual([])
  })

  it.each([
    ['baanx', 'REPLACEMENT', 'PROVIDER'],
    ['verifik', 'PROVIDER', 'CALLER_CHOSEN'],
    ['encrata', 'CALLER_CHOSEN', 'REPLACEMENT'],
    ['fingerprint', 'PROVIDER', 'REPLACEMENT'],
  ])('that %s does not have is refused, and its own is named (%s)', async (name, strategy, own) => {
    const { run, standIn } = await open(name)
    expect(await run({ id: toId(name), strategy })).toMatchObject({
      __typename: 'UnsupportedError',
      retry: 'AFTER_FIX',
      path: ['input', 'strategy'],
      message: expect.stringContaining(own),
    })
    expect(standIn.calls).toEqual([])
  })

  it.each(['baanx', 'encrata', 'fingerprint'])('of %s takes no secret of the caller', async (name) => {
    const { run, standIn } = await open(name)
    const refused = await run({ id: toId(name), ...ways[name], newSecret: 'canary-of-the-caller' })
    expect(refused).toMatchObject({ __typename: 'UnsupportedError', retry: 'AFTER_FIX', path: ['input', 'newSecret'] })
    expect(JSON.stringify(refused)).not.toContain('canary')
    expect(standIn.calls).toEqual([])
  })

  it.each(names)('of %s lets nobody choose how long the old secret stays valid', async (name) => {
    const { run, standIn } = await open(name)
    for (const graceSeconds of [0, 3_600]) {
      expect(await run({ id: toId(name), ...ways[name], graceSeconds })).toMatchObject({
        __typename: 'UnsupportedError',
        retry: 'AFTER_FIX',
        path: ['input', 'graceSeconds'],
        message: expect.stringContaining('Omit graceSeconds'),
      })
    }
    expect(standIn.calls).toEqual([])
  })

  it.each([
    ['short', 'TOO_SMALL'],
    ['x'.repeat(257), 'TOO_BIG'],
    ['whk_****...****7f2a', 'MASKED_SECRET'],
  ])('of Verifik takes no secret that is too short, too long or a mask (%#)', async (newSecret, code) => {
    const { run, standIn } = await open('verifik')
    expect(await run({ id: toId('verifik'), newSecret })).toMatchObject({
      __typename: 'InvalidInputError',
      issues: [{ path: ['input', 'newSecret'], code }],
    })
    expect(standIn.calls).toEqual([])
  })
})

describe('a plan', () => {
  const inPlace = { changesId: false, duplicateDeliveries: false, losesDeliveryHistory: false, needsVerification: false }
  const replaced = { strategy: 'REPLACEMENT', changesId: true, duplicateDeliveries: true, graceSeconds: 0 }
  const gap = 'UNTIL_RECEIVER_UPDATED'
  it.each([
    ['baanx', {}, { ...inPlace, strategy: 'PROVIDER', verificationGap: gap, graceSeconds: 0 }, ['POST']],
    ['verifik', {}, { ...inPlace, strategy: 'CALLER_CHOSEN', verificationGap: gap, graceSeconds: null }, ['PUT']],
    ['verifik', { newSecret: 'known-beforehand' }, { ...inPlace, strategy: 'CALLER_CHOSEN', verificationGap: 'NONE' }, ['PUT']],
    ['encrata', {}, { ...replaced, losesDeliveryHistory: true, needsVerification: false }, ['POST', 'DELETE']],
    ['fingerprint', {}, { ...replaced, losesDeliveryHistory: false, needsVerification: true }, ['POST', 'POST', 'DELETE']],
  ])('at %s tells what comes with it, and writes nothing (%j)', async (name, more, expected, methods) => {
    const { add, run, readAll, standIn } = await open(name)
    const { webhook, signingSecret } = await add()
    const before = await readAll()
    const start = standIn.calls.length
    const planned = await run({ id: webhook.id, ...ways[name], ...more, validateOnly: true })
    expect(planned).toMatchObject({ __typename: 'RotationPlan', ...expected, requests: methods.map((method) => ({ method })) })
    expect(JSON.stringify(planned)).not.toContain(signingSecret)
    expect(JSON.stringify(planned)).not.toContain('known-beforehand')
    expect(listWrites(standIn, start)).toEqual([])
    expect(await readAll()).toEqual(before)
  })

  it.each(names)('at %s for a webhook that is not there is NotFoundError', async (name) => {
    const { run, standIn } = await open(name)
    for (const validateOnly of [true, false]) {
      expect(await run({ id: toId(name), ...ways[name], validateOnly })).toMatchObject({ __typename: 'NotFoundError' })
    }
    expect(listWrites(standIn)).toEqual([])
  })
})

describe('a rotation', () => {
  it.each(names)('at %s hands out a new secret once, and leaves one working webhook', async (name) => {
    const { add, run, readAll, logs, ask } = await open(name)
    const { webhook, signingSecret } = await add()
    const rotated = await run({ id: webhook.id, ...ways[name] })
    expect(rotated).toMatchObject({
      __typename: 'RotateWebhookSecretSuccess',
      secretState: 'HANDED_OUT',
      webhook: { status: 'ACTIVE' },
      warnings: [],
    })
    expect(rotated.signingSecret).toMatch(/.{12,}/)
    expect(rotated.signingSecret).not.toBe(signingSecret)
    expect(rotated.webhook.id === webhook.id).toBe(!rotated.plan.changesId)
    const { text } = await ask(list)
    expect(await readAll()).toMatchObject([{ id: rotated.webhook.id, status: 'ACTIVE' }])
    for (const each of [signingSecret, rotated.signingSecret]) expect(text + logs.join('\n')).not.toContain(each)
    expect(JSON.stringify(rotated.plan)).not.toContain(rotated.signingSecret)
  })

  it('at Baanx changes the hint', async () => {
    const { add, run, readAll } = await open('baanx')
    const { webhook } = await add()
    const [{ secretHint }] = await readAll()
    const rotated = await run({ id: webhook.id })
    expect(rotated.webhook.secretHint).toMatch(/\*/)
    expect(rotated.webhook.secretHint).not.toBe(secretHint)
    expect(rotated.webhook.secretHint.slice(-4)).toBe(rotated.signingSecret.slice(-4))
  })

  it('at Verifik takes a secret of the caller', async () => {
    const { add, run, standIn } = await open('verifik')
    const { webhook } = await add()
    const rotated = await run({ id: webhook.id, newSecret: 'known-beforehand' })
    expect(rotated).toMatchObject({ signingSecret: 'known-beforehand', plan: { verificationGap: 'NONE' } })
    expect(standIn.calls.findLast(({ method }) => method === 'PUT')?.body).toEqual({ secret: 'known-beforehand' })
  })

  it.each(['encrata', 'fingerprint'])('at %s keeps what is switched off switched off', async (name) => {
    const { add, run, readAll } = await open(name)
    const { webhook } = await add('Off', { enabled: false })
    expect(await run({ id: webhook.id, strategy: 'REPLACEMENT' })).toMatchObject({ webhook: { status: 'DISABLED' } })
    expect(await readAll()).toMatchObject([{ status: 'DISABLED' }])
  })

  it.each(names)('at %s takes its turn: of two at once, nobody makes a second twin', async (name) => {
    const { add, run, readAll, standIn } = await open(name)
    const { webhook } = await add()
    const start = standIn.calls.length
    const results = await Promise.all([1, 2].map(async () => run({ id: webhook.id, ...ways[name] })))
    const secrets = results.flatMap(({ signingSecret }) => signingSecret ?? [])
    const replaces = ways[name] !== undefined && 'strategy' in ways[name]
    expect(results.map(({ __typename }) => __typename)).toEqual([
      'RotateWebhookSecretSuccess',
      replaces ? 'NotFoundError' : 'RotateWebhookSecretSuccess',
    ])
    expect(new Set(secrets).size).toBe(secrets.length)
    expect(await readAll()).toHaveLength(1)
    expect(listWrites(standIn, start).length).toBe({ baanx: 2, verifik: 2, encrata: 2, fingerprint: 3 }[name])
  })
})

describe('a replacement', () => {
  it('at Fingerprint needs room for one more, and is refused before any write where there is none', async () => {
    const { add, run, readAll, standIn } = await open('fingerprint')
    const { webhook } = await add()
    for (const label of ['b', 'c', 'd', 'e']) await add(label)
    const before = await readAll()
    const start = standIn.calls.length
    for (const validateOnly of [true, false]) {
      expect(await run({ id: webhook.id, strategy: 'REPLACEMENT', validateOnly })).toMatchObject({
        __typename: 'LimitReachedError',
        limit: 5,
        message: expect.stringMatching(/needs one more.*maxWebhooks/),
      })
    }
    expect(listWrites(standIn, start)).toEqual([])
    expect(await readAll()).toEqual(before)
  })

  it('needs room beside webhooks that cannot be read', async () => {
    const { add, run, standIn } = await open('encrata', { maxWebhooks: 2 })
    const { webhook } = await add()
    const start = standIn.calls.length
    standIn.fail({ effect: 'READ', path: '?id=', delayMs: 0 })
    standIn.fail({ effect: 'READ', status: 200, body: '[{ "id": "one" }, { "id": "other" }]' })
    expect(await run({ id: webhook.id, strategy: 'REPLACEMENT' })).toMatchObject({ __typename: 'LimitReachedError', limit: 2 })
    expect(listWrites(standIn, start)).toEqual([])
  })

  it('counts on what the account is configured to take, and the provider has the last word', async () => {
    const { add, run, readAll } = await open('fingerprint', { maxWebhooks: 6 })
    const { webhook } = await add()
    for (const label of ['b', 'c', 'd', 'e']) await add(label)
    const before = await readAll()
    expect(await run({ id: webhook.id, strategy: 'REPLACEMENT', validateOnly: true })).toMatchObject({
      __typename: 'RotationPlan',
    })
    expect(await run({ id: webhook.id, strategy: 'REPLACEMENT' })).toMatchObject({
      __typename: 'UpstreamRejectedError',
      upstream: { status: 422 },
    })
    expect(await readAll()).toEqual(before)
  })

  it('whose twin cannot be verified keeps the old webhook and hands out the secret', async () => {
    const { add, run, readAll, standIn } = await open('fingerprint')
    const { webhook } = await add()
    standIn.fail({ method: 'POST', path: '/verification', status: 400, body: '{}' })
    const rotated = await run({ id: webhook.id, strategy: 'REPLACEMENT' })
    expect(rotated).toMatchObject({
      __typename: 'RotateWebhookSecretSuccess',
      signingSecret: expect.stringMatching(/.{12,}/),
      webhook: { status: 'PENDING_VERIFICATION' },
      warnings: [{ code: 'VERIFICATION_REQUIRED' }, { code: 'OLD_WEBHOOK_KEPT', message: expect.stringContaining(webhook.id) }],
    })
    const left = await readAll()
    expect(left).toHaveLength(2)
    expect(left).toContainEqual(expect.objectContaining({ id: webhook.id, status: 'ACTIVE' }))
  })

  it('whose twin came without a secret deletes the twin and leaves the old webhook', async () => {
    const unsigned = providers.find(({ name }) => name === 'fingerprint')
    if (unsigned === undefined) throw new Error('There is no Fingerprint.')
    const standIn = await openStandIn(unsigned, { variant: 'unsigned' })
    const { ask } = openGateway({ accounts: [toAccount(unsigned, standIn)] })
    const input = { account: 'fingerprint', name: 'Unsigned', url: 'https://hooks.acme.test/unsigned' }
    const { webhook, ...secret } = (await ask(create, { input })).data.createWebhook
    expect(secret).toEqual({ signingSecret: null, secretState: 'NONE' })
    const { data } = await ask(rotate, { input: { id: webhook.id, strategy: 'REPLACEMENT' } })
    expect(data.rotateWebhookSecret).toMatchObject({
      __typename: 'UpstreamRejectedError',
      message: expect.stringMatching(/no signing secret.*Nothing was changed/),
      upstream: { status: null, attempts: 1, account: { slug: 'fingerprint' } },
    })
    expect((await ask(list)).data.webhooks.nodes).toMatchObject([{ id: webhook.id }])
  })
})
