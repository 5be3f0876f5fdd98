import type { InputIssue } from '../errors.ts'
import { hasText } from './unchecked.ts'

/** Rejects text with half of a surrogate pair, names of members included: it would be sent as another character. */
export function inspectText(path: readonly string[], value: unknown): readonly InputIssue[] {
  if (!hasText(value, (text) => !text.isWellFormed())) return []
  return [{ path, code: 'INVALID', message: 'The text has half of a character (a lone surrogate). Send whole characters.' }]
}
