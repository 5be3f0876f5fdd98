import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { createGateway, type Gateway } from '../../src/gateway/gateway.ts'
import { createDispatcher } from '../../src/http/dispatcher.ts'
import { providers } from '../../src/providers/index.ts'
import { createKeys } from '../../src/store/keys.ts'
import { openStore } from '../../src/store/open.ts'
import type { Store } from '../../src/store/store.ts'
import { median } from '../measure.ts'
import { type Rate, readRate } from '../rate.ts'
import { atLeast, atMost, formatRatio, formatSpread, printTable, printTitle } from '../report.ts'
import { four, tell, work } from '../rig.ts'
import { quick, thorough } from '../settings.ts'
import { measureEntries } from './entries.ts'

const { rounds } = thorough
const keys = createKeys()

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
    [sqlite]: await openStore({ path: join(work, 'writes.db'), keys }),
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
  await measureEntries()
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

/** How long a timer of 1 ms takes, in milliseconds. */
interface Delay {
  readonly p50: number
  readonly p99: number
  readonly mean: number
  /** CPU time per create. */
  readonly cpuMs: number
}

const pacedPerSecond = 200

/** The delay of the event loop while creates arrive at a steady pace. */
async function readDelay(gateway: Gateway): Promise<Delay> {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  const running = new Set<Promise<unknown>>()
  const [cpu, before] = [process.threadCpuUsage(), created]
  delay.enable()
  const endMs = performance.now() + (quick ? 500 : 2_000)
  for (let nextMs = performance.now(); nextMs < endMs; nextMs += 1_000 / pacedPerSecond) {
    await sleep(Math.max(0, nextMs - performance.now()))
    const write: Promise<unknown> = create(gateway).finally(() => running.delete(write))
    running.add(write)
  }
  delay.disable()
  await Promise.all(running)
  const { user, system } = process.threadCpuUsage(cpu)
  const cpuMs = (user + system) / (created - before) / 1_000
  return { p50: delay.percentile(50) / 1e6, p99: delay.percentile(99) / 1e6, mean: delay.mean / 1e6, cpuMs }
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
    ['', 'p50 ms', 'p99 ms', 'spread', `× ${none}`, 'mean ms', `× ${none}`, 'CPU ms/create', `× ${none}`],
    places.map((place) => [
      place,
      median(pick(paced, place, 'p50')).toFixed(2),
      median(pick(paced, place, 'p99')).toFixed(2),
      formatSpread(pick(paced, place, 'p99'), 2),
      formatRatio(compareTo(paced, place, 'p99')),
      median(pick(paced, place, 'mean')).toFixed(2),
      formatRatio(compareTo(paced, place, 'mean')),
      median(pick(paced, place, 'cpuMs')).toFixed(2),
      formatRatio(compareTo(paced, place, 'cpuMs')),
    ]),
  )
}
