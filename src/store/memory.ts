import type { Database } from './database.ts'
import { migrate } from './migrations/migrate.ts'
import { openEngine } from './sqlite/engine.ts'
import { openSqlite } from './sqlite/sqlite.ts'

/** A database with its tables and nothing in them. Making them takes far longer than copying it. */
let empty: Promise<Uint8Array> | undefined

/** Opens a database in memory that has its tables. Rejects with StoreError. */
export async function openMemory(): Promise<Database> {
  empty ??= makeEmpty()
  const copied = await empty
  return openSqlite(null, () => openEngine(null, copied))
}

async function makeEmpty(): Promise<Uint8Array> {
  const engine = openEngine(null)
  const database = await openSqlite(null, () => engine)
  await migrate(database, 'memory')
  const copied = engine.copy()
  await database.close()
  return copied
}
