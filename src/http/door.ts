import { UpstreamContractError, WebhookError } from '../errors.ts'
import type { Budget } from '../budget.ts'
import { type Call, type Door, type Permit, toUrl } from './call.ts'
import { connections } from './dispatcher.ts'
import { type Answered, type Attempt, createExchange, type Endpoint } from './exchange.ts'
import { createGuard, type GuardOptions } from './guard.ts'
import { combineObservers, type EndedCall, type Observer } from '../observe/observer.ts'
import { readNextLink, toAnswerHeaders } from './link.ts'
import { retry, type RetryPolicy } from './retry.ts'

export interface DoorOptions extends GuardOptions {
  readonly retry: RetryPolicy
  /** Whether equal concurrent reads share one request. */
  readonly sharing: boolean
  readonly observers: readonly Observer[]
  readonly list: ListLimits
}

/** Limits for reading one account's list. */
export interface ListLimits {
  readonly items: number
  /** Total bytes of the responses; the one that reaches the limit is the last. */
  readonly bytes: number
}

export const defaultDoor: DoorOptions = {
  retry: { calls: 3, firstPauseMs: 200 },
  sharing: true,
  pacing: true,
  breaker: { failures: 5, pauseMs: 10_000 },
  concurrency: connections,
  leastMs: 500,
  observers: [],
  list: { items: 100_000, bytes: 100_000_000 },
}

/** Everything between an adapter and the network, outermost first: retry, pacing, circuit breaker, exchange. */
export function createDoor(endpoint: Endpoint, options: DoorOptions): Door {
  const exchange = createExchange(endpoint)
  const observer = combineObservers(options.observers)
  const guard = createGuard(endpoint, options, observer)

  function send<T>(call: Call<T>, budget: Budget, permit?: Permit): Promise<Answered<T>> {
    return retry(options.retry, budget, (attempts) =>
      guard.run(call, budget, (observe) => watch(call, { attempts, observe, budget, isSure: permit?.isSure }), permit?.confirm),
    )
  }

  function watch<T>(call: Call<T>, attempt: Omit<Attempt, 'more'>): Promise<Answered<T>> {
    const started = { account: endpoint.account, method: call.method, effect: call.effect, attempt: attempt.attempts }
    const startedMs = performance.now()
    const { headers: more = {}, end } = observer.startCall(started)
    const finish = (outcome: EndedCall['outcome']) => end({ ...started, outcome, durationMs: performance.now() - startedMs })
    const answer = exchange(call, { ...attempt, more })
    answer.then(
      () => finish('OK'),
      (error: unknown) => finish(error instanceof WebhookError ? error.code : 'BUG'),
    )
    return answer
  }

  function toContractError(what: string): UpstreamContractError {
    const { account, provider } = endpoint
    const upstream = { account, status: null, code: null, message: null, attempts: 1 }
    return new UpstreamContractError(`The response from ${provider.displayName} does not match its documentation: ${what}.`, {
      upstream,
    })
  }

  return {
    within: (budget, permit) => ({
      read: async (read) => (await send({ method: 'GET', ...read, effect: 'READ' }, budget)).answer,
      async readPage(read) {
        const { answer, headers: received } = await send({ method: 'GET', ...read, effect: 'READ' }, budget)
        const headers = toAnswerHeaders(received)
        const next = readNextLink(headers, toUrl(read, endpoint.baseUrl))
        if (next !== null && typeof next === 'object') throw toContractError(next.problem)
        return { answer, headers, next }
      },
      write: async (write) => (await send({ ...write, effect: 'WRITE' }, budget, permit)).answer,
      toContractError,
    }),
    forgetWaits: guard.forgetWaits,
  }
}
