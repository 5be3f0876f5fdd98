import { availableParallelism, cpus, totalmem } from 'node:os'
import { measureAccounts } from './parts/accounts.ts'
import { measureCalls } from './parts/calls.ts'
import { measureJournal } from './parts/journal.ts'
import { measureList } from './parts/list.ts'
import { measureMemory } from './parts/memory.ts'
import { measureOthers } from './parts/others.ts'
import { measurePlans } from './parts/plans.ts'
import { measureProcesses } from './parts/processes.ts'
import { measureProfile } from './parts/profile.ts'
import { measureSizes } from './parts/sizes.ts'
import { measureStart } from './parts/start.ts'
import { measureWays } from './parts/ways.ts'
import { print, printGoals, writeReadme } from './report.ts'
import { endUpstream } from './rig.ts'
import { only, quick, thorough } from './settings.ts'

// npm run bench [-- --quick] [--only=list,ways]: compares HookQL with alternatives, over the same upstream in the same
// run. Exits with 1 if a goal is missed. README.md explains the results. Linux only, because it reads /proc.

const parts: Readonly<Record<string, () => Promise<void>>> = {
  list: measureList,
  calls: measureCalls,
  others: measureOthers,
  accounts: measureAccounts,
  sizes: measureSizes,
  plans: measurePlans,
  memory: measureMemory,
  start: measureStart,
  journal: measureJournal,
  processes: measureProcesses,
  ways: measureWays,
  profile: measureProfile,
}

const stranger = only?.find((part) => parts[part] === undefined)
if (stranger !== undefined) throw new TypeError(`There is no part ${stranger}; there are ${Object.keys(parts).join(', ')}.`)

print(
  `Node ${process.version}, ${availableParallelism()} × ${cpus()[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB; ` +
    `${quick ? 'quick' : 'full'} run, ${thorough.rounds} rounds of ${thorough.seconds} s for the goals.`,
)
print()
for (const [part, measure] of Object.entries(parts)) if (only === null || only.includes(part)) await measure()
const isGood = printGoals()
if (only === null && !quick) writeReadme()
endUpstream()
process.exit(isGood ? 0 : 1)
