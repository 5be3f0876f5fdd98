import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { getRepeat } from '../../../src/gateway/write/recover.ts'
import type { Provider } from '../../../src/provider/provider.ts'
import { providers } from '../../../src/providers/index.ts'
import type { StandIn } from '../../../src/sandbox/server.ts'
import { createLedger } from '../../../src/gateway/write/ledger.ts'
import { toDraft } from '../../helpers/draft.ts'
import { type GatewayOptions, openGateway, toAccount } from '../../helpers/gateway.ts'
import { openStandIn, repeatCall } from '../../helpers/stand-in.ts'

const create = `mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { __typename
  ... on CreateWebhookSuccess { signingSecret webhook { id upstreamId secretHint raw ... on BaanxWebhook { metadata maskedApiKey } } warnings { code } }
  ... on WebhookError { message retry } ... on InvalidInputError { issues { path message } }
  ... on OutcomeUnknownError { candidates { id upstreamId secretHint } } } }`
const update = `mutation ($input: UpdateWebhookInput!) { updateWebhook(input: $input) { __typename
  ... on InvalidInputError { issues { path } } } }`
const list = '{ webhooks { nodes { id secretHint raw ... on BaanxWebhook { metadata } } } }'

function getProvider(name: string): Provider {
  const provider = providers.find((each) => each.name === name)
  if (provider === undefined) throw new Error(`There is no provider ${name}.`)
  return provider
}

/** Two processes over one upstream account: they know nothing of each other. Verifik in a variant that takes equal names. */
async function open(name: string, variant?: string, more: Partial<GatewayOptions> = {}) {
  const provider = getProvider(name)
  const standIn = await openStandIn(provider, { variant })
  const input = toDraft(provider, { name: 'Equal', url: 'https://hooks.acme.test/equal' })
  const [one, other] = [createLedger(), createLedger()].map((ledger) => {
    const { ask } = openGateway({ accounts: [toAccount(provider, standIn)], ledger, ...more })
    return {
      ask,
      create: async (more: object = {}) => (await ask(create, { input: { ...input, ...more } })).data.createWebhook,
    }
  })
  if (one === undefined || other === undefined) throw new Error('There are two gateways.')
  return { standIn, one, other, input }
}

function listWrites({ calls }: StandIn): readonly string[] {
  const writes = calls.filter(({ effect }) => effect === 'WRITE')
  return writes.map(({ method, path, field }) => [method, path, ...(field === null ? [] : [field])].join(' '))
}

const unrepeatable = providers.filter((provider) => getRepeat(provider) === undefined)
describe.each(unrepeatable)('a create at $displayName whose answer is lost before it is carried out', ({ name }) => {
  it('hands out nothing of an equal one that another process makes meanwhile, and leaves it alone', async () => {
    const { standIn, one, other } = await open(name, name === 'verifik' ? 'A' : undefined)
    // The other one comes after the list of this one, and before its own looks.
    const strangers = Promise.withResolvers<Awaited<ReturnType<typeof other.create>>>()
    standIn.fail({ effect: 'WRITE', cut: 'connection', when: 'before' }, async () => strangers.resolve(await other.create()))
    const lost = await one.create()
    const made = await strangers.promise
    expect(made).toMatchObject({ __typename: 'CreateWebhookSuccess' })
    const { upstreamId, secretHint } = made.webhook
    expect(lost).toMatchObject({
      __typename: 'OutcomeUnknownError',
      retry: 'CHECK_FIRST',
      candidates: [{ upstreamId, secretHint }],
      message: expect.stringMatching(/someone else may have created them\. None was changed/),
    })
    const [first, ...others] = listWrites(standIn)
    expect(others).toEqual([first])
  })
})

describe('the candidates of a create whose answer is lost', () => {
  const lose = { method: 'POST', cut: 'connection', when: 'before' } as const

  it('are new, and like it in name, URL and event types', async () => {
    const { standIn, one, other } = await open('baanx')
    await other.create()
    const ids: string[] = []
    standIn.fail(lose, async () => {
      ids.push((await other.create()).webhook.upstreamId)
      await other.create({ name: 'Other' })
      await other.create({ url: 'https://hooks.acme.test/other' })
      await other.create({ eventTypes: ['card.activated'] })
    })
    expect(await one.create()).toMatchObject({
      __typename: 'OutcomeUnknownError',
      candidates: ids.map((upstreamId) => ({ upstreamId })),
    })
    expect(ids).toHaveLength(1)
  })

  it.each<[string, object, object]>([
    ['shopify', {}, { format: 'XML' }],
    ['shopify', {}, { filter: 'total_price:>=100.00' }],
    ['shopify', { filter: 'total_price:>=100.00' }, {}],
    ['shopify', {}, { includeFields: ['id'] }],
    ['shopify', {}, { metafields: [{ namespace: 'custom', key: 'tier' }] }],
    ['github', {}, { contentType: 'FORM' }],
    ['github', { insecureSsl: true }, {}],
  ])('are like it in the options that %s shows: %j is not %j', async (name, asked, others) => {
    const { standIn, one, other } = await open(name)
    const made: string[] = []
    const make = async (options: object) => made.push((await other.create({ options: { [name]: options } })).webhook.id)
    standIn.fail({ effect: 'WRITE', cut: 'connection', when: 'before' }, () => make(others))
    expect(await one.create({ options: { [name]: asked } })).toMatchObject({ candidates: [] })
    expect(made).toHaveLength(1)
    const { standIn: again, one: same } = await open(name)
    again.fail({ effect: 'WRITE', cut: 'connection', when: 'after' })
    expect(await same.create({ options: { [name]: asked } })).toMatchObject({ candidates: [{}] })
  })

  it.each([
    ['no webhook of GitHub without a secret, because it sets one', undefined, []],
    ['one of GitHub with a secret', '********', [{ upstreamId: '5' }]],
  ])('are %s', async (_, secret, candidates) => {
    const { standIn, one, input } = await open('github')
    const [created_at, updated_at] = ['2026-01-05T09:00:00Z', '2026-01-05T09:00:00Z']
    const config = { url: input.url, content_type: 'json', insecure_ssl: '0', secret }
    const hook = { id: 5, type: 'Repository', active: true, events: input.eventTypes ?? ['push'], config, created_at, updated_at }
    standIn.fail(lose, () => standIn.fail({ effect: 'READ', status: 200, body: JSON.stringify([hook]) }))
    expect(await one.create()).toMatchObject({ __typename: 'OutcomeUnknownError', candidates })
  })

  it('are none of those that could not be read before, but for their ids', async () => {
    const { standIn, one, other } = await open('baanx')
    const { upstreamId } = (await other.create()).webhook
    standIn.fail({ effect: 'READ', status: 200, body: JSON.stringify([{ id: upstreamId }]) })
    standIn.fail(lose)
    expect(await one.create()).toMatchObject({ __typename: 'OutcomeUnknownError', candidates: [] })
  })

  it('are none where there was one before of which not even the id could be read', async () => {
    const { standIn, one, other } = await open('baanx')
    await other.create()
    standIn.fail({ effect: 'READ', status: 200, body: '[{}]' })
    standIn.fail(lose)
    const message = expect.stringMatching(/could not be listed in full before/)
    expect(await one.create()).toMatchObject({ __typename: 'OutcomeUnknownError', candidates: [], message })
  })

  it('are read for a proof five times at most', async () => {
    const { standIn, one, other } = await open('verifik', 'A')
    standIn.fail(lose, async () => {
      for (let count = 0; count < 7; count += 1) await other.create()
    })
    expect((await one.create()).candidates).toHaveLength(7)
    expect(standIn.calls.filter(({ effect, path }) => effect === 'READ' && !path.includes('?'))).toHaveLength(5)
  })
})

describe('a create that is carried out and not answered', () => {
  it.each(['baanx', 'verifik'])('at %s is told by its proof from an equal one of another process', async (name) => {
    const { standIn, one, other } = await open(name)
    standIn.fail({ method: 'POST', path: '/webhooks', cut: 'connection', when: 'after' })
    const [lost, strangers] = await Promise.all([
      one.create({ name: 'Equal' }),
      other.create({ name: name === 'verifik' ? 'Other' : 'Equal' }),
    ])
    const outcomes = [lost, strangers]
    expect(outcomes.map(({ __typename }) => __typename)).toEqual(['CreateWebhookSuccess', 'CreateWebhookSuccess'])
    expect(outcomes.flatMap(({ warnings }) => warnings)).toContainEqual({ code: 'RECOVERED' })
    expect(new Set(outcomes.map(({ webhook }) => webhook.id)).size).toBe(2)
    expect(new Set(outcomes.map(({ signingSecret }) => signingSecret)).size).toBe(2)
    expect(listWrites(standIn).filter((write) => write.endsWith('/rotate-key'))).toHaveLength(name === 'baanx' ? 1 : 0)
  })

  it('at Baanx shows the hint of the key that was handed out, and not of the dead one', async () => {
    const { standIn, one } = await open('baanx')
    standIn.fail({ method: 'POST', path: '/webhooks', cut: 'connection', when: 'after' })
    const { signingSecret, webhook } = await one.create()
    const hint = `whk_****...****${signingSecret.slice(-4)}`
    expect(webhook).toMatchObject({ secretHint: hint, maskedApiKey: hint })
    const { data } = await one.ask(list)
    expect(data.webhooks.nodes).toMatchObject([{ id: webhook.id, secretHint: hint }])
  })

  it('at Verifik is not proven by a secret that the caller chose', async () => {
    const { standIn, one } = await open('verifik')
    standIn.fail({ method: 'POST', cut: 'connection', when: 'after' })
    const lost = await one.create({ options: { verifik: { secret: 'canary-of-the-caller' } } })
    expect(lost).toMatchObject({ __typename: 'OutcomeUnknownError', candidates: [{}] })
    expect(JSON.stringify(lost)).not.toContain('canary')
  })

  it('at Verifik is not proven where Verifik shows no secrets', async () => {
    const { standIn, one } = await open('verifik', 'A')
    standIn.fail({ method: 'POST', cut: 'connection', when: 'after' })
    expect(await one.create()).toMatchObject({ __typename: 'OutcomeUnknownError', candidates: [{}] })
  })
})

describe('a create that is not answered, of which there are two with its proof', () => {
  /** Has the call of a create arrive twice, as by a proxy, before its answer is lost. */
  async function openTwice() {
    const { standIn, one } = await open('baanx')
    const create = (andThen: (copy: string) => void = () => {}) => {
      standIn.fail({ method: 'POST', when: 'after', cut: 'connection' }, async () => {
        const sent = standIn.calls.find(({ method }) => method === 'POST')
        if (sent === undefined) throw new Error('Nothing was sent.')
        const copy = await repeatCall(standIn, sent)
        andThen(z.object({ data: z.object({ id: z.string() }) }).parse(copy).data.id)
      })
      return one.create()
    }
    return { standIn, one, create }
  }

  it('takes neither, and names both', async () => {
    const { standIn, one, create } = await openTwice()
    const outcome = await create()
    expect(outcome).toMatchObject({
      __typename: 'OutcomeUnknownError',
      retry: 'CHECK_FIRST',
      message: expect.stringMatching(/2 webhooks are marked as created by this request.*None was changed.*Delete/),
    })
    const { nodes } = (await one.ask(list)).data.webhooks
    const ids = (webhooks: readonly { readonly id: string }[]) => webhooks.map(({ id }) => id).toSorted()
    expect(ids(outcome.candidates)).toEqual(ids(nodes))
    expect(nodes).toHaveLength(2)
    expect(listWrites(standIn).filter((write) => write.endsWith('/rotate-key'))).toEqual([])
  })

  it('takes neither where one of them cannot be read', async () => {
    const { standIn, create } = await openTwice()
    let copy = ''
    const outcome = await create((id) => {
      copy = id
      standIn.fail({ effect: 'READ', path: id, status: 500, times: 9 })
    })
    expect(outcome).toMatchObject({
      __typename: 'OutcomeUnknownError',
      message: expect.stringMatching(/The candidate is marked as created by this request.*could not be read.*None was changed/),
    })
    expect(outcome.candidates).toHaveLength(1)
    expect(outcome.candidates[0].upstreamId).not.toBe(copy)
    expect(listWrites(standIn).filter((write) => write.endsWith('/rotate-key'))).toEqual([])
  })
})

describe('a list before a create that cannot be read in time', () => {
  const broken = { effect: 'READ', status: 500, body: '' } as const

  it('does not keep it from being carried out', async () => {
    const { standIn, one } = await open('encrata')
    standIn.fail(broken)
    expect(await one.create()).toMatchObject({ __typename: 'CreateWebhookSuccess' })
  })

  it.each(['baanx', 'verifik'])('does not keep a create at %s from being recovered by its proof', async (name) => {
    const { standIn, one, other } = await open(name)
    await other.create({ name: 'Earlier' })
    standIn.fail(broken)
    standIn.fail({ method: 'POST', path: '/webhooks', cut: 'connection', when: 'after' })
    const made = await one.create()
    expect(made).toMatchObject({ __typename: 'CreateWebhookSuccess', warnings: [{ code: 'RECOVERED' }] })
    expect(made.signingSecret).toMatch(/^whk_|^whsec_/)
  })

  it('leaves no candidates at Verifik where a secret of the caller proves nothing', async () => {
    const { standIn, one } = await open('verifik')
    standIn.fail(broken)
    standIn.fail({ method: 'POST', cut: 'connection', when: 'after' })
    expect(await one.create({ options: { verifik: { secret: 'canary-of-the-caller' } } })).toMatchObject({
      __typename: 'OutcomeUnknownError',
      candidates: [],
      message: expect.stringMatching(/could not be listed in full before/),
    })
  })

  it('does not take the time of the create, however slow it is', async () => {
    const timeoutMs = 3_000
    const { standIn, one } = await open('encrata', undefined, { timeoutMs })
    standIn.fail({ effect: 'READ', hang: true })
    standIn.fail({ method: 'POST', delayMs: timeoutMs * 0.4 })
    expect(await one.create()).toMatchObject({ __typename: 'CreateWebhookSuccess', warnings: [] })
  })

  it('does not count against the provider where it is slow: other creates and lists go on', async () => {
    const { standIn, one } = await open('encrata', undefined, {
      timeoutMs: 6_000,
      door: { breaker: { failures: 5, pauseMs: 60_000 } },
    })
    standIn.fail({ effect: 'READ', hang: true, times: 50 })
    const urls = Array.from({ length: 12 }, (_, index) => `https://hooks.acme.test/slow/${index}`)
    const made = await Promise.all(urls.map((url) => one.create({ url })))
    expect(new Set(made.map(({ __typename }) => __typename))).toEqual(new Set(['CreateWebhookSuccess']))
    standIn.heal()
    expect((await one.ask(list)).data.webhooks.nodes).toHaveLength(12)
  })

  it.each(['encrata', 'fingerprint'])(
    'leaves no candidates at %s should the answer be lost, and the error says why',
    async (name) => {
      const { standIn, one, other } = await open(name)
      await other.create()
      standIn.fail(broken)
      standIn.fail({ method: 'POST', cut: 'connection', when: 'after' })
      expect(await one.create()).toMatchObject({
        __typename: 'OutcomeUnknownError',
        candidates: [],
        message: expect.stringMatching(/could not be listed in full before/),
      })
    },
  )
})

describe('the mark of a create at Baanx', () => {
  const options = { baanx: { metadata: { team: 'cards' } } }

  it('is another one for each, and no read shows it', async () => {
    const { standIn, one } = await open('baanx')
    const made = [await one.create({ options }), await one.create({ options })]
    const marks = standIn.calls.flatMap(({ text }) => /"_hookql":"([\w-]{43})"/.exec(text)?.[1] ?? [])
    // Nor is any part of one that of another.
    for (let at = 0; at + 8 <= 43; at += 5) expect(new Set(marks.map((mark) => mark.slice(at, at + 8))).size).toBe(2)
    const { data, text } = await one.ask(list)
    for (const node of [...data.webhooks.nodes, ...made.map(({ webhook }) => webhook)]) {
      expect(node).toMatchObject({ metadata: { team: 'cards' }, raw: { metadata: { team: 'cards' } } })
    }
    for (const shown of [text, JSON.stringify(made)]) expect(shown).not.toMatch(/_hookql/)
  })

  it('cannot be set by a caller', async () => {
    const { standIn, one } = await open('baanx')
    const forged = { baanx: { metadata: { _hookql: 'forged' } } }
    const path = ['input', 'options', 'baanx', 'metadata']
    expect(await one.create({ options: forged })).toMatchObject({
      __typename: 'InvalidInputError',
      issues: [{ path, message: expect.stringContaining('_hookql') }],
    })
    expect(standIn.calls).toEqual([])
    const { webhook } = await one.create()
    const changed = await one.ask(update, { input: { id: webhook.id, options: forged } })
    expect(changed.data.updateWebhook).toMatchObject({ __typename: 'InvalidInputError', issues: [{ path }] })
  })
})
