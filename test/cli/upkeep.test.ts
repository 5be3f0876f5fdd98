import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { findInterrupted, takeOver } from '../../src/cli/interrupted.ts'
import { keepUp } from '../../src/cli/upkeep.ts'
import type { Gateway } from '../../src/gateway/gateway.ts'
import { createKeys } from '../../src/store/keys.ts'
import { openStore } from '../../src/store/open.ts'
import type { Store } from '../../src/store/store.ts'
import { intent } from '../store/entries.ts'

/** The upkeep of a store that fails as it is told, and what it logs. */
function open({ maintainMs = 3_600_000 } = {}) {
  const broken = { write: false, maintain: false }
  const calls = { check: 0, maintain: [] as (readonly [nowMs: number, keepSinceMs: number])[] }
  const logs: (readonly [level: string, message: string, reason?: unknown])[] = []
  const retention = { ms: 1_000 }
  let isHealthy = true
  function write(): Promise<void> {
    isHealthy = !broken.write
    return isHealthy ? Promise.resolve() : Promise.reject(new Error('the disk is full'))
  }
  const store = {
    check() {
      calls.check += 1
      return write()
    },
    async maintain(nowMs: number, keepSinceMs: number) {
      calls.maintain.push([nowMs, keepSinceMs])
      if (broken.maintain) throw new Error('a bug')
      await write()
    },
    isHealthy: () => isHealthy,
    readClock: () => Date.now(),
  }
  const log = pino(
    {
      formatters: { level: (level) => ({ level }) },
    },
    {
      write: (line) => {
        const { level, msg, reason } = JSON.parse(line)
        logs.push([level, msg, reason])
      },
    },
  )
  const end = keepUp({
    store,
    log,
    getRetentionMs: () => retention.ms,
    lookMs: 2,
    maintainMs,
  })
  onTestFinished(end)
  return { broken, calls, logs, retention, end }
}

const failed = ['error', 'store cannot be written: writes are refused', 'the disk is full']
const works = ['info', 'store works again', undefined]

describe('the upkeep of a store', () => {
  it('removes what has expired at the start and from then on, by the retention of today', async () => {
    const { calls, retention, logs } = open({ maintainMs: 5 })
    await expect.poll(() => calls.maintain.length).toBeGreaterThan(0)
    expect(Math.abs((calls.maintain[0]?.[0] ?? 0) - Date.now())).toBeLessThan(60_000)
    expect(new Set(calls.maintain.map(([nowMs, keepSinceMs]) => nowMs - keepSinceMs))).toEqual(new Set([1_000]))
    retention.ms = 2_000
    await expect.poll(() => calls.maintain.map(([nowMs, keepSinceMs]) => nowMs - keepSinceMs)).toContain(2_000)
    expect(logs).toEqual([])
  })

  it('checks the store at each look, and says once that it has failed, and that it works again', async () => {
    const { broken, calls, logs } = open()
    await expect.poll(() => calls.maintain).toHaveLength(1)
    await expect.poll(() => calls.check).toBeGreaterThan(3)
    broken.write = true
    const checks = calls.check
    await expect.poll(() => calls.check).toBeGreaterThan(checks + 3)
    expect(logs).toEqual([failed])
    broken.write = false
    await expect.poll(() => logs).toHaveLength(2)
    expect(logs).toEqual([failed, works])
    await expect.poll(() => calls.maintain).toHaveLength(2)
  })

  it('notices that its folder is gone, though nothing is written', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hookql-'))
    const store = await openStore({ path: join(folder, 'hookql.db'), keys: createKeys(), checkEveryMs: 3_600_000 })
    const maintained = Promise.withResolvers<void>()
    const lines: string[] = []
    const maintain = (...given: Parameters<Store['maintain']>) => store.maintain(...given).finally(maintained.resolve)
    const log = pino({}, { write: (line: string) => void lines.push(line) })
    const hourMs = 3_600_000
    onTestFinished(keepUp({ store: { ...store, maintain }, log, getRetentionMs: () => hourMs, lookMs: 2, maintainMs: hourMs }))
    await maintained.promise
    expect(store.isHealthy()).toBe(true)
    rmSync(folder, { recursive: true })
    await expect.poll(() => store.isHealthy()).toBe(false)
    await expect.poll(() => lines.join()).toMatch(/removed or replaced.*store cannot be written/)
  })

  it('says once what keeps it from removing, and goes on trying', async () => {
    const { broken, calls, logs } = open({ maintainMs: 4 })
    broken.maintain = true
    await expect.poll(() => calls.maintain.length).toBeGreaterThan(4)
    const unmaintained = ['error', 'store not maintained: expired entries and secrets are still in it', 'a bug']
    expect(logs).toEqual([unmaintained])
    broken.maintain = false
    await expect.poll(() => logs).toEqual([unmaintained, works])
  })

  it('ends when it is told, and says nothing of what fails then', async () => {
    const { broken, calls, logs, end } = open({ maintainMs: 1 })
    end()
    broken.maintain = true
    const { length } = calls.maintain
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect([calls.maintain.length, logs]).toEqual([length, []])
  })
})

describe('what a process that has died left running', () => {
  it('is looked at again while it is unknown, and no more once it is settled', async () => {
    const store = await openStore({ path: null, keys: createKeys() })
    onTestFinished(() => store.close())
    for (const id of ['first', 'second']) await store.begin({ ...intent, id })
    const entries = await store.list({}, 2)
    const looks: number[] = []
    const settleInterrupted: Gateway['settleInterrupted'] = (left) => {
      looks.push(left.length)
      // The first look finds one of them, the second fails, and the third finds the other.
      if (looks.length === 2) return Promise.reject(new Error('the store failed'))
      return Promise.resolve(left.slice(1))
    }
    const logs: string[] = []
    const log = pino({}, { write: (line) => void logs.push(JSON.parse(line).msg) })
    const gateway = { listInterrupted: () => Promise.resolve(entries), settleInterrupted }
    const settle = await findInterrupted(gateway, log, () => {}, [0, 1, 1, 1])
    expect(looks).toEqual([])
    settle()
    await expect.poll(() => logs.filter((line) => line === 'interrupted writes settled')).toHaveLength(2)
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(looks).toEqual([2, 1, 1])
    expect(logs).toContain('interrupted writes not settled')
  })
})

describe('what other processes on the store left running', () => {
  const silent = pino({}, { write: () => {} })

  it('is looked at whenever it is found, each once at a time, and again while it is unknown', async () => {
    const store = await openStore({ path: null, keys: createKeys() })
    onTestFinished(() => store.close())
    for (const id of ['first', 'second']) await store.begin({ ...intent, id })
    const [first, second] = await store.list({}, 2)
    if (first === undefined || second === undefined) throw new Error('There are no entries.')
    const looks: string[] = []
    const mayEnd = Promise.withResolvers<void>()
    const found = [first]
    let finds = 0
    const gateway: Pick<Gateway, 'listInterrupted' | 'settleInterrupted'> = {
      listInterrupted: () => Promise.resolve(((finds += 1), [...found])),
      async settleInterrupted(entries) {
        looks.push(...entries.map(({ id, state }) => `${id} ${state}`))
        await mayEnd.promise
        found.length = 0
        return entries.map((entry) => ({ ...entry, state: 'UNKNOWN' }))
      },
    }
    const shared = { isShared: true, isHealthy: () => true }
    const options = { getGateway: () => gateway, log: silent, onSettled: () => {}, pausesMs: [0, 1] }
    onTestFinished(takeOver({ ...options, store: shared, everyMs: 1 }))
    await expect.poll(() => finds).toBeGreaterThan(3)
    expect(looks).toEqual([`${first.id} RUNNING`])
    found.push(second)
    await expect.poll(() => looks).toEqual([`${first.id} RUNNING`, `${second.id} RUNNING`])
    mayEnd.resolve()
    await expect
      .poll(() => looks.slice(2).toSorted((one, other) => (one < other ? -1 : 1)))
      .toEqual(['first UNKNOWN', 'second UNKNOWN'])
  })

  it.each([
    ['no other process uses', { isShared: false, isHealthy: () => true }],
    ['cannot be reached', { isShared: true, isHealthy: () => false }],
  ])('is not looked for in a store that %s', async (_, store) => {
    const listInterrupted = vi.fn<Gateway['listInterrupted']>()
    const gateway = { listInterrupted, settleInterrupted: vi.fn<Gateway['settleInterrupted']>() }
    onTestFinished(takeOver({ store, getGateway: () => gateway, log: silent, onSettled: () => {}, everyMs: 1 }))
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(listInterrupted).not.toHaveBeenCalled()
  })
})
