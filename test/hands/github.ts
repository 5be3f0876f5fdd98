import { createHmac } from 'node:crypto'
import * as z from 'zod'
import type { StoredWebhook, Ways } from './hands.ts'
import { own } from './rest.ts'

const hook = z
  .object({ id: z.int(), active: z.boolean(), config: z.object({ url: z.string() }) })
  .transform(({ id, active, config: { url } }) => ({ id: String(id), url, name: '', enabled: active, active }))
const sent = z.object({
  request: z.object({
    headers: z.object({ 'Content-Type': z.string(), 'X-Hub-Signature-256': z.string().optional() }),
    payload: z.json(),
  }),
})

export const github: Ways = {
  own: { ...own, rotate: [{ method: 'PATCH' }] },
  makes: ({ method, path }) => method === 'POST' && path.endsWith('/hooks'),
  open: (ask, events) => ({
    async look() {
      const found: StoredWebhook[] = []
      for (let page = 1; ; page += 1) {
        const read = z.array(hook).parse(await ask('GET', `/hooks?per_page=100&page=${page}`))
        if (read.length === 0) return found
        found.push(...read)
      }
    },
    async create(_, url) {
      const secret = 'chosen-by-hand'
      const config = { url, content_type: 'json', secret }
      const { data } = hook.safeParse(await ask('POST', '/hooks', { name: 'web', config, events }))
      return data === undefined ? null : { id: data.id, secret }
    },
    async createLike(body) {
      const { config, ...rest } = z.looseObject({ config: z.looseObject({ secret: z.string() }) }).parse(body)
      await ask('POST', '/hooks', { ...rest, config: { ...config, secret: 'of-somebody-else' } })
    },
    disable: async ({ id }) => void (await ask('PATCH', `/hooks/${id}`, { active: false })),
    remove: async (id) => void (await ask('DELETE', `/hooks/${id}`)),
    async isAlive(id, secret) {
      await ask('POST', `/hooks/${id}/pings`)
      const [last] = z.array(z.object({ id: z.string() })).parse(await ask('GET', `/hooks/${id}/deliveries`))
      const { headers, payload } = sent.parse(await ask('GET', `/hooks/${id}/deliveries/${last?.id}`)).request
      const text = JSON.stringify(payload)
      const body = headers['Content-Type'] === 'application/json' ? text : `payload=${encodeURIComponent(text)}`
      const signature = createHmac('sha256', secret).update(body).digest('hex')
      return headers['X-Hub-Signature-256'] === `sha256=${signature}`
    },
  }),
}
