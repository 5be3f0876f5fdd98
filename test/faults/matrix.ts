import * as z from 'zod'
import { ConflictError } from '../../src/errors.ts'
import type { Provider } from '../../src/provider/provider.ts'
import { createAsk } from '../hands/ask.ts'
import { startSteadyClock } from '../helpers/steady.ts'
import { budgetMs, faults, type NamedFault, shortBudget } from './faults.ts'
import { type Asked, describeOutcome, findViolations, replaces, run } from './outcome.ts'
import { isStale, listOperations, openRig, type Operation, type Rig } from './rig.ts'
import { isSecretOf } from './secret.ts'
import { toStoredName } from '../helpers/draft.ts'

export interface Cell {
  readonly provider: Provider
  readonly operation: Operation
  readonly fault: NamedFault
}

export interface CellResult extends Cell {
  /** What the caller is told, in a few words. */
  readonly outcome: string
  /** Where that is not what is true upstream. */
  readonly violations: readonly string[]
}

const concurrency = 24

/** Every operation of these providers with every fault. */
export function listCells(providers: readonly Provider[]): readonly Cell[] {
  return providers.flatMap((provider) =>
    faults.flatMap((fault) => listOperations(provider).map((operation): Cell => ({ provider, operation, fault }))),
  )
}

export async function runMatrix(cells: readonly Cell[]): Promise<readonly CellResult[]> {
  const { silent = [], answered = [] } = Object.groupBy(cells, ({ fault }) => (fault.silent === true ? 'silent' : 'answered'))
  // What depends on time goes first: it waits most of its own, and nobody who is busy keeps it from going on.
  const first = await inParallel(silent.map((cell) => () => runCell(cell)))
  return [...first, ...(await inParallel(answered.map((cell) => () => runCell(cell))))]
}

/** Runs them, not too many at the same time; the results are in their order. */
export async function inParallel<Result>(
  runs: readonly (() => Promise<Result>)[],
  most: number = concurrency,
): Promise<readonly Result[]> {
  const results: Result[] = []
  const queue = runs.entries()
  const work = async () => {
    for (const [index, run] of queue) results[index] = await run()
  }
  await Promise.all(Array.from({ length: most }, work))
  return results
}

async function runCell(cell: Cell): Promise<CellResult> {
  if (cell.fault.silent !== true) return (await runWithin(cell, budgetMs)).result
  for (let doublings = 0; ; doublings += 1) {
    const times = 2 ** doublings
    const ms = shortBudget.ms * times
    const { result, lagMs } = await runWithin({ ...cell, fault: stretch(cell.fault, times) }, ms)
    // What is not true is not made true by more time.
    if (lagMs <= ms / 4 || result.violations.length > 0 || doublings === shortBudget.doublings) return { ...result, ...cell }
  }
}

/** The same fault where everything takes so many times as long. */
function stretch({ standIn, ...fault }: NamedFault, times: number): NamedFault {
  const { delayMs } = standIn ?? {}
  return { ...fault, standIn: { ...standIn, ...(delayMs !== undefined && { delayMs: delayMs * times }) } }
}

/** Runs it once, and says for how long the machine was busy with something else. */
async function runWithin(cell: Cell, timeoutMs: number): Promise<{ readonly result: CellResult; readonly lagMs: number }> {
  const { provider, operation, fault } = cell
  const logged = operation === 'deliveries' || operation === 'redeliver'
  const rig = await openRig(provider, timeoutMs, { seeded: logged })
  try {
    const asked = logged ? await takeSeeded(rig, operation) : await prepare(rig, operation)
    const before = await rig.readStored()
    const [callsBefore, dispatchedBefore] = [rig.standIn.calls.length, rig.dispatched()]
    rig.break(operation, fault)
    using clock = startSteadyClock()
    const outcome = await run(rig, asked)
    const lagMs = clock.lagMs()
    const attempts = rig.countAttempts(operation, dispatchedBefore)
    const calls = rig.standIn.calls.slice(callsBefore)
    const after = await rig.readStored()
    const facts = {
      provider,
      asked,
      replacing: replaces(provider, operation),
      outcome,
      before,
      after,
      calls,
      stale: isStale(fault),
    }
    const violations = [...findViolations(facts), ...((await isSecretOf(rig, outcome)) ? [] : ['the secret signs nothing'])]
    return { result: { ...cell, outcome: describeOutcome(outcome, attempts), violations }, lagMs }
  } finally {
    await rig.close()
  }
}

/** The webhook that a seeded account has logs of, and an event that is in them. */
export async function takeSeeded({ provider, standIn }: Rig, operation: Operation): Promise<Asked> {
  const asked = { operation, name: '', url: '', upstreamId: provider.sandbox.seededId }
  if (operation !== 'redeliver') return asked
  const { seededEventId = '' } = provider.sandbox
  // Where events are listed, by the id that they have there.
  const listed = eventList.safeParse(await createAsk(provider, standIn)('GET', '/webhooks/events')).data
  const event = listed?.events.find(({ eventId }) => eventId === seededEventId)
  return { ...asked, eventId: event?.id ?? seededEventId }
}

const eventList = z.object({ events: z.array(z.object({ id: z.string(), eventId: z.string() })) })

/** Fills the account: a webhook to work on, another one and, where there may be two, the equal of the one to be created. */
export async function prepare(opened: Rig, operation: Operation): Promise<Asked> {
  // However busy the machine is.
  const rig = { ...opened, gateway: opened.patient }
  const asked = { operation, name: toStoredName(rig.provider, 'Asked'), url: 'https://hooks.acme.test/asked', upstreamId: '' }
  const other = {
    ...asked,
    operation: 'create',
    name: toStoredName(rig.provider, 'Other'),
    url: 'https://hooks.acme.test/other',
  } as const
  await create(rig, other)
  const upstreamId = await create(rig, { ...other, name: 'Target', url: 'https://hooks.acme.test/target' })
  if (operation === 'create') await createTwin(rig, { ...asked, operation })
  // One that does not send need not be replaced by one that does.
  if (operation === 'rotate' && listOperations(rig.provider).includes('verify')) {
    await run(rig, { ...asked, operation: 'verify', upstreamId })
  }
  // What is read here is what a stale read shows later.
  await run(rig, { ...asked, operation: 'get', upstreamId })
  await run(rig, { ...asked, operation: 'list', upstreamId })
  return { ...asked, upstreamId }
}

async function createTwin(rig: Rig, asked: Asked): Promise<void> {
  const first = await create(rig, asked)
  const { error, webhooks } = await run(rig, asked)
  if (error !== null && !(error instanceof ConflictError)) throw error
  const spare = error === null ? webhooks[0]?.upstreamId : first
  await run(rig, { ...asked, operation: 'delete', upstreamId: spare ?? '' })
}

async function create(rig: Rig, asked: Asked): Promise<string> {
  const { error, webhooks } = await run(rig, asked)
  const [webhook] = webhooks
  if (webhook === undefined) throw error ?? new Error('A create has no webhook')
  return webhook.upstreamId
}
