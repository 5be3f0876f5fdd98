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
import { quick, thorough } from '../settings.ts'

const { rounds } = thorough
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
  const creates = await compare(gateways, (gateway) => readRate(quick ? 100 : 400, () => create(gateway)))
  const lists = await compare(gateways, (gateway) => readRate(quick ? 200 : 400, () => list(gateway)))
  const paced = await compare(gateways, readDelay)
  await Promise.all(Object.values(stores).map((store) => store.close()))
  printRates('The journal: one process, upstream 0 ms, 16 creates or lists at once', creates, lists)
  printDelays(`The event loop at ${pacedPerSecond} creates per second`, paced)
  atLeast('lists with SQLite, against no journal', 0.95, compareTo(lists, sqlite, 'perSecond'))
  atMost('CPU time of a list with SQLite, against no journal', 1.05, compareTo(lists, sqlite, 'cpuMs'))
  atMost('p99 of the event loop with SQLite, against no journal', 1.1, compareTo(paced, sqlite, 'p99'))
  atMost('mean of the event loop with SQLite, against no journal', 1.1, compareTo(paced, sqlite, 'mean'))
  await measurePages()
  await measureStarts()
}

type Samples<Sample> = ReadonlyMap<Place, readonly Sample[]>

/** Every gateway in turn, round after round. */
async function compare<Sample>(
  gateways: ReadonlyMap<Place, Gateway>,
  read: (gateway: Gateway) => Promise<Sample>,
): Promise<Samples<Sample>> {
  const samples = new Map<Place, Sample[]>(places.map((place) => [place, []]))
  // The first round is not measured: V8 has not compiled the code yet.
  for (let round = -1; round < rounds; round += 1) {
    for (const [place, gateway] of gateways) {
      const sample = await read(gateway)
      if (round >= 0) samples.get(place)?.push(sample)
    }
  }
  return samples
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

interface Rate {
  readonly perSecond: number
  /** CPU time that each of them takes the thread that serves everything. */
  readonly cpuMs: number
}

async function readRate(count: number, run: () => Promise<unknown>): Promise<Rate> {
  const [startedMs, cpu] = [performance.now(), process.threadCpuUsage()]
  let left = count
  const work = async () => {
    while (left-- > 0) await run()
  }
  await Promise.all(Array.from({ length: 16 }, work))
  const { user, system } = process.threadCpuUsage(cpu)
  return { perSecond: (count / (performance.now() - startedMs)) * 1_000, cpuMs: (user + system) / count / 1_000 }
}

/** How long a timer of 1 ms takes, in milliseconds. */
interface Delay {
  readonly p50: number
  readonly p99: number
  readonly mean: number
}

const pacedPerSecond = 200

/** The delay of the event loop while creates arrive at a steady pace. */
async function readDelay(gateway: Gateway): Promise<Delay> {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  const running = new Set<Promise<unknown>>()
  delay.enable()
  const endMs = performance.now() + (quick ? 500 : 2_000)
  for (let nextMs = performance.now(); nextMs < endMs; nextMs += 1_000 / pacedPerSecond) {
    await sleep(Math.max(0, nextMs - performance.now()))
    const write: Promise<unknown> = create(gateway).finally(() => running.delete(write))
    running.add(write)
  }
  delay.disable()
  await Promise.all(running)
  return { p50: delay.percentile(50) / 1e6, p99: delay.percentile(99) / 1e6, mean: delay.mean / 1e6 }
}

/** The ratio to no journal in each round, so that slowing down a whole round affects no ratio. */
function compareTo<Member extends string>(
  samples: Samples<Readonly<Record<Member, number>>>,
  place: Place,
  member: Member,
): number {
  const others = pick(samples, none, member)
  return median(pick(samples, place, member).map((value, round) => value / (others[round] ?? Number.NaN)))
}

function pick<Member extends string>(samples: Samples<Readonly<Record<Member, number>>>, place: Place, member: Member) {
  return (samples.get(place) ?? []).map((sample) => sample[member])
}

function printRates(title: string, creates: Samples<Rate>, lists: Samples<Rate>): void {
  printTitle(title)
  printTable(
    ['', 'creates/s', 'spread', `× ${none}`, 'CPU ms', `× ${none}`, 'lists/s', `× ${none}`, 'CPU ms', `× ${none}`],
    places.map((place) => [
      place,
      median(pick(creates, place, 'perSecond')).toFixed(0),
      formatSpread(pick(creates, place, 'perSecond')),
      formatRatio(compareTo(creates, place, 'perSecond')),
      median(pick(creates, place, 'cpuMs')).toFixed(2),
      formatRatio(compareTo(creates, place, 'cpuMs')),
      median(pick(lists, place, 'perSecond')).toFixed(0),
      formatRatio(compareTo(lists, place, 'perSecond')),
      median(pick(lists, place, 'cpuMs')).toFixed(2),
      formatRatio(compareTo(lists, place, 'cpuMs')),
    ]),
  )
}

function printDelays(title: string, paced: Samples<Delay>): void {
  printTitle(title)
  printTable(
    ['', 'p50 ms', 'p99 ms', 'spread', `× ${none}`, 'mean ms', `× ${none}`],
    places.map((place) => [
      place,
      median(pick(paced, place, 'p50')).toFixed(2),
      median(pick(paced, place, 'p99')).toFixed(2),
      formatSpread(pick(paced, place, 'p99'), 2),
      formatRatio(compareTo(paced, place, 'p99')),
      median(pick(paced, place, 'mean')).toFixed(2),
      formatRatio(compareTo(paced, place, 'mean')),
    ]),
  )
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
