import * as z from 'zod'
import type { Ways } from './hands.ts'
import { makes, own, readMade, readStored } from './rest.ts'

export const baanx: Ways = {
  own: { ...own, update: [{ method: 'PUT' }] },
  makes,
  open: (ask, events) => ({
    look: async () => readStored(await ask('GET', '/webhooks')),
    create: async (name, url) => readMade(await ask('POST', '/webhooks', { name, url, event_types: events, is_active: true })),
    async createLike(body) {
      const { metadata: _, ...rest } = { metadata: null, ...body }
      await ask('POST', '/webhooks', rest)
    },
    disable: async ({ id }) => void (await ask('PUT', `/webhooks/${id}`, { is_active: false })),
    remove: async (id) => void (await ask('DELETE', `/webhooks/${id}`)),
    async isAlive(id, secret) {
      const { apiKey } = z.object({ apiKey: z.string() }).parse(await ask('GET', `/webhooks/${id}`))
      return apiKey.endsWith(secret.slice(-4))
    },
  }),
}
