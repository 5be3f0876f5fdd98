import { describe, expect, it } from 'vitest'
import { createLedger } from '../../src/gateway/write/ledger.ts'
import { formatId } from '../../src/id.ts'
import type { Provider } from '../../src/provider/provider.ts'
import { providers } from '../../src/providers/index.ts'
import { toChange, toDraft } from '../helpers/draft.ts'
import { openGateway, toAccount } from '../helpers/gateway.ts'
import { openHolding } from '../helpers/holding.ts'
import { openStandIn } from '../helpers/stand-in.ts'

const get = 'query ($id: ID!) { webhook(id: $id) { __typename ... on Webhook { name url } } }'
const list = '{ webhooks(filter: { accounts: ["one"] }) { complete totalCount } }'
const create = `mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { __typename
  ... on CreateWebhookSuccess { webhook { upstreamId } } } }`
const update = `mutation ($input: UpdateWebhookInput!) { updateWebhook(input: $input) { __typename
  ... on UpdateWebhookSuccess { webhook { name enabled } warnings { code } } ... on WebhookError { message } } }`
const remove = 'mutation ($id: ID!) { deleteWebhook(input: { id: $id }) { __typename } }'
const replace = `mutation ($id: ID!) { rotateWebhookSecret(input: { id: $id, strategy: REPLACEMENT }) { __typename
  ... on RotateWebhookSecretSuccess { webhook { enabled } } ... on WebhookError { message } } }`

/** One upstream account with a webhook, by the slugs one and other; the answer to the next read is held after `holdNextRead`. */
async function open(provider: Provider) {
  const standIn = await openStandIn(provider)
  const { promise: mayAnswer, resolve: answerNow } = Promise.withResolvers<void>()
  let isNextHeld = false
  const baseUrl = await openHolding(
    standIn.baseUrl,
    () => mayAnswer,
    (effect) => {
      const isHeld = isNextHeld && effect === 'READ'
      if (isHeld) isNextHeld = false
      return isHeld
    },
  )
  const toSlug = (slug: string) => ({ ...toAccount(provider, standIn, slug), baseUrl })
  const accounts = [toSlug('one'), toSlug('other')]
  const gateway = openGateway({ accounts })
  const toInput = (name: string, url: string) => ({ ...toDraft(provider, { name, url }), account: 'other' })
  const input = toInput('Old', 'https://hooks.acme.test/old')
  const made = (await gateway.ask(create, { input })).data.createWebhook
  const toId = (slug: string) => formatId({ kind: 'webhook', slug, upstreamId: made.webhook.upstreamId })

  /** Begins to read, and resolves as soon as the provider has seen the read. */
  async function begin<T>(read: () => Promise<T>): Promise<{ readonly early: Promise<T> }> {
    const before = standIn.calls.length
    isNextHeld = true
    const early = read()
    await expect.poll(() => standIn.calls.length).toBe(before + 1)
    return { early }
  }
  return { ...gateway, standIn, accounts, toInput, id: toId('one'), otherId: toId('other'), begin, answerNow }
}

type Opened = Awaited<ReturnType<typeof open>>

const writers: Record<string, (opened: Opened) => Opened['ask']> = {
  'the same gateway': ({ ask }) => ask,
  'another gateway of the process': ({ accounts }) => openGateway({ accounts }).ask,
  'a gateway that is reloaded': ({ accounts, gateway }) => {
    const changed = accounts.map((each) => ({ ...each, ...(each.slug === 'other' && { maxWebhooks: 9 }) }))
    return openGateway({ accounts: changed, predecessor: gateway }).ask
  },
}

function getProvider(name: string): Provider {
  const provider = providers.find((each) => each.name === name)
  if (provider === undefined) throw new Error(`There is no provider ${name}.`)
  return provider
}

describe.each(providers.map((provider) => [provider.displayName, provider] as const))(
  'reads of %s at the same time',
  (_, provider) => {
    const [old, change] = [toChange(provider, 'Old'), toChange(provider, 'New')]

    it.each(Object.entries(writers))('join none that began before a write through another slug of %s', async (__, openWriter) => {
      const opened = await open(provider)
      const { ask, id, otherId, begin, answerNow } = opened
      const writer = openWriter(opened)
      const { early } = await begin(() => ask(get, { id }))
      const written = await writer(update, { input: { id: otherId, ...change } })
      expect(written.data.updateWebhook.__typename).toBe('UpdateWebhookSuccess')
      expect((await ask(get, { id })).data.webhook).toMatchObject(change)
      answerNow()
      expect((await early).data.webhook).toMatchObject(old)
    })

    it('call no list complete that lacks what was created through another slug', async () => {
      const { ask, toInput, begin, answerNow } = await open(provider)
      const { early } = await begin(() => ask(list))
      const made = await ask(create, { input: toInput('Second', 'https://hooks.acme.test/y') })
      expect(made.data.createWebhook.__typename).toBe('CreateWebhookSuccess')
      expect((await ask(list)).data.webhooks).toEqual({ complete: true, totalCount: 2 })
      answerNow()
      expect((await early).data.webhooks).toEqual({ complete: true, totalCount: 1 })
    })

    it('join none of another webhook', async () => {
      const { ask, id, begin, answerNow } = await open(provider)
      const { early } = await begin(() => ask(get, { id }))
      const none = formatId({ kind: 'webhook', slug: 'one', upstreamId: 'none' })
      expect((await ask(get, { id: none })).data.webhook.__typename).toBe('NotFoundError')
      answerNow()
      expect((await early).data.webhook).toMatchObject(old)
    })
  },
)

describe('a write that reads first', () => {
  it('loses no update that was acknowledged while somebody was reading', async () => {
    const { ask, id, otherId, begin, answerNow } = await open(getProvider('encrata'))
    const { early } = await begin(() => ask(get, { id }))
    await ask(update, { input: { id: otherId, name: 'New' } })
    const { data } = await ask(update, { input: { id, enabled: false } })
    expect(data.updateWebhook).toMatchObject({ webhook: { name: 'New', enabled: false }, warnings: [] })
    answerNow()
    await early
  })

  it('joins no read that began before it, so that it loses no update of another process either', async () => {
    const { ask, accounts, id, otherId, begin, answerNow } = await open(getProvider('encrata'))
    const process = openGateway({ accounts, ledger: createLedger() })
    const { early } = await begin(() => ask(get, { id }))
    await process.ask(update, { input: { id: otherId, name: 'New' } })
    const { data } = await ask(update, { input: { id, enabled: false } })
    expect(data.updateWebhook).toMatchObject({ webhook: { name: 'New', enabled: false }, warnings: [] })
    answerNow()
    await early
  })

  it('is told by no list that began before that its webhook is there', async () => {
    const { ask, accounts, standIn, id, otherId, begin, answerNow } = await open(getProvider('baanx'))
    const process = openGateway({ accounts, ledger: createLedger() })
    standIn.fail({ method: 'PUT', status: 500, body: '' })
    expect((await ask(update, { input: { id, name: 'New' } })).data.updateWebhook.__typename).toBe('OutcomeUnknownError')
    const { early } = await begin(() => ask(list))
    await process.ask(remove, { id: otherId })
    expect((await ask(get, { id })).data.webhook).toEqual({ __typename: 'NotFoundError' })
    answerNow()
    expect((await early).data.webhooks).toEqual({ complete: true, totalCount: 1 })
  })

  it('makes no twin of what a webhook was before another process disabled it', async () => {
    const { ask, accounts, id, otherId, begin, answerNow } = await open(getProvider('encrata'))
    const process = openGateway({ accounts, ledger: createLedger() })
    const { early } = await begin(() => ask(get, { id }))
    await process.ask(update, { input: { id: otherId, enabled: false } })
    const { data } = await ask(replace, { id })
    expect(data.rotateWebhookSecret).toMatchObject({ __typename: 'RotateWebhookSecretSuccess', webhook: { enabled: false } })
    answerNow()
    await early
  })
})
