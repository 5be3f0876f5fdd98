import { parseArgs } from 'node:util'
import { tellUsage } from '../helpers/usage.ts'
import { setup, teardown } from '../helpers/postgres-server.ts'
import { families, sharedFamilies } from './families.ts'
import { findFixes } from './fixes.ts'
import type { Family } from './history.ts'
import { findFamily, hunt } from './hunt.ts'
import { huntWithout } from './without.ts'

// Hunts for histories that are not as they should be: 1 where one is found. `--without` takes protections away, one after the
// other, in a copy, and hunts there: 1 where nothing is found.

tellUsage(`npm run hunt -- [options]
  --minutes <n>     How long to hunt: 10 unless told otherwise, and 2 for each fix that --without takes away.
  --processes <n>   Processes that share a store in an embedded Postgres, or that of HOOKQL_TEST_POSTGRES: at most so many.
  --family <name>   Only this family of histories; may be repeated. All: ${families.map(({ name }) => name).join(', ')};
                    with --processes: ${sharedFamilies.map(({ name }) => name).join(', ')}.
  --seed <n>        The seed of the histories; a random one unless told otherwise.
  --path <path>     With --seed and --family, lives the one history that a report names.
  --without <fix>   Hunts without a protection, by its number or name, or without each in turn: all.`)

const { values } = parseArgs({
  options: {
    minutes: { type: 'string' },
    without: { type: 'string' },
    processes: { type: 'string' },
    family: { type: 'string', multiple: true },
    seed: { type: 'string' },
    path: { type: 'string' },
  },
})
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed)
const { without, minutes = without === undefined ? '10' : '2' } = values
/** Histories of a family in a row. */
const runs = 12
/** Most of their time they wait. */
const sideBySide = 3

const tell = (line: string) => process.stdout.write(`${line}\n`)

/** Each family in turn, some side by side, until the time is up or something is found. */
async function huntFor(hunted: readonly Family[]): Promise<boolean> {
  const untilMs = performance.now() + Number(minutes) * 60_000
  const { path } = values
  const reports: string[] = []
  let lived = 0

  function* takeTurns(): Generator<{ readonly family: Family; readonly seed: number }> {
    const turns = path === undefined ? Number.POSITIVE_INFINITY : 1
    for (let turn = 0; turn < turns; turn += 1) {
      for (const family of hunted) {
        if (performance.now() > untilMs || reports.length > 0) return
        yield { family, seed: seed + turn }
      }
    }
  }
  const turns = takeTurns()
  const work = async () => {
    for (const { family, seed } of turns) {
      const { histories, found } = await hunt(family, { seed, runs, path, untilMs })
      lived += histories
      if (found !== null) reports.push(found)
    }
  }
  await Promise.all(Array.from({ length: sideBySide }, work))
  for (const report of reports) tell(report)
  if (reports.length === 0) tell(`${lived} histories, seed ${seed}: nothing found.`)
  return reports.length > 0
}

async function huntEachWithout(wanted: string): Promise<boolean> {
  let missed = false
  for (const fix of findFixes(wanted)) {
    const startedMs = performance.now()
    const found = await huntWithout(fix, Number(minutes), seed)
    const seconds = Math.round((performance.now() - startedMs) / 1_000)
    tell(`\nWithout ${fix.number} ${fix.name}, ${seconds} s (${fix.promise})`)
    tell(found ?? `NOT FOUND, seed ${seed}.`)
    missed ||= found === null
  }
  return missed
}

const { processes } = values
/** By default those of one kind: several processes need a database. */
const usual = processes === undefined ? families : sharedFamilies
const chosen = (values.family?.map(findFamily) ?? usual).map((family) => withProcesses(family))

function withProcesses(family: Family): Family {
  if (processes === undefined || family.processes === undefined) return family
  return { ...family, processes: Array.from({ length: Math.max(1, Number(processes) - 1) }, (_, index) => index + 2) }
}

await setup()
const failed = without === undefined ? await huntFor(chosen) : await huntEachWithout(without)
await teardown()
process.exitCode = failed ? 1 : 0
