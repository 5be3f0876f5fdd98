import { KeyHeldError, RefusedWriteError, StoreError } from '../error.ts'

/** What the codes of Postgres mean for the operator; whole ones first, then classes. */
const reasons: ReadonlyMap<string, string> = new Map([
  ['28P01', 'the user or the password is wrong; check the URL of the store'],
  ['3D000', 'the database does not exist; create it'],
  ['3F000', 'the schema does not exist; create it'],
  ['42501', 'this user may not do that; make it the owner of the database or schema'],
  ['42P07', 'its tables are those of another program; use a database or schema for HookQL alone'],
  ['25006', 'it can only be read; use the URL of the primary'],
  ['53100', 'its disk is full; free some space'],
  ['53300', 'it has no connection left; raise max_connections, or lower pool_max'],
  ['57014', 'it took too long; check its load and its locks'],
  ['08', 'the connection was lost; check the server and the network'],
  ['28', 'it does not let this user in; check the URL of the store and pg_hba.conf'],
  ['40', 'it could not order this write among others; check its load'],
  ['53', 'it lacks resources; check its memory, disk and connections'],
  ['57', 'it is shutting down or starting'],
  ['XX', 'it is damaged or has failed; check its log, and restore a backup if it must be'],
])

/** What the codes of the network and TLS mean. */
const connectionReasons: readonly (readonly [RegExp, string])[] = [
  [/^(?:ENOTFOUND|EAI_AGAIN)$/, 'the name of its host is not known; check the URL of the store and the network'],
  [/^(?:ECONNREFUSED|ENOENT)$/, 'nothing listens there; start it, or check the URL of the store'],
  [/CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ALTNAME/, 'its certificate is not trusted; set sslrootcert in the URL of the store'],
]

const uniqueViolation = '23505'

/** A transaction had to make way for another one, and can be run again. */
export class ConflictError extends StoreError {
  override readonly name = 'ConflictError'
}

/** The SQLSTATE, or the code of Node.js. */
function readCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

const isSqlState = (code: string) => /^[0-9A-Z]{5}$/.test(code) && /\d|^XX/.test(code)

/** Whether the connection that an error came from can be used for the next transaction. */
export function isHarmless(error: unknown): boolean {
  const code = readCode(error)
  return isSqlState(code) && (isUnfit(code) || ['23', '40', '42'].includes(code.slice(0, 2)))
}

const isUnfit = (code: string) => code.startsWith('22') || code.startsWith('54')

/** The failure in one line. What the driver threw is not kept: it can contain rows, and the connection with its password. */
export function toStoreError(error: unknown, place: string): StoreError {
  if (error instanceof StoreError) return error
  const code = readCode(error)
  const message = error instanceof Error ? error.message : String(error)
  if (code === uniqueViolation) {
    const isKey = error instanceof Error && 'constraint' in error && String(error.constraint).includes('held_key')
    return isKey ? new KeyHeldError() : new RefusedWriteError('Another entry has this ID.')
  }
  // Nothing is wrong with a database that refuses a NUL character, or an ID that is too long for an index.
  if (isUnfit(code)) return new RefusedWriteError(`${place}: it cannot keep a text of this write (${code})`)
  const line = `${place}: ${toReason(code, message)}`
  return code.startsWith('40') ? new ConflictError(line) : new StoreError(line)
}

/** What a code means for the operator, and what to do. */
export function toReason(code: string, message = ''): string {
  const known = isSqlState(code)
    ? (reasons.get(code) ?? reasons.get(code.slice(0, 2)))
    : connectionReasons.find(([pattern]) => pattern.test(code))?.[1]
  if (known !== undefined) return `${known} (${code})`
  if (isSqlState(code)) return `the store failed (${code})`
  if (/timeout/i.test(message)) return 'it does not answer in time; check the server and the network'
  if (message.includes('does not support SSL')) return 'it does not speak TLS; enable that, or set sslmode=disable'
  if (/password/i.test(message)) return 'it asks for a password; put it into the URL of the store'
  return `the connection was lost${code === '' ? '' : ` (${code})`}; check the server and the network`
}
