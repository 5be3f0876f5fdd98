import { writeFile } from 'node:fs/promises'
import { runMatrix } from './matrix.ts'
import { runSteps } from './steps.ts'
import { formatTable, tableFile } from './table.ts'

// Writes the table, unless a cell does not hold.

const [results, steps] = [await runMatrix(), await runSteps()]
const cells = [
  ...results.map(({ operation, fault, ...cell }) => ({ ...cell, where: `${operation}, ${fault.title}` })),
  ...steps.map(({ write, fault, ...cell }) => ({ ...cell, where: `${write}, ${fault}` })),
]
const broken = cells.filter(({ violations }) => violations.length > 0)
for (const { provider, where, outcome, violations } of broken) {
  process.stderr.write(`${provider.displayName}, ${where} (${outcome}): ${violations.join('; ')}\n`)
}
if (broken.length > 0) {
  process.exitCode = 1
} else {
  await writeFile(tableFile, formatTable(results, steps))
  process.stdout.write(`${cells.length} cells hold; docs/faults.md is written.\n`)
}
