import { load, median, sample, withServers } from '../measure.ts'
import { list, readIds, toListOf } from '../questions.ts'
import { atMost, formatRatio, formatSpread, print, printTable, printTitle } from '../report.ts'
import { every, four, tell } from '../rig.ts'
import { ask, names, off, on, type Server, start, stop } from '../server.ts'
import { quick, thorough, warmSeconds } from '../settings.ts'

/** Four accounts compared to one and to one at every provider, and with one of the four hanging. */
export async function measureAccounts(): Promise<void> {
  const medians: number[] = []
  for (const upstreams of [four, four.slice(0, 1)]) {
    const measure = async (servers: readonly Server[]): Promise<void> => {
      await tell({ latencyMs: 50 })
      for (const server of servers) medians.push((await load(server, list, 1, { amount: quick ? 30 : 100 })).p50)
    }
    await withServers(upstreams, [on], list, measure, quick ? 1 : 2)
  }
  const [ofFour = Number.NaN, ofOne = Number.NaN] = medians
  atMost('four accounts of 50 ms, against one', 1.1, ofFour / ofOne)
  await measureEvery()
  await withServers(four, quick ? ['raw', on] : names.filter((name) => name !== off), list, measureHanging, 0)
}

/** The CPU time of each webhook in the list of an account at every provider, compared to the list of four. */
async function measureEvery(): Promise<void> {
  await tell()
  // Shopify counts points, which no configured limit raises.
  const environment = { HOOKQL_PACING: 'off' }
  const [few, all] = [await start(off, four, { environment }), await start(off, every, { environment })]
  try {
    const counts = [await count(few), await count(all)] as const
    if (counts[1] / every.length !== counts[0] / four.length) throw new Error(`The lists have ${counts.join(' and ')} webhooks.`)
    for (const server of [few, all]) await load(server, list, 16, { seconds: warmSeconds })
    const samples: (readonly [number, number])[] = []
    for (let round = 0; round < thorough.rounds; round += 1) {
      samples.push([await readCost(few, counts[0]), await readCost(all, counts[1])])
    }
    const ratios = samples.map(([one, other]) => other / one)
    printTitle('A list of more accounts, upstream 0 ms, 16 connections, sharing off')
    printTable(
      ['accounts', 'webhooks', 'CPU µs/webhook', '× four accounts', 'spread'],
      [
        [String(four.length), String(counts[0]), toMicroseconds(samples.map(([ms]) => ms)), formatRatio(1), ''],
        [
          String(every.length),
          String(counts[1]),
          toMicroseconds(samples.map(([, ms]) => ms)),
          formatRatio(median(ratios)),
          formatSpread(ratios, 2),
        ],
      ],
    )
    atMost('CPU time of a webhook in the list of every provider, against four', 1.1, median(ratios))
  } finally {
    await Promise.all([few, all].map(stop))
  }
}

const toMicroseconds = (ms: readonly number[]) => (median(ms) * 1_000).toFixed(1)

/** CPU milliseconds per webhook. */
async function readCost(server: Server, webhooks: number): Promise<number> {
  return (await sample(server, list, 16, thorough.seconds)).cpuMs / webhooks
}

async function count(server: Server): Promise<number> {
  return readIds(await ask(server, list)).length
}

const patienceMs = 11_000
const hanging = 'verifik'

/** One of four accounts hangs: which servers still respond, and how fast are the other accounts in the meantime? */
async function measureHanging(servers: readonly Server[]): Promise<void> {
  await tell({ hanging })
  const startedMs = performance.now()
  const waiting = servers.map(async (server) => {
    const answer = await ask(server, list, AbortSignal.timeout(patienceMs)).catch(() => null)
    const afterSeconds = ((performance.now() - startedMs) / 1_000).toFixed(1)
    return answer === null
      ? [server.name, `not in ${patienceMs / 1_000}`, '0']
      : [server.name, afterSeconds, String(readIds(answer).length)]
  })
  const others = toListOf(four.map(({ slug }) => slug).filter((slug) => slug !== hanging))
  const meanwhile: string[] = []
  for (const server of servers.filter(({ name }) => name === on)) {
    meanwhile.push((await load(server, others, 1, { amount: 100 })).p50.toFixed(2))
  }
  const rows = await Promise.all(waiting)
  printTitle('One of four accounts hangs')
  printTable(['', 'answers after s', 'webhooks in the answer'], rows)
  print(`Meanwhile, HookQL lists the other three accounts in ${meanwhile.join()} ms (median).`)
  print()
}
