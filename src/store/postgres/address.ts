import { readFileSync } from 'node:fs'
import type { ConnectionOptions } from 'node:tls'
import { StoreError } from '../error.ts'

// The URL of a database. It contains a password, so no message repeats any part of it but the names of parameters.

export interface Address {
  /** The database without user and password: names it in errors. */
  readonly place: string
  readonly user: string
  /** Undefined if the URL has none: the driver then looks into PGPASSWORD and the password file. */
  readonly password: string | undefined
  /** A name, an address, or the directory of a socket. */
  readonly host: string
  readonly port: number
  readonly database: string
  readonly ssl: ConnectionOptions | false
  /** Settings of the session, as in `-c search_path=hookql`. */
  readonly options: string | undefined
  /** How many connections writes and reads share. */
  readonly poolMax: number
}

const prefix = 'The URL of the store is not valid: '
const shape = 'it must look like postgres://user:password@host:5432/database'
const escaping = 'write # as %23, @ as %40, : as %3A, / as %2F and % as %25 in the password'
const hostless = 'it names no host; for a Unix socket, that is its directory with / as %2F, such as %2Fvar%2Frun'
const defaultPort = 5432
const defaultPoolMax = 10
const mostConnections = 1000
const certificates = { sslrootcert: 'ca', sslcert: 'cert', sslkey: 'key' } as const
const parameters = ['host', 'options', 'pool_max', 'sslmode', ...Object.keys(certificates)]

/** Whether the place of a store is a database server. */
export function isPostgresUrl(text: string): boolean {
  return /^postgres(?:ql)?:/i.test(text)
}

/** Throws StoreError if the URL is not valid, or a file that it names cannot be read. */
export function parseAddress(text: string): Address {
  const url = parseUrl(text)
  const { searchParams: given } = url
  const unknown = [...given.keys()].find((name) => !parameters.includes(name))
  if (unknown !== undefined) fail(`the parameter ${JSON.stringify(unknown)} is not known; use ${parameters.join(', ')}`)
  const user = decode(url.username)
  const password = decode(url.password)
  const database = decode(url.pathname.slice(1))
  const host = given.get('host') ?? decode(url.hostname).replace(/^\[(.*)\]$/, '$1')
  if (user === '') fail('it names no user')
  if (host === '') fail('it names no host')
  if (database === '' || database.includes('/')) fail('it names no database')
  const port = url.port === '' ? defaultPort : Number(url.port)
  return {
    place: `Postgres at ${host}:${port}/${database}`,
    user,
    password: password === '' ? undefined : password,
    host,
    port,
    database,
    ssl: readTls(given),
    options: given.get('options') ?? undefined,
    poolMax: readPoolMax(given.get('pool_max')),
  }
}

function parseUrl(text: string): URL {
  if (!/^\w+:\/\//.test(text)) fail(shape)
  if (/^\w+:\/\/[^/?#@]*@(?:[/?#][^@]*)?$/.test(text)) fail(hostless)
  const url = URL.parse(text)
  // The rest of a password that is not escaped is taken for something else.
  const isTorn = url?.hash !== '' || url.username === '' || text.split('@').length > 2
  if (isTorn && text.includes('@')) fail(escaping)
  return url ?? fail(shape)
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return fail(escaping)
  }
}

function readPoolMax(text: string | null): number {
  if (text === null) return defaultPoolMax
  const count = /^\d{1,4}$/.test(text) ? Number(text) : 0
  if (count < 1 || count > mostConnections) fail(`pool_max must be a number from 1 to ${mostConnections}`)
  return count
}

function readTls(given: URLSearchParams): ConnectionOptions | false {
  const mode = given.get('sslmode') ?? 'disable'
  const files = Object.entries(certificates).flatMap(([name, option]) => {
    const path = given.get(name)
    return path === null ? [] : [[option, readCertificate(name, path)] as const]
  })
  switch (mode) {
    case 'disable':
      if (files.length > 0) fail('a certificate needs sslmode=verify-full')
      return false
    case 'no-verify':
      return { ...Object.fromEntries(files), rejectUnauthorized: false }
    case 'require':
    case 'verify-ca':
    case 'verify-full':
      // All of them verify: who asks for encryption means a server, not anybody in between.
      return Object.fromEntries(files)
    default:
      return fail('sslmode must be disable, no-verify, require, verify-ca or verify-full')
  }
}

function readCertificate(name: string, path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    return fail(`the file of ${name} cannot be read (${code})`)
  }
}

/** What is wrong with a URL; undefined if it is valid. */
export function findAddressIssue(text: string): string | undefined {
  try {
    parseAddress(text)
    return undefined
  } catch (error) {
    if (error instanceof StoreError) return error.message.slice(prefix.length)
    throw error
  }
}

function fail(issue: string): never {
  throw new StoreError(prefix + issue)
}
