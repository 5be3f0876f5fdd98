import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createPacer } from '../../src/http/pace.ts'
import { commonHeaders } from '../../src/http/rate.ts'
import { readState } from '../../src/http/wait.ts'

function open(calls = 3, perMs = 1_000, countProcesses?: () => number) {
  const clock = { now: 1_000_000 }
  const pacer = createPacer({ calls, perMs }, () => clock.now, countProcesses)
  const wait = (mostMs = 10_000, key = '') => {
    const { waitMs, turn } = pacer.reserve(key, mostMs)
    return { waitMs, reserved: turn !== null }
  }
  const learn = (limit: number, remaining: number, resetInMs = 0, key = '') =>
    hear(pacer, key, {
      'x-ratelimit-limit': String(limit),
      'x-ratelimit-remaining': String(remaining),
      'x-ratelimit-reset': String(resetInMs / 1000),
    })
  return { clock, wait, learn, pacer }
}

function hear(pacer: ReturnType<typeof createPacer>, key: string, headers: Readonly<Record<string, string | string[]>>): void {
  pacer.learn(key, readState(headers, commonHeaders))
}

describe('a pace', () => {
  it('lets a burst within the rate go at once and spreads what is over it', () => {
    const { wait, clock } = open()
    expect([wait(), wait(), wait()].map(({ waitMs }) => waitMs)).toEqual([0, 0, 0])
    clock.now += 400
    expect([wait(), wait(), wait(), wait()].map(({ waitMs }) => waitMs)).toEqual([600, 600, 600, 1_600])
  })

  it('is free again when the window has passed', () => {
    const { wait, clock } = open()
    for (let count = 0; count < 3; count += 1) wait()
    clock.now += 1_000
    expect(wait()).toEqual({ waitMs: 0, reserved: true })
  })

  it('reserves nothing when the turn comes too late, so that nobody waits for it', () => {
    const { wait } = open()
    for (let count = 0; count < 3; count += 1) wait()
    expect(wait(500)).toEqual({ waitMs: 1_000, reserved: false })
    expect(wait(500)).toEqual({ waitMs: 1_000, reserved: false })
    expect(wait()).toEqual({ waitMs: 1_000, reserved: true })
  })

  it('lets those behind move up when somebody gives a turn back', () => {
    const { pacer } = open(1)
    const [, second, third, last] = [1, 2, 3, 4].map(() => pacer.reserve('', 60_000).turn)
    expect([second, third, last].map((turn) => turn?.getWaitMs())).toEqual([1_000, 2_000, 3_000])
    second?.giveBack()
    third?.giveBack()
    expect(last?.getWaitMs()).toBe(1_000)
    last?.giveBack()
    expect(pacer.reserve('', 60_000).waitMs).toBe(1_000)
  })

  it('wakes those who move up, and those who leave', async () => {
    vi.useFakeTimers({ now: 0 })
    onTestFinished(() => void vi.useRealTimers())
    const pacer = createPacer({ calls: 1, perMs: 1_000 })
    const [, second, third, last] = [1, 2, 3, 4].map(() => pacer.reserve('', 60_000).turn)
    const [stays, leaves] = [new AbortController(), new AbortController()]
    const came: unknown[] = []
    void third?.wait(stays.signal).then((isTurn) => came.push(['third', isTurn, performance.now()]))
    void last?.wait(leaves.signal).then((isTurn) => came.push(['last', isTurn, performance.now()]))
    leaves.abort()
    await vi.advanceTimersByTimeAsync(0)
    expect(came).toEqual([['last', false, 0]])
    second?.giveBack()
    await vi.advanceTimersByTimeAsync(5_000)
    expect(came.at(-1)).toEqual(['third', true, 1_000])
  })

  it('counts each key on its own', () => {
    const { wait } = open(1)
    expect(wait(10, 'GET /webhooks').waitMs).toBe(0)
    expect(wait(10, 'POST /webhooks').waitMs).toBe(0)
    expect(wait(10, 'GET /webhooks').reserved).toBe(false)
  })

  it('learns a higher limit from the provider', () => {
    const { wait, learn } = open(1)
    wait()
    learn(10, 9)
    for (let count = 0; count < 9; count += 1) expect(wait().waitMs).toBe(0)
    expect(wait().waitMs).toBe(1_000)
  })

  it('learns a lower limit from the provider', () => {
    const { wait, learn } = open(10)
    wait()
    learn(2, 1)
    expect(wait().waitMs).toBe(0)
    expect(wait().waitMs).toBe(1_000)
  })

  it('learns that others have used calls up', () => {
    const { wait, learn } = open(10)
    wait()
    learn(10, 1)
    expect(wait().waitMs).toBe(0)
    expect(wait().waitMs).toBe(1_000)
  })

  it('waits for the reset when nothing is left, however long the window is', () => {
    const { wait, learn } = open(10)
    wait()
    learn(10, 0, 30_000)
    expect(wait(60_000).waitMs).toBe(30_000)
  })

  it('waits no longer than until the reset, however long the window is', () => {
    const { wait, learn, clock } = open(30, 60_000)
    wait()
    learn(30, 0, 12_000)
    expect(wait(1).waitMs).toBe(12_000)
    clock.now += 12_000
    for (let count = 0; count < 30; count += 1) expect(wait().waitMs).toBe(0)
    expect(wait(1).waitMs).toBe(60_000)
  })

  it('has what is left until the reset, and all after it', () => {
    const { wait, learn, clock } = open(30, 60_000)
    learn(30, 1, 12_000)
    expect(wait().waitMs).toBe(0)
    expect(wait(1).waitMs).toBe(12_000)
    clock.now += 12_000
    expect(wait().waitMs).toBe(0)
  })

  it('learns that calls are left although it had counted none', () => {
    const { wait, learn } = open(2)
    wait()
    wait()
    learn(2, 2)
    expect(wait().waitMs).toBe(0)
  })

  it('remembers no more calls than it must, whatever limit the provider names', () => {
    const { wait, learn } = open(1)
    wait()
    learn(999_999_999_999, 1)
    expect(wait()).toEqual({ waitMs: 0, reserved: true })
    expect(wait()).toEqual({ waitMs: 1_000, reserved: true })
  })

  it('waits an hour at most for what headers say, and not longer each time it asks', () => {
    const { wait, learn, clock } = open(10)
    learn(10, 0, 1e10)
    expect(wait(Number.POSITIVE_INFINITY).waitMs).toBe(3_600_000)
    clock.now += 3_600_000
    expect(wait().waitMs).toBe(0)
  })

  it('believes a count of calls for an hour, in windows of any length', () => {
    const day = 86_400_000
    const { wait, learn, clock } = open(10, day)
    wait()
    learn(1, 0)
    expect(wait(day).waitMs).toBe(3_600_000)
    clock.now += 3_600_000
    expect(wait().waitMs).toBe(0)
  })

  it('believes for an hour that more is allowed', () => {
    const { wait, learn, clock } = open(1)
    wait()
    learn(5, 4)
    expect([wait().waitMs, wait().waitMs]).toEqual([0, 0])
    clock.now += 3_600_000
    expect([wait().waitMs, wait().waitMs]).toEqual([0, 1_000])
  })

  it('believes for an hour that others have used calls up, in windows of any length', () => {
    const day = 86_400_000
    const { wait, learn, clock } = open(10, day)
    learn(10, 0)
    expect(wait(1).waitMs).toBe(3_600_000)
    clock.now += 3_600_000
    for (let count = 0; count < 10; count += 1) expect(wait().waitMs).toBe(0)
    expect(wait(day).reserved).toBe(false)
  })

  it('forgets what it has learned, and not the calls that were made', () => {
    const { wait, learn, pacer } = open(3)
    wait()
    learn(1, 0, 60_000)
    expect(wait(1).reserved).toBe(false)
    pacer.forget()
    expect([wait(), wait(), wait()].map(({ waitMs }) => waitMs)).toEqual([0, 0, 1_000])
  })

  it('takes no notice of headers that are none', () => {
    const { wait, pacer } = open(1)
    wait()
    hear(pacer, '', { 'x-ratelimit-limit': 'many', 'x-ratelimit-remaining': ['1', '2'] })
    expect(wait().waitMs).toBe(1_000)
  })
})

describe('a pace of points', () => {
  it('takes what each costs, and lets a small one wait behind a large one', () => {
    const { pacer, clock } = open(10)
    expect(pacer.reserve('', 10_000, 6).waitMs).toBe(0)
    clock.now += 100
    expect(pacer.reserve('', 10_000, 4).waitMs).toBe(0)
    expect(pacer.reserve('', 10_000, 6).waitMs).toBe(900)
    expect(pacer.reserve('', 10_000, 1).waitMs).toBe(1_000)
  })

  it('lets one that costs more than there is at all wait for all there is', () => {
    const { pacer } = open(10)
    pacer.reserve('', 10_000, 1)
    expect(pacer.reserve('', 10_000, 99).waitMs).toBe(1_000)
  })

  it('learns what is left of millions', () => {
    const { pacer, clock } = open(3_000_000, 3_600_000)
    pacer.learn('', { limit: 3_000_000, remaining: 5, resetMs: 60_000 })
    expect(pacer.reserve('', 10_000, 5).waitMs).toBe(0)
    expect(pacer.reserve('', 10_000, 5)).toMatchObject({ waitMs: 60_000, turn: null })
    clock.now += 60_000
    expect(pacer.reserve('', 10_000, 5).waitMs).toBe(0)
  })

  it('counts more requests than it keeps apart', () => {
    const { pacer } = open(10_005)
    for (let count = 0; count < 10_005; count += 1) pacer.reserve('', 1)
    expect(pacer.reserve('', 1).turn).toBeNull()
  })
})

describe('the pace of one of several processes', () => {
  const countWaits = (wait: () => { readonly waitMs: number }) => [wait(), wait(), wait(), wait()].map(({ waitMs }) => waitMs)

  it('is its share of the rate, rounded down', () => {
    expect(countWaits(open(7, 1_000, () => 3).wait)).toEqual([0, 0, 1_000, 1_000])
  })

  it('is never below one call in a window', () => {
    for (const processes of [10, Number.POSITIVE_INFINITY])
      expect(countWaits(open(3, 1_000, () => processes).wait)).toEqual([0, 1_000, 2_000, 3_000])
  })

  it('follows the processes that come and go', () => {
    let processes = 1
    const { wait, clock } = open(4, 1_000, () => processes)
    expect(countWaits(wait)).toEqual([0, 0, 0, 0])
    clock.now += 1_000
    processes = 2
    expect(countWaits(wait)).toEqual([0, 0, 1_000, 1_000])
    clock.now += 2_000
    processes = 1
    expect(countWaits(wait)).toEqual([0, 0, 0, 0])
  })

  it('is its share of a limit that it learns', () => {
    const { wait, learn } = open(2, 1_000, () => 2)
    learn(6, 6)
    expect(countWaits(wait)).toEqual([0, 0, 0, 1_000])
  })

  it('leaves the others what they have used, and loses nothing of its own share by it', () => {
    const { wait, learn } = open(8, 1_000, () => 2)
    wait()
    // Three of these four are the others'.
    learn(8, 4)
    expect(countWaits(wait)).toEqual([0, 0, 0, 1_000])
  })

  it('waits when the others have left nothing of the limit', () => {
    const { wait, learn } = open(8, 1_000, () => 2)
    learn(8, 1)
    expect(countWaits(wait)).toEqual([0, 1_000, 1_000, 1_000])
  })
})
