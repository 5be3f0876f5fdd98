import { describeFailure } from '../client/describe.ts'
import { type ShowOptions, toLabel, toShown } from './show.ts'
import type { Outcome } from './waits.ts'

/** What has become of the changes so far. */
export interface Count {
  add(outcome: 'created' | 'updated' | 'replaced' | 'deleted' | 'failed'): void
  sum(): number
  failed(): number
  /** With what is left. */
  stop(left: number): Count
  parts(): readonly string[]
  /** Of these, those that were not done. */
  lacks(): readonly string[]
}

export function createCount(): Count {
  const counts = { created: 0, updated: 0, replaced: 0, deleted: 0, failed: 0, 'not begun': 0 }
  const count: Count = {
    add: (outcome) => void (counts[outcome] += 1),
    sum: () => counts.created + counts.updated + counts.replaced + counts.deleted + counts.failed,
    failed: () => counts.failed,
    stop(left) {
      counts['not begun'] = left
      return count
    },
    parts: () => Object.entries(counts).flatMap(toPart),
    lacks: () => (['failed', 'not begun'] as const).flatMap((name) => toPart([name, counts[name]])),
  }
  return count
}

function toPart([name, number]: readonly [string, number]): readonly string[] {
  return number > 0 ? [`${number} ${name}`] : []
}

const done = { CREATE: 'created', UPDATE: 'updated', REPLACE: 'replaced', DELETE: 'deleted' } as const

/** What has become of a change, and why it failed. */
export function showOutcome(outcome: Outcome, count: Count, options: ShowOptions): readonly string[] {
  const { style } = options
  const { change, create, update, delete: deleted, skipped } = outcome
  const results = [create, update, deleted].filter((result) => result !== null)
  const problems = [
    ...results.flatMap((result) => ('code' in result ? [describeFailure(result)] : [])),
    ...(skipped === null ? [] : [skipped]),
  ]
  const warnings = results.flatMap((result) => ('warnings' in result ? result.warnings.map(({ message }) => message) : []))
  const label = `${change.account.slug}: ${toLabel(change, options)}`
  const told = [...problems, ...warnings].map((line) => `      ${style('yellow', toShown(line, options))}`)
  const verb = change.kind === 'NONE' || change.kind === 'UNMANAGED' ? null : done[change.kind]
  count.add(problems.length > 0 || verb === null ? 'failed' : verb)
  const head = problems.length > 0 || verb === null ? style('red', 'failed') : style('green', verb)
  return [`${head} ${label}`, ...told]
}

export function summarize(count: Count): string {
  return `Applied: ${count.parts().join(', ') || 'nothing'}.`
}
