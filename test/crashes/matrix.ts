import type { Provider } from '../../src/provider/provider.ts'
import { inParallel } from '../faults/matrix.ts'
import { listActs } from './act.ts'
import { type Case, type Facts, runCase } from './case.ts'
import { describeEntry, describeRepeated, describeTold, type Effect, findViolations, readEffect } from './judge.ts'
import type { Moment, Place } from './life.ts'
import { runTwo } from './two.ts'

export interface Result {
  readonly tried: Case
  /** What the client is told; null if the process dies before it answers. */
  readonly told: string | null
  readonly effect: Effect
  readonly entry: string
  readonly repeated: string
  readonly violations: readonly string[]
}

export const parts = ['killed', 'again', 'paused', 'full', 'lost', 'changed'] as const
/**
 * Killed at each step; killed once more at each step of what settles it; stopped at each step until another process has taken over; on a full disk from each commit on; with a commit lost that was said
 * to be durable; and settled under other conditions than it began.
 */
export type Part = (typeof parts)[number]

/** How many cases run at once that a server takes part in. */
const fewer = 8

/** The provider has responded, and nobody knows it. */
const unrecorded: Moment = { place: { kind: 'COMMIT', commit: 'outcome' }, when: 'before' }

const hourMs = 3_600_000
const conditions: readonly Pick<Case, 'title' | 'later' | 'clockMs'>[] = [
  { title: 'clock an hour ahead', clockMs: hourMs + 60_000 },
  { title: 'clock an hour behind', clockMs: -hourMs },
  { title: 'clock a minute behind', clockMs: -60_000 },
  { title: 'account not configured', later: { accounts: [] } },
  { title: '`secretRetention: 0`', later: { secretRetentionMs: 0 } },
]

/** Every write of these providers with everything that stops it, in the order of the tables. */
export async function listCases(providers: readonly Provider[]): Promise<Readonly<Record<Part, readonly Case[]>>> {
  const acts = listActs(providers)
  const walk = (moments: readonly Moment[]) => inParallel(acts.map((act) => () => runCase({ act, moments })))
  const [ordinary, settled] = [await walk([]), await walk([unrecorded])]
  const atCommits = (toCases: (tried: Case) => readonly Case[], when: Moment['when']) =>
    ordinary.flatMap(({ tried: { act }, places }) =>
      places.filter(({ kind }) => kind === 'COMMIT').flatMap((place) => toCases({ act, moments: [{ place, when }] })),
    )
  const killed = ordinary.flatMap(({ tried: { act }, places }) =>
    places.flatMap(toKills).map((moment): Case => ({ act, moments: [moment] })),
  )
  return {
    killed,
    paused: killed.filter(({ act }) => act.trouble === null).map((tried) => ({ ...tried, resumes: 'TAKEN_OVER' })),
    again: settled.flatMap(({ tried: { act }, places }) =>
      places.flatMap(toKills).map((moment) => ({ act, moments: [unrecorded, moment] })),
    ),
    full: atCommits((tried) => [{ ...tried, resumes: 'SAME_PROCESS' }, tried], 'FULL'),
    lost: atCommits((tried) => [tried], 'LOST'),
    changed: acts
      .filter(({ operation, trouble }) => (operation === 'create' || operation === 'rotate') && trouble === null)
      .flatMap((act) => conditions.map((condition): Case => ({ act, moments: [unrecorded], ...condition }))),
  }
}

/** Every write, repeated twice while a new process settles it. */
export function listAtOnce(providers: readonly Provider[]): readonly Case[] {
  return listActs(providers).map((act) => ({ act, moments: [unrecorded], resumes: 'AT_ONCE' }))
}

export function runAll(cases: readonly Case[]): Promise<readonly Result[]> {
  const isShared = cases.some(({ resumes }) => resumes === 'TAKEN_OVER')
  const run = isShared ? runTwo : runCase
  return inParallel(
    cases.map((tried) => async () => toResult(await run(tried))),
    isShared ? fewer : undefined,
  )
}

export function describeCase({ act: { provider, operation, trouble }, moments, resumes, title }: Case): string {
  const where = moments.map(({ place, when }) => `${when} ${place.kind === 'COMMIT' ? place.commit : place.label}`)
  return [provider.displayName, operation, trouble, ...where, resumes, title].filter((part) => part != null).join(', ')
}

export function toResult(facts: Facts): Result {
  return {
    tried: facts.tried,
    told: facts.told && describeTold(facts.told),
    effect: readEffect(facts),
    entry: describeEntry(facts),
    repeated: describeRepeated(facts),
    violations: findViolations(facts),
  }
}

function toKills(place: Place): readonly Moment[] {
  return [
    { place, when: 'before' },
    { place, when: 'after' },
  ]
}
