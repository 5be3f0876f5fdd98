import { existsSync, readFileSync } from 'node:fs'
import { isDeepStrictEqual, parseEnv } from 'node:util'
import { ReplaceError, replaceFile } from '../replace.ts'
import { SinkError } from './error.ts'

/**
 * Sets a variable in a file that --env-file reads, and leaves the others as they are. The file is replaced in one step, and only
 * its owner can read it. Throws SinkError.
 */
export async function writeSecret(file: string, name: string, secret: string): Promise<void> {
  try {
    await replaceFile(file, { mode: 0o600, change: (before) => toText(before ?? '', name, secret, file) })
  } catch (error) {
    if (error instanceof ReplaceError) throw new SinkError(error.message)
    throw error
  }
}

/** Why a variable cannot be set in a file that exists; null if nothing speaks against it. */
export function findVariableIssue(file: string, name: string): string | null {
  try {
    toText(readFileSync(file, 'utf8'), name, 'any', file)
    return null
  } catch (error) {
    if (error instanceof SinkError) return error.message
    throw error
  }
}

/** Whether a file that can be read, if it exists, has a value for a variable. */
export function hasValue(file: string, name: string): boolean {
  return existsSync(file) && Boolean(parseEnv(readFileSync(file, 'utf8'))[name])
}

const assignment = /^\s*(?:export\s+)?([\w.-]+)\s*=/

/** Whether a text has something else than variables before the first of them, as files of any other kind do. */
function isOther(text: string): boolean {
  const first = text.split('\n').find((line) => /^\s*[^\s#]/.test(line))
  return first !== undefined && !assignment.test(first)
}

/** The lines before, without those that set the variable, and one that does. */
function toText(before: string, name: string, secret: string, file: string): string {
  if (isOther(before)) throw new SinkError(`${file} is no file of variables, such as NAME=value. Name another one`)
  const isOwn = (line: string) => assignment.exec(line)?.[1] === name
  const kept = before
    .split('\n')
    .filter((line) => !isOwn(line))
    .join('\n')
    .replace(/\n*$/, '')
  const lines = ["'", '`', '"'].map((quote) => `${name}=${quote}${secret}${quote}`)
  const line = lines.find((each) => parseEnv(each)[name] === secret)
  if (line === undefined || /\p{Cc}/u.test(secret))
    throw new SinkError(`${file} cannot hold this secret: it has all kinds of quotes, or control characters such as a line break`)
  const text = `${kept === '' ? '' : `${kept}\n`}${line}\n`
  if (!isDeepStrictEqual({ ...parseEnv(text) }, { ...parseEnv(before), [name]: secret })) {
    if (before.split('\n').some(isOwn))
      throw new SinkError(`${file} has a line that another variable would be lost with. Remove ${name} from it by hand`)
    throw new SinkError(`${file} has a quote that is not closed, so that ${name} would become part of it. Close it`)
  }
  return text
}
