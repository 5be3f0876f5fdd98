/** The time that something has, waiting and retries included. Whoever starts one uses it: it holds a timer. */
export interface Budget extends Disposable {
  /** Ends when the time is up, with a TimeoutError, or earlier with whoever asked. */
  readonly signal: AbortSignal
  readonly remainingMs: number
  /** Whether the time was up; false where whoever asked has left. */
  readonly isSpent: boolean
}

/** A budget of `ms`, which ends earlier with `ended`. */
export function startBudget(ms: number, ended?: AbortSignal): Budget {
  const controller = new AbortController()
  const { signal } = controller
  const deadlineMs = performance.now() + ms
  const spend = () => controller.abort(new DOMException('The time is up.', 'TimeoutError'))
  const timer = Number.isFinite(ms) ? setTimeout(spend, Math.max(0, Math.ceil(ms))).unref() : undefined
  const follow = () => {
    clearTimeout(timer)
    controller.abort(ended?.reason)
  }
  if (ended?.aborted === true) follow()
  else ended?.addEventListener('abort', follow, { once: true })
  return {
    signal,
    get remainingMs() {
      return deadlineMs - performance.now()
    },
    get isSpent() {
      return signal.reason instanceof DOMException && signal.reason.name === 'TimeoutError'
    },
    [Symbol.dispose]() {
      clearTimeout(timer)
      ended?.removeEventListener('abort', follow)
    },
  }
}
