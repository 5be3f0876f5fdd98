import type { WebhookErrorCode } from '../errors.ts'
import { quietly } from './quietly.ts'
import type { Account } from '../webhook.ts'

/** One call to a provider that is about to be sent. */
export interface StartedCall {
  readonly account: Account
  readonly method: string
  /** Which try it is, from 1 on. */
  readonly attempt: number
}

/** What became of it. */
export interface EndedCall extends StartedCall {
  readonly outcome: 'OK' | WebhookErrorCode | 'BUG'
  readonly durationMs: number
}

export type BreakerState = 'closed' | 'open' | 'half-open'

/** Somebody who watches the door. Is told no URL, no body and no header. */
export interface Observer {
  /** Called before each call; what it returns is sent along and called afterwards. */
  startCall?(call: StartedCall): CallWatch
  /** Called when an account's circuit breaker changes. */
  onBreaker?(account: Account, state: BreakerState): void
  /** Called with 1 when a call begins to wait for its turn, and with -1 when it ends. */
  onWaiting?(account: Account, change: 1 | -1): void
}

export interface CallWatch {
  readonly headers?: Readonly<Record<string, string>>
  end(call: EndedCall): void
}

/** All of them as one, which never throws: who watches a call takes nothing from it. */
export function combineObservers(observers: readonly Observer[]): Required<Observer> {
  return {
    startCall(call) {
      const watches = observers.flatMap(
        (observer) => quietly('An observer of upstream requests', () => observer.startCall?.(call)) ?? [],
      )
      const headers: Record<string, string> = {}
      for (const watch of watches) quietly('An observer of upstream requests', () => Object.assign(headers, watch.headers))
      return {
        headers,
        end(ended) {
          for (const watch of watches) quietly('An observer of upstream requests', () => watch.end(ended))
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
