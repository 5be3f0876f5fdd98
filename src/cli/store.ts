import { randomBytes } from 'node:crypto'
import { closeSync, existsSync, lstatSync, mkdirSync, openSync, readSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Logger } from 'pino'
import { type Config, ConfigError } from '../config/config.ts'
import { formatId } from '../id.ts'
import { quietly } from '../observe/quietly.ts'
import type { Metrics } from '../observe/metrics.ts'
import { reveal } from '../secret.ts'
import { StoreError } from '../store/error.ts'
import { parseKeys, readOwnKeyFile } from '../store/keys.ts'
import { openStore } from '../store/open.ts'
import { parseAddress } from '../store/postgres/address.ts'
import { toSealingKey } from '../store/seal.ts'
import type { Store } from '../store/store.ts'

type Settings = Pick<Config, 'storePath' | 'storeUrl' | 'storeKeys'>

/** Opens the configured store. `newKeyFile` is the key file that was created for it. Throws ConfigError if it cannot be opened. */
export async function openConfiguredStore({ storePath: path, storeUrl, storeKeys }: Settings) {
  try {
    if (storeUrl !== null) {
      const { keys } = readKeys(null, storeKeys)
      return { store: await openStore({ url: reveal(storeUrl), keys }), newKeyFile: null }
    }
    if (path !== null) prepareFolder(dirname(path))
    const { keys, newKeyFile = null } = readKeys(path, storeKeys)
    return { store: await openStore({ path, keys }), newKeyFile }
  } catch (error) {
    throw toProblem(error)
  }
}

/** Where the store is, without what only its users may know. */
export function describePlace({ storePath, storeUrl }: Pick<Config, 'storePath' | 'storeUrl'>): string {
  return storeUrl === null ? (storePath ?? 'memory') : parseAddress(reveal(storeUrl)).place
}

/** What prevents a start, for the operator. */
export function toProblem(error: unknown): unknown {
  return error instanceof StoreError ? new ConfigError([error.message]) : error
}

/** The configured keys, or those in the key file, which is created with a new store. Throws StoreError. */
export function readKeys(path: string | null, storeKeys: Settings['storeKeys']) {
  if (storeKeys !== null) return { keys: parseKeys(reveal(storeKeys), 'HOOKQL_STORE_KEY') }
  if (path === null) return { keys: [toSealingKey(randomBytes(32))] as const }
  const file = `${path}.key`
  const status = lstatSync(path, { throwIfNoEntry: false })
  if (status?.isFile() === false) throw new StoreError(`${path}: this is not a regular file; choose another path for the store`)
  // A new key could not open what the old one has sealed.
  if (status !== undefined && status.size > 0 && !existsSync(file)) {
    if (!isDatabase(path)) throw new StoreError(`${path}: the file is not a HookQL store; choose another path`)
    throw new StoreError(`${file}: the key file of this store is missing; restore it, or set HOOKQL_STORE_KEY to its key`)
  }
  const { keys, isNew } = readOwnKeyFile(file)
  return isNew ? { keys, newKeyFile: file } : { keys }
}

function isDatabase(path: string): boolean {
  const file = openSync(path, 'r')
  try {
    const head = Buffer.alloc(16)
    readSync(file, head)
    return head.toString('latin1') === 'SQLite format 3\0'
  } finally {
    closeSync(file)
  }
}

/** Only the user who runs the gateway can enter it, and Git ignores the one in a working directory. */
function prepareFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const ignored = join(folder, '.gitignore')
    if (basename(folder) === '.hookql' && !existsSync(ignored)) writeFileSync(ignored, '*\n')
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'UNKNOWN'
    throw new StoreError(
      `${folder}: it cannot be created or written (${reason}); choose a path in a directory that this process can write to`,
    )
  }
}

/** The same store, with the time measured that each write of the journal takes to be durable. */
export function measureStore(store: Store, { observeCommit }: Pick<Metrics, 'observeCommit'>): Store {
  const measure =
    <Values extends readonly unknown[]>(commit: (...values: Values) => Promise<void>) =>
    async (...values: Values): Promise<void> => {
      const startedMs = performance.now()
      await commit(...values)
      quietly('The metrics', () => observeCommit(performance.now() - startedMs))
    }
  return { ...store, begin: measure(store.begin), note: measure(store.note), settle: measure(store.settle) }
}

/** The same store, with a log of the entries whose secrets cannot be opened. */
export function logUnopened(store: Store, log: Pick<Logger, 'error'>): Store {
  async function openSecret(id: string, field: string): Promise<string | null> {
    try {
      return await store.openSecret(id, field)
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'unknown'
      quietly('The log', () => log.error({ entry: formatId({ kind: 'entry', id }), reason }, unopened))
      throw error
    }
  }
  return { ...store, openSecret }
}

const unopened = 'secret not opened: it stays sealed in the store'

/** Most open entries of a state that are counted. */
const mostCounted = 1_000

/** Shows the state of the store in the metrics. */
export function watchStore(store: Pick<Store, 'isHealthy' | 'list'>, { setStore }: Pick<Metrics, 'setStore'>): void {
  const countOpen = async (state: 'RUNNING' | 'UNKNOWN') => {
    const entries = await store.list({ states: [state] }, mostCounted)
    return entries.filter(({ abandonedMs }) => abandonedMs === null).length
  }
  setStore({ isHealthy: store.isHealthy, countOpen })
}
