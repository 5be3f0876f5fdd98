import { startBudget } from '../../budget.ts'
import type { Provider } from '../../provider/provider.ts'
import type { Connection } from '../connection.ts'
import { inspectKey } from '../journal/key.ts'
import type { Listing } from '../listing.ts'
import { createCarrier } from './carry.ts'
import { toChecked } from './checked.ts'
import { choose, type Chosen, requireKnown, requireUsual } from './choose.ts'
import { recallEarlier, type RecallOptions } from './earlier.ts'
import { PlanOutdatedError } from './errors.ts'
import type { ApplyFields, AskedPlan, PlanReader } from './input.ts'
import { createWaiting, runAlone, runLanes } from './lanes.ts'
import { type PlannedOutcome, untouched } from './outcome.ts'
import { makePlan } from './plan.ts'
import type { PlannedChange, WebhookPlan } from './planned.ts'
import { digestInput } from './same.ts'
import type { Applier, Writes } from './steps.ts'

export interface Applied {
  readonly outcomes: readonly PlannedOutcome[]
  /** What is left to do. */
  readonly remaining: WebhookPlan
}

export interface ApplyOptions extends RecallOptions {
  readonly readPlan: PlanReader
  /** For a list, and for the wait for another plan. */
  readonly timeoutMs: number
  readonly writes: Writes
}

/** Applies a plan: makes it anew, and carries out what it may. */
export function createApply(options: ApplyOptions) {
  const { readPlan, timeoutMs, writes, openStore, recall } = options

  async function list(connection: Connection) {
    using budget = startBudget(timeoutMs)
    return await connection.within(budget).list()
  }

  function listOf({ connections }: AskedPlan): (slug: string) => Promise<Listing> {
    return (slug) => list(requireConnection(connections, slug))
  }

  return async (given: ApplyFields, idempotencyKey: string | undefined, applier: Applier): Promise<Applied> => {
    const asked = readPlan('APPLY', given, inspectKey(idempotencyKey))
    return runAlone(asked.connections, timeoutMs, applier.signal, async () => {
      const digest = digestInput(asked)
      const earlier = await recallEarlier(options, applier.caller, idempotencyKey, digest)
      const plan = await makePlan(asked, list, openStore)
      const { fingerprint } = given
      if (earlier.length === 0 && plan.fingerprint !== fingerprint) throw new PlanOutdatedError(plan)
      // A repeat names what is done too.
      if (earlier.length === 0) requireKnown(plan, given)
      const checked = toChecked(plan, fingerprint, earlier)
      const chosen = choose(plan, given, earlier, checked)
      if (chosen.changes.length > 0) requireUsual(plan, given)
      const carrier = createCarrier({
        writes,
        applier,
        idempotencyKey,
        fingerprint,
        checked,
        digest,
        earlier,
        listings: plan.sources,
        list: listOf(asked),
        recall: (entry) => recall(entry, requireConnection(asked.connections, entry.account)),
      })
      const outcomes = await carryOut(carrier, applier, asked, chosen)
      return { outcomes, remaining: await makePlan(asked, list, openStore) }
    })
  }
}

function requireConnection(connections: readonly Connection[], slug: string): Connection {
  const connection = connections.find(({ account }) => account.slug === slug)
  if (connection === undefined) throw new TypeError('A change belongs to an account of its plan')
  return connection
}

type Carrier = ReturnType<typeof createCarrier>

async function carryOut(
  { carry, finish }: Carrier,
  applier: Applier,
  { connections, desired }: AskedPlan,
  { plan, told, rests, changes }: Chosen,
): Promise<readonly PlannedOutcome[]> {
  const run = (of: readonly PlannedChange[], step: (provider: Provider, change: PlannedChange) => Promise<PlannedOutcome>) =>
    runLanes(of, applier, (change) => {
      return step(requireConnection(connections, change.account.slug).provider, change)
    })
  const begun = new Map<PlannedChange, (typeof rests)[number]>(rests.map((rest) => [rest.change, rest]))
  const finished = await run([...begun.keys()], (provider, change) => {
    const { created = null, settings = null } = begun.get(change) ?? {}
    return finish(provider, change, created, settings)
  })
  const made = await run(
    changes.filter(({ kind }) => kind !== 'DELETE'),
    carry,
  )
  const findWait = createWaiting(desired, plan, [...told, ...finished, ...made])
  const deleted = await run(
    changes.filter(({ kind }) => kind === 'DELETE'),
    (provider, change) => {
      const skipped = findWait(change)
      return skipped === null ? carry(provider, change) : Promise.resolve({ ...untouched, change, skipped })
    },
  )
  return [...told, ...finished, ...made, ...deleted]
}
