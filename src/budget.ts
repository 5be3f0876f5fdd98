/** A time budget, including waiting and retries. It holds a timer: start it with `using`. */
export interface Budget extends Disposable {
  /** Aborts with a TimeoutError when the time is up, or earlier when the client disconnects. */
  readonly signal: AbortSignal
  readonly remainingMs: number
  /** Whether its own time is up. False if the client disconnected first. */
  readonly isSpent: boolean
}

/** A budget of `ms` that ends early if `ended` aborts. */
export function startBudget(ms: number, ended?: AbortSignal): Budget {
  const controller = new AbortController()
  const { signal } = controller
  const deadlineMs = performance.now() + ms
  let isSpent = false
  const spend = () => {
    isSpent = true
    controller.abort(new DOMException('The time is up.', 'TimeoutError'))
  }
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
      return isSpent
    },
    [Symbol.dispose]() {
      clearTimeout(timer)
      ended?.removeEventListener('abort', follow)
    },
  }
}
