import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { compareTo, median, pick, type Samples } from './measure.ts'
import { folder } from './rig.ts'

const lines: string[] = []

export function print(line = ''): void {
  lines.push(line)
  process.stdout.write(`${line}\n`)
}

export function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  print(`| ${head.join(' | ')} |`)
  print(`| ${head.map(() => '---').join(' | ')} |`)
  for (const row of rows) print(`| ${row.join(' | ')} |`)
  print()
}

export function printTitle(title: string): void {
  print(`### ${title}`)
  print()
}

export const formatRatio = (ratio: number) => `${ratio.toFixed(ratio < 0.1 ? 3 : 2)} ×`

export function formatSpread(values: readonly number[], digits = 0): string {
  return `${Math.min(...values).toFixed(digits)} to ${Math.max(...values).toFixed(digits)}`
}

/** One row for each server, compared to raw. */
export function printSamples(title: string, samples: Samples): void {
  printTitle(title)
  printTable(
    ['', 'requests/s', 'spread', '× raw', 'p50 ms', 'p99 ms', 'CPU ms/request'],
    [...samples].map(([name, each]) => {
      const rates = each.map(({ perSecond }) => perSecond)
      return [
        name,
        median(rates).toFixed(0),
        formatSpread(rates),
        formatRatio(compareTo(samples, name, 'raw', 'perSecond')),
        pick(samples, name, 'p50').toFixed(2),
        pick(samples, name, 'p99').toFixed(2),
        pick(samples, name, 'cpuMs').toFixed(2),
      ]
    }),
  )
}

// ---- goals

interface Goal {
  readonly what: string
  readonly goal: string
  readonly measured: string
  readonly holds: boolean
}
const goals: Goal[] = []

export function atLeast(what: string, least: number, ratio: number): void {
  goals.push({ what, goal: `≥ ${least.toFixed(2)} ×`, measured: formatRatio(ratio), holds: ratio >= least })
}

export function atMost(what: string, most: number, ratio: number): void {
  goals.push({ what, goal: `≤ ${most.toFixed(2)} ×`, measured: formatRatio(ratio), holds: ratio <= most })
}

export function exactly(what: string, goal: number, count: number): void {
  goals.push({ what, goal: String(goal), measured: String(count), holds: count === goal })
}

/** Prints the result of each goal. Returns whether all of them were met. */
export function printGoals(): boolean {
  printTitle('Goals')
  printTable(
    ['', 'Goal', 'Measured', ''],
    goals.map(({ what, goal, measured, holds }) => [what, goal, measured, holds ? 'met' : '**missed**']),
  )
  return goals.every(({ holds }) => holds)
}

/** Writes the output between the two marks in README.md. */
export function writeReadme(): void {
  const file = join(folder, 'README.md')
  const [before = '', , after = ''] = readFileSync(file, 'utf8').split(/(<!-- measured -->[^]*<!-- \/measured -->)/)
  writeFileSync(file, `${before}<!-- measured -->\n\n${lines.join('\n').trim()}\n\n<!-- /measured -->${after}`)
}
