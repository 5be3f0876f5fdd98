import { writeFile } from 'node:fs/promises'
import { takeProviders } from '../helpers/chosen.ts'
import { listCells, runMatrix } from './matrix.ts'
import { listMeetings, runOthers } from './others.ts'
import { runPages } from './pages.ts'
import { runSteps } from './steps.ts'
import { folder, formatIndex, formatPage } from './table.ts'

// Writes the pages, unless a cell does not hold.

const providers = takeProviders(
  'npm run faults -- [provider ...]\n  Writes the pages of these providers, or of all, to docs/faults/, unless something untrue was told.',
)
const [matrix, steps] = [await runMatrix(listCells(providers)), await runSteps(providers)]
const [others, pages] = [await runOthers(listMeetings(providers)), await runPages(providers)]
const cells = [
  ...matrix.map(({ operation, fault, ...cell }) => ({ ...cell, where: `${operation}, ${fault.title}` })),
  ...steps.map(({ write, fault, ...cell }) => ({ ...cell, where: `${write}, ${fault}` })),
  ...others.map(({ pair, second, fate, ...cell }) => ({ ...cell, where: `${pair}, ${second}, ${fate}` })),
  ...pages.map(({ variant, change, reader, ...cell }) => ({ ...cell, where: `${variant}, ${change}, ${reader}` })),
]
const broken = cells.filter(({ violations }) => violations.length > 0)
for (const { provider, where, outcome, violations } of broken) {
  process.stderr.write(`${provider.displayName}, ${where} (${outcome}): ${violations.join('; ')}\n`)
}
if (broken.length > 0) {
  process.exitCode = 1
} else {
  await writeFile(new URL('README.md', folder), formatIndex())
  for (const provider of providers) {
    await writeFile(new URL(`${provider.name}.md`, folder), formatPage(provider, { cells: matrix, steps, others, pages }))
  }
  process.stdout.write(`${cells.length} cells hold; docs/faults/ is written.\n`)
}
