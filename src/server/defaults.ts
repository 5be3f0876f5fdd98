import { destination, type Logger, pino } from 'pino'
import type { AuthSettings } from './auth/settings.ts'

// What a program that opens a server says, or leaves out.

/** Nobody opens a gateway to everybody by leaving something out. */
export function toAuth(given: AuthSettings | 'none' | null | undefined): AuthSettings | null {
  if (given === 'none') return null
  if (typeof given === 'object' && given !== null) return given
  const advice = `Pass API keys or an identity provider, or 'none' if anyone who can reach the server may manage the webhooks.`
  throw new TypeError(`createServer requires auth. ${advice}`)
}

/** Throws for what no client could ask for, or asks for the health of the process by. */
export function requirePath(path: string): void {
  if (/^(?:\/[\w~-][\w.~-]*)+$/.test(path) && path !== '/livez' && path !== '/readyz') return
  throw new TypeError('createServer requires a path such as /graphql or /api/graphql that differs from the health check paths.')
}

/** What a program learns that says nothing about a log: bugs and what providers do wrong. */
export function createLog(): Logger {
  return pino({ level: 'warn' }, destination({ fd: 2, sync: true }))
}
