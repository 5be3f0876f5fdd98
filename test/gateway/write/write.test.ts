import { describe, expect, it } from 'vitest'
import { isUnsupported } from '../../../src/provider/unsupported.ts'
import { providers } from '../../../src/providers/index.ts'
import { createLedger } from '../../../src/gateway/write/ledger.ts'
import { toDraft } from '../../helpers/draft.ts'
import { listLargeNames, measureKept } from '../../helpers/memory.ts'
import { openGateway, toAccount } from '../../helpers/gateway.ts'
import { openStandIn } from '../../helpers/stand-in.ts'

const create = `mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { __typename
  ... on CreateWebhookSuccess { signingSecret webhook { id } warnings { code } } ... on OutcomeUnknownError { candidates { id } }
  ... on ConflictError { existing { id } } } }`

async function open(name: string) {
  const provider = providers.find((each) => each.name === name)
  if (provider === undefined) throw new Error(`There is no provider ${name}.`)
  const standIn = await openStandIn(provider, { variant: name === 'verifik' ? 'A' : undefined })
  const { ask } = openGateway({ accounts: [toAccount(provider, standIn)] })
  const [eventType] = provider.eventTypes.known
  const input = { account: name, name: 'Twin', url: 'https://hooks.acme.test/twin', eventTypes: [eventType?.name ?? ''] }
  return { standIn, ask, create: async () => (await ask(create, { input })).data.createWebhook }
}

describe('the list before a create', () => {
  it('is never one that began earlier', async () => {
    const { standIn, create: make, ask } = await open('baanx')
    const { promise: mayAnswer, resolve: answerNow } = Promise.withResolvers<void>()
    standIn.fail({ effect: 'READ', when: 'after' }, () => mayAnswer)
    const early = ask('{ webhooks { totalCount } }')
    await expect.poll(() => standIn.calls.length).toBe(1)
    expect(await make()).toMatchObject({ __typename: 'CreateWebhookSuccess' })
    expect(standIn.calls.map(({ method }) => method)).toEqual(['GET', 'GET', 'POST'])
    answerNow()
    expect((await early).data.webhooks.totalCount).toBe(0)
  })
})

describe.each(['baanx', 'verifik'])('equal creates at one account of %s', (name) => {
  it('do not take each other for their own outcome when they come at the same time', async () => {
    const { standIn, create: make } = await open(name)
    standIn.fail({ method: 'POST', cut: 'connection', when: 'before' })
    const results = await Promise.all([make(), make()])
    expect(new Set(results.map(({ __typename }) => __typename))).toEqual(new Set(['CreateWebhookSuccess', 'OutcomeUnknownError']))
    expect(results.find(({ candidates }) => candidates !== undefined)).toMatchObject({ candidates: [] })
  })

  it('do not take the earlier one for the outcome of the later, though no list shows it yet', async () => {
    const { standIn, create: make } = await open(name)
    expect(await make()).toMatchObject({ __typename: 'CreateWebhookSuccess' })
    // The list before the second create is what the first one saw.
    standIn.fail({ effect: 'READ', stale: true })
    standIn.fail({ method: 'POST', cut: 'connection', when: 'before' })
    expect(await make()).toEqual({ __typename: 'OutcomeUnknownError', candidates: [] })
  })
})

describe('creates to one URL', () => {
  it('come one after the other, each with a list of its own before it', async () => {
    const { standIn, create: make } = await open('baanx')
    standIn.fail({ method: 'POST', when: 'after', delayMs: 300 })
    await Promise.all([make(), make()])
    expect(standIn.calls.map(({ method }) => method)).toEqual(['GET', 'POST', 'GET', 'POST'])
  })
})

describe('equal creates at one account of Baanx', () => {
  it('are each recovered with a webhook of their own', async () => {
    const { standIn, create: make } = await open('baanx')
    standIn.fail({ method: 'POST', path: '/webhooks', cut: 'connection', when: 'after' })
    const results = [await make()]
    standIn.fail({ method: 'POST', path: '/webhooks', cut: 'connection', when: 'after' })
    results.push(await make())
    expect(results).toMatchObject([{ warnings: [{ code: 'RECOVERED' }] }, { warnings: [{ code: 'RECOVERED' }] }])
    expect(new Set(results.map(({ webhook }) => webhook.id)).size).toBe(2)
    expect(new Set(results.map(({ signingSecret }) => signingSecret)).size).toBe(2)
  })
})

describe.each(providers)('a create at $displayName', (provider) => {
  const cases: [enabled: boolean | null | undefined, expected: boolean][] = [
    [undefined, true],
    [null, true],
    [true, true],
  ]
  if (!isUnsupported(provider.fields.enabled.onCreate)) cases.push([false, false])

  it.each(cases)('with enabled as %j makes a webhook that has it as %j', async (enabled, expected) => {
    const { ask } = openGateway({ accounts: [toAccount(provider, await openStandIn(provider))] })
    const input = { ...toDraft(provider, { name: 'New', url: 'https://hooks.acme.test/enabled' }), enabled }
    const made = await ask(create.replace('{ id }', '{ enabled }'), { input })
    expect(made.data.createWebhook.webhook).toEqual({ enabled: expected })
  })
})

describe('a ledger', () => {
  it('remembers the newest ten thousand webhooks that creates have made', () => {
    const account = createLedger().open('https://api.example/v1')
    for (let count = 0; count <= 10_000; count += 1) account.claim(String(count))
    expect(['0', '1', '10000'].map((id) => account.isClaimed(id))).toEqual([false, true, true])
  })

  it('keeps nothing of doubts that are over', async () => {
    let nowMs = 0
    const account = createLedger(() => nowMs).open('https://api.example/v1')
    const kept = await measureKept(() => {
      for (const id of listLargeNames(50)) {
        account.doubt(id)
        nowMs += 60_000
      }
    })
    expect(kept).toBeLessThan(10_000_000)
    account.doubt('new')
    expect(account.isInDoubt('new')).toBe(true)
  })
})

describe('a conflict', () => {
  it('names the webhook that is in the way, and none where it may be one of several', async () => {
    const { standIn, create: make } = await open('verifik')
    const conflict = { method: 'POST', status: 409, body: JSON.stringify({ code: 'Conflict', message: 'WEBHOOK_NAME_EXISTS' }) }
    const { webhook } = await make()
    standIn.fail(conflict)
    expect(await make()).toMatchObject({ __typename: 'ConflictError', existing: { id: webhook.id } })
    await make()
    standIn.fail(conflict)
    expect(await make()).toMatchObject({ __typename: 'ConflictError', existing: null })
  })
})
