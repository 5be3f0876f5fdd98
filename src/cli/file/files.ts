import { existsSync, globSync } from 'node:fs'
import { relative, resolve } from 'node:path'
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
  const paths = found.flatMap(({ files }) => files.map((file) => resolve(folder, file)))
  const byFile = Map.groupBy(paths, toRealPath)
  return {
    files: [...byFile.values()].flatMap(([path]) => (path === undefined ? [] : [relative(folder, path)])),
    missing: found.filter(({ files }) => files.length === 0).map(({ name }) => name),
  }
}

function expand(name: string, folder: string): readonly string[] {
  if (existsSync(resolve(folder, name))) return [name]
  return globSync(name, { cwd: folder }).toSorted()
}
