import { Agent } from 'undici'

/** Concurrent connections per origin. */
export const connections = 16

/** A connection pool for any number of origins: keep-alive, bounded connections, responses up to `maxBytes`, HTTP/1.1. */
export function createDispatcher(maxBytes = 5_000_000): Agent {
  return new Agent({
    allowH2: false,
    connections,
    connectTimeout: 5_000,
    keepAliveTimeout: 10_000,
    maxResponseSize: maxBytes,
  })
}
