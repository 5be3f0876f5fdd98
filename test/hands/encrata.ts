import { createHmac } from 'node:crypto'
import * as z from 'zod'
import type { Ways } from './hands.ts'
import { makes, own, readMade, readStored } from './rest.ts'

export const encrata: Ways = {
  own: { ...own, update: [{ method: 'PUT' }] },
  makes,
  open: (ask, events) => ({
    look: async () => readStored(await ask('GET', '/webhooks')),
    create: async (name, url) => readMade(await ask('POST', '/webhooks', { description: name, url, events })),
    createLike: async (body) => void (await ask('POST', '/webhooks', body)),
    disable: async ({ id, name, url }) =>
      void (await ask('PUT', '/webhooks', { id, url, events, description: name, is_active: false })),
    remove: async (id) => void (await ask('DELETE', '/webhooks', { id })),
    async isAlive(id, secret) {
      const { signature } = z.object({ signature: z.string() }).parse(await ask('POST', '/webhooks/test', { id }))
      const [sent] = z.array(z.object({ payload: z.json() })).parse(await ask('GET', `/webhooks/deliveries?webhook_id=${id}`))
      return createHmac('sha256', secret).update(JSON.stringify(sent?.payload)).digest('hex') === signature
    },
  }),
}
