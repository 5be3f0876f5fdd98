import { resolve } from 'node:path'
import { Secret } from '../secret.ts'
import { StoreError } from '../store/error.ts'
import { parseKeys } from '../store/keys.ts'
import { findAddressIssue, isPostgresUrl } from '../store/postgres/address.ts'
import { type Duration, toMilliseconds } from './duration.ts'

// Where the journal is kept, what its secrets are sealed with, and for how long they are kept.

const inMemory = 'memory'
const defaultPath = '.hookql/hookql.db'

/**
 * What no path has: a scheme, which is longer than the letter of a drive, a user before a host, or the first name or the password of a
 * list of settings.
 */
const connectionString = /:\/\/|^[a-z][\w+.-]+:|:[^/\\]*@|^[\w ]+=|(?:pass(?:word|wd)?|pwd)\s*=/i

const notAPath =
  'must be the path of a file without a scheme, the URL of a Postgres database like postgres://user:password@host/database, or memory'

/** Where the store is: a file, or a Postgres database that several processes share. Null keeps it in memory. */
export interface StorePlace {
  readonly storePath: string | null
  readonly storeUrl: Secret | null
}

export function toStorePlace(text = defaultPath): StorePlace {
  if (isPostgresUrl(text)) return { storePath: null, storeUrl: new Secret(text) }
  return { storePath: text === inMemory ? null : resolve(text), storeUrl: null }
}

/** Undefined if the text is the URL of a Postgres database. */
export function findStoreUrlIssue(text: string): string | undefined {
  return isPostgresUrl(text) ? findAddressIssue(text) : 'does not have the URL of a Postgres database'
}

/** Undefined if valid. Never repeats the text: a URL can contain a password. */
export function findStoreIssue(text: string): string | undefined {
  if (isPostgresUrl(text)) return findAddressIssue(text)
  if (connectionString.test(text)) return notAPath
  if (text === '' || (text !== inMemory && /^:?memory:?$/i.test(text))) return `must be a path or ${inMemory}`
  return /[\\/]$/.test(text) ? 'must be the path of a file, not of a directory' : undefined
}

export const noStore =
  'is not set, and production needs a place for the journal of writes. Set it to a path on a disk that is kept, such as ' +
  '/var/lib/hookql/hookql.db, to the URL of a Postgres database, or to memory to lose the journal, and the secrets in it, with each restart'

export const noSharedKey =
  'is not set, and a database needs a key of yours: the same one for all processes that share it. Set it, or storeKeyFile, to what ' +
  'this prints: openssl rand -base64 32'

/** Undefined if the text is one or several keys. */
export function findKeysIssue(text: string): string | undefined {
  try {
    parseKeys(text, 'keys')
    return undefined
  } catch (error) {
    if (error instanceof StoreError) return error.message.replace(/^keys: /, '')
    throw error
  }
}

export interface Retention {
  readonly secretRetention: Duration
  readonly journalRetention: Duration
}

/** What the file says, or the defaults. */
export function toRetention(given: { readonly [Key in keyof Retention]?: Duration | undefined }): Retention {
  return { secretRetention: given.secretRetention ?? '24h', journalRetention: given.journalRetention ?? '90d' }
}

/** Problems by key of the file. */
export function findRetentionIssues({
  secretRetention,
  journalRetention,
}: Retention): readonly (readonly [key: keyof Retention, issue: string])[] {
  const journalMs = toMilliseconds(journalRetention)
  if (journalMs < toMilliseconds('1h')) {
    return [['journalRetention', 'must be at least 1h: a repeated mutation finds its first outcome in the journal']]
  }
  if (journalMs > toMilliseconds('3650d')) return [['journalRetention', 'must be at most 3650d']]
  if (toMilliseconds(secretRetention) <= journalMs) return []
  const issue = `${secretRetention} is longer than journalRetention (${journalRetention}), and a secret is removed with its entry`
  return [['secretRetention', issue]]
}
