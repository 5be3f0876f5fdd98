import { pino } from 'pino'
import { createGateway } from '../src/gateway.ts'
import { createDispatcher } from '../src/http/http.ts'
import { providers } from '../src/providers/index.ts'
import { startStandIn } from '../src/sandbox/server.ts'
import { createServer } from '../src/server.ts'

// npm run bench: what sharing saves, and what a hanging account costs the others. Loopback only; figures are ratios within
// this one run.

const budgetMs = 500
const rounds = 30
const query = '{ webhooks { totalCount complete nodes { id name } } }'

const standIns = await Promise.all(providers.map(({ sandbox }) => startStandIn(sandbox, { limited: false })))
const accounts = providers.map(({ name }, index) => {
  const { token = '', baseUrl } = standIns[index] ?? {}
  return { slug: name, provider: name, sandbox: true, token, baseUrl }
})

const healthy = JSON.stringify(accounts.slice(1).map(({ slug }) => slug))
const healthyQuery = `{ webhooks(filter: { accounts: ${healthy} }) { totalCount complete nodes { id name } } }`

function open(sharing: boolean) {
  const dispatcher = createDispatcher()
  const gateway = createGateway({ providers, accounts, dispatcher, timeoutMs: budgetMs, door: { sharing, pacing: false } })
  const server = createServer({ gateway, log: pino({ level: 'silent' }), isReady: () => true })
  return async (text: string): Promise<void> => {
    const headers = { 'content-type': 'application/json' }
    const response = await server.fetch('http://bench/graphql', {
      method: 'POST',
      headers,
      body: JSON.stringify({ query: text }),
    })
    await response.text()
  }
}

const countCalls = () => standIns.reduce((sum, { calls }) => sum + calls.length, 0)

async function countFor(queries: number, sharing: boolean): Promise<number> {
  const ask = open(sharing)
  const before = countCalls()
  await Promise.all(Array.from({ length: queries }, () => ask(query)))
  return (countCalls() - before) / accounts.length
}

/** Median milliseconds of one query after the other. */
async function time(ask: (text: string) => Promise<void>, text: string, times: number): Promise<number> {
  const samples: number[] = []
  for (let round = 0; round < times; round += 1) {
    const start = performance.now()
    await ask(text)
    samples.push(performance.now() - start)
  }
  return samples.toSorted((a, b) => a - b)[Math.floor(times / 2)] ?? 0
}

const shared = await countFor(200, true)
const apart = await countFor(200, false)

const ask = open(true)
await time(ask, healthyQuery, rounds)
const alone = await time(ask, healthyQuery, rounds)
const whole = await time(ask, query, rounds)
standIns[0]?.fail({ hang: true, times: 1_000_000 })
const waiting = ask(query)
const beside = await time(ask, healthyQuery, rounds)
await waiting
const cutOff = await time(ask, query, 1)

const rows = [
  ['200 equal queries at once, sharing on', `${shared} upstream calls per account`],
  ['200 equal queries at once, sharing off', `${apart} upstream calls per account`],
  ['the healthy accounts while another one hangs', `${(beside / alone).toFixed(2)} × without it`],
  [
    'all accounts, one of them hanging',
    `${(cutOff / budgetMs).toFixed(2)} × its budget (${(cutOff / whole).toFixed(0)} × when none hangs)`,
  ],
]
for (const [what, figure] of rows) process.stdout.write(`${what?.padEnd(48)} ${figure}\n`)
await Promise.all(standIns.map((standIn) => standIn.close()))
process.exit(0)
