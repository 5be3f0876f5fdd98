import type { Database } from './database.ts'
import { createJournal } from './journal.ts'
import { createHealth, type HealthOptions } from './health.ts'
import { checkKeys, checkOthers, enterKey } from './key-check.ts'
import type { SealingKeys } from './keys.ts'
import { type LeaseOptions, takeLease } from './lease.ts'
import { openMemory } from './memory.ts'
import { migrate } from './migrations/migrate.ts'
import { resealAll } from './rekey.ts'
import { parseAddress } from './postgres/address.ts'
import { createKeyring, type Keyring } from './seal.ts'
import { openSqlite } from './sqlite/sqlite.ts'
import type { Store } from './store.ts'

// The store in the thread that it is called in.

export type StoreOptions = LeaseOptions &
  HealthOptions & {
    readonly keys: SealingKeys
    /** How long a server has for connecting and for each statement. */
    readonly timeoutMs?: number | undefined
  } & (
    | {
        /** Path of the database file; null keeps everything in memory. */
        readonly path: string | null
      }
    | {
        /** URL of a Postgres database. */
        readonly url: string
      }
  )

export async function openHere(options: StoreOptions): Promise<Store> {
  const opened = await openDatabase(options)
  const { database, keyring } = opened
  const own = await opened.openOwn()
  try {
    const lease = await takeLease(own, keyring.ids, options)
    // Of two that start at once, at least one sees the other's lease.
    await checkOthers(database, keyring, opened.place).catch(async (error: unknown) => {
      await lease.end()
      throw error
    })
    return createJournal(database, keyring, lease, createHealth(options, opened.place))
  } catch (error) {
    await own.close().catch(() => {})
    await database.close().catch(() => {})
    throw error
  }
}

export async function rekeyHere(options: StoreOptions): Promise<number> {
  const { database, keyring, place } = await openDatabase(options)
  try {
    return await resealAll(database, keyring, place)
  } finally {
    await database.close()
  }
}

interface Opened {
  readonly place: string
  readonly database: Database
  /** The same with a connection of its own, which no other work keeps busy. */
  openOwn(): Promise<Database>
}

/** Such a database has its tables from the beginning. */
const isMemory = (options: StoreOptions) => 'path' in options && options.path === null

async function connect(options: StoreOptions): Promise<Opened> {
  if ('path' in options) {
    const database = await (options.path === null ? openMemory() : openSqlite(options.path))
    return { place: options.path ?? 'memory', database, openOwn: () => Promise.resolve(database) }
  }
  const address = parseAddress(options.url)
  const { openPostgres } = await import('./postgres/postgres.ts')
  const { timeoutMs } = options
  return {
    place: address.place,
    database: await openPostgres(address, { timeoutMs }),
    openOwn: () => openPostgres(address, { max: 1, timeoutMs }),
  }
}

async function openDatabase(options: StoreOptions): Promise<Opened & { readonly keyring: Keyring }> {
  const keyring = createKeyring(options.keys)
  const opened = await connect(options)
  const { database, place } = opened
  try {
    if (!isMemory(options)) await migrate(database, place)
    await checkKeys(database, keyring, place)
    // The store does not open if it cannot be written.
    await database.write([enterKey(database, keyring)])
    return { ...opened, keyring }
  } catch (error) {
    await database.close().catch(() => {})
    throw error
  }
}
