import type { InputIssue } from '../errors.ts'
import type { EventCatalogue } from '../provider/events.ts'
import type { Provider } from '../provider/provider.ts'
import { hasShownSecret } from './masked.ts'
import { findNearest } from './nearest.ts'

/** Maximum event types of a webhook: more than any provider has. */
export const mostEventTypes = 300

/** All issues of the event types of an input by the rules of this provider. */
export function inspectEventTypes(provider: Provider, eventTypes: unknown): readonly InputIssue[] {
  if (!Array.isArray(eventTypes)) return []
  const given: readonly unknown[] = eventTypes.slice(0, mostEventTypes)
  return [...inspectCount(provider, given), ...inspectNames(provider, given)]
}

function inspectCount({ displayName, eventTypes }: Provider, given: readonly unknown[]): readonly InputIssue[] {
  const { most = Infinity, all, wildcards } = eventTypes
  const hasAll = all === true && wildcards !== true && given.includes('*')
  if (given.length <= most && !hasAll) return []
  const path = ['input', 'eventTypes']
  const { size } = new Set(given)
  if (size > most) {
    const message = `A webhook at ${displayName} has at most ${most} event ${most === 1 ? 'type' : 'types'}. Create another webhook for the others.`
    return [{ path, code: 'TOO_BIG', message }]
  }
  if (!hasAll || size === 1) return []
  return [{ path, code: 'INVALID', message: '* stands for all event types. Omit the others, or omit *.' }]
}

function inspectNames(provider: Provider, given: readonly unknown[]): readonly InputIssue[] {
  const { closed, wildcards, all } = provider.eventTypes
  const hasAll = wildcards === true || all === true
  // As a name of its own, it would be sent, and no event has it.
  const nameless = given.indexOf('*')
  if (!closed && !hasAll && nameless !== -1) {
    const message = `${provider.displayName} has no event type that stands for all. List the event types.`
    return [{ path: ['input', 'eventTypes', String(nameless)], code: 'UNKNOWN_EVENT_TYPE', message }]
  }
  if (!closed) return []
  const accepted = toAccepted(provider.eventTypes)
  const unknown = [...given.entries()].flatMap(([index, eventType]) =>
    typeof eventType === 'string' && !accepted.has(eventType) && !hasShownSecret(eventType) ? [[index, eventType] as const] : [],
  )
  return unknown.map(([index, eventType], place) => ({
    path: ['input', 'eventTypes', String(index)],
    code: 'UNKNOWN_EVENT_TYPE',
    message: `${provider.displayName} has no ${nameEventType(eventType)}. ${describeNearest(eventType, provider.eventTypes, place)}`,
  }))
}

const acceptedNames = new WeakMap<EventCatalogue, ReadonlySet<string>>()

/** The event types that a closed catalogue has, and its patterns. */
function toAccepted(catalogue: EventCatalogue): ReadonlySet<string> {
  const accepted = acceptedNames.get(catalogue) ?? listAccepted(catalogue)
  acceptedNames.set(catalogue, accepted)
  return accepted
}

function listAccepted({ known, wildcards, all }: EventCatalogue): ReadonlySet<string> {
  const names = known.map(({ name }) => name)
  const patterns = wildcards === true ? names.map((name) => `${name.split('.')[0] ?? name}.*`) : []
  return new Set([...names, ...patterns, ...(wildcards === true || all === true ? ['*'] : [])])
}

/** Event type names are words. Anything else may be a secret pasted into the wrong field. */
function nameEventType(eventType: string): string {
  const isName = eventType.length <= longestHinted && /^[a-z]+(?:[._:-](?:[a-z]+|\*))*$/i.test(eventType)
  return isName ? `event type "${eventType}"` : 'such event type'
}

/** How many unknown names get suggestions, and the maximum length of a name that is repeated or gets suggestions. */
const [mostHints, longestHinted] = [5, 100]

function describeNearest(name: string, { known }: EventCatalogue, place: number): string {
  const isHinted = place < mostHints && name.length <= longestHinted
  // A name may be half right: an event type often misses one of its words.
  const names = known.map((each) => each.name)
  const near = isHinted ? findNearest(name, names, (each) => Math.max(name.length, each.length) / 2, toWords) : []
  return near.length === 0 ? 'See Provider.eventTypes for all event types.' : `Did you mean ${near.slice(0, 3).join(' or ')}?`
}

/** A name regardless of its notation: vendors write orders/create and ORDERS_CREATE for the same event type. */
function toWords(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9*]/g, '_')
}
