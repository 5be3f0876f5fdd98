import * as z from 'zod'
import type { Provider } from '../../src/provider/provider.ts'
import type { StandIn } from '../../src/sandbox/server.ts'
import { ask, readStored, type StoredWebhook } from '../faults/rig.ts'

/** Somebody at the dashboard of a provider: what they do goes through no gateway. */
export function createHands(provider: Provider, standIn: StandIn) {
  const [eventType] = provider.eventTypes.known
  const events = eventType === undefined ? [] : [eventType.name]
  const call = (method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: object) =>
    ask(provider, standIn, method, path, body)

  /** How this provider says it. */
  function toBody(name: string, url: string): object {
    switch (provider.name) {
      case 'baanx':
        return { name, url, event_types: events, is_active: true }
      case 'verifik':
        return { name, url, isActive: true, events, secret: `strange-${Math.random()}` }
      case 'encrata':
        return { description: name, url, events }
      default:
        return { description: name, url }
    }
  }

  return {
    /** The webhook and its secret; null where it is refused. */
    async create(name: string, url: string): Promise<{ readonly id: string; readonly secret: string | null } | null> {
      return created.safeParse(await call('POST', '/webhooks', toBody(name, url))).data ?? null
    },

    async remove(id: string): Promise<void> {
      await (provider.name === 'encrata' ? call('DELETE', '/webhooks', { id }) : call('DELETE', `/webhooks/${id}`))
    },

    async disable({ id, name, url }: StoredWebhook): Promise<void> {
      switch (provider.name) {
        case 'baanx':
          return void (await call('PUT', `/webhooks/${id}`, { is_active: false }))
        case 'verifik':
          return void (await call('PUT', `/webhooks/${id}`, { isActive: false }))
        case 'encrata':
          return void (await call('PUT', '/webhooks', { id, url, events, description: name, is_active: false }))
        default:
          return void (await call('PATCH', `/webhooks/${id}`, { status: 'disabled' }))
      }
    },

    /** All that is there, read by none of the gateway's code. */
    async look(): Promise<readonly StoredWebhook[]> {
      if (provider.name !== 'verifik') return readStored(provider, standIn)
      const found: StoredWebhook[] = []
      for (let page = 1; ; page += 1) {
        const read = await readStored(provider, standIn, `?page=${page}&limit=100`)
        found.push(...read)
        if (read.length < 100) return found
      }
    },
  }
}

const wireCreated = z.object({
  id: z.string().optional(),
  _id: z.string().optional(),
  secret: z.string().nullish(),
  apiKey: z.string().nullish(),
  signing_key: z.string().nullish(),
})
const created = z
  .union([z.object({ data: wireCreated }).transform(({ data }) => data), wireCreated])
  .transform(({ id, _id = id, secret, apiKey, signing_key: key }) => ({ id: _id ?? '', secret: secret ?? apiKey ?? key ?? null }))
  .refine(({ id }) => id !== '')
