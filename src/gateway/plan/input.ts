import { InvalidInputError, type InputIssue } from '../../errors.ts'
import type { Actual, Desired } from '../../plan/desired.ts'
import type { Provider } from '../../provider/provider.ts'
import { type Checks, inspectShape } from '../checks.ts'
import type { Connection } from '../connection.ts'
import { describeNoAccount, type Directory } from '../directory.ts'
import { inspectCreate, mostDesired, toUpdateInput, type UpdateFields } from '../input.ts'
import { toUnchecked, type Unchecked } from '../unchecked.ts'
import { toManaged } from './managed.ts'
import { findObstacle } from './obstacle.ts'

/** A webhook that there should be. A field that is left out is not managed. */
export interface DesiredFields extends Omit<UpdateFields, 'id' | 'url'> {
  readonly account: string
  readonly id?: string | null | undefined
  readonly url: string
}
export interface PlanFields {
  readonly webhooks: readonly DesiredFields[]
  /** Slugs of the accounts whose other webhooks are deleted. */
  readonly prune?: readonly string[] | null | undefined
  /** Slugs of further accounts to read. */
  readonly accounts?: readonly string[] | null | undefined
}
export interface ApplyFields extends PlanFields {
  readonly fingerprint: string
  /** IDs of the changes to carry out; defaults to all. */
  readonly only?: readonly string[] | null | undefined
  readonly force?: boolean | null | undefined
}

/** A valid input of a plan. */
export interface AskedPlan {
  readonly desired: readonly Desired[]
  /** Accounts of the desired webhooks, those that are pruned, and those that are only read, in the order of the configuration. */
  readonly connections: readonly Connection[]
  readonly pruned: ReadonlySet<string>
  /** By the same rules as those of the input. */
  findObstacle(provider: Provider, ...webhook: Parameters<Actual['findObstacle']>): string | undefined
}

interface ReaderOptions {
  readonly directory: Directory
  readonly checks: Checks
  readonly connections: readonly Connection[]
}

export type PlanReader = ReturnType<typeof createPlanReader>

/** Validates the input of a plan, and reports all of its issues at once. */
export function createPlanReader({ directory, checks, connections }: ReaderOptions) {
  const { shapes, inspectUrl } = checks
  const known = connections.map(({ account }) => account.slug)

  function inspectDesired(given: unknown, index: number): readonly InputIssue[] {
    const issues = inspectShape(shapes.DESIRED, ['input'], given, inspectRules(toUnchecked(given)))
    if (issues.length === 0) return issues
    return issues.map(({ path: [, ...path], ...issue }) => ({ ...issue, path: ['input', 'webhooks', String(index), ...path] }))
  }

  function inspectRules(input: Unchecked): readonly InputIssue[] {
    const { account, id } = input
    const connection = directory.find(account)
    if (connection === undefined) return typeof account === 'string' ? [refuseAccount(['input', 'account'], account)] : []
    const isOwn = typeof id !== 'string' || directory.locate(id)?.connection === connection
    return [
      ...inspectCreate(toManaged(connection.provider), input),
      ...inspectUrl(input),
      ...(isOwn ? [] : [{ path: ['input', 'id'], code: 'INVALID', message: foreignId } as const]),
    ]
  }

  function refuseAccount(path: readonly string[], slug: string): InputIssue {
    return { path, code: 'INVALID', message: describeNoAccount(slug, known) }
  }

  function inspectSlugs(list: string, slugs: unknown): readonly InputIssue[] {
    return (Array.isArray(slugs) ? slugs : []).flatMap((slug: unknown, index) =>
      typeof slug === 'string' && directory.find(slug) === undefined ? [refuseAccount(['input', list, String(index)], slug)] : [],
    )
  }

  function inspect(shape: 'PLAN' | 'APPLY', input: unknown): readonly InputIssue[] {
    const { webhooks, ...lists } = toUnchecked(input)
    const unknown = (['prune', 'accounts'] as const).flatMap((list) => inspectSlugs(list, lists[list]))
    const own = (Array.isArray(webhooks) ? webhooks.slice(0, mostDesired) : []).flatMap(inspectDesired)
    return inspectShape(shapes[shape], ['input'], input, [...own, ...unknown])
  }

  return (shape: 'PLAN' | 'APPLY', given: PlanFields, others: readonly InputIssue[] = []): AskedPlan => {
    const issues = [...inspect(shape, given), ...others]
    if (issues.length > 0) throw new InvalidInputError(issues)
    const pruned = new Set(given.prune)
    const desired = given.webhooks.map((each, index) => toDesired(directory.getConnection(each.account).provider, each, index))
    const slugs = new Set([...pruned, ...(given.accounts ?? []), ...desired.map(({ account }) => account)])
    return {
      desired,
      pruned,
      connections: connections.filter(({ account }) => slugs.has(account.slug)),
      findObstacle: (provider, webhook) => findObstacle(provider, webhook, inspectUrl),
    }
  }
}

const foreignId = 'This is not the ID of a webhook of this account.'

function toDesired(provider: Provider, given: DesiredFields, index: number): Desired {
  const { account, id } = given
  const { url = '', name, eventTypes, enabled, options } = toUpdateInput(provider, '', given)
  const hasSwitch = typeof provider.fields.enabled.onCreate === 'string'
  return { index, account, id: id ?? undefined, url, name, eventTypes, enabled: hasSwitch ? enabled : undefined, options }
}
