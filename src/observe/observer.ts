import type { WebhookErrorCode } from '../errors.ts'
import { quietly } from './quietly.ts'
import type { Account } from '../webhook.ts'

/** An upstream request that is about to be sent. */
export interface StartedCall {
  readonly account: Account
  readonly method: string
  readonly effect: 'READ' | 'WRITE'
  /** Attempt number, starting at 1. */
  readonly attempt: number
}

/** Its outcome. */
export interface EndedCall extends StartedCall {
  readonly outcome: 'OK' | WebhookErrorCode | 'BUG'
  readonly durationMs: number
}

export type BreakerState = 'closed' | 'open' | 'half-open'

/** Observer of the HTTP client. Receives no URLs, bodies or headers. */
export interface Observer {
  /** Called before each request; its headers are added, and its `end` is called afterwards. */
  startCall?(call: StartedCall): CallWatch
  /** Called when an account's circuit breaker changes. */
  onBreaker?(account: Account, state: BreakerState): void
  /** Called with 1 when a request starts to wait, and with -1 when it stops waiting. */
  onWaiting?(account: Account, change: 1 | -1): void
}

export interface CallWatch {
  readonly headers?: Readonly<Record<string, string>>
  end(call: EndedCall): void
}

const requestObserver = 'An observer of upstream requests'

/** Combines observers into one that never throws, so that observing cannot affect a request. */
export function combineObservers(observers: readonly Observer[]): Required<Observer> {
  return {
    startCall(call) {
      const watches: CallWatch[] = []
      const headers: Record<string, string> = {}
      for (const observer of observers) {
        quietly(requestObserver, () => {
          const watch = observer.startCall?.(call)
          if (watch === undefined) return
          watches.push(watch)
          Object.assign(headers, watch.headers)
        })
      }
      return {
        headers,
        end(ended) {
          for (const watch of watches) quietly(requestObserver, () => watch.end(ended))
        },
      }
    },
    onBreaker(account, state) {
      for (const observer of observers) quietly('A circuit breaker observer', () => observer.onBreaker?.(account, state))
    },
    onWaiting(account, change) {
      for (const observer of observers) quietly('An observer of waiting requests', () => observer.onWaiting?.(account, change))
    },
  }
}
