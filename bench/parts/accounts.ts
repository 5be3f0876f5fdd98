import { load, withServers } from '../measure.ts'
import { list, readIds, toListOf } from '../questions.ts'
import { atMost, print, printTable, printTitle } from '../report.ts'
import { four, tell } from '../rig.ts'
import { ask, names, off, on, type Server } from '../server.ts'
import { quick } from '../settings.ts'

/** Four accounts compared to one, and with one of the four hanging. */
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
  await withServers(four, quick ? ['raw', on] : names.filter((name) => name !== off), list, measureHanging, 0)
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
