import { writeFile } from 'node:fs/promises'
import { runMatrix } from './matrix.ts'
import { formatTable, tableFile } from './table.ts'

// Writes the table, unless a cell does not hold.

const results = await runMatrix()
const broken = results.filter(({ violations }) => violations.length > 0)
for (const { provider, operation, fault, outcome, violations } of broken) {
  process.stderr.write(`${provider.displayName}, ${operation}, ${fault.title} (${outcome}): ${violations.join('; ')}\n`)
}
if (broken.length > 0) {
  process.exitCode = 1
} else {
  await writeFile(tableFile, formatTable(results))
  process.stdout.write(`${results.length} cells hold; docs/faults.md is written.\n`)
}
