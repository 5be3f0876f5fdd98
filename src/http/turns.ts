/** Limits concurrency per key, first come, first served. */
export function createTurns(places = 1) {
  const rooms = new Map<string, { inside: number; readonly line: Set<() => void> }>()

  function open(key: string) {
    const room = rooms.get(key) ?? { inside: 0, line: new Set<() => void>() }
    rooms.set(key, room)
    return room
  }

  /** Whether a slot was free and is taken now, which must be released. */
  function take(key: string): boolean {
    const room = open(key)
    if (room.inside >= places) return false
    room.inside += 1
    return true
  }

  return {
    take,

    /** Resolves to true when a slot is taken, which must be released, or to false if the signal aborts first. */
    async enter(key: string, signal: AbortSignal): Promise<boolean> {
      if (signal.aborted) return false
      if (take(key)) return true
      const room = open(key)
      const { promise, resolve } = Promise.withResolvers<boolean>()
      const comeIn = () => resolve(true)
      const giveUp = () => {
        // Too late if it was just admitted.
        if (room.line.delete(comeIn)) resolve(false)
      }
      room.line.add(comeIn)
      signal.addEventListener('abort', giveUp, { once: true })
      return promise.finally(() => signal.removeEventListener('abort', giveUp))
    },

    leave(key: string): void {
      const room = rooms.get(key)
      if (room === undefined) return
      const [next] = room.line
      if (next !== undefined) {
        room.line.delete(next)
        next()
        return
      }
      room.inside -= 1
      if (room.inside === 0) rooms.delete(key)
    },
  }
}
