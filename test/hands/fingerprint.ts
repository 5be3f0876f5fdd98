import type { Ways } from './hands.ts'
import { makes, own, readMade, readStored } from './rest.ts'

export const fingerprint: Ways = {
  own: { ...own, update: [{ method: 'PATCH' }] },
  makes,
  open: (ask) => ({
    look: async () => readStored(await ask('GET', '/webhooks')),
    create: async (name, url) => readMade(await ask('POST', '/webhooks', { description: name, url })),
    createLike: async (body) => void (await ask('POST', '/webhooks', body)),
    disable: async ({ id }) => void (await ask('PATCH', `/webhooks/${id}`, { status: 'disabled' })),
    remove: async (id) => void (await ask('DELETE', `/webhooks/${id}`)),
    // It shows nothing that is signed.
    isAlive: () => Promise.resolve(true),
  }),
}
