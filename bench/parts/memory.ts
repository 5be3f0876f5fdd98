import { load, median, readMemory } from '../measure.ts'
import { list } from '../questions.ts'
import { atMost, formatRatio, formatSpread, printTable, printTitle } from '../report.ts'
import { four, tell } from '../rig.ts'
import { type Name, on, type Server, start, stop } from '../server.ts'
import { quick } from '../settings.ts'

const amounts = quick ? [10_000, 30_000] : [10_000, 80_000]
const [early = 0, late = 0] = amounts
const who = ['raw', on] as const
export const memoryRounds = quick ? 1 : 3

/** The memory that a process uses. */
export async function measureMemory(): Promise<void> {
  const runs = new Map<Name, number[][]>(who.map((name) => [name, []]))
  // Each in its own process, because uncollected garbage of one would affect the next.
  for (let round = 0; round < memoryRounds; round += 1) {
    for (const name of who) runs.get(name)?.push(await measureProcess(name))
  }
  const resident = (name: Name, index: number) => median((runs.get(name) ?? []).map((run) => run[index] ?? Number.NaN))
  const grown = (name: Name) => (runs.get(name) ?? []).map(([before = Number.NaN, after = Number.NaN]) => after / before)
  printTitle('Memory')
  printTable(
    ['', `MiB after ${early} requests`, `after ${late}`, 'growth', 'spread'],
    who.map((name) => [
      name,
      ...amounts.map((_, index) => resident(name, index).toFixed(0)),
      formatRatio(median(grown(name))),
      formatSpread(grown(name), 2),
    ]),
  )
  atMost(`resident set after ${late} requests, against after ${early}`, 1.1, median(grown(on)))
  atMost('resident set, against raw', 1.2, resident(on, 1) / resident('raw', 1))
}

async function measureProcess(name: Name): Promise<number[]> {
  await tell()
  const server = await start(name, four)
  const megabytes = await measureResident(server)
  await stop(server)
  return megabytes
}

/** The resident set size of a new process after few and after many requests. */
export async function measureResident(server: Server): Promise<number[]> {
  const megabytes: number[] = []
  for (const [index, amount] of amounts.entries()) {
    await load(server, list, 16, { amount: amount - (amounts[index - 1] ?? 0) })
    megabytes.push(readMemory(server, 'VmRSS'))
  }
  return megabytes
}
