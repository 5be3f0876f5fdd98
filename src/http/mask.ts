import { shownSecret } from '../secret.ts'

/** Finds secrets in provider responses. */
export interface Mask {
  /** The parsed JSON of `text`, modified in place where a string or name contains a secret. */
  hide(body: unknown, text: string): unknown
  /** Removes the secrets from a text. */
  hideIn(text: string): string
}

// Shorter values are ordinary words, and masking them would damage unrelated names and IDs.
const shortest = 8

/** A form of a secret before its characters are escaped. */
interface Form {
  readonly text: string
  readonly anyCase: boolean
  /** Number of `=` that may follow; an echo without padding counts too. */
  readonly padding: number
}

/** Searches for each secret as plain text, in base64 and in hexadecimal, with any escaping. */
export function createMask(secrets: readonly string[]): Mask {
  // Longest first, so that no part of a secret remains.
  const forms = [...new Set(secrets)]
    .filter(({ length }) => length >= shortest)
    .flatMap(listForms)
    .toSorted((a, b) => b.text.length - a.text.length)
  // Built on first use, because most forms are never found.
  const hiders = new Map<Form, readonly Hider[]>()

  function isSuspect(text: string): boolean {
    if (forms.length === 0) return false
    if (isEscaped(text)) return true
    const lower = text.toLowerCase()
    return forms.some((form) => isIn(form, text, lower))
  }

  function hideIn(text: string): string {
    if (!isSuspect(text)) return text
    const lower = text.toLowerCase()
    // A plus can stand for a space.
    const found = isEscaped(text) ? forms : forms.filter((form) => form.text.includes(' ') || isIn(form, text, lower))
    return found.flatMap(getHiders).reduce((rest, hideForm) => hideForm(rest), text)
  }

  function getHiders(form: Form): readonly Hider[] {
    const built = hiders.get(form) ?? toHiders(form)
    hiders.set(form, built)
    return built
  }

  return { hideIn, hide: (body, text) => (isSuspect(text) ? replace(body, hideIn) : body) }
}

/** Whether a text may have escaped characters. */
function isEscaped(text: string): boolean {
  return text.includes('%') || text.includes('\\')
}

function isIn({ text: form, anyCase }: Form, text: string, lower: string): boolean {
  return (anyCase ? lower : text).includes(form)
}

function listForms(secret: string): readonly Form[] {
  const bare = secret.replace(/(?<!=)=+$/, '')
  const text = bare.length < shortest ? secret : bare
  const base64 = [...new Set(listBase64(text))].map((each) => ({ text: each, anyCase: false, padding: 0 }))
  const hex = { text: Buffer.from(text).toString('hex'), anyCase: true, padding: 0 }
  return [{ text, anyCase: false, padding: secret.length - text.length }, ...base64, hex]
}

/** Base64 of a text that contains the secret: the part determined by its characters alone, for each of the three offsets. */
function listBase64(secret: string): readonly string[] {
  const bytes = Buffer.from(secret)
  return [0, 1, 2].flatMap((offset) => {
    const padded = Buffer.concat([Buffer.alloc(offset), bytes])
    const whole = [Math.ceil((offset * 8) / 6), Math.floor((padded.length * 8) / 6)] as const
    return [padded.toString('base64').slice(...whole), padded.toString('base64url').slice(...whole)]
  })
}

type Hider = (text: string) => string

// The engine rejects much longer patterns with an error that repeats them.
const longestPattern = 1_000

/**
 * Match each character as is or in any of its escapes, in any mix. A backslash matches itself only where no backslash escapes
 * anything, which prevents slow backtracking over ambiguous texts.
 */
function toHiders({ text, anyCase, padding }: Form): readonly Hider[] {
  return (text.includes('\\') ? [true, false] : [true]).map((escaped) => {
    const spell = (character: string) => `(?:${listSpellings(character, escaped).join('|')})`
    const head = Array.from(text).slice(0, longestPattern).map(spell).join('')
    const pattern = new RegExp(`${head}${`${spell('=')}?`.repeat(padding)}`, anyCase ? 'gi' : 'g')
    if (text.length <= longestPattern) return (shown) => shown.replaceAll(pattern, shownSecret)
    // What follows this much of a secret may be the rest of it.
    return (shown) => {
      const start = shown.search(pattern)
      return start === -1 ? shown : `${shown.slice(0, start)}${shownSecret}`
    }
  })
}

/**
 * Patterns of one character: percent-encoded, escaped with a backslash as in JSON and its variants, and as is. Longest first,
 * so that no partial escape remains.
 */
function listSpellings(character: string, escaped: boolean): readonly string[] {
  const percent = [...Buffer.from(character)].map((byte) => `%${toHex(byte, 2)}`).join('')
  const plain = character === ' ' ? [quote('+'), quote(' ')] : [quote(character)]
  if (!escaped) return [percent, ...plain]
  const units = character.split('').map((unit) => `\\\\u${toHex(unit.charCodeAt(0), 4)}`)
  // Of two readings of one text, the search would try every combination.
  const sign = `${quote(`\\${character}`)}${character === 'u' ? '(?![0-9A-Fa-f]{4})' : ''}`
  const control = character < ' ' ? [quote(JSON.stringify(character).slice(1, -1))] : []
  return [percent, units.join(''), ...control, sign, ...(character === '\\' ? [] : plain)]
}

/** A pattern that matches exactly this text. */
function quote(text: string): string {
  return text
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('')
}

/** A pattern that matches the number in hexadecimal, in either case. */
function toHex(number: number, digits: number): string {
  const hex = number.toString(16).padStart(digits, '0')
  return hex.replaceAll(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`)
}

/** Works in place where possible and without recursion, because responses can be nested to any depth. */
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
