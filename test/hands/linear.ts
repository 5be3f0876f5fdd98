import * as z from 'zod'
import type { Ask } from './ask.ts'
import type { StoredWebhook, Ways } from './hands.ts'

const fields = 'id url label enabled'
const stored = z
  .object({ id: z.string(), url: z.string(), label: z.string().nullable(), enabled: z.boolean() })
  .transform(({ label, enabled, ...rest }) => ({ ...rest, name: label ?? '', enabled, active: enabled }))
const owned = z.object({ id: z.string(), secret: z.string() })
const listed = z.object({
  data: z.object({
    webhooks: z.object({
      nodes: z.array(stored),
      pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
    }),
  }),
})
const made = z.object({ data: z.object({ webhookCreate: z.object({ webhook: owned }) }) })
const one = z.object({ data: z.object({ webhook: owned }) })
const sent = z.object({ variables: z.object({ input: z.record(z.string(), z.json()) }) })

export const linear: Ways = {
  own: {
    create: [{ field: 'webhookCreate' }],
    update: [{ field: 'webhookUpdate' }],
    delete: [{ field: 'webhookDelete' }],
    get: [{ field: 'webhook' }],
    list: [{ field: 'webhooks' }],
    rotate: [{ field: 'webhookRotateSecret' }],
    verify: [],
    test: [],
    deliveries: [],
    redeliver: [],
  },
  makes: ({ field }) => field === 'webhookCreate',
  open: (ask, events) => ({
    async look() {
      const found: StoredWebhook[] = []
      const query = `query ($after: String) { webhooks(after: $after, first: 250) { nodes { ${fields} } pageInfo { hasNextPage endCursor } } }`
      for (let after: string | null = null; ;) {
        const page: z.output<typeof listed> = listed.parse(await run(ask, query, { after }))
        const { nodes, pageInfo } = page.data.webhooks
        found.push(...nodes)
        if (!pageInfo.hasNextPage) return found
        after = pageInfo.endCursor
      }
    },
    async create(name, url) {
      const input = { url, label: name, resourceTypes: events, allPublicTeams: true }
      return made.safeParse(await create(ask, input)).data?.data.webhookCreate.webhook ?? null
    },
    async createLike(body) {
      const { id: _, secret: __, ...input } = sent.parse(body).variables.input
      await create(ask, input)
    },
    async disable({ id }) {
      await run(ask, 'mutation ($id: String!) { webhookUpdate(id: $id, input: { enabled: false }) { success } }', { id })
    },
    async remove(id) {
      await run(ask, 'mutation ($id: String!) { webhookDelete(id: $id) { success } }', { id })
    },
    async isAlive(id, secret) {
      const answer = await run(ask, 'query ($id: String!) { webhook(id: $id) { id secret } }', { id })
      return one.parse(answer).data.webhook.secret === secret
    },
  }),
}

function run(ask: Ask, query: string, variables: object): Promise<unknown> {
  return ask('POST', '/graphql', { query, variables })
}

function create(ask: Ask, input: object): Promise<unknown> {
  const query = 'mutation ($input: WebhookCreateInput!) { webhookCreate(input: $input) { webhook { id secret } } }'
  return run(ask, query, { input })
}
