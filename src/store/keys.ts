import { randomBytes } from 'node:crypto'
import { existsSync, closeSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { StoreError } from './error.ts'
import { type SealingKey, toSealingKey } from './seal.ts'

/** The first key seals; all of them open. */
export type SealingKeys = readonly [SealingKey, ...SealingKey[]]

const keyLength = 32
const hex = /^[0-9a-f]{64}$/i
const base64 = /^[\w+/-]{43}=?$/
const way = 'generate one with: openssl rand -base64 32'

/** Keys of 32 bytes in base64 or hex, separated by white space or commas. `place` names their source in errors. */
export function parseKeys(text: string, place: string): SealingKeys {
  const [first, ...others] = text
    .split(/[\s,]+/)
    .filter((each) => each !== '')
    .map((each, index) => {
      if (hex.test(each)) return toSealingKey(Buffer.from(each, 'hex'))
      if (base64.test(each)) return toSealingKey(Buffer.from(each, 'base64'))
      throw new StoreError(`${place}: key ${index + 1} must be 32 bytes in base64 or hex; ${way}`)
    })
  if (first === undefined) throw new StoreError(`${place}: contains no key; ${way}`)
  return [first, ...others]
}

/** A new random key, for a store in memory. */
export function createKeys(): SealingKeys {
  return [toSealingKey(randomBytes(keyLength))]
}

/** The keys in a file. Throws StoreError if it cannot be read. */
export function readKeyFile(path: string): SealingKeys {
  try {
    return parseKeys(readFileSync(path, 'utf8'), path)
  } catch (error) {
    if (error instanceof StoreError) throw error
    throw new StoreError(`${path}: the store's key file cannot be read (${toCode(error)}); check the path and its permissions`)
  }
}

/** The keys in the key file of a store, which is created with a random key if it does not exist. Only its owner can read it. */
export function readOwnKeyFile(path: string): { readonly keys: SealingKeys; readonly isNew: boolean } {
  // A file that is there is never written, so a full disk does not matter.
  const isNew = !existsSync(path) && createKeyFile(path)
  return { keys: readKeyFile(path), isNew }
}

/** Returns false if the file exists. */
function createKeyFile(path: string): boolean {
  const unfinished = `${path}.${randomBytes(4).toString('hex')}`
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    try {
      writeFileSync(unfinished, `${randomBytes(keyLength).toString('base64')}\n`, { mode: 0o600, flag: 'wx', flush: true })
      // Unlike a rename, a link never replaces a key; and a crash leaves no file without its key.
      linkSync(unfinished, path)
    } finally {
      rmSync(unfinished, { force: true })
    }
    flushDirectory(dirname(path))
    return true
  } catch (error) {
    if (toCode(error) === 'EEXIST') return false
    throw new StoreError(
      `${path}: the store's key file cannot be written (${toCode(error)}); make its directory writable, or set HOOKQL_STORE_KEY`,
    )
  }
}

function flushDirectory(path: string): void {
  const directory = openSync(path, 'r')
  fsyncSync(directory)
  closeSync(directory)
}

function toCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
}
