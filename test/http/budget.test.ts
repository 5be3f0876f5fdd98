import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { getRemainingMs, isSpent, startBudget, withBudget } from '../../src/http/budget.ts'

describe('a budget', () => {
  it('is shared by what begins at the same moment, and by nothing that begins later', () => {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    const { signal } = new AbortController()
    const never = new Promise<never>(() => {})
    const budgets: AbortSignal[] = []
    const begin = () => void withBudget(1_000, signal, (budget) => (budgets.push(budget), never))
    begin()
    begin()
    vi.advanceTimersByTime(600)
    begin()
    const [first, second, later] = budgets
    expect(second).toBe(first)
    expect(later && getRemainingMs(later)).toBe(1_000)
    vi.advanceTimersByTime(400)
    expect([first, later].map((budget) => budget && isSpent(budget))).toEqual([true, false])
  })

  it('ends with its owner, and is not spent then', () => {
    const owner = new AbortController()
    const budget = startBudget(60_000, owner.signal)
    owner.abort()
    expect([budget.aborted, isSpent(budget)]).toEqual([true, false])
  })
})
