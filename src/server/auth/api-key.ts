import { hash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Caller, Scope } from '../../caller.ts'

/** An API key as it is configured: by its hash, so that the configuration is worth nothing to who steals it. */
export interface ApiKey {
  readonly name: string
  /** SHA-256 of the key in lower-case hex. A key has 256 random bits, so that no slow hash is needed. */
  readonly sha256: string
  readonly scopes: readonly Scope[]
  /** Slugs; left out: all accounts. */
  readonly accounts?: readonly string[] | undefined
}

const prefix = 'hql_'

/** A new key of 256 random bits, which is nowhere but in this result. */
export function createApiKey(): string {
  return `${prefix}${randomBytes(32).toString('base64url')}`
}

export function hashApiKey(key: string): string {
  return hash('sha256', key)
}

/** Whether a bearer token is meant as an API key. */
export function isApiKey(token: string): boolean {
  return token.startsWith(prefix)
}

/** Finds the caller of an API key; takes the same time whichever it is, or none. */
export function createKeyring(keys: readonly ApiKey[]): (token: string) => Caller | null {
  const entries = keys.map(({ name, sha256, scopes, accounts }) => ({
    hash: Buffer.from(sha256, 'hex'),
    caller: { name: `key:${name}`, scopes: new Set(scopes), accounts: accounts === undefined ? null : new Set(accounts) },
  }))
  return (token) => {
    const given = hash('sha256', token, 'buffer')
    // Every one is compared: how long it takes tells nothing of which one it was.
    const found = entries.map((entry) => timingSafeEqual(entry.hash, given)).indexOf(true)
    return entries[found]?.caller ?? null
  }
}
