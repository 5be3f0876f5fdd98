import { isDeepStrictEqual } from 'node:util'
import { LRUCache } from 'lru-cache'
import { hideCredentials } from '../../http/redact.ts'
import { toHref } from '../../provider/answers.ts'
import type { Instant, Webhook } from '../../webhook.ts'

/** Maximum number of webhooks to remember; the least recently used are dropped. */
const remembered = 10_000
/** How long a provider may still return the state before an acknowledged write. */
const lagMs = 60_000

/** The writable values of a webhook, by input and option name. */
type Facts = Readonly<Record<string, unknown>>

interface Acknowledged {
  readonly facts: Facts
  readonly updatedAt: Instant | null
  readonly untilMs: number
}

/** Provider responses to the writes of this process: a read that differs from them may be outdated. */
export function createAcknowledged(now: () => number) {
  const known = new LRUCache<string, Acknowledged>({ max: remembered })

  function find(key: string): Acknowledged | undefined {
    const entry = known.get(key)
    return entry !== undefined && entry.untilMs > now() ? entry : undefined
  }

  return {
    /** Stores the response to a write of these fields; other stored fields are updated from it too. */
    note(key: string, webhook: Webhook, fields: readonly string[]): void {
      const all = toFacts(webhook)
      const names = new Set([...Object.keys(find(key)?.facts ?? {}), ...fields])
      const facts = Object.fromEntries([...names].flatMap((name) => (all[name] === undefined ? [] : [[name, all[name]]])))
      known.set(key, { facts, updatedAt: webhook.updatedAt, untilMs: now() + lagMs })
    },
    forget: (key: string): void => void known.delete(key),

    /** Whether a read is older than the stored values or, without a timestamp, contradicts them for these fields; defaults to all. */
    isBehind(key: string, webhook: Webhook, fields?: readonly string[]): boolean {
      const entry = find(key)
      if (entry === undefined) return false
      const [readAt, notedAt] = [webhook.updatedAt, entry.updatedAt]
      if (readAt !== null && notedAt !== null && readAt !== notedAt) return readAt < notedAt
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
    // A verification sets it and a new URL resets it, so a pending state is never certain for long.
    verified: status === 'PENDING_VERIFICATION' ? undefined : true,
  }
}
