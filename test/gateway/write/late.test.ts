import { describe, expect, it } from 'vitest'
import { formatId } from '../../../src/id.ts'
import type { Provider } from '../../../src/provider/provider.ts'
import { isUnsupported } from '../../../src/provider/unsupported.ts'
import { providers } from '../../../src/providers/index.ts'
import { createLedger } from '../../../src/gateway/write/ledger.ts'
import { fits } from '../../hands/call.ts'
import { getWays } from '../../hands/hands.ts'
import { hasNames, toDraft } from '../../helpers/draft.ts'
import { openGateway, toAccount } from '../../helpers/gateway.ts'
import { openStandIn, repeatCall } from '../../helpers/stand-in.ts'

const create = `mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { ... on CreateWebhookSuccess { webhook { id } } } }`
const update = `mutation ($input: UpdateWebhookInput!) { updateWebhook(input: $input) { __typename
  ... on UpdateWebhookSuccess { webhook { name } warnings { code } } ... on WebhookError { message retry }
  ... on OutcomeUnknownError { candidates { id } } } }`
const remove = 'mutation ($id: ID!) { deleteWebhook(input: { id: $id }) { ... on DeleteWebhookSuccess { warnings { code } } } }'
const rotate = `mutation ($input: RotateWebhookSecretInput!) { rotateWebhookSecret(input: $input) { __typename
  ... on RotateWebhookSecretSuccess { signingSecret warnings { code } webhook { id } } ... on WebhookError { message retry }
  ... on ConflictError { existing { enabled } } ... on OutcomeUnknownError { candidates { id secretHint } } } }`
const verify = 'mutation ($id: ID!) { verifyWebhook(input: { id: $id }) { __typename } }'
const list = '{ webhooks { nodes { id name enabled secretHint } } }'

function getProvider(name: string): Provider {
  const provider = providers.find((each) => each.name === name)
  if (provider === undefined) throw new Error(`There is no provider ${name}.`)
  return provider
}

/** One webhook, and two processes that manage it. */
async function open(name: string, looksMs: readonly number[] = [0, 20, 20]) {
  const provider = getProvider(name)
  const standIn = await openStandIn(provider)
  const input = toDraft(provider, { name: 'First', url: 'https://hooks.acme.test/late' })
  const openOne = () => openGateway({ accounts: [toAccount(provider, standIn)], ledger: createLedger(), looksMs })
  const [one, other] = [openOne(), openOne()]
  const { id } = (await one.ask(create, { input })).data.createWebhook.webhook
  if (provider.operations.VERIFY.support !== 'UNSUPPORTED') await one.ask(verify, { id })
  return { standIn, one, other, id: id as string }
}

const read = 'query ($id: ID!) { webhook(id: $id) { ... on Webhook { upstreamId } } }'

describe.each(providers.filter(hasNames))('an update at $displayName', ({ name: provider }) => {
  const { own } = getWays({ name: provider })
  const [target] = own.update
  const [deletion] = own.delete

  it('is not sent again when its answer is lost, and is told as unknown when it is not in effect', async () => {
    const { standIn, one, id } = await open(provider)
    standIn.fail({ ...target, cut: 'connection', when: 'before' })
    const { data } = await one.ask(update, { input: { id, name: 'Second' } })
    expect(data.updateWebhook).toMatchObject({
      __typename: 'OutcomeUnknownError',
      retry: 'CHECK_FIRST',
      message: expect.stringMatching(/not in effect.*not retried/),
      candidates: [{ id }],
    })
    expect(standIn.calls.filter((call) => fits(call, own.update))).toHaveLength(1)
  })

  const [, other] = getProvider(provider).eventTypes.known
  const { fields } = getProvider(provider)
  const changes = [
    { url: 'https://hooks.acme.test/other' },
    ...(isUnsupported(fields.enabled.onUpdate) ? [] : [{ enabled: false }]),
    ...(other === undefined || isUnsupported(fields.eventTypes.onUpdate) ? [] : [{ eventTypes: [other.name] }]),
  ]
  it.each(changes)('is not told as in effect when its answer is lost before it is carried out: %j', async (changed) => {
    const { standIn, one, id } = await open(provider)
    standIn.fail({ ...target, cut: 'connection', when: 'before' })
    const { data } = await one.ask(update, { input: { id, ...changed } })
    expect(data.updateWebhook).toMatchObject({ __typename: 'OutcomeUnknownError', candidates: [{ id }] })
  })

  it('is read back with patience: what shows up late is a success', async () => {
    const { standIn, one, id } = await open(provider)
    await one.ask('query ($id: ID!) { webhook(id: $id) { __typename } }', { id })
    standIn.fail({ ...target, cut: 'connection', when: 'after', staleReads: 2 })
    const { data } = await one.ask(update, { input: { id, name: 'Second' } })
    expect(data.updateWebhook).toMatchObject({ webhook: { name: 'Second' }, warnings: [{ code: 'RECOVERED' }] })
    expect(standIn.calls.filter((call) => fits(call, own.update))).toHaveLength(1)
  })

  it('warns of a removal that was never answered', async () => {
    const { standIn, one, id } = await open(provider)
    for (let sends = 0; sends < 3; sends += 1) standIn.fail({ ...deletion, cut: 'connection', when: 'before' })
    expect((await one.ask(remove, { id })).data.deleteWebhook).toEqual({})
    expect(standIn.calls.filter((call) => fits(call, own.delete))).toHaveLength(3)
    const { data } = await one.ask(update, { input: { id, name: 'Second' } })
    expect(data.updateWebhook).toMatchObject({ webhook: { name: 'Second' }, warnings: [{ code: 'EARLIER_WRITE_UNRESOLVED' }] })
  })

  it('without an answer has later writes to its webhook warn of it, and those to others not', async () => {
    const { standIn, one, id } = await open(provider)
    standIn.fail({ ...target, cut: 'connection', when: 'before' })
    await one.ask(update, { input: { id, name: 'Second' } })
    const { data } = await one.ask(update, { input: { id, name: 'Third' } })
    expect(data.updateWebhook).toMatchObject({ webhook: { name: 'Third' }, warnings: [{ code: 'EARLIER_WRITE_UNRESOLVED' }] })
    const removed = await one.ask(remove, { id })
    const lost = provider === 'encrata' ? [{ code: 'LOSES_DELIVERY_HISTORY' }] : []
    expect(removed.data.deleteWebhook.warnings).toEqual([...lost, { code: 'EARLIER_WRITE_UNRESOLVED' }])
  })
})

describe('an update of nothing but options, whose answer is lost before it is carried out', () => {
  it.each([
    ['baanx', { metadata: { team: 'cards' } }],
    ['fingerprint', { environmentId: 'ae_other' }],
    ['verifik', { description: 'Another' }],
    ['verifik', { linkProjectFlowIds: ['flow-2'] }],
    ['verifik', { unlinkProjectFlowIds: ['flow-1'] }],
    ['verifik', { secret: 'another-secret' }],
  ])('is not told as in effect at %s: %j', async (name, changed) => {
    const { standIn, one } = await open(name)
    const [eventType] = getProvider(name).eventTypes.known
    const eventTypes = name === 'fingerprint' ? {} : { eventTypes: [eventType?.name] }
    const given = { account: name, name: 'Second', url: 'https://hooks.acme.test/options', ...eventTypes }
    const options = name === 'verifik' ? { options: { verifik: { linkProjectFlowIds: ['flow-1'] } } } : {}
    const { id } = (await one.ask(create, { input: { ...given, ...options } })).data.createWebhook.webhook
    standIn.fail({ ...getWays({ name }).own.update[0], cut: 'connection', when: 'before' })
    const { data } = await one.ask(update, { input: { id, options: { [name]: changed } } })
    expect(data.updateWebhook).toMatchObject({ __typename: 'OutcomeUnknownError', candidates: [{ id }] })
  })
})

describe('what calls the endpoint of a webhook, soon after an update without an answer', () => {
  const earlier = [{ code: 'EARLIER_WRITE_UNRESOLVED' }]
  const lose = { method: 'PUT', cut: 'connection', when: 'before' } as const

  it.each([
    ['fingerprint', 'verifyWebhook'],
    ['fingerprint', 'testWebhook'],
    ['encrata', 'testWebhook'],
  ])('warns of it: at %s, %s', async (name, field) => {
    const { standIn, one, id } = await open(name)
    if (name === 'fingerprint') await one.ask(update, { input: { id, url: 'https://hooks.acme.test/unverified' } })
    const type = `${field.charAt(0).toUpperCase()}${field.slice(1)}Success`
    const call = `mutation ($id: ID!) { ${field}(input: { id: $id }) { ... on ${type} { warnings { code } } } }`
    standIn.fail({ ...lose, ...getWays({ name }).own.update[0] })
    await one.ask(update, { input: { id, name: 'Second' } })
    expect((await one.ask(call, { id })).data).toEqual({ [field]: { warnings: earlier } })
  })

  it('warns of it in a redelivery that names the webhook, and in no other', async () => {
    const provider = getProvider('baanx')
    const standIn = await openStandIn(provider, { seeded: true })
    const { ask } = openGateway({ accounts: [toAccount(provider, standIn)], ledger: createLedger() })
    const { seededId: upstreamId, seededEventId: key } = provider.sandbox
    if (key === undefined) throw new Error('The stand-in has no event.')
    const id = formatId({ kind: 'webhook', slug: 'baanx', upstreamId })
    const deliveryId = formatId({ kind: 'delivery', slug: 'baanx', upstreamId, key })
    const redeliver = `mutation ($input: RedeliverEventInput!) { redeliverEvent(input: $input) {
      ... on RedeliverEventSuccess { warnings { code } } } }`
    standIn.fail(lose)
    await ask(update, { input: { id, name: 'Second' } })
    expect((await ask(redeliver, { input: { deliveryId } })).data.redeliverEvent).toEqual({ warnings: earlier })
    expect((await ask(redeliver, { input: { deliveryId, allWebhooks: true } })).data.redeliverEvent).toEqual({ warnings: [] })
  })

  it('does not take an event that is not found for a webhook that may be there', async () => {
    const { standIn, one, id } = await open('baanx')
    const redeliver = `mutation ($input: RedeliverEventInput!) { redeliverEvent(input: $input) { __typename } }`
    standIn.fail(lose)
    await one.ask(update, { input: { id, name: 'Second' } })
    const { upstreamId } = (await one.ask(read, { id })).data.webhook
    const deliveryId = formatId({ kind: 'delivery', slug: 'baanx', upstreamId, key: 'none' })
    const { data } = await one.ask(redeliver, { input: { deliveryId } })
    expect(data.redeliverEvent).toEqual({ __typename: 'NotFoundError' })
  })

  it.each(['fingerprint', 'encrata'])('does not believe at %s without the list that the webhook is gone', async (name) => {
    const { standIn, one, id } = await open(name)
    const test = `mutation ($id: ID!) { testWebhook(input: { id: $id }) { __typename ... on OutcomeUnknownError { candidates { id } } } }`
    standIn.fail({ ...lose, ...getWays({ name }).own.update[0] })
    await one.ask(update, { input: { id, name: 'Second' } })
    const body = JSON.stringify(getProvider(name).sandbox.refusals.unknownPath().body)
    standIn.fail({ method: name === 'fingerprint' ? 'GET' : 'POST', status: 404, body })
    expect((await one.ask(test, { id })).data.testWebhook).toEqual({ __typename: 'OutcomeUnknownError', candidates: [{ id }] })
  })
})

describe('a create at Encrata whose second call has no answer', () => {
  it('has later writes to its webhook warn of it', async () => {
    const { standIn, one } = await open('encrata')
    standIn.fail({ method: 'PUT', cut: 'connection', when: 'before' })
    const input = { account: 'encrata', name: 'Disabled', url: 'https://hooks.acme.test/off', enabled: false }
    const made = await one.ask(create, { input: { ...input, eventTypes: ['lookup.completed'] } })
    const { id } = made.data.createWebhook.webhook
    const { data } = await one.ask(update, { input: { id, name: 'Renamed' } })
    expect(data.updateWebhook).toMatchObject({ webhook: { name: 'Renamed' }, warnings: [{ code: 'EARLIER_WRITE_UNRESOLVED' }] })
  })
})

describe('the doubt that a lost answer leaves', () => {
  it('ends after a minute, and is about one webhook of one upstream account', () => {
    const clock = { now: 0 }
    const ledger = createLedger(() => clock.now)
    const account = ledger.open('https://api.example/v1/')
    account.doubt('a')
    expect(ledger.open('https://API.example/v1').isInDoubt('a')).toBe(true)
    expect(account.isInDoubt('b')).toBe(false)
    expect(ledger.open('https://api.example/v2').isInDoubt('a')).toBe(false)
    clock.now += 59_999
    expect(account.isInDoubt('a')).toBe(true)
    clock.now += 1
    expect(account.isInDoubt('a')).toBe(false)
  })
})

describe('a rotation without an answer', () => {
  it('at Baanx leaves alone what another process has rotated meanwhile', async () => {
    const { standIn, one, other, id } = await open('baanx', [200])
    standIn.fail({ method: 'POST', path: '/rotate-key', cut: 'connection', when: 'before' })
    const lost = one.ask(rotate, { input: { id } })
    await expect.poll(() => standIn.calls.filter(({ path }) => path.endsWith('/rotate-key')).length).toBe(1)
    const theirs = (await other.ask(rotate, { input: { id } })).data.rotateWebhookSecret
    expect((await lost).data.rotateWebhookSecret).toMatchObject({
      __typename: 'OutcomeUnknownError',
      message: expect.stringMatching(/or someone else/),
    })
    const [{ secretHint }] = (await one.ask(list)).data.webhooks.nodes
    expect(secretHint.slice(-4)).toBe(theirs.signingSecret.slice(-4))
    expect(standIn.calls.filter(({ path }) => path.endsWith('/rotate-key'))).toHaveLength(2)
  })

  it('has later writes to its webhook warn of it', async () => {
    const { standIn, one, id } = await open('baanx')
    standIn.fail({ method: 'POST', path: '/rotate-key', cut: 'connection', when: 'before' })
    expect((await one.ask(rotate, { input: { id } })).data.rotateWebhookSecret.__typename).toBe('OutcomeUnknownError')
    const { data } = await one.ask(update, { input: { id, name: 'Second' } })
    expect(data.updateWebhook).toMatchObject({ webhook: { name: 'Second' }, warnings: [{ code: 'EARLIER_WRITE_UNRESOLVED' }] })
  })

  it('at Verifik is done where the new secret shows', async () => {
    const { standIn, one, id } = await open('verifik')
    standIn.fail({ method: 'PUT', cut: 'connection', when: 'after' })
    const { data } = await one.ask(rotate, { input: { id } })
    expect(data.rotateWebhookSecret).toMatchObject({
      __typename: 'RotateWebhookSecretSuccess',
      warnings: [{ code: 'RECOVERED' }],
    })
    expect(standIn.calls.filter(({ method }) => method === 'PUT')).toHaveLength(1)
  })
})

describe.each(['encrata', 'fingerprint'])('a replacement at %s', (name) => {
  it('gives up, its new webhook deleted, when another process changes the old one meanwhile', async () => {
    const { standIn, one, other, id } = await open(name)
    standIn.fail({ method: 'POST', when: 'after' }, () => other.ask(update, { input: { id, enabled: false } }))
    const { data } = await one.ask(rotate, { input: { id, strategy: 'REPLACEMENT' } })
    expect(data.rotateWebhookSecret).toMatchObject({
      __typename: 'ConflictError',
      existing: { enabled: false },
      message: expect.stringMatching(/changed while it was being replaced.*was removed/),
    })
    expect((await one.ask(list)).data.webhooks.nodes).toMatchObject([{ id, enabled: false }])
  })

  it('gives up, its new webhook deleted, when another process deletes the old one meanwhile', async () => {
    const { standIn, one, other, id } = await open(name)
    standIn.fail({ method: 'POST', when: 'after' }, () => other.ask(remove, { id }))
    const { data } = await one.ask(rotate, { input: { id, strategy: 'REPLACEMENT' } })
    expect(data.rotateWebhookSecret).toMatchObject({
      __typename: 'NotFoundError',
      message: expect.stringMatching(/deleted while it was being replaced.*was removed/),
    })
    expect((await one.ask(list)).data.webhooks.nodes).toEqual([])
  })

  it('keeps the old one where it cannot be read again before it is deleted', async () => {
    const { standIn, one, id } = await open(name)
    const { upstreamId } = (await one.ask(read, { id })).data.webhook
    standIn.fail({ effect: 'READ', path: upstreamId, delayMs: 0 })
    standIn.fail({ effect: 'READ', path: upstreamId, status: 500, body: '' })
    const { data } = await one.ask(rotate, { input: { id, strategy: 'REPLACEMENT' } })
    expect(data.rotateWebhookSecret.warnings).toContainEqual({ code: 'OLD_WEBHOOK_KEPT' })
    expect((await one.ask(list)).data.webhooks.nodes.map(({ id }: { id: string }) => id)).toContain(id)
  })
})

describe('a replacement whose new webhook has other settings', () => {
  it('keeps the old one', async () => {
    const { standIn, one, id } = await open('encrata')
    const start = standIn.calls.length
    standIn.fail({ method: 'POST', when: 'after' }, async () => {
      const seen = standIn.calls.slice(start).find(({ path }) => path.endsWith('/webhooks'))
      const records = seen && (await repeatCall(standIn, seen))
      const { upstreamId } = (await one.ask(read, { id })).data.webhook
      const made = Array.isArray(records) && records.find((each) => each.id !== upstreamId)
      standIn.fail({ effect: 'READ', status: 200, body: JSON.stringify({ ...made, description: 'Another' }) })
    })
    const { data } = await one.ask(rotate.replace('{ code }', '{ code message }'), { input: { id, strategy: 'REPLACEMENT' } })
    expect(data.rotateWebhookSecret.warnings).toEqual([
      { code: 'OLD_WEBHOOK_KEPT', message: expect.stringContaining('does not have the same settings') },
    ])
    expect((await one.ask(list)).data.webhooks.nodes).toHaveLength(2)
  })
})
