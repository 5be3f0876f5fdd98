import { destination, type Logger, pino } from 'pino'
import type { AuthSettings } from './auth/settings.ts'

// Options of programs that create a server, and their defaults.

/** Omitting an option never disables authentication. */
export function toAuth(given: AuthSettings | 'none' | null | undefined): AuthSettings | null {
  if (given === 'none') return null
  if (typeof given === 'object' && given !== null) return given
  const advice = `Pass API keys or an identity provider, or 'none' if anyone who can reach the server may manage the webhooks.`
  throw new TypeError(`createServer requires auth. ${advice}`)
}

/** Throws for a path that no client could request or that is a health check. */
export function requirePath(path: string): void {
  if (/^(?:\/[\w~-][\w.~-]*)+$/.test(path) && path !== '/livez' && path !== '/readyz') return
  throw new TypeError('createServer requires a path such as /graphql or /api/graphql that differs from the health check paths.')
}

/** Default log: bugs and provider failures. */
export function createLog(): Logger {
  return pino({ level: 'warn' }, destination({ fd: 2, sync: true }))
}
