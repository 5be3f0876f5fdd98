import { InvalidInputError, type InputIssue } from '../../errors.ts'
import type { Actual, Desired } from '../../plan/desired.ts'
import type { Provider } from '../../provider/provider.ts'
import type { Checks } from '../checks.ts'
import type { Connection } from '../connection.ts'
import { describeNoAccount, type Directory } from '../directory.ts'
import { inspectCreate, toUpdateInput, type UpdateFields } from '../input.ts'
import { toIssues } from '../shapes.ts'
import { toUnchecked } from '../unchecked.ts'
import { wordIssue } from '../wording.ts'
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
  /** Accounts of the desired webhooks, and those that are pruned, in the order of the configuration. */
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
    const input = toUnchecked(given)
    const connection = directory.find(input['account'])
    const at = (path: readonly string[]) => ['input', 'webhooks', String(index), ...path]
    if (connection === undefined)
      return typeof input['account'] === 'string' ? [refuseAccount(at(['account']), input['account'])] : []
    const { id } = input
    const isOwn = typeof id !== 'string' || directory.locate(id)?.connection === connection
    return [
      ...[...inspectCreate(toManaged(connection.provider), input), ...inspectUrl(input)].map((issue) => ({
        ...issue,
        path: at(issue.path.slice(1)),
      })),
      ...(isOwn
        ? []
        : [{ path: at(['id']), code: 'INVALID', message: 'This is not the ID of a webhook of this account.' } as const]),
    ]
  }

  function refuseAccount(path: readonly string[], slug: string): InputIssue {
    return { path, code: 'INVALID', message: describeNoAccount(slug, known) }
  }

  function inspect(shape: 'PLAN' | 'APPLY', input: unknown): readonly InputIssue[] {
    const { error } = shapes[shape].safeParse(input, { error: wordIssue })
    const wrong = error === undefined ? [] : toIssues(error, input).map((issue) => ({ ...issue, path: ['input', ...issue.path] }))
    const { webhooks, prune } = toUnchecked(input)
    const unknown = (Array.isArray(prune) ? prune : []).flatMap((slug: unknown, index) =>
      typeof slug === 'string' && directory.find(slug) === undefined
        ? [refuseAccount(['input', 'prune', String(index)], slug)]
        : [],
    )
    const own = (Array.isArray(webhooks) ? webhooks : []).flatMap(inspectDesired)
    const reported = new Set(wrong.map(({ path }) => path.join('.')))
    // What has the wrong shape is reported once.
    const more = [...own, ...unknown].filter(
      ({ path }) => !path.some((_, length) => reported.has(path.slice(0, length + 1).join('.'))),
    )
    return [...wrong, ...more]
  }

  return (shape: 'PLAN' | 'APPLY', given: PlanFields, others: readonly InputIssue[] = []): AskedPlan => {
    const issues = [...inspect(shape, given), ...others]
    if (issues.length > 0) throw new InvalidInputError(issues)
    const pruned = new Set(given.prune)
    const desired = given.webhooks.map((each, index) => toDesired(directory.getConnection(each.account).provider, each, index))
    const slugs = new Set([...pruned, ...desired.map(({ account }) => account)])
    return {
      desired,
      pruned,
      connections: connections.filter(({ account }) => slugs.has(account.slug)),
      findObstacle: (provider, webhook) => findObstacle(provider, webhook, inspectUrl),
    }
  }
}

function toDesired(provider: Provider, given: DesiredFields, index: number): Desired {
  const { account, id } = given
  const { url = '', name, eventTypes, enabled, options } = toUpdateInput(provider, '', { ...given, id: '' })
  const hasSwitch = typeof provider.fields.enabled.onCreate === 'string'
  return { index, account, id: id ?? undefined, url, name, eventTypes, enabled: hasSwitch ? enabled : undefined, options }
}
