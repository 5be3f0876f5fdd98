import { toManaged } from '../../gateway/plan/managed.ts'
import { inspectCreate } from '../../gateway/input.ts'
import { wordIssue } from '../../gateway/wording.ts'
import type { Provider } from '../../provider/provider.ts'
import type { Json } from '../../webhook.ts'
import { createWebhookShape } from '../file/shape.ts'

/** What a file says of a webhook. */
export interface PulledFields {
  readonly id?: string
  readonly name?: string
  readonly url: string
  readonly eventTypes?: readonly string[]
  readonly enabled?: boolean
  readonly options?: Readonly<Record<string, Json>>
}

/** What a file can say of a webhook that can be in it, and why not the rest. */
export interface Allowed {
  readonly fields: PulledFields
  /** Why not, by the path of each field, such as `options.metadata`. */
  readonly leftOut: ReadonlyMap<string, string>
}

/**
 * Leaves out the fields that a file or the gateway would refuse: one of them would keep the whole file from being read. What is
 * left out is not managed, so it stays as it is.
 */
export function createAllow(provider: Provider): (fields: PulledFields, id: string) => Allowed {
  const shape = createWebhookShape(provider)
  const managed = toManaged(provider)

  function findIssues(fields: PulledFields): ReadonlyMap<string, string> {
    const input = { ...fields, options: { [provider.name]: fields.options ?? {} } }
    const issues = [
      ...(shape.safeParse(fields, { error: wordIssue }).error?.issues ?? []),
      ...inspectCreate(managed, input).map(({ path: [, field, , ...rest], message }) => {
        return { path: field === 'options' ? [field, ...rest] : [field], message }
      }),
    ]
    return new Map(issues.map(({ path: [field, option], message }) => [toPath(String(field), option), message]))
  }

  return (fields, id) => {
    const issues = findIssues(fields)
    if (issues.size === 0) return { fields, leftOut: issues }
    const isAllowed = (field: string) => !issues.has(field)
    const options = Object.entries(fields.options ?? {}).filter(([option]) => isAllowed(toPath('options', option)))
    const { name, eventTypes, options: _, ...rest } = fields
    return {
      fields: {
        ...rest,
        ...(name !== undefined && (isAllowed('name') ? { name } : { id })),
        ...(eventTypes !== undefined && isAllowed('eventTypes') && { eventTypes }),
        ...(options.length > 0 && { options: Object.fromEntries(options) }),
      },
      leftOut: issues,
    }
  }
}

function toPath(field: string, option: unknown): string {
  return field === 'options' ? `options.${String(option)}` : field
}
