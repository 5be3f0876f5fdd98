import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { drawFlames, readProfile, shareByOwner } from '../flame.ts'
import { sample } from '../measure.ts'
import { list } from '../questions.ts'
import { print, printTable, printTitle } from '../report.ts'
import { folder, four, tell, work } from '../rig.ts'
import { type Name, off, start, stop } from '../server.ts'
import { quick } from '../settings.ts'

/** The CPU time of a list by owner of the code, and as a flame graph. */
export async function measureProfile(): Promise<void> {
  const [raw, hookql] = [await profile('raw'), await profile(off)]
  const owners = [...hookql].toSorted(([, a], [, b]) => b - a).filter(([owner, time]) => time >= 2 || (raw.get(owner) ?? 0) >= 2)
  const rest = (times: ReadonlyMap<string, number>) =>
    [...times].reduce((sum, [owner, time]) => (owners.some(([known]) => known === owner) ? sum : sum + time), 0)
  printTitle('CPU time of a list by owner, upstream 0 ms, 16 connections, sharing off')
  print('µs per request while profiled, by owner of the code. [flame.svg](flame.svg) shows the function calls of HookQL.')
  print()
  printTable(
    ['', 'raw', 'HookQL'],
    [
      ...owners.map(([owner, time]) => [owner, raw.get(owner) ?? 0, time] as const),
      ['all others', rest(raw), rest(hookql)] as const,
    ].map(([owner, ...each]) => [owner, ...each.map((time) => time.toFixed(0))]),
  )
}

/** Microseconds per request for each owner of code. */
async function profile(name: Name): Promise<ReadonlyMap<string, number>> {
  await tell()
  const file = `${name}.cpuprofile`
  const flags = ['--cpu-prof', `--cpu-prof-dir=${work}`, `--cpu-prof-name=${file}`]
  // In the build, everything has the same owner.
  const server = await start(name, four, { flags, main: join(folder, '../src/main.ts') })
  const { cpuMs } = await sample(server, list, 16, quick ? 2 : 12)
  await stop(server)
  const samples = readProfile(readFileSync(join(work, file), 'utf8'))
  if (name === off && !quick) writeFileSync(join(folder, 'flame.svg'), drawFlames(samples))
  return new Map([...shareByOwner(samples)].map(([owner, share]) => [owner, share * cpuMs * 1_000]))
}
