import { destination, type Logger, pino } from 'pino'
import type { AuthSettings } from './auth/settings.ts'

// What a program that opens a server says, or leaves out.

/** Nobody opens a gateway to everybody by leaving something out. */
export function toAuth(given: AuthSettings | 'none' | null | undefined): AuthSettings | null {
  if (given === 'none') return null
  if (typeof given === 'object' && given !== null) return given
  const advice = `Give API keys or an identity provider, or 'none' where everybody who reaches it may manage the webhooks.`
  throw new TypeError(`createServer needs auth. ${advice}`)
}

/** Throws for what no client could ask for, or asks for the health of the process by. */
export function requirePath(path: string): void {
  if (/^(?:\/[\w~-][\w.~-]*)+$/.test(path) && path !== '/livez' && path !== '/readyz') return
  throw new TypeError('createServer needs a path such as /graphql or /api/graphql, and not that of a health check.')
}

/** What a program learns that says nothing about a log: bugs and what providers do wrong. */
export function createLog(): Logger {
  return pino({ level: 'warn' }, destination({ fd: 2, sync: true }))
}
