import type { Ask } from './ask.ts'
import type { StoredWebhook, Ways } from './hands.ts'
import { makes, own, readMade, readStored } from './rest.ts'

const base = '/webhook_endpoints'

export const stripe: Ways = {
  // A create and an update are POSTs, of the collection and of one of it.
  own: { ...own, update: [{ method: 'POST', path: `${base}/` }], rotate: [{ method: 'POST' }] },
  makes,
  open: (ask, events) => ({
    look: () => look(ask),
    create: async (name, url) => readMade(await ask('POST', base, { description: name, url, enabled_events: events })),
    createLike: async (body) => void (await ask('POST', base, body)),
    disable: async ({ id }) => void (await ask('POST', `${base}/${id}`, { disabled: true })),
    remove: async (id) => void (await ask('DELETE', `${base}/${id}`)),
    // Nothing is signed here, and no answer but the first has the secret: it lives as long as its webhook.
    isAlive: async (id, secret) => secret.startsWith('whsec_') && (await look(ask)).some((webhook) => webhook.id === id),
  }),
}

async function look(ask: Ask): Promise<readonly StoredWebhook[]> {
  const found: StoredWebhook[] = []
  for (;;) {
    const last = found.at(-1)
    const read = readStored(await ask('GET', `${base}?limit=100${last === undefined ? '' : `&starting_after=${last.id}`}`))
    if (read.length === 0) return found
    found.push(...read)
  }
}
