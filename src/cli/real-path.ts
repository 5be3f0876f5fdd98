import { readlinkSync, realpathSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'

/** Where a path leads to over links, also if nothing is there yet. Links that lead in a circle are taken for files. */
export function toRealPath(path: string): string {
  try {
    return realpathSync.native(path)
  } catch (error) {
    const folder = dirname(path)
    if (folder === path) return path
    const own = join(toRealPath(folder), basename(path))
    const isCircle = error instanceof Error && 'code' in error && error.code === 'ELOOP'
    const target = isCircle ? undefined : readLink(own)
    return target === undefined ? own : toRealPath(resolve(dirname(own), target))
  }
}

function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}
