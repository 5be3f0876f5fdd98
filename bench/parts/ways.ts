import { join } from 'node:path'
import * as z from 'zod'
import { applyEdit, readSource, withCopy } from '../../test/helpers/copy.ts'
import { load, median, readMemory, type Sample, sample } from '../measure.ts'
import { list, type Question } from '../questions.ts'
import { formatRatio, formatSpread, print, printTable, printTitle } from '../report.ts'
import { four, sized, tell } from '../rig.ts'
import { ask, type Name, off, on, type Server, start, stop } from '../server.ts'
import { type Effort, quick } from '../settings.ts'
import type { Upstream } from '../upstream.ts'
import { type Way, ways } from '../ways.ts'
import { measureResident, memoryRounds } from './memory.ts'

const effort: Effort = quick ? { rounds: 1, seconds: 0.5 } : { rounds: 5, seconds: 1.5 }
const warm = quick ? 0.5 : 10

/** The measured value of each load. */
interface Rig {
  readonly name: Name
  readonly upstreams: readonly Upstream[]
  readonly connections: number
  ask(server: Server): Promise<Question> | Question
}

const thousands = sized['4000'] ?? []
const rigs: Readonly<Record<Exclude<Way['load'], keyof typeof gauges>, Rig>> = {
  list: { name: off, upstreams: four, connections: 16, ask: () => list },
  'shared list': { name: on, upstreams: four, connections: 16, ask: () => list },
  'long list': { name: off, upstreams: thousands, connections: 1, ask: () => list },
  'next page': { name: off, upstreams: thousands, connections: 4, ask: askForNextPage },
  'nested lists': { name: off, upstreams: thousands, connections: 4, ask: () => nested },
}

const nested: Question = {
  operationName: 'Nested',
  query: 'query Nested { webhooks(first: 50) { nodes { id account { webhooks(first: 5) { nodes { id } } } } } }',
}

const pageShape = z.object({ data: z.object({ webhooks: z.object({ pageInfo: z.object({ endCursor: z.string() }) }) }) })

async function askForNextPage(server: Server): Promise<Question> {
  const first = 'query Page { webhooks(first: 50) { nodes { id } pageInfo { endCursor } } }'
  const { data } = pageShape.parse(await ask(server, { query: first }))
  const after = JSON.stringify(data.webhooks.pageInfo.endCursor)
  return { operationName: 'Page', query: first.replace('first: 50', `first: 50, after: ${after}`) }
}

/** The gain of each optimization: HookQL with and without it, from otherwise identical sources. */
export async function measureWays(): Promise<void> {
  // Report edits that no longer match before anything is measured.
  for (const { edits } of ways) for (const edit of edits) applyEdit(await readSource(edit.file), edit)
  const rows: string[][] = []
  await withCopy(async ({ path, apply }) => {
    const main = join(path, 'src/main.ts')
    /** A started server has read all of its sources, so the sources can change for the next one. */
    const startBoth = async ({ edits }: Way, { name, upstreams }: Pick<Rig, 'name' | 'upstreams'>) => {
      await apply([])
      const whole = await start(name, upstreams, { main })
      await apply(edits)
      return [whole, await start(name, upstreams, { main })] as const
    }
    for (const way of ways) {
      const { load } = way
      const isOfProcess = load === 'start' || load === 'memory'
      rows.push(await (isOfProcess ? measureProcesses(way, gauges[load], startBoth) : measureWay(way, rigs[load], startBoth)))
    }
  })
  printTitle('What each optimization gains')
  print('HookQL without it compared to HookQL with it, in turn: CPU time of a request, memory, or time to start.')
  print()
  printTable(['', 'measured by', 'with it', 'without it', 'worth', 'spread', 'MiB with it', 'without it'], rows)
}

type StartBoth = (way: Way, rig: Pick<Rig, 'name' | 'upstreams'>) => Promise<readonly [Server, Server]>

async function measureWay(way: Way, rig: Rig, startBoth: StartBoth): Promise<string[]> {
  await tell()
  const servers = await startBoth(way, rig)
  const [whole, without] = servers
  try {
    const samples: (readonly [Sample, Sample])[] = []
    const once = async (server: Server) => sample(server, await rig.ask(server), rig.connections, effort.seconds)
    for (const server of servers) await load(server, await rig.ask(server), rig.connections, { seconds: warm })
    for (let round = 0; round < effort.rounds; round += 1) samples.push([await once(whole), await once(without)])
    return [
      way.name,
      way.load,
      ...[0, 1].map((index) => `${median(samples.map((pair) => pair[index]?.cpuMs ?? Number.NaN)).toFixed(2)} ms`),
      ...formatWorth(samples.map(([one, other]) => other.cpuMs / one.cpuMs)),
      ...servers.map((server) => readMemory(server, 'VmRSS').toFixed(0)),
    ]
  } finally {
    await Promise.all(servers.map(stop))
  }
}

/** What each process is measured by once: less is better. */
interface Gauge {
  readonly name: Name
  readonly unit: string
  readonly rounds: number
  read(server: Server): Promise<number> | number
}

const gauges: Readonly<Record<'start' | 'memory', Gauge>> = {
  start: { name: off, unit: 'ms', rounds: effort.rounds, read: ({ readyMs }) => readyMs },
  memory: {
    name: on,
    unit: 'MiB',
    rounds: memoryRounds,
    read: async (server) => (await measureResident(server)).at(-1) ?? Number.NaN,
  },
}

async function measureProcesses(way: Way, { name, unit, rounds, read }: Gauge, startBoth: StartBoth): Promise<string[]> {
  const samples: (readonly [number, number])[] = []
  for (let round = 0; round < rounds; round += 1) {
    const servers = await startBoth(way, { name, upstreams: four })
    samples.push([await read(servers[0]), await read(servers[1])])
    await Promise.all(servers.map(stop))
  }
  return [
    way.name,
    way.load,
    ...[0, 1].map((index) => `${median(samples.map((pair) => pair[index] ?? Number.NaN)).toFixed(0)} ${unit}`),
    ...formatWorth(samples.map(([one, other]) => other / one)),
    '',
    '',
  ]
}

const formatWorth = (ratios: readonly number[]) => [formatRatio(median(ratios)), formatSpread(ratios, 2)]
