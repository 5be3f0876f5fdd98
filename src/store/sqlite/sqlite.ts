import { Kysely } from 'kysely'
import type { ColumnTypes, Database } from '../database.ts'
import type { Tables } from '../tables.ts'
import { createSqliteDialect, toStatement } from './dialect.ts'
import { createEngine, pageSize, toProblem } from './engine.ts'
import { SqliteError, toStoreError } from './failure.ts'
import { prepareFile } from './files.ts'
import { createGroup } from './group.ts'
import type { Order, Reply } from './protocol.ts'
import { type Port, startThread } from './thread.ts'

/** How long erased content may remain in the files if nobody waits for it to be gone. */
const purgeWithinMs = 1000

/**
 * SQLite leaves copies of rows behind when it moves them from page to page, but never moves what does not fit into a page. With this
 * before it, no byte of a secret does (https://www.sqlite.org/fileformat2.html#cell_payload), and secure_delete erases it.
 */
const filler = new Uint8Array(pageSize)

const types: ColumnTypes = { bytes: 'blob', serial: 'integer', toSerial: (column) => column.autoIncrement() }

/** Opens a database file in a thread of its own, or one in memory in this thread. Rejects with StoreError. */
export async function openSqlite(path: string | null, port = path === null ? openHere() : startThread()): Promise<Database> {
  const place = path ?? 'memory'
  const ask = (order: Order): Promise<Reply> =>
    port.ask(order).catch((error: unknown) => Promise.reject(toStoreError(error, place)))
  let timer: NodeJS.Timeout | undefined
  let closing: Promise<void> | undefined

  async function purge(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    if (path !== null) await ask({ kind: 'PURGE' })
  }
  async function close(): Promise<void> {
    clearTimeout(timer)
    try {
      // SQLite writes the log back and removes it.
      if (port.isOpen()) await ask({ kind: 'CLOSE' })
    } finally {
      await port.end()
    }
  }

  const commit = createGroup(async (transactions) => (await ask({ kind: 'WRITE', transactions })).problems)
  try {
    if (path !== null) prepareFile(path)
    await ask({ kind: 'OPEN', path })
  } catch (error) {
    await port.end()
    throw error
  }
  return {
    queries: new Kysely<Tables>({ dialect: createSqliteDialect((statement) => ask({ kind: 'RUN', statement })) }),
    types,
    filler,
    async write(changes) {
      const problem = await commit(changes.map(({ query, needsRow }) => toStatement(query.compile(), needsRow)))
      if (problem !== null) throw toStoreError(new SqliteError(problem), place)
    },
    purge,
    purgeLater() {
      if (path !== null) timer ??= setTimeout(() => void purge().catch(() => {}), purgeWithinMs).unref()
    },
    isOpen: port.isOpen,
    close: () => (closing ??= close()),
  }
}

/** A database in this thread. */
function openHere(): Port {
  const carryOut = createEngine()
  let isOpen = true
  return {
    ask(order) {
      try {
        if (!isOpen) throw new TypeError('it is closed')
        return Promise.resolve(carryOut(order))
      } catch (error) {
        return Promise.reject(new SqliteError(toProblem(error)))
      }
    },
    isOpen: () => isOpen,
    end() {
      isOpen = false
      return Promise.resolve()
    },
  }
}
