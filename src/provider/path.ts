import { shownSecret } from '../secret.ts'
import type { Path } from '../http/call.ts'

/** Tag for paths: path`/webhooks/${id}`. Throws on a part that cannot be one segment: empty, `.` and `..`. */
export function path(literals: TemplateStringsArray, ...parts: readonly string[]): Path {
  // Every part is one encoded segment: this is the only place that creates a Path.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return literals.reduce((path, literal, index) => `${path}${toSegment(parts[index - 1] ?? '')}${literal}`) as Path
}

function toSegment(part: string): string {
  if (!isSegment(part)) throw new TypeError('A path parameter must be a single segment')
  return encodeURIComponent(part)
}

/** Whether an upstream ID can be used in a path: 1 to 256 characters, well-formed, no dot segment, no masked secret. */
export function isSegment(part: string): boolean {
  return (
    part.length > 0 && part.length <= 256 && part !== '.' && part !== '..' && part.isWellFormed() && !part.includes(shownSecret)
  )
}

/** Placeholder in a dry run for the ID that an earlier request would return. The same in paths and bodies. */
export const newId = '(new-id)'
