import { Kysely, sql } from 'kysely'
import type { ColumnTypes, Database } from '../database.ts'
import type { Tables } from '../tables.ts'
import { createSqliteDialect, toStatement } from './dialect.ts'
import { openEngine, pageSize } from './engine.ts'
import { toStoreError } from './failure.ts'
import { prepareFile } from './files.ts'
import { createGroup } from './group.ts'

/** How long erased content may remain in the files if nobody waits for it to be gone. */
const purgeWithinMs = 1000

/**
 * SQLite leaves copies of rows behind when it moves them from page to page, but never moves what does not fit into a page. With this
 * before it, no byte of a secret does (https://www.sqlite.org/fileformat2.html#cell_payload), and secure_delete erases it.
 */
const filler = new Uint8Array(pageSize)

const types: ColumnTypes = { bytes: 'blob', serial: 'integer', toSerial: (column) => column.autoIncrement() }

/** Opens a database file, or one in memory. Its commits block this thread. Rejects with StoreError. */
export async function openSqlite(path: string | null, open = openEngine): Promise<Database> {
  const place = path ?? 'memory'
  async function attempt<Result>(run: () => Result | Promise<Result>): Promise<Result> {
    try {
      return await run()
    } catch (error) {
      throw toStoreError(error, place)
    }
  }

  const engine = await attempt(() => {
    if (path !== null) prepareFile(path)
    return open(path)
  })
  const commit = createGroup(engine.write)
  let timer: NodeJS.Timeout | undefined

  async function purge(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    if (path !== null) await attempt(engine.purge)
  }
  const queries = new Kysely<Tables>({ dialect: createSqliteDialect((statement) => attempt(() => engine.run(statement))) })
  return {
    queries,
    isShared: false,
    now: () => sql<number>`cast(unixepoch('subsec') * 1000 as integer)`,
    types,
    filler: path === null ? new Uint8Array() : filler,
    write: (changes) => attempt(() => commit(changes.map(({ query, refuse }) => toStatement(query.compile(), refuse)))),
    restructure: (run) => queries.transaction().execute(run),
    checkIntegrity: () => attempt(engine.checkIntegrity),
    purge,
    purgeLater() {
      if (path !== null) timer ??= setTimeout(() => void purge().catch(() => {}), purgeWithinMs).unref()
    },
    isOpen: engine.isOpen,
    async close() {
      clearTimeout(timer)
      if (engine.isOpen()) await attempt(engine.close)
    },
  }
}
