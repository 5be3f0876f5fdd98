import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync } from 'node:sqlite'
import type { RefusedWriteError } from '../error.ts'
import { damagedCode, foreignCode, goneCode } from './failure.ts'

export const pageSize = 4096
const statementsKept = 200
/** Marks a database file as a store: "HkQL". */
const applicationId = 0x486b514c

export interface Statement {
  readonly sql: string
  readonly parameters: readonly SQLInputValue[]
  /** What to throw if it finds no row. */
  readonly refuse?: (() => RefusedWriteError) | undefined
}

export interface Result {
  readonly rows: readonly Record<string, SQLOutputValue>[]
  readonly changes: number
}

/** One database. Its methods block, and throw whatever goes wrong. */
export interface Engine {
  run(statement: Statement): Result
  /** Runs transactions that may share one commit, and returns what prevented each of them; null for nothing. */
  write(transactions: readonly (readonly Statement[])[]): readonly unknown[]
  /** Throws if the file is damaged. */
  checkIntegrity(): void
  /** Writes the log back and empties it: it has copies of what was deleted. */
  purge(): void
  isOpen(): boolean
  /** All that is in it, for another database to begin with. */
  copy(): Uint8Array
  /** SQLite writes the log back and removes it. */
  close(): void
}

/** Opens a database file, or a database in memory, which may begin as a copy of another. */
export function openEngine(path: string | null, copied?: Uint8Array): Engine {
  const database = openDatabase(path, copied)
  const requireFiles = path === null ? () => {} : createFileCheck(path)
  const prepare = createPrepare(database)

  function run({ sql, parameters, refuse }: Statement): Result {
    // Some errors end the transaction by themselves.
    if (sql === 'ROLLBACK' && !database.isTransaction) return { rows: [], changes: 0 }
    const { statement, isRead } = prepare(sql)
    const rows = isRead ? statement.all(...parameters) : []
    const changes = isRead ? 0 : Number(statement.run(...parameters).changes)
    if (refuse !== undefined && rows.length + changes === 0) throw refuse()
    return { rows, changes }
  }

  /** All or nothing, in one commit. */
  function commit(lines: readonly Statement[]): void {
    run({ sql: 'BEGIN IMMEDIATE', parameters: [] })
    try {
      for (const line of lines) run(line)
      run({ sql: 'COMMIT', parameters: [] })
    } catch (error) {
      run({ sql: 'ROLLBACK', parameters: [] })
      throw error
    }
  }

  function attempt(lines: readonly Statement[]): unknown {
    try {
      commit(lines)
      return null
    } catch (error) {
      return error
    }
  }

  return {
    run,
    write(transactions) {
      requireFiles()
      // If one of several fails, each is tried by itself.
      if (transactions.length > 1 && attempt(transactions.flat()) === null) return transactions.map(() => null)
      return transactions.map(attempt)
    },
    checkIntegrity() {
      const { integrity_check: found } = database.prepare('PRAGMA integrity_check(1)').get() ?? {}
      if (found !== 'ok') throw new EngineError('The file is damaged.', damagedCode)
    },
    purge() {
      const { busy } = database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get() ?? {}
      if (busy !== 0) throw new Error('The log could not be emptied.')
    },
    isOpen: () => database.isOpen,
    copy: () => database.serialize(),
    close: () => database.close(),
  }
}

/** Prepares each statement once. */
function createPrepare(database: DatabaseSync) {
  const known = new Map<string, { readonly statement: StatementSync; readonly isRead: boolean }>()
  return (sql: string) => {
    const found = known.get(sql)
    if (found !== undefined) return found
    if (known.size >= statementsKept) known.clear()
    const statement = database.prepare(sql)
    const prepared = { statement, isRead: statement.columns().length > 0 }
    known.set(sql, prepared)
    return prepared
  }
}

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
      if (found !== known) throw new EngineError('The file was removed or replaced.', goneCode)
      if (known !== undefined) opened.set(file, known)
    }
  }
}

/** A problem that SQLite does not notice, with a code as if it had. */
class EngineError extends Error {
  readonly errcode: number

  constructor(message: string, errcode: number) {
    super(message)
    this.errcode = errcode
  }
}

function openDatabase(path: string | null, copied: Uint8Array | undefined): DatabaseSync {
  // Absolute: SQLite takes names such as ":memory:" and "file:a" for something else than a file of that name.
  const database = new DatabaseSync(path === null ? ':memory:' : resolve(path))
  try {
    if (copied !== undefined) database.deserialize(copied)
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
  throw new EngineError('The file is a database of another program.', foreignCode)
}
