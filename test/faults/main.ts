import { writeFile } from 'node:fs/promises'
import { verifik } from '../../src/providers/verifik/index.ts'
import { tellUsage } from '../helpers/usage.ts'
import { runMatrix } from './matrix.ts'
import { runOthers } from './others.ts'
import { runPages } from './pages.ts'
import { runSteps } from './steps.ts'
import { formatTable, tableFile } from './table.ts'

// Writes the table, unless a cell does not hold.

tellUsage('npm run faults\n  Takes no options. Writes docs/faults.md, unless something untrue was told.')

const [results, steps, others, pages] = [await runMatrix(), await runSteps(), await runOthers(), await runPages()]
const cells = [
  ...results.map(({ operation, fault, ...cell }) => ({ ...cell, where: `${operation}, ${fault.title}` })),
  ...steps.map(({ write, fault, ...cell }) => ({ ...cell, where: `${write}, ${fault}` })),
  ...others.map(({ pair, second, fate, ...cell }) => ({ ...cell, where: `${pair}, ${second}, ${fate}` })),
  ...pages.map(({ variant, change, reader, ...cell }) => ({
    ...cell,
    provider: verifik,
    where: `${variant}, ${change}, ${reader}`,
  })),
]
const broken = cells.filter(({ violations }) => violations.length > 0)
for (const { provider, where, outcome, violations } of broken) {
  process.stderr.write(`${provider.displayName}, ${where} (${outcome}): ${violations.join('; ')}\n`)
}
if (broken.length > 0) {
  process.exitCode = 1
} else {
  await writeFile(tableFile, formatTable(results, steps, others, pages))
  process.stdout.write(`${cells.length} cells hold; docs/faults.md is written.\n`)
}
