import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import type { DestinationStream } from 'pino'

const newline = 0x0a
// Non-blocking, so that a pipe without a reader fails instead of blocking the process.
const flags = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK

/**
 * An append-only file of complete lines: when `write` returns, the line is in the file; otherwise, it throws. A partial line
 * after a failure is terminated before the next one. Throws if the file cannot be opened.
 */
export function openAuditFile(file: string): DestinationStream {
  mkdirSync(dirname(file), { recursive: true })
  const handle = openSync(file, flags)
  let isTorn = endsTorn(handle)
  return {
    write(line) {
      const bytes = Buffer.from(isTorn ? `\n${line}` : line)
      let done = 0
      try {
        while (done < bytes.length) {
          const count = writeSync(handle, bytes, done)
          if (count === 0) throw new Error('The audit file cannot be written')
          done += count
        }
      } finally {
        if (done > 0) isTorn = bytes[done - 1] !== newline
      }
    },
  }
}

/** Whether a killed process or a full disk left a partial line at the end. */
function endsTorn(handle: number): boolean {
  const { size } = fstatSync(handle)
  const last = Buffer.alloc(1)
  return size > 0 && readSync(handle, last, 0, 1, size - 1) === 1 && last[0] !== newline
}

/** Why the file cannot be opened, for an operator; null if no problem is known. Creates nothing. */
export function findAuditProblem(file: string): string | null {
  try {
    if (existsSync(file)) closeSync(openSync(file, flags))
    else requireFolder(dirname(file))
    return null
  } catch (error) {
    return describeAuditProblem(file, error)
  }
}

/** Throws if the folder, or its closest existing parent, is not writable. */
function requireFolder(folder: string): void {
  if (!existsSync(folder) && dirname(folder) !== folder) return requireFolder(dirname(folder))
  if (!statSync(folder).isDirectory()) throw Object.assign(new Error('not a folder'), { code: 'ENOTDIR' })
  accessSync(folder, constants.W_OK)
}

export function describeAuditProblem(file: string, error: unknown): string {
  const reason = error instanceof Error && 'code' in error ? String(error.code) : 'UNKNOWN'
  return `auditFile: ${file} cannot be opened for writing (${reason}). Choose a file that this user can write to`
}
