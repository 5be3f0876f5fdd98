import { randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { parseKeys } from '../../src/store/keys.ts'
import { openStore } from '../../src/store/open.ts'
import { median } from '../measure.ts'
import { readRate } from '../rate.ts'
import { atMost, printTable, printTitle } from '../report.ts'
import { four, work } from '../rig.ts'
import { on, start, stop } from '../server.ts'
import { quick, thorough } from '../settings.ts'

const { rounds } = thorough
const storeKey = randomBytes(32).toString('base64')
const keys = parseKeys(storeKey, 'bench')
const toPath = (name: string) => join(work, `${name}.db`)

/** What a long journal costs. */
export async function measureEntries(): Promise<void> {
  await measurePages()
  await measureStarts()
}

/** Writes settled entries straight into a new store, because a commit for each would take hours. */
async function fill(path: string, count: number): Promise<void> {
  await (await openStore({ path, keys })).close()
  const database = new DatabaseSync(path)
  // Nobody needs this file after a crash.
  database.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -500000;')
  const after = JSON.stringify({
    name: 'Bench',
    url: 'https://hooks.acme.test/bench',
    enabled: true,
    status: 'ACTIVE',
    eventTypes: null,
  })
  const fill = database.prepare(`WITH RECURSIVE entry (number, ms) AS (
      SELECT 1, ?1 UNION ALL SELECT number + 1, ms + 1 FROM entry WHERE number < ?2
    )
    INSERT INTO entries
      (id, operation, account, provider, upstream, webhook, caller, facts, state, after, result, started_ms, settled_ms, closed_ms)
    SELECT printf('%032x', number), 'CREATE', 'account-' || (number % 8), 'encrata', 'https://encrata.test',
      'webhook-' || (number % 1000), 'key:bench', '{"kind":"CREATE","ids":[]}', 'SUCCEEDED', ?3, '{"warnings":[]}', ms, ms, ms
    FROM entry WHERE number <= ?2`)
  fill.run(Date.now() - count, count, after)
  database.close()
  // Otherwise what is measured next would wait for the disk to have it.
  const file = openSync(path, 'r+')
  fsyncSync(file)
  closeSync(file)
}

/** A page of the journal among few and many entries. */
async function measurePages(): Promise<void> {
  const sizes = [1_000, quick ? 20_000 : 1_000_000]
  const opened = []
  for (const size of sizes) {
    const path = toPath(`pages-${size}`)
    await fill(path, size)
    opened.push({ size, store: await openStore({ path, keys }), rates: [] as number[] })
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const { store, rates } of opened) {
      const readPage = async () => {
        const page = await store.list({ accounts: ['account-1', 'account-2'] }, 20)
        if (page.length !== 20) throw new Error(`A page of the journal has ${page.length} entries.`)
      }
      rates.push((await readRate(quick ? 50 : 300, readPage)).perSecond)
    }
  }
  await Promise.all(opened.map(({ store }) => store.close()))
  const [few, many] = opened.map(({ rates }) => median(rates))
  printTitle('A page of 20 entries of two accounts')
  printTable(
    ['entries', 'pages/s'],
    opened.map(({ size, rates }) => [size.toLocaleString('en'), median(rates).toFixed(0)]),
  )
  atMost('time of a page among many entries, against few', 2, (few ?? Number.NaN) / (many ?? Number.NaN))
}

/** The start with a store that has been used for long. */
async function measureStarts(): Promise<void> {
  const paths = { 'an empty store': toPath('empty'), '100,000 entries': toPath('used') }
  await fill(paths['an empty store'], 0)
  await fill(paths['100,000 entries'], 100_000)
  const samples = Object.entries(paths).map(([name, path]) => ({ name, path, ms: [] as number[] }))
  for (let round = 0; round < rounds; round += 1) {
    for (const { path, ms } of samples) {
      const server = await start(on, four, { environment: { HOOKQL_STORE: path, HOOKQL_STORE_KEY: storeKey } })
      ms.push(server.readyMs)
      await stop(server)
    }
  }
  printTitle('Time from process start to the first connection')
  printTable(
    ['', 'ms'],
    samples.map(({ name, ms }) => [name, median(ms).toFixed(0)]),
  )
  const [empty, used] = samples.map(({ ms }) => median(ms))
  atMost('start with 100,000 entries, against an empty store', 1.25, (used ?? Number.NaN) / (empty ?? Number.NaN))
}
