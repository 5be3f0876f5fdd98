import { inParallel } from '../faults/matrix.ts'
import type { Case } from './case.ts'
import { describeCase, type Result, toResult } from './matrix.ts'
import { runReal } from './real.ts'
import { formatRow } from './table.ts'

const concurrency = 4

/** Every write killed at each of its steps with real processes; the lines say where the outcome is not the one in the table. */
export async function findKilledDifferences(killed: readonly Result[]): Promise<readonly string[]> {
  const usual = killed.filter(({ tried }) => tried.act.trouble === null)
  return findAll(usual, async (expected) => {
    const result = toResult(await runReal(expected.tried))
    const row = formatRow('killed', result)
    return row === formatRow('killed', expected) ? result.violations : [...result.violations, row]
  })
}

/** The same steps, at which a process gets SIGTERM: it completes the write, responds and exits with 0. */
export async function findStoppedDifferences(cases: readonly Case[]): Promise<readonly string[]> {
  const usual = cases.filter(({ act, moments }) => act.trouble === null && moments[0]?.when === 'before')
  return findAll(
    usual.map((tried) => ({ tried })),
    async ({ tried }) => {
      const { violations, told, entry } = toResult(await runReal(tried, 'SIGTERM'))
      const isDone = told === 'carried out' && entry.startsWith('succeeded')
      return isDone ? violations : [...violations, `${told ?? 'no response'}; ${entry}`]
    },
  )
}

/** Each commit that is cut from SQLite's log after the process has died. */
export async function findLostDifferences(cases: readonly Case[]): Promise<readonly string[]> {
  const usual = cases.filter(({ act }) => act.trouble === null)
  return findAll(
    usual.map((tried) => ({ tried })),
    async ({ tried }) => toResult(await runReal(tried, 'LOST')).violations,
  )
}

async function findAll<Tried extends { readonly tried: Case }>(
  all: readonly Tried[],
  run: (each: Tried) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const found = await inParallel(
    all.map((each) => async () => (await run(each)).map((problem) => `${describeCase(each.tried)}: ${problem}`)),
    concurrency,
  )
  return found.flat()
}
