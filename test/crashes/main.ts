import { writeFile } from 'node:fs/promises'
import { tellUsage } from '../helpers/usage.ts'
import { describeCase, listAtOnce, listCases, runAll } from './matrix.ts'
import { formatTable, tableFile } from './table.ts'

tellUsage('npm run crashes\n  Takes no options. Writes docs/crashes.md, unless a promise was broken.')

const { killed, again, full, lost, changed } = await listCases()
const table = {
  killed: await runAll(killed),
  again: await runAll(again),
  full: await runAll(full),
  lost: await runAll(lost),
  changed: await runAll(changed),
}
const results = [...Object.values(table).flat(), ...(await runAll(listAtOnce()))]
const broken = results.filter(({ violations }) => violations.length > 0)
for (const { tried, violations } of broken) process.stderr.write(`${describeCase(tried)}: ${violations.join('; ')}\n`)
if (broken.length > 0) {
  process.exitCode = 1
} else {
  await writeFile(tableFile, formatTable(table))
  process.stdout.write(`${results.length} rows hold; docs/crashes.md is written.\n`)
}
