import { writeFile } from 'node:fs/promises'
import { baanx } from '../../src/providers/baanx/index.ts'
import { verifik } from '../../src/providers/verifik/index.ts'
import { takeProviders } from '../helpers/chosen.ts'
import { setup, teardown } from '../helpers/postgres-server.ts'
import { runCuts } from './cut.ts'
import { describeCase, listAtOnce, listCases, runAll } from './matrix.ts'
import { findKilledDifferences, findLostDifferences, findStoppedDifferences } from './reals.ts'
import { folder, formatIndex, formatPage } from './table.ts'

const providers = takeProviders(
  'npm run crashes -- [provider ...]\n  Writes the pages of these providers, or of all, to docs/crashes/, unless a promise was broken.',
)
await setup()
const { killed, again, paused, full, lost, changed } = await listCases(providers)
const table = {
  killed: await runAll(killed),
  again: await runAll(again),
  paused: await runAll(paused),
  full: await runAll(full),
  lost: await runAll(lost),
  changed: await runAll(changed),
}
const atOnce = await runAll(listAtOnce(providers))
const results = [...Object.values(table).flat(), ...atOnce]
const broken = results.filter(({ violations }) => violations.length > 0)
const lines = broken.map(({ tried, violations }) => `${describeCase(tried)}: ${violations.join('; ')}`)
process.stdout.write(`${results.length} rows run in this process; now with processes that are killed.\n`)
lines.push(...(await findKilledDifferences(table.killed)))
lines.push(...(await findStoppedDifferences(killed)))
lines.push(...(await findLostDifferences(lost)))
for (const provider of [baanx, verifik].filter((each) => providers.includes(each))) {
  const { bytes, violations } = await runCuts(provider)
  lines.push(...violations.map((violation) => `${provider.displayName}, cut off ${violation}`))
  process.stdout.write(`A client of ${provider.displayName} was cut off after each of ${bytes} bytes.\n`)
}
for (const line of lines) process.stderr.write(`${line}\n`)
if (lines.length > 0) {
  process.exitCode = 1
} else {
  await writeFile(new URL('README.md', folder), formatIndex())
  for (const provider of providers) await writeFile(new URL(`${provider.name}.md`, folder), formatPage(provider, table))
  process.stdout.write('All hold; docs/crashes/ is written.\n')
}
await teardown()
