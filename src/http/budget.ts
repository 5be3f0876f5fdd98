const deadlines = new WeakMap<AbortSignal, number>()

/**
 * A budget: a signal that ends after `ms`, waiting and retries included, or earlier with `ended`. Its reason is a
 * TimeoutError when the time was up.
 */
export function startBudget(ms: number, ended?: AbortSignal): AbortSignal {
  const timeouts = Number.isFinite(ms) ? [AbortSignal.timeout(Math.max(0, Math.ceil(ms)))] : []
  const budget = AbortSignal.any(ended === undefined ? timeouts : [...timeouts, ended])
  deadlines.set(budget, performance.now() + ms)
  return budget
}

/** How long this budget lasts yet; without end for a signal that is no budget. */
export function getRemainingMs(budget: AbortSignal): number {
  return (deadlines.get(budget) ?? Number.POSITIVE_INFINITY) - performance.now()
}

/** Whether the time was up; false for a budget that its owner ended. */
export function isSpent(budget: AbortSignal): boolean {
  return budget.aborted && budget.reason instanceof DOMException && budget.reason.name === 'TimeoutError'
}
