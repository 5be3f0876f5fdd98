import { describe, expect, it } from 'vitest'
import { formatId } from '../../src/id.ts'
import type { Provider } from '../../src/provider/provider.ts'
import { isUnsupported } from '../../src/provider/unsupported.ts'
import type { StandIn } from '../../src/sandbox/server.ts'
import { createLedger } from '../../src/gateway/write/ledger.ts'
import { toDraft } from '../helpers/draft.ts'
import { openGateway, toAccount } from '../helpers/gateway.ts'
import { openStandIn, repeatCall } from '../helpers/stand-in.ts'
import { recordWire } from '../wire/wire.ts'

interface Record {
  [member: string]: unknown
}

const wrong = [['type']]
const secretMembers = new Set(['apiKey', 'secret', 'signing_key'])
const wholeError = '... on WebhookError { __typename code message }'

/** What must become of answers that are not quite what a provider's documentation promises: its own, with one member spoiled. */
export function describeSpoiled(provider: Provider, variant: string | undefined, webhookFields: string): void {
  const { CREATE, LIST, LIST_DELIVERIES, ROTATE_SECRET } = provider.operations
  const toId = (upstreamId: unknown) => formatId({ kind: 'webhook', slug: provider.name, upstreamId: String(upstreamId) })
  const { seededId } = provider.sandbox

  async function open() {
    const standIn = await openStandIn(provider, { variant, seeded: true })
    recordWire(provider, standIn)
    const { ask } = openGateway({ providers: [provider], accounts: [toAccount(provider, standIn)] })
    return {
      standIn,
      ask: async (query: string, variables?: object) => {
        const { data, errors } = await ask(query, { ...variables })
        expect(errors).toBeUndefined()
        return data
      },
    }
  }

  async function openList() {
    const { standIn, ask } = await open()
    const list = async () => {
      const source = `state count unreadableCount unreadableIds error { ${wholeError} }`
      const { webhooks } = await ask(
        `{ webhooks(first: 200) { nodes { ${webhookFields} } complete totalCount sources { ${source} } } }`,
      )
      return { ...webhooks, source: webhooks.sources[0] }
    }
    const since = standIn.calls.length
    const whole = await list()
    // Its first page: where no total is told, it is read again after another one behind it, to see that nothing has moved.
    const calls = standIn.calls.slice(since)
    const first = calls[0] ?? missing()
    const times = calls.filter(({ path }) => path === first.path).length
    const target = { path: first.path, ...(first.field !== null && { field: first.field }) }
    const answer = (body: unknown) => standIn.fail({ ...target, status: 200, body: JSON.stringify(body), times })
    return { ask, list, whole, answer, sent: await repeatCall(standIn, first) }
  }

  describe('where an answer is not what was promised', () => {
    it('leaves out of a list the one webhook that it cannot read, counts it and knows its id', async (context) => {
      if (LIST.support === 'UNSUPPORTED') return context.skip(LIST.note)
      const { list, whole, answer, sent } = await openList()
      const total = whole.nodes.length
      const lost: string[] = []
      for (const { member, spoiled, record } of spoil(sent)) {
        answer(spoiled)
        const { nodes, complete, totalCount, source } = await list()
        const id = toId(record['_id'] ?? record['id'])
        const others = whole.nodes.filter((each: Record) => each['id'] !== id)
        expect(nodes.filter((each: Record) => each['id'] !== id)).toEqual(others)
        if (complete === true) continue
        lost.push(member)
        expect({ totalCount, source }).toEqual({
          totalCount: null,
          source: {
            state: 'TRUNCATED',
            count: total - 1,
            unreadableCount: 1,
            unreadableIds: isId(member) ? [] : [id],
            error: {
              __typename: 'UpstreamContractError',
              code: 'UPSTREAM_CONTRACT',
              message: expect.stringContaining(`1 of ${total} webhooks could not be read`),
            },
          },
        })
      }
      expect(lost).toContain(findUrlMember(sent))
      expect(lost.filter(isId)).toHaveLength(2)
    })

    it('reads an empty name or description as none', async (context) => {
      if (LIST.support === 'UNSUPPORTED') return context.skip(LIST.note)
      const { list, answer, sent } = await openList()
      const record = findRecord(sent)
      const isRead = !isUnsupported(provider.fields.name.onCreate)
      const words = ['name', 'description', 'label'].filter((member) => isRead && member in record)
      for (const member of words) record[member] = ''
      answer(sent)
      const { nodes, complete } = await list()
      const read = nodes.find(({ upstreamId }: Record) => upstreamId === String(record['_id'] ?? record['id']))
      expect({ complete, name: read?.name ?? null }).toEqual({ complete: true, name: null })
      expect(JSON.stringify(read)).not.toContain('""')
    })

    it('says of a webhook that it cannot read that it is there', async (context) => {
      if (LIST.support === 'UNSUPPORTED') return context.skip(LIST.note)
      const { ask, whole, answer, sent } = await openList()
      const { spoiled, record } = spoil(sent).find(({ member }) => member === findUrlMember(sent)) ?? missing()
      const id = toId(record['_id'] ?? record['id'])
      const other = whole.nodes.find((each: Record) => each['id'] !== id)
      const one = (alias: string) => `${alias}: webhook(id: $${alias}) { ... on Webhook { id } ${wholeError} }`
      answer(spoiled)
      const query = `query ($bad: ID!, $good: ID!, $gone: ID!) { ${one('bad')} ${one('good')} ${one('gone')} }`
      expect(await ask(query, { bad: id, good: other.id, gone: toId('gone') })).toMatchObject({
        bad: { __typename: 'UpstreamContractError', message: expect.stringContaining('exists but could not be read') },
        good: { id: other.id },
        gone: { __typename: 'NotFoundError' },
      })
    })

    it('leaves out of a log the one delivery that it cannot read, and counts it', async (context) => {
      if (LIST_DELIVERIES.support === 'UNSUPPORTED') return context.skip(LIST_DELIVERIES.note)
      const { standIn, ask } = await open()
      const query = `query ($id: ID!) { webhook(id: $id) { ... on Webhook { deliveries {
        nodes { upstreamId state } unreadableCount error { ${wholeError} } } } } }`
      const read = async () => (await ask(query, { id: toId(seededId) })).webhook.deliveries
      const whole = await read()
      expect(whole).toMatchObject({ unreadableCount: 0 })
      const path = standIn.calls.at(-1)?.path ?? ''
      const lost: string[] = []
      for (const { member, spoiled } of spoil(await repeatLast(standIn))) {
        standIn.fail({ path, status: 200, body: JSON.stringify(spoiled) })
        const { nodes, unreadableCount } = await read()
        expect(nodes.length).toBeGreaterThanOrEqual(whole.nodes.length - 1)
        if (unreadableCount === 1) lost.push(member)
        else expect(nodes).toHaveLength(whole.nodes.length)
      }
      expect(lost).toEqual(expect.arrayContaining(['id', 'id']))
    })

    it('gives out the secret of a create, whatever could be read of the rest', async (context) => {
      if (CREATE.support === 'UNSUPPORTED') return context.skip(CREATE.note)
      const { standIn } = await open()
      const url = 'https://hooks.acme.test/spoiled'
      const input = toDraft(provider, { name: 'Spoiled', url })
      // Each response has the ID of the first one, which no earlier create can have made, and none that was chosen for it.
      const { repeat: _, ...unkeyed } = CREATE
      const own = { ...provider, operations: { ...provider.operations, CREATE: unkeyed } }
      const ask = async (query: string, variables: object = {}) => {
        const gateway = openGateway({ providers: [own], accounts: [toAccount(own, standIn)], ledger: createLedger() })
        return (await gateway.ask(query, { ...variables })).data
      }
      const create = async () => {
        const query = `mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) {
          ... on CreateWebhookSuccess { signingSecret webhook { ${webhookFields} } warnings { code message } } ${wholeError} } }`
        return (await ask(query, { input })).createWebhook
      }
      const first = await create()
      const call = standIn.calls.findLast(({ effect }) => effect === 'WRITE') ?? missing()
      const remove = (id: string) => ask(`mutation { deleteWebhook(input: { id: "${id}" }) { __typename } }`)
      await remove(first.webhook.id)
      const sent = await repeatCall(standIn, call)
      const { id, _id } = findRecord(sent)
      await remove(toId(String(id ?? _id)))
      standIn.fail({ effect: 'WRITE', status: 201, body: JSON.stringify(sent) })
      const whole = await create()
      for (const { member, spoiled, wrongly } of spoilSides(sent)) {
        standIn.fail({ effect: 'WRITE', status: 201, body: JSON.stringify(spoiled) })
        const created = await create()
        const [{ id, enabled }, codes] = [created.webhook, toCodes(created)]
        expect({ member, id, url: created.webhook.url, enabled }).toEqual({ member, id: whole.webhook.id, url, enabled: true })
        expect(created.signingSecret === null).toBe(first.signingSecret === null)
        const known = JSON.stringify([sent, standIn.calls.findLast(({ effect }) => effect === 'WRITE')?.body])
        if (created.signingSecret !== null) expect(known).toContain(`"${created.signingSecret}"`)
        if (wrongly && !isSame(created.webhook, whole.webhook)) expect(codes).toContain('UNREADABLE_FIELD')
        if ([findUrlMember(sent), 'isActive', 'is_active', 'enabled', 'status'].includes(member))
          expect(codes).toContain('UNREADABLE_FIELD')
      }
    })

    it('gives out the secret of a rotation, whatever could be read of the rest', async (context) => {
      if (ROTATE_SECRET.support === 'UNSUPPORTED') return context.skip(ROTATE_SECRET.note)
      if (ROTATE_SECRET.strategy === 'REPLACEMENT') return context.skip('It is a create.')
      const { standIn, ask } = await open()
      const rotate = async () => {
        const query = `mutation ($id: ID!) { rotateWebhookSecret(input: { id: $id, strategy: ${ROTATE_SECRET.strategy} }) {
          ... on RotateWebhookSecretSuccess { signingSecret webhook { ${webhookFields} } warnings { code } } ${wholeError} } }`
        return (await ask(query, { id: toId(seededId) })).rotateWebhookSecret
      }
      await rotate()
      const call = standIn.calls.findLast(({ effect }) => effect === 'WRITE') ?? missing()
      const sent = await repeatCall(standIn, call)
      standIn.fail({ effect: 'WRITE', status: 200, body: JSON.stringify(sent) })
      const whole = await rotate()
      for (const { member, spoiled, wrongly } of spoilSides(sent)) {
        standIn.fail({ effect: 'WRITE', status: 200, body: JSON.stringify(spoiled) })
        const rotated = await rotate()
        const { id, url, enabled, status } = whole.webhook
        expect({ member, ...rotated.webhook }).toMatchObject({ member, id, url, enabled, status })
        const known = JSON.stringify([sent, standIn.calls.findLast(({ effect }) => effect === 'WRITE')?.body])
        expect(known).toContain(`"${rotated.signingSecret}"`)
        if (wrongly && !isSame(rotated.webhook, whole.webhook)) expect(toCodes(rotated)).toContain('UNREADABLE_FIELD')
      }
    })
  })
}

/** The same without what is read first: the id and the secret. */
function spoilSides(sent: unknown) {
  return spoil(sent).filter(({ member }) => !isId(member) && !secretMembers.has(member))
}

function toCodes({ warnings }: { readonly warnings: readonly { readonly code: string }[] }): readonly string[] {
  return warnings.map(({ code }) => code)
}

function isSame(a: object, b: object): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

function isId(member: string): boolean {
  return member === 'id' || member === '_id'
}

/** An answer with each member of its first record spoiled in turn: of a wrong type, and missing. */
function spoil(sent: unknown) {
  const members = Object.keys(findRecord(sent))
  return members.flatMap((member) =>
    [wrong, undefined].map((value) => {
      const spoiled = structuredClone(sent)
      const record = findRecord(spoiled)
      const before = { ...record }
      if (value === undefined) Reflect.deleteProperty(record, member)
      else record[member] = value
      return { member, spoiled, record: before, wrongly: value !== undefined }
    }),
  )
}

/** The record in an answer, or the first one in a list, whatever it is wrapped in. */
function findRecord(sent: unknown): Record {
  if (Array.isArray(sent)) return findRecord(sent[0])
  const record = sent as Record
  if ('id' in record || '_id' in record) return record
  const inner = Object.values(record).find((value) => typeof value === 'object' && value !== null)
  // An answer without an id tells of the one webhook that was named.
  return inner === undefined ? record : findRecord(inner)
}

/** The member of a record that has the URL of the webhook, below it or itself. Some also link the record. */
function findUrlMember(sent: unknown): string {
  const isTarget = (value: unknown): boolean =>
    typeof value === 'string'
      ? /^https:\/\/[a-z]+\.acme\.test\//.test(value)
      : typeof value === 'object' && value !== null && Object.values(value).some(isTarget)
  return Object.entries(findRecord(sent)).find(([, value]) => isTarget(value))?.[0] ?? missing()
}

async function repeatLast(standIn: StandIn): Promise<unknown> {
  return repeatCall(standIn, standIn.calls.at(-1) ?? missing())
}

function missing(): never {
  throw new Error('There is none.')
}
