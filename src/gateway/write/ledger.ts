import { LRUCache } from 'lru-cache'
import { createTurns } from '../../http/turns.ts'
import type { Webhook } from '../../webhook.ts'
import { createAcknowledged } from './acknowledged.ts'

/** How many webhooks that creates have made are remembered: what is older, lists show by themselves. */
const remembered = 10_000
/** How long a write without an answer may still be carried out. */
const doubtMs = 60_000

export type Ledger = ReturnType<typeof createLedger>

/**
 * What the writes of a process know of each other: whose turn it is, which webhooks creates have made, what was acknowledged,
 * and where a write without an answer may still come into effect. It belongs to the upstream account, by its base URL: slugs, credentials and
 * reloads make no difference.
 */
export function createLedger(now: () => number = () => performance.now()) {
  const turns = createTurns()
  const made = new LRUCache<string, true>({ max: remembered })
  const doubts = new Map<string, number>()
  const writes = new Map<string, number>()
  const acknowledged = createAcknowledged(now)

  return {
    open(baseUrl: string) {
      const account = new URL(baseUrl).href.replace(/\/+$/, '')
      const toKey = (what: string) => `${account} ${what}`
      return {
        /** Resolves to whether it is its turn: false when the signal ended before. Whoever has it has to pass it on. */
        takeTurn: (what: string, signal: AbortSignal): Promise<boolean> => turns.enter(toKey(what), signal),
        passTurn: (what: string): void => turns.leave(toKey(what)),

        /** Notes that a create has made this webhook, so that no other takes it for its own. */
        claim: (upstreamId: string): void => void made.set(toKey(upstreamId), true),
        isClaimed: (upstreamId: string): boolean => made.has(toKey(upstreamId)),

        /** Notes that a write begins or has ended: what was read before may not be true any more. */
        noteWrite: (): void => void writes.set(account, (writes.get(account) ?? 0) + 1),
        /** Grows with each write to the account. */
        countWrites: (): number => writes.get(account) ?? 0,

        /** Notes that the answer to a write to this webhook was lost. */
        doubt(upstreamId: string): void {
          for (const [key, untilMs] of doubts) if (untilMs <= now()) doubts.delete(key)
          doubts.set(toKey(upstreamId), now() + doubtMs)
        },
        isInDoubt: (upstreamId: string): boolean => (doubts.get(toKey(upstreamId)) ?? 0) > now(),

        /** Notes how a write to these fields was acknowledged, for a minute. */
        acknowledge: (webhook: Webhook, fields: readonly string[]): void =>
          acknowledged.note(toKey(webhook.upstreamId), webhook, fields),
        /** Whether a webhook, as it was read, may be older than what was acknowledged. */
        isBehind: (webhook: Webhook, fields?: readonly string[]): boolean =>
          acknowledged.isBehind(toKey(webhook.upstreamId), webhook, fields),
        forget: (upstreamId: string): void => acknowledged.forget(toKey(upstreamId)),
      }
    },
  }
}
