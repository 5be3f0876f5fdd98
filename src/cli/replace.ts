import { type BigIntStats, lstatSync, renameSync, rmSync } from 'node:fs'
import { type FileHandle, open, readFile, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { toRealPath } from './real-path.ts'

/** Thrown for a file that was not replaced. The message says why, and has nothing of what is in it. */
export class ReplaceError extends Error {}

export interface ReplaceOptions {
  /** Who can read it; by default, those who could before. */
  readonly mode?: number
  readonly patience?: Patience
  /** What the file is to say. `before` is null if there is none. */
  change(before: string | null): string
}

/** A draft without a change over so many pauses in a row is that of a writer that was killed, or is stopped. */
interface Patience {
  readonly times: number
  pause(): Promise<unknown>
}

const fiveSeconds: Patience = { times: 100, pause: () => sleep(50) }

/** Replaces a file in one step, or the one that a link leads to. Throws ReplaceError, and what `change` throws. */
export async function replaceFile(file: string, { mode, patience = fiveSeconds, change }: ReplaceOptions): Promise<void> {
  const path = toRealPath(file)
  const stats = await stat(path).catch(() => null)
  // Such as a FIFO, which waits for a writer.
  if (stats?.isFile() === false) throw new ReplaceError(`${file} is not a regular file`)
  const draft = await openDraft(path, mode ?? 0o666, patience).catch((error: unknown) => explain(file, error))
  try {
    // What was taken over from a killed writer can have a secret in it.
    await rm(toLeftPath(path), { force: true }).catch((error: unknown) => explain(file, error))
    const before = await readBefore(path).catch((error: unknown) => explain(file, error))
    const text = change(before)
    await write(draft, { path, text, mode }).catch((error: unknown) => explain(file, error))
  } finally {
    if (draft.isOwn()) rmSync(draft.path)
    await draft.handle.close()
  }
}

/** Why no writer ever gets its turn at a file: what is there is no draft. Null if nothing is, or one. */
export function findDraftIssue(file: string): string | null {
  const draft = toDraftPath(toRealPath(file))
  return look(draft)?.isFile() === false ? toInTheWay(draft) : null
}

function toInTheWay(draft: string): string {
  return `${draft} is in the way, and is not a regular file. Remove it`
}

function explain(file: string, error: unknown): never {
  if (error instanceof ReplaceError) throw error
  throw new ReplaceError(`${file} cannot be written (${toCode(error) ?? 'UNKNOWN'})`)
}

function toCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined
}

/** The text before it takes the place of the file. It also keeps two writers apart: the second one would undo what the first one adds. */
interface Draft {
  readonly path: string
  readonly handle: FileHandle
  /** Whether no other writer has taken over, and it is still there. */
  isOwn(): boolean
}

/** A name that nobody else uses, because what is left there is removed. */
function toDraftPath(file: string): string {
  return `${file}.hookql-new`
}

/** Where a draft goes that a killed writer has left. */
function toLeftPath(file: string): string {
  return `${file}.hookql-old`
}

async function openDraft(file: string, mode: number, patience: Patience): Promise<Draft> {
  const path = toDraftPath(file)
  const handle = await openNew(path, mode, patience, () => moveAway(path, toLeftPath(file)))
  const { ino } = await handle.stat({ bigint: true })
  return { path, handle, isOwn: () => look(path)?.ino === ino }
}

/** Never opens what is there already, which can be a link to something else. */
async function openNew(path: string, mode: number, { times, pause }: Patience, takeOver: () => void): Promise<FileHandle> {
  for (let [last, unchanged] = ['', 0]; ;) {
    try {
      return await open(path, 'wx', mode)
    } catch (error) {
      if (toCode(error) !== 'EEXIST') throw error
    }
    await pause()
    const now = look(path)
    if (now?.isFile() === false) throw new ReplaceError(toInTheWay(path))
    const state = now === undefined ? '' : [now.ino, now.size, now.mtimeNs, now.ctimeNs].join(' ')
    unchanged = state === last ? unchanged + 1 : 0
    last = state
    // At once, because another writer may do so as well.
    if (unchanged === times) takeOver()
  }
}

function moveAway(path: string, left: string): void {
  try {
    renameSync(path, left)
  } catch (error) {
    if (toCode(error) !== 'ENOENT') throw error
  }
}

function look(path: string): BigIntStats | undefined {
  return lstatSync(path, { bigint: true, throwIfNoEntry: false })
}

async function readBefore(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (toCode(error) === 'ENOENT') return null
    throw error
  }
}

interface WriteOptions {
  readonly path: string
  readonly text: string
  readonly mode: number | undefined
}

async function write({ path: draft, handle, isOwn }: Draft, { path, text, mode }: WriteOptions): Promise<void> {
  const kept = mode === undefined ? await stat(path).catch(() => null) : null
  if (kept !== null) await handle.chmod(kept.mode & 0o7777)
  await handle.writeFile(text)
  await handle.sync()
  if (!isOwn()) throw new ReplaceError(`${path} was not written: another command has taken over meanwhile. Run this one again`)
  renameSync(draft, path)
  // The name lasts only once its folder is written.
  await using folder = await open(dirname(path), 'r')
  await folder.sync()
}
