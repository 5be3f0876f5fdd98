import type { Connection } from './connection.ts'
import { NotFoundError } from '../errors.ts'
import { isSegment } from '../provider/path.ts'
import { isSlug, parseId } from '../id.ts'
import type { Provider } from '../provider/provider.ts'

/** Location of the webhook with a global ID. */
export interface Location {
  readonly connection: Connection
  readonly upstreamId: string
}

/** Location of the delivery with a global ID. */
export interface DeliveryLocation extends Location {
  readonly key: string
}

export type Directory = ReturnType<typeof createDirectory>

/** Finds accounts by slug and webhooks by global ID. Sends no requests. */
export function createDirectory(connections: readonly Connection[]) {
  const bySlug = new Map(connections.map((connection) => [connection.account.slug, connection]))

  /** Null for an ID that no webhook of these accounts can have. */
  function locate(id: unknown): Location | null {
    const parsed = typeof id === 'string' ? parseId(id) : null
    if (parsed?.kind !== 'webhook' || !isSegment(parsed.upstreamId)) return null
    const connection = bySlug.get(parsed.slug)
    return connection === undefined ? null : { connection, upstreamId: parsed.upstreamId }
  }

  /** Null for an ID that no delivery of these accounts can have. */
  function locateDelivery(id: unknown): DeliveryLocation | null {
    const parsed = typeof id === 'string' ? parseId(id) : null
    if (parsed?.kind !== 'delivery' || !isSegment(parsed.upstreamId) || !isSegment(parsed.key)) return null
    const connection = bySlug.get(parsed.slug)
    return connection === undefined ? null : { connection, upstreamId: parsed.upstreamId, key: parsed.key }
  }

  return {
    locate,
    locateDelivery,
    find: (slug: unknown): Connection | undefined => (typeof slug === 'string' ? bySlug.get(slug) : undefined),

    getConnection(slug: string): Connection {
      const connection = bySlug.get(slug)
      if (connection !== undefined) return connection
      throw new NotFoundError(describeNoAccount(slug, [...bySlug.keys()]))
    },

    getLocation(id: string): Location {
      const location = locate(id)
      if (location === null) throw new NotFoundError('No webhook has this ID. Use an ID returned by the webhooks query.')
      return location
    },

    getDelivery(id: string): DeliveryLocation {
      const location = locateDelivery(id)
      if (location === null) throw new NotFoundError("No delivery has this ID. Use an ID returned by a webhook's deliveries.")
      return location
    },
  }
}

/** Says that no account has this slug, and lists the configured ones. */
export function describeNoAccount(slug: string, known: readonly string[]): string {
  const account = isSlug(slug) ? `account "${slug}"` : 'such account'
  return `There is no ${account}. Configured accounts: ${known.join(', ') || 'none'}.`
}

export function findProvider(providers: readonly Provider[], name: string): Provider {
  const provider = providers.find((each) => each.name === name)
  if (provider === undefined) throw new TypeError(`There is no provider ${name}`)
  return provider
}
