import { isDeepStrictEqual } from 'node:util'
import { LRUCache } from 'lru-cache'
import { hideCredentials } from '../../http/redact.ts'
import type { Webhook } from '../../webhook.ts'
import { toHref } from './compare.ts'

/** How many webhooks are remembered at most: those that nobody has asked for longest are forgotten. */
const remembered = 10_000
/** How long a provider may go on to show what was before a write that it has acknowledged. */
const lagMs = 60_000

/** What a webhook shows that writes set, by the names of inputs and options. */
type Facts = Readonly<Record<string, unknown>>

interface Acknowledged {
  readonly facts: Facts
  readonly updatedAt: Date | null
  readonly untilMs: number
}

/** What providers have answered to the writes of this process: a read that shows something else may be older than they are. */
export function createAcknowledged(now: () => number) {
  const known = new LRUCache<string, Acknowledged>({ max: remembered })

  function find(key: string): Acknowledged | undefined {
    const entry = known.get(key)
    return entry !== undefined && entry.untilMs > now() ? entry : undefined
  }

  return {
    /** Notes the answer to a write of these fields; what was noted of others is now as this answer has it. */
    note(key: string, webhook: Webhook, fields: readonly string[]): void {
      const all = toFacts(webhook)
      const names = new Set([...Object.keys(find(key)?.facts ?? {}), ...fields])
      const facts = Object.fromEntries([...names].flatMap((name) => (all[name] === undefined ? [] : [[name, all[name]]])))
      known.set(key, { facts, updatedAt: webhook.updatedAt, untilMs: now() + lagMs })
    },
    forget: (key: string): void => void known.delete(key),

    /** Whether what was read is older or, where no time tells, contradicts what was noted of these fields; left out: of all. */
    isBehind(key: string, webhook: Webhook, fields?: readonly string[]): boolean {
      const entry = find(key)
      if (entry === undefined) return false
      const [readMs, notedMs] = [webhook.updatedAt?.getTime(), entry.updatedAt?.getTime()]
      if (readMs !== undefined && notedMs !== undefined && readMs !== notedMs) return readMs < notedMs
      const facts = toFacts(webhook)
      const noted = Object.entries(entry.facts).filter(([name]) => fields?.includes(name) ?? true)
      return noted.some(([name, value]) => !isDeepStrictEqual(facts[name], value))
    },
  }
}

function toFacts({ name, url, eventTypes, enabled, status, details }: Webhook): Facts {
  return {
    ...details,
    name: name ?? undefined,
    url: toHref(hideCredentials(url, '***')),
    eventTypes: eventTypes?.toSorted(),
    enabled,
    // What a verification sets, and a new URL takes back: that it is pending is never known for long.
    verified: status === 'PENDING_VERIFICATION' ? undefined : true,
  }
}
