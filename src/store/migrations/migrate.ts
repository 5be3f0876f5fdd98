import type { Kysely, SchemaModule } from 'kysely'
import { type Migration as Step, Migrator } from 'kysely/migration'
import type { ColumnTypes, Database } from '../database.ts'
import { StoreError } from '../error.ts'
import type { Tables } from '../tables.ts'
import { createJournal } from './0001-journal.ts'
import { addOwners } from './0002-owners.ts'

export interface Migration {
  up(schema: SchemaModule, types: ColumnTypes): Promise<void>
  /**
   * Whether a process that does not know this migration can use the store: so during an update, processes of the version before work
   * beside those of the new one, and can be started again. What they write must then be right without what it adds.
   */
  readonly isOptional: boolean
}

/** In the order of their names. A released one never changes. */
export const migrations: Readonly<Record<string, Migration>> = {
  '0001-journal': { up: createJournal, isOptional: false },
  // A process that owns nothing would write beside those that do. No version before it shares a store.
  '0002-owners': { up: addOwners, isOptional: false },
}

/** Updates the tables to this version, in one transaction. Rejects with StoreError. */
export async function migrate(database: Database, place: string, known = migrations): Promise<void> {
  try {
    await database.restructure((queries) => update(queries, database, place, known))
  } catch (error) {
    // In a damaged database, anything can be found.
    await database.checkIntegrity()
    if (error instanceof StoreError) throw error
    throw new StoreError(`${place}: the store failed: ${error instanceof Error ? error.message : 'unknown error'}`, {
      cause: error,
    })
  }
}

async function update(
  queries: Kysely<Tables>,
  { types, schema }: Database,
  place: string,
  known: typeof migrations,
): Promise<void> {
  const unknown = (await listDone(queries, schema)).filter((name) => !(name in known))
  if (unknown.length > 0) return refuseRequired(queries, unknown, place)
  const steps = Object.entries(known).map(
    ([name, { up }]) => [name, { up: (tables: Kysely<unknown>) => up(tables.schema, types) } satisfies Step] as const,
  )
  const provider = { getMigrations: () => Promise.resolve(Object.fromEntries(steps)) }
  const { error } = await new Migrator({
    db: queries,
    provider,
    ...(schema !== undefined && { migrationTableSchema: schema }),
  }).migrateToLatest()
  // Thrown here, it rolls everything back.
  if (error !== undefined) throw error instanceof Error ? error : new TypeError('The migration failed.')
  const optional = Object.entries(known).filter(([, { isOptional }]) => isOptional)
  for (const [migration] of optional)
    await queries
      .insertInto('optional_migrations')
      .values({ migration })
      .onConflict((conflict) => conflict.doNothing())
      .execute()
}

/** The table that Kysely records migrations in. */
type MigrationTables = Readonly<Record<'kysely_migration', { readonly name: string }>>

async function listDone(queries: Kysely<Tables>, schema: string | undefined): Promise<readonly string[]> {
  const tables = await queries.introspection.getTables({ withInternalKyselyTables: true })
  if (!tables.some((table) => table.name === 'kysely_migration' && table.schema === schema)) return []
  const rows = await queries.$extendTables<MigrationTables>().selectFrom('kysely_migration').select('name').execute()
  return rows.map(({ name }) => name)
}

/** Rejects if this version must not use a store that a newer one has updated. */
async function refuseRequired(queries: Kysely<Tables>, unknown: readonly string[], place: string): Promise<void> {
  const optional = await queries.selectFrom('optional_migrations').select('migration').where('migration', 'in', unknown).execute()
  if (optional.length < unknown.length)
    throw new StoreError(`${place}: this store was created by a newer version of HookQL; update HookQL, or restore a backup`)
}
