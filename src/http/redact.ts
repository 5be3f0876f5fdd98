import { shownSecret } from '../secret.ts'
import { createMask } from './mask.ts'

/** How much of an upstream text is looked at for tokens: all that is shown of it, and what they may hide in front of that. */
const lookedAt = 4_000
const shown = 500

/**
 * What looks like a secret; `end` is where a text was cut, so that a half that was left there counts too. Linear: nothing that
 * a pattern has walked over in vain is the start of another match.
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

/** Makes texts fit to show: without the given secrets, and whatever looks like one. */
export function createRedaction(secrets: readonly string[]) {
  const mask = createMask(secrets)
  // Too short to be looked for in data, but what is told of an error may be spoiled.
  const words = secrets.filter((secret) => secret !== '')
  const hideSecrets = (text: string) => words.reduce((rest, word) => rest.replaceAll(word, shownSecret), mask.hideIn(text))

  return {
    redact: (text: string): string => hideShapes(hideSecrets(text), wholeShapes),
    /** Upstream text: redacted and cut to 500 characters. */
    toShownText(text: string): string {
      // Before it is cut, or half a secret could stay.
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

/** A URL whose user name and password are replaced; any other text as it is. */
export function hideCredentials(text: string, replacement: string): string {
  if (!text.includes('@')) return text
  return text.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i, `$1${replacement}@`)
}
