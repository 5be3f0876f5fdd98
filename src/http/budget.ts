interface Limits {
  /** By the clock of performance.now. */
  readonly deadlineMs: number
  release(): void
}

const limits = new WeakMap<AbortSignal, Limits>()

/**
 * A budget: a signal that ends after `ms`, waiting and retries included, or earlier with `ended`. Its reason is a
 * TimeoutError when the time was up.
 */
export function startBudget(ms: number, ended?: AbortSignal): AbortSignal {
  const controller = new AbortController()
  const { signal } = controller
  const spend = () => controller.abort(new DOMException('The time is up.', 'TimeoutError'))
  const timer = Number.isFinite(ms) ? setTimeout(spend, Math.max(0, Math.ceil(ms))).unref() : undefined
  const follow = () => {
    clearTimeout(timer)
    controller.abort(ended?.reason)
  }
  limits.set(signal, {
    deadlineMs: performance.now() + ms,
    release() {
      clearTimeout(timer)
      ended?.removeEventListener('abort', follow)
    },
  })
  if (ended?.aborted === true) follow()
  else ended?.addEventListener('abort', follow, { once: true })
  return signal
}

/** Frees what a budget holds, once nobody needs it any more: from then on it lasts for ever. */
export function endBudget(budget: AbortSignal): void {
  limits.get(budget)?.release()
  // Not left to the weak map: V8 lets go of what that refers to in full collections only.
  limits.delete(budget)
}

interface Shared {
  readonly budget: AbortSignal
  readonly ms: number
  readonly startedMs: number
  users: number
}
const shared = new WeakMap<AbortSignal, Shared>()

/** Runs with a budget of its own, which whatever begins at the same moment with the same end may share. */
export async function withBudget<Result>(
  ms: number,
  ended: AbortSignal | undefined,
  run: (budget: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const startedMs = performance.now()
  const found = ended && shared.get(ended)
  const isSame = found !== undefined && found.users > 0 && found.ms === ms && startedMs - found.startedMs < 1
  const entry: Shared = isSame ? found : { budget: startBudget(ms, ended), ms, startedMs, users: 0 }
  if (ended !== undefined) shared.set(ended, entry)
  entry.users += 1
  try {
    return await run(entry.budget)
  } finally {
    entry.users -= 1
    if (entry.users === 0) {
      endBudget(entry.budget)
      if (ended !== undefined && shared.get(ended) === entry) shared.delete(ended)
    }
  }
}

/** How long this budget lasts yet; without end for a signal that is no budget. */
export function getRemainingMs(budget: AbortSignal): number {
  return (limits.get(budget)?.deadlineMs ?? Number.POSITIVE_INFINITY) - performance.now()
}

/** Whether the time was up; false for a budget that its owner ended. */
export function isSpent(budget: AbortSignal): boolean {
  return budget.aborted && budget.reason instanceof DOMException && budget.reason.name === 'TimeoutError'
}
