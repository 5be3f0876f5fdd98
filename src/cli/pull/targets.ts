import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { CommandError } from '../failure.ts'
import { findFiles } from '../file/files.ts'

/** The files to write: those that exist, or else a new one. Throws CommandError. */
export function findTargets(
  given: readonly string[],
  folder: string,
): { readonly existing: readonly string[]; readonly created?: string } {
  const { files, missing } = findFiles(given, folder)
  const [created, ...others] = missing
  if (created === undefined) return { existing: files }
  if (files.length > 0 || others.length > 0 || /[*?[\]{}]/.test(created)) {
    throw new CommandError(
      missing.map((name) => `${name}: there is no such file. pull writes one new file, or those that there are`),
    )
  }
  if (!existsSync(dirname(resolve(folder, created))))
    throw new CommandError([`${created}: its directory does not exist. Create it`])
  return { existing: [], created }
}
