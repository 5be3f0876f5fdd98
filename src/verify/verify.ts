import { createHmac, timingSafeEqual } from 'node:crypto'
import type { SignatureScheme } from '../provider/signature.ts'
import { type SchemeName, schemes } from './schemes.ts'

/** A delivery as it arrived, and what its receiver knows. */
export interface VerifyOptions {
  /** Who is said to have sent it. */
  readonly provider: SchemeName
  readonly headers: DeliveryHeaders
  /** The bytes of the body as they arrived: parsed and serialised again, they are others. */
  readonly rawBody: Uint8Array
  /** Any of these may have signed it: two while a secret is rotated. An empty one verifies nothing. */
  readonly secrets: readonly string[]
  /** The receiver's clock; left out: the time of the call. */
  readonly now?: Date
  /** Replaces the scheme's; means nothing to a scheme that signs no time. */
  readonly toleranceSeconds?: number
}

/** The headers of Fetch, or those of Node with names in any letter case. */
export type DeliveryHeaders = HeaderReader | Readonly<Record<string, string | readonly string[] | undefined>>

export interface HeaderReader {
  get(name: string): string | null
}

export type Verdict = Verified | Refused

export interface Verified {
  readonly ok: true
  /** Which of the secrets signed it; the first, where several did. */
  readonly secretIndex: number
  /** When it was sent; only where the scheme signs that. */
  readonly timestamp?: Date
  /** What was assumed of the scheme; only where the provider does not document all of it. */
  readonly assumption?: string
}

export interface Refused {
  readonly ok: false
  /** For the receiver's log; the sender learns nothing of it. */
  readonly reason: Reason
}

export type Reason =
  /** The call is wrong: an unknown provider, a body that is not bytes, a clock without a time. */
  | 'INPUT_INVALID'
  /** No secret was given, or none that can be a key of this scheme. */
  | 'NO_SECRET'
  /** A header that must be there once is there several times. */
  | 'HEADER_DUPLICATED'
  /** The signature's header is not there, or is empty. */
  | 'SIGNATURE_MISSING'
  /** The header has no signature of the form that the scheme documents; hex is in lower case. */
  | 'SIGNATURE_MALFORMED'
  /** The signature is none of this body with any of these secrets. */
  | 'SIGNATURE_MISMATCH'
  /** The header with the time is not there, or is empty. */
  | 'TIMESTAMP_MISSING'
  /** The time is not in whole Unix seconds. */
  | 'TIMESTAMP_MALFORMED'
  /** Rightly signed, but too long ago: sent again by somebody, or the clocks differ. */
  | 'TIMESTAMP_TOO_OLD'
  /** Rightly signed, but too far in the future: the clocks differ. */
  | 'TIMESTAMP_TOO_NEW'
  /** The header with the message's id is not there, or is empty. */
  | 'ID_MISSING'
  /** The id is not printable ASCII without a dot, which would let it reach into what is signed after it. */
  | 'ID_MALFORMED'

/** Options that were checked, each read once. */
interface Delivery {
  readonly scheme: SignatureScheme
  readonly headers: DeliveryHeaders
  readonly rawBody: Uint8Array
  /** One for each secret; null where that cannot be a key. */
  readonly keys: readonly (Buffer | null)[]
  readonly nowSeconds: number
  readonly toleranceSeconds: number
}

interface Header {
  /** Empty where the scheme has no such header, or for the reason given. */
  readonly value: string
  readonly reason: Reason | null
}

const longestHeader = 8192
const headerForms = { SIGNATURE: /^[ -~]+$/, TIMESTAMP: /^\d{1,12}$/, ID: /^[!-\-/-~]{1,256}$/ }
const digestForms = { hex: /^[0-9a-f]{64}$/, base64: /^[A-Za-z0-9+/]{43}=$/ }

/**
 * Whether the provider sent this delivery, by its signature. Takes the same time for every wrong signature, and never throws,
 * whatever it is given.
 */
export function verifyDelivery(options: VerifyOptions): Verdict {
  try {
    const delivery = readOptions(options)
    return delivery === null ? refuse('INPUT_INVALID') : verify(delivery)
  } catch {
    // Only what is not of its type throws here; what was thrown may throw again when it is looked at.
    return refuse('INPUT_INVALID')
  }
}

function refuse(reason: Reason): Refused {
  return { ok: false, reason }
}

/** Null where untyped code gives something else; may throw then, too. */
function readOptions(options: Readonly<Partial<Record<keyof VerifyOptions, unknown>>>): Delivery | null {
  const { provider, headers, rawBody, secrets, now, toleranceSeconds } = options
  if (!isSchemeName(provider) || !isHeaders(headers) || !isBytes(rawBody) || !isList(secrets)) return null
  const scheme: SignatureScheme = schemes[provider]
  const texts = [...secrets]
  const nowMs = now === undefined ? Date.now() : Date.prototype.getTime.call(now)
  const tolerance = toleranceSeconds ?? scheme.toleranceSeconds ?? 0
  if (
    !texts.every((text) => typeof text === 'string') ||
    Number.isNaN(nowMs) ||
    typeof tolerance !== 'number' ||
    !(tolerance >= 0)
  )
    return null
  const keys = texts.map((secret) => toKey(secret, scheme))
  return { scheme, headers, rawBody, keys, nowSeconds: Math.floor(nowMs / 1000), toleranceSeconds: tolerance }
}

function verify({ scheme, headers, rawBody, keys, nowSeconds, toleranceSeconds }: Delivery): Verdict {
  if (keys.every((key) => key === null)) return refuse('NO_SECRET')
  const signature = readHeader(headers, scheme.header, 'SIGNATURE')
  const id = readHeader(headers, scheme.idHeader, 'ID')
  const timestamp = readHeader(headers, scheme.timestampHeader, 'TIMESTAMP')
  const headerReason = signature.reason ?? id.reason ?? timestamp.reason
  if (headerReason !== null) return refuse(headerReason)
  const signatures = findSignatures(signature.value, scheme)
  if (signatures.length === 0) return refuse('SIGNATURE_MALFORMED')

  const values: Readonly<Record<string, string | Uint8Array>> = {
    '{id}': id.value,
    '{timestamp}': timestamp.value,
    '{body}': rawBody,
  }
  const content = scheme.signedContent.split(/(\{\w+\})/).map((part) => values[part] ?? part)
  const secretIndex = keys.map((key) => key !== null && isSigned(content, key, signatures, scheme)).indexOf(true)
  if (secretIndex === -1) return refuse('SIGNATURE_MISMATCH')

  const assumed = scheme.documented || scheme.note === null ? {} : { assumption: scheme.note }
  if (scheme.timestampHeader === null) return { ok: true, secretIndex, ...assumed }
  const sentSeconds = Number(timestamp.value)
  if (nowSeconds - sentSeconds > toleranceSeconds) return refuse('TIMESTAMP_TOO_OLD')
  if (sentSeconds - nowSeconds > toleranceSeconds) return refuse('TIMESTAMP_TOO_NEW')
  return { ok: true, secretIndex, timestamp: new Date(sentSeconds * 1000), ...assumed }
}

function readHeader(headers: DeliveryHeaders, name: string | null, what: keyof typeof headerForms): Header {
  if (name === null) return { value: '', reason: null }
  const missing: Header = { value: '', reason: `${what}_MISSING` }
  const [text, ...others] = findValues(headers, name)
  if (text === undefined) return missing
  if (others.length > 0) return { value: '', reason: 'HEADER_DUPLICATED' }
  if (typeof text !== 'string') return { value: '', reason: 'INPUT_INVALID' }
  const value = text.trim()
  if (value === '') return missing
  if (value.length > longestHeader) return { value: '', reason: `${what}_MALFORMED` }
  // No scheme writes a comma and a space: that is how Fetch and Node join a header that was sent twice.
  if (value.includes(', ')) return { value: '', reason: 'HEADER_DUPLICATED' }
  return headerForms[what].test(value) ? { value, reason: null } : { value: '', reason: `${what}_MALFORMED` }
}

function findValues(headers: DeliveryHeaders, name: string): readonly unknown[] {
  if (isReader(headers)) return [headers.get(name) ?? []].flat()
  const wanted = name.toLowerCase()
  return Object.entries(headers).flatMap(([name, value]) => (name.toLowerCase() === wanted ? (value ?? []) : []))
}

/** The signatures of this scheme in its header; others, as of a later version, are left out. */
function findSignatures(value: string, { separator, prefix, encoding }: SignatureScheme): readonly string[] {
  const entries = separator === null ? [value] : value.split(separator)
  const start = prefix ?? ''
  return entries
    .filter((entry) => entry.startsWith(start))
    .map((entry) => entry.slice(start.length))
    .filter((digest) => digestForms[encoding].test(digest))
}

function isSigned(
  content: readonly (string | Uint8Array)[],
  key: Buffer,
  signatures: readonly string[],
  { encoding }: SignatureScheme,
): boolean {
  const hmac = createHmac('sha256', key)
  for (const part of content) hmac.update(part)
  const expected = Buffer.from(hmac.digest(encoding))
  // Every one is compared: how long it takes tells nothing of which one it was.
  return signatures.filter((signature) => timingSafeEqual(Buffer.from(signature), expected)).length > 0
}

/** The key that a secret stands for; null where it stands for none. */
function toKey(secret: string, { key }: SignatureScheme): Buffer | null {
  const text = key === 'text' ? secret : secret.replace(/^whsec_/, '')
  const bytes = Buffer.from(text, key === 'text' ? 'utf8' : 'base64')
  // Node reads any text as base64; what does not come out the same was none.
  if (key === 'base64' && bytes.toString('base64') !== text) return null
  // HMAC pads a key with zeros: nothing but zeros is the empty key, which everybody knows.
  return bytes.every((byte) => byte === 0) ? null : bytes
}

function isSchemeName(value: unknown): value is SchemeName {
  return typeof value === 'string' && Object.hasOwn(schemes, value)
}

function isHeaders(value: unknown): value is DeliveryHeaders {
  return typeof value === 'object' && value !== null
}

function isReader(headers: DeliveryHeaders): headers is HeaderReader {
  return typeof headers.get === 'function'
}

// Not instanceof: under a test runner, bytes may come from another realm.
function isBytes(value: unknown): value is Uint8Array {
  return ArrayBuffer.isView(value) && Object.prototype.toString.call(value) === '[object Uint8Array]'
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value)
}
