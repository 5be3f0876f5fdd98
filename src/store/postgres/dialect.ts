import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from 'kysely'
import type { Connection } from './connections.ts'

/** Kysely's Postgres over any way to get a connection. */
export function createPostgresDialect(acquire: () => Promise<Connection>): Dialect {
  const acquired = new WeakMap<DatabaseConnection, Connection>()
  return {
    createAdapter: () => new LockedAdapter(),
    createDriver: () => ({
      init: () => Promise.resolve(),
      async acquireConnection() {
        const connection = await acquire()
        const wrapped = wrap(connection)
        acquired.set(wrapped, connection)
        return wrapped
      },
      beginTransaction: (connection) => execute(connection, 'BEGIN'),
      commitTransaction: (connection) => execute(connection, 'COMMIT'),
      rollbackTransaction: (connection) => execute(connection, 'ROLLBACK'),
      releaseConnection: (connection) => Promise.resolve(acquired.get(connection)?.release()),
      destroy: () => Promise.resolve(),
    }),
    createIntrospector: (database) => new PostgresIntrospector(database),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  }
}

/** Who changes tables holds a lock already; giving up another one would fail after an error, and hide that. */
class LockedAdapter extends PostgresAdapter {
  override acquireMigrationLock(): Promise<void> {
    return Promise.resolve()
  }

  override releaseMigrationLock(): Promise<void> {
    return Promise.resolve()
  }
}

async function execute(connection: DatabaseConnection, sql: string): Promise<void> {
  await connection.executeQuery(CompiledQuery.raw(sql))
}

function wrap({ run }: Connection): DatabaseConnection {
  return {
    async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
      const { rows, count } = await run(sql, parameters)
      // Kysely derives the shape of a row from the tables that it was told of.
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      return { rows: rows as Row[], numAffectedRows: BigInt(count) }
    },
    streamQuery: () => {
      throw new TypeError('The store reads pages; it streams nothing.')
    },
  }
}
