import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { createTurns } from '../../http/turns.ts'
import type { Webhook } from '../../webhook.ts'
import { createAcknowledged } from './acknowledged.ts'

/** Maximum number of created webhooks to remember; lists show older ones. */
const remembered = 10_000
/** How long a write without a response may still be carried out. */
export const doubtMs = 60_000

export type Ledger = ReturnType<typeof createLedger>

/**
 * Shared state of the writes of a process: turns, created webhooks, acknowledged values, and writes without a response that may
 * still take effect. Keyed by the upstream account's base URL, regardless of slugs, credentials and reloads.
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
        /** The upstream account. */
        account,
        /** Resolves to true when it is its turn, or to false if the signal aborts first. The holder must release the turn. */
        takeTurn: (what: string, signal: AbortSignal): Promise<boolean> => turns.enter(toKey(what), signal),
        passTurn: (what: string): void => turns.leave(toKey(what)),
        /** Name of a turn in a store. It does not reveal what it is the turn of: a URL can contain secrets. */
        toTurn: (what: string): string => createHash('sha256').update(toKey(what)).digest('hex'),

        /** Records the webhook of a create, so that no other create claims it. */
        claim: (upstreamId: string): void => void made.set(toKey(upstreamId), true),
        isClaimed: (upstreamId: string): boolean => made.has(toKey(upstreamId)),

        /** Records that a write starts or ends: earlier reads may be outdated. */
        noteWrite: (): void => void writes.set(account, (writes.get(account) ?? 0) + 1),
        /** Increases with each write to the account. */
        countWrites: (): number => writes.get(account) ?? 0,

        /** Records that the response to a write to this webhook was lost, or will have been for so long. */
        doubt(upstreamId: string, forMs: number = doubtMs): void {
          for (const [key, untilMs] of doubts) if (untilMs <= now()) doubts.delete(key)
          const key = toKey(upstreamId)
          doubts.set(key, Math.max(doubts.get(key) ?? 0, now() + forMs))
        },
        isInDoubt: (upstreamId: string): boolean => (doubts.get(toKey(upstreamId)) ?? 0) > now(),

        /** Records the acknowledged values of these fields for a minute. */
        acknowledge: (webhook: Webhook, fields: readonly string[]): void =>
          acknowledged.note(toKey(webhook.upstreamId), webhook, fields),
        /** Whether a webhook that was read may be older than the acknowledged values. */
        isBehind: (webhook: Webhook, fields?: readonly string[]): boolean =>
          acknowledged.isBehind(toKey(webhook.upstreamId), webhook, fields),
        forget: (upstreamId: string): void => acknowledged.forget(toKey(upstreamId)),
      }
    },
  }
}
