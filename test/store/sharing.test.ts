import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { StoreError, TakenOverError, TurnTakenError } from '../../src/store/error.ts'
import { createKeys, type SealingKeys } from '../../src/store/keys.ts'
import { openStore, rekeyStore } from '../../src/store/open.ts'
import type { Outcome, Store } from '../../src/store/store.ts'
import { openWay } from '../helpers/cut.ts'
import { createDatabase, emptyStore, runSql, type TestDatabase } from '../helpers/postgres.ts'
import { intent, outcome } from './entries.ts'

// Several stores at one database, as several processes have them.

let database: TestDatabase
beforeAll(async () => {
  database = await createDatabase()
})
afterAll(() => database.drop())

const keys = createKeys()
const unknown: Outcome = { ...outcome, state: 'UNKNOWN', webhook: null }

/** Longer than any test takes: only the statements of a test end a lease. */
const never = { leaseMs: 3_600_000, heartbeatMs: 3_600_000 }

async function open(sealing: SealingKeys = keys, lease: { leaseMs: number; heartbeatMs: number } = never): Promise<Store> {
  const store = await openStore({ url: database.url, keys: sealing, timeoutMs: 120_000, ...lease })
  onTestFinished(() => store.close())
  return store
}

async function openTwo(): Promise<readonly [Store, Store]> {
  await emptyStore(database.url)
  const one = await open()
  const [first] = await runSql(database.url, 'SELECT id FROM owners')
  const other = await open()
  // Marks the row of the first.
  await runSql(database.url, `UPDATE owners SET key_id = 'one' WHERE id = '${String(first?.['id'])}'`)
  return [one, other]
}

/** As if the first of two processes had been paused past its lease, while the second was not. */
const endLease = () =>
  runSql(
    database.url,
    "UPDATE owners SET until_ms = 1, since_ms = 1 WHERE key_id = 'one'",
    `UPDATE owners SET since_ms = since_ms - ${never.leaseMs} WHERE key_id <> 'one'`,
  )

describe('an entry of one process', () => {
  it('is shown to another as owned elsewhere, and can be neither settled nor claimed there', async () => {
    const [one, other] = await openTwo()
    await one.begin(intent, [await one.readTurn('t1')])
    expect(await one.find('entry-1')).toMatchObject({ isOwnedElsewhere: false })
    expect(await other.find('entry-1')).toMatchObject({ isOwnedElsewhere: true })
    expect(await other.list({ states: ['RUNNING'] }, 10)).toMatchObject([{ id: 'entry-1', isOwnedElsewhere: true }])
    expect(await other.readTurn('t1')).toMatchObject({ heldBy: 'entry-1', isOrphaned: false })
    expect(await other.claim('entry-1', ['t1'])).toBe(false)
    for (const call of [
      () => other.note('entry-1', { kind: 'A' }, { token: 't' }),
      () => other.settle('entry-1', outcome),
      () => other.abandon('entry-1', 1),
    ])
      await expect(call()).rejects.toThrow(TakenOverError)
    await other.release('entry-1')
    await one.settle('entry-1', outcome)
    expect(await other.find('entry-1')).toMatchObject({ state: 'SUCCEEDED', isOwnedElsewhere: false, steps: [] })
    expect(other.isHealthy()).toBe(true)
  })

  it('can be claimed by any once its outcome is unknown, by one at a time', async () => {
    const [one, other] = await openTwo()
    await one.begin(intent)
    await one.settle('entry-1', unknown)
    expect(await other.claim('entry-1', ['t1'])).toBe(true)
    expect(await one.claim('entry-1', ['t1'])).toBe(false)
    await expect(one.settle('entry-1', outcome)).rejects.toThrow(TakenOverError)
    await other.release('entry-1')
    const claimed = await Promise.all([one, other, one, other].map((store) => store.claim('entry-1', ['t1'])))
    expect(claimed.filter(Boolean).length).toBeGreaterThan(0)
    expect(claimed[0] === true && claimed[1] === true).toBe(false)
  })

  it('keeps its turn from others, who may not have read what it changes', async () => {
    const [one, other] = await openTwo()
    const [read, before] = [await one.readTurn('t1'), await other.readTurn('t1')]
    await one.begin(intent, [read])
    await expect(other.begin({ ...intent, id: 'entry-2' }, [before])).rejects.toThrow(TurnTakenError)
    await one.settle('entry-1', outcome)
    await expect(other.begin({ ...intent, id: 'entry-2' }, [before])).rejects.toThrow(TurnTakenError)
    await other.begin({ ...intent, id: 'entry-2' }, [await other.readTurn('t1')])
    expect(await one.readTurn('t1')).toMatchObject({ heldBy: 'entry-2' })
  })

  it('takes its turns in one order, so that nobody waits for each other', async () => {
    const [one, other] = await openTwo()
    for (let round = 0; round < 20; round += 1) {
      const names = ['t1', 't2', 't3', 't4']
      const read = await Promise.all(names.map((name) => one.readTurn(name)))
      const begun = await Promise.allSettled([
        one.begin({ ...intent, id: `one-${round}` }, read),
        other.begin({ ...intent, id: `other-${round}` }, read.toReversed()),
      ])
      const winner = begun.findIndex(({ status }) => status === 'fulfilled')
      expect(begun.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
      expect(begun[1 - winner]).toMatchObject({ reason: expect.any(TurnTakenError) })
      await (winner === 0 ? one : other).settle(`${winner === 0 ? 'one' : 'other'}-${round}`, outcome)
    }
  })
})

describe('a process that is gone', () => {
  it('leaves its entries to others once its lease has run out, with the turns that they hold', async () => {
    const [one, other] = await openTwo()
    await one.begin({ ...intent, keyHash: 'k', secrets: { token: 't' } }, [await one.readTurn('t1')])
    await endLease()
    expect(await other.find('entry-1')).toMatchObject({ state: 'RUNNING', isOwnedElsewhere: false })
    expect(await other.readTurn('t1')).toMatchObject({ heldBy: 'entry-1', isOrphaned: true })
    await expect(other.begin({ ...intent, id: 'entry-2' }, [await other.readTurn('t1')])).rejects.toThrow(TurnTakenError)
    expect(await other.claim('entry-1', ['t1'])).toBe(true)
    expect(await other.openSecret('entry-1', 'token')).toBe('t')
    await other.settle('entry-1', outcome)
    expect(await other.readTurn('t1')).toMatchObject({ heldBy: null })
  })

  it('leaves the turn of one that it only looked at to any write, and that one to any look', async () => {
    const [one, other] = await openTwo()
    await one.begin(intent, [await one.readTurn('t1')])
    await one.settle('entry-1', unknown)
    expect(await one.claim('entry-1', ['t1'])).toBe(true)
    const before = await other.readTurn('t1')
    expect(before).toMatchObject({ heldBy: 'entry-1', isOrphaned: false })
    await expect(other.begin({ ...intent, id: 'entry-2', keyHash: null }, [before])).rejects.toThrow(TurnTakenError)
    await endLease()
    const turn = await other.readTurn('t1')
    expect(turn).toMatchObject({ heldBy: null })
    await other.begin({ ...intent, id: 'entry-2', keyHash: null }, [turn])
    expect(await other.claim('entry-1', ['t1'])).toBe(false)
    await other.settle('entry-2', outcome)
    expect(await other.claim('entry-1', ['t1'])).toBe(true)
  })

  it('leaves them at once if it was closed', async () => {
    const [one, other] = await openTwo()
    await one.begin(intent)
    await one.close()
    expect(await other.find('entry-1')).toMatchObject({ isOwnedElsewhere: false })
    expect(await other.claim('entry-1')).toBe(true)
  })

  it('and comes back writes no outcome over that of who took over', async () => {
    const [one, other] = await openTwo()
    await one.begin(intent, [await one.readTurn('t1')])
    await endLease()
    await other.claim('entry-1')
    await expect(one.note('entry-1', { kind: 'TWIN', webhook: 'w9' }, { twin: 's' })).rejects.toThrow(TakenOverError)
    await other.settle('entry-1', unknown)
    await expect(one.settle('entry-1', { ...outcome, signingSecret: 's', secretUntilMs: 9_000 })).rejects.toThrow(TakenOverError)
    await expect(one.abandon('entry-1', 1)).rejects.toThrow(TakenOverError)
    expect(await one.find('entry-1')).toMatchObject({ state: 'UNKNOWN', steps: [], secretUntilMs: null })
    expect(await one.openSecret('entry-1', 'signingSecret')).toBeNull()
    expect(one.isHealthy()).toBe(true)
  })

  it('and comes back before anybody took over keeps what is its own', async () => {
    const [one] = await openTwo()
    await one.begin(intent)
    await endLease()
    await one.note('entry-1', { kind: 'A' })
    await one.settle('entry-1', outcome)
    expect(await one.find('entry-1')).toMatchObject({ state: 'SUCCEEDED', steps: [{ kind: 'A' }] })
  })

  it('and comes back renews its lease before it begins anything', async () => {
    const [one, other] = await openTwo()
    await endLease()
    await one.begin(intent)
    expect(await other.find('entry-1')).toMatchObject({ isOwnedElsewhere: true })
    expect(await other.claim('entry-1')).toBe(false)
    await endLease()
    await one.settle('entry-1', unknown)
    expect(await one.claim('entry-1')).toBe(true)
    expect(await other.claim('entry-1')).toBe(false)
  })

  it('is not taken for gone by one who could not reach the database either', async () => {
    const [one, other] = await openTwo()
    await one.begin(intent)
    await runSql(database.url, 'UPDATE owners SET until_ms = 1')
    await other.begin({ ...intent, id: 'entry-2' })
    expect(await other.find('entry-1')).toMatchObject({ isOwnedElsewhere: true })
    expect(await other.claim('entry-1')).toBe(false)
    await runSql(database.url, `UPDATE owners SET since_ms = since_ms - ${never.leaseMs} WHERE until_ms > 1`)
    expect(await other.find('entry-1')).toMatchObject({ isOwnedElsewhere: false })
    expect(await other.claim('entry-1')).toBe(true)
  })

  it('is forgotten after a day, and so are turns that nobody took since', async () => {
    const [one, other] = await openTwo()
    await one.begin(intent, [await one.readTurn('t1')])
    await one.begin({ ...intent, id: 'entry-2' }, [await one.readTurn('t2')])
    await one.settle('entry-2', outcome)
    await runSql(
      database.url,
      'UPDATE turns SET taken_ms = taken_ms - 86400001',
      "UPDATE owners SET until_ms = 1 WHERE key_id = 'one'",
    )
    await other.maintain(0, 0)
    expect(await runSql(database.url, 'SELECT turn FROM turns')).toEqual([{ turn: 't1' }])
    expect(await runSql(database.url, "SELECT id FROM owners WHERE key_id = 'one'")).toEqual([])
    expect(await other.find('entry-1')).toMatchObject({ isOwnedElsewhere: false })
  })
})

describe('what a process carries out', () => {
  /** One without heartbeats, whose lease runs out soon, and another that has been there for long. */
  async function openLapsing(url = database.url) {
    await emptyStore(database.url)
    const one = await openStore({ url, keys, timeoutMs: 120_000, leaseMs: 300, heartbeatMs: never.heartbeatMs })
    onTestFinished(() => one.close())
    const other = await open()
    await runSql(database.url, `UPDATE owners SET since_ms = since_ms - ${never.leaseMs}`)
    return [one, other] as const
  }

  it('is sure to be its own for most of a lease, without asking', async () => {
    const way = await openWay(database.url)
    await emptyStore(database.url)
    const store = await openStore({ url: way.url, keys, ...never })
    onTestFinished(() => store.close())
    expect(store.isSure('entry-1')).toBe(false)
    await store.begin({ ...intent, keyHash: null })
    await store.begin({ ...intent, id: 'entry-2' })
    await store.settle('entry-2', unknown)
    await store.claim('entry-2')
    await store.begin({ ...intent, id: 'entry-3' })
    await store.settle('entry-3', outcome)
    await store.begin({ ...intent, id: 'entry-4' })
    await store.settle('entry-4', unknown)
    await store.claim('entry-4')
    await store.release('entry-4')
    await way.cut()
    const ids = ['entry-1', 'entry-2', 'entry-3', 'entry-4']
    expect(ids.map((id) => store.isSure(id))).toEqual([true, true, false, false])
  })

  it('is asked for after a pause, and is its own again if nobody took over', async () => {
    const [one, other] = await openLapsing()
    await one.begin(intent)
    await expect.poll(() => one.isSure('entry-1')).toBe(false)
    await expect.poll(async () => (await other.find('entry-1'))?.isOwnedElsewhere).toBe(false)
    await one.confirm('entry-1')
    expect(one.isSure('entry-1')).toBe(true)
    expect(await other.claim('entry-1')).toBe(false)
  })

  it('is not its own any more once another one took over, though its lease is renewed', async () => {
    const [one, other] = await openLapsing()
    await one.begin(intent)
    await expect.poll(() => other.claim('entry-1')).toBe(true)
    await one.begin({ ...intent, id: 'entry-2' })
    expect([one.isSure('entry-1'), one.isSure('entry-2')]).toEqual([false, true])
    await expect(one.confirm('entry-1')).rejects.toThrow(TakenOverError)
    await other.settle('entry-1', outcome)
    await expect(one.confirm('entry-1')).rejects.toThrow(TakenOverError)
    expect(one.isSure('entry-1')).toBe(false)
  })

  it('is not sure to be its own while the database is away', async () => {
    const way = await openWay(database.url)
    const [one] = await openLapsing(way.url)
    await one.begin(intent)
    await way.cut()
    await expect.poll(() => one.isSure('entry-1')).toBe(false)
    const confirm = () => one.confirm('entry-1').then(() => 'confirmed', String)
    // It may not know yet that its connection has ended.
    expect(await confirm()).toMatch(/^StoreError: /)
    await expect.poll(confirm).toMatch(/nothing listens there/)
    expect(one.isSure('entry-1')).toBe(false)
  })

  it('is either taken over or confirmed, never both, however close they are', async () => {
    for (let round = 0; round < 20; round += 1) {
      const [one, other] = await openLapsing()
      await one.begin(intent)
      await runSql(database.url, 'UPDATE owners SET until_ms = 0 WHERE since_ms > 1 AND until_ms < since_ms + 3000000')
      const [confirmed, claimed] = await Promise.all([
        one.confirm('entry-1').then(
          () => true,
          () => false,
        ),
        other.claim('entry-1'),
      ])
      expect([confirmed, claimed]).toContain(true)
      expect(confirmed && claimed).toBe(false)
      await Promise.all([one.close(), other.close()])
    }
  })
})

describe('a lease', () => {
  it('is renewed by itself, by the clock of the database, and tells how many share it', async () => {
    await emptyStore(database.url)
    const lease = { leaseMs: 60_000, heartbeatMs: 20 }
    const [one, other] = [await open(keys, lease), await open(keys, lease)]
    await expect.poll(() => [one.countOwners(), other.countOwners()]).toEqual([2, 2])
    const read = async () => (await runSql(database.url, 'SELECT until_ms, since_ms FROM owners ORDER BY id')).map(Object.values)
    const before = await read()
    await expect.poll(async () => (await read()).every(([until], index) => Number(until) > Number(before[index]?.[0]))).toBe(true)
    expect((await read()).map(([, since]) => since)).toEqual(before.map(([, since]) => since))
    // Whatever anybody sets, it ends a lease after now.
    await runSql(database.url, 'UPDATE owners SET until_ms = until_ms + 1000000')
    const [{ now } = {}] = await runSql(database.url, 'SELECT (extract(epoch from clock_timestamp()) * 1000)::bigint AS now')
    await expect.poll(async () => (await read()).every(([until]) => Number(until) < Number(now) + 500_000)).toBe(true)
    await other.close()
    await expect.poll(() => one.countOwners()).toBe(1)
  })
})

describe('a process that cannot reach the database', () => {
  it('counts on the least of each limit once its lease may run out, before others use its share, until it is renewed', async () => {
    const way = await openWay(database.url)
    await emptyStore(database.url)
    const lease = { leaseMs: 2_000, heartbeatMs: 20 }
    const one = await openStore({ url: way.url, keys, timeoutMs: 120_000, ...lease })
    onTestFinished(() => one.close())
    const other = await open(keys, lease)
    await expect.poll(() => [one.countOwners(), other.countOwners()]).toEqual([2, 2])
    await way.cut()
    const counts = new Set<string>()
    const count = () => {
      counts.add(`${one.countOwners()} ${other.countOwners()}`)
      return other.countOwners()
    }
    await expect.poll(count, { interval: 5, timeout: 20_000 }).toBe(1)
    expect([...counts]).not.toContain('2 1')
    expect([one.countOwners(), other.countOwners()]).toEqual([Number.POSITIVE_INFINITY, 1])
    await way.heal()
    await expect.poll(() => [one.countOwners(), other.countOwners()]).toEqual([2, 2])
  })
})

describe('a process that comes to others', () => {
  it('can wait until they have counted it, so that none uses its share', async () => {
    await emptyStore(database.url)
    const one = await open(keys, { leaseMs: 60_000, heartbeatMs: 500 })
    for (let count = 2; count < 5; count += 1) {
      const other = await open(keys, { leaseMs: 60_000, heartbeatMs: 500 })
      await other.meetOthers()
      expect([one.countOwners(), other.countOwners()]).toEqual([count, count])
    }
  })

  it('waits no longer for one that does not renew its lease, or for a database that is away', async () => {
    const way = await openWay(database.url)
    await emptyStore(database.url)
    await open()
    const other = await openStore({ url: way.url, keys, leaseMs: 3_600_000, heartbeatMs: 20 })
    onTestFinished(() => other.close())
    await other.meetOthers()
    expect(other.countOwners()).toBe(2)
    await way.cut()
    await other.meetOthers()
  })
})

describe('what several processes maintain at once', () => {
  it('is erased and removed without one failing the other', async () => {
    const [one, other] = await openTwo()
    const ids = Array.from({ length: 300 }, (_, index) => `entry-${index}`)
    await Promise.all(ids.map((id, index) => (index % 2 === 0 ? one : other).begin({ ...intent, id, secrets: { token: 't' } })))
    const settled = { ...outcome, signingSecret: 's', secretUntilMs: 1 }
    await Promise.all(ids.map((id, index) => (index % 2 === 0 ? one : other).settle(id, settled)))
    await Promise.all([one, other, one, other].map((store) => store.maintain(10_000, 10_000, 1)))
    expect(await one.list({}, 10)).toEqual([])
    expect(await runSql(database.url, 'SELECT count(*) FROM sealed')).toEqual([{ count: '0' }])
  })
})

describe('the keys of a shared store', () => {
  it('are changed while all processes have the new one first, and not while one seals with the old one', async () => {
    await emptyStore(database.url)
    const [first, second] = [createKeys()[0], createKeys()[0]]
    const old = await open([first])
    await old.begin({ ...intent, secrets: { token: 'sealed with the first' } })
    const rekey = () => rekeyStore({ url: database.url, keys: [second, first] })
    await expect(rekey()).rejects.toThrow(/a running process seals with another key; give all of them the new key first/)
    await expect(openStore({ url: database.url, keys: [second] })).rejects.toThrow(
      /a running process seals with another key; give all of them the same keys/,
    )
    const between = await open([first, second])
    await old.close()
    await expect(rekey()).rejects.toThrow(/a running process seals with another key; give all of them the new key first/)
    const next = await open([second, first])
    await between.close()
    expect(await rekey()).toBe(1)
    expect(await next.openSecret('entry-1', 'token')).toBe('sealed with the first')
    const last = await open([second])
    expect(await last.openSecret('entry-1', 'token')).toBe('sealed with the first')
    await expect(openStore({ url: database.url, keys: [first] })).rejects.toThrow(StoreError)
  })

  it('are not sealed with while a running process lacks the first, which is refused by its ID and leaves no lease', async () => {
    await emptyStore(database.url)
    const [first, second] = [createKeys()[0], createKeys()[0]]
    const old = await open([first])
    await expect(openStore({ url: database.url, keys: [second, first] })).rejects.toThrow(
      `a running process does not have the key that this one seals with (${second.id}); put that key after the old one`,
    )
    expect(await runSql(database.url, 'SELECT key_id FROM owners')).toEqual([{ key_id: first.id }])
    await old.close()
    await open([second, first])
  })

  it('are named where a secret cannot be opened because one is missing', async () => {
    await emptyStore(database.url)
    const [store, { id }] = [await open(), createKeys()[0]]
    await store.begin({ ...intent, secrets: { token: 't' } })
    await runSql(database.url, `UPDATE sealed SET key_id = '${id}'`)
    await expect(store.openSecret('entry-1', 'token')).rejects.toThrow(`sealed with another key (${id}); add that key`)
  })
})
