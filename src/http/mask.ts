/** What stands where a secret was. */
export const shownSecret = '[secret]'

/** Finds secrets in an answer. */
export interface Mask {
  /** The parsed JSON of `text`, changed in place where one of its strings, or names, has a secret in it. */
  hide(body: unknown, text: string): unknown
}

// Shorter ones are words: to look for them would spoil names and ids that have nothing to do with them.
const shortest = 8

/** Looks for each secret, as it is and in the encodings that texts commonly have it in. */
export function createMask(secrets: readonly string[]): Mask {
  const forms = new Set(secrets.filter(({ length }) => length >= shortest).flatMap(listForms))
  // The longest first, so that no part of one is left of it.
  const needles = [...forms]
    .toSorted((a, b) => b.length - a.length)
    .map((form) => ({ form, marker: markers.find((sign) => form.includes(sign)) ?? '', written: writeInJson(form) }))

  return {
    hide(body, text) {
      if (needles.length === 0) return body
      const written = text.includes('\\') ? write(body) : text
      const absent = new Set(markers.filter((sign) => written?.includes(sign) === false))
      const found = needles.filter(
        (needle) => !absent.has(needle.marker) && (written === null || written.includes(needle.written)),
      )
      return found.length === 0 ? body : replace(body, (each) => found.reduce((rest, { form }) => hideForm(rest, form), each))
    },
  }
}

function hideForm(text: string, form: string): string {
  return text.length < form.length ? text : text.replaceAll(form, shownSecret)
}

/** Canonical JSON, in which every string is spelled in one way; null for what is too deep to be written. */
function write(body: unknown): string | null {
  try {
    return JSON.stringify(body)
  } catch {
    return null
  }
}

function writeInJson(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}

/** Signs that a form must have beside a secret's own characters, so that most texts need no search for it. */
const markers = ['%', '\\']

function listForms(secret: string): readonly string[] {
  const bytes = [...Buffer.from(secret)].map((byte) => byte.toString(16).padStart(2, '0'))
  const everyByte = bytes.map((byte) => `%${byte}`).join('')
  const everyUnit = mapUnits(secret, () => true)
  const specialUnits = mapUnits(secret, (unit) => !/[A-Za-z0-9]/.test(unit))
  const percents = [
    everyByte.toUpperCase(),
    encodeURI(secret.toWellFormed()),
    encodeURIComponent(secret.toWellFormed()),
    new URLSearchParams({ _: secret }).toString().slice(2),
    escapeBytes(secret, /[^A-Za-z0-9_.~-]/),
    escapeBytes(secret, /[^A-Za-z0-9]/),
  ]
  return [
    secret,
    ...listBase64(secret),
    bytes.join(''),
    bytes.join('').toUpperCase(),
    ...percents,
    ...percents.map((text) => text.replace(/%../g, (escape) => escape.toLowerCase())),
    // A JSON text within a string, as deliveries have them: the escapes of the answer itself are gone by then.
    writeInJson(secret),
    writeInJson(secret).replaceAll('/', '\\/'),
    everyUnit,
    specialUnits,
    ...[everyUnit, specialUnits].map((text) => text.replace(/\\u..../g, (escape) => `\\u${escape.slice(2).toUpperCase()}`)),
  ]
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

function escapeBytes(text: string, escaped: RegExp): string {
  return [...Buffer.from(text)]
    .map((byte) => [String.fromCharCode(byte), `%${byte.toString(16).toUpperCase().padStart(2, '0')}`] as const)
    .map(([character, escape]) => (escaped.test(character) ? escape : character))
    .join('')
}

function mapUnits(text: string, isEscaped: (unit: string) => boolean): string {
  return text
    .split('')
    .map((unit) => (isEscaped(unit) ? `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}` : unit))
    .join('')
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
