import { shownSecret } from '../secret.ts'
import type { Path } from '../http/call.ts'

/** Tag for paths: path`/webhooks/${id}`. Throws on a part that cannot be one segment: empty, `.` and `..`. */
export function path(literals: TemplateStringsArray, ...parts: readonly string[]): Path {
  // Every part is one encoded segment: this is the one place that makes a Path.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return String.raw({ raw: literals }, ...parts.map(toSegment)) as Path
}

function toSegment(part: string): string {
  if (!isSegment(part)) throw new TypeError('A path parameter must be a single segment')
  return encodeURIComponent(part)
}

/** Whether an upstream id can be addressed at all: 1 to 256 characters, well-formed, no dot segment, no secret cut out. */
export function isSegment(part: string): boolean {
  return (
    part.length > 0 && part.length <= 256 && part !== '.' && part !== '..' && part.isWellFormed() && !part.includes(shownSecret)
  )
}

/** Stands in a dry run for the id of what an earlier call would have made. Reads the same in a path and in a body. */
export const newId = '(new-id)'
