import { isDeepStrictEqual } from 'node:util'
import { parseDocument } from 'yaml'
import { CommandError } from '../failure.ts'
import { linkAliases } from '../file/aliases.ts'
import { listChanges, type Origins } from './changes.ts'
import { readStyle } from './print.ts'
import { spareAliases, spliceText } from './splice.ts'

/** What a text is to say, and which items of its lists it says already. */
export interface Wanted {
  readonly content: unknown
  readonly origins: Origins
}

/** What a file says, and how to make it say something else. */
export interface OpenText {
  readonly content: unknown
  /**
   * The text with only the parts changed that differ. Throws CommandError for a text whose parts cannot be changed one by one.
   */
  rewrite(wanted: Wanted): string
}

export function openText(text: string, file: string): OpenText {
  const document = parseDocument(text, { merge: true, keepSourceTokens: true, logLevel: 'error' })
  const resolve = linkAliases(document)
  if (typeof resolve === 'object') throw toFailure(file)
  const before: unknown = document.toJS({ maxAliasCount: -1 })

  function rewrite({ content: after, origins }: Wanted): string {
    if (typeof resolve === 'object' || isDeepStrictEqual(before, after)) return text
    const style = readStyle(document, text, file.endsWith('.json'))
    const splices = listChanges(document, text, { style, before, after, origins })
    const written = spliceText(text, [...splices, ...spareAliases(document, splices, resolve, style)])
    // Nothing is written that was not asked for.
    if (written === undefined || !says(written, after)) throw toFailure(file)
    return written
  }

  return { content: before, rewrite }
}

function toFailure(file: string): CommandError {
  return new CommandError([`${file}: cannot be changed where it differs. Pull to another file with -f, and merge the two`])
}

function says(text: string, content: unknown): boolean {
  const document = parseDocument(text, { merge: true, logLevel: 'error' })
  if (document.errors.length > 0 || typeof linkAliases(document) === 'object') return false
  return isDeepStrictEqual(document.toJS({ maxAliasCount: -1 }), content)
}
