import { type FileHandle, open, readFile, realpath, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual, parseEnv } from 'node:util'
import { SinkError } from './error.ts'

/** How often, and for how long in all, another writer is waited for. */
const waits = { everyMs: 50, times: 100 }

/**
 * Sets a variable in a file that --env-file reads, and leaves the others as they are. The file is replaced in one step, and only
 * its owner can read it. Throws SinkError.
 */
export async function writeSecret(file: string, name: string, secret: string): Promise<void> {
  try {
    const path = await realpath(file).catch(() => file)
    const draft = `${path}.new`
    // Also keeps two writers apart: the second one would undo what the first one adds.
    const handle = await openDraft(draft)
    try {
      await replace(handle, path, draft, (before) => toText(before, name, secret, file))
    } catch (error) {
      await rm(draft, { force: true })
      throw error
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (error instanceof SinkError) throw error
    throw new SinkError(
      `${file} cannot be written (${error instanceof Error && 'code' in error ? String(error.code) : 'UNKNOWN'})`,
    )
  }
}

async function openDraft(draft: string): Promise<FileHandle> {
  for (let count = 0; ; count += 1) {
    try {
      return await open(draft, 'wx', 0o600)
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
      if (count === waits.times)
        throw new SinkError(`${draft} is in the way: another apply writes it, or was killed. Remove it if none runs`)
    }
    await sleep(waits.everyMs)
  }
}

async function replace(handle: FileHandle, path: string, draft: string, change: (before: string) => string): Promise<void> {
  const before = await readFile(path, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ''
    throw error
  })
  await handle.writeFile(change(before))
  await handle.sync()
  await rename(draft, path)
  // The name lasts only once its folder is written.
  await using folder = await open(dirname(path), 'r')
  await folder.sync()
}

/** The lines before, without those that set the variable, and one that does. */
function toText(before: string, name: string, secret: string, file: string): string {
  const isOwn = (line: string) => line.match(/^\s*(?:export\s+)?([\w.-]+)\s*=/)?.[1] === name
  const kept = before
    .split('\n')
    .filter((line) => !isOwn(line))
    .join('\n')
    .replace(/\n*$/, '')
  const lines = ["'", '`', '"'].map((quote) => `${name}=${quote}${secret}${quote}`)
  const line = lines.find((each) => parseEnv(each)[name] === secret)
  if (line === undefined) throw new SinkError(`${file} cannot hold this secret: it has all kinds of quotes, or several lines`)
  const text = `${kept === '' ? '' : `${kept}\n`}${line}\n`
  if (!isDeepStrictEqual({ ...parseEnv(text) }, { ...parseEnv(before), [name]: secret })) {
    throw new SinkError(`${file} has a line that another variable would be lost with. Remove ${name} from it by hand`)
  }
  return text
}
