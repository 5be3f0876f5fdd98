import { isDeepStrictEqual } from 'node:util'
import { createKeys } from '../../src/store/keys.ts'
import { openStore } from '../../src/store/open.ts'
import type { Store } from '../../src/store/store.ts'
import type { Asked } from '../faults/outcome.ts'
import type { Rig } from '../faults/rig.ts'
import { createDatabase, emptyStore, runSql } from '../helpers/postgres.ts'
import { send } from './act.ts'
import { type Case, type Facts, openCase } from './case.ts'
import { settle, startLife } from './life.ts'

const keys = createKeys()
/** Only what a case says ends a lease. */
const never = { leaseMs: 3_600_000, heartbeatMs: 2 ** 30, timeoutMs: 120_000 }
/** Databases that no case uses now. */
const free: string[] = []

/** A commit takes no longer: one that was held for this long has failed, which no process that is stopped notices. */
const commitMs = 4_000
const mostTries = 5

/** Runs a case again if it took the machine too long. */
export async function runTwo(tried: Case): Promise<Facts> {
  for (let tries = 1; ; tries += 1) {
    const { facts, pausedMs } = await runOnce(tried)
    if (pausedMs < commitMs || tries === mostTries) return facts
  }
}

/** Runs a case with two processes on one Postgres: the first is stopped at its moment, until the second has taken over and is asked again. */
async function runOnce(tried: Case): Promise<{ readonly facts: Facts; readonly pausedMs: number }> {
  const url = free.pop() ?? (await createDatabase()).url
  const { rig, asked } = await openCase(tried)
  const stores: Store[] = []
  const open = async () => {
    const store = await openStore({ url, keys, ...never })
    stores.push(store)
    return store
  }
  try {
    const first = await open()
    await emptyStore(url)
    return await runIn(rig, asked, tried, url, first, open)
  } finally {
    await Promise.all(stores.map((store) => store.close()))
    await rig.close()
    free.push(url)
  }
}

async function runIn(rig: Rig, asked: Asked, tried: Case, url: string, own: Store, open: () => Promise<Store>) {
  const { act, moments } = tried
  const { standIn } = rig
  const before = await rig.readStored()
  const since = standIn.calls.length
  const paused = startLife(rig, own, moments[0] ?? null, {}, 'PAUSED')
  const told = send(paused.gateway, act, asked)
  const hasCome = await Promise.race([paused.reached.then(() => true), told.then(() => false)])
  const pausedAtMs = performance.now()
  // Its lease runs out, while that of the other has been running for long.
  await runSql(url, 'UPDATE owners SET until_ms = 0')
  const store = await open()
  await runSql(url, 'UPDATE owners SET since_ms = 0')
  const settlingSince = standIn.calls.length
  const other = startLife(rig, store, null)
  await settle(other.gateway)
  const isBegun = (await store.list({}, 1)).length > 0
  const repeatedSince = standIn.calls.length
  const repeated = await Promise.all([send(other.gateway, act, asked), send(other.gateway, act, asked)])
  const [taken] = await store.list({}, 1)
  const resumedSince = standIn.calls.length
  const pausedMs = performance.now() - pausedAtMs
  paused.resume()
  const toldLate = await told
  const after = await rig.readStored()
  const [entry = null] = await store.list({}, 1)
  const secret = entry && (await store.openSecret(entry.id, 'signingSecret'))
  // Where nothing had begun, the second one carries the write out when it is asked.
  const settledUntil = isBegun ? repeatedSince : resumedSince
  const calls = {
    first: [...standIn.calls.slice(since, settlingSince), ...standIn.calls.slice(resumedSince)],
    settling: standIn.calls.slice(settlingSince, settledUntil),
    repeated: standIn.calls.slice(settledUntil, resumedSince),
  }
  const owner = entry?.webhook ?? null
  const isThere = secret !== null && owner !== null && after.some(({ id }) => id === owner)
  const facts: Facts = {
    tried,
    asked,
    told: toldLate,
    before,
    after,
    entry,
    secret,
    isAlive: isThere ? await rig.hands.isAlive(owner, secret) : false,
    repeated,
    end: after,
    calls,
    hasCome,
    places: [],
    isOverwritten: taken !== undefined && !isDeepStrictEqual(taken, entry),
  }
  return { facts, pausedMs }
}
