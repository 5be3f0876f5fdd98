import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OutcomeUnknownError } from '../../src/errors.ts'
import type { Provider } from '../../src/provider/provider.ts'
import { isUnsupported } from '../../src/provider/unsupported.ts'
import { providers } from '../../src/providers/index.ts'
import { faults } from './faults.ts'
import { apply, type Asked, findViolations, type Outcome, replaces, run } from './outcome.ts'
import { type Fault, isStale, openRig, type Operation, type Stored } from './rig.ts'
import { toStoredName } from '../helpers/draft.ts'
import { toRuns } from '../helpers/runs.ts'

interface Step {
  readonly operation: Operation
  /** Which of the webhooks that are there, or one that is not. */
  readonly pick: number
  readonly faults: readonly Fault[]
}

// The time that a call without an answer takes; what is told may depend on it, what must hold does not.
const timeoutMs = 250
const slow: Fault = { standIn: { delayMs: timeoutMs * 1.2 } }
const answering = faults.filter(({ silent }) => silent !== true)
const silent = faults.filter(({ title }) => title.startsWith('no response,'))

const own = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(...answering) },
  { weight: 1, arbitrary: fc.constantFrom(...silent, slow) },
)
/** What meets the next calls of its own, or the looks at what became of it. */
const further = fc
  .record({
    effect: fc.constantFrom('READ' as const, undefined),
    status: fc.constantFrom(200, 429, 500),
    times: fc.integer({ min: 1, max: 4 }),
  })
  .map(({ effect, ...fault }): Fault => {
    return { standIn: { ...fault, ...(effect && { effect }), headers: { 'retry-after': '60' }, body: '<html>' } }
  })
const toStep = ({ operations }: Provider) => {
  const rotations: readonly Operation[] = isUnsupported(operations.ROTATE_SECRET) ? [] : ['rotate']
  return fc.record({
    operation: fc.constantFrom<Operation>('create', 'create', 'update', 'update', 'delete', 'get', 'list', ...rotations),
    pick: fc.nat({ max: 5 }),
    faults: fc.oneof(
      own.map((fault) => [fault]),
      fc.tuple(own, further),
      fc.constant<Fault[]>([]),
    ),
  })
}

describe('random operations with random faults', () => {
  it.concurrent.each(providers)('never let $displayName and what callers were told differ', async (provider) => {
    await fc.assert(
      fc.asyncProperty(fc.array(toStep(provider), { minLength: 1, maxLength: 8 }), async (steps) => {
        expect(await findFirstViolation(provider, steps)).toEqual([])
      }),
      { numRuns: toRuns(4) },
    )
  })
})

/** Runs the steps one after the other, and holds what is upstream against a model that knows only what callers were told. */
async function findFirstViolation(provider: Provider, steps: readonly Step[]): Promise<readonly string[]> {
  const rig = await openRig(provider, timeoutMs, { door: { breaker: { failures: 5, pauseMs: 5 } } })
  let model: readonly Stored[] = []
  try {
    for (const [index, { operation, pick, faults }] of steps.entries()) {
      const name = toStoredName(provider, `Step ${index}`)
      const asked = { operation, name, url: `https://hooks.acme.test/${index}`, upstreamId: model[pick]?.id ?? 'gone' }
      // What is read here is what a stale read shows later.
      await run(rig, { ...asked, operation: 'get' })
      const since = rig.standIn.calls.length
      for (const fault of faults) rig.break(operation, fault)
      const outcome = await run(rig, asked)
      const calls = rig.standIn.calls.slice(since)
      const after = await rig.readStored()
      const facts = { provider, asked, replacing: replaces(provider, operation), outcome, before: model, after, calls }
      const violations = findViolations({ ...facts, stale: faults.some(isStale) })
      if (violations.length > 0) return violations
      // What a rotation leaves, and whether it was told, is what has just been checked.
      const looks = outcome.error instanceof OutcomeUnknownError || operation === 'rotate'
      model = looks ? after : advance(model, asked, outcome).map((webhook) => ({ ...webhook, active: sends(after, webhook) }))
    }
    return []
  } finally {
    await rig.close()
  }
}

/** Whether a webhook sends is the provider's to say: a new one may have to be verified. */
function sends(upstream: readonly Stored[], { id, active }: Stored): boolean {
  return upstream.find((webhook) => webhook.id === id)?.active ?? active
}

/** What a caller takes for true after a definite outcome. */
function advance(model: readonly Stored[], asked: Asked, { error, webhooks }: Outcome): readonly Stored[] {
  if (error !== null) return model
  return apply(asked, model).map((webhook) => (webhook.id === '' ? { ...webhook, id: webhooks[0]?.upstreamId ?? '' } : webhook))
}
