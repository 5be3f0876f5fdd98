import { describe, expect, it } from 'vitest'
import { pull } from '../../src/plan/pull.ts'
import { type CommonField, isEnum } from '../../src/provider/fields.ts'
import type { Provider } from '../../src/provider/provider.ts'
import { providers } from '../../src/providers/index.ts'
import type { Json } from '../../src/webhook.ts'
import { toDraft } from '../helpers/draft.ts'
import { openGateway, toAccount } from '../helpers/gateway.ts'
import { askPlan, countKinds, pullInput, readActual, toInput } from '../helpers/plan.ts'
import { openStandIn } from '../helpers/stand-in.ts'

// What holds for the plans of every provider, over whole requests against its stand-in.

async function open(provider: Provider, seeded = true) {
  const standIn = await openStandIn(provider, { seeded })
  const opened = openGateway({ providers: [provider], accounts: [toAccount(provider, standIn)] })
  return { ...opened, standIn, pulled: () => pullInput(opened.gateway, provider.name) }
}

const isManaged = ({ fields }: Provider, field: CommonField) => typeof fields[field].onCreate === 'string'

/** Another value for each field of a webhook. */
const others: Readonly<Record<CommonField, (provider: Provider, now: unknown) => unknown>> = {
  name: () => 'renamed',
  url: () => 'https://moved.acme.test/hooks',
  enabled: (_, now) => now !== true,
  eventTypes: ({ eventTypes: { known } }, now) => [
    known.map(({ name }) => name).find((name) => !(now as readonly string[] | undefined)?.includes(name)),
  ],
}

describe.each(providers.map((provider) => [provider.displayName, provider] as const))('a plan for %s', (_, provider) => {
  it('has nothing to do for what a pull has written, whatever its order', async () => {
    const { ask, pulled, standIn } = await open(provider)
    const webhooks = await pulled()
    const plan = await askPlan(ask, { webhooks, prune: [provider.name] })
    expect(plan).toMatchObject({ complete: true, problems: [], refusals: [], warnings: [] })
    const { NONE, UNMANAGED = 0 } = countKinds(plan.changes)
    expect(NONE).toBe(webhooks.length)
    expect(plan.changes).toHaveLength(webhooks.length + UNMANAGED)
    // Only what cannot be desired is left.
    const left = plan.changes.filter(({ kind }: { kind: string }) => kind === 'UNMANAGED')
    expect(left.every(({ warnings }: { warnings: object }) => JSON.stringify(warnings).includes('NOT_MANAGEABLE'))).toBe(true)
    expect(standIn.calls.every(({ method, text }) => method === 'GET' || !text.includes('mutation'))).toBe(true)
    const turned = await askPlan(ask, { webhooks: webhooks.toReversed(), prune: [provider.name] })
    expect(turned.fingerprint).toBe(plan.fingerprint)
  })

  const managed = (Object.keys(others) as CommonField[]).filter((field) => isManaged(provider, field))

  it.each(managed)('changes exactly the %s that is changed alone', async (field) => {
    const { ask, pulled, gateway } = await open(provider)
    const [first, ...rest] = await pulled()
    const [account] = gateway.accounts
    const listed = account && (await gateway.list(account)).webhooks.find(({ url }) => url === first?.url)
    const changed = { ...first, id: listed?.id, [field]: others[field](provider, first?.[field]) }
    const plan = await askPlan(ask, { webhooks: [changed, ...rest] })
    const kind = typeof provider.fields[field].onUpdate === 'string' ? 'UPDATE' : 'REPLACE'
    const effective = plan.changes.filter((each: { kind: string }) => each.kind !== 'NONE' && each.kind !== 'UNMANAGED')
    expect(effective).toMatchObject([
      { kind, desiredIndex: 0, webhook: { id: listed?.id }, fields: [{ path: field, comparable: true }] },
    ])
    expect(effective[0].fields[0].after).toEqual(changed[field])
    expect(effective[0].fields[0].before).not.toEqual(effective[0].fields[0].after)
  })

  const options = Object.entries(provider.options).filter(([, { secret }]) => secret !== true)

  it.each(options)(
    'changes exactly the option %s that is changed alone, or says that it cannot be compared',
    async (option, statement) => {
      const { ask, gateway } = await open(provider)
      const actual = await readActual(gateway, provider.name)
      const { webhooks } = actual
      const all = pull(actual)
      const [chosen] = all.toSorted((a, b) => Number(b.options[option] !== undefined) - Number(a.options[option] !== undefined))
      const webhook = webhooks.find(({ url, name }) => url === chosen?.url && name === (chosen.name ?? null))
      const values = [
        !webhook?.details[option],
        { changed: 'yes' },
        'changed',
        '2020-01-02',
        ...(isEnum(statement.type) ? Object.keys(statement.type.values) : []),
      ]
      const isOther = (value: Json) =>
        statement.shape?.safeParse(value).success ?? typeof value === (statement.type === 'Boolean' ? 'boolean' : 'string')
      const fitting = values.filter(
        (value) =>
          isOther(value) &&
          (!isEnum(statement.type) || (typeof value === 'string' && Object.hasOwn(statement.type.values, value))),
      )
      const value = fitting.find((each) => each !== webhook?.details[option]) ?? { namespace: 'changed', key: 'changed' }
      const wanted = all.map((desired) => {
        const changed =
          desired === chosen ? { ...desired.options, [option]: statement.list === true ? [value] : value } : desired.options
        return toInput(provider, { ...desired, options: changed })
      })
      const plan = await askPlan(ask, { webhooks: wanted })
      const [change, ...more] = plan.changes.filter(({ fields }: { fields: readonly unknown[] }) => fields.length > 0)
      expect(more).toEqual([])
      const path = `options.${provider.name}.${option}`
      // Stripe does not tell of some webhooks whose events they receive.
      if (change === undefined) {
        expect(plan.problems).toMatchObject([{ code: 'NOT_REPLACEABLE', message: expect.stringContaining(path) }])
        return
      }
      expect(change.fields).toMatchObject([{ path }])
      const kind = typeof statement.onUpdate === 'object' ? 'REPLACE' : 'UPDATE'
      expect(change.kind).toBe(change.fields[0].comparable === true ? kind : 'NONE')
      const isShown = chosen?.options[option] !== undefined && statement.isReworded !== true
      if (isShown) expect(change.fields[0].comparable).toBe(true)
      else if (change.fields[0].comparable === false) expect(change.fields[0].note).toContain(provider.displayName)
    },
  )

  it('creates what is missing, and deletes what nobody desires where that is asked for', async () => {
    const { ask, gateway } = await open(provider)
    const draft = toDraft(provider, { name: 'brand-new', url: 'https://hooks.acme.test/brand-new' })
    const [account] = gateway.accounts
    const existing = account === undefined ? 0 : (await gateway.list(account)).webhooks.length
    const kept = await askPlan(ask, { webhooks: [draft] })
    expect(countKinds(kept.changes)).toEqual({ CREATE: 1, UNMANAGED: existing })
    expect(kept.changes[0]).toMatchObject({ kind: 'CREATE', webhook: null, desiredIndex: 0, url: draft.url })
    const pruned = await askPlan(ask, { webhooks: [draft], prune: [provider.name] })
    expect(countKinds(pruned.changes)['DELETE']).toBeGreaterThan(0)
    expect(pruned.fingerprint).not.toBe(kept.fingerprint)
  })

  it('never guesses which of two desired webhooks is meant', async () => {
    const { ask } = await open(provider, false)
    const draft = toDraft(provider, { name: 'twins', url: 'https://hooks.acme.test/twins' })
    const two = await askPlan(ask, { webhooks: [draft, draft] })
    expect(two.changes).toEqual([])
    expect(two.problems).toMatchObject([{ code: 'REPEATED', desiredIndexes: [0, 1] }])
  })

  it('leaves out an account that cannot be read, and says why', async () => {
    const { ask, standIn, pulled } = await open(provider)
    const webhooks = await pulled()
    standIn.fail({ effect: 'READ', status: 500, times: 10 })
    const plan = await askPlan(ask, { webhooks, prune: [provider.name] })
    expect(plan).toMatchObject({
      complete: false,
      changes: [],
      sources: [{ state: 'FAILED', error: { code: 'UPSTREAM_UNAVAILABLE' } }],
    })
    expect(plan.warnings).toMatchObject([{ code: 'NOTHING_DELETED' }])
  })
})
