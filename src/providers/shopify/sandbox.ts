import * as z from 'zod'
import {
  type GraphqlProblem,
  GraphqlRefusal,
  graphqlRoute,
  isHttpsUrl,
  resolver,
  type StandInAnswer,
  type StandInStatement,
} from '../../provider/stand-in.ts'
import { topics } from './events.ts'

interface StoredWebhook {
  readonly id: string
  readonly legacyResourceId: string
  readonly topic: string
  uri: string
  format: 'JSON' | 'XML'
  filter: string | null
  includeFields: readonly string[]
  metafieldNamespaces: readonly string[]
  metafields: readonly Metafield[]
  name: string | null
  readonly createdAt: string
  updatedAt: string
}

interface Metafield {
  readonly namespace: string
  readonly key: string
}

/** The documented schema of webhooks, without the deprecated mutations. */
const sdl = `
  schema { query: QueryRoot mutation: Mutation }

  type QueryRoot {
    webhookSubscription(id: ID!): WebhookSubscription
    webhookSubscriptions(
      after: String
      before: String
      first: Int
      format: WebhookSubscriptionFormat
      last: Int
      reverse: Boolean = false
      topics: [WebhookSubscriptionTopic!]
      uri: String
    ): WebhookSubscriptionConnection!
  }

  type Mutation {
    webhookSubscriptionCreate(
      topic: WebhookSubscriptionTopic!
      webhookSubscription: WebhookSubscriptionInput!
    ): WebhookSubscriptionCreatePayload
    webhookSubscriptionDelete(id: ID!): WebhookSubscriptionDeletePayload
    webhookSubscriptionUpdate(id: ID!, webhookSubscription: WebhookSubscriptionInput!): WebhookSubscriptionUpdatePayload
  }

  scalar DateTime
  scalar UnsignedInt64
  scalar URL

  enum WebhookSubscriptionFormat { JSON XML }
  enum WebhookSubscriptionTopic { ${topics.join(' ')} }

  type WebhookSubscription {
    apiVersion: ApiVersion!
    callbackUrl: URL! @deprecated
    createdAt: DateTime!
    filter: String
    format: WebhookSubscriptionFormat!
    id: ID!
    includeFields: [String!]!
    legacyResourceId: UnsignedInt64!
    metafieldNamespaces: [String!]!
    metafields: [WebhookSubscriptionMetafieldIdentifier!]!
    name: String
    topic: WebhookSubscriptionTopic!
    updatedAt: DateTime!
    uri: String!
  }

  type ApiVersion { displayName: String! handle: String! supported: Boolean! }
  type WebhookSubscriptionMetafieldIdentifier { key: String! namespace: String! }

  type WebhookSubscriptionConnection {
    edges: [WebhookSubscriptionEdge!]!
    nodes: [WebhookSubscription!]!
    pageInfo: PageInfo!
  }
  type WebhookSubscriptionEdge { cursor: String! node: WebhookSubscription! }
  type PageInfo { endCursor: String hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String }

  type UserError { field: [String!] message: String! }
  type WebhookSubscriptionCreatePayload { userErrors: [UserError!]! webhookSubscription: WebhookSubscription }
  type WebhookSubscriptionUpdatePayload { userErrors: [UserError!]! webhookSubscription: WebhookSubscription }
  type WebhookSubscriptionDeletePayload { deletedWebhookSubscriptionId: ID userErrors: [UserError!]! }

  input WebhookSubscriptionInput {
    callbackUrl: URL @deprecated
    filter: String
    format: WebhookSubscriptionFormat
    includeFields: [String!]
    metafieldNamespaces: [String!]
    metafields: [HasMetafieldsMetafieldIdentifierInput!]
    name: String
    uri: String
  }
  input HasMetafieldsMetafieldIdentifierInput { key: String! namespace: String }
`

const wireInput = z
  .object({
    callbackUrl: z.string().nullable(),
    filter: z.string().nullable(),
    format: z.enum(['JSON', 'XML']).nullable(),
    includeFields: z.array(z.string()).nullable(),
    metafieldNamespaces: z.array(z.string()).nullable(),
    metafields: z.array(z.object({ key: z.string(), namespace: z.string().nullish() })).nullable(),
    name: z.string().nullable(),
    uri: z.string().nullable(),
  })
  .partial()
type WireInput = z.output<typeof wireInput>

const byId = z.object({ id: z.string() })
const createArgs = z.object({ topic: z.string(), webhookSubscription: wireInput })
const updateArgs = byId.extend({ webhookSubscription: wireInput })
const listArgs = z.object({
  after: z.string().nullish(),
  before: z.string().nullish(),
  first: z.int().nullish(),
  last: z.int().nullish(),
  format: z.string().nullish(),
  reverse: z.boolean().nullish(),
  topics: z.array(z.string()).nullish(),
  uri: z.string().nullish(),
})
type ListArgs = z.output<typeof listArgs>

interface UserError {
  readonly field: readonly string[] | null
  readonly message: string
}

const mostPerRequest = 250
const longestText = 65_535
const seededId = toGid('1397864530001')

export const sandbox: StandInStatement = {
  basePath: '',
  token: 'shpat_sandbox',
  seededId,
  // Shopify's own client sends them.
  headers: ['x-sdk-variant', 'x-sdk-version'],
  refusals: {
    unauthorized: () => refuse(401, '[API] Invalid API key or access token (unrecognized login or wrong password)'),
    unknownPath: () => refuse(404, 'Not Found'),
    undocumented: (what) => refuse(400, `${what} is not documented`),
    rateLimited: () => toAnswer([10, 10], { data: undefined, problems: [throttled] }),
  },
  // As many writes use up the points of the smallest plan.
  limit: { calls: 200, perMs: 20_000 },
  open({ seeded, mostPerPage = mostPerRequest, now }) {
    const webhooks = new Map(seeded ? seed.map((each) => [each.id, { ...each }]) : [])
    let lastId = 1_397_864_540_000
    // What the request costs, and what it cost in the end.
    let [requested, actual] = [0, 0]
    const charge = (points: number, most = points) => ([requested, actual] = [most, points])

    function inspect(webhook: StoredWebhook): readonly UserError[] {
      const others = [...webhooks.values()].filter(({ id }) => id !== webhook.id)
      const isTaken = others.some(
        ({ topic, uri, format, filter }) =>
          topic === webhook.topic && uri === webhook.uri && format === webhook.format && filter === webhook.filter,
      )
      const isNamed = others.some(({ name }) => name !== null && name.toLowerCase() === webhook.name?.toLowerCase())
      return [
        ...inspectUri(webhook.uri).map(toAddressError),
        ...(isTaken ? [toAddressError('for this topic has already been taken')] : []),
        ...inspectFormat(webhook).map((text) => toUserError(['webhookSubscription', 'format'], `Format ${text}`)),
        ...[...inspectName(webhook.name), ...(isNamed ? ['already exists, no duplicate allowed'] : [])].map((text) =>
          toUserError(['webhookSubscription', 'name'], `Name ${text}`),
        ),
        ...inspectFilter(webhook.filter).map((text) => toUserError(['webhookSubscription'], text)),
      ]
    }

    function save(webhook: StoredWebhook) {
      charge(10)
      const userErrors = inspect(webhook)
      if (userErrors.length > 0) return { webhookSubscription: null, userErrors }
      webhooks.set(webhook.id, webhook)
      return { webhookSubscription: show(webhook), userErrors }
    }

    const resolvers = {
      webhookSubscription: resolver(byId, ({ id }) => {
        charge(1)
        const webhook = webhooks.get(checkId(id))
        return webhook === undefined ? null : show(webhook)
      }),
      webhookSubscriptions: resolver(listArgs, (args) => {
        const page = toConnection([...webhooks.values()], args, mostPerPage)
        charge(4 + 5 * page.nodes.length, 4 + 5 * (args.first ?? args.last ?? 0))
        return page
      }),
      webhookSubscriptionCreate: resolver(createArgs, ({ topic, webhookSubscription: input }) => {
        const legacyResourceId = String((lastId += 1))
        const time = toSeconds(now())
        const id = toGid(legacyResourceId)
        return save(change({ ...blank, id, legacyResourceId, topic, createdAt: time, updatedAt: time }, input))
      }),
      webhookSubscriptionUpdate: resolver(updateArgs, ({ id, webhookSubscription: input }) => {
        charge(10)
        const webhook = webhooks.get(checkId(id))
        if (webhook === undefined) return { webhookSubscription: null, userErrors: [unknown] }
        return save({ ...change(webhook, input), updatedAt: toSeconds(now()) })
      }),
      webhookSubscriptionDelete: resolver(byId, ({ id }) => {
        charge(10)
        return webhooks.delete(checkId(id))
          ? { deletedWebhookSubscriptionId: id, userErrors: [] }
          : { deletedWebhookSubscriptionId: null, userErrors: [unknown] }
      }),
    }
    return [graphqlRoute('/graphql.json', sdl, resolvers, (result) => toAnswer([requested, actual], result))]
  },
}

/** The webhook with what an input gives; what it leaves out stays. */
function change(webhook: StoredWebhook, input: WireInput): StoredWebhook {
  const { filter = webhook.filter, name = webhook.name, format, includeFields, metafieldNamespaces, metafields } = input
  return {
    ...webhook,
    uri: (input.uri ?? input.callbackUrl ?? webhook.uri).trim(),
    format: format ?? webhook.format,
    filter,
    includeFields: includeFields === null ? [] : (includeFields ?? webhook.includeFields),
    metafieldNamespaces: metafieldNamespaces === null ? [] : (metafieldNamespaces ?? webhook.metafieldNamespaces),
    metafields: metafields === undefined ? webhook.metafields : (metafields ?? []).map(toMetafield),
    name,
  }
}

function toMetafield({ namespace, key }: { readonly namespace?: string | null | undefined; readonly key: string }): Metafield {
  return { namespace: namespace ?? 'app--101', key }
}

/** What Shopify answers about an address, without its first word. */
function inspectUri(uri: string): readonly string[] {
  if (uri === '') return ["can't be blank"]
  if (Buffer.byteLength(uri) > longestText) return ['is too big (maximum is 64 KB)']
  const [, scheme = ''] = /^([a-z][a-z0-9+.-]*):/i.exec(uri) ?? []
  switch (scheme.toLowerCase()) {
    case 'https':
      return isHttpsUrl(uri) ? inspectHost(uri) : ['is invalid']
    case 'pubsub':
      return /^pubsub:\/\/[a-z][a-z0-9-]+:[\w.~+%-]+$/i.test(uri)
        ? []
        : ['protocol pubsub:// is not supported', 'is not a valid GCP pub/sub format. Format should be pubsub://project:topic']
    case 'arn':
      return /^arn:aws:events:[a-z0-9-]+::event-source\/\S+$/.test(uri) ? [] : ['is invalid', 'is not a valid AWS ARN']
    case '':
      return ['is invalid']
    default:
      return [`protocol ${scheme}:// is not supported`, ...(scheme === 'kafka' ? ['is invalid'] : [])]
  }
}

function inspectHost(uri: string): readonly string[] {
  const host = URL.parse(uri)?.hostname ?? ''
  const isInternal = /(?:^|\.)(?:localhost|internal|local|shopify\.com|myshopify\.com)$|^(?:10|127)\./.test(host)
  return isInternal ? ['cannot be a Shopify or an internal domain'] : []
}

/** Which topics take no XML is not documented: here it is those of the newest form. */
function inspectFormat({ format, topic, uri }: StoredWebhook): readonly string[] {
  if (format === 'JSON') return []
  if (!uri.startsWith('https:')) return ["can only be used with format: 'json'"]
  return jsonOnly.has(topic) ? ["'xml' is invalid for this webhook topic. Allowed formats: json"] : []
}

function inspectName(name: string | null): readonly string[] {
  if (name === null || /^[A-Za-z0-9_-]+$/.test(name)) return []
  const rule = 'name field can only contain alphanumeric characters, underscores, and hyphens'
  return name === '' ? ['is too short (minimum is 1 character)', rule] : [rule]
}

function inspectFilter(filter: string | null): readonly string[] {
  if (filter === null) return []
  if (Buffer.byteLength(filter) > longestText) return ['The specified filter exceeds the maximum allowed size.']
  return /\w:/.test(filter)
    ? []
    : ['The specified filter is invalid, please ensure you specify the field(s) you wish to filter on.']
}

function toUserError(field: readonly string[] | null, message: string): UserError {
  return { field, message }
}

/** The path is the name of the deprecated field, also for `uri`. */
function toAddressError(text: string): UserError {
  return toUserError(['webhookSubscription', 'callbackUrl'], `Address ${text}`)
}

const unknown = toUserError(['id'], 'Webhook subscription does not exist')

/** Oldest first. A cursor says where a webhook stands, and stays good when that one is deleted. */
function toConnection(webhooks: readonly StoredWebhook[], args: ListArgs, most: number) {
  const { after, before, first, last, format, reverse, topics: wanted, uri } = args
  const size = first ?? last ?? 0
  if (size < 1) throw new GraphqlRefusal('you must provide one of first or last', { code: 'BAD_REQUEST' })
  if (size > mostPerRequest) throw new GraphqlRefusal(`first cannot exceed ${mostPerRequest}`, { code: 'BAD_REQUEST' })
  const all = webhooks.filter(
    (each) => (format ?? each.format) === each.format && (uri ?? each.uri) === each.uri && wanted?.includes(each.topic) !== false,
  )
  const sorted = all.toSorted((one, other) => (toPlace(one) < toPlace(other) ? -1 : 1) * (reverse === true ? -1 : 1))
  const [start, end] = [readCursor(after), readCursor(before)]
  const isPast = (one: string, other: string) => (reverse === true ? one < other : one > other)
  const rest = sorted.filter((each) => {
    const place = toPlace(each)
    return (start === null || isPast(place, start)) && (end === null || isPast(end, place))
  })
  const isBackward = typeof last === 'number'
  const count = Math.min(size, most)
  const nodes = isBackward ? rest.slice(-count) : rest.slice(0, count)
  const edges = nodes.map((each) => ({ node: show(each), cursor: btoa(toPlace(each)) }))
  const isMore = nodes.length < rest.length
  return {
    nodes: edges.map(({ node }) => node),
    edges,
    pageInfo: {
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
      hasNextPage: isBackward ? end !== null : isMore,
      hasPreviousPage: isBackward ? isMore : start !== null,
    },
  }
}

function toPlace({ createdAt, legacyResourceId }: StoredWebhook): string {
  return `${createdAt} ${legacyResourceId}`
}

function readCursor(cursor: string | null | undefined): string | null {
  if (cursor === null || cursor === undefined) return null
  const place = z.base64().safeParse(cursor).success ? atob(cursor) : ''
  if (!/^\d{4}-\S+Z \d+$/.test(place)) throw new GraphqlRefusal(`Invalid cursor for current pagination sort.`)
  return place
}

/** A text that is no global ID does not have the type of the argument. */
function checkId(id: string): string {
  if (/^gid:\/\/shopify\/\w+\/\d+$/.test(id)) return id
  const text = `Invalid global id '${id}'`
  throw new GraphqlRefusal('Variable $id of type ID! was provided invalid value', {
    value: id,
    problems: [{ path: [], explanation: text, message: text }],
    code: 'INVALID_VARIABLE',
  })
}

function toGid(legacyResourceId: string): string {
  return `gid://shopify/WebhookSubscription/${legacyResourceId}`
}

function show(webhook: StoredWebhook) {
  const { uri } = webhook
  return {
    ...webhook,
    apiVersion: { displayName: '2026-10', handle: '2026-10', supported: true },
    callbackUrl: uri.startsWith('https:') ? uri : 'https://eventbridge.arn',
  }
}

/** Every answer to a document has status 200 and tells what it cost. */
function toAnswer(
  [requestedQueryCost, points]: readonly [number, number],
  { data, problems }: { readonly data: unknown; readonly problems: readonly GraphqlProblem[] },
): StandInAnswer {
  const errors = problems.map(toError)
  const isRefused = data === undefined || errors.some(({ extensions }) => extensions['code'] === 'INVALID_VARIABLE')
  const cost = {
    requestedQueryCost,
    actualQueryCost: isRefused ? null : points,
    throttleStatus: { maximumAvailable: 2_000, currentlyAvailable: 2_000 - points, restoreRate: 100 },
  }
  const body = { ...(!isRefused && { data }), ...(errors.length > 0 && { errors }), extensions: { cost } }
  return { status: 200, body }
}

const codes = { SYNTAX: 'parseError', VALIDATION: 'undefinedField', VARIABLES: 'INVALID_VARIABLE' } as const

function toError({ stage, message, locations, path, extensions }: GraphqlProblem) {
  if (stage === 'FIELD') return { message, locations, path, extensions }
  return stage === 'VARIABLES'
    ? { ...toInvalidVariable(message), locations }
    : { message, locations, path: ['query'], extensions: { code: codes[stage] } }
}

const types = new Map([
  ['id', 'ID!'],
  ['topic', 'WebhookSubscriptionTopic!'],
  ['webhookSubscription', 'WebhookSubscriptionInput!'],
])

/** As Shopify words it, from what graphql-js says. */
function toInvalidVariable(text: string) {
  const [, name = 'unknown'] = /^Variable "\$(\w+)"/.exec(text) ?? []
  const [, place = ''] = / at "\w+\.([\w.[\]]+)"; /.exec(text) ?? []
  const explanation = text.slice(text.lastIndexOf('; ') + 1).trim()
  const problem = { path: place.split(/[.[\]]+/).filter((part) => part !== ''), explanation, message: explanation }
  return {
    message: `Variable $${name} of type ${types.get(name) ?? 'String'} was provided invalid value`,
    extensions: { value: null, problems: [problem], code: codes.VARIABLES },
  }
}

const throttled: GraphqlProblem = {
  stage: 'FIELD',
  message: 'Throttled',
  locations: undefined,
  path: undefined,
  extensions: { code: 'THROTTLED', documentation: 'https://shopify.dev/api/usage/rate-limits' },
}

function refuse(status: number, errors: string): StandInAnswer {
  return { status, body: { errors } }
}

function toSeconds(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`
}

const jsonOnly: ReadonlySet<string> = new Set([
  'CUSTOMER_JOINED_SEGMENT',
  'CUSTOMER_LEFT_SEGMENT',
  'CUSTOMER_TAGS_ADDED',
  'CUSTOMER_TAGS_REMOVED',
])

const blank = {
  uri: '',
  format: 'JSON',
  filter: null,
  includeFields: [],
  metafieldNamespaces: [],
  metafields: [],
  name: null,
} as const

const seed: readonly StoredWebhook[] = [
  {
    ...blank,
    id: seededId,
    legacyResourceId: '1397864530001',
    topic: 'ORDERS_CREATE',
    uri: 'https://fulfillment.acme.test/shopify/orders',
    filter: 'total_price:>=100.00',
    includeFields: ['id', 'name', 'total_price', 'updated_at'],
    name: 'large-orders',
    createdAt: '2026-02-03T09:00:00Z',
    updatedAt: '2026-03-11T12:30:00Z',
  },
  {
    ...blank,
    id: toGid('1397864530002'),
    legacyResourceId: '1397864530002',
    topic: 'PRODUCTS_UPDATE',
    uri: 'https://search.acme.test/hooks/products',
    metafieldNamespaces: ['custom'],
    metafields: [{ namespace: 'custom', key: 'material' }],
    createdAt: '2026-02-03T09:04:10Z',
    updatedAt: '2026-02-03T09:04:10Z',
  },
  {
    ...blank,
    id: toGid('1397864530003'),
    legacyResourceId: '1397864530003',
    topic: 'INVENTORY_LEVELS_UPDATE',
    uri: 'https://erp.acme.test/inbound/shopify',
    format: 'XML',
    name: 'erp_stock',
    createdAt: '2026-04-22T16:45:00Z',
    updatedAt: '2026-04-22T16:45:00Z',
  },
  {
    ...blank,
    id: toGid('1397864530004'),
    legacyResourceId: '1397864530004',
    topic: 'APP_UNINSTALLED',
    uri: 'pubsub://acme-production:shopify-events',
    createdAt: '2026-06-15T07:20:00Z',
    updatedAt: '2026-06-15T07:20:00Z',
  },
]
