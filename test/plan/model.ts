import fc from 'fast-check'
import type { Change } from '../../src/plan/change.ts'
import type { Actual, Desired } from '../../src/plan/desired.ts'
import { toReplacement } from '../../src/plan/replace.ts'
import type { OptionStatement, Options } from '../../src/provider/fields.ts'
import { isEnum } from '../../src/provider/fields.ts'
import type { Provider } from '../../src/provider/provider.ts'
import { isUnsupported } from '../../src/provider/unsupported.ts'
import type { Account, AccountWebhook, Json } from '../../src/webhook.ts'

// Any webhooks that a provider's statement allows, and a model of what becomes of them when a plan is carried out.

const host = fc.constantFrom('hooks.acme.test', 'new.acme.test')
const url = fc.tuple(host, fc.constantFrom('a', 'b', 'c', 'd')).map(([at, path]) => `https://${at}/${path}`)
const name = fc.constantFrom('orders', 'refunds', 'users', 'cards')
const short = fc.constantFrom('x', 'y', 'z')

function toEventTypes({ eventTypes: { known, most = 4, wildcards, all } }: Provider): fc.Arbitrary<readonly string[]> {
  const names = known.slice(0, 5).map((each) => each.name)
  const patterns = wildcards === true ? names.map((each) => `${each.split('.')[0]}.*`) : []
  const some = fc.array(fc.constantFrom(...names, ...patterns), { minLength: 1, maxLength: most })
  return all === true || wildcards === true ? fc.oneof(some, fc.constant(['*'])) : some
}

function toValue({ type, list, nullable }: OptionStatement): fc.Arbitrary<Json> {
  const one: fc.Arbitrary<Json> = isEnum(type)
    ? fc.constantFrom(...Object.keys(type.values))
    : type === 'Boolean'
      ? fc.boolean()
      : type === 'JSON'
        ? fc.dictionary(short, short, { minKeys: 1, maxKeys: 2, noNullPrototype: true })
        : short
  const value = list === true ? fc.array(one, { minLength: 1, maxLength: 3 }) : one
  return nullable === true ? fc.oneof(value, fc.constant(null)) : value
}

/** Some of the options, with values. */
function toOptions({ options }: Provider, isChosen: (statement: OptionStatement) => boolean): fc.Arbitrary<Options> {
  const chosen = Object.entries(options).filter(([, statement]) => isChosen(statement))
  return fc.record(Object.fromEntries(chosen.map(([option, statement]) => [option, toValue(statement)])), { requiredKeys: [] })
}

const isNew = ({ onCreate = 'OPTIONAL' }: OptionStatement) => typeof onCreate === 'string'
const has = ({ fields }: Provider, field: 'name' | 'eventTypes' | 'enabled') => typeof fields[field].onCreate === 'string'

/** A webhook as a list shows it: what nobody set has its default or is not there. */
function toWebhook(
  provider: Provider,
  account: Account,
  upstreamId: string,
  given: Omit<Desired, 'index' | 'account' | 'id'>,
): AccountWebhook {
  const details = Object.keys(provider.details).map((detail) => {
    const { list = false, type } = provider.details[detail] ?? { type: 'String' }
    const asked = given.options[detail]
    const unset = list ? [] : type === 'Boolean' ? false : type === 'JSON' ? {} : null
    const fallback = provider.options[detail]?.default ?? unset
    return [detail, asked === undefined || (asked === null && list) ? fallback : asked] as const
  })
  const enabled = given.enabled ?? true
  return {
    id: `id-${account.slug}-${upstreamId}`,
    account,
    upstreamId,
    name: has(provider, 'name') ? (given.name ?? null) : null,
    url: given.url,
    enabled,
    status: enabled ? 'ACTIVE' : 'DISABLED',
    eventTypes: has(provider, 'eventTypes') ? [...(given.eventTypes ?? [])] : null,
    createdAt: null,
    updatedAt: null,
    secretHint: null,
    raw: { read: () => ({ environment: null }), seal: () => {} },
    details: Object.fromEntries(details),
  }
}

function toGiven(provider: Provider) {
  const fields = {
    name: has(provider, 'name') ? name : fc.constant(undefined),
    url,
    eventTypes: has(provider, 'eventTypes') ? toEventTypes(provider) : fc.constant(undefined),
    enabled: has(provider, 'enabled') ? fc.boolean() : fc.constant(undefined),
  }
  return fields
}

/** The webhooks of an account, any of which can have the same name or URL. */
export function toActual(provider: Provider): fc.Arbitrary<Actual> {
  const account: Account = { slug: `own-${provider.name}`, provider: provider.name, sandbox: true }
  const given = fc.record({ ...toGiven(provider), options: toOptions(provider, (each) => isNew(each) && each.secret !== true) })
  return fc.record({ all: fc.array(given, { maxLength: 6 }), isPruned: fc.boolean() }).map(({ all, isPruned }) => ({
    account,
    provider,
    webhooks: all.map((each, index) => toWebhook(provider, account, `w${index}`, each)),
    isComplete: true,
    isPruned,
    findObstacle: () => undefined,
  }))
}

/** What somebody desires of an account: mostly what its webhooks are, with other values and fields left out. */
export function toDesired(provider: Provider, { account, webhooks }: Actual): fc.Arbitrary<readonly Desired[]> {
  const { name: anyName, url: anyUrl, eventTypes, enabled } = toGiven(provider)
  const fresh = fc.record({
    account: fc.constant(account.slug),
    id:
      webhooks.length === 0
        ? fc.constant(undefined)
        : fc.option(fc.constantFrom(...webhooks.map(({ id }) => id), 'id-gone'), { nil: undefined, freq: 2 }),
    name: provider.fields.name.onCreate === 'REQUIRED' ? anyName : fc.option(anyName, { nil: undefined }),
    url: anyUrl,
    eventTypes: provider.fields.eventTypes.onCreate === 'REQUIRED' ? eventTypes : fc.option(eventTypes, { nil: undefined }),
    enabled: fc.option(enabled, { nil: undefined }),
    options: toOptions(provider, isNew),
  })
  return fc.array(fresh, { maxLength: 6 }).map((all) => all.map((each, index) => ({ ...each, index })))
}

/** The webhooks once a plan has been carried out. */
export function carryOut(actual: Actual, changes: readonly Change[]): Actual {
  const { provider, account } = actual
  let { webhooks } = actual
  for (const [index, { kind, webhook, desired, fields }] of changes.entries()) {
    const others = webhooks.filter((each) => each.id !== webhook?.id)
    if (kind === 'DELETE') webhooks = others
    if (kind === 'CREATE' && desired !== null) webhooks = [...webhooks, toWebhook(provider, account, `n${index}`, desired)]
    if (kind === 'REPLACE' && desired !== null && webhook !== null) {
      const twin = toReplacement(provider, webhook, desired)
      if (isUnsupported(twin)) throw new TypeError('What has no replacement is not replaced')
      const made = { ...twin, name: twin.name === '' ? undefined : twin.name }
      webhooks = [...others, toWebhook(provider, account, `n${index}`, made)]
    }
    if (kind === 'UPDATE' && webhook !== null) {
      const paths = new Map(fields.filter(({ isComparable }) => isComparable).map(({ path, after }) => [path, after]))
      webhooks = [...others, update(provider, webhook, paths)]
    }
  }
  return { ...actual, webhooks }
}

function update(provider: Provider, webhook: AccountWebhook, paths: ReadonlyMap<string, Json>): AccountWebhook {
  const details = Object.entries(webhook.details).map(([detail, before]) => {
    const after = paths.get(`options.${provider.name}.${detail}`)
    if (after === undefined) return [detail, before] as const
    const isMerged = provider.options[detail]?.isMerged === true
    return [
      detail,
      isMerged ? { ...(before as object), ...(after as object) } : (after ?? (Array.isArray(before) ? [] : null)),
    ] as const
  })
  const pick = <Value>(path: string, now: Value) => (paths.has(path) ? (paths.get(path) as Value) : now)
  const enabled = pick('enabled', webhook.enabled)
  return {
    ...webhook,
    name: pick('name', webhook.name),
    url: pick('url', webhook.url),
    eventTypes: pick('eventTypes', webhook.eventTypes),
    enabled,
    status: enabled ? 'ACTIVE' : 'DISABLED',
    details: Object.fromEntries(details),
  }
}
