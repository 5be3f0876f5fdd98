import { describe, expect, it } from 'vitest'
import { formatId } from '../../../src/id.ts'
import type { Provider } from '../../../src/provider/provider.ts'
import { baanx } from '../../../src/providers/baanx/index.ts'
import { fingerprint } from '../../../src/providers/fingerprint/index.ts'
import { providers } from '../../../src/providers/index.ts'
import type { StandIn } from '../../../src/sandbox/server.ts'
import { createLedger } from '../../../src/gateway/write/ledger.ts'
import { getRepeat } from '../../../src/gateway/write/recover.ts'
import { fits } from '../../hands/call.ts'
import { getWays, type Target } from '../../hands/hands.ts'
import { hasNames, toDraft } from '../../helpers/draft.ts'
import { type GatewayOptions, openGateway, toAccount } from '../../helpers/gateway.ts'
import { coverEach } from '../../helpers/pairs.ts'
import { isRecoverable } from '../../helpers/recoverable.ts'
import { openStandIn } from '../../helpers/stand-in.ts'

const failure =
  '... on WebhookError { message retry upstream { status message } } ... on OutcomeUnknownError { candidates { id } }'
const create = `mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { __typename
  ... on CreateWebhookSuccess { signingSecret webhook { id upstreamId } warnings { code } } ${failure} } }`
const update = `mutation ($input: UpdateWebhookInput!) { updateWebhook(input: $input) { __typename
  ... on UpdateWebhookSuccess { webhook { name } warnings { code } } ${failure} } }`
const remove = `mutation ($id: ID!) { deleteWebhook(input: { id: $id }) { __typename
  ... on DeleteWebhookSuccess { deletedId alreadyAbsent } ${failure} } }`
const rotate = `mutation ($input: RotateWebhookSecretInput!) { rotateWebhookSecret(input: $input) { __typename
  ... on RotateWebhookSecretSuccess { signingSecret webhook { id } warnings { code } } ${failure} } }`
const verify = 'mutation ($id: ID!) { verifyWebhook(input: { id: $id }) { __typename } }'
const get = 'query ($id: ID!) { webhook(id: $id) { __typename ... on Webhook { name } ... on WebhookError { message retry } } }'
const list = 'query ($account: String!) { webhooks(filter: { accounts: [$account] }) { nodes { id name } } }'

interface Options extends Pick<GatewayOptions, 'door'> {
  readonly looksMs?: readonly number[]
  readonly variant?: string
}

/** One webhook at a provider, in an account with two slugs, and what there is to do with it. */
async function open(provider: Provider, { looksMs = [0, 5, 5], variant, door }: Options = {}) {
  const standIn = await openStandIn(provider, { variant })
  const accounts = [toAccount(provider, standIn), toAccount(provider, standIn, 'again')]
  const { ask } = openGateway({ accounts, ledger: createLedger(), looksMs, ...(door && { door }) })
  const make = async (name = 'First') => {
    const input = toDraft(provider, { name, url: `https://hooks.acme.test/${name.toLowerCase()}` })
    return (await ask(create, { input })).data.createWebhook
  }
  const { webhook } = await make()
  const { id, upstreamId } = webhook as { id: string; upstreamId: string }
  if (provider.operations.VERIFY.support !== 'UNSUPPORTED') await ask(verify, { id })
  standIn.forgetCalls()
  return {
    standIn,
    id,
    upstreamId,
    make,
    get: async () => (await ask(get, { id })).data.webhook,
    rename: async (name: string) => (await ask(update, { input: { id, name } })).data.updateWebhook,
    renameIt: async (id: string, name: string) => (await ask(update, { input: { id, name } })).data.updateWebhook,
    remove: async () => (await ask(remove, { id })).data.deleteWebhook,
    rotate: async () => {
      const { ROTATE_SECRET: rotation } = provider.operations
      const strategy = rotation.support === 'UNSUPPORTED' ? undefined : rotation.strategy
      return (await ask(rotate, { input: { id, strategy } })).data.rotateWebhookSecret
    },
    readNames: async (account = provider.name) =>
      (await ask(list, { account })).data.webhooks.nodes.map(({ name }: { name: string }) => name),
    getAgain: async (upstreamId: string) =>
      (await ask(get, { id: formatId({ kind: 'webhook', slug: 'again', upstreamId }) })).data.webhook,
  }
}

/** The reads of one webhook. */
function toRead(provider: Provider, upstreamId: string) {
  const [target] = getWays(provider).own.get
  return target?.field === undefined ? { ...target, path: upstreamId } : target
}

/** What a provider itself answers for what is not there. */
function toOwnWords({ name, sandbox }: Provider): string {
  const others: Readonly<Record<string, object>> = {
    linear: {
      errors: [{ message: 'Entity not found: Webhook', extensions: { type: 'invalid input', code: 'INPUT_ERROR' } }],
      data: null,
    },
    shopify: {
      data: {
        webhookSubscription: null,
        webhookSubscriptionDelete: { userErrors: [{ field: ['id'], message: 'Webhook subscription does not exist' }] },
      },
    },
    stripe: { error: { type: 'invalid_request_error', code: 'resource_missing', message: 'No such webhook endpoint' } },
  }
  return JSON.stringify(others[name] ?? sandbox.refusals.unknownPath().body)
}

/** A list with one webhook, of which nothing but the id can be read. */
function toUnreadableList({ name }: Provider, upstreamId: string): string {
  const records = [{ id: upstreamId, _id: upstreamId }]
  const connection = { nodes: records, pageInfo: { hasNextPage: false } }
  if (name === 'linear') return JSON.stringify({ data: { webhooks: connection } })
  if (name === 'shopify') return JSON.stringify({ data: { webhookSubscriptions: connection } })
  if (name === 'stripe') return JSON.stringify({ data: records, has_more: false })
  if (name === 'fingerprint') return JSON.stringify({ data: records, metadata: { pagination: { has_more: false } } })
  return JSON.stringify(name === 'verifik' ? { success: true, data: records, pagination: { total: 1 } } : records)
}

function countWrites({ calls }: StandIn, targets: readonly Target[]): number {
  return calls.filter((call) => fits(call, targets)).length
}

const pages = [
  ['HTML', '<html><h1>404 Not Found</h1></html>'],
  ['nothing', ''],
  ['JSON of somebody else', '{"status":404,"title":"Not Found"}'],
  // What gateways in NestJS and Spring say: with the members of some providers, and more.
  ['JSON of a framework', '{"statusCode":404,"message":"Cannot GET /webhooks","error":"Not Found"}'],
  [
    'JSON of another one',
    '{"timestamp":"2026-01-05T09:00:00Z","status":404,"error":"Not Found","message":"","path":"/webhooks"}',
  ],
] as const
// What proxies, firewalls and balancers say in the place of a provider.
const answers = [302, 303, 307, 400, 403, 404, 405, 408, 409, 413, 421]

const named = providers.filter(hasNames)
// Whoever says it, it is not the provider.
const answered = coverEach(
  named.flatMap((provider) => answers.map((status) => ({ provider, status }))),
  ({ provider, status }) => [provider.name, String(status)],
)

describe.each(named)('a 404 that is not in the words of $displayName', (provider) => {
  const { own } = getWays(provider)
  const [target] = own.update

  it.each(pages)('says nothing of a webhook that is read: %s', async (_, body) => {
    const { standIn, get } = await open(provider)
    standIn.fail({ effect: 'READ', status: 404, body })
    expect(await get()).toMatchObject({
      __typename: 'UpstreamContractError',
      message: expect.stringMatching(/does not look like one from/),
    })
  })

  it.each(pages)('is no deletion: it is looked for, and deleted: %s', async (_, body) => {
    const { standIn, id, remove, readNames } = await open(provider)
    standIn.fail({ ...getWays(provider).own.delete[0], status: 404, body })
    expect(await remove()).toEqual({ __typename: 'DeleteWebhookSuccess', deletedId: id, alreadyAbsent: false })
    expect(countWrites(standIn, getWays(provider).own.delete)).toBe(2)
    expect(await readNames()).toEqual([])
  })

  it.each(pages)('leaves a deletion unknown when there is nothing else: %s', async (_, body) => {
    const { standIn, remove, readNames } = await open(provider)
    standIn.fail({ status: 404, body, times: 50 })
    expect(await remove()).toMatchObject({ __typename: 'OutcomeUnknownError', retry: 'CHECK_FIRST', candidates: [] })
    standIn.heal()
    expect(await readNames()).toEqual(['First'])
  })

  it.each(pages)('leaves an update unknown: %s', async (_, body) => {
    const { standIn, id, rename } = await open(provider)
    standIn.fail({ ...target, status: 404, body })
    expect(await rename('Second')).toMatchObject({ __typename: 'OutcomeUnknownError', candidates: [{ id }] })
    expect(countWrites(standIn, own.update)).toBe(1)
  })

  it('leaves a rotation with the secret that works, or unknown', async (context) => {
    const { ROTATE_SECRET: rotation } = provider.operations
    if (rotation.support === 'UNSUPPORTED') return context.skip(rotation.note)
    const { standIn, rotate, readNames } = await open(provider)
    standIn.fail({ ...(provider.name === 'verifik' ? target : own.rotate[0]), status: 404, body: '<html>' })
    const isRepeated = getRepeat(provider) !== undefined && rotation.strategy === 'REPLACEMENT'
    expect(await rotate()).toMatchObject({ __typename: isRepeated ? 'RotateWebhookSecretSuccess' : 'OutcomeUnknownError' })
    expect(await readNames()).toEqual(['First'])
  })
})

describe.each(named)('an answer that is not the word of $displayName', (provider) => {
  const { own } = getWays(provider)
  const [target] = own.update
  const statuses = answered.filter((each) => each.provider === provider).map(({ status }) => status)

  it.each(statuses)('to an update that was carried out does not keep it from being found: %i', async (status) => {
    const { standIn, rename } = await open(provider)
    standIn.fail({ ...target, status, body: '<html>', when: 'after', headers: { location: '/elsewhere' } })
    expect(await rename('Second')).toEqual({
      __typename: 'UpdateWebhookSuccess',
      webhook: { name: 'Second' },
      warnings: [{ code: 'RECOVERED' }],
    })
    expect(countWrites(standIn, own.update)).toBe(1)
  })

  it.each(statuses)('to a create that was carried out does not lose it: %i', async (status) => {
    const { standIn, make, readNames } = await open(provider)
    standIn.fail({ ...own.create[0], status, body: '<html>', when: 'after', headers: { location: '/elsewhere' } })
    const made = await make('Second')
    expect(made).toMatchObject(
      !isRecoverable(provider)
        ? { __typename: 'OutcomeUnknownError', candidates: [{}] }
        : { __typename: 'CreateWebhookSuccess', warnings: [{ code: 'RECOVERED' }], signingSecret: expect.any(String) },
    )
    if (getRepeat(provider) === undefined) expect(standIn.calls.filter(getWays(provider).makes)).toHaveLength(1)
    expect((await readNames()).toSorted()).toEqual(['First', 'Second'])
  })

  it.each([401, 429])('is believed with %i, which is given before anybody works on a call', async (status) => {
    const { standIn, rename } = await open(provider)
    standIn.fail({ ...target, status, body: '<html>' })
    expect(await rename('Second')).toMatchObject({
      __typename: status === 401 ? 'CredentialsRejectedError' : 'RateLimitedError',
    })
  })

  it.each([302, 403])('leaves other calls to the account alone, however often it comes: %i', async (status) => {
    const door = { breaker: { failures: 3, pauseMs: 600_000 } }
    const { standIn, rename, readNames } = await open(provider, { looksMs: [], door })
    standIn.fail({ ...target, status, body: '<html>', times: 50 })
    for (let count = 0; count < 10; count += 1) expect(await rename('Second')).toMatchObject({ retry: 'CHECK_FIRST' })
    expect(await readNames()).toEqual(['First'])
  })
})

describe.each(named)('a 404 of $displayName right after a lost answer', (provider) => {
  const { own } = getWays(provider)
  const [target] = own.update
  const body = toOwnWords(provider)
  const lost = { cut: 'connection', when: 'before' } as const

  it('does not make a deletion of one that was not carried out', async () => {
    const { standIn, id, upstreamId, remove, readNames } = await open(provider)
    standIn.fail({ ...getWays(provider).own.delete[0], ...lost })
    standIn.fail({ ...toRead(provider, upstreamId), status: 404, body })
    expect(await remove()).toEqual({ __typename: 'DeleteWebhookSuccess', deletedId: id, alreadyAbsent: false })
    expect(await readNames()).toEqual([])
    expect(countWrites(standIn, getWays(provider).own.delete)).toBe(2)
  })

  it('makes a deletion unknown where the list cannot be read', async () => {
    const { standIn, upstreamId, remove } = await open(provider)
    standIn.fail({ ...getWays(provider).own.delete[0], ...lost })
    standIn.fail({ ...toRead(provider, upstreamId), status: 404, body, times: 50 })
    standIn.fail({ effect: 'READ', status: 500, times: 50 })
    expect(await remove()).toMatchObject({ __typename: 'OutcomeUnknownError', candidates: [] })
  })

  it('is believed where the list agrees', async () => {
    const { standIn, id, remove } = await open(provider)
    standIn.fail({ ...getWays(provider).own.delete[0], cut: 'connection', when: 'after' })
    expect(await remove()).toEqual({ __typename: 'DeleteWebhookSuccess', deletedId: id, alreadyAbsent: false })
    expect(countWrites(standIn, getWays(provider).own.delete)).toBe(1)
  })

  it('does not make an updated webhook not found, be the list there or not', async () => {
    const { standIn, id, upstreamId, rename } = await open(provider)
    for (const readsList of [true, false]) {
      // These read before they write.
      if (['encrata', 'shopify'].includes(provider.name)) standIn.fail({ ...toRead(provider, upstreamId), delayMs: 0 })
      standIn.fail({ ...target, ...lost })
      standIn.fail({ ...toRead(provider, upstreamId), status: 404, body, times: 50 })
      if (!readsList) standIn.fail({ effect: 'READ', status: 500, times: 50 })
      expect(await rename('Second')).toMatchObject({
        __typename: 'OutcomeUnknownError',
        candidates: readsList ? [{ id }] : [],
      })
      standIn.heal()
    }
  })

  it('is told of an updated webhook that was deleted meanwhile', async () => {
    const { standIn, id, upstreamId, rename } = await open(provider, { looksMs: [300] })
    if (provider.name === 'encrata') standIn.fail({ effect: 'READ', path: upstreamId, delayMs: 0 })
    standIn.fail({ ...target, cut: 'connection', when: 'after' })
    const renaming = rename('Second')
    await expect.poll(() => countWrites(standIn, own.update)).toBe(1)
    const other = openGateway({ accounts: [toAccount(provider, standIn)], ledger: createLedger() })
    expect((await other.ask(remove, { id })).data.deleteWebhook).toMatchObject({ alreadyAbsent: false })
    expect(await renaming).toMatchObject({ __typename: 'NotFoundError' })
  })

  it('to a read is not believed against the list, nor without it', async () => {
    const { standIn, upstreamId, rename, get, remove } = await open(provider)
    standIn.fail({ ...target, ...lost })
    expect(await rename('Second')).toMatchObject({ __typename: 'OutcomeUnknownError' })
    standIn.fail({ ...toRead(provider, upstreamId), status: 404, body, times: 2 })
    expect(await get()).toMatchObject({ name: 'First' })
    standIn.fail({ effect: 'READ', status: 500 })
    expect(await get()).toMatchObject({ __typename: 'UpstreamUnavailableError', retry: 'SAFE' })
    expect(await remove()).toMatchObject({ alreadyAbsent: false })
    expect(await get()).toMatchObject({ __typename: 'NotFoundError' })
  })

  it('to a deletion is no word against a list that has it, whether or not it can be read there', async () => {
    const { standIn, upstreamId, remove, readNames } = await open(provider, { looksMs: [0] })
    standIn.fail({ ...getWays(provider).own.delete[0], ...lost })
    standIn.fail({ ...toRead(provider, upstreamId), status: 404, body })
    standIn.fail({ effect: 'READ', status: 200, body: toUnreadableList(provider, upstreamId) })
    expect(await remove()).toMatchObject({ __typename: 'OutcomeUnknownError', candidates: [] })
    expect(await readNames()).toEqual(['First'])
  })

  it('is not confirmed by a list that began before, by another slug', async () => {
    const { standIn, make, readNames, renameIt, getAgain } = await open(provider)
    const { promise: mayAnswer, resolve: answerNow } = Promise.withResolvers<void>()
    standIn.fail({ effect: 'READ', when: 'after' }, () => mayAnswer)
    const early = readNames('again')
    await expect.poll(() => standIn.calls.length).toBe(1)
    const { id, upstreamId } = (await make('Second')).webhook
    standIn.fail({ ...target, ...lost })
    expect(await renameIt(id, 'Third')).toMatchObject({ __typename: 'OutcomeUnknownError' })
    standIn.fail({ ...toRead(provider, upstreamId), status: 404, body })
    expect(await getAgain(upstreamId)).toMatchObject({ name: 'Second' })
    answerNow()
    expect(await early).toEqual(['First'])
  })

  it('to the next write is not believed against the list', async () => {
    const { standIn, id, rename, remove, readNames } = await open(provider)
    standIn.fail({ ...target, ...lost })
    expect(await rename('Second')).toMatchObject({ __typename: 'OutcomeUnknownError' })
    standIn.fail({ ...target, status: 404, body })
    expect(await rename('Third')).toMatchObject({ __typename: 'OutcomeUnknownError', candidates: [{ id }] })
    standIn.fail({ ...getWays(provider).own.delete[0], status: 404, body })
    expect(await remove()).toMatchObject({ alreadyAbsent: false })
    expect(await readNames()).toEqual([])
  })
})

describe.each(
  named.filter(({ operations: { ROTATE_SECRET: rotation } }) => 'strategy' in rotation && rotation.strategy === 'REPLACEMENT'),
)('a replacement at $displayName', (provider) => {
  const body = toOwnWords(provider)

  it('deletes nothing for a 404 that the list does not confirm', async () => {
    const { standIn, upstreamId, rotate, readNames } = await open(provider)
    // The first read of the old one is sound, and the last before it is deleted not.
    standIn.fail({ effect: 'READ', path: upstreamId, delayMs: 0 })
    standIn.fail({ ...toRead(provider, upstreamId), status: 404, body })
    expect(await rotate()).toMatchObject({
      __typename: 'RotateWebhookSecretSuccess',
      signingSecret: expect.any(String),
      warnings: expect.arrayContaining([{ code: 'OLD_WEBHOOK_KEPT' }]),
    })
    expect(countWrites(standIn, getWays(provider).own.delete)).toBe(0)
    expect(await readNames()).toHaveLength(2)
  })

  it('does not take a 404 for the end of the old webhook', async () => {
    const { standIn, rotate, readNames } = await open(provider)
    standIn.fail({ ...getWays(provider).own.delete[0], status: 404, body })
    expect(await rotate()).toMatchObject({ __typename: 'RotateWebhookSecretSuccess' })
    expect(countWrites(standIn, getWays(provider).own.delete)).toBe(2)
    expect(await readNames()).toHaveLength(1)
  })
})

describe.each(named.filter(({ operations }) => operations.ROTATE_SECRET.support !== 'UNSUPPORTED'))(
  'a rotation at $displayName after a lost answer',
  (provider) => {
    it('sends nothing for a 404 that the list does not confirm, and names no candidate', async () => {
      const { standIn, upstreamId, rotate, remove, readNames } = await open(provider, { looksMs: [] })
      standIn.fail({ ...getWays(provider).own.delete[0], cut: 'connection', when: 'before' })
      expect(await remove()).toMatchObject({ __typename: 'OutcomeUnknownError' })
      standIn.heal()
      standIn.forgetCalls()
      standIn.fail({ ...toRead(provider, upstreamId), status: 404, body: toOwnWords(provider) })
      expect(await rotate()).toMatchObject({ __typename: 'UpstreamUnavailableError', retry: 'SAFE' })
      expect(standIn.calls.filter(({ effect }) => effect === 'WRITE')).toEqual([])
      expect(await readNames()).toEqual(['First'])
    })
  },
)

describe.each(providers)('a webhook of $displayName that somebody else has deleted', (provider) => {
  it('was absent already, and is so told', async () => {
    const { id, remove } = await open(provider)
    expect(await remove()).toEqual({ __typename: 'DeleteWebhookSuccess', deletedId: id, alreadyAbsent: false })
    expect(await remove()).toEqual({ __typename: 'DeleteWebhookSuccess', deletedId: id, alreadyAbsent: true })
  })
})

describe.each([
  ...providers.map((provider) => [provider.displayName, provider, toOwnWords(provider)] as const),
  // What gateways before an API say by default, which has the shape of the provider's own errors.
  ['Baanx, as a gateway says it', baanx, '{"message":"Not Found"}'] as const,
  ['Fingerprint, as a gateway says it', fingerprint, '{"error":{"message":"Route not found","code":"route_not_found"}}'] as const,
])('a 404 of %s to a deletion', (_, provider, body) => {
  it('is not believed against the list: it is sent again', async () => {
    const { standIn, id, remove, readNames } = await open(provider)
    standIn.fail({ ...getWays(provider).own.delete[0], status: 404, body })
    expect(await remove()).toEqual({ __typename: 'DeleteWebhookSuccess', deletedId: id, alreadyAbsent: false })
    expect(countWrites(standIn, getWays(provider).own.delete)).toBe(2)
    expect(await readNames()).toEqual([])
  })

  it('is unknown where the list has it still', async () => {
    const { standIn, id, remove } = await open(provider)
    standIn.fail({ ...getWays(provider).own.delete[0], status: 404, body, times: 50 })
    expect(await remove()).toMatchObject({
      __typename: 'OutcomeUnknownError',
      message: expect.stringMatching(/its list does not confirm it/),
      candidates: [{ id }],
    })
  })

  it('is unknown where the list cannot be read', async () => {
    const { standIn, remove } = await open(provider)
    standIn.fail({ ...getWays(provider).own.delete[0], status: 404, body, times: 50 })
    standIn.fail({ effect: 'READ', status: 500, times: 50 })
    expect(await remove()).toMatchObject({ __typename: 'OutcomeUnknownError', candidates: [] })
  })

  it('is confirmed by one call for the list', async () => {
    const { standIn, id, remove } = await open(provider)
    await remove()
    standIn.forgetCalls()
    expect(await remove()).toEqual({ __typename: 'DeleteWebhookSuccess', deletedId: id, alreadyAbsent: true })
    expect(standIn.calls.map(({ effect }) => effect)).toEqual(['WRITE', 'READ'])
  })
})

describe('a new webhook that is of no use', () => {
  it('is not told as deleted for a 404', async () => {
    const provider = providers.find(({ name }) => name === 'fingerprint')
    if (provider === undefined) throw new Error('There is no Fingerprint.')
    const { standIn, rotate, readNames } = await open(provider, { variant: 'unsigned', looksMs: [] })
    standIn.fail({ ...getWays(provider).own.delete[0], status: 404, body: toOwnWords(provider) })
    expect(await rotate()).toMatchObject({ __typename: 'OutcomeUnknownError', candidates: [{}] })
    expect(await readNames()).toHaveLength(2)
  })

  it('is not told as deleted by us where nobody knows who did it', async () => {
    const provider = providers.find(({ name }) => name === 'fingerprint')
    if (provider === undefined) throw new Error('There is no Fingerprint.')
    const { standIn, rotate, readNames } = await open(provider, { variant: 'unsigned' })
    standIn.fail({ ...getWays(provider).own.delete[0], status: 404, body: toOwnWords(provider), when: 'after' })
    expect(await rotate()).toMatchObject({
      __typename: 'OutcomeUnknownError',
      message: expect.stringMatching(/reports that the new webhook does not exist/),
    })
    expect(await readNames()).toHaveLength(1)
  })
})
