import { UpstreamUnavailableError } from '../errors.ts'
import { endBudget, getRemainingMs, isSpent, startBudget } from './budget.ts'

interface Flight<T> {
  readonly result: Promise<T>
  readonly controller: AbortController
  waiting: number
  ended: boolean
  /** Keeps anybody else from joining. */
  forget(): void
}

/** What makes results equal in type: the schema that parses them, or any object that stands for it. */
export interface Kind<T> {
  readonly _output?: T
}

/**
 * Lets equal reads that are under way at the same time share one call. A failure is shared with those who wait and then
 * forgotten. The call is cancelled when nobody waits for it any more.
 */
export function createSharing() {
  // By the kind of the answer first, which is what makes the results of equal calls equal in type.
  let flights = new WeakMap<object, Map<string, Flight<unknown>>>()

  function find<T>(key: string, kind: Kind<T>, budget: AbortSignal, start: (budget: AbortSignal) => Promise<T>): Flight<T> {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what is of one kind is of its type
    const byKey = (flights.get(kind) ?? new Map()) as Map<string, Flight<T>>
    flights.set(kind, byKey)
    const found = byKey.get(key)
    if (found !== undefined) return found
    const controller = new AbortController()
    const own = startBudget(getRemainingMs(budget), controller.signal)
    const result = start(own)
    const flight: Flight<T> = {
      result,
      controller,
      waiting: 0,
      ended: false,
      forget() {
        if (byKey.get(key) === flight) byKey.delete(key)
      },
    }
    byKey.set(key, flight)
    const end = () => {
      flight.ended = true
      endBudget(own)
      flight.forget()
    }
    result.then(end, end)
    return flight
  }

  return {
    /** Joins the equal call that is under way, or starts one; leaves it when the owner of `budget` does. */
    async join<T>(key: string, kind: Kind<T>, budget: AbortSignal, start: (budget: AbortSignal) => Promise<T>): Promise<T> {
      const flight = find(key, kind, budget, start)
      flight.waiting += 1
      try {
        return await untilLeft(flight.result, budget)
      } finally {
        flight.waiting -= 1
        if (flight.waiting === 0 && !flight.ended) {
          flight.forget()
          flight.controller.abort()
        }
      }
    },
    /** From now on, nobody joins a call that began earlier. */
    end(): void {
      flights = new WeakMap()
    },
  }
}

/** The result, unless the owner of the budget leaves before; when only the time is up, the call itself says so. */
async function untilLeft<T>(result: Promise<T>, budget: AbortSignal): Promise<T> {
  const { promise: left, reject } = Promise.withResolvers<never>()
  const leave = () => {
    if (isSpent(budget)) return
    reject(new UpstreamUnavailableError('The request ended before the answer came.', 'TIMEOUT', { cause: budget.reason }))
  }
  budget.addEventListener('abort', leave, { once: true })
  try {
    if (budget.aborted) leave()
    return await Promise.race([result, left])
  } finally {
    budget.removeEventListener('abort', leave)
  }
}
