import { createHmac, timingSafeEqual } from 'node:crypto'
import type { SignatureScheme } from '../provider/signature.ts'

const digestForms = { hex: /^[0-9a-f]{64}$/, base64: /^[A-Za-z0-9+/]{43}=$/ }

/** The signatures of this scheme in the header; others, such as later versions, are ignored. */
export function findSignatures(value: string, { separator, prefix, encoding }: SignatureScheme): readonly string[] {
  const entries = separator === null ? [value] : value.split(separator)
  const start = prefix ?? ''
  return entries
    .filter((entry) => entry.startsWith(start))
    .map((entry) => entry.slice(start.length))
    .filter((digest) => digestForms[encoding].test(digest))
}

/** Whether one of the signatures is that of the content. */
export function isSigned(
  content: readonly (string | Uint8Array)[],
  key: Buffer,
  signatures: readonly string[],
  { encoding }: SignatureScheme,
): boolean {
  const hmac = createHmac('sha256', key)
  for (const part of content) hmac.update(part)
  const expected = Buffer.from(hmac.digest(encoding))
  // Compares all of them, so that timing does not reveal which one matched.
  return signatures.filter((signature) => timingSafeEqual(Buffer.from(signature), expected)).length > 0
}

/** The key for a secret; null if it is not a valid key. */
export function toKey(secret: string, { key }: SignatureScheme): Buffer | null {
  const text = key === 'text' ? secret : secret.replace(/^whsec_/, '')
  const bytes = Buffer.from(text, key === 'text' ? 'utf8' : 'base64')
  // Node decodes any text as base64; invalid base64 does not round-trip.
  if (key === 'base64' && bytes.toString('base64') !== text) return null
  // HMAC pads keys with zeros, so a key of only zeros equals the empty key, which everyone knows.
  return bytes.every((byte) => byte === 0) ? null : bytes
}
