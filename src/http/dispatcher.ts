import { Agent } from 'undici'

/** To one origin at the same time. */
export const connections = 16

/** A pool for any number of origins: keep-alive, bounded connections, answers up to `maxBytes`, HTTP/1.1. */
export function createDispatcher(maxBytes = 5_000_000): Agent {
  return new Agent({
    allowH2: false,
    connections,
    connectTimeout: 5_000,
    keepAliveTimeout: 10_000,
    maxResponseSize: maxBytes,
  })
}
