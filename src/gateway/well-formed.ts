import type { InputIssue } from '../errors.ts'
import { listParts } from './unchecked.ts'

/** Rejects text with half of a surrogate pair, names of members included: it would be sent as another character. */
export function inspectText(path: readonly string[], value: unknown): readonly InputIssue[] {
  const isWellFormed = listParts(value).every((part) => {
    const texts = typeof part === 'object' && part !== null ? Object.keys(part) : [part]
    return texts.every((text) => typeof text !== 'string' || text.isWellFormed())
  })
  if (isWellFormed) return []
  return [{ path, code: 'INVALID', message: 'The text has half of a character (a lone surrogate). Send whole characters.' }]
}
