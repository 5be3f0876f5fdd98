import type { Database } from './database.ts'
import { createJournal } from './journal.ts'
import { checkKeys, enterKey } from './key-check.ts'
import type { SealingKeys } from './keys.ts'
import { type LeaseOptions, takeLease } from './lease.ts'
import { migrate } from './migrations/migrate.ts'
import { resealAll } from './rekey.ts'
import { createKeyring, type Keyring } from './seal.ts'
import { openSqlite } from './sqlite/sqlite.ts'
import type { Store } from './store.ts'

// The store in the thread that it is called in.

export interface StoreOptions extends LeaseOptions {
  /** Path of the database file; null keeps everything in memory. */
  readonly path: string | null
  readonly keys: SealingKeys
}

export async function openHere(options: StoreOptions): Promise<Store> {
  const { database, keyring } = await openDatabase(options)
  try {
    return createJournal(database, keyring, await takeLease(database, keyring.firstId, options))
  } catch (error) {
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

async function openDatabase({ path, keys }: StoreOptions): Promise<{ database: Database; keyring: Keyring; place: string }> {
  const keyring = createKeyring(keys)
  const place = path ?? 'memory'
  const database = await openSqlite(path)
  try {
    await migrate(database, place)
    await checkKeys(database, keyring, place)
    // The store does not open if it cannot be written.
    await database.write([enterKey(database, keyring)])
    return { database, keyring, place }
  } catch (error) {
    await database.close().catch(() => {})
    throw error
  }
}
