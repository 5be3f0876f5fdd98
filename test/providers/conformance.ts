import { describe, expect, it, type TestContext } from 'vitest'
import { getRepeat } from '../../src/gateway/write/recover.ts'
import { formatId } from '../../src/id.ts'
import type { CommonField, DetailStatements } from '../../src/provider/fields.ts'
import type { Operation } from '../../src/provider/operations.ts'
import type { Provider } from '../../src/provider/provider.ts'
import type { Settings } from '../../src/provider/settings.ts'
import { isUnsupported } from '../../src/provider/unsupported.ts'
import type { StandIn } from '../../src/sandbox/server.ts'
import { openGateway, toAccount } from '../helpers/gateway.ts'
import { isRecoverable } from '../helpers/recoverable.ts'
import { openStandIn, repeatCreates } from '../helpers/stand-in.ts'
import { recordWire } from '../wire/wire.ts'
import { describeSpoiled } from './spoiled.ts'

export interface Conformance {
  /** A documented shape of the stand-in's answers, where there are several. */
  readonly variant?: string
  /** True where another shape goes through all: here, one of what no shape has a part in will do, unless HOOKQL_TEST_ALL is set. */
  readonly isFurther?: true
  /** Of the account. Defaults to the examples of the provider's settings. */
  readonly settings?: Settings
  /** How many webhooks do not fit on the first page; or why there is no second page. */
  readonly pastFirstPage: number | string
  /** Size of a page of the stand-in, where the documented one would need more webhooks than the provider allows. */
  readonly mostPerPage?: number
  /** Status with which it says that something is not there. Defaults to 404. */
  readonly absentStatus?: number
  /** True where this variant's answers show no proof of a create. */
  readonly unproven?: true
  /** Details that change by themselves, such as the result of the last delivery. */
  readonly movingDetails?: readonly string[]
  /** Details that this variant's lists leave out. */
  readonly absentFromList?: readonly string[]
  /** Fields that this variant's answers do not have, so that they read as null; or a reason why there is no secret. */
  readonly absent?: readonly CommonField[]
  readonly withoutSecret?: string
}

/** A request for each operation that is more than reading and writing webhooks, as its document and where its answer is. */
const further = {
  VERIFY: [
    'mutation ($id: ID!) { answer: verifyWebhook(input: { id: $id }) { ... on VerifyWebhookSuccess { webhook { id } }',
    '}',
  ],
  ROTATE_SECRET: [
    'mutation ($id: ID!, $strategy: RotationStrategy) { answer: rotateWebhookSecret(input: { id: $id, strategy: $strategy }) { ... on RotateWebhookSecretSuccess { signingSecret webhook { id } warnings { code } }',
    '}',
  ],
  TEST: ['mutation ($id: ID!) { answer: testWebhook(input: { id: $id }) { ... on TestWebhookSuccess { accepted note }', '}'],
  LIST_DELIVERIES: [
    `query ($id: ID!, $first: Int, $after: String) { webhook(id: $id) { ... on Webhook { answer: deliveries(first: $first, after: $after) {
      windowNote edges { cursor } pageInfo { hasNextPage endCursor }
        nodes { id upstreamId eventId eventType state attempts responseStatus responseBody error durationMs createdAt lastAttemptAt nextRetryAt }
      error {`,
    '} } } }',
  ],
  REDELIVER: [
    'mutation ($deliveryId: ID!, $allWebhooks: Boolean) { answer: redeliverEvent(input: { deliveryId: $deliveryId, allWebhooks: $allWebhooks }) { ... on RedeliverEventSuccess { webhookCount }',
    '}',
  ],
} as const
type FurtherOperation = keyof typeof further

const unreachable = ['.', '..']
const hostile = ['../x', 'a/b', 'a?b', 'a#b', 'a&x=1', 'a:b', '%2e%2e', ' a b ', 'ключ-鍵-🔑', 'x'.repeat(256)]

/** What must hold for every adapter, over real HTTP, through whole GraphQL requests. */
export function describeProvider(provider: Provider, conformance: Conformance): void {
  const {
    variant,
    isFurther = false,
    settings,
    pastFirstPage,
    mostPerPage,
    movingDetails = [],
    absentFromList = [],
    absent = [],
    withoutSecret,
    unproven = false,
    absentStatus = 404,
  } = conformance
  const typeName = `${provider.displayName}Webhook`
  const common = 'id upstreamId name url enabled status eventTypes createdAt updatedAt account { slug }'
  const webhookFields = `__typename ${common} ... on ${typeName} { __typename ${toSelection(provider.details)} }`
  const errorFields =
    '... on WebhookError { __typename code message retry retryAfterMs upstream { status code message attempts account { slug } } }'
  const eventTypes = provider.eventTypes.known.slice(0, 2).map(({ name }) => name)
  const { fields } = provider
  const { LIST_DELIVERIES, REDELIVER } = provider.operations
  const resendsToAll = !isUnsupported(REDELIVER) && REDELIVER.toAll === undefined
  const isNamed = !isUnsupported(fields.name.onCreate)
  const input = {
    account: provider.name,
    ...(isNamed && { name: 'Conformance' }),
    url: 'https://hooks.acme.test/conformance',
    ...(!isUnsupported(fields.eventTypes.onCreate) && { eventTypes: eventTypes.slice(0, 1) }),
  }
  const changes: Record<CommonField, unknown> = {
    name: 'Changed',
    url: 'https://hooks.acme.test/changed',
    enabled: false,
    eventTypes: eventTypes.slice(1, 2),
  }
  /** A change that this provider can make. */
  const change = Object.fromEntries(
    Object.entries(changes)
      .filter(([field]) => !isUnsupported(fields[field as CommonField].onUpdate))
      .slice(0, 1),
  )

  async function open({ seeded = false, ...options }: { readonly timeoutMs?: number; readonly seeded?: boolean } = {}) {
    const standIn = await openStandIn(provider, { variant, seeded, mostPerPage, ...(settings && { settings }) })
    recordWire(provider, standIn)
    const { ask, logs } = openGateway({ providers: [provider], accounts: [toAccount(provider, standIn)], ...options })
    return {
      standIn,
      logs,
      ask,
      /** One of the operations beyond reading and writing webhooks, on the webhook with this id. */
      further: async (operation: FurtherOperation, id: string, more: object = {}) => {
        const [start, end] = further[operation]
        const { ROTATE_SECRET: rotation } = provider.operations
        const variables = {
          ...(operation === 'REDELIVER' ? { deliveryId: id } : { id }),
          ...(operation === 'ROTATE_SECRET' && rotation.support !== 'UNSUPPORTED' && { strategy: rotation.strategy }),
          ...more,
        }
        const { data, errors, text } = await ask(`${start} ${errorFields} ... on UnsupportedError { path } } ${end}`, variables)
        expect(errors).toBeUndefined()
        const answer = data.answer ?? data.webhook.answer
        return { ...answer, ...answer.error, text }
      },
      list: async () => {
        const query = `{ webhooks(first: 200) { nodes { ${webhookFields} } complete totalCount sources { state count error { ${errorFields} } } } }`
        const { data, errors, text } = await ask(query)
        expect(errors).toBeUndefined()
        return { ...data.webhooks, text }
      },
      get: async (id: string) => {
        const { data, errors, text } = await ask(
          `query ($id: ID!) { webhook(id: $id) { ... on Webhook { ${webhookFields} } ${errorFields} } }`,
          { id },
        )
        expect(errors).toBeUndefined()
        return { ...data.webhook, text }
      },
      create: ({ name, ...more }: { readonly name?: string; readonly url?: string; readonly enabled?: boolean } = {}) => {
        const named = { ...input, ...(isNamed && name !== undefined && { name }), ...more }
        return write('createWebhook', 'CreateWebhookInput', named, 'signingSecret warnings { code }')
      },
      update: (changes: object) => write('updateWebhook', 'UpdateWebhookInput', changes, 'warnings { code }'),
      remove: async (id: string) => {
        const query = `mutation ($id: ID!) { deleteWebhook(input: { id: $id }) { ... on DeleteWebhookSuccess { __typename deletedId alreadyAbsent } ${errorFields} } }`
        const { data, errors, text } = await ask(query, { id })
        expect(errors).toBeUndefined()
        return { ...data.deleteWebhook, text }
      },
    }

    async function write(field: string, type: string, given: object, more: string) {
      const success = `${field[0]?.toUpperCase()}${field.slice(1)}Success`
      const unknown = `... on OutcomeUnknownError { candidates { id } } ... on UnsupportedError { path } ... on InvalidInputError { issues { path code } }`
      const query = `mutation ($input: ${type}!) { ${field}(input: $input) { ... on ${success} { __typename webhook { ${webhookFields} } ${more} } ${errorFields} ${unknown} } }`
      const { data, errors, text } = await ask(query, { input: given })
      expect(errors).toBeUndefined()
      return { ...data[field], text }
    }
  }

  const isPart = isFurther && process.env['HOOKQL_TEST_ALL'] === undefined
  const some = <Each>(all: readonly Each[]): readonly Each[] => (isPart ? all.slice(0, 1) : all)
  const furtherNames = Object.keys(further) as FurtherOperation[]
  const told = variant === undefined ? settings && JSON.stringify(settings) : `variant ${variant}`
  const title = told === undefined ? provider.displayName : `${provider.displayName}, ${told}`
  describe(`${title} conforms`, () => {
    it('calls nobody on start', async () => {
      const { standIn } = await open()
      expect(standIn.calls).toEqual([])
    })

    it('lists and gets what it created, equal in every field', async (context) => {
      requireSupport(context, 'CREATE', 'LIST', 'GET')
      const { create, list, get } = await open()
      const created = await create()
      expect(created).toMatchObject({
        __typename: 'CreateWebhookSuccess',
        webhook: { ...expected(input), enabled: true, account: { slug: provider.name } },
      })
      const { nodes, complete, totalCount, sources } = await list()
      expect({ complete, totalCount, sources }).toEqual({
        complete: true,
        totalCount: 1,
        sources: [{ state: 'COMPLETE', count: 1, error: null }],
      })
      const without = (webhook: object) =>
        Object.fromEntries(Object.entries(webhook).filter(([name]) => !movingDetails.includes(name)))
      const listed = { ...created.webhook, ...Object.fromEntries(absentFromList.map((name) => [name, null])) }
      expect(nodes.map(without)).toEqual([without(listed)])
      const { text, ...read } = await get(created.webhook.id)
      expect(text).toContain(created.webhook.id)
      expect(without(read)).toEqual(without(created.webhook))
    })

    it('creates a webhook that is switched off', async (context) => {
      requireSupport(context, 'CREATE')
      const { create, get, standIn } = await open()
      if (isUnsupported(fields.enabled.onCreate)) {
        expect(await create({ enabled: false })).toMatchObject({ __typename: 'UnsupportedError', path: ['input', 'enabled'] })
        expect(standIn.calls).toEqual([])
        return
      }
      const { webhook } = await create({ enabled: false })
      expect(webhook).toMatchObject({ enabled: false, status: 'DISABLED' })
      expect(await get(webhook.id)).toMatchObject({ enabled: false, status: 'DISABLED' })
    })

    it('gets NotFoundError for what is not there', async (context) => {
      requireSupport(context, 'GET')
      const { get, standIn } = await open()
      expect(await get(toId('9b2e1c6a-3f57-4c0e-8c55-0d7f2a6b1e11'))).toMatchObject({
        __typename: 'NotFoundError',
        retry: 'NEVER',
        upstream: { status: absentStatus, attempts: 1 },
      })
      expect(standIn.calls).toHaveLength(1)
    })

    it.each(Object.entries(changes))('changes %s and nothing else', async (field, value) => {
      const { onUpdate } = fields[field as CommonField]
      const { create, update, get } = await open()
      const { webhook } = await create()
      const updated = await update({ id: webhook.id, [field]: value })
      if (typeof onUpdate === 'object') {
        expect(updated).toMatchObject({ __typename: 'UnsupportedError', retry: 'AFTER_FIX', path: ['input', field] })
        expect(stable(await get(webhook.id), [])).toEqual(stable(webhook, []))
        return
      }
      expect(updated).toMatchObject({ __typename: 'UpdateWebhookSuccess', webhook: expected({ [field]: value }) })
      const read = await get(webhook.id)
      expect(read).toMatchObject(expected({ [field]: value }))
      expect(stable(read, [field])).toEqual(stable(webhook, [field]))
    })

    it('deletes, and says when it was gone already', async (context) => {
      requireSupport(context, 'CREATE', 'DELETE', 'LIST')
      const { create, remove, list } = await open()
      const { webhook } = await create()
      const kept = await create({ name: 'Kept', url: 'https://hooks.acme.test/kept' })
      expect(await remove(webhook.id)).toMatchObject({
        __typename: 'DeleteWebhookSuccess',
        deletedId: webhook.id,
        alreadyAbsent: false,
      })
      expect(await remove(webhook.id)).toMatchObject({
        __typename: 'DeleteWebhookSuccess',
        deletedId: webhook.id,
        alreadyAbsent: true,
      })
      expect((await list()).nodes).toMatchObject([{ id: kept.webhook.id }])
    })

    it('shows the signing secret on create and never again', async (context) => {
      requireSupport(context, 'CREATE', 'GET', 'LIST', 'UPDATE', 'DELETE')
      const { create, list, get, update, remove, logs, standIn } = await open()
      const { signingSecret, webhook, warnings } = await create()
      if (withoutSecret !== undefined) {
        expect({ signingSecret, codes: warnings.map(({ code }: { code: string }) => code) }).toMatchObject({
          signingSecret: null,
          codes: expect.arrayContaining(['NO_SIGNING_SECRET']),
        })
        return
      }
      expect(signingSecret).toMatch(/.{12,}/)
      const later = [await list(), await get(webhook.id), await update({ id: webhook.id, ...change }), await remove(webhook.id)]
      expect(later.filter(({ text }) => text.includes(signingSecret) || text.includes(standIn.token))).toEqual([])
      expect(logs.join('\n')).not.toContain(signingSecret)
    })

    it('lists past the first page, each webhook once', async (context) => {
      if (typeof pastFirstPage === 'string') return context.skip(pastFirstPage)
      const { create, list, standIn } = await open()
      await create({ name: 'webhook-0', url: 'https://hooks.acme.test/0' })
      await repeatCreates(standIn, pastFirstPage - 1)
      const before = standIn.calls.length
      const { nodes, totalCount } = await list()
      expect(totalCount).toBe(pastFirstPage)
      expect(new Set(nodes.map(({ upstreamId }: { upstreamId: string }) => upstreamId)).size).toBe(pastFirstPage)
      expect(standIn.calls.length - before).toBeGreaterThan(1)
    })

    it('shows what the provider sent of a webhook, without its secret', async (context) => {
      requireSupport(context, 'CREATE', 'GET', 'LIST')
      const { create, ask, standIn } = await open()
      const { signingSecret, webhook, text } = await create()
      const query = '{ webhooks { nodes { secretHint raw } } }'
      const { data, text: listed } = await ask(query)
      const { raw, secretHint } = data.webhooks.nodes[0]
      expect(JSON.stringify(raw)).toContain(webhook.upstreamId)
      expect(listed).not.toContain(standIn.token)
      if (withoutSecret !== undefined) return
      expect(listed).not.toContain(signingSecret)
      expect(text.split(signingSecret)).toHaveLength(2)
      if (secretHint !== null) expect(secretHint).toMatch(/\*|•|…/)
    })

    it.each(furtherNames.filter((name) => provider.operations[name].support === 'UNSUPPORTED'))(
      'says before any call that it cannot do %s, and why',
      async (operation) => {
        const { further, standIn, create } = await open()
        const statement = provider.operations[operation]
        if (statement.support !== 'UNSUPPORTED') throw new Error(`It can do ${operation}.`)
        const reads = operation === 'LIST_DELIVERIES'
        const id = reads ? (await create()).webhook.id : operation === 'REDELIVER' ? toDeliveryId('a', 'b') : toId('a')
        const start = standIn.calls.length
        const answer = await further(operation, id)
        if (reads) expect(answer).toMatchObject({ edges: [], nodes: [], windowNote: null, pageInfo: { hasNextPage: false } })
        expect(answer).toMatchObject({
          __typename: 'UnsupportedError',
          path: [operation],
          message: expect.stringMatching(/ does not support [a-z]+[A-Za-z]*\. /),
          retry: 'NEVER',
          upstream: null,
        })
        expect(answer.message).toContain(statement.note)
        // The webhook itself is read for its deliveries.
        expect(standIn.calls.slice(start).filter(({ effect }) => effect === 'WRITE' || !reads)).toEqual([])
      },
    )

    it('verifies', async (context) => {
      requireSupport(context, 'VERIFY')
      const { create, further, get, standIn } = await open()
      const { webhook } = await create()
      const start = standIn.calls.length
      expect(await further('VERIFY', webhook.id)).toMatchObject({ webhook: { id: webhook.id } })
      expect(standIn.calls.slice(start).filter(({ effect }) => effect === 'WRITE')).toHaveLength(1)
      expect(await get(webhook.id)).toMatchObject({ enabled: true, status: 'ACTIVE' })
      expect(await further('VERIFY', webhook.id)).toMatchObject({ webhook: { id: webhook.id } })
    })

    it('has a test event sent, once, which its deliveries show', async (context) => {
      requireSupport(context, 'TEST')
      const { create, further, standIn } = await open()
      const { webhook } = await create()
      // Some providers send an event to every new webhook.
      const listDeliveries = async (): Promise<readonly { readonly id: string }[]> =>
        isUnsupported(LIST_DELIVERIES) ? [] : (await further('LIST_DELIVERIES', webhook.id)).nodes
      const before = new Set((await listDeliveries()).map(({ id }) => id))
      const start = standIn.calls.length
      expect(await further('TEST', webhook.id)).toMatchObject({ accepted: true })
      expect(standIn.calls.slice(start).filter(({ effect }) => effect === 'WRITE')).toHaveLength(1)
      requireSupport(context, 'LIST_DELIVERIES')
      const after = (await listDeliveries()).filter(({ id }) => !before.has(id))
      expect(after).toMatchObject([{ state: 'SUCCEEDED', attempts: 1 }])
    })

    it('tells that an endpoint which is down took no test event', async (context) => {
      requireSupport(context, 'TEST')
      const { create, further } = await open()
      const { webhook } = await create({ url: 'https://down.acme.test/hooks' })
      const result = await further('TEST', webhook.id)
      expect(result.accepted === false || result.note.includes('does not report')).toBe(true)
    })

    it('lists deliveries page by page, newest first, each once', async (context) => {
      requireSupport(context, 'LIST_DELIVERIES')
      const { further, standIn } = await open({ seeded: true })
      const id = toId(provider.sandbox.seededId)
      const whole = await further('LIST_DELIVERIES', id)
      const times = whole.nodes.map(({ createdAt }: { createdAt: string }) => createdAt)
      expect(times.length).toBeGreaterThan(1)
      expect(times).toEqual(times.toSorted().toReversed())
      expect(whole.windowNote).toBe(provider.operations.LIST_DELIVERIES.note)
      expect(whole.pageInfo.hasNextPage).toBe(false)
      const pages: unknown[] = []
      for (let after = undefined; ;) {
        const page = await further('LIST_DELIVERIES', id, { first: 1, ...(after !== undefined && { after }) })
        pages.push(...page.nodes)
        if (page.pageInfo.hasNextPage !== true) break
        after = page.pageInfo.endCursor
      }
      expect(pages).toEqual(whole.nodes)
      expect(whole.text).not.toContain(standIn.token)
    })

    it('has deliveries that are nodes, found by one read of the log, with their webhook by one read more', async (context) => {
      requireSupport(context, 'LIST_DELIVERIES')
      const { further, ask, standIn } = await open({ seeded: true })
      const id = toId(provider.sandbox.seededId)
      const { nodes } = await further('LIST_DELIVERIES', id)
      const start = standIn.calls.length
      const ids = nodes.map((each: { id: string }) => each.id)
      const query = 'query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Delivery { upstreamId state } } }'
      const read = (await ask(query, { ids: [...ids, toDeliveryId(provider.sandbox.seededId, 'gone')] })).data.nodes
      expect(read).toEqual([
        ...nodes.map((each: { id: string; upstreamId: string; state: string }) => ({
          __typename: 'Delivery',
          id: each.id,
          upstreamId: each.upstreamId,
          state: each.state,
        })),
        null,
      ])
      expect(standIn.calls.slice(start)).toHaveLength(1)
      const { data } = await ask('query ($id: ID!) { node(id: $id) { ... on Delivery { webhook { id } } } }', { id: ids[0] })
      expect(data.node.webhook).toEqual({ id })
      expect(standIn.calls.slice(start)).toHaveLength(3)
    })

    it('knows the webhook of each delivery that it lists without another call', async (context) => {
      requireSupport(context, 'LIST_DELIVERIES')
      const { ask, standIn } = await open({ seeded: true })
      const id = toId(provider.sandbox.seededId)
      const query =
        'query ($id: ID!) { webhook(id: $id) { ... on Webhook { deliveries { nodes { webhook { id name } } error { code } } } } }'
      const { data } = await ask(query, { id })
      expect(data.webhook.deliveries.error).toBeNull()
      expect(new Set(data.webhook.deliveries.nodes.map(({ webhook }: { webhook: { id: string } }) => webhook.id))).toEqual(
        new Set([id]),
      )
      expect(standIn.calls).toHaveLength(2)
    })

    it('refuses a cursor of another list before any call for deliveries', async (context) => {
      requireSupport(context, 'LIST_DELIVERIES')
      const { ask, standIn } = await open({ seeded: true })
      const { data } = await ask('{ webhooks(first: 1) { pageInfo { endCursor } nodes { id } } }')
      const { endCursor } = data.webhooks.pageInfo
      const start = standIn.calls.length
      const [begin, end] = further.LIST_DELIVERIES
      const query = `${begin} ... on InvalidInputError { issues { path code } } } ${end}`
      const { data: refused, errors } = await ask(query, { id: data.webhooks.nodes[0].id, after: endCursor })
      expect(errors).toBeUndefined()
      expect(refused.webhook.answer).toMatchObject({ nodes: [], error: { issues: [{ path: ['after'], code: 'INVALID' }] } })
      expect(standIn.calls.slice(start).filter(({ path }) => /logs|deliver/.test(path))).toEqual([])
    })

    it('has an event sent again, once, to one webhook and to all active ones', async (context) => {
      requireSupport(context, 'REDELIVER')
      const { further, standIn, list } = await open({ seeded: true })
      const start = standIn.calls.length
      const { seededId, seededEventId = '' } = provider.sandbox
      const deliveryId = toDeliveryId(seededId, seededEventId)
      expect(await further('REDELIVER', deliveryId)).toMatchObject({ webhookCount: 1 })
      expect(standIn.calls.slice(start).filter(({ effect, status }) => effect === 'WRITE' && status < 300)).toHaveLength(1)
      const { nodes } = await list()
      const active = nodes.filter(({ status }: { status: string }) => status === 'ACTIVE')
      const toAll = await further('REDELIVER', deliveryId, { allWebhooks: true })
      expect(toAll).toMatchObject(
        resendsToAll ? { webhookCount: active.length } : { __typename: 'UnsupportedError', path: ['input', 'allWebhooks'] },
      )
    })

    it('rotates the secret, which is shown once', async (context) => {
      requireSupport(context, 'ROTATE_SECRET')
      const { create, further, list, get, logs } = await open()
      const { webhook, signingSecret } = await create()
      const rotated = await further('ROTATE_SECRET', webhook.id)
      const { nodes, text } = await list()
      expect(nodes).toHaveLength(1)
      if (withoutSecret !== undefined) {
        expect(rotated).toMatchObject({
          __typename: 'UpstreamRejectedError',
          message: expect.stringContaining('no signing secret'),
        })
        expect(nodes).toMatchObject([{ id: webhook.id }])
        return
      }
      expect(rotated.signingSecret).toMatch(/.{12,}/)
      expect(rotated.signingSecret).not.toBe(signingSecret)
      expect(rotated.text.split(rotated.signingSecret)).toHaveLength(2)
      const read = await get(rotated.webhook.id)
      const moved = ['id', 'upstreamId', 'maskedApiKey']
      expect(stable(read, moved)).toEqual(stable(webhook, moved))
      for (const secret of [signingSecret, rotated.signingSecret])
        expect(text + read.text + logs.join('\n')).not.toContain(secret)
    })

    it.each(some(hostile))('keeps the id %j in its place, in every further operation', async (upstreamId) => {
      for (const operation of furtherNames) {
        // Deliveries are asked of a webhook that was read.
        if (provider.operations[operation].support === 'UNSUPPORTED' || operation === 'LIST_DELIVERIES') continue
        const run = async (id: string) => {
          const { further, standIn } = await open()
          const delivery = resendsToAll ? toDeliveryId('a', id) : toDeliveryId(id, 'a')
          const asked = operation === 'REDELIVER' ? delivery : toId(id)
          expect(await further(operation, asked, { allWebhooks: resendsToAll })).toMatchObject({ __typename: 'NotFoundError' })
          return standIn.calls.map(readPlaces)
        }
        const places = await run('benign')
        expect(await run(upstreamId)).toEqual(places.map((each) => each.map((text) => (text === 'benign' ? upstreamId : text))))
        expect(places.flat()).toContain('benign')
      }
    })

    it.each(some(hostile))('keeps the id %j in its place', async (upstreamId) => {
      const { create, get, remove, update, list, standIn } = await open()
      await create()
      const start = standIn.calls.length
      expect(await get(toId(upstreamId))).toMatchObject({ __typename: 'NotFoundError' })
      expect(await update({ id: toId(upstreamId), ...change })).toMatchObject({ __typename: 'NotFoundError' })
      expect(await remove(toId(upstreamId))).toMatchObject({ __typename: 'DeleteWebhookSuccess', alreadyAbsent: true })
      // The others are pages of the list, which confirms that it is not there.
      const [got, updated, removed, ...others] = standIn.calls.slice(start)
      expect([got, updated, removed].map((call) => call && readId(call, standIn))).toEqual([upstreamId, upstreamId, upstreamId])
      expect(new Set(others.map(({ effect }) => effect))).toEqual(new Set(['READ']))
      expect((await list()).totalCount).toBe(1)
    })

    it.each(some(unreachable))('refuses the id %j before any call', async (upstreamId) => {
      const { get, remove, standIn } = await open()
      expect(await get(toId(upstreamId))).toMatchObject({ __typename: 'NotFoundError', upstream: null })
      expect(await remove(toId(upstreamId))).toMatchObject({ __typename: 'NotFoundError', upstream: null })
      expect(standIn.calls).toEqual([])
    })

    const ownWords = JSON.stringify(provider.sandbox.refusals.undocumented('this').body)
    const failures = [
      ['refused credentials', { status: 401, body: '' }, { code: 'CREDENTIALS_REJECTED', retry: 'AFTER_FIX' }],
      ['a missing permission', { status: 403, body: ownWords }, { code: 'PERMISSION_DENIED', retry: 'AFTER_FIX' }],
      [
        'a rate limit',
        { status: 429, body: '', headers: { 'retry-after': '7' } },
        { code: 'RATE_LIMITED', retry: 'SAFE_AFTER_DELAY', retryAfterMs: 7_000 },
      ],
      [
        'a rate limit that does not say for how long',
        { status: 429, body: '' },
        { code: 'RATE_LIMITED', retry: 'SAFE_AFTER_DELAY', retryAfterMs: provider.rateLimitDelayMs },
      ],
      ['an undocumented 4xx', { status: 418, body: ownWords }, { code: 'UPSTREAM_REJECTED', retry: 'AFTER_FIX' }],
    ] as const
    it.each(some(failures))('reads %s as such, in every operation', async (_, fault, error) => {
      const { create, update, remove, get, list, standIn } = await open()
      // A create looks at the account first.
      standIn.fail({ ...fault, times: 6 })
      const results = [
        await create(),
        await update({ id: toId('a'), ...change }),
        await remove(toId('a')),
        await get(toId('a')),
        (await list()).sources[0].error,
      ]
      for (const result of results)
        expect(result).toMatchObject({
          ...error,
          upstream: { status: fault.status, attempts: 1, account: { slug: provider.name } },
        })
      expect(standIn.calls.filter(({ effect }) => effect === 'WRITE').length).toBeLessThanOrEqual(3)
    })

    it.each(some(failures))('reads %s as such, in every further operation', async (_, fault, error) => {
      for (const operation of furtherNames) {
        if (provider.operations[operation].support === 'UNSUPPORTED') continue
        const { seededId, seededEventId = '' } = provider.sandbox
        const id = operation === 'REDELIVER' ? toDeliveryId(seededId, seededEventId) : toId(seededId)
        const { further, standIn } = await open({ seeded: true })
        if (operation === 'LIST_DELIVERIES') {
          // The webhook is read first.
          const probe = await open({ seeded: true })
          await probe.further(operation, id)
          standIn.fail({ ...fault, path: probe.standIn.calls.at(-1)?.path })
        } else {
          standIn.fail(fault)
        }
        expect(await further(operation, id)).toMatchObject({
          ...error,
          upstream: { status: fault.status, attempts: 1, account: { slug: provider.name } },
        })
        expect(standIn.calls.filter(({ effect }) => effect === 'WRITE').length).toBeLessThanOrEqual(1)
      }
    })

    const broken = [
      ['a server error', { status: 500, body: '{}' }, { code: 'UPSTREAM_UNAVAILABLE', retry: 'SAFE' }],
      ['a bad gateway', { status: 502, body: '<html>' }, { code: 'UPSTREAM_UNAVAILABLE', retry: 'SAFE' }],
      ['a reset', { cut: 'connection' }, { code: 'UPSTREAM_UNAVAILABLE', retry: 'SAFE' }],
      ['a cut answer', { cut: 'body', body: '{"data":[{"id":"1"' }, { code: 'UPSTREAM_UNAVAILABLE', retry: 'SAFE' }],
      ['HTML with 200', { status: 200, body: '<html>Login</html>' }, { code: 'UPSTREAM_CONTRACT', retry: 'NEVER' }],
      ['cut JSON', { status: 200, body: '{"data":[{"id":' }, { code: 'UPSTREAM_CONTRACT', retry: 'NEVER' }],
      ['an empty body', { status: 200, body: '' }, { code: 'UPSTREAM_CONTRACT', retry: 'NEVER' }],
      [
        'missing fields',
        { status: 200, body: '{"data":{"name":"1"},"success":true}' },
        { code: 'UPSTREAM_CONTRACT', retry: 'NEVER' },
      ],
      [
        'a redirect',
        { status: 302, body: '', headers: { location: '/elsewhere' } },
        { code: 'UPSTREAM_CONTRACT', retry: 'NEVER' },
      ],
    ] as const
    it.each(some(broken))('reads %s to a read as harmless', async (_, fault, error) => {
      const { get, list, standIn } = await open()
      standIn.fail({ ...fault, times: 2 })
      for (const result of [await get(toId('a')), (await list()).sources[0].error]) expect(result).toMatchObject(error)
      expect(standIn.calls).toHaveLength(2)
    })

    it.each(broken.filter(([name]) => name !== 'a redirect'))(
      'creates once though the answer was lost to %s',
      async (_, fault) => {
        const { create, list, standIn } = await open()
        await create({ name: 'Before', url: 'https://hooks.acme.test/before' })
        standIn.fail({ ...fault, when: 'after', effect: 'WRITE' })
        const result = await create()
        expectRecovered(result, standIn)
        const { nodes } = await list()
        expect(nodes).toHaveLength(2)
        const { id } = nodes.find(
          ({ name, url }: { name: string | null; url: string }) => url === input.url || (isNamed && name === input.name),
        )
        expect(result.webhook ?? result.candidates[0]).toMatchObject({ id })
      },
    )

    it('cuts a hanging read off', async () => {
      const { list, standIn } = await open({ timeoutMs: 200 })
      standIn.fail({ hang: true })
      expect((await list()).sources).toMatchObject([
        { state: 'FAILED', error: { code: 'UPSTREAM_UNAVAILABLE', upstream: { status: null } } },
      ])
    })

    it('creates once though the answer never came', async () => {
      const { create, list, standIn } = await open({ timeoutMs: 2_500 })
      standIn.fail({ hang: true, when: 'after', effect: 'WRITE' })
      expectRecovered(await create(), standIn)
      expect((await list()).nodes).toHaveLength(1)
    })

    it('creates once if a create with a key of the provider was lost before it took effect', async (context) => {
      if (getRepeat(provider) === undefined) return context.skip('It has no idempotency keys.')
      const { create, list, standIn } = await open()
      standIn.fail({ cut: 'connection', when: 'before', effect: 'WRITE' })
      expectRecovered(await create(), standIn)
      expect((await list()).nodes).toHaveLength(1)
    })

    it('rotates once if the answer to a rotation with a key of the provider was lost', async (context) => {
      const { ROTATE_SECRET: rotation } = provider.operations
      if (isUnsupported(rotation)) return context.skip(rotation.note)
      if (rotation.strategy !== 'PROVIDER' || rotation.repeat === undefined) return context.skip('It has no key.')
      const { create, further, standIn } = await open()
      const { webhook, signingSecret } = await create()
      standIn.fail({ cut: 'connection', when: 'after', effect: 'WRITE' })
      const rotated = await further('ROTATE_SECRET', webhook.id)
      expect(rotated).toMatchObject({ webhook: { id: webhook.id }, signingSecret: expect.stringMatching(/.{12,}/) })
      expect(rotated.warnings).toContainEqual({ code: 'RECOVERED' })
      expect(rotated.signingSecret).not.toBe(signingSecret)
    })

    it('finds nothing where a create was lost before it took effect', async (context) => {
      if (getRepeat(provider) !== undefined) return context.skip('It is sent again with its key.')
      const { create, list, standIn } = await open()
      await create()
      standIn.fail({ cut: 'connection', when: 'before', effect: 'WRITE' })
      expect(await create({ name: 'Lost', url: 'https://hooks.acme.test/lost' })).toMatchObject({
        __typename: 'OutcomeUnknownError',
        candidates: [],
      })
      expect((await list()).nodes).toHaveLength(1)
    })

    describeSpoiled(provider, variant, webhookFields)
  })

  function requireSupport(context: TestContext, ...operations: readonly Operation[]): void {
    for (const operation of operations) {
      const statement = provider.operations[operation]
      if (statement.support === 'UNSUPPORTED') context.skip(statement.note)
    }
  }

  /** One create whose answer was lost: the webhook with its secret, or what was found and that the secret is lost. */
  function expectRecovered(result: Readonly<Record<string, unknown>>, standIn: StandIn): void {
    const creates = standIn.calls.filter(
      ({ effect, body }) => effect === 'WRITE' && JSON.stringify(body ?? null).includes(input.url),
    )
    const repeat = getRepeat(provider)
    // The same request with the same key.
    const sent = creates.map(({ text, headers }) => [text, headers['idempotency-key']].join(' '))
    if (repeat === undefined) expect(creates).toHaveLength(1)
    else expect(new Set(sent).size).toBe(1)
    if (!isRecoverable(provider) || (repeat === undefined && unproven)) {
      expect(result).toMatchObject({ __typename: 'OutcomeUnknownError', retry: 'CHECK_FIRST', candidates: [{}] })
      if (isUnsupported(provider.recovery)) expect(result['message']).toContain(provider.recovery.note)
      return
    }
    expect(result).toMatchObject({
      __typename: 'CreateWebhookSuccess',
      signingSecret: expect.stringMatching(/.{12,}/),
      warnings: [{ code: 'RECOVERED' }],
    })
  }

  function toId(upstreamId: string): string {
    return formatId({ kind: 'webhook', slug: provider.name, upstreamId })
  }

  function toDeliveryId(upstreamId: string, key: string): string {
    return formatId({ kind: 'delivery', slug: provider.name, upstreamId, key })
  }

  /** What these input fields read as. */
  function expected(fields: object): object {
    const readable = Object.entries(fields).filter(([name]) => name !== 'account')
    return Object.fromEntries(readable.map(([name, value]) => [name, absent.some((each) => each === name) ? null : value]))
  }

  /** The fields of a webhook that changing `changed` must not move. */
  function stable(webhook: Readonly<Record<string, unknown>>, changed: readonly string[]): object {
    const moving = new Set([
      'updatedAt',
      'createdAt',
      'text',
      'status',
      'verified',
      'lastEnabledAt',
      'lastDisabledAt',
      ...movingDetails,
      ...changed,
    ])
    return Object.fromEntries(Object.entries(webhook).filter(([name]) => !moving.has(name)))
  }
}

/** The selection of a provider's own fields, objects opened. */
function toSelection(details: DetailStatements): string {
  return Object.entries(details)
    .map(([name, { type }]) => (typeof type === 'string' || 'values' in type ? name : `${name} { ${toSelection(type.fields)} }`))
    .join(' ')
}

/** Everything in a call that may hold an id, decoded: segments of the path, the query and the body, its variables opened. */
function readPlaces({ path, body }: StandIn['calls'][number]): readonly unknown[] {
  const { pathname, searchParams } = new URL(path, 'http://stand-in')
  const { variables, ...members }: Readonly<Record<string, unknown>> = { ...Object(body) }
  const places = [...Object.entries(members), ...Object.entries(Object(variables))].flat()
  return [...pathname.split('/').map(decodeURIComponent), ...[...searchParams].flat(), ...places]
}

/** The id that a call is about, wherever the provider has it: query, body, variables or the one segment behind the collection. */
function readId({ path, body }: StandIn['calls'][number], standIn: StandIn): string | null {
  const url = new URL(path, standIn.apiUrl)
  const query = url.searchParams.get('id')
  if (query !== null) return query
  const { id, variables }: Readonly<Record<string, unknown>> = { ...Object(body) }
  const own: unknown = id ?? Object(variables).id
  if (typeof own === 'string') return own
  const segments = url.pathname.slice(new URL(standIn.apiUrl).pathname.replace(/\/$/, '').length).split('/')
  return segments.length === 3 ? decodeURIComponent(segments[2] ?? '') : null
}
