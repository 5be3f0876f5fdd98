import { type FileHandle, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { toRealPath } from './real-path.ts'

/** Thrown for a file that was not replaced. The message says why, and has nothing of what is in it. */
export class ReplaceError extends Error {}

export interface ReplaceOptions {
  /** Who can read it; by default, those who could before. */
  readonly mode?: number
  /** What the file is to say. `before` is null if there is none. */
  change(before: string | null): string
}

/** How often, and for how long in all, another writer is waited for. */
const waits = { everyMs: 50, times: 100 }

/** Replaces a file in one step, or the one that a link leads to. Throws ReplaceError, and what `change` throws. */
export async function replaceFile(file: string, { mode, change }: ReplaceOptions): Promise<void> {
  const path = toRealPath(file)
  const stats = await stat(path).catch(() => null)
  // Such as a FIFO, which waits for a writer.
  if (stats?.isFile() === false) throw new ReplaceError(`${file} is not a regular file`)
  const draft = `${path}.new`
  // Also keeps two writers apart: the second one would undo what the first one adds.
  const handle = await openDraft(draft, mode ?? 0o666).catch((error: unknown) => explain(file, error))
  try {
    const before = await readBefore(path).catch((error: unknown) => explain(file, error))
    const text = change(before)
    await write(handle, { path, draft, text, mode }).catch((error: unknown) => explain(file, error))
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  } finally {
    await handle.close()
  }
}

function explain(file: string, error: unknown): never {
  if (error instanceof ReplaceError) throw error
  throw new ReplaceError(`${file} cannot be written (${toCode(error) ?? 'UNKNOWN'})`)
}

function toCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined
}

/** Never opens what is there already, which can be a link to something else. */
async function openDraft(draft: string, mode: number): Promise<FileHandle> {
  for (let count = 0; ; count += 1) {
    try {
      return await open(draft, 'wx', mode)
    } catch (error) {
      if (toCode(error) !== 'EEXIST') throw error
      if (count === waits.times)
        throw new ReplaceError(`${draft} is in the way: another command writes it, or was killed. Remove it if none runs`)
    }
    await sleep(waits.everyMs)
  }
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
  readonly draft: string
  readonly text: string
  readonly mode: number | undefined
}

async function write(handle: FileHandle, { path, draft, text, mode }: WriteOptions): Promise<void> {
  const kept = mode === undefined ? await stat(path).catch(() => null) : null
  if (kept !== null) await handle.chmod(kept.mode & 0o7777)
  await handle.writeFile(text)
  await handle.sync()
  await rename(draft, path)
  // The name lasts only once its folder is written.
  await using folder = await open(dirname(path), 'r')
  await folder.sync()
}
