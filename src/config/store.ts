import { resolve } from 'node:path'
import { StoreError } from '../store/error.ts'
import { parseKeys } from '../store/keys.ts'
import { type Duration, toMilliseconds } from './duration.ts'

// Where the journal is kept, what its secrets are sealed with, and for how long they are kept.

const inMemory = 'memory'
const defaultPath = '.hookql/hookql.db'

/** The file of the store; null keeps it in memory. */
export function toStorePath(text = defaultPath): string | null {
  return text === inMemory ? null : resolve(text)
}

/** Undefined if valid. Never repeats the text: a URL can contain a password. */
export function findStoreIssue(text: string): string | undefined {
  if (/^postgres(?:ql)?:/i.test(text)) return 'PostgreSQL is not supported yet. Use the path of a file, or memory'
  if (/^(?:[a-z][a-z0-9+.-]*:\/\/|file:|sqlite:)/i.test(text)) return 'must be the path of a file without a scheme, or memory'
  if (text !== inMemory && /^:?memory:?$/i.test(text)) return `must be a path or ${inMemory}`
  return /[\\/]$/.test(text) ? 'must be the path of a file, not of a directory' : undefined
}

export const noStore =
  'is not set, and production needs a place for the journal of writes. Set it to a path on a disk that is kept, such as ' +
  '/var/lib/hookql/hookql.db, or to memory to lose the journal, and the secrets in it, with each restart'

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
