import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { availableParallelism, cpus, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import * as z from 'zod'
import { drawFlames, readProfile, shareByOwner } from './flame.ts'
import type { Command, Started, Upstream } from './upstream.ts'

// npm run bench [-- --quick]: HookQL beside what else could be written, over the same upstream in the same run. README.md says
// how to read it. Linux only: it reads /proc.

const run = promisify(execFile)
const folder = import.meta.dirname
const quick = process.argv.includes('--quick')
const rounds = quick ? 3 : 5
/** How long a server is loaded in each round. */
const seconds = quick ? 0.6 : 2
const work = mkdtempSync(join(tmpdir(), 'hookql-bench-'))
process.on('exit', () => rmSync(work, { recursive: true }))

if (!existsSync(join(folder, 'node_modules'))) execFileSync('npm', ['ci', '--prefix', folder], { stdio: 'inherit' })
execFileSync('npm', ['run', '--silent', 'build'], { cwd: join(folder, '..'), stdio: 'inherit' })

// ---- what is asked

const seven = 'id name url enabled status eventTypes createdAt'
const list = { operationName: 'List', query: `query List { webhooks(first: 50) { nodes { ${seven} } } }` }
const create = {
  operationName: 'Create',
  query: `mutation Create($input: CreateWebhookInput!) {
    r: createWebhook(input: $input) { ... on CreateWebhookSuccess { signingSecret webhook { ${seven} } } } }`,
  variables: {
    input: { account: 'verifik-1', name: 'New', url: 'https://hooks.acme.test/new', eventTypes: ['validation.completed'] },
  },
}
const toOne = (id: string) => ({
  operationName: 'One',
  query: `query One($id: ID!) { webhook(id: $id) { ... on Webhook { ${seven} } } }`,
  variables: { id },
})
const toTwenty = (ids: readonly string[]) => ({
  operationName: 'Twenty',
  query: `query Twenty { ${ids.map((id, index) => `w${index}: webhook(id: "${id}") { ... on Webhook { ${seven} } }`).join(' ')} }`,
  variables: { ids },
})
const answerShape = z.object({ data: z.object({ webhooks: z.object({ nodes: z.array(z.object({ id: z.string() })) }) }) })
const sizes = [40, 400, 4_000, 40_000]

// ---- who is asked

const names = ['raw', 'HookQL, sharing off', 'HookQL, sharing on', 'Mercurius', 'Apollo', 'yoga'] as const
type Name = (typeof names)[number]
const files: Readonly<Record<string, string>> = { raw: 'raw', Mercurius: 'mercurius', Apollo: 'apollo', yoga: 'yoga' }

const key = `hql_${randomBytes(32).toString('base64url')}`
const headers = JSON.stringify({ authorization: `Bearer ${key}` })

interface Server {
  readonly name: Name
  readonly child: ChildProcess
  readonly url: string
  /** From the start of the process to its first accepted connection. */
  readonly readyMs: number
}

async function findPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return typeof address === 'object' && address !== null ? address.port : 0
}

async function isOpen(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

/** The configuration of HookQL: everything on, and no limit in the way of a load that no caller makes. */
function writeConfig(upstreams: readonly Upstream[]): string {
  const file = join(work, `${randomBytes(4).toString('hex')}.yaml`)
  const config = {
    accounts: upstreams.map((upstream) => ({ ...upstream, rateLimit: { calls: 1_000_000, perMs: 1_000 } })),
    auth: {
      apiKeys: [
        {
          name: 'bench',
          sha256: createHash('sha256').update(key).digest('hex'),
          scopes: ['webhooks:read', 'webhooks:write', 'secrets:write'],
        },
      ],
    },
    limits: { requestsPerMinute: 1_000_000 },
  }
  writeFileSync(file, JSON.stringify(config))
  return file
}

async function start(name: Name, upstreams: readonly Upstream[], flags: readonly string[] = []): Promise<Server> {
  const port = await findPort()
  const file = files[name]
  const startedMs = performance.now()
  const main = file === undefined ? join(folder, '../dist/main.js') : join(folder, `peers/${file}.js`)
  const env = {
    PATH: process.env['PATH'],
    NODE_ENV: 'production',
    PORT: String(port),
    ...(file === undefined
      ? {
          HOOKQL_CONFIG: writeConfig(upstreams),
          HOOKQL_ADMIN_PORT: String(await findPort()),
          HOOKQL_SHARING: name.endsWith('on') ? 'on' : 'off',
        }
      : { UPSTREAMS: JSON.stringify(upstreams) }),
  }
  const log = openSync(join(work, `${name}.log`), 'a')
  const child = spawn(process.execPath, [...flags, main], { env, stdio: ['ignore', log, 'inherit'], cwd: work })
  while (!(await isOpen(port))) {
    if (child.exitCode !== null) throw new Error(`${name} ended: ${readFileSync(join(work, `${name}.log`), 'utf8')}`)
    await sleep(2)
  }
  return { name, child, url: `http://127.0.0.1:${port}/graphql`, readyMs: performance.now() - startedMs }
}

async function stop({ child }: Pick<Server, 'child'>): Promise<void> {
  const ended = once(child, 'exit')
  child.kill()
  await ended
}

async function ask({ url }: Server, question: object, signal: AbortSignal | null = null): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify(question),
    signal,
  })
  return response.json()
}

// ---- the upstream

const upstream = spawn(process.execPath, [join(folder, 'upstream.ts'), ...sizes.map(String)], {
  stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
})
process.on('exit', () => upstream.kill())
const receive = async (): Promise<unknown> => (await once(upstream, 'message'))[0]
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- upstream.ts sends it as that
const { four, sized } = (await receive()) as Started

/** Tells the upstream how to behave and resolves to the calls that came in since the last time. */
async function tell(command: Command = {}): Promise<number> {
  const answer = receive()
  upstream.send(command)
  return z.object({ calls: z.number() }).parse(await answer).calls
}

// ---- measuring

const loadShape = z.object({ perSecond: z.number(), p50: z.number(), p99: z.number(), failed: z.number() })
type Load = z.output<typeof loadShape>

async function load(
  { url, name }: Server,
  question: object,
  connections: number,
  more: { amount?: number; seconds?: number } = {},
): Promise<Load> {
  const options = { url, connections, seconds, body: JSON.stringify(question), ...more }
  const { stdout } = await run(process.execPath, [join(folder, 'load.js'), JSON.stringify(options), headers])
  const result = loadShape.parse(JSON.parse(stdout))
  if (result.failed > 0) throw new Error(`${name} failed ${result.failed} requests.`)
  return result
}

function readStatus({ child }: Pick<Server, 'child'>, member: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
  return Number(new RegExp(`${member}:\\s+(\\d+)`).exec(status)?.[1]) / 1024
}

/** Milliseconds of CPU that a process has used. */
function readCpu({ child }: Server): number {
  const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) * 10
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

interface Sample extends Load {
  readonly cpuMs: number
}
type Samples = ReadonlyMap<Name, readonly Sample[]>

/** Every server in turn, round after round. */
async function compare(servers: readonly Server[], question: object, connections: number, times = rounds): Promise<Samples> {
  const samples = new Map<Name, Sample[]>(servers.map(({ name }) => [name, []]))
  for (let round = 0; round < times; round += 1) {
    for (const server of servers) {
      const before = readCpu(server)
      const result = await load(server, question, connections)
      const cpuMs = (readCpu(server) - before) / (result.perSecond * seconds)
      samples.get(server.name)?.push({ ...result, cpuMs })
    }
  }
  return samples
}

function pick(samples: Samples, name: Name, member: keyof Sample): number {
  return median((samples.get(name) ?? []).map((sample) => sample[member]))
}

// ---- printing

const lines: string[] = []
function print(line = ''): void {
  lines.push(line)
  process.stdout.write(`${line}\n`)
}
function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  print(`| ${head.join(' | ')} |`)
  print(`| ${head.map(() => '---').join(' | ')} |`)
  for (const row of rows) print(`| ${row.join(' | ')} |`)
  print()
}
const formatRatio = (ratio: number) => `${ratio.toFixed(ratio < 0.1 ? 3 : 2)} ×`

const goals: [what: string, goal: string, measured: string, holds: boolean][] = []
const atLeast = (what: string, least: number, ratio: number) =>
  goals.push([what, `≥ ${least.toFixed(2)} ×`, formatRatio(ratio), ratio >= least])
const exactly = (what: string, goal: number, calls: number) => goals.push([what, String(goal), String(calls), calls === goal])
const atMost = (what: string, most: number, ratio: number) =>
  goals.push([what, `≤ ${most.toFixed(2)} ×`, formatRatio(ratio), ratio <= most])

function printSamples(title: string, samples: Samples): void {
  print(`### ${title}`)
  print()
  const base = pick(samples, 'raw', 'perSecond')
  printTable(
    ['', 'requests/s', 'spread', '× raw', 'p50 ms', 'p99 ms', 'CPU ms/request'],
    [...samples].map(([name, each]) => {
      const rates = each.map(({ perSecond }) => perSecond)
      const middle = median(rates)
      return [
        name,
        middle.toFixed(0),
        `${Math.min(...rates).toFixed(0)} to ${Math.max(...rates).toFixed(0)}`,
        formatRatio(middle / base),
        median(each.map(({ p50 }) => p50)).toFixed(2),
        median(each.map(({ p99 }) => p99)).toFixed(2),
        median(each.map(({ cpuMs }) => cpuMs)).toFixed(2),
      ]
    }),
  )
}

// ---- the measurements

const only = process.argv.find((argument) => argument.startsWith('--only='))?.slice('--only='.length)
const wants = (part: string) => only === undefined || only.split(',').includes(part)

/** With a server of each name over these accounts, all with the same answer, and loaded before for `warmSeconds`. */
async function withServers(
  upstreams: readonly Upstream[],
  who: readonly Name[],
  question: object,
  measure: (servers: readonly Server[]) => Promise<void>,
  warmSeconds = quick ? 1 : 10,
): Promise<void> {
  await tell()
  const servers = await Promise.all(who.map((name) => start(name, upstreams)))
  try {
    const answers = new Map<string, Name>()
    for (const server of servers) answers.set(JSON.stringify(await ask(server, question)).replaceAll(changing, ''), server.name)
    if (answers.size > 1)
      throw new Error(`The answers differ:\n${[...answers].map((each) => each.join(' ').slice(0, 600)).join('\n')}`)
    if (warmSeconds > 0) for (const server of servers) await load(server, question, 16, { seconds: warmSeconds })
    await measure(servers)
  } finally {
    await Promise.all(servers.map(stop))
  }
}
/** What is another one in every answer to a create: its secret, its id and its time. */
const changing = /"(?:signingSecret|id|createdAt)":"[^"]*"/g

const [off, on] = ['HookQL, sharing off', 'HookQL, sharing on'] as const

async function measureList(): Promise<void> {
  const measure = async (servers: readonly Server[]): Promise<void> => {
    for (const latencyMs of quick ? [0] : [0, 5, 50]) {
      await tell({ latencyMs })
      for (const connections of quick ? [16] : [1, 16, 64]) {
        const samples = await compare(servers, list, connections)
        printSamples(`List of 20 webhooks, upstream ${latencyMs} ms, ${connections} connections`, samples)
        if (latencyMs > 0 || connections !== 16) continue
        const rate = (name: Name) => pick(samples, name, 'perSecond')
        atLeast('list, sharing off, against raw', 0.7, rate(off) / rate('raw'))
        atLeast('list, sharing off, against Apollo', 3, rate(off) / rate('Apollo'))
        atLeast('list, sharing off, against bare yoga', 1.5, rate(off) / rate('yoga'))
        atLeast('list, sharing on, against raw', 1, rate(on) / rate('raw'))
        atLeast('list, sharing on, against Mercurius', 1, rate(on) / rate('Mercurius'))
        const [toApollo, toYoga] = [rate('raw') / rate('Apollo'), rate('raw') / rate('yoga')]
        print(`raw itself does ${formatRatio(toApollo)} what Apollo does, and ${formatRatio(toYoga)} what yoga does.`)
        print()
      }
    }
  }
  await withServers(four, names, list, measure, quick ? 2 : 20)
}

async function measureLatency(): Promise<void> {
  await withServers(four, ['raw', on], list, async (servers) => {
    await tell({ latencyMs: 50 })
    const samples = await compare(servers, list, 4)
    printSamples('List of 20 webhooks, upstream 50 ms, 4 connections: below saturation', samples)
    atMost('upstream 50 ms, below saturation, p50', 1.03, pick(samples, on, 'p50') / pick(samples, 'raw', 'p50'))
    atMost('upstream 50 ms, below saturation, p99', 1.15, pick(samples, on, 'p99') / pick(samples, 'raw', 'p99'))
  })
}

async function measureOthers(): Promise<void> {
  const upstreams = sized['400'] ?? []
  const server = await start(on, upstreams)
  const query = list.query.replace('first: 50', 'first: 20, filter: { accounts: ["verifik-1"] }')
  const answer = answerShape.parse(await ask(server, { ...list, query }))
  const ids = answer.data.webhooks.nodes.map(({ id }) => id)
  await tell()
  await ask(server, toTwenty(ids))
  exactly('calls upstream for 20 ids of one account', 1, await tell())
  await stop(server)
  const questions = { 'One webhook': toOne(ids[0] ?? ''), '20 ids of one account': toTwenty(ids), 'A create': create }
  for (const [title, question] of Object.entries(questions)) {
    await withServers(upstreams, quick ? ['raw', on] : names, question, async (servers) => {
      printSamples(`${title}, upstream 0 ms, 16 connections`, await compare(servers, question, 16, quick ? 1 : rounds))
    })
  }
}

async function measureCalls(): Promise<void> {
  // Long enough that all of them are there before the first answer is.
  const slow = { latencyMs: 400 }
  const found = new Map<Name, { ms: number[]; calls: number[] }>()
  async function measure(servers: readonly Server[]): Promise<void> {
    for (const server of servers.filter(({ name }) => name === on || name === off)) {
      await tell()
      await ask(server, list)
      exactly(`calls upstream for a list of four accounts, ${server.name}`, 4, await tell())
    }
    await tell(slow)
    for (let round = 0; round < (quick ? 1 : rounds); round += 1) {
      for (const server of servers) {
        const startedMs = performance.now()
        await Promise.all(Array.from({ length: 100 }, () => ask(server, list)))
        const { ms, calls } = found.get(server.name) ?? { ms: [], calls: [] }
        found.set(server.name, { ms: [...ms, performance.now() - startedMs], calls: [...calls, await tell(slow)] })
      }
    }
  }
  await withServers(four, quick ? ['raw', off, on] : names, list, measure, 0)
  print(`### 100 equal lists at once, upstream ${slow.latencyMs} ms`)
  print()
  printTable(
    ['', 'calls upstream', 'ms to the last answer'],
    [...found].map(([name, { ms, calls }]) => [name, String(median(calls)), median(ms).toFixed(0)]),
  )
  exactly('calls upstream for 100 equal lists at once, HookQL, sharing on', 4, Math.max(...(found.get(on)?.calls ?? [])))
}

async function measureAccounts(): Promise<void> {
  const [single] = four
  const medians: number[] = []
  for (const upstreams of [four, single === undefined ? [] : [single]]) {
    await withServers(upstreams, [on], list, async ([server]) => {
      await tell({ latencyMs: 50 })
      if (server !== undefined) medians.push((await load(server, list, 1, { amount: quick ? 30 : 100 })).p50)
    })
  }
  atMost('four accounts of 50 ms, against one', 1.1, (medians[0] ?? Number.NaN) / (medians[1] ?? Number.NaN))
  await withServers(four, quick ? ['raw', on] : names.filter((name) => name !== off), list, measureHanging, 0)
}

/** One of four accounts hangs: who answers all the same, and how are the others served meanwhile? */
async function measureHanging(servers: readonly Server[]): Promise<void> {
  const patienceMs = 11_000
  await tell({ hanging: 'verifik' })
  const startedMs = performance.now()
  const waiting = servers.map(async (server) => {
    const answer = await ask(server, list, AbortSignal.timeout(patienceMs)).catch(() => null)
    const count = answer === null ? 0 : answerShape.parse(answer).data.webhooks.nodes.length
    return [server.name, answer === null ? `not in ${patienceMs / 1_000}` : toSeconds(startedMs), String(count)]
  })
  const hookql = servers.find(({ name }) => name === on)
  const slugs = four.map(({ slug }) => slug).filter((slug) => slug !== 'verifik')
  const query = list.query.replace('first: 50', `first: 50, filter: { accounts: ${JSON.stringify(slugs)} }`)
  const meanwhile = hookql === undefined ? Number.NaN : (await load(hookql, { ...list, query }, 1, { amount: 100 })).p50
  const rows = await Promise.all(waiting)
  print('### One of four accounts hangs')
  print()
  printTable(['', 'answers after s', 'webhooks in the answer'], rows)
  print(`Meanwhile, HookQL lists the other three accounts in ${meanwhile.toFixed(2)} ms (median).`)
  print()
}

const toSeconds = (startedMs: number) => ((performance.now() - startedMs) / 1_000).toFixed(1)

async function measureSizes(): Promise<void> {
  const who = quick ? (['raw', on] as const) : names.filter((name) => name !== off)
  const rows: string[][] = []
  const measured = new Map<number, { ms: number; megabytes: number }>()
  let ratio = Number.NaN
  for (const size of sizes) {
    const amount = Math.max(quick ? 2 : 5, Math.min(200, 20_000 / size))
    const measure = async (servers: readonly Server[]): Promise<void> => {
      const idle = new Map(servers.map((server) => [server, readStatus(server, 'VmRSS')]))
      const samples = new Map<Server, number[]>(servers.map((server) => [server, []]))
      for (const server of servers) await load(server, list, 1, { amount })
      for (let round = 0; round < (quick ? 1 : rounds); round += 1) {
        for (const server of servers) samples.get(server)?.push((await load(server, list, 1, { amount })).p50)
      }
      const found = servers.map((server) => ({
        name: server.name,
        ms: median(samples.get(server) ?? []),
        megabytes: Math.max(1, readStatus(server, 'VmHWM') - (idle.get(server) ?? 0)),
      }))
      const raw = found.find(({ name }) => name === 'raw')
      const hookql = found.find(({ name }) => name === on)
      if (raw === undefined || hookql === undefined) return
      measured.set(size, hookql)
      ratio = hookql.ms / raw.ms
      const cells = found.map(({ ms, megabytes }) => `${ms.toFixed(1)} ms, ${megabytes.toFixed(0)} MiB`)
      rows.push([String(size), ...cells, formatRatio(ratio)])
    }
    await withServers(sized[size] ?? [], who, list, measure, 0)
  }
  print('### Lists of all sizes at four accounts with pages of 100, the first 50 asked for, one after the other')
  print()
  print('Time of one, and by how much the resident set grew at its peak.')
  print()
  printTable(['webhooks', ...who, 'HookQL × raw'], rows)
  const [least, most] = [sizes[0] ?? 0, sizes.at(-1) ?? 0]
  const grown = (member: 'ms' | 'megabytes') =>
    (measured.get(most)?.[member] ?? Number.NaN) / (measured.get(least)?.[member] ?? Number.NaN)
  atMost(`time, ${least} to ${most} webhooks, by growth of the number`, 1, grown('ms') / (most / least))
  atMost(`peak memory, ${least} to ${most} webhooks, by growth of the number`, 1, grown('megabytes') / (most / least))
  atMost(`${most} webhooks, against raw fetch and parse`, 1.5, ratio)
}

async function measureMemory(): Promise<void> {
  const amounts = quick ? ([10_000, 40_000, 60_000] as const) : ([20_000, 200_000, 400_000] as const)
  const [early, late] = amounts
  const who = ['raw', on] as const
  const runs = new Map<Name, number[][]>(who.map((name) => [name, []]))
  // Each in a process of its own, as garbage that V8 has not collected yet makes one differ from the next.
  for (let round = 0; round < (quick ? 1 : 3); round += 1) {
    for (const name of who) {
      await tell()
      const server = await start(name, four)
      const megabytes: number[] = []
      for (const [index, amount] of amounts.entries()) {
        await load(server, list, 16, { amount: amount - (amounts[index - 1] ?? 0) })
        megabytes.push(readStatus(server, 'VmRSS'))
      }
      runs.get(name)?.push(megabytes)
      await stop(server)
    }
  }
  const resident = new Map<Name, { megabytes: readonly number[]; grown: readonly number[] }>(
    who.map((name) => {
      const each = runs.get(name) ?? []
      const grown = each.map(([before = Number.NaN, after = Number.NaN]) => after / before)
      return [name, { megabytes: amounts.map((_, index) => median(each.map((run) => run[index] ?? Number.NaN))), grown }]
    }),
  )
  print('### Memory')
  print()
  printTable(
    ['', `MiB after ${early} requests`, ...amounts.slice(1).map((amount) => `after ${amount}`), `${early} to ${late}`, 'spread'],
    [...resident].map(([name, { megabytes, grown }]) => [
      name,
      ...megabytes.map((each) => each.toFixed(0)),
      formatRatio(median(grown)),
      `${Math.min(...grown).toFixed(2)} to ${Math.max(...grown).toFixed(2)}`,
    ]),
  )
  const lateOf = (name: Name) => resident.get(name)?.megabytes[1] ?? Number.NaN
  atMost(`resident set after ${late} requests, against after ${early}`, 1.1, median(resident.get(on)?.grown ?? []))
  atMost('resident set, against raw', 1.6, lateOf(on) / lateOf('raw'))
}

async function measureStart(): Promise<void> {
  const samples = new Map<Name, number[]>()
  for (let round = 0; round < rounds; round += 1) {
    for (const name of ['yoga', 'raw', on] as const) {
      const server = await start(name, four)
      samples.set(name, [...(samples.get(name) ?? []), server.readyMs])
      await stop(server)
    }
  }
  print('### From the start of the process to its first connection')
  print()
  printTable(
    ['', 'ms'],
    [...samples].map(([name, each]) => [name, median(each).toFixed(0)]),
  )
  atMost('start to ready, against bare yoga', 2, median(samples.get(on) ?? []) / median(samples.get('yoga') ?? []))
}

/** Where the CPU time of a list goes: by whose code it is, and as a flame graph. */
async function profile(): Promise<void> {
  const spent = new Map<Name, ReadonlyMap<string, number>>()
  for (const name of ['raw', off] as const) {
    await tell()
    const server = await start(name, four, ['--cpu-prof', `--cpu-prof-dir=${work}`, `--cpu-prof-name=${name}.cpuprofile`])
    const seconds = quick ? 2 : 20
    const before = readCpu(server)
    const { perSecond } = await load(server, list, 16, { seconds })
    const cpuMs = (readCpu(server) - before) / (perSecond * seconds)
    await stop(server)
    const samples = readProfile(readFileSync(join(work, `${name}.cpuprofile`), 'utf8'))
    if (name === off && !quick) writeFileSync(join(folder, 'flame.svg'), drawFlames(samples))
    spent.set(name, new Map([...shareByOwner(samples)].map(([owner, share]) => [owner, share * cpuMs * 1_000])))
  }
  const [raw, hookql] = [spent.get('raw') ?? new Map<string, number>(), spent.get(off) ?? new Map<string, number>()]
  const owners = [...hookql].toSorted(([, a], [, b]) => b - a).filter(([owner, time]) => time >= 2 || (raw.get(owner) ?? 0) >= 2)
  const rest = (times: ReadonlyMap<string, number>) =>
    [...times].reduce((sum, [owner, time]) => (owners.some(([known]) => known === owner) ? sum : sum + time), 0)
  print('### Where the CPU time of a list goes, upstream 0 ms, 16 connections, sharing off')
  print()
  print('µs for each request while it is profiled, by whose code it is; [flame.svg](flame.svg) has the calls of HookQL.')
  print()
  printTable(
    ['', 'raw', 'HookQL'],
    [
      ...owners.map(([owner, time]) => [owner, raw.get(owner) ?? 0, time] as const),
      ['all others', rest(raw), rest(hookql)] as const,
    ].map(([owner, ...each]) => [owner, ...each.map((time) => time.toFixed(0))]),
  )
}

print(
  `Node ${process.version}, ${availableParallelism()} × ${cpus()[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB; ` +
    `${quick ? 'quick' : 'full'} run, ${rounds} rounds of ${seconds} s.`,
)
print()
if (wants('list')) await measureList()
if (wants('latency')) await measureLatency()
if (wants('calls')) await measureCalls()
if (wants('others')) await measureOthers()
if (wants('accounts')) await measureAccounts()
if (wants('sizes')) await measureSizes()
if (wants('memory')) await measureMemory()
if (wants('start')) await measureStart()
if (wants('profile')) await profile()
print('### Goals')
print()
printTable(
  ['', 'goal', 'measured', ''],
  goals.map(([what, goal, measured, holds]) => [what, goal, measured, holds ? 'holds' : '**missed**']),
)
if (only === undefined && !quick) writeReadme(lines.join('\n'))
upstream.disconnect()
process.exit(0)

/** Puts what was measured between the two marks of README.md. */
function writeReadme(text: string): void {
  const file = join(folder, 'README.md')
  const [before = '', , after = ''] = readFileSync(file, 'utf8').split(/(<!-- measured -->[^]*<!-- \/measured -->)/)
  writeFileSync(file, `${before}<!-- measured -->\n\n${text.trim()}\n\n<!-- /measured -->${after}`)
}
