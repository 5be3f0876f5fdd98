import { withServers } from '../measure.ts'
import { list } from '../questions.ts'
import { exactly, printTable, printTitle } from '../report.ts'
import { four, tell } from '../rig.ts'
import { ask, type Name, names, off, on, type Server } from '../server.ts'
import { quick } from '../settings.ts'

// Long enough for all requests to arrive before the first response.
const slow = { latencyMs: 400 }

/** The number of upstream requests of lists, alone and concurrent. */
export async function measureCalls(): Promise<void> {
  const rows: string[][] = []
  const measure = async (servers: readonly Server[]): Promise<void> => {
    for (const server of servers.filter(({ name }) => name === on || name === off)) {
      await tell()
      await ask(server, list)
      exactly(`calls upstream for a list of four accounts, ${server.name}`, 4, await tell())
    }
    for (const server of servers) rows.push(await measureOne(server))
  }
  const who: readonly Name[] = quick ? ['raw', off, on] : names
  await withServers(four, who, list, measure, 0)
  printTitle(`100 identical concurrent lists, upstream ${slow.latencyMs} ms`)
  printTable(['', 'calls upstream', 'ms to the last answer'], rows)
}

async function measureOne(server: Server): Promise<string[]> {
  await tell(slow)
  const startedMs = performance.now()
  await Promise.all(Array.from({ length: 100 }, () => ask(server, list)))
  const ms = performance.now() - startedMs
  const calls = await tell(slow)
  if (server.name === on) exactly(`calls upstream for 100 equal lists at once, ${on}`, 4, calls)
  return [server.name, String(calls), ms.toFixed(0)]
}
