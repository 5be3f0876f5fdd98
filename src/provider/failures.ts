import * as z from 'zod'
import type { AnswerHeaders } from '../http/link.ts'
import type { Failure, Meaning } from '../http/upstream.ts'

/** What an error says. Undefined is null. */
interface Told {
  readonly code?: string | null | undefined
  readonly message?: string | null | undefined
  /** If omitted, determined by the status. */
  readonly meaning?: Meaning | undefined
}

/** A code or text in an error; undefined if it is neither. */
export const wireWord = z.string().optional().catch(undefined)

/**
 * The `readFailure` of an API with errors in JSON. A body that `error` does not read is not the provider's, such as a proxy's page.
 * Where the form depends on the status, `error` is a function of it.
 */
export function readJsonFailure<T>(
  error: z.ZodType<T> | ((status: number) => z.ZodType<T>),
  tell: (error: T, status: number, headers: AnswerHeaders) => Told | null,
) {
  return (status: number, body: unknown, headers: AnswerHeaders = {}): Failure | null => {
    const read = (typeof error === 'function' ? error(status) : error).safeParse(body)
    return toFailure(read.success ? tell(read.data, status, headers) : null)
  }
}

function toFailure(told: Told | null): Failure | null {
  if (told === null) return null
  const { code = null, message = null, meaning } = told
  return { code, message, ...(meaning && { meaning }) }
}

/** Paths below `input`, by the provider's names for what it found wrong. */
export type InputPaths = Readonly<Record<string, readonly string[]>>

const wholeInput: readonly string[] = []

/** Wrong input. What has no path is somewhere in the whole input. */
export function toInvalidInput(paths: InputPaths, names: readonly string[]): Meaning {
  return { kind: 'INVALID_INPUT', paths: [...new Set(names.map((name) => findPath(paths, name) ?? wholeInput))] }
}

/** Same, but undefined if nothing of it has a path. */
export function findInvalidInput(paths: InputPaths, names: readonly string[]): Meaning | undefined {
  const known = names.filter((name) => findPath(paths, name) !== undefined)
  return known.length === 0 ? undefined : toInvalidInput(paths, known)
}

function findPath(paths: InputPaths, name: string): readonly string[] | undefined {
  return Object.hasOwn(paths, name) ? paths[name] : undefined
}

/** Paths of a provider's options. */
export function toOptionPaths(provider: string, options: readonly string[]): InputPaths {
  return Object.fromEntries(options.map((option) => [option, ['options', provider, option]]))
}

/** The limit in a text, as the only group of `pattern`. `of` is what it counts, if not webhooks. */
export function findLimit(pattern: RegExp, text: string, of?: string): Meaning | undefined {
  const limit = pattern.exec(text)?.[1]
  return limit === undefined ? undefined : { kind: 'LIMIT_REACHED', limit: Number(limit), ...(of !== undefined && { of }) }
}
