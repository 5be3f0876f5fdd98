import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { createGateway, type Gateway } from '../../src/gateway/gateway.ts'
import { createDispatcher } from '../../src/http/dispatcher.ts'
import { providers } from '../../src/providers/index.ts'
import { parseKeys } from '../../src/store/keys.ts'
import { openStore } from '../../src/store/open.ts'
import type { Store } from '../../src/store/store.ts'
import { median } from '../measure.ts'
import { atLeast, atMost, formatRatio, formatSpread, printTable, printTitle } from '../report.ts'
import { four, tell, work } from '../rig.ts'
import { on, start, stop } from '../server.ts'
import { quick } from '../settings.ts'

const rounds = quick ? 3 : 5
const storeKey = randomBytes(32).toString('base64')
const keys = parseKeys(storeKey, 'bench')
const toPath = (name: string) => join(work, `${name}.db`)

/** Where the journal of a gateway is kept. */
const [none, memory, sqlite] = ['no journal', 'memory', 'SQLite'] as const
type Place = typeof none | typeof memory | typeof sqlite
const places = [none, memory, sqlite] as const

/** What the journal costs writes, and that it costs nothing else. */
export async function measureJournal(): Promise<void> {
  await tell()
  const stores: Record<Place, Store> = {
    [none]: forgetAll(await openStore({ path: null, keys })),
    [memory]: await openStore({ path: null, keys }),
    [sqlite]: await openStore({ path: toPath('writes'), keys }),
  }
  const gateways = new Map(places.map((place) => [place, open(stores[place])]))
  const take = async (run: (gateway: Gateway) => Promise<number>): Promise<ReadonlyMap<Place, readonly number[]>> => {
    const samples = new Map<Place, number[]>(places.map((place) => [place, []]))
    // The first round is not measured: V8 has not compiled the code yet.
    for (let round = -1; round < rounds; round += 1) {
      for (const [place, gateway] of gateways) {
        const value = await run(gateway)
        if (round >= 0) samples.get(place)?.push(value)
      }
    }
    return samples
  }
  const creates = await take((gateway) => countPerSecond(quick ? 100 : 200, () => create(gateway)))
  const lists = await take((gateway) => countPerSecond(quick ? 200 : 400, () => list(gateway)))
  const delays = await take(readDelay)
  printTitle('The journal: rates of one process, upstream 0 ms, 16 at once; delay of the event loop at 200 creates/s')
  printTable(
    ['', 'creates/s', 'spread', `× ${none}`, 'lists/s', `× ${none}`, 'delay p99 ms', `× ${none}`],
    places.map((place) => [
      place,
      median(creates.get(place) ?? []).toFixed(0),
      formatSpread(creates.get(place) ?? []),
      formatRatio(compareTo(creates, place)),
      median(lists.get(place) ?? []).toFixed(0),
      formatRatio(compareTo(lists, place)),
      median(delays.get(place) ?? []).toFixed(1),
      formatRatio(compareTo(delays, place)),
    ]),
  )
  atLeast('lists with SQLite, against no journal', 0.95, compareTo(lists, sqlite))
  atMost('delay of the event loop with SQLite, against no journal', 1.1, compareTo(delays, sqlite))
  await Promise.all(Object.values(stores).map((store) => store.close()))
  await measurePages()
  await measureStarts()
}

const succeed = () => Promise.resolve()

/** A store that is always successful and keeps nothing: the cost without a journal. */
function forgetAll(store: Store): Store {
  return { ...store, begin: succeed, settle: succeed, note: succeed }
}

function open(store: Store): Gateway {
  const accounts = four.map((upstream) => ({ ...upstream, sandbox: false, rateLimit: { calls: 100_000, perMs: 100 } }))
  const dispatcher = createDispatcher()
  return createGateway({ providers, accounts, dispatcher, timeoutMs: 10_000, store, door: { sharing: false } })
}

let created = 0
function create(gateway: Gateway): Promise<unknown> {
  created += 1
  const url = `https://hooks.acme.test/bench/${created}`
  return gateway.create({ account: 'encrata', name: `Bench ${created}`, url, eventTypes: ['lookup.completed'] })
}

function list(gateway: Gateway): Promise<unknown> {
  return Promise.all(gateway.accounts.map((account) => gateway.list(account)))
}

async function countPerSecond(count: number, run: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now()
  let left = count
  const work = async () => {
    while (left-- > 0) await run()
  }
  await Promise.all(Array.from({ length: 16 }, work))
  return (count / (performance.now() - startedMs)) * 1_000
}

/** The 99th percentile of the delay of the event loop, in milliseconds, while creates arrive every 5 ms. */
async function readDelay(gateway: Gateway): Promise<number> {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  const running = new Set<Promise<unknown>>()
  delay.enable()
  const endMs = performance.now() + (quick ? 500 : 1_000)
  for (let nextMs = performance.now(); nextMs < endMs; nextMs += 5) {
    await sleep(Math.max(0, nextMs - performance.now()))
    const write: Promise<unknown> = create(gateway).finally(() => running.delete(write))
    running.add(write)
  }
  delay.disable()
  await Promise.all(running)
  return delay.percentile(99) / 1e6
}

/** The ratio to no journal in each round, so that slowing down a whole round affects no ratio. */
function compareTo(samples: ReadonlyMap<Place, readonly number[]>, place: Place): number {
  const others = samples.get(none) ?? []
  return median((samples.get(place) ?? []).map((value, round) => value / (others[round] ?? Number.NaN)))
}

/** Writes settled entries straight into a new store, because a commit for each would take too long. */
async function fill(path: string, count: number): Promise<void> {
  await (await openStore({ path, keys })).close()
  const database = new DatabaseSync(path)
  database.exec('BEGIN')
  const insert = database.prepare(`INSERT INTO entries
    (id, operation, account, provider, upstream, webhook, caller, facts, state, after, result, started_ms, settled_ms, closed_ms)
    VALUES (?, 'CREATE', ?, 'encrata', 'https://encrata.test', ?, 'key:bench', '{"kind":"CREATE","ids":[]}', 'SUCCEEDED', ?, ?, ?, ?, ?)`)
  const after = JSON.stringify({
    name: 'Bench',
    url: 'https://hooks.acme.test/bench',
    enabled: true,
    status: 'ACTIVE',
    eventTypes: null,
  })
  const startMs = Date.now() - count
  for (let index = 0; index < count; index += 1) {
    const atMs = startMs + index
    const id = index.toString(16).padStart(32, '0')
    insert.run(id, `account-${index % 8}`, `webhook-${index % 1_000}`, after, '{"warnings":[]}', atMs, atMs, atMs)
  }
  database.exec('COMMIT')
  database.close()
}

/** A page of the journal among few and many entries. */
async function measurePages(): Promise<void> {
  const sizes = quick ? [1_000, 20_000] : [1_000, 1_000_000]
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
      rates.push(await countPerSecond(quick ? 50 : 300, readPage))
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
