import { shownSecret } from '../secret.ts'
import { createMask } from './mask.ts'

/** How much of an upstream text is scanned for tokens: the part that is shown, and a margin before it. */
const lookedAt = 4_000
const shown = 500

/**
 * Finds what looks like a secret; `end` is where a text was truncated, so that a partial secret there counts too. The time
 * grows with the length only: no failed match overlaps the start of another one.
 */
function createShapes(end: string): readonly RegExp[] {
  const token = (head: string, letters: string) => new RegExp(`\\b${head}(?:${letters}{6,}|${letters}*${end})`, 'g')
  return [
    token('(?:whsec|whk)_', '[A-Za-z0-9+/=_-]'),
    token('eyJ', '[A-Za-z0-9_.-]'),
    /\bBearer\s+[^\s"',;]+/gi,
    new RegExp(`(?<=://)[^\\s/@]+(?:@|${end})`, 'g'),
  ]
}

const wholeShapes = createShapes('(?!)')
const cutShapes = createShapes('$')

/** Removes the given secrets, and anything that looks like one, from texts. */
export function createRedaction(secrets: readonly string[]) {
  const mask = createMask(secrets)
  // Too short to mask in data, but over-masking error texts is acceptable.
  const words = secrets.filter((secret) => secret !== '')
  const hideSecrets = (text: string) => words.reduce((rest, word) => rest.replaceAll(word, shownSecret), mask.hideIn(text))

  return {
    redact: (text: string): string => hideShapes(hideSecrets(text), wholeShapes),
    /** Upstream text, redacted and truncated to 500 characters. */
    toShownText(text: string): string {
      // Redact before truncating, or half a secret could remain.
      const known = hideSecrets(text)
      const isCut = known.length > lookedAt
      const clean = hideShapes(isCut ? known.slice(0, lookedAt) : known, isCut ? cutShapes : wholeShapes)
      return isCut || clean.length > shown ? `${clean.slice(0, shown - 1)}…` : clean
    },
  }
}

function hideShapes(text: string, shapes: readonly RegExp[]): string {
  return shapes.reduce((rest, shape) => rest.replace(shape, shownSecret), text)
}

/** Replaces user name and password in a URL; returns any other text unchanged. */
export function hideCredentials(text: string, replacement: string): string {
  if (!text.includes('@')) return text
  return text.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i, `$1${replacement}@`)
}
