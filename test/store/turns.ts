import { describe, expect, it, onTestFinished } from 'vitest'
import { KeyHeldError, RefusedWriteError, TakenOverError, TurnTakenError } from '../../src/store/error.ts'
import type { Intent, Outcome, Store } from '../../src/store/store.ts'
import { intent, outcome } from './entries.ts'

const unknown: Outcome = { ...outcome, state: 'UNKNOWN', webhook: null, holdsKey: true }

/** What every store does about turns and owners, whatever database it is in. */
export function describeTurns(name: string, open: () => Promise<Store>): void {
  async function openStore(): Promise<Store> {
    const store = await open()
    onTestFinished(() => store.close())
    return store
  }

  describe(`a turn in ${name}`, () => {
    it('is taken by a beginning, and freed by the outcome', async () => {
      const store = await openStore()
      const free = await store.readTurn('t1')
      expect(free).toEqual({ turn: 't1', mark: null, heldBy: null, isOrphaned: false })
      await store.begin(intent, [free])
      const taken = await store.readTurn('t1')
      expect(taken).toMatchObject({ heldBy: 'entry-1', isOrphaned: false, mark: expect.any(String) })
      await store.settle('entry-1', outcome)
      expect(await store.readTurn('t1')).toEqual({ ...taken, heldBy: null })
    })

    it('refuses who comes while somebody is in, with everything of that beginning', async () => {
      const store = await openStore()
      await store.begin(intent, [await store.readTurn('t1')])
      const [other, taken] = [await store.readTurn('t0'), await store.readTurn('t1')]
      const begun = store.begin({ ...intent, id: 'entry-2', keyHash: 'k', secrets: { token: 't' } }, [taken, other])
      await expect(begun).rejects.toThrow(TurnTakenError)
      await expect(begun).rejects.toMatchObject({ turn: 't1' })
      expect(await store.find('entry-2')).toBeNull()
      expect(await store.findByKey('k')).toBeNull()
      expect(await store.openSecret('entry-2', 'token')).toBeNull()
      expect(await store.readTurn('t0')).toEqual(other)
      expect(store.isHealthy()).toBe(true)
    })

    it('refuses who read it before somebody else was in', async () => {
      const store = await openStore()
      const read = await store.readTurn('t1')
      await store.begin(intent, [read])
      await store.settle('entry-1', outcome)
      await expect(store.begin({ ...intent, id: 'entry-2' }, [read])).rejects.toThrow(TurnTakenError)
      const again = await store.readTurn('t1')
      await store.begin({ ...intent, id: 'entry-2' }, [again])
      await store.settle('entry-2', outcome)
      await expect(store.begin({ ...intent, id: 'entry-3' }, [again])).rejects.toThrow(TurnTakenError)
    })

    it('is taken by one of those who come at once', async () => {
      const store = await openStore()
      const read = await store.readTurn('t1')
      const ids = ['a', 'b', 'c', 'd', 'e']
      const begun = await Promise.allSettled(ids.map((id) => store.begin({ ...intent, id }, [read])))
      expect(begun.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
      for (const result of begun) if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(TurnTakenError)
      const { heldBy } = await store.readTurn('t1')
      expect((await store.list({}, 10)).map(({ id }) => id)).toEqual([heldBy])
    })

    it('stays free or taken through maintenance', async () => {
      const store = await openStore()
      await store.begin(intent, [await store.readTurn('t1')])
      await store.begin({ ...intent, id: 'entry-2' }, [await store.readTurn('t2')])
      await store.settle('entry-2', outcome)
      const [taken, free] = [await store.readTurn('t1'), await store.readTurn('t2')]
      await store.maintain(10_000, 10_000)
      expect([await store.readTurn('t1'), await store.readTurn('t2')]).toEqual([taken, free])
    })

    it('is freed when its entry is abandoned', async () => {
      const store = await openStore()
      await store.begin(intent, [await store.readTurn('t1')])
      await store.abandon('entry-1', 5_000)
      expect(await store.readTurn('t1')).toMatchObject({ heldBy: null })
    })
  })

  describe(`a claim in ${name}`, () => {
    it('takes an entry of unknown outcome and its turns, until it is released or settled', async () => {
      const store = await openStore()
      await store.begin(intent)
      await store.settle('entry-1', unknown)
      const read = await store.readTurn('t1')
      expect(await store.claim('entry-1', ['t1', 't2', 't1'])).toBe(true)
      expect(await store.readTurn('t1')).toMatchObject({ heldBy: 'entry-1', isOrphaned: false })
      expect(await store.claim('entry-1', ['t1'])).toBe(true)
      await store.note('entry-1', { kind: 'LOOK' })
      await store.release('entry-1')
      expect([await store.readTurn('t1'), await store.readTurn('t2')]).toMatchObject([{ heldBy: null }, { heldBy: null }])
      // Who looked may have written.
      await expect(store.begin({ ...intent, id: 'entry-2' }, [read])).rejects.toThrow(TurnTakenError)
      expect(await store.claim('entry-1', ['t1'])).toBe(true)
      await store.settle('entry-1', outcome)
      expect(await store.readTurn('t1')).toMatchObject({ heldBy: null })
      expect(await store.find('entry-1')).toMatchObject({ state: 'SUCCEEDED', steps: [{ kind: 'LOOK' }] })
    })

    it('keeps the turns of a running entry when it is released', async () => {
      const store = await openStore()
      await store.begin(intent, [await store.readTurn('t1')])
      await store.release('entry-1')
      expect(await store.readTurn('t1')).toMatchObject({ heldBy: 'entry-1', isOrphaned: true })
      expect(await store.claim('entry-1', ['t1'])).toBe(true)
      expect(await store.readTurn('t1')).toMatchObject({ heldBy: 'entry-1', isOrphaned: false })
    })

    it('is refused for what is settled, abandoned or not there, and where another entry is in', async () => {
      const store = await openStore()
      for (const id of ['settled', 'abandoned', 'open']) await store.begin({ ...intent, id })
      await store.begin({ ...intent, id: 'busy' }, [await store.readTurn('t1')])
      await store.settle('settled', outcome)
      await store.abandon('abandoned', 5_000)
      await store.settle('open', unknown)
      for (const id of ['settled', 'abandoned', 'none'])
        expect({ id, claimed: await store.claim(id) }).toEqual({ id, claimed: false })
      expect(await store.claim('open', ['t0', 't1'])).toBe(false)
      expect(await store.readTurn('t0')).toMatchObject({ heldBy: null, mark: null })
      expect(await store.claim('open', ['t0'])).toBe(true)
      expect(store.isHealthy()).toBe(true)
    })
  })

  describe(`a refusal in ${name}`, () => {
    it('says what is in the way', async () => {
      const store = await openStore()
      await store.begin({ ...intent, keyHash: 'k1' })
      await expect(store.begin({ ...intent, id: 'entry-2', keyHash: 'k1' })).rejects.toThrow(KeyHeldError)
      await expect(store.begin(intent)).rejects.toThrow(RefusedWriteError)
      await expect(store.begin(intent)).rejects.not.toThrow(KeyHeldError)
      await store.settle('entry-1', outcome)
      await expect(store.settle('entry-1', outcome)).rejects.toThrow(TakenOverError)
      await expect(store.note('entry-1', { kind: 'LATE' })).rejects.toThrow(TakenOverError)
      await expect(store.abandon('entry-1', 1)).rejects.toThrow(TakenOverError)
    })
  })

  describe(`what ${name} knows of webhooks`, () => {
    const upstream = intent.upstream

    it('is which ones the entries made, in an upstream account', async () => {
      const store = await openStore()
      const write = async (id: string, before: Partial<typeof intent>, after: Partial<Outcome>) => {
        await store.begin({ ...intent, id, ...before })
        await store.settle(id, { ...outcome, ...after })
      }
      await write('created', {}, { webhook: 'w1' })
      await write('rotated', { operation: 'ROTATE_SECRET', webhook: 'w2' }, { webhook: 'w3' })
      await write('in place', { operation: 'ROTATE_SECRET', webhook: 'w4' }, { webhook: 'w4' })
      await write('updated', { operation: 'UPDATE', webhook: 'w5' }, { webhook: null })
      await write('failed', {}, { state: 'FAILED', webhook: null })
      await write('elsewhere', { upstream: 'https://other.test' }, { webhook: 'w6' })
      await store.begin({ ...intent, id: 'running', operation: 'ROTATE_SECRET', webhook: 'w7' })
      await store.note('running', { kind: 'TWIN', webhook: 'w8' })
      await store.note('running', { kind: 'OTHER' })
      await store.begin({ ...intent, id: 'abandoned' })
      await store.note('abandoned', { kind: 'TWIN', webhook: 'w9' })
      await store.abandon('abandoned', 1)
      const ids = Array.from({ length: 9 }, (_, index) => `w${index + 1}`)
      expect(await store.findMade(upstream, ids, null)).toEqual(new Set(['w1', 'w3', 'w8']))
      expect(await store.findMade(upstream, ids, 'running')).toEqual(new Set(['w1', 'w3']))
      expect(await store.findMade(upstream, ['w3', 'w2'], 'created')).toEqual(new Set(['w3']))
      expect(await store.findMade('https://other.test', ids, null)).toEqual(new Set(['w6']))
      expect(await store.findMade(upstream, [], null)).toEqual(new Set())
    })

    it('is what was written to it recently, oldest first, and how long ago that began', async () => {
      const store = await openStore()
      const ids = ['a', 'b', 'c']
      // The clock of who began it does not count.
      for (const [index, id] of ids.entries())
        await store.begin({ ...intent, id, webhook: 'w1', operation: 'UPDATE', startedMs: 9_000 - index })
      await store.begin({ ...intent, id: 'other', webhook: 'w2', operation: 'UPDATE' })
      const recent = await store.listRecent(upstream, 'w1', 600_000)
      expect(recent.map(({ entry }) => entry)).toEqual(await Promise.all(ids.map((id) => store.find(id))))
      for (const { ageMs } of recent) expect(ageMs).toBeLessThan(600_000)
      expect(await store.listRecent('https://other.test', 'w1', 600_000)).toEqual([])
      expect(await store.listRecent(upstream, 'w1', 0)).toEqual([])
    })

    it('is whether its secret was set since a write began', async () => {
      const store = await openStore()
      const rotate: Intent = { ...intent, operation: 'ROTATE_SECRET', webhook: 'w1' }
      const begin = (id: string) => store.begin({ ...rotate, id, startedMs: Date.now() })
      await begin('first')
      await begin('second')
      expect(await store.wasSecretSetSince('first')).toBe(false)
      const set: Outcome = { ...outcome, webhook: null, setsSecret: true, settledMs: Date.now() }
      await store.settle('second', set)
      expect(await store.wasSecretSetSince('first')).toBe(true)
      await expect.poll(() => Date.now()).toBeGreaterThan(set.settledMs + 1)
      await begin('third')
      expect(await store.wasSecretSetSince('third')).toBe(false)
    })

    it('is how long ago an entry began, whatever the clock of this process said', async () => {
      const store = await openStore()
      const before = performance.now()
      await store.begin({ ...intent, startedMs: 1 })
      const ageMs = (await store.readAgeMs('entry-1')) ?? NaN
      // The database counts in milliseconds, rounded.
      expect(ageMs).toBeGreaterThanOrEqual(-1)
      expect(ageMs).toBeLessThanOrEqual(performance.now() - before + 1)
      expect(await store.readAgeMs('none')).toBeNull()
      expect(store.countOwners()).toBe(1)
    })
  })
}
