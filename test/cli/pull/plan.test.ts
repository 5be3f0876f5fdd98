import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { toPulled } from '../../../src/cli/pull/actual.ts'
import { editFiles } from '../../../src/cli/pull/edit.ts'
import type { Actual, Desired } from '../../../src/plan/desired.ts'
import { match } from '../../../src/plan/identity.ts'
import { createPlan } from '../../../src/plan/plan.ts'
import type { Provider } from '../../../src/provider/provider.ts'
import { providers } from '../../../src/providers/index.ts'
import type { Json } from '../../../src/webhook.ts'
import { toRuns } from '../../helpers/runs.ts'
import { toActual, toDesired } from '../../plan/model.ts'

const runs = { numRuns: toRuns(40) }

const item = z.object({
  id: z.string().optional(),
  name: z.string().optional(),
  url: z.string(),
  eventTypes: z.array(z.string()).optional(),
  enabled: z.boolean().optional(),
  options: z.record(z.string(), z.custom<Json>()).optional(),
})
const file = z.object({ accounts: z.record(z.string(), z.object({ webhooks: z.array(item) })) })

/** Pulls webhooks into a file that says what is desired of them. */
function pull(actual: Actual, desired: readonly Desired[]) {
  const { account, provider } = actual
  const { slug } = account
  const webhooks = desired.map(({ id, name, url, eventTypes, enabled, options }) => {
    const shown = Object.entries(options).filter(([option]) => provider.options[option]?.secret !== true)
    return { id, name, url, eventTypes, enabled, ...(shown.length > 0 && { options: Object.fromEntries(shown) }) }
  })
  const text = JSON.stringify({ accounts: { [slug]: { provider: provider.name, webhooks } } })
  const known = webhooks.map(({ id, name, url, eventTypes, enabled, options }) => ({
    account: slug,
    ...(id !== undefined && { id }),
    ...(name !== undefined && { name }),
    url,
    ...(eventTypes !== undefined && { eventTypes }),
    ...(enabled !== undefined && { enabled }),
    ...(options !== undefined && { options: { [provider.name]: options } }),
  }))
  const pulled = toPulled(actual)
  const [edit] = editFiles([{ file: 'webhooks.json', text, known }], [pulled])
  if (edit === undefined) throw new Error('There is no file.')
  const said = file.parse(JSON.parse(edit.text)).accounts[slug]?.webhooks ?? []
  const after = said.map(({ id, name, url, eventTypes, enabled, options = {} }, index) => {
    return { index, account: slug, id, name, url, eventTypes, enabled, options }
  })
  return { edit, after, isWhole: pulled.webhooks.every(({ leftOut }) => leftOut.size === 0) }
}

/** Some of the webhooks have no name, and some receive nothing. */
const toCase = (provider: Provider) =>
  toActual(provider)
    .chain((actual) => {
      const some = fc.subarray([...actual.webhooks])
      return fc.tuple(some, some).map(([nameless, silent]) => {
        const webhooks = actual.webhooks.map((webhook) => ({
          ...webhook,
          ...(nameless.includes(webhook) && { name: null }),
          ...(silent.includes(webhook) && { eventTypes: [] }),
        }))
        return { ...actual, webhooks, isPruned: true }
      })
    })
    .chain((actual) => toDesired(provider, actual).map((desired) => ({ actual, desired })))

describe.each(providers.map((provider) => [provider.displayName, provider] as const))(
  'a file of %s that was pulled',
  (_, provider) => {
    it('has an empty plan, and nothing left to pull, whatever it said before', () => {
      fc.assert(
        fc.property(toCase(provider), ({ actual, desired }) => {
          const { edit, after, isWhole } = pull(actual, desired)
          if (edit.repeated.length > 0) {
            expect(match(actual, desired).problems.map(({ code }) => code)).toContain('REPEATED')
            return
          }
          expect(pull(actual, after).edit).toMatchObject({ added: 0, changed: 0, removed: [], inherited: [], repeated: [] })
          const { changes, problems } = createPlan(after, [actual])
          expect(problems).toEqual([])
          // What no file can say is told.
          const usual = isWhole ? ['NONE'] : ['NONE', 'UPDATE', 'REPLACE']
          expect(changes.filter(({ kind }) => !usual.includes(kind)).map(({ kind, webhook }) => [kind, webhook?.id])).toEqual([])
        }),
        runs,
      )
    })

    it('keeps to what a plan takes its webhooks for', () => {
      fc.assert(
        fc.property(toCase(provider), ({ actual, desired }) => {
          const { edit, after } = pull(actual, desired)
          const { matches, problems } = match(actual, desired)
          if (problems.length > 0 || matches.some(({ webhook }) => webhook === null)) return
          expect(edit).toMatchObject({ removed: [], repeated: [] })
          const found = match(actual, after).matches
          expect(found.slice(0, desired.length).map(({ webhook }) => webhook)).toEqual(matches.map(({ webhook }) => webhook))
          // An ID is given only where one is needed.
          if (matches.length === actual.webhooks.length && matches.every(({ isMoved }) => !isMoved))
            expect(after.map(({ id }) => id)).toEqual(desired.map(({ id }) => id))
        }),
        runs,
      )
    })
  },
)
