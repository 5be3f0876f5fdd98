import { load, median, readMemory, withServers } from '../measure.ts'
import { list } from '../questions.ts'
import { atMost, formatRatio, print, printTable, printTitle } from '../report.ts'
import { sized, sizes } from '../rig.ts'
import { type Name, on, type Server } from '../server.ts'
import { brief, quick } from '../settings.ts'

interface Size {
  readonly size: number
  readonly found: ReadonlyMap<Name, { readonly ms: number; readonly megabytes: number }>
}

/** Time and memory of lists of all sizes. */
export async function measureSizes(): Promise<void> {
  const who: readonly Name[] = quick ? ['raw', on] : ['raw', on, 'yoga']
  const measured: Size[] = []
  for (const size of sizes) {
    const measure = async (servers: readonly Server[]) => void measured.push({ size, found: await measureSize(size, servers) })
    await withServers(sized[size] ?? [], who, list, measure, 0)
  }
  const read = ({ found }: Size, name: Name) => found.get(name) ?? { ms: Number.NaN, megabytes: Number.NaN }
  const toCell = ({ ms, megabytes }: ReturnType<typeof read>) => `${ms.toFixed(1)} ms, ${megabytes.toFixed(0)} MiB`
  const toRatio = (size: Size) => read(size, on).ms / read(size, 'raw').ms
  printTitle('Sequential lists of all sizes at four accounts with pages of 100, first: 50')
  print('Time of one list, and the peak growth of the resident set.')
  print()
  printTable(
    ['webhooks', ...who, 'HookQL × raw'],
    measured.map((each) => [String(each.size), ...who.map((name) => toCell(read(each, name))), formatRatio(toRatio(each))]),
  )
  const [least, most] = [measured[0], measured.at(-1)]
  if (least === undefined || most === undefined) return
  const growth = most.size / least.size
  const range = `${least.size} to ${most.size} webhooks, by growth of the number`
  atMost(`time, ${range}`, 1, read(most, on).ms / read(least, on).ms / growth)
  atMost(`peak memory, ${range}`, 1, read(most, on).megabytes / read(least, on).megabytes / growth)
  atMost(`${most.size} webhooks, against raw fetch and parse`, 1.5, toRatio(most))
}

async function measureSize(size: number, servers: readonly Server[]): Promise<Size['found']> {
  const amount = Math.max(quick ? 2 : 5, Math.min(200, 20_000 / size))
  const idle = new Map(servers.map((server) => [server, readMemory(server, 'VmRSS')]))
  const samples = new Map<Server, number[]>(servers.map((server) => [server, []]))
  for (const server of servers) await load(server, list, 1, { amount })
  for (let round = 0; round < brief.rounds; round += 1) {
    for (const server of servers) samples.get(server)?.push((await load(server, list, 1, { amount })).p50)
  }
  return new Map(
    servers.map((server) => {
      const megabytes = Math.max(1, readMemory(server, 'VmHWM') - (idle.get(server) ?? 0))
      return [server.name, { ms: median(samples.get(server) ?? []), megabytes }]
    }),
  )
}
