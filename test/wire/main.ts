import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, extname, join, resolve } from 'node:path'
import * as z from 'zod'
import { providers } from '../../src/providers/index.ts'

// Runs the conformance suite of every provider that a folder describes, and says what was covered.

const given = process.argv[2]
if (given === undefined) {
  process.stderr.write(
    'npm run wire -- FOLDER\n  Holds adapters and stand-ins to <provider>.json (OpenAPI 3) and <provider>.graphql in FOLDER.\n',
  )
  process.exit(1)
}
const folder = resolve(given)
const names = new Set(providers.map(({ name }) => name))
const files = readdirSync(folder)
const own = files.filter((file) => ['.json', '.graphql'].includes(extname(file)) && names.has(basename(file, extname(file))))
const chosen = own.map((file) => basename(file, extname(file)))

const report = z.object({
  calls: z.int(),
  covered: z.array(z.string()),
  exceptions: z.array(z.object({ operation: z.string(), reason: z.string() })),
  failures: z.array(z.string()),
})

const reports = mkdtempSync(join(tmpdir(), 'hookql-wire-'))
try {
  const vitest = resolve(import.meta.dirname, '../../node_modules/vitest/vitest.mjs')
  const suites = chosen.map((name) => `test/providers/${name}/conformance.test.ts`)
  const { status, stdout } = spawnSync(process.execPath, [vitest, 'run', '--project', 'fetch', '--reporter', 'dot', ...suites], {
    cwd: resolve(import.meta.dirname, '../..'),
    env: { ...process.env, HOOKQL_WIRE: folder, HOOKQL_WIRE_REPORT: reports },
    encoding: 'utf8',
  })
  if (status !== 0) process.stdout.write(stdout)
  for (const name of chosen) print(name)
  for (const file of files.filter((each) => !own.includes(each)))
    write(`skipped ${file}: there is no provider with this name and a .json or .graphql file`)
  if (status !== 0 || chosen.length === 0) process.exitCode = 1
} finally {
  rmSync(reports, { recursive: true })
}

function print(name: string): void {
  if (!readdirSync(reports).includes(`${name}.json`)) {
    process.exitCode = 1
    return write(`${name}: no report. Run: npx vitest run test/providers/${name}/conformance.test.ts`)
  }
  const { calls, covered, exceptions, failures } = report.parse(JSON.parse(readFileSync(join(reports, `${name}.json`), 'utf8')))
  write(`${name}: ${calls} requests with their responses, ${failures.length} violations`)
  for (const operation of covered) write(`  covered   ${operation}`)
  for (const { operation, reason } of exceptions) write(`  exception ${operation}: ${reason}`)
  for (const failure of failures) write(`  VIOLATION ${failure}`)
}

function write(line: string): void {
  process.stdout.write(`${line}\n`)
}
