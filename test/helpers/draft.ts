import type { Provider } from '../../src/provider/provider.ts'
import { isUnsupported } from '../../src/provider/unsupported.ts'

interface Wanted {
  readonly name: string
  readonly url: string
  readonly enabled?: boolean
}

/** The input of a create, with a name, a switch and an event type only where the provider has them. */
export function toDraft({ name: account, fields, eventTypes }: Provider, { name, url, enabled }: Wanted) {
  const [eventType] = eventTypes.known
  return {
    account,
    url,
    ...(!isUnsupported(fields.name.onCreate) && { name }),
    ...(!isUnsupported(fields.enabled.onCreate) && enabled !== undefined && { enabled }),
    ...(!isUnsupported(fields.eventTypes.onCreate) && eventType !== undefined && { eventTypes: [eventType.name] }),
  }
}

/** Whether webhooks have a name, by which a test tells one state of them from another. test/faults judges the others too. */
export function hasNames({ fields }: Pick<Provider, 'fields'>): boolean {
  return !isUnsupported(fields.name.onUpdate)
}

/** The name that a webhook gets from a create with this one. */
export function toStoredName(provider: Pick<Provider, 'fields'>, name: string): string {
  return hasNames(provider) ? name : ''
}

/** A change that the provider can make: of the name, or else of the URL. */
export function toChange({ fields }: Pick<Provider, 'fields'>, name: string) {
  return isUnsupported(fields.name.onUpdate) ? { url: `https://hooks.acme.test/${name.toLowerCase()}` } : { name }
}
