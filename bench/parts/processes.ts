import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from 'pg'
import * as z from 'zod'
import { startPostgres } from '../../test/helpers/postgres-server.ts'
import { median } from '../measure.ts'
import type { Question } from '../questions.ts'
import { readRate } from '../rate.ts'
import { exactly, formatRatio, formatSpread, printTable, printTitle } from '../report.ts'
import { four, tell, work } from '../rig.ts'
import { ask, on, type Server, start, stop } from '../server.ts'
import { quick, thorough } from '../settings.ts'

const { rounds } = thorough
const [sqlite, ...shared] = [
  'SQLite, 1 process',
  'Postgres, 1 process',
  'Postgres, 2 processes',
  'Postgres, 3 processes',
] as const
type Place = typeof sqlite | (typeof shared)[number]
const places = [sqlite, ...shared] as const
const counts: Readonly<Record<Place, number>> = {
  [sqlite]: 1,
  'Postgres, 1 process': 1,
  'Postgres, 2 processes': 2,
  'Postgres, 3 processes': 3,
}

interface Sample {
  readonly perSecond: number
  /** Transactions that Postgres committed, for each create; NaN without it. */
  readonly commits: number
}

/** What several processes on one Postgres write, beside one with SQLite. */
export async function measureProcesses(): Promise<void> {
  await tell()
  const folder = join(work, 'postgres')
  mkdirSync(folder)
  // The user that Postgres runs as, if the benchmark runs as root.
  for (const each of [work, folder]) chmodSync(each, 0o711)
  const postgres = await startPostgres(folder, { isDurable: true })
  const client = new Client({ connectionString: postgres.url })
  await client.connect()
  try {
    const samples = new Map<Place, Sample[]>(places.map((place) => [place, []]))
    for (const place of places) samples.set(place, await measure(place, postgres.url, client))
    printSamples(samples)
    const commits = (samples.get('Postgres, 1 process') ?? []).map((each) => each.commits)
    // Each process also renews its lease every few seconds.
    exactly('commits of Postgres for each create, to one decimal', 2, Number(median(commits).toFixed(1)))
  } finally {
    await client.end()
    await postgres.stop()
  }
}

async function measure(place: Place, url: string, client: Client): Promise<Sample[]> {
  const environment = {
    HOOKQL_STORE: place === sqlite ? join(work, 'processes.db') : url,
    HOOKQL_STORE_KEY: randomKey,
  }
  const servers = await Promise.all(Array.from({ length: counts[place] }, () => start(on, four, { environment })))
  try {
    const samples: Sample[] = []
    // The first round is not measured: V8 has not compiled the code yet.
    for (let round = -1; round < rounds; round += 1) {
      const sample = await readCreates(servers, place === sqlite ? undefined : client)
      if (round >= 0) samples.push(sample)
    }
    return samples
  } finally {
    await Promise.all(servers.map(stop))
  }
}

const randomKey = randomBytes(32).toString('base64')

async function readCreates(servers: readonly Server[], client: Client | undefined): Promise<Sample> {
  const creates = quick ? 100 : 400
  const before = await readTransactions(client)
  const rates = await Promise.all(servers.map((server) => readRate(creates, () => create(server))))
  const commits = (await readTransactions(client)) - before
  const perSecond = rates.reduce((sum, rate) => sum + rate.perSecond, 0)
  return { perSecond, commits: commits / (creates * servers.length) }
}

/** The next ID of a transaction: one that only reads gets none. */
async function readTransactions(client: Client | undefined): Promise<number> {
  if (client === undefined) return Number.NaN
  const { rows } = await client.query('SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS next')
  return z.object({ next: z.coerce.number() }).parse(rows[0]).next
}

let created = 0
const answered = z.object({ data: z.object({ createWebhook: z.object({ webhook: z.object({ id: z.string() }) }) }) })

async function create(server: Server): Promise<void> {
  created += 1
  const question: Question = {
    operationName: 'Create',
    query:
      'mutation Create($input: CreateWebhookInput!) { createWebhook(input: $input) { ... on CreateWebhookSuccess { webhook { id } } } }',
    variables: {
      input: {
        account: 'encrata',
        name: `Bench ${created}`,
        url: `https://hooks.acme.test/processes/${created}`,
        eventTypes: ['lookup.completed'],
      },
    },
  }
  answered.parse(await ask(server, question))
}

function printSamples(samples: ReadonlyMap<Place, readonly Sample[]>): void {
  const read = (place: Place, member: keyof Sample) => (samples.get(place) ?? []).map((each) => each[member])
  const base = median(read(sqlite, 'perSecond'))
  printTitle('Processes on one Postgres: upstream 0 ms, 16 creates at once for each process')
  printTable(
    ['', 'creates/s', 'spread', `× ${sqlite}`, 'commits for each create'],
    places.map((place) => {
      const rates = read(place, 'perSecond')
      const commits = median(read(place, 'commits'))
      return [
        place,
        median(rates).toFixed(0),
        formatSpread(rates),
        formatRatio(median(rates) / base),
        Number.isNaN(commits) ? '' : commits.toFixed(2),
      ]
    }),
  )
}
