// What the peers know of the four APIs: how a list, a webhook and a create look, and seven fields of each webhook.

export const upstreams = JSON.parse(process.env.UPSTREAMS ?? '[]')

const states = (active) => (active ? 'ACTIVE' : 'DISABLED')
const apis = {
  baanx: {
    list: '/webhooks',
    one: (id) => `/webhooks/${id}`,
    readList: (body) => body,
    readOne: (body) => body,
    read: (wire) => ({
      name: wire.name,
      enabled: wire.isActive,
      status: states(wire.isActive),
      eventTypes: wire.eventTypes,
      created: wire.createdAt,
    }),
  },
  encrata: {
    list: '/webhooks',
    one: (id) => `/webhooks?id=${id}`,
    readList: (body) => body,
    readOne: (body) => body,
    read: (wire) => ({
      name: wire.description || null,
      enabled: wire.is_active,
      status: states(wire.is_active),
      eventTypes: wire.events,
      created: wire.created_at,
    }),
  },
  fingerprint: {
    headers: { 'x-api-version': '2025-11-20' },
    list: '/webhooks?limit=100',
    one: (id) => `/webhooks/${id}`,
    readList: (body) => body.data,
    readOne: (body) => body.data,
    read: (wire) => ({
      name: wire.description || null,
      enabled: wire.status === 'enabled',
      status: wire.status === 'disabled' ? 'DISABLED' : wire.verified ? 'ACTIVE' : 'PENDING_VERIFICATION',
      eventTypes: null,
      created: wire.created_at,
    }),
  },
  verifik: {
    headers: { 'content-type': 'application/json' },
    list: '/webhooks?page=1&limit=100&perPage=100',
    page: (page) => `/webhooks?page=${page}&limit=100&perPage=100`,
    one: (id) => `/webhooks/${id}`,
    readList: (body) => body.data,
    readPages: (body) => body.pagination?.pages ?? null,
    readOne: (body) => body.data,
    read: (wire) => ({
      name: wire.name,
      enabled: wire.isActive,
      status: states(wire.isActive),
      eventTypes: wire.events ?? null,
      created: wire.createdAt,
    }),
  },
}

export const sources = upstreams.map(({ slug, provider, baseUrl, token }) => ({
  slug,
  baseUrl,
  ...apis[provider],
  headers: { accept: 'application/json', authorization: `Bearer ${token}`, ...apis[provider].headers },
}))

export function toWebhook(source, wire) {
  const { name, enabled, status, eventTypes, created } = source.read(wire)
  const id = Buffer.from(`w:${source.slug}:${wire.id ?? wire._id}`).toString('base64url')
  return { id, name, url: wire.url, enabled, status, eventTypes, createdAt: new Date(created).toISOString() }
}

export function findSource(id) {
  const [, slug, upstreamId] = Buffer.from(id, 'base64url').toString().split(':')
  return { source: sources.find((each) => each.slug === slug), upstreamId }
}

/** The latest first, ties by id; the first fifty. */
export function merge(lists) {
  const all = lists.flat()
  all.sort((a, b) => (a.createdAt === b.createdAt ? (a.id < b.id ? -1 : 1) : a.createdAt < b.createdAt ? 1 : -1))
  return all.slice(0, 50)
}

export const typeDefs = `
  type Webhook { id: ID! name: String url: String! enabled: Boolean! status: String! eventTypes: [String!] createdAt: String }
  type WebhookConnection { nodes: [Webhook!]! }
  type CreateWebhookSuccess { signingSecret: String webhook: Webhook! }
  input CreateWebhookInput { account: String! name: String! url: String! eventTypes: [String!] }
  type Query { webhooks(first: Int): WebhookConnection! webhook(id: ID!): Webhook }
  type Mutation { createWebhook(input: CreateWebhookInput!): CreateWebhookSuccess! }
`

/** Resolvers over a function that calls an upstream and answers with its parsed body. */
export function createResolvers(call) {
  /** All pages, one after the other. */
  const listAll = async (source) => {
    const body = await call(source, 'GET', source.list)
    const found = source.readList(body)
    const pages = source.readPages?.(body) ?? 1
    for (let page = 2; page <= pages; page += 1) found.push(...source.readList(await call(source, 'GET', source.page(page))))
    return found.map((wire) => toWebhook(source, wire))
  }
  const getOne = async (id) => {
    const { source, upstreamId } = findSource(id)
    return toWebhook(source, source.readOne(await call(source, 'GET', source.one(upstreamId))))
  }
  return {
    Query: {
      webhooks: async () => ({ nodes: merge(await Promise.all(sources.map(listAll))) }),
      webhook: (_, { id }) => getOne(id),
    },
    Mutation: {
      createWebhook: async (_, { input: { account, name, url, eventTypes } }) => {
        const source = sources.find(({ slug }) => slug === account)
        const secret = crypto.randomUUID()
        const wire = source.readOne(
          await call(source, 'POST', '/webhooks', { name, url, events: eventTypes, secret, isActive: true }),
        )
        return { signingSecret: secret, webhook: toWebhook(source, wire) }
      },
    },
  }
}
