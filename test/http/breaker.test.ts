import { describe, expect, it } from 'vitest'
import { createBreaker, type Verdict } from '../../src/http/breaker.ts'

function open() {
  const clock = { now: 0 }
  const states: string[] = []
  const breaker = createBreaker(
    { failures: 2, pauseMs: 10_000 },
    (state) => void states.push(state),
    () => clock.now,
  )
  const fail = (verdict: Verdict) =>
    breaker
      .run(
        () => Promise.reject(new Error('failed')),
        () => verdict,
      )
      .catch(() => {})
  return { clock, states, breaker, fail }
}

describe('a circuit breaker', () => {
  it('opens after failures in a row, and lets one call probe after the pause', async () => {
    const { clock, states, breaker, fail } = open()
    await fail('FAILING')
    await fail('HEALTHY')
    await fail('FAILING')
    expect(breaker.getWaitMs()).toBe(0)
    await fail('FAILING')
    expect(breaker.getWaitMs()).toBe(10_000)
    clock.now += 10_000
    expect(breaker.getWaitMs()).toBe(0)
    const probe = breaker.run(
      () => new Promise<void>((resolve) => void setImmediate(resolve)),
      () => 'FAILING',
    )
    expect(breaker.getWaitMs()).toBeGreaterThan(0)
    await probe
    expect(breaker.getWaitMs()).toBe(0)
    expect(states).toEqual(['open', 'half-open', 'closed'])
  })

  it('is neither closed nor kept by a probe whose owner has left: the next call probes at once', async () => {
    const { clock, states, breaker, fail } = open()
    await fail('FAILING')
    await fail('FAILING')
    clock.now += 10_000
    await fail('NOTHING')
    expect(breaker.getWaitMs()).toBe(0)
    await fail('FAILING')
    expect(breaker.getWaitMs()).toBe(10_000)
    expect(states).toEqual(['open', 'half-open', 'half-open', 'open'])
  })

  it('counts nothing that tells nothing', async () => {
    const { breaker, fail } = open()
    for (let count = 0; count < 10; count += 1) await fail('NOTHING')
    expect(breaker.getWaitMs()).toBe(0)
  })

  it('is not closed by a call that began before it opened', async () => {
    const { breaker, fail, states } = open()
    const { promise, resolve } = Promise.withResolvers<void>()
    const early = breaker.run(
      () => promise,
      () => 'FAILING',
    )
    await fail('FAILING')
    await fail('FAILING')
    resolve()
    await early
    expect(breaker.getWaitMs()).toBe(10_000)
    expect(states).toEqual(['open'])
  })
})
