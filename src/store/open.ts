import type { Database } from './database.ts'
import { createJournal } from './journal.ts'
import { checkKeys, enterKey } from './key-check.ts'
import type { SealingKeys } from './keys.ts'
import { migrate } from './migrations/migrate.ts'
import { resealAll } from './rekey.ts'
import { createKeyring, type Keyring } from './seal.ts'
import { openSqlite } from './sqlite/sqlite.ts'
import type { Store } from './store.ts'

export interface StoreOptions {
  /** Path of the database file; null keeps everything in memory. */
  readonly path: string | null
  readonly keys: SealingKeys
}

/** Opens a store, which is created if it does not exist. Rejects with StoreError. */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { database, keyring } = await openDatabase(options)
  return createJournal(database, keyring)
}

/** Seals every secret of a store with the first key; returns how many were sealed with another. Rejects with StoreError. */
export async function rekeyStore(options: StoreOptions): Promise<number> {
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
