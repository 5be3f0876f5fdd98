import { providers } from '../../src/providers/index.ts'
import { inParallel } from '../faults/matrix.ts'
import { type Act, listActs } from './act.ts'
import { type Case, type Facts, runCase } from './case.ts'
import { describeEntry, describeRepeated, describeTold, type Effect, findViolations, readEffect } from './judge.ts'
import type { Moment, Place } from './life.ts'

export interface Result {
  readonly tried: Case
  /** What the client is told; null if the process dies before it answers. */
  readonly told: string | null
  readonly effect: Effect
  readonly entry: string
  readonly repeated: string
  readonly violations: readonly string[]
}

export interface Matrix {
  /** Killed at each step. */
  readonly killed: readonly Result[]
  /** Killed once more at each step of what settles it. */
  readonly again: readonly Result[]
  /** On a full disk from each commit on: the space is freed in the same process, or after a restart. */
  readonly full: readonly Result[]
  /** Each commit that is lost with the power, though it was said to be durable. */
  readonly lost: readonly Result[]
  /** Creates and rotations that are settled somewhere else than they began. */
  readonly changed: readonly Result[]
}

const hourMs = 3_600_000
const changes: readonly Pick<Case, 'title' | 'later' | 'clockMs'>[] = [
  { title: 'clock an hour ahead', clockMs: hourMs + 60_000 },
  { title: 'clock an hour behind', clockMs: -hourMs },
  { title: 'clock a minute behind', clockMs: -60_000 },
  { title: 'account not configured', later: { accounts: [] } },
  { title: '`secretRetention: 0`', later: { secretRetentionMs: 0 } },
]

/** Every write of every provider, and what stops it. */
export async function runMatrix(): Promise<Matrix> {
  const acts = listActs(providers)
  const walks = await inParallel(acts.map((act) => async () => ({ act, ...(await runCase({ act, moments: [] })) })))
  const commitsOf = (places: readonly Place[]) => places.filter(({ kind }) => kind === 'COMMIT')

  const killed = await runAll(
    walks.flatMap(({ act, places }) => places.flatMap(toKills).map((moment) => ({ act, moments: [moment] }))),
  )
  const unrecorded: Moment = { place: { kind: 'COMMIT', commit: 'outcome' }, when: 'before' }
  const settled = await inParallel(acts.map((act) => async () => ({ act, ...(await runSettling(act, unrecorded)) })))
  const again = await runAll(
    settled.flatMap(({ act, places }) => places.flatMap(toKills).map((moment) => ({ act, moments: [unrecorded, moment] }))),
  )
  const full = await runAll(
    walks.flatMap(({ act, places }) =>
      commitsOf(places).flatMap((place): readonly Case[] => [
        { act, moments: [{ place, when: 'FULL' }], resumes: 'SAME_PROCESS' },
        { act, moments: [{ place, when: 'FULL' }] },
      ]),
    ),
  )
  const lost = await runAll(
    walks.flatMap(({ act, places }) => commitsOf(places).map((place): Case => ({ act, moments: [{ place, when: 'LOST' }] }))),
  )
  const changed = await runAll(
    acts
      .filter(({ operation, trouble }) => (operation === 'create' || operation === 'rotate') && trouble === null)
      .flatMap((act) => changes.map((change): Case => ({ act, moments: [unrecorded], ...change }))),
  )
  return { killed, again, full, lost, changed }
}

/** The places of what settles a write that was stopped there. */
function runSettling(act: Act, moment: Moment): Promise<Facts> {
  return runCase({ act, moments: [moment] })
}

async function runAll(cases: readonly Case[]): Promise<readonly Result[]> {
  return inParallel(cases.map((tried) => async () => toResult(await runCase(tried))))
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
