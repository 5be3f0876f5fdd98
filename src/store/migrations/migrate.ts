import type { Kysely } from 'kysely'
import { type Migration, Migrator } from 'kysely/migration'
import type { Database } from '../database.ts'
import { StoreError } from '../error.ts'
import type { Tables } from '../tables.ts'
import { createJournal } from './0001-journal.ts'

/** In the order of their names. A released one never changes. */
const migrations = { '0001-journal': createJournal }

/** Updates the tables to this version, in one transaction. Rejects with StoreError. */
export async function migrate(database: Database, place: string): Promise<void> {
  try {
    await update(database, place)
  } catch (error) {
    // In a damaged database, anything can be found.
    await database.checkIntegrity()
    if (error instanceof StoreError) throw error
    throw new StoreError(`${place}: the store failed: ${error instanceof Error ? error.message : 'unknown error'}`, {
      cause: error,
    })
  }
}

async function update({ queries, types }: Database, place: string): Promise<void> {
  await queries.transaction().execute(async (transaction) => {
    await refuseNewer(transaction.$extendTables<MigrationTables>(), place)
    const provided = Object.entries(migrations).map(
      ([name, up]) => [name, { up: (schema: Kysely<unknown>) => up(schema.schema, types) } satisfies Migration] as const,
    )
    const provider = { getMigrations: () => Promise.resolve(Object.fromEntries(provided)) }
    const { error } = await new Migrator({ db: transaction, provider }).migrateToLatest()
    // Thrown here, it rolls everything back.
    if (error !== undefined) throw error instanceof Error ? error : new TypeError('The migration failed.')
  })
}

/** The table that Kysely records migrations in. */
type MigrationTables = Readonly<Record<'kysely_migration', { readonly name: string }>>

async function refuseNewer(queries: Kysely<Tables & MigrationTables>, place: string): Promise<void> {
  const tables = await queries.introspection.getTables({ withInternalKyselyTables: true })
  if (!tables.some(({ name }) => name === 'kysely_migration')) return
  const done = await queries.selectFrom('kysely_migration').select('name').execute()
  if (done.every(({ name }) => name in migrations)) return
  throw new StoreError(`${place}: this store was created by a newer version of HookQL; update HookQL, or restore a backup`)
}
