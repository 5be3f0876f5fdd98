import { describe, expect, it, onTestFinished, vi } from 'vitest'
import * as z from 'zod'
import { createBucket } from '../../src/http/bucket.ts'
import type { Call } from '../../src/http/call.ts'
import { createPaces } from '../../src/http/paces.ts'
import { type RateWindow, toWindows, type WindowState } from '../../src/http/rate.ts'
import { path } from '../../src/provider/path.ts'
import { openUpstream } from '../helpers/upstream.ts'

function open(countProcesses?: () => number) {
  const clock = { now: 1_000_000 }
  const bucket = createBucket({ calls: 2_000, perMs: 20_000 }, () => clock.now, countProcesses)
  const reserve = (amount: number, mostMs = 100_000_000) => bucket.reserve('', mostMs, amount)
  const wait = (amount: number, mostMs?: number) => reserve(amount, mostMs).waitMs
  return { clock, bucket, reserve, wait, learn: (state: WindowState) => bucket.learn('', state) }
}

describe('a limit that refills steadily', () => {
  it('lets a request wait until what it takes has come in, and not for the rest', () => {
    const { wait, clock } = open()
    expect([wait(1_995), wait(10), wait(100)]).toEqual([0, 50, 1_050])
    clock.now += 1_550
    expect(wait(100)).toBe(500)
  })

  it('is full again after its time, and holds no more', () => {
    const { wait, clock } = open()
    wait(2_000)
    clock.now += 60_000
    expect([wait(2_000), wait(1)]).toEqual([0, 10])
  })

  it('lets a request that takes more than it holds wait until it is full', () => {
    const { wait } = open()
    expect([wait(1), wait(9_000)]).toEqual([0, 10])
  })

  it('reserves nothing when the turn comes too late', () => {
    const { reserve, wait } = open()
    wait(2_000)
    expect(reserve(100, 1_000)).toEqual({ waitMs: 1_000, turn: null })
    expect(wait(100)).toBe(1_000)
  })

  it('goes by what a response tells, and takes from it what waits', () => {
    const { wait, learn, clock } = open()
    wait(504)
    learn({ limit: 2_000, remaining: 1_990, fullMs: 20_000 })
    expect(wait(1_990)).toBe(0)
    expect(wait(100)).toBe(1_000)
    learn({ limit: 4_000, remaining: 0, fullMs: 20_000 })
    expect(wait(100)).toBe(1_000)
    clock.now += 3_600_000
    expect([wait(2_000), wait(100)]).toEqual([0, 1_000])
  })

  it('lets those behind move up when somebody gives a turn back, and when more is left than was taken', () => {
    const { reserve, learn } = open()
    const [, second, third] = [2_000, 500, 100].map((amount) => reserve(amount).turn)
    expect(third?.getWaitMs()).toBe(6_000)
    second?.giveBack()
    expect(third?.getWaitMs()).toBe(1_000)
    learn({ remaining: 90 })
    expect(third?.getWaitMs()).toBe(100)
    third?.giveBack()
    expect(reserve(90).waitMs).toBe(0)
  })

  it('wakes those who move up', async () => {
    vi.useFakeTimers({ now: 0 })
    onTestFinished(() => void vi.useRealTimers())
    const bucket = createBucket({ calls: 2_000, perMs: 20_000 })
    bucket.reserve('', 1, 2_000)
    const came = bucket.reserve('', 60_000, 1_000).turn?.wait(new AbortController().signal)
    await vi.advanceTimersByTimeAsync(100)
    bucket.learn('', { remaining: 1_000 })
    await vi.advanceTimersByTimeAsync(1)
    await expect(came).resolves.toBe(true)
    expect(performance.now()).toBeLessThan(1_000)
  })

  it('lets nobody go before a wait that was asked for, and forgets it', () => {
    const { bucket, reserve, wait } = open()
    const { turn } = reserve(10)
    bucket.hold('', 5_000)
    expect([turn?.getWaitMs(), wait(10), bucket.isHeld('')]).toEqual([5_000, 5_000, true])
    bucket.forget()
    expect([wait(10), bucket.isHeld('')]).toEqual([0, false])
  })

  it.each([
    ['refills in years', { limit: 2_000, remaining: 0, fullMs: 2e10 }],
    ['lacks more than it holds', { limit: 2_000, remaining: -1e12, fullMs: 20_000 }],
  ])('is full within an hour, also if it %s', (_, state) => {
    const { wait, learn } = open()
    learn(state)
    expect(wait(2_000)).toBeLessThanOrEqual(3_600_000)
  })

  it('is shared by several processes, in equal parts', () => {
    const { wait, learn } = open(() => 2)
    expect([wait(1_000), wait(100)]).toEqual([0, 2_000])
    learn({ remaining: 1_000 })
    expect(wait(400)).toBe(0)
  })

  it('lets one request in its time go where nobody knows how many processes share it, and all of the share again later', () => {
    let processes = 2
    const { wait, learn, clock } = open(() => processes)
    wait(100)
    processes = Number.POSITIVE_INFINITY
    expect([wait(500), wait(10)]).toEqual([20_000, 40_000])
    clock.now += 60_000
    expect([wait(500), wait(10)]).toEqual([0, 20_000])
    learn({ remaining: 1_500 })
    expect(wait(10)).toBeGreaterThan(20_000)
    processes = 2
    clock.now += 60_000
    expect([wait(500), wait(500), wait(10)]).toEqual([0, 0, 200])
  })
})

const points = z.object({ left: z.number(), cost: z.number().optional() })
const window: RateWindow = {
  calls: 2_000,
  perMs: 20_000,
  per: 'account',
  counts: 'POINTS',
  steady: true,
  readState(body) {
    const told = points.safeParse(body).data
    return told === undefined ? null : { limit: 2_000, remaining: told.left, fullMs: 20_000, cost: told.cost }
  },
}

describe('the points of an API', () => {
  const call: Call<unknown> = { method: 'POST', effect: 'READ', path: path`/graphql`, answer: z.unknown() }
  const list: Call<unknown> = { ...call, kind: 'list', cost: 500 }

  it('are taken by what a response tells of the cost of a request of this kind', () => {
    const paces = createPaces(toWindows([window]), () => 1_000_000)
    paces.learn(list, {}, { left: 100, cost: 10 })
    expect(paces.reserve(list, 1).waitMs).toBe(0)
    expect(paces.reserve({ ...call, kind: 'create', cost: 100 }, 1).waitMs).toBe(100)
  })

  it.each([1e308, -1e308, Number.POSITIVE_INFINITY, Number.NaN])('are not counted by %d', (number) => {
    const paces = createPaces(toWindows([window]), () => 1_000_000)
    paces.learn(list, {}, { left: number, cost: 10 })
    paces.learn(list, {}, { left: 100, cost: number })
    expect(paces.reserve({ ...list, cost: 2_000 }, 1).waitMs).toBe(0)
  })

  it('let a request that lacks a few of them go after a moment', async () => {
    const { http } = await openUpstream((_, response) => response.end('{"left":5}'), { rates: [window] })
    const answer = z.unknown()
    await http.read({ path: path`/webhooks`, answer })
    await expect(http.write({ method: 'POST', path: path`/webhooks`, answer, cost: 10 })).resolves.toEqual({ left: 5 })
  })
})
