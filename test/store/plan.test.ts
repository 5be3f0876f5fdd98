import { describe, expect, it } from 'vitest'
import { createHealth } from '../../src/store/health.ts'
import { createJournal } from '../../src/store/journal.ts'
import { createKeys } from '../../src/store/keys.ts'
import { takeLease } from '../../src/store/lease.ts'
import { migrate } from '../../src/store/migrations/migrate.ts'
import { createKeyring } from '../../src/store/seal.ts'
import { openEngine, type Statement } from '../../src/store/sqlite/engine.ts'
import { openSqlite } from '../../src/store/sqlite/sqlite.ts'
import type { EntryFilter, Store } from '../../src/store/store.ts'
import { intent, outcome } from './entries.ts'

/** A store that tells how SQLite finds the rows of each statement. */
async function openPlanned() {
  const engine = openEngine(null)
  const statements: Statement[] = []
  const database = await openSqlite(null, () => ({
    ...engine,
    run(statement) {
      statements.push(statement)
      return engine.run(statement)
    },
    write(transactions) {
      statements.push(...transactions.flat())
      return engine.write(transactions)
    },
  }))
  await migrate(database, 'memory')
  const keyring = createKeyring(createKeys())
  const lease = await takeLease(database, keyring.ids)
  const store = createJournal(database, keyring, lease, createHealth({}, 'memory'))

  async function explain(run: (store: Store) => Promise<unknown>): Promise<readonly string[]> {
    statements.length = 0
    await run(store)
    return statements.flatMap((statement) => {
      const explained = { ...statement, sql: `EXPLAIN QUERY PLAN ${statement.sql}`, refuse: undefined }
      return engine.run(explained).rows.map(({ detail }) => String(detail))
    })
  }
  return { store, explain, statements }
}

const reads = /^(?:SCAN|SEARCH) (?:entries|sealed|webhook_secrets|turns)\b/

describe('an index', () => {
  const at = { sinceMs: 10, untilMs: 20 }
  const lists: readonly (readonly [EntryFilter, string])[] = [
    [{}, 'entries_by_time (started_ms<?)'],
    [at, 'entries_by_time (started_ms>? AND started_ms<?)'],
    [{ accounts: ['a', 'b'] }, 'entries_by_account (account=? AND started_ms<?)'],
    [{ accounts: ['a'], ...at }, 'entries_by_account (account=? AND started_ms>? AND started_ms<?)'],
    [{ states: ['FAILED'] }, 'entries_by_kind (state=? AND operation=? AND started_ms<?)'],
    [{ operations: ['TEST', 'VERIFY'], ...at }, 'entries_by_kind (state=? AND operation=? AND started_ms>? AND started_ms<?)'],
    [
      { accounts: ['a', 'b'], states: ['UNKNOWN'] },
      'entries_by_account_and_kind (account=? AND state=? AND operation=? AND started_ms<?)',
    ],
  ]

  it.each(lists)('gives the list of %j its order, so that a page is all that is read', async (filter, index) => {
    const { store, explain } = await openPlanned()
    await store.begin(intent)
    const found = (await explain(() => store.list(filter, 10, 9))).filter((detail) => reads.test(detail))
    const [start, page, ...branches] = found
    expect(start).toBe('SEARCH entries USING INTEGER PRIMARY KEY (rowid<?)')
    expect(page).toBe('SEARCH entries USING INTEGER PRIMARY KEY (rowid=?)')
    expect(new Set(branches)).toEqual(new Set([`SEARCH entries USING COVERING INDEX ${index}`]))
  })

  it('gives the first page its order too', async () => {
    const { explain } = await openPlanned()
    const details = await explain((store) => store.list({}, 10))
    expect(details).toContain('SCAN entries USING COVERING INDEX entries_by_time')
    expect(details.filter((detail) => detail.includes('TEMP B-TREE'))).toEqual([])
  })

  const hook = { webhook: { account: 'a', id: 'w1' } }
  const narrowed: readonly EntryFilter[] = [
    hook,
    { ...hook, ...at },
    { ...hook, states: ['FAILED'], operations: ['TEST'], ...at },
    { ...hook, states: ['FAILED', 'UNKNOWN'] },
    { ...hook, operations: ['TEST'] },
  ]
  it.each(narrowed)('finds the entries of a webhook under both of its columns, filtered by %j', async (filter) => {
    const { store, explain } = await openPlanned()
    await store.begin(intent)
    const details = await explain(() => store.list(filter, 10, 9))
    expect(details.filter((detail) => detail.includes('entries_by'))).toEqual([
      expect.stringMatching(/^SEARCH entries USING COVERING INDEX entries_by_webhook \(account=\? AND webhook=\? AND started_ms/),
      expect.stringMatching(
        /^SEARCH entries USING COVERING INDEX entries_by_previous \(account=\? AND previous=\? AND started_ms/,
      ),
    ])
  })

  it('finds every row that anything else reads, writes or removes', async () => {
    const { explain } = await openPlanned()
    const details = await explain(async (store) => {
      await store.begin({ ...intent, keyHash: 'k', secrets: { token: 't' } }, [await store.readTurn('t1')])
      await store.claim('entry-1', ['t1'])
      await store.note('entry-1', { kind: 'TWIN' }, { twin: 's' })
      await store.settle('entry-1', { ...outcome, signingSecret: 's', secretUntilMs: 1, setsSecret: true })
      await store.begin({ ...intent, id: 'entry-2', webhook: 'w1', operation: 'DELETE' })
      await store.settle('entry-2', outcome)
      await store.begin({ ...intent, id: 'entry-3' })
      await store.abandon('entry-3', 1)
      await store.release('entry-3')
      await store.findMade('u', ['w1', 'w2'], 'entry-1')
      await store.listRecent('u', 'w1', 1_000)
      await store.wasSecretSetSince('entry-1')
      await store.readAgeMs('entry-1')
      await store.find('entry-1')
      await store.findByKey('k')
      await store.listByKey('k')
      await store.openSecret('entry-1', 'signingSecret')
      await store.findSecretTimes('u', ['w1', 'w2'])
      await store.eraseSigningSecret('entry-1')
      await store.maintain(10_000, 10_000)
      await store.check()
    })
    const found = details.filter((detail) => reads.test(detail))
    expect(found.length).toBeGreaterThan(15)
    expect(found.filter((detail) => !/^SEARCH .+ USING (?:COVERING )?INDEX/.test(detail))).toEqual([])
  })
})

describe('maintenance', () => {
  it('erases and removes a few hundred entries in one statement, however many there are', async () => {
    const { store, statements } = await openPlanned()
    const ids = Array.from({ length: 1_100 }, (_, index) => `entry-${index}`)
    await Promise.all(ids.map((id) => store.begin({ ...intent, id })))
    await Promise.all(ids.map((id) => store.settle(id, { ...outcome, signingSecret: 's', secretUntilMs: 1 })))
    statements.length = 0
    await store.maintain(10_000, 10_000)
    expect(await store.list({}, 10)).toEqual([])
    const erasing = statements.filter(({ sql }) => sql.startsWith('delete from "sealed"'))
    const removing = statements.filter(({ sql }) => sql.startsWith('delete from "entries"'))
    expect(erasing.map(({ parameters }) => parameters.length - 1)).toEqual([500, 500, 100])
    expect(removing.map(({ parameters }) => parameters.length)).toEqual([500, 500, 100])
  })
})
