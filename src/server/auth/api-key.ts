import { hash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Caller, Scope } from '../../caller.ts'

/** A configured API key, stored as a hash so that a stolen configuration contains no keys. */
export interface ApiKey {
  readonly name: string
  /** SHA-256 of the key in lowercase hex. Keys have 256 random bits, so no slow hash is needed. */
  readonly sha256: string
  readonly scopes: readonly Scope[]
  /** Slugs; defaults to all accounts. */
  readonly accounts?: readonly string[] | undefined
}

const prefix = 'hql_'

/** A new key with 256 random bits, which is not stored anywhere. */
export function createApiKey(): string {
  return `${prefix}${randomBytes(32).toString('base64url')}`
}

export function hashApiKey(key: string): string {
  return hash('sha256', key)
}

/** Finds the caller of an API key in constant time. */
export function createKeyring(keys: readonly ApiKey[]): (token: string) => Caller | null {
  const entries = keys.map(({ name, sha256, scopes, accounts }) => ({
    hash: Buffer.from(sha256, 'hex'),
    caller: { name: `key:${name}`, scopes: new Set(scopes), accounts: accounts === undefined ? null : new Set(accounts) },
  }))
  return (token) => {
    const given = hash('sha256', token, 'buffer')
    // Compares all keys, so that timing does not reveal which one matched.
    const found = entries.map((entry) => timingSafeEqual(entry.hash, given)).indexOf(true)
    return entries[found]?.caller ?? null
  }
}
