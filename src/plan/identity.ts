import { toHref } from '../provider/answers.ts'
import type { Provider } from '../provider/provider.ts'
import type { AccountWebhook } from '../webhook.ts'
import type { Actual, Desired } from './desired.ts'
import { type Problem, toAmbiguous, toContested, toRepeated } from './problem.ts'

// Which webhook is meant: by its ID, else by its name where the provider has names, else by its URL.

/** A desired webhook, and the one that it is; null if there is none yet. */
export interface Match {
  readonly desired: Desired
  readonly webhook: AccountWebhook | null
  /** Whether no webhook has the given ID any more. */
  readonly isMoved: boolean
}

export interface Matches {
  readonly matches: readonly Match[]
  readonly problems: readonly Problem[]
  /** Webhooks that nobody desires. */
  readonly unmatched: readonly AccountWebhook[]
}

/** Matches the desired webhooks of an account, whatever their order. What is ambiguous is a problem, and matches nothing. */
export function match({ account, provider, webhooks }: Actual, desired: readonly Desired[]): Matches {
  const byId = new Map(webhooks.map((webhook) => [webhook.id, webhook]))
  const [named, others] = partition(desired, ({ id }) => id !== undefined && byId.has(id))
  const claimed = new Set(named.map(({ id }) => id))
  const find = createFinder(
    provider,
    webhooks.filter(({ id }) => !claimed.has(id)),
  )
  const fits = [
    ...named.map((each) => ({ desired: each, key: `id ${each.id}`, found: [byId.get(each.id ?? '')].filter(isPresent) })),
    ...others.map((each) => ({ desired: each, key: toKey(provider, each), found: find(each) })),
  ]
  const byKey = Map.groupBy(fits, ({ key }) => key)
  const byWebhook = Map.groupBy(
    fits.flatMap((fit) => fit.found.map((webhook) => ({ fit, webhook }))),
    ({ webhook }) => webhook,
  )
  const problems = new Set<Problem>()
  const matches: Match[] = []
  const contested = new Map<readonly object[], Problem>()
  for (const { desired: own, key, found } of fits) {
    const repeated = byKey.get(key) ?? []
    const [first = null, ...more] = found
    const rivals = first === null ? [] : (byWebhook.get(first) ?? [])
    if (repeated.length > 1) {
      const problem =
        contested.get(repeated) ??
        toRepeated(
          account,
          own,
          repeated.map((each) => each.desired),
          found,
        )
      contested.set(repeated, problem)
      problems.add(problem)
    } else if (more.length > 0) problems.add(toAmbiguous(account, own, found))
    else if (first !== null && rivals.length > 1) {
      const problem =
        contested.get(rivals) ??
        toContested(
          account,
          rivals.map(({ fit }) => fit.desired),
          first,
        )
      contested.set(rivals, problem)
      problems.add(problem)
    } else matches.push({ desired: own, webhook: first, isMoved: own.id !== undefined && own.id !== first?.id })
  }
  return { matches, problems: [...problems], unmatched: webhooks.filter((webhook) => !byWebhook.has(webhook)) }
}

/** What a desired webhook without an ID is known by. */
function toKey({ fields }: Provider, { name, url }: Pick<Desired, 'name' | 'url'>): string {
  return name !== undefined && typeof fields.name.onCreate === 'string' ? `name ${name}` : `url ${toHref(url)}`
}

/** Finds all webhooks that a desired one can mean. One without a name, or whose name is not reported, is known by its URL only. */
function createFinder(provider: Provider, webhooks: readonly AccountWebhook[]) {
  const byName = Map.groupBy(webhooks, ({ name }) => name)
  const byUrl = Map.groupBy(webhooks, ({ url }) => toHref(url))
  return (desired: Desired): readonly AccountWebhook[] => {
    const { name = null } = desired
    const atUrl = byUrl.get(toHref(desired.url)) ?? []
    if (!toKey(provider, desired).startsWith('name ')) return atUrl
    return byName.get(name) ?? atUrl.filter((webhook) => webhook.name === null)
  }
}

function isPresent<Value>(value: Value | undefined): value is Value {
  return value !== undefined
}

function partition<Item>(items: readonly Item[], isFirst: (item: Item) => boolean): readonly [readonly Item[], readonly Item[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))]
}
