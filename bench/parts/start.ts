import { median } from '../measure.ts'
import { atMost, printTable, printTitle } from '../report.ts'
import { every, four } from '../rig.ts'
import { on, type Server, start, stop } from '../server.ts'

const all = 'HookQL, an account at every provider'
const starts: Readonly<Record<string, () => Promise<Server>>> = {
  yoga: () => start('yoga', four),
  raw: () => start('raw', four),
  [on]: () => start(on, four),
  [all]: () => start(on, every),
}
const rounds = 5

/** How long a process takes to start. */
export async function measureStart(): Promise<void> {
  const samples = new Map<string, number[]>(Object.keys(starts).map((name) => [name, []]))
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, startOne] of Object.entries(starts)) {
      const server = await startOne()
      samples.get(name)?.push(server.readyMs)
      await stop(server)
    }
  }
  const read = (name: string) => median(samples.get(name) ?? [])
  printTitle('Time from process start to the first connection')
  printTable(
    ['', 'ms'],
    Object.keys(starts).map((name) => [name, read(name).toFixed(0)]),
  )
  atMost('start to ready, against bare yoga', 2, read(on) / read('yoga'))
  atMost('start with an account at every provider, against four accounts', 1.1, read(all) / read(on))
}
