import * as z from 'zod'
import type { Ask } from './ask.ts'
import type { StoredWebhook, Ways } from './hands.ts'

const node = z.object({ id: z.string(), uri: z.string(), name: z.string().nullable() })
const listed = z.object({
  data: z.object({
    webhookSubscriptions: z.object({
      nodes: z.array(node),
      pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
    }),
  }),
})
const created = z.object({ data: z.object({ webhookSubscriptionCreate: z.object({ webhookSubscription: node }) }) })

const list = `query ($after: String) {
  webhookSubscriptions(first: 250, after: $after) { nodes { id uri name } pageInfo { hasNextPage endCursor } } }`
const create = `mutation ($topic: WebhookSubscriptionTopic!, $webhookSubscription: WebhookSubscriptionInput!) {
  webhookSubscriptionCreate(topic: $topic, webhookSubscription: $webhookSubscription) { webhookSubscription { id uri name } userErrors { message } } }`
const remove = 'mutation ($id: ID!) { webhookSubscriptionDelete(id: $id) { userErrors { message } } }'

const none = { rotate: [], verify: [], test: [], deliveries: [], redeliver: [] }

export const shopify: Ways = {
  own: {
    create: [{ field: 'webhookSubscriptionCreate' }],
    update: [{ field: 'webhookSubscriptionUpdate' }],
    delete: [{ field: 'webhookSubscriptionDelete' }],
    get: [{ field: 'webhookSubscription' }],
    list: [{ field: 'webhookSubscriptions' }],
    ...none,
  },
  makes: ({ field }) => field === 'webhookSubscriptionCreate',
  open(ask: Ask, [topic]) {
    const send = (query: string, variables: object = {}) => ask('POST', '/graphql.json', { query, variables })
    return {
      async look() {
        const found: StoredWebhook[] = []
        for (let after: string | null = null; ;) {
          const page: z.output<typeof listed> = listed.parse(await send(list, { after }))
          const { nodes, pageInfo } = page.data.webhookSubscriptions
          found.push(...nodes.map(({ id, uri, name }) => ({ id, url: uri, name: name ?? '', enabled: true, active: true })))
          if (!pageInfo.hasNextPage) return found
          after = pageInfo.endCursor
        }
      },
      async create(name, url) {
        const answer = created.safeParse(await send(create, { topic, webhookSubscription: { name, uri: url } }))
        return answer.success ? { id: answer.data.data.webhookSubscriptionCreate.webhookSubscription.id, secret: null } : null
      },
      createLike: async (body) => void (await ask('POST', '/graphql.json', body)),
      // It has no switch.
      disable: () => Promise.resolve(),
      remove: async (id) => void (await send(remove, { id })),
      // It has no secrets.
      isAlive: () => Promise.resolve(true),
    }
  },
}
