import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, rm } from 'node:fs/promises'
import { join, matchesGlob } from 'node:path'
import { text } from 'node:stream/consumers'
import { withCopy } from '../helpers/copy.ts'
import { overNode } from '../helpers/ways.ts'
import type { FileMutation } from './list.ts'

/** What came of a mutation; `BROKEN`: no test ran, for the source does not load or the test is not there. */
export type Outcome = 'KILLED' | 'SURVIVED' | 'BROKEN'

/** A test that hangs with a mutation has noticed it. */
const mostMs = 180_000

/** Runs the test of each mutation in a copy that has it; tells what came of it as soon as it is known. */
export async function runMutations(
  mutations: Iterator<FileMutation>,
  tell: (mutation: FileMutation, outcome: Outcome, output: string) => void,
): Promise<void> {
  await withCopy(async ({ path, apply }) => {
    for (let next = mutations.next(); next.done !== true; next = mutations.next()) {
      const mutation = next.value
      await apply([mutation])
      const { outcome, output } = await runTest(path, mutation)
      tell(mutation, outcome, output)
    }
  })
}

/** The project of vitest.config.ts that has a test, or its first one. */
export function toProject(test: string): string {
  return overNode.some((glob) => matchesGlob(`test/${test}.test.ts`, glob)) ? 'listener' : 'fetch*'
}

async function runTest(path: string, { test }: FileMutation) {
  const report = join(path, 'report.json')
  await rm(report, { force: true })
  const reporters = ['--reporter', 'default', '--reporter', 'json', '--outputFile', report]
  const vitest = join('node_modules', 'vitest', 'vitest.mjs')
  const options = ['run', '--project', toProject(test), '--bail', '1', ...reporters, `test/${test}.test.ts`]
  const child = spawn(process.execPath, [vitest, ...options], { cwd: path, stdio: ['ignore', 'pipe', 'pipe'] })
  const timer = setTimeout(() => child.kill('SIGKILL'), mostMs)
  const [out, errors] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  clearTimeout(timer)
  const output = out + errors
  if (child.signalCode === 'SIGKILL') return { outcome: 'KILLED' as const, output }
  return { outcome: await readOutcome(report), output }
}

async function readOutcome(report: string): Promise<Outcome> {
  const { numFailedTests, numPassedTests, success } = JSON.parse(await readFile(report, 'utf8'))
  if (numFailedTests > 0) return 'KILLED'
  return success === true && numPassedTests > 0 ? 'SURVIVED' : 'BROKEN'
}
