import { KeyHeldError, RefusedWriteError, StoreError } from '../error.ts'

/** The code of a problem that SQLite does not notice: its file was removed or replaced. None of SQLite's own. */
export const goneCode = 200
/** SQLite's code for a damaged file. */
export const damagedCode = 11
/** SQLite's code for a file that is not a database. */
export const foreignCode = 26
const constraintCode = 19

/** What SQLite's result codes mean for the operator; those with details first. */
const reasons: ReadonlyMap<number, string> = new Map([
  [3850, 'the file cannot be locked; put it on a local disk'],
  [3, 'this process may not write it; give it write permission for the file and its directory'],
  [5, 'another process has this store open; stop that process, or use Postgres to share a store'],
  [8, 'it is read-only; give this process write permission for the file and its directory'],
  [10, 'the disk failed to read or write; check the disk, its free space and file size limits'],
  [damagedCode, 'the file is damaged; restore a backup'],
  [13, 'the disk is full; free some space'],
  [14, 'it cannot be opened; give this process write permission for the file and its directory'],
  [foreignCode, 'the file is not a HookQL store; choose another path'],
  [goneCode, 'the file was removed or replaced while it was in use; restore it, and restart HookQL'],
])

/** The failure in one line. */
export function toStoreError(error: unknown, place: string): StoreError {
  if (error instanceof StoreError) return error
  const code = readCode(error)
  const message = error instanceof Error ? error.message : String(error)
  if ((code & 0xff) === constraintCode)
    return message.includes('entries.held_key') ? new KeyHeldError() : new RefusedWriteError('Another entry has this ID.')
  const reason = reasons.get(code) ?? reasons.get(code & 0xff)
  return new StoreError(`${place}: ${reason ?? `the store failed: ${message.replaceAll(/\s+/g, ' ')}`}`, { cause: error })
}

/** SQLite's extended result code; 0 if the error has none. */
function readCode(error: unknown): number {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode : 0
}
