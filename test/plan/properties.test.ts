import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Change } from '../../src/plan/change.ts'
import type { Actual, Desired } from '../../src/plan/desired.ts'
import { isEffective } from '../../src/plan/fingerprint.ts'
import { createPlan } from '../../src/plan/plan.ts'
import { pull } from '../../src/plan/pull.ts'
import { providers } from '../../src/providers/index.ts'
import { toRuns } from '../helpers/runs.ts'
import { carryOut, toActual, toDesired } from './model.ts'

// The engine alone, for any webhooks that a provider's statement allows.

const runs = { numRuns: toRuns(75) }

interface Asked {
  readonly actual: Actual
  readonly desired: readonly Desired[]
}

/** A plan regardless of where its webhooks stand in the input. */
const withoutPlaces = ({ changes, problems, ...rest }: ReturnType<typeof createPlan>) => ({
  ...rest,
  changes: changes.map(({ desired, ...change }) => ({ ...change, desired: desired && { ...desired, index: 0 } })),
  problems: problems.map(({ code, webhooks }) => ({
    code,
    ids: webhooks.map(({ id }) => id).toSorted((a, b) => (a < b ? -1 : 1)),
  })),
})

describe.each(providers.map((provider) => [provider.displayName, provider] as const))('any plan for %s', (_, provider) => {
  const asked: fc.Arbitrary<Asked> = toActual(provider).chain((actual) =>
    toDesired(provider, actual).map((desired) => ({ actual, desired })),
  )

  it('is empty once it has been carried out', () => {
    fc.assert(
      fc.property(asked, ({ actual, desired }) => {
        const plan = createPlan(desired, [actual])
        const next = createPlan(desired, [carryOut(actual, plan.changes)])
        // What is created can make clear what was not; then that comes next.
        const last = createPlan(desired, [carryOut(carryOut(actual, plan.changes), next.changes)])
        if (plan.problems.length === 0) expect(next.changes.filter(isEffective)).toEqual([])
        expect(last.changes.filter(isEffective)).toEqual([])
      }),
      runs,
    )
  })

  it('is the same whenever it is made, and whatever the order of its input', () => {
    fc.assert(
      fc.property(asked, fc.infiniteStream(fc.nat()), ({ actual, desired }, numbers) => {
        const shuffle = <Item>(items: readonly Item[]) => items.toSorted(() => (Number(numbers.next().value) % 2 === 0 ? -1 : 1))
        const plan = createPlan(desired, [actual])
        expect(createPlan(desired, [actual])).toEqual(plan)
        const other = createPlan(shuffle(desired), [{ ...actual, webhooks: shuffle(actual.webhooks) }])
        expect(withoutPlaces(other)).toEqual(withoutPlaces(plan))
      }),
      runs,
    )
  })

  it('is empty for what a pull has written', () => {
    fc.assert(
      fc.property(toActual(provider), (actual) => {
        const plan = createPlan(pull(actual), [actual])
        expect(plan.problems).toEqual([])
        expect(plan.changes.map(({ kind }) => kind)).toEqual(actual.webhooks.map(() => 'NONE'))
      }),
      runs,
    )
  })

  it('has each webhook once, deletes nothing that is desired, and nothing at all where nobody asks for it', () => {
    fc.assert(
      fc.property(asked, ({ actual, desired }) => {
        const { changes, problems } = createPlan(desired, [actual])
        const ids = changes.flatMap(({ webhook }) => webhook?.id ?? [])
        expect(new Set(ids).size).toBe(ids.length)
        const told = new Set([...ids, ...problems.flatMap(({ webhooks }) => webhooks.map(({ id }) => id))])
        expect(told).toEqual(new Set(actual.webhooks.map(({ id }) => id)))
        const deleted = changes.filter(({ kind }) => kind === 'DELETE')
        expect(deleted.every((change: Change) => change.desired === null)).toBe(true)
        if (!actual.isPruned) expect(deleted).toEqual([])
        const places = [
          ...changes.flatMap((change) => change.desired?.index ?? []),
          ...problems.flatMap(({ indexes }) => indexes),
        ]
        expect(new Set(places)).toEqual(new Set(desired.map(({ index }) => index)))
        expect(new Set(changes.map(({ id }) => id)).size).toBe(changes.length)
      }),
      runs,
    )
  })

  it('has no change for an account that cannot be read, and then deletes nothing anywhere', () => {
    fc.assert(
      fc.property(asked, ({ actual, desired }) => {
        const unread: Actual = { ...actual, account: { ...actual.account, slug: 'unread' }, isComplete: false }
        const more = desired.map((each) => ({ ...each, account: 'unread' }))
        const { changes, isComplete } = createPlan([...desired, ...more], [actual, unread])
        expect(isComplete).toBe(false)
        expect(changes.filter(({ account }) => account.slug === 'unread')).toEqual([])
        expect(changes.filter(({ kind }) => kind === 'DELETE' || kind === 'REPLACE')).toEqual([])
      }),
      runs,
    )
  })
})
