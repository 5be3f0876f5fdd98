const remembered = 1_000

/**
 * What the creates at one account know of each other, so that none takes the webhook of another for its own: which
 * webhooks they have made, and whose turn it is among those to the same URL.
 */
export function createClaims() {
  const ids = new Set<string>()
  const turns = new Map<string, Promise<unknown>>()

  return {
    has: (id: string): boolean => ids.has(id),

    /** Notes that a create has made this webhook. The oldest are forgotten: lists show those by themselves. */
    add(id: string): void {
      ids.add(id)
      const [oldest] = ids
      if (ids.size > remembered && oldest !== undefined) ids.delete(oldest)
    },

    /** Runs when those before it with the same key have ended. */
    async inTurn<T>(key: string, run: () => Promise<T>): Promise<T> {
      const before = turns.get(key)
      const turn = before === undefined ? run() : before.then(run, run)
      turns.set(key, turn)
      try {
        return await turn
      } finally {
        if (turns.get(key) === turn) turns.delete(key)
      }
    },
  }
}
