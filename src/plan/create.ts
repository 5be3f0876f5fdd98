import type { CommonField, FieldRule } from '../provider/fields.ts'
import type { Provider } from '../provider/provider.ts'
import { isUnsupported } from '../provider/unsupported.ts'
import type { Account } from '../webhook.ts'
import { type Change, type FieldChange, toChange, toNewField } from './change.ts'
import { toDistinct } from './compare.ts'
import type { Desired } from './desired.ts'
import { type Problem, toNotCreatable } from './problem.ts'

/** The creation of a desired webhook, or why it cannot be created. */
export function planCreate(account: Account, provider: Provider, desired: Desired, isMoved: boolean): Change | Problem {
  const { CREATE } = provider.operations
  const reasons = isUnsupported(CREATE) ? [CREATE.note] : findReasons(provider, desired)
  if (reasons.length > 0) return toNotCreatable(account, desired, reasons)
  return toChange('CREATE', account, { desired, fields: listFields(provider, desired), isMoved })
}

const common = ['name', 'url', 'eventTypes', 'enabled'] as const satisfies readonly CommonField[]

function findReasons({ name, displayName, fields, options }: Provider, desired: Desired): readonly string[] {
  const refuse = (path: string, rule: FieldRule, value: unknown): readonly string[] => {
    if (rule === 'REQUIRED' && value == null) return [`${displayName} requires ${path}.`]
    return typeof rule === 'object' && value != null ? [`${displayName} does not support ${path}: ${rule.note}`] : []
  }
  return [
    ...common.flatMap((field) => refuse(field, fields[field].onCreate, desired[field])),
    ...Object.entries(options).flatMap(([option, { onCreate = 'OPTIONAL' }]) =>
      refuse(`options.${name}.${option}`, onCreate, desired.options[option]),
    ),
  ]
}

function listFields({ name, eventTypes: catalogue, options }: Provider, desired: Desired): readonly FieldChange[] {
  const { eventTypes } = desired
  const values = { ...desired, eventTypes: eventTypes && toDistinct(catalogue, eventTypes) }
  return [
    ...common.flatMap((path) => {
      const after = values[path]
      return after === undefined ? [] : [toNewField({ path, after, isSecret: false })]
    }),
    ...Object.entries(desired.options).flatMap(([option, after]) => {
      const isSecret = options[option]?.secret === true
      const path = `options.${name}.${option}`
      return after === undefined ? [] : [toNewField({ path, after: isSecret ? null : after, isSecret })]
    }),
  ]
}
