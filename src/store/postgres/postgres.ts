import { Kysely, sql } from 'kysely'
import type { Change, ColumnTypes, Database } from '../database.ts'
import { StoreError } from '../error.ts'
import type { Tables } from '../tables.ts'
import type { Address } from './address.ts'
import { type Connection, type ConnectionsOptions, createConnections } from './connections.ts'
import { createPostgresDialect } from './dialect.ts'
import { ConflictError, toReason } from './failure.ts'

/** How often a transaction is tried that has to make way for others. */
const attempts = 5
/** Held while tables are changed: "HkQL". */
const structureLock = 0x486b514c

const types: ColumnTypes = { bytes: 'bytea', serial: 'bigserial', toSerial: (column) => column }

/** Opens a database on a server. It need not be there later: what cannot be read or written meanwhile fails. Rejects with StoreError. */
export async function openPostgres(
  address: Address,
  { max = address.poolMax, timeoutMs }: Partial<ConnectionsOptions> = {},
): Promise<Database> {
  const { acquire, isOpen, end } = createConnections(address, { max, timeoutMs })
  const queries = new Kysely<Tables>({ dialect: createPostgresDialect(acquire) })
  const schema = await readSchema(queries, address.place).catch(async (error: unknown) => {
    await end()
    throw error
  })
  return {
    queries,
    schema,
    isShared: true,
    now: () => sql<number>`(extract(epoch from clock_timestamp()) * 1000)::bigint`,
    types,
    // Postgres keeps what was deleted or changed in places of its own, however it is stored.
    filler: new Uint8Array(),
    write: (changes) => write(acquire, changes),
    restructure: (run) => restructure(address, run),
    // Pages that are damaged are found by the server when it reads them.
    checkIntegrity: () => Promise.resolve(),
    purge: () => Promise.resolve(),
    purgeLater() {},
    isOpen,
    close: end,
  }
}

async function write(acquire: () => Promise<Connection>, changes: readonly Change[]): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const connection = await acquire()
    try {
      return await commit(connection, changes)
    } catch (error) {
      if (!(error instanceof ConflictError) || attempt === attempts) throw error
    } finally {
      connection.release()
    }
  }
}

/** All or nothing, in one commit. */
async function commit({ run, isLost }: Connection, changes: readonly Change[]): Promise<void> {
  try {
    await run('BEGIN')
    for (const { query, refuse } of changes) {
      const { sql: text, parameters } = query.compile()
      const { count } = await run(text, parameters)
      if (refuse !== undefined && count === 0) throw refuse()
    }
    await run('COMMIT')
  } catch (error) {
    // The server rolls back by itself once the connection is given up.
    if (!isLost()) await run('ROLLBACK').catch(() => {})
    throw error
  }
}

/** On a connection of its own, where nothing is cut off that takes long. */
async function restructure(address: Address, run: (queries: Kysely<Tables>) => Promise<void>): Promise<void> {
  const { acquire, end } = createConnections(address, { max: 1, timeoutMs: null })
  try {
    await new Kysely<Tables>({ dialect: createPostgresDialect(acquire) }).transaction().execute(async (queries) => {
      await sql`select pg_advisory_xact_lock(${structureLock})`.execute(queries)
      await run(queries)
    })
  } finally {
    await end()
  }
}

const read = (setting: string) => sql<string>`current_setting(${setting})`

/** The schema of the tables. Rejects if the server would lose what it says it keeps, or cannot keep every text. */
async function readSchema(queries: Kysely<Tables>, place: string): Promise<string> {
  const row = await queries
    .selectNoFrom([
      read('server_encoding').as('encoding'),
      read('synchronous_commit').as('commit'),
      read('transaction_read_only').as('readOnly'),
      sql<string | null>`current_schema()`.as('schema'),
    ])
    .executeTakeFirstOrThrow()
  if (row.encoding !== 'UTF8') throw new StoreError(`${place}: its encoding is ${row.encoding}; create a database with UTF8`)
  if (row.commit === 'off') throw new StoreError(`${place}: a crash would lose commits; set synchronous_commit to on`)
  if (row.readOnly === 'on') throw new StoreError(`${place}: ${toReason('25006')}`)
  if (row.schema === null) throw new StoreError(`${place}: the schema does not exist; create it`)
  return row.schema
}
