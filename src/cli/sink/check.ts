import { accessSync, constants, statSync, type Stats } from 'node:fs'
import { delimiter, dirname, resolve } from 'node:path'
import type { Environment } from '../../config/config.ts'
import type { SecretSink } from '../file/desired.ts'
import { toRealPath } from '../real-path.ts'
import { findNameIssue } from '../replace.ts'
import { findVariableIssue } from './file.ts'

const { R_OK, W_OK, X_OK } = constants

/** Why no secret can be put there; null if nothing speaks against it. */
export function findSinkIssue(sink: SecretSink, { PATH }: Environment): string | null {
  return 'file' in sink ? findFileIssue(sink) : findCommandIssue(sink.command[0] ?? '', sink.folder, PATH)
}

function findFileIssue({ file, name }: Extract<SecretSink, { file: string }>): string | null {
  const path = toRealPath(file)
  // Not by its path: a pipe, as /dev/stdout can be, has none.
  const [folder, stats] = [dirname(path), look(file)]
  if (stats?.isFile() === false) return `${file} is not a regular file. Name another one`
  if (look(folder)?.isDirectory() !== true) return `${file} cannot be written, because its folder does not exist. Make the folder`
  // It is replaced by a new one.
  if (!isAllowed(folder, W_OK | X_OK)) return `${file} cannot be written. Check the permissions of its folder`
  const issue = findNameIssue(file)
  if (issue !== null || stats === null) return issue
  return isAllowed(path, R_OK) ? findVariableIssue(file, name) : `${file} cannot be read. Check its permissions`
}

/** Where a program is looked for if nothing is said. */
const defaultPath = '/usr/bin:/bin'

function findCommandIssue(program: string, folder: string, path = defaultPath): string | null {
  const places = program.includes('/') ? [program] : path.split(delimiter).map((place) => `${place || '.'}/${program}`)
  const found = places.map((place) => resolve(folder, place)).filter((place) => look(place)?.isFile() === true)
  if (found.some((place) => isAllowed(place, X_OK))) return null
  return found.length > 0
    ? `${program} cannot be run. Make it executable`
    : `${program} cannot be run, because it does not exist. Install it, or correct its name or PATH`
}

function look(path: string): Stats | null {
  return attempt(() => statSync(path))
}

function isAllowed(path: string, mode: number): boolean {
  const allowed = attempt(() => {
    accessSync(path, mode)
    return true
  })
  return allowed === true
}

/** Null if the system refuses it. */
function attempt<Result>(run: () => Result): Result | null {
  try {
    return run()
  } catch {
    return null
  }
}
