import { hash } from 'node:crypto'

// The webhooks of an account before a create, kept with it: whatever else is there later may be its own.

/** Maximum number of webhooks that are kept. */
const mostKept = 10_000
/** Characters of base64url for each: 48 bits. */
const digestLength = 8

/** Digests of IDs as one text; null if there are too many. */
export function packIds(ids: readonly string[]): string | null {
  return ids.length > mostKept ? null : ids.map(toDigest).join('')
}

/** The reverse of packIds, as far as it tells whether an ID was among them. */
export function unpackIds(text: string): { has(id: string): boolean } {
  const digests = new Set<string>()
  for (let at = 0; at < text.length; at += digestLength) digests.add(text.slice(at, at + digestLength))
  return { has: (id) => digests.has(toDigest(id)) }
}

function toDigest(id: string): string {
  return hash('sha256', id, 'base64url').slice(0, digestLength)
}
