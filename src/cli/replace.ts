import { randomBytes } from 'node:crypto'
import { open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { toRealPath } from './real-path.ts'

/** Thrown for a file that was not replaced. The message says why, and has nothing of what is in it. */
export class ReplaceError extends Error {}

export interface ReplaceOptions {
  /** Who can read it; by default, those who could before. */
  readonly mode?: number
  /** Between two looks at what others write. */
  pause?(): Promise<unknown>
  /** What the file is to say; called again if another writer was faster. `before` is null if there is none. */
  change(before: string | null): string
}

/** How often others are looked for before what they write counts as left behind; each time that this was wrong, twice as often. */
const mostLooks = 20
const mostAttempts = 8
/** Of different lengths, because writers that begin at once hinder each other. */
const pauseAtRandom = () => sleep(100 * Math.random())

/**
 * Replaces a file in one step, or the one that a link leads to. Throws ReplaceError, and what `change` throws.
 *
 * Each writer has a draft of its own, and removes those of all others before it reads the file. So a draft takes the place of the
 * file only if nobody else has begun meanwhile, wherever its writer was stopped, and what a killed writer has left goes.
 */
export async function replaceFile(file: string, { mode, pause = pauseAtRandom, change }: ReplaceOptions): Promise<void> {
  const path = toRealPath(file)
  const issue = findNameIssue(file)
  if (issue !== null) throw new ReplaceError(issue)
  const stats = await stat(path).catch(() => null)
  // Such as a FIFO, which waits for a writer.
  if (stats?.isFile() === false) throw new ReplaceError(`${file} is not a regular file`)
  for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
    if (attempt > 0) await pause()
    for (let look = 0; look < mostLooks * 2 ** attempt && (await findDrafts(path)).length > 0; look += 1) await pause()
    if (await tryToReplace(file, { path, mode, change })) return
  }
  throw new ReplaceError(`${file} was not written, because other commands write it all the time. Run this one again`)
}

/** Why a file has a name that is never written; null if it is another one. */
export function findNameIssue(file: string): string | null {
  return draftName.test(toRealPath(file))
    ? `${file} has the name of a draft, which the next command removes. Use another name`
    : null
}

const draftName = /\.hookql-[\da-f]{16}$/

async function findDrafts(path: string): Promise<readonly string[]> {
  const folder = dirname(path)
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  const isDraft = (name: string) => draftName.test(name) && name.replace(draftName, '') === basename(path)
  return entries.filter((entry) => entry.isFile() && isDraft(entry.name)).map(({ name }) => join(folder, name))
}

interface Replacement {
  readonly path: string
  readonly mode: number | undefined
  change(before: string | null): string
}

/** Whether no other writer has begun meanwhile. */
async function tryToReplace(file: string, { path, mode, change }: Replacement): Promise<boolean> {
  const explain = (error: unknown): never => {
    throw new ReplaceError(`${file} cannot be written (${toCode(error) ?? 'UNKNOWN'})`)
  }
  const draft = `${path}.hookql-${randomBytes(8).toString('hex')}`
  const handle = await open(draft, 'wx', mode ?? 0o666).catch(explain)
  try {
    const others = (await findDrafts(path)).filter((each) => each !== draft)
    for (const other of others) await rm(other, { force: true }).catch(explain)
    const text = change(await readBefore(path).catch(explain))
    const kept = mode === undefined ? await stat(path).catch(() => null) : null
    if (kept !== null) await handle.chmod(kept.mode & 0o7777).catch(explain)
    await handle.writeFile(text).catch(explain)
    await handle.sync().catch(explain)
    return await put(draft, path).catch(explain)
  } finally {
    await handle.close()
    await rm(draft, { force: true })
  }
}

/** Whether the draft was still there. */
async function put(draft: string, path: string): Promise<boolean> {
  try {
    await rename(draft, path)
  } catch (error) {
    if (toCode(error) === 'ENOENT') return false
    throw error
  }
  // The name lasts only once its folder is written.
  await using folder = await open(dirname(path), 'r')
  await folder.sync()
  return true
}

function toCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined
}

async function readBefore(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (toCode(error) === 'ENOENT') return null
    throw error
  }
}
