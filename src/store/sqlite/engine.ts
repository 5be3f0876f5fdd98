import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { goneCode, type Order, type Problem, type Reply, type Statement } from './protocol.ts'

export const pageSize = 4096
const statementsKept = 200
const nothing: Reply = { rows: [], changes: 0, problems: [] }
/** Marks a database file as a store: "HkQL". */
const applicationId = 0x486b514c
const constraint = 19
const rollback: Statement = { sql: 'ROLLBACK', parameters: [], needsRow: false }

/** Carries out orders on one database, in the thread it is called in. Throws whatever goes wrong. */
export function createEngine(): (order: Order) => Reply {
  let database: DatabaseSync | undefined
  let requireFiles = requireNone
  const statements = new Map<string, StatementSync>()

  function prepare(open: DatabaseSync, sql: string): StatementSync {
    const known = statements.get(sql)
    if (known !== undefined) return known
    if (statements.size >= statementsKept) statements.clear()
    const statement = open.prepare(sql)
    statements.set(sql, statement)
    return statement
  }

  function run(open: DatabaseSync, { sql, parameters, needsRow }: Statement): Reply {
    // Some errors end the transaction by themselves.
    if (sql === 'ROLLBACK' && !open.isTransaction) return nothing
    const statement = prepare(open, sql)
    if (statement.columns().length > 0) return { ...nothing, rows: statement.all(...parameters) }
    const changes = Number(statement.run(...parameters).changes)
    if (needsRow && changes === 0) throw new RefusedError('The entry does not exist or is not open.')
    return { ...nothing, changes }
  }

  /** All or nothing, in one commit. */
  function commit(open: DatabaseSync, lines: readonly Statement[]): void {
    open.exec('BEGIN IMMEDIATE')
    try {
      for (const line of lines) run(open, line)
      open.exec('COMMIT')
    } catch (error) {
      run(open, rollback)
      throw error
    }
  }

  function write(open: DatabaseSync, transactions: readonly (readonly Statement[])[]): readonly (Problem | null)[] {
    const attempt = (lines: readonly Statement[]): Problem | null => {
      try {
        commit(open, lines)
        return null
      } catch (error) {
        return toProblem(error)
      }
    }
    // If one of several fails, each is tried by itself.
    if (transactions.length > 1 && attempt(transactions.flat()) === null) return transactions.map(() => null)
    return transactions.map(attempt)
  }

  return (order) => {
    if (order.kind === 'OPEN') {
      database = openDatabase(order.path)
      requireFiles = order.path === null ? requireNone : createFileCheck(order.path)
      return nothing
    }
    if (database === undefined) throw new TypeError('The database is not open.')
    switch (order.kind) {
      case 'RUN':
        return run(database, order.statement)
      case 'WRITE':
        requireFiles()
        return { ...nothing, problems: write(database, order.transactions) }
      case 'PURGE':
        purge(database)
        return nothing
      case 'CLOSE':
        statements.clear()
        database.close()
        database = undefined
        return nothing
    }
  }
}

/** Writes the log back and empties it: it has copies of what was deleted. */
function purge(database: DatabaseSync): void {
  const { busy } = database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get() ?? {}
  if (busy !== 0) throw new Error('The log could not be emptied.')
}

const requireNone = () => {}

function identify(file: string): string | undefined {
  const status = statSync(file, { throwIfNoEntry: false })
  return status && `${status.dev}:${status.ino}`
}

/** A check that the files are still those that were opened: what is written to a removed file is gone with the process. */
function createFileCheck(path: string): () => void {
  const paths = [path, `${path}-wal`]
  const opened = new Map<string, string>()
  return () => {
    for (const file of paths) {
      const found = identify(file)
      const known = opened.get(file) ?? found
      if (found !== known) throw new GoneError('The file was removed or replaced.')
      if (known !== undefined) opened.set(file, known)
    }
  }
}

/** Has a code of its own: SQLite does not notice. */
class GoneError extends Error {
  readonly errcode = goneCode
}

class RefusedError extends Error {}

function openDatabase(path: string | null): DatabaseSync {
  // Absolute: SQLite takes names such as ":memory:" and "file:a" for something else than a file of that name.
  const database = new DatabaseSync(path === null ? ':memory:' : resolve(path))
  try {
    database.exec(`PRAGMA page_size = ${pageSize}`)
    // Exclusive: the file belongs to this process until it is closed.
    database.exec('PRAGMA locking_mode = EXCLUSIVE')
    const isNew = readIsNew(database)
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;')
    // Deleted content is overwritten with zeros, and temporary tables stay out of the file system.
    database.exec('PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY; PRAGMA foreign_keys = ON;')
    // Takes the lock.
    database.exec(`BEGIN IMMEDIATE; ${isNew ? `PRAGMA application_id = ${applicationId};` : ''} COMMIT`)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/** Throws if the file belongs to another program, before anything is written to it. */
function readIsNew(database: DatabaseSync): boolean {
  const id = database.prepare('PRAGMA application_id').get()?.['application_id']
  if (id === applicationId) return false
  const isEmpty = database.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined
  if (id === 0 && isEmpty) return true
  throw new ForeignFileError('The file is a database of another program.')
}

/** Has SQLite's code for a file that is no database. */
class ForeignFileError extends Error {
  readonly errcode = 26
}

/** What can be told of an error in another thread. */
export function toProblem(error: unknown): Problem {
  if (!(error instanceof Error)) return { message: String(error), code: null, refused: false }
  const code = 'errcode' in error && typeof error.errcode === 'number' ? error.errcode : null
  const refused = error instanceof RefusedError || (code !== null && (code & 0xff) === constraint)
  return { message: error.message, code, refused }
}
