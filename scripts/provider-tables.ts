import type { CommonField, FieldRule } from '../src/provider/fields.ts'
import { type Operation, operationNames } from '../src/provider/operations.ts'
import type { Provider } from '../src/provider/provider.ts'
import { isUnsupported } from '../src/provider/unsupported.ts'

// What each provider can do at a glance, as Markdown: a row for every provider, so that more providers make no table wider.

type Row = readonly string[]

export const operationTitles: Readonly<Record<Operation, string>> = {
  LIST: 'List',
  GET: 'Get',
  CREATE: 'Create',
  UPDATE: 'Update',
  DELETE: 'Delete',
  VERIFY: 'Verify',
  ROTATE_SECRET: 'Rotate',
  TEST: 'Test',
  LIST_DELIVERIES: 'Deliveries',
  REDELIVER: 'Redeliver',
}

export const supportMarks = { NATIVE: '✓', EMULATED: '~', UNSUPPORTED: '–' } as const
export const ruleMarks = { REQUIRED: '●', OPTIONAL: '○', UNSUPPORTED: '–' } as const

/** A mark for every operation of every provider; `page` has a section for each. */
export function formatOperationTable(providers: readonly Provider[], page: string): string {
  const rows = providers.map(({ displayName, operations, signature }) => [
    `[${displayName}](${page}#${displayName.toLowerCase()})`,
    ...operationNames.map((operation) => supportMarks[operations[operation].support]),
    signature === null ? supportMarks.UNSUPPORTED : supportMarks.NATIVE,
  ])
  return formatTable([['Provider', ...operationNames.map((operation) => operationTitles[operation]), 'Signed'], ...rows])
}

const common: readonly CommonField[] = ['name', 'url', 'eventTypes', 'enabled']

/** Two marks for every common field of every provider: on create and on update. */
export function formatFieldTable(providers: readonly Provider[]): string {
  const rows = providers.map(({ displayName, fields, options, eventTypes, settings = {} }) => [
    displayName,
    ...common.map((name) => `${toMark(fields[name].onCreate)} ${toMark(fields[name].onUpdate)}`),
    ...[options, eventTypes.known, settings].map((each) => String(Object.keys(each).length || supportMarks.UNSUPPORTED)),
  ])
  return formatTable([['Provider', ...common.map((name) => `\`${name}\``), 'Options', 'Event types', 'Settings'], ...rows])
}

function toMark(rule: FieldRule): string {
  return ruleMarks[isUnsupported(rule) ? 'UNSUPPORTED' : rule]
}

function formatTable([head = [], ...rows]: readonly Row[]): string {
  return [head, head.map((_, column) => (column === 0 ? '---' : ':-:')), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')
}
