import { UpstreamUnavailableError } from '../errors.ts'
import { type Budget, startBudget } from '../budget.ts'

interface Flight<T> {
  readonly result: Promise<T>
  readonly controller: AbortController
  waiting: number
}

export type Sharing<T> = ReturnType<typeof createSharing<T>>

// One for all: without a reason, each abort would make an error with its stack, also after a read that has ended.
const nobodyWaits = new DOMException('Nobody waits for this read anymore.', 'AbortError')

/**
 * Shares equal concurrent reads. A read that starts after a write, by the count of writes, joins none from before it. Failures
 * are shared with everyone waiting and then dropped. The read is aborted when no one waits for it anymore.
 */
export function createSharing<T>(countWrites: () => number) {
  const flights = new Map<string, Flight<T>>()

  function find(key: string, { remainingMs }: Budget, start: (budget: Budget) => Promise<T>): Flight<T> {
    const found = flights.get(key)
    if (found !== undefined) return found
    const controller = new AbortController()
    const fly = async () => {
      using own = startBudget(remainingMs, controller.signal)
      return await start(own)
    }
    const flight: Flight<T> = { result: fly(), controller, waiting: 0 }
    flights.set(key, flight)
    return flight
  }

  /** Joins the equal read in progress or starts one; leaves it when `budget` is aborted. */
  return async function join(what: string, budget: Budget, start: (budget: Budget) => Promise<T>): Promise<T> {
    const key = `${countWrites()} ${what}`
    const flight = find(key, budget, start)
    flight.waiting += 1
    try {
      return await untilLeft(flight.result, budget)
    } finally {
      flight.waiting -= 1
      if (flight.waiting === 0) {
        flights.delete(key)
        flight.controller.abort(nobodyWaits)
      }
    }
  }
}

/** The result, unless the client disconnects first. If only the time is up, the request itself reports it. */
async function untilLeft<T>(result: Promise<T>, budget: Budget): Promise<T> {
  const { promise: left, reject } = Promise.withResolvers<never>()
  const { signal } = budget
  const leave = () => {
    if (budget.isSpent) return
    const message = 'The request was aborted before the response arrived. Nothing was changed. Retry later.'
    reject(new UpstreamUnavailableError(message, 'TIMEOUT', { cause: signal.reason }))
  }
  signal.addEventListener('abort', leave, { once: true })
  try {
    if (signal.aborted) leave()
    return await Promise.race([result, left])
  } finally {
    signal.removeEventListener('abort', leave)
  }
}
