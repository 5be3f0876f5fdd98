import { existsSync, globSync } from 'node:fs'
import { isAbsolute, relative, resolve } from 'node:path'
import { toRealPath } from '../real-path.ts'

/** The names that are looked for if no file is given. */
const usualFiles = ['webhooks.yaml', 'webhooks.yml', 'webhooks.json'] as const

/** The files that names and patterns stand for, in order and each once, by the first of its names, and the names without any. */
export function findFiles(
  given: readonly string[],
  folder: string,
): { readonly files: readonly string[]; readonly missing: readonly string[] } {
  const usual = usualFiles.filter((file) => existsSync(resolve(folder, file))).slice(0, 1)
  if (given.length === 0) return { files: usual, missing: usual.length === 0 ? [usualFiles[0]] : [] }
  const found = given.map((name) => ({ name, files: expand(name, folder) }))
  const names = found.flatMap(({ files }) => files)
  const byFile = Map.groupBy(names, (name) => toRealPath(resolve(folder, name)))
  return {
    files: [...byFile.values()].flatMap(([first]) => (first === undefined ? [] : [toShortName(first, folder)])),
    missing: found.filter(({ files }) => files.length === 0).map(({ name }) => name),
  }
}

/** Relative to the folder, except for what was named otherwise and is elsewhere. */
function toShortName(name: string, folder: string): string {
  const short = relative(folder, resolve(folder, name))
  return short === '' || (isAbsolute(name) && short.startsWith('..')) ? name : short
}

function expand(name: string, folder: string): readonly string[] {
  if (existsSync(resolve(folder, name))) return [name]
  return globSync(name, { cwd: folder }).toSorted()
}
