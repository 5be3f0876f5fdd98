import { median } from '../measure.ts'
import { atMost, printTable, printTitle } from '../report.ts'
import { four } from '../rig.ts'
import { type Name, on, start, stop } from '../server.ts'

const who = ['yoga', 'raw', on] as const
const rounds = 5

/** How long a process takes to start. */
export async function measureStart(): Promise<void> {
  const samples = new Map<Name, number[]>(who.map((name) => [name, []]))
  for (let round = 0; round < rounds; round += 1) {
    for (const name of who) {
      const server = await start(name, four)
      samples.get(name)?.push(server.readyMs)
      await stop(server)
    }
  }
  const read = (name: Name) => median(samples.get(name) ?? [])
  printTitle('Time from process start to the first connection')
  printTable(
    ['', 'ms'],
    who.map((name) => [name, read(name).toFixed(0)]),
  )
  atMost('start to ready, against bare yoga', 2, read(on) / read('yoga'))
}
