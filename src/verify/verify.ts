import type { SignatureScheme } from '../provider/signature.ts'
import { findSignatures, isSigned, toKey } from './hmac.ts'
import { type SchemeName, schemes } from './schemes.ts'
import { judgeTime, timeForms } from './time.ts'

/** A received delivery, and the receiver's settings. */
export interface VerifyOptions {
  /** The expected sender. */
  readonly provider: SchemeName
  readonly headers: DeliveryHeaders
  /** The raw body bytes as received. Parsing and serializing them again changes them. */
  readonly rawBody: Uint8Array
  /** Accepted secrets; two during a rotation. An empty one verifies nothing. */
  readonly secrets: readonly string[]
  /** The receiver's clock. Defaults to the current time. */
  readonly now?: Date
  /** The webhook's URL as configured at the provider. Only Square signs it. */
  readonly url?: string
  /** Overrides the scheme's tolerance. Ignored if the scheme signs no timestamp. */
  readonly toleranceSeconds?: number
}

/** Fetch headers, or Node headers with names in any case. */
export type DeliveryHeaders = HeaderReader | Readonly<Record<string, string | readonly string[] | undefined>>

export interface HeaderReader {
  get(name: string): string | null
}

export type Verdict = Verified | Refused

export interface Verified {
  readonly ok: true
  /** Index of the secret that signed it; the first if several did. */
  readonly secretIndex: number
  /** When it was sent, if the scheme signs a timestamp. */
  readonly timestamp?: Date
  /** Assumptions, if the provider does not fully document the scheme. */
  readonly assumption?: string
}

export interface Refused {
  readonly ok: false
  /** For the receiver's log. Do not send it to the sender. */
  readonly reason: Reason
}

export type Reason =
  /** Invalid arguments: an unknown provider, a body that is not bytes, or an invalid clock. */
  | 'INPUT_INVALID'
  /** The scheme signs the URL of the webhook, and none was given. */
  | 'URL_MISSING'
  /** No secret was given, or none that can be a key for this scheme. */
  | 'NO_SECRET'
  /** A header that must occur once occurs several times. */
  | 'HEADER_DUPLICATED'
  /** The signature header is missing or empty. */
  | 'SIGNATURE_MISSING'
  /** The header contains no signature in the documented format; hex must be lowercase. */
  | 'SIGNATURE_MALFORMED'
  /** The signature does not match the body with any of the secrets. */
  | 'SIGNATURE_MISMATCH'
  /** The timestamp is missing or empty. */
  | 'TIMESTAMP_MISSING'
  /** The timestamp is not an integer, or there are several; or the body that should contain it is not a JSON object. */
  | 'TIMESTAMP_MALFORMED'
  /** The signature is valid but too old: the delivery was replayed, or the clocks differ. */
  | 'TIMESTAMP_TOO_OLD'
  /** The signature is valid but too far in the future: the clocks differ. */
  | 'TIMESTAMP_TOO_NEW'
  /** The message ID header is missing or empty. */
  | 'ID_MISSING'
  /** The ID is not printable ASCII, or contains a dot, which could extend it into the content signed after it. */
  | 'ID_MALFORMED'

/** Validated options, each read once. */
interface Delivery {
  readonly scheme: SignatureScheme
  readonly headers: DeliveryHeaders
  readonly rawBody: Uint8Array
  /** One for each secret; null if the secret cannot be a key. */
  readonly keys: readonly (Buffer | null)[]
  readonly nowMs: number
  readonly toleranceSeconds: number
  /** Empty if none was given. */
  readonly url: string
}

interface Header {
  /** Empty if the scheme has no such header, or for the given reason. */
  readonly value: string
  readonly reason: Reason | null
}

const longestHeader = 8192
const headerForms = { SIGNATURE: /^[ -~]+$/, TIMESTAMP: timeForms.seconds, ID: /^[!-\-/-~]{1,256}$/ }

/**
 * Verifies the signature of a delivery. Takes the same time for every wrong signature and never throws, whatever its
 * arguments.
 */
export function verifyDelivery(options: VerifyOptions): Verdict {
  try {
    const delivery = readOptions(options)
    return delivery === null ? refuse('INPUT_INVALID') : verify(delivery)
  } catch {
    // Only values of the wrong type throw here, and reading the thrown value may throw again.
    return refuse('INPUT_INVALID')
  }
}

function refuse(reason: Reason): Refused {
  return { ok: false, reason }
}

/** Null if untyped code passes something else; it may also throw then. */
function readOptions(options: Readonly<Partial<Record<keyof VerifyOptions, unknown>>>): Delivery | null {
  const { provider, headers, rawBody, secrets, now, toleranceSeconds, url = '' } = options
  if (!isSchemeName(provider) || !isHeaders(headers) || !isBytes(rawBody) || !isList(secrets)) return null
  const scheme: SignatureScheme = schemes[provider]
  const texts = [...secrets]
  const nowMs = now === undefined ? Date.now() : Date.prototype.getTime.call(now)
  const tolerance = toleranceSeconds ?? scheme.toleranceSeconds ?? 0
  if (
    !texts.every((text) => typeof text === 'string') ||
    Number.isNaN(nowMs) ||
    typeof tolerance !== 'number' ||
    !(tolerance >= 0) ||
    typeof url !== 'string'
  )
    return null
  const keys = texts.map((secret) => toKey(secret, scheme))
  return { scheme, headers, rawBody, keys, nowMs, toleranceSeconds: tolerance, url }
}

function verify({ scheme, headers, rawBody, keys, nowMs, toleranceSeconds, url }: Delivery): Verdict {
  if (keys.every((key) => key === null)) return refuse('NO_SECRET')
  if (url === '' && scheme.signedContent.includes('{url}')) return refuse('URL_MISSING')
  const signature = readHeader(headers, scheme.header, 'SIGNATURE')
  const id = readHeader(headers, scheme.idHeader, 'ID')
  const timestamp = readSignedTime(headers, signature.value, scheme)
  const signatures = findSignatures(signature.value, scheme)
  const signatureReason = signature.reason ?? (signatures.length === 0 ? 'SIGNATURE_MALFORMED' : null)
  const headerReason = signatureReason ?? id.reason ?? timestamp.reason
  if (headerReason !== null) return refuse(headerReason)

  const values: Readonly<Record<string, string | Uint8Array>> = {
    '{id}': id.value,
    '{timestamp}': timestamp.value,
    '{url}': url,
    '{body}': rawBody,
  }
  const content = scheme.signedContent.split(/(\{\w+\})/).map((part) => values[part] ?? part)
  const secretIndex = keys.map((key) => key !== null && isSigned(content, key, signatures, scheme)).indexOf(true)
  if (secretIndex === -1) return refuse('SIGNATURE_MISMATCH')

  const assumed = scheme.documented || scheme.note === null ? {} : { assumption: scheme.note }
  const sent = judgeTime(timestamp.value, rawBody, scheme, { nowMs, toleranceMs: toleranceSeconds * 1000 })
  if (typeof sent === 'string') return refuse(sent)
  return { ok: true, secretIndex, ...(sent !== null && { timestamp: sent }), ...assumed }
}

/** A header of the delivery; the reason says what is wrong with it. */
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
  // No scheme uses a comma and a space: this is how Fetch and Node join repeated headers.
  if (value.includes(', ')) return { value: '', reason: 'HEADER_DUPLICATED' }
  return headerForms[what].test(value) ? { value, reason: null } : { value: '', reason: `${what}_MALFORMED` }
}

function findValues(headers: DeliveryHeaders, name: string): readonly unknown[] {
  if (isReader(headers)) return [headers.get(name) ?? []].flat()
  const wanted = name.toLowerCase()
  return Object.entries(headers).flatMap(([name, value]) => (name.toLowerCase() === wanted ? (value ?? []) : []))
}

/** The timestamp of the headers as it is signed: a header of its own, or one of the values beside the signature. */
function readSignedTime(headers: DeliveryHeaders, signature: string, scheme: SignatureScheme): Header {
  const { timestampHeader, timestampPrefix, timestampUnit, separator } = scheme
  if (timestampPrefix === null) return readHeader(headers, timestampHeader, 'TIMESTAMP')
  const [first, ...others] = signature
    .split(separator ?? ',')
    .filter((entry) => entry.startsWith(timestampPrefix))
    .map((entry) => entry.slice(timestampPrefix.length))
  if (first === undefined || first === '') return { value: '', reason: 'TIMESTAMP_MISSING' }
  if (others.length > 0 || !timeForms[timestampUnit].test(first)) return { value: '', reason: 'TIMESTAMP_MALFORMED' }
  return { value: first, reason: null }
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

// Not instanceof: in a test runner, bytes may come from another realm.
function isBytes(value: unknown): value is Uint8Array {
  return ArrayBuffer.isView(value) && Object.prototype.toString.call(value) === '[object Uint8Array]'
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value)
}
