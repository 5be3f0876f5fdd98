import { onTestFinished } from 'vitest'
import { createKeys } from '../../src/store/keys.ts'
import { openStore } from '../../src/store/open.ts'
import type { Store } from '../../src/store/store.ts'
import { emptyStore, runSql, type TestDatabase } from './postgres.ts'

/** A store as one of several processes has it. */
export interface OwnStore {
  readonly store: Store
  /** Lets its lease run out, as if the process were stopped. */
  pause(): Promise<void>
}

/** An empty store in a database of Postgres. Each process opens it by itself. */
export async function openShared({ url }: TestDatabase) {
  await emptyStore(url)
  const keys = createKeys()
  const known = new Set<unknown>()

  async function open(leaseMs = 3_600_000): Promise<OwnStore> {
    // A heartbeat that never comes: what runs out, runs out when a test says so.
    const store = await openStore({ url, keys, leaseMs, heartbeatMs: 2 ** 30 })
    onTestFinished(() => store.close())
    // Who has just come takes nobody for gone yet.
    const rows = await runSql(url, 'UPDATE owners SET since_ms = 0', 'SELECT id FROM owners')
    const id = rows.map((row) => row['id']).find((each) => !known.has(each))
    known.add(id)
    return { store, pause: async () => void (await runSql(url, `UPDATE owners SET until_ms = 0 WHERE id = '${String(id)}'`)) }
  }
  const now = '(extract(epoch from clock_timestamp()) * 1000)::bigint'
  const readClock = async () => Number((await runSql(url, `SELECT ${now} AS now`))[0]?.['now'])
  return { open, readClock }
}
