import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import * as z from 'zod'
import { folder, tell } from './rig.ts'
import { ask, headers, type Name, type Server, start, stop } from './server.ts'
import { type Effort, warmSeconds } from './settings.ts'
import type { Upstream } from './upstream.ts'

const run = promisify(execFile)

/** NaN if there was no response in time. */
const time = z.number().default(Number.NaN)
const loadShape = z.object({ perSecond: z.number(), p50: time, p99: time, failed: z.number() })
type Load = z.output<typeof loadShape>

/** Loads a server for a number of seconds, or with a number of requests. */
export async function load(
  { url, name }: Server,
  question: object,
  connections: number,
  until: { readonly amount: number } | { readonly seconds: number },
): Promise<Load> {
  const options = { url, connections, body: JSON.stringify(question), ...until }
  const { stdout } = await run(process.execPath, [join(folder, 'load.js'), JSON.stringify(options), JSON.stringify(headers)])
  const result = loadShape.parse(JSON.parse(stdout))
  if (result.failed > 0) throw new Error(`${name} failed ${result.failed} requests.`)
  return result
}

/** Mebibytes of memory that a process uses, now or at its peak. */
export function readMemory({ child }: Server, member: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
  return Number(new RegExp(`${member}:\\s+(\\d+)`).exec(status)?.[1]) / 1024
}

/** Milliseconds of CPU that a process has used. */
function readCpu({ child }: Server): number {
  const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) * 10
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

export interface Sample extends Load {
  readonly cpuMs: number
}
export type Samples<Key = Name> = ReadonlyMap<Key, readonly Sample[]>

/** Loads a server once, and also measures the CPU time per request. */
export async function sample(server: Server, question: object, connections: number, seconds: number): Promise<Sample> {
  const before = readCpu(server)
  const result = await load(server, question, connections, { seconds })
  return { ...result, cpuMs: (readCpu(server) - before) / (result.perSecond * seconds) }
}

/** Every server in turn, round after round. */
export async function compare(
  servers: readonly Server[],
  question: object,
  connections: number,
  { rounds, seconds }: Effort,
): Promise<Samples> {
  const samples = new Map<Name, Sample[]>(servers.map(({ name }) => [name, []]))
  for (let round = 0; round < rounds; round += 1) {
    for (const server of servers) samples.get(server.name)?.push(await sample(server, question, connections, seconds))
  }
  return samples
}

export function pick(samples: Samples, name: Name, member: keyof Sample): number {
  return median((samples.get(name) ?? []).map((each) => each[member]))
}

/** The ratio of two servers in each round, so that slowing down a whole round affects no ratio. */
export function compareTo<Key>(samples: Samples<Key>, name: Key, other: Key, member: keyof Sample): number {
  const others = samples.get(other) ?? []
  return median((samples.get(name) ?? []).map((each, round) => each[member] / (others[round]?.[member] ?? Number.NaN)))
}

/** The values that differ in every response to a create: secret, id and time. */
const changing = /"(?:signingSecret|id|createdAt)":"[^"]*"/g

/** Starts a server of each name over these accounts, checks that all respond the same, and loads each for `warm` seconds first. */
export async function withServers(
  upstreams: readonly Upstream[],
  who: readonly Name[],
  question: object,
  measure: (servers: readonly Server[]) => Promise<void>,
  warm: number = warmSeconds,
): Promise<void> {
  await tell()
  const servers = await Promise.all(who.map((name) => start(name, upstreams)))
  try {
    const answers = new Map<string, Name>()
    for (const server of servers) answers.set(JSON.stringify(await ask(server, question)).replaceAll(changing, ''), server.name)
    if (answers.size > 1)
      throw new Error(`The answers differ:\n${[...answers].map((each) => each.join(' ').slice(0, 600)).join('\n')}`)
    if (warm > 0) for (const server of servers) await load(server, question, 16, { seconds: warm })
    await measure(servers)
  } finally {
    await Promise.all(servers.map(stop))
  }
}
