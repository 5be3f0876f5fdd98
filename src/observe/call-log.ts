import type { Logger } from 'pino'
import type { CallWatch, Observer } from './observer.ts'
import { requests, toTraceId } from './request.ts'

/** One log line for each upstream request. */
export function createCallLog(log: Logger): Observer {
  const watch: CallWatch = {
    end({ account, method, attempt, outcome, durationMs }) {
      const { requestId = null, caller = null, operation = null } = requests.getStore() ?? {}
      const line = {
        requestId,
        caller,
        operation,
        account: account.slug,
        provider: account.provider,
        method,
        attempt,
        outcome,
        durationMs: Math.round(durationMs),
        ...toTraceId(),
      }
      // Operators look for provider failures. Other outcomes are normal.
      if (outcome === 'OK' || outcome === 'NOT_FOUND') log.info(line, 'upstream call')
      else log.warn(line, 'upstream call')
    },
  }
  return {
    startCall: () => watch,
    onBreaker(account, state) {
      if (state === 'closed') return
      log.warn({ account: account.slug, provider: account.provider, state, ...toTraceId() }, 'circuit breaker')
    },
  }
}
