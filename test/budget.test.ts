import { getEventListeners } from 'node:events'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { formatId } from '../src/id.ts'
import { startBudget } from '../src/budget.ts'
import { encrata } from '../src/providers/encrata/index.ts'
import { openGateway, toAccount } from './helpers/gateway.ts'
import { openStandIn } from './helpers/stand-in.ts'

describe('a budget', () => {
  it('tells what is left of it, and is spent when its time is up', () => {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    using budget = startBudget(1_000)
    vi.advanceTimersByTime(600)
    expect([budget.remainingMs, budget.isSpent, budget.signal.aborted]).toEqual([400, false, false])
    vi.advanceTimersByTime(400)
    expect([budget.remainingMs, budget.isSpent, budget.signal.aborted]).toEqual([0, true, true])
  })

  it.each([undefined, new DOMException('The time is up.', 'TimeoutError')])(
    'ends with its owner, and is not spent then, whyever the owner ends: %s',
    (reason) => {
      const owner = new AbortController()
      using budget = startBudget(60_000, owner.signal)
      owner.abort(reason)
      expect([budget.signal.aborted, budget.isSpent]).toEqual([true, false])
    },
  )

  it('lasts to the end of what it was started for, and leaves neither timer nor listener, however that ends', async () => {
    const standIn = await openStandIn(encrata, { seeded: true })
    // Far longer than any timer of others.
    const timeoutMs = 1_000_000
    const { gateway } = openGateway({ accounts: [toAccount(encrata, standIn)], timeoutMs })
    const timers: NodeJS.Timeout[] = []
    const { setTimeout: start } = globalThis
    vi.spyOn(globalThis, 'setTimeout').mockImplementation(
      Object.assign((run: () => void, ms = 0) => {
        const timer = start(run, ms)
        if (ms > timeoutMs / 2) timers.push(timer)
        return timer
      }, start),
    )
    const cleared = vi.spyOn(globalThis, 'clearTimeout')
    onTestFinished(() => void vi.restoreAllMocks())
    const { signal } = new AbortController()
    const [account] = gateway.accounts
    if (account === undefined) throw new Error('There is no account.')
    const id = formatId({ kind: 'webhook', slug: account.slug, upstreamId: encrata.sandbox.seededId })
    const absent = formatId({ kind: 'webhook', slug: account.slug, upstreamId: 'absent' })
    for (const run of [
      () => gateway.list(account, signal),
      () => gateway.get(id, signal),
      () => gateway.get(absent, signal),
      () => gateway.listDeliveries(id, signal),
      () => gateway.update({ id, name: 'Renamed' }, { signal }),
      () => gateway.update({ id: absent, name: 'Renamed' }, { signal }),
      () => gateway.previewUpdate({ id, name: 'Previewed' }),
      () => gateway.previewRemove(id),
      () => gateway.remove(id, { signal }),
    ]) {
      const before = timers.length
      await run().catch(() => null)
      expect(timers.length).toBeGreaterThan(before)
    }
    expect(timers.filter((timer) => !cleared.mock.calls.some(([each]) => each === timer))).toEqual([])
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })
})
