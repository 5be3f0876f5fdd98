import { describe, expect, it, onTestFinished, vi } from 'vitest'
import * as z from 'zod'
import type { Call } from '../../src/http/call.ts'
import { createPaces } from '../../src/http/paces.ts'
import { type RateWindow, toWindows } from '../../src/http/rate.ts'
import { readAskedWaitMs, readLimitedMs } from '../../src/http/wait.ts'
import { path } from '../../src/provider/path.ts'
import { openUpstream } from '../helpers/upstream.ts'

const read: Call<unknown> = { method: 'GET', effect: 'READ', path: path`/webhooks`, answer: z.unknown() }
const write: Call<unknown> = { ...read, method: 'POST', effect: 'WRITE' }

const hourly: RateWindow = { calls: 5, perMs: 3_600_000, per: 'account' }
const writes: RateWindow = { calls: 1, perMs: 60_000, per: 'account', counts: 'WRITES' }

function open(windows: readonly RateWindow[]) {
  const clock = { now: 1_000_000 }
  const paces = createPaces(toWindows(windows), () => clock.now)
  const wait = (call: Call<unknown>, mostMs = 100_000_000) => paces.reserve(call, mostMs).waitMs
  return { clock, paces, wait }
}

describe('several windows', () => {
  it('let writes wait for a limit on writes, and reads pass', () => {
    const { wait } = open([hourly, writes])
    expect([wait(write), wait(write), wait(read)]).toEqual([0, 60_000, 0])
  })

  it('let a request wait for the one that is fullest', () => {
    const { wait, clock } = open([hourly, writes])
    for (let count = 0; count < 5; count += 1) wait(read)
    clock.now += 10_000
    expect([wait(read), wait(write)]).toEqual([3_590_000, 3_590_000])
  })

  it('refuse a request at once for which any of them has no room in time', () => {
    const { paces } = open([hourly, writes])
    paces.reserve(write, 1)
    expect(paces.reserve(write, 1_000)).toEqual({ waitMs: 60_000, turn: null })
    expect(paces.reserve(read, 1).waitMs).toBe(0)
  })

  it('give a request its turn in each, one after the other', async () => {
    vi.useFakeTimers({ now: 0 })
    onTestFinished(() => void vi.useRealTimers())
    const paces = createPaces(
      toWindows([
        { ...hourly, calls: 2, perMs: 1_000 },
        { ...writes, perMs: 5_000 },
      ]),
    )
    const { signal } = new AbortController()
    paces.reserve(write, 60_000)
    const late = paces.reserve(write, 60_000).turn
    let cameMs: number | null = null
    void late?.wait(signal).then(() => (cameMs = performance.now()))
    await vi.advanceTimersByTimeAsync(4_900)
    // These take all room of the short window when its turn for a write comes.
    paces.reserve(read, 1)
    paces.reserve(read, 1)
    await vi.advanceTimersByTimeAsync(500)
    expect(cameMs).toBeNull()
    await vi.advanceTimersByTimeAsync(5_000)
    expect(cameMs).toBe(5_900)
  })

  it('tell how long to wait if there is no room any more in the next', async () => {
    vi.useFakeTimers({ now: 0 })
    onTestFinished(() => void vi.useRealTimers())
    const paces = createPaces(
      toWindows([
        { ...hourly, calls: 1, perMs: 4_000 },
        { ...writes, perMs: 5_000 },
      ]),
    )
    paces.reserve(write, 60_000)
    const late = paces.reserve(write, 6_000).turn
    const came = late?.wait(new AbortController().signal)
    await vi.advanceTimersByTimeAsync(4_500)
    paces.reserve(read, 1)
    await vi.advanceTimersByTimeAsync(500)
    expect(await came).toBe(false)
    expect(late?.getLateMs()).toBe(3_500)
  })

  it('each learn from headers of their own, in their own units', () => {
    const requests = { limit: 'x-requests-limit', remaining: 'x-requests-remaining', reset: 'x-requests-reset' }
    const points = { limit: 'x-points-limit', remaining: 'x-points-remaining', reset: 'x-points-reset' }
    const { wait, paces } = open([
      { ...hourly, headers: { ...requests, unit: 'UNIX_MILLISECONDS' } },
      { ...hourly, calls: 100, counts: 'POINTS', headers: { ...points, unit: 'SECONDS' } },
    ])
    const headers = {
      date: new Date(1_800_000_000_000).toUTCString(),
      'x-requests-limit': '2500',
      'x-requests-remaining': '2499',
      'x-requests-reset': '1800000300000',
      'x-points-limit': '3000000',
      'x-points-remaining': '7',
      'x-points-reset': '30',
    }
    paces.learn(read, headers, undefined)
    expect(wait({ ...read, cost: 7 })).toBe(0)
    expect(wait({ ...read, cost: 1 })).toBe(30_000)
    paces.learn(read, { ...headers, 'x-requests-remaining': '0' }, undefined)
    expect(wait({ ...read, cost: 1 })).toBe(300_000)
  })

  it('learn what a body tells of points', () => {
    const state = z.object({ available: z.number() })
    const bucket: RateWindow = {
      calls: 2_000,
      perMs: 20_000,
      per: 'account',
      counts: 'POINTS',
      readState(body) {
        const { data } = state.safeParse(body)
        return data === undefined ? null : { limit: 2_000, remaining: data.available, resetMs: (2_000 - data.available) * 10 }
      },
    }
    const { wait, paces, clock } = open([bucket])
    paces.learn(read, {}, { available: 5 })
    expect(wait({ ...read, cost: 10 })).toBe(19_950)
    clock.now += 40_000
    paces.learn(read, {}, { other: 'answer' })
    expect(wait({ ...read, cost: 10 })).toBe(0)
  })

  it('are held by a wait that the provider asks for', () => {
    const { wait, paces } = open([hourly, writes])
    const { turn } = paces.reserve(read, 1)
    expect(turn?.isHeld()).toBe(false)
    paces.hold(write, 5_000)
    expect(turn?.isHeld()).toBe(true)
    expect(wait(read)).toBe(5_000)
  })
})

describe('the wait after a rate limit', () => {
  const windows = toWindows([{ ...hourly, headers: { remaining: 'x-left', reset: 'x-reset', unit: 'SECONDS' } }])

  it.each([
    ['the reset of a window that has nothing left', { 'x-left': '0', 'x-reset': '90' }, 90_000],
    ['Retry-After, whatever the headers of a window say', { 'retry-after': '60', 'x-left': '0', 'x-reset': '90' }, 60_000],
    ['not the reset of a window that has something left', { 'x-left': '4000', 'x-reset': '1800' }, null],
    ['not the reset of a header that the provider does not have', { 'x-ratelimit-reset': '90' }, null],
  ])('is %s', (_, headers, expected) => {
    expect(readLimitedMs(headers, windows)).toBe(expected)
    expect(readAskedWaitMs(429, headers, windows)).toBe(expected)
  })
})

describe('the HTTP client', () => {
  it('sends nothing that the points have no room for, and goes by what a body or a header tells', async () => {
    const state = z.object({ available: z.number() })
    const points: RateWindow = {
      calls: 1_000,
      perMs: 60_000,
      per: 'account',
      counts: 'POINTS',
      readState(body) {
        const remaining = state.safeParse(body).data?.available
        return remaining === undefined ? null : { limit: 1_000, remaining, resetMs: 60_000 }
      },
    }
    const sent: (string | undefined)[] = []
    const { http } = await openUpstream(
      (request, response) => {
        sent.push(request.method)
        response.setHeader('ratelimit-left', request.method === 'POST' ? '0' : '9')
        response.setHeader('ratelimit-reset', '60')
        response.end('{"available":10}')
      },
      { rates: [points, { ...hourly, headers: { remaining: 'ratelimit-left', reset: 'ratelimit-reset', unit: 'SECONDS' } }] },
    )
    const answer = z.unknown()
    await http.read({ path: path`/webhooks`, answer, cost: 500 })
    await expect(http.read({ path: path`/webhooks`, answer, cost: 11 })).rejects.toMatchObject({
      code: 'RATE_LIMITED',
      upstream: null,
    })
    await http.write({ method: 'POST', path: path`/webhooks`, answer, cost: 10 })
    await expect(http.read({ path: path`/webhooks`, answer, cost: 1 })).rejects.toMatchObject({ code: 'RATE_LIMITED' })
    expect(sent).toEqual(['GET', 'POST'])
  })
})

describe('a configured rate', () => {
  it('replaces the first window of requests and leaves the others', () => {
    const own = { calls: 9, perMs: 1_000 }
    expect(toWindows([hourly, writes], own)).toMatchObject([writes, { ...hourly, ...own }])
    expect(toWindows([writes], own)).toMatchObject([writes, { ...own, per: 'account' }])
    expect(toWindows([], own)).toMatchObject([own])
  })
})
