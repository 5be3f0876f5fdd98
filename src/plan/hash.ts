import * as crypto from 'node:crypto'
import type { Json } from '../webhook.ts'

/** Equal for equal values. */
export function hash(facts: Json): string {
  return crypto.hash('sha256', JSON.stringify(toCanonical(facts)), 'base64url')
}

/** The same for equal values: the order of members does not matter. */
function toCanonical(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(toCanonical)
  const members = Object.entries<Json | undefined>(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return { members: members.map(([name, each]) => [name, toCanonical(each ?? null)]) }
}
