import { Agent } from 'undici'
import { describe, expect, it, onTestFinished } from 'vitest'
import * as z from 'zod'
import { UpstreamUnavailableError } from '../../src/errors.ts'
import { startBudget } from '../../src/budget.ts'
import { createGuard, type GuardOptions } from '../../src/http/guard.ts'
import { path } from '../../src/provider/path.ts'
import { providers } from '../../src/providers/index.ts'
import { openUpstream } from '../helpers/upstream.ts'

function open(concurrency: number, more: Partial<GuardOptions> = {}) {
  const [provider] = providers
  if (provider === undefined) throw new Error('There is no provider.')
  const dispatcher = new Agent()
  onTestFinished(() => dispatcher.close())
  const account = { slug: 'main', provider: provider.name, sandbox: true }
  const endpoint = { account, provider, baseUrl: 'http://127.0.0.1', headers: {}, secrets: [], dispatcher }
  return createGuard(endpoint, { concurrency, pacing: false, breaker: { failures: 5, pauseMs: 10_000 }, leastMs: 0, ...more })
}

const call = { method: 'GET', effect: 'READ', path: path`/webhooks`, answer: z.unknown() } as const

describe('the guard', () => {
  it('runs no more exchanges at the same time than it may', async () => {
    const guard = open(3)
    const now = { running: 0, most: 0 }
    const exchange = async () => {
      now.running += 1
      now.most = Math.max(now.most, now.running)
      await new Promise((resolve) => setImmediate(resolve))
      now.running -= 1
    }
    await Promise.all(Array.from({ length: 20 }, () => guard.run(call, startBudget(5_000), exchange)))
    expect(now).toEqual({ running: 0, most: 3 })
  })

  it('never sends a call that is still waiting at its deadline', async () => {
    const guard = open(1)
    const { promise: released, resolve: release } = Promise.withResolvers<void>()
    const first = guard.run(call, startBudget(60_000), () => released)
    let sent = false
    const second = guard.run(call, startBudget(20), async () => {
      await released
      sent = true
    })
    await expect(second).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', reason: 'TIMEOUT', retry: 'SAFE', upstream: null })
    release()
    await first
    await guard.run(call, startBudget(5_000), () => Promise.resolve())
    expect(sent).toBe(false)
  })

  it.each([429, 400])(
    'lets later requests wait as the error says after a rate limit with status %i and no time',
    async (status) => {
      const limited = { code: null, message: null, meaning: { kind: 'RATE_LIMITED' } } as const
      const more = { rateLimitDelayMs: 45_000, readFailure: () => limited }
      const { http } = await openUpstream((_, response) => response.writeHead(status).end('{}'), more)
      const error = { code: 'RATE_LIMITED', message: expect.stringContaining('Wait 45 s') }
      await expect(http.read(call)).rejects.toMatchObject({ ...error, upstream: { status } })
      await expect(http.read(call)).rejects.toMatchObject({ ...error, upstream: null })
    },
  )

  const fail = () => Promise.reject(new UpstreamUnavailableError('It failed.', 'TIMEOUT'))

  it('refuses a call whose time is up before it asks the breaker', async () => {
    const guard = open(1, { breaker: { failures: 1, pauseMs: 60_000 } })
    await expect(guard.run(call, startBudget(60_000), fail)).rejects.toMatchObject({ reason: 'TIMEOUT' })
    await expect(guard.run(call, startBudget(60_000), fail)).rejects.toMatchObject({ reason: 'CIRCUIT_OPEN' })
    const spent = guard.run(call, startBudget(-1), fail)
    await expect(spent).rejects.toMatchObject({
      reason: 'TIMEOUT',
      retry: 'SAFE',
      message: expect.stringContaining('the time limit was reached'),
    })
  })

  it('begins no write with less than the least time, and a read with any', async () => {
    const guard = open(1, { leastMs: 60_000 })
    const short = startBudget(10_000)
    const called = () => Promise.resolve('called')
    expect(await guard.run(call, short, called)).toBe('called')
    expect(await guard.run({ ...call, method: 'POST' }, short, called)).toBe('called')
    await expect(guard.run({ ...call, effect: 'WRITE' }, short, called)).rejects.toMatchObject({
      reason: 'TIMEOUT',
      retry: 'SAFE',
      message: expect.stringContaining('a write needs at least'),
    })
  })

  it('never counts against the provider what had less than a fair time', async () => {
    const guard = open(1, { breaker: { failures: 1, pauseMs: 60_000 }, leastMs: 60_000 })
    const budget = startBudget(200)
    const ended = new Promise<never>((_, reject) => {
      budget.signal.addEventListener('abort', () => reject(new UpstreamUnavailableError('It took too long.', 'TIMEOUT')))
    })
    await expect(guard.run(call, budget, () => ended)).rejects.toMatchObject({ reason: 'TIMEOUT' })
    expect(await guard.run(call, startBudget(60_000), () => Promise.resolve('called'))).toBe('called')
  })

  it('counts nothing against the provider of a call whose owner left', async () => {
    const guard = open(1, { breaker: { failures: 1, pauseMs: 60_000 } })
    const owner = new AbortController()
    const budget = startBudget(60_000, owner.signal)
    const leave = () => {
      owner.abort()
      return fail()
    }
    await expect(guard.run(call, budget, leave)).rejects.toMatchObject({ reason: 'TIMEOUT' })
    expect(await guard.run(call, startBudget(60_000), () => Promise.resolve('called'))).toBe('called')
  })
})
