import { accessSync, chmodSync, closeSync, constants, lstatSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { StoreError } from '../error.ts'

const beside = ['-wal', '-shm', '-journal']

/** Prepares the file of a database: only its owner may read it and what is beside it. */
export function prepareFile(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    for (const each of [path, ...beside.map((suffix) => path + suffix)]) restrict(each)
    // An existing file is never opened here: closing it would give up the locks that this process may have on it.
    if (lstatSync(path, { throwIfNoEntry: false }) === undefined) closeSync(openSync(path, 'wx', 0o600))
  } catch (error) {
    if (error instanceof StoreError) throw error
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    if (code === 'ENOSPC' || code === 'EDQUOT') throw new StoreError(`${path}: the disk is full; free some space`)
    throw new StoreError(
      `${path}: it cannot be created or written (${code}); give this process write permission for the file and its directory`,
    )
  }
}

function restrict(path: string): void {
  const status = lstatSync(path, { throwIfNoEntry: false })
  if (status === undefined) return
  if (!status.isFile())
    throw new StoreError(`${path}: this is not a regular file; remove it, or choose another path for the store`)
  if ((status.mode & 0o077) !== 0) chmodSync(path, 0o600)
  // SQLite fails to lock what it cannot write, and says no more.
  accessSync(path, constants.W_OK)
}
