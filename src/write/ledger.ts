import { createTurns } from '../http/turns.ts'

/** How many webhooks that creates have made are remembered: what is older, lists show by themselves. */
const remembered = 10_000

export type Ledger = ReturnType<typeof createLedger>
/** The part of a ledger that is about one upstream account. */
export type LedgerPage = ReturnType<Ledger['open']>

/**
 * What the writes of a process know of each other: whose turn it is, and which webhooks creates have made. It belongs to the
 * upstream account, by its base URL: slugs, credentials and reloads make no difference.
 */
export function createLedger() {
  const turns = createTurns()
  const made = new Set<string>()

  return {
    open(baseUrl: string) {
      const account = new URL(baseUrl).href.replace(/\/+$/, '')
      const toKey = (what: string) => `${account} ${what}`
      return {
        /** Resolves to whether it is its turn: false when the signal ended before. Whoever has it has to pass it on. */
        takeTurn: (what: string, signal: AbortSignal): Promise<boolean> => turns.enter(toKey(what), signal),
        passTurn: (what: string): void => turns.leave(toKey(what)),

        /** Notes that a create has made this webhook, so that no other takes it for its own. */
        claim(upstreamId: string): void {
          made.add(toKey(upstreamId))
          const [oldest] = made
          if (made.size > remembered && oldest !== undefined) made.delete(oldest)
        },
        isClaimed: (upstreamId: string): boolean => made.has(toKey(upstreamId)),
      }
    },
  }
}
