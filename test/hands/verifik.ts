import * as z from 'zod'
import type { StoredWebhook, Ways } from './hands.ts'
import { makes, own, readMade, readStored } from './rest.ts'

export const verifik: Ways = {
  own: { ...own, update: [{ method: 'PUT' }] },
  makes,
  open: (ask, events) => ({
    async look() {
      const found: StoredWebhook[] = []
      for (let page = 1; ; page += 1) {
        const read = readStored(await ask('GET', `/webhooks?page=${page}&limit=100`))
        if (read.length === 0) return found
        found.push(...read)
      }
    },
    create: async (name, url) =>
      readMade(await ask('POST', '/webhooks', { name, url, isActive: true, events, secret: `strange-${Math.random()}` })),
    createLike: async (body) => void (await ask('POST', '/webhooks', { ...body, secret: 'made-at-the-dashboard' })),
    disable: async ({ id }) => void (await ask('PUT', `/webhooks/${id}`, { isActive: false })),
    remove: async (id) => void (await ask('DELETE', `/webhooks/${id}`)),
    async isAlive(id, secret) {
      const { data } = z.object({ data: z.object({ secret: z.string().optional() }) }).parse(await ask('GET', `/webhooks/${id}`))
      // One of its variants shows none.
      return data.secret === undefined || data.secret === secret
    },
  }),
}
