import { shownSecret } from '../secret.ts'

/** Finds secrets in what a provider answers. */
export interface Mask {
  /** The parsed JSON of `text`, changed in place where one of its strings, or names, has a secret in it. */
  hide(body: unknown, text: string): unknown
  /** A text without the secrets. */
  hideIn(text: string): string
}

// Shorter ones are words: to look for them would spoil names and ids that have nothing to do with them.
const shortest = 8

/** What a secret looks like before anything escapes its characters. */
interface Form {
  readonly text: string
  readonly anyCase: boolean
  /** How many `=` may follow; an echo without them is as good as one with them. */
  readonly padding: number
}

/** Looks for each secret: as it is, in base64 and in hexadecimal, however their characters are escaped. */
export function createMask(secrets: readonly string[]): Mask {
  // The longest first, so that no part of one is left of it.
  const forms = [...new Set(secrets)]
    .filter(({ length }) => length >= shortest)
    .flatMap(listForms)
    .toSorted((a, b) => b.text.length - a.text.length)
  // Made for the first text that needs them: most masks never see one.
  let hiders: readonly Hider[] | undefined

  function isSuspect(text: string): boolean {
    if (forms.length === 0) return false
    if (text.includes('%') || text.includes('\\')) return true
    const lower = text.toLowerCase()
    return forms.some((form) => (form.anyCase ? lower : text).includes(form.text))
  }

  function hideIn(text: string): string {
    if (!isSuspect(text)) return text
    hiders ??= forms.flatMap(toHiders)
    return hiders.reduce((rest, hideForm) => hideForm(rest), text)
  }

  return { hideIn, hide: (body, text) => (isSuspect(text) ? replace(body, hideIn) : body) }
}

function listForms(secret: string): readonly Form[] {
  const bare = secret.replace(/(?<!=)=+$/, '')
  const text = bare.length < shortest ? secret : bare
  const base64 = [...new Set(listBase64(text))].map((each) => ({ text: each, anyCase: false, padding: 0 }))
  const hex = { text: Buffer.from(text).toString('hex'), anyCase: true, padding: 0 }
  return [{ text, anyCase: false, padding: secret.length - text.length }, ...base64, hex]
}

/** Base64 of any text that has it inside: what its characters alone decide, for each of the three places it can begin at. */
function listBase64(secret: string): readonly string[] {
  const bytes = Buffer.from(secret)
  return [0, 1, 2].flatMap((offset) => {
    const padded = Buffer.concat([Buffer.alloc(offset), bytes])
    const whole = [Math.ceil((offset * 8) / 6), Math.floor((padded.length * 8) / 6)] as const
    return [padded.toString('base64').slice(...whole), padded.toString('base64url').slice(...whole)]
  })
}

type Hider = (text: string) => string

// The engine refuses patterns that are far longer, in an error that repeats them.
const longestPattern = 1_000

/**
 * Look for the form with each character as it is or in any of its escapes, in any mix. A backslash is itself only where no
 * backslash escapes anything: no text is to be read in so many ways that trying them takes long.
 */
function toHiders({ text, anyCase, padding }: Form): readonly Hider[] {
  return (text.includes('\\') ? [true, false] : [true]).map((escaped) => {
    const spell = (character: string) => `(?:${listSpellings(character, escaped).join('|')})`
    const head = Array.from(text).slice(0, longestPattern).map(spell).join('')
    const pattern = new RegExp(`${head}${`${spell('=')}?`.repeat(padding)}`, anyCase ? 'gi' : 'g')
    if (text.length <= longestPattern) return (shown) => shown.replaceAll(pattern, shownSecret)
    // What stands behind so much of a secret may be the rest of it.
    return (shown) => {
      const start = shown.search(pattern)
      return start === -1 ? shown : `${shown.slice(0, start)}${shownSecret}`
    }
  })
}

/**
 * Patterns of one character: percent-encoded, where backslashes escape as JSON and its many writers have it, and itself. The
 * longest first, so that no half of an escape is left.
 */
function listSpellings(character: string, escaped: boolean): readonly string[] {
  const percent = [...Buffer.from(character)].map((byte) => `%${toHex(byte, 2)}`).join('')
  const plain = character === ' ' ? [quote('+'), quote(' ')] : [quote(character)]
  if (!escaped) return [percent, ...plain]
  const units = character.split('').map((unit) => `\\\\u${toHex(unit.charCodeAt(0), 4)}`)
  // Never before a letter or a digit, where it would read as the head of another escape.
  const sign = /[\p{L}\p{N}]/u.test(character) ? [] : [quote(`\\${character}`)]
  const control = character < ' ' ? [quote(JSON.stringify(character).slice(1, -1))] : []
  return [percent, units.join(''), ...control, ...sign, ...(character === '\\' ? [] : plain)]
}

/** A pattern of exactly this text. */
function quote(text: string): string {
  return text
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('')
}

/** A pattern of the number in hexadecimal digits, small or capital. */
function toHex(number: number, digits: number): string {
  const hex = number.toString(16).padStart(digits, '0')
  return hex.replaceAll(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`)
}

/** In place as far as it can be, and without recursion: nobody knows how deep an answer is. */
function replace(body: unknown, hide: (text: string) => string): unknown {
  const root = [body]
  const open: object[] = [root]
  const replaceValue = (value: unknown): unknown => {
    if (typeof value === 'string') return hide(value)
    if (typeof value !== 'object' || value === null) return value
    const renamed = Array.isArray(value) ? value : hideNames(value, hide)
    open.push(renamed)
    return renamed
  }
  for (let holder = open.pop(); holder !== undefined; holder = open.pop()) {
    const members = Array.isArray(holder) ? holder.entries() : Object.entries(holder)
    for (const [member, value] of members) {
      const kept = replaceValue(value)
      if (kept !== value) Reflect.set(holder, member, kept)
    }
  }
  return root[0]
}

function hideNames(object: object, hide: (text: string) => string): object {
  const names = Object.keys(object)
  if (names.every((name) => hide(name) === name)) return object
  return Object.fromEntries(Object.entries(object).map(([name, value]): [string, unknown] => [hide(name), value]))
}
