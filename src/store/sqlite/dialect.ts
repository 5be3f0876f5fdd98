import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import type { SQLInputValue } from 'node:sqlite'
import type { Result, Statement } from './engine.ts'

/** Kysely's SQLite over any way to run a statement. */
export function createSqliteDialect(run: (statement: Statement) => Promise<Result>): Dialect {
  const connection: DatabaseConnection = {
    async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
      const { rows, changes } = await run(toStatement(query))
      // Kysely derives the shape of a row from the tables that it was told of.
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      return { rows: rows as readonly unknown[] as Row[], numAffectedRows: BigInt(changes) }
    },
    streamQuery: () => {
      throw new TypeError('The store reads pages; it streams nothing.')
    },
  }
  const execute = async (sql: string) => void (await connection.executeQuery(CompiledQuery.raw(sql)))
  return {
    createAdapter: () => new QueuedAdapter(),
    createDriver: () => ({
      init: () => Promise.resolve(),
      acquireConnection: () => Promise.resolve(connection),
      beginTransaction: () => execute('BEGIN IMMEDIATE'),
      commitTransaction: () => execute('COMMIT'),
      rollbackTransaction: () => execute('ROLLBACK'),
      releaseConnection: () => Promise.resolve(),
      destroy: () => Promise.resolve(),
    }),
    createIntrospector: (database) => new SqliteIntrospector(database),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  }
}

class QueuedAdapter extends SqliteAdapter {
  // Statements queue at the database: if they also waited for each other here, each would wait for a commit of its own.
  override get supportsMultipleConnections(): boolean {
    return true
  }

  // SQLite's transactions include changes of tables.
  override get supportsTransactionalDdl(): boolean {
    return true
  }
}

export function toStatement({ sql, parameters }: CompiledQuery, refuse?: Statement['refuse']): Statement {
  return { sql, parameters: parameters.map(toInput), refuse }
}

function toInput(value: unknown): SQLInputValue {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint') return value
  if (value instanceof Uint8Array) return value
  throw new TypeError(`SQLite has no type for ${typeof value}.`)
}
