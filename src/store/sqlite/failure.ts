import { RefusedWriteError } from '../database.ts'
import { StoreError } from '../error.ts'
import { goneCode, type Problem } from './protocol.ts'

export class SqliteError extends Error {
  override readonly name = 'SqliteError'
  readonly problem: Problem

  constructor(problem: Problem) {
    super(problem.message)
    this.problem = problem
  }
}

/** What SQLite's result codes mean for the operator; those with details first. */
const reasons: ReadonlyMap<number | null, string> = new Map([
  [3850, 'the file cannot be locked; put it on a local disk'],
  [3, 'this process may not write it; give it write permission for the file and its directory'],
  [5, 'another process has this store open; send commands to it with --server, or use Postgres to share a store'],
  [8, 'it is read-only; give this process write permission for the file and its directory'],
  [10, 'the disk failed to read or write; check the disk, its free space and file size limits'],
  [11, 'the file is damaged; restore a backup'],
  [13, 'the disk is full; free some space'],
  [14, 'it cannot be opened; give this process write permission for the file and its directory'],
  [26, 'the file is not a HookQL store; choose another path'],
  [goneCode, 'the file was removed or replaced while it was in use; restore it, and restart HookQL'],
])

/** The failure in one line. */
export function toStoreError(error: unknown, place: string): StoreError {
  if (error instanceof StoreError) return error
  const { message, code, refused } =
    error instanceof SqliteError ? error.problem : { message: String(error), code: null, refused: false }
  if (refused) return new RefusedWriteError(code === null ? message : 'Another entry has this ID or idempotency key.')
  const reason = code === null ? undefined : (reasons.get(code) ?? reasons.get(code & 0xff))
  return new StoreError(`${place}: ${reason ?? `the store failed: ${message.replaceAll(/\s+/g, ' ')}`}`, { cause: error })
}
