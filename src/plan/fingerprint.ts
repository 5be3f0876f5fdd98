import { createHash } from 'node:crypto'
import { toHref } from '../provider/answers.ts'
import type { AccountWebhook, Json } from '../webhook.ts'
import { type Change, isChanged } from './change.ts'

/** Whether a change would change anything. */
export function isEffective({ kind }: Pick<Change, 'kind'>): boolean {
  return kind !== 'NONE' && kind !== 'UNMANAGED'
}

/** A hash of what a plan would change, whatever its order. Nothing in it is volatile, and no secret. */
export function toFingerprint(changes: readonly Change[]): string {
  const effective = changes.filter(isEffective).toSorted((a, b) => (a.id < b.id ? -1 : 1))
  return hash(effective.map(toFacts))
}

/** Same, for one change. */
export function toDigest(change: Change): string {
  return hash(toFacts(change))
}

function toFacts({ id, kind, webhook, fields }: Change): Json {
  const known = fields.filter(isChanged).toSorted((a, b) => (a.path < b.path ? -1 : 1))
  const lost = webhook !== null && (kind === 'DELETE' || kind === 'REPLACE') ? toState(webhook) : null
  return [id, lost, ...known.map(({ path, before, after }) => [path, before, after])]
}

/** What a plan shows of a webhook that is deleted. */
function toState({ name, url, enabled, eventTypes }: AccountWebhook): Json {
  return [name, toHref(url), enabled, eventTypes && [...new Set(eventTypes)].toSorted()]
}

/** Equal for equal values. */
export function hash(facts: Json): string {
  return createHash('sha256')
    .update(JSON.stringify(toCanonical(facts)))
    .digest('base64url')
}

/** The same for equal values: the order of members does not matter. */
function toCanonical(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(toCanonical)
  const members = Object.entries<Json | undefined>(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return { members: members.map(([name, each]) => [name, toCanonical(each ?? null)]) }
}
