import { toPlain } from '../../observe/plain.ts'
import type { Json } from '../../webhook.ts'
import { describeSource } from '../pull/ask.ts'
import type { Terminal } from '../terminal.ts'
import type { Change, Plan } from './ask.ts'
import { maskAll } from './mask.ts'

/** How a plan is shown. */
export interface ShowOptions {
  readonly style: Terminal['style']
  /** Shows the names of variables in place of their values. */
  mask(text: string): string
  /** Where the file says this webhook. */
  locate?(desiredIndex: number): string
}

type Kind = Change['kind']

const signs: Readonly<Record<Kind, readonly [sign: string, style: Parameters<Terminal['style']>[0], verb: string]>> = {
  CREATE: ['+', 'green', 'create'],
  UPDATE: ['~', 'yellow', 'update'],
  REPLACE: ['±', 'magenta', 'replace'],
  DELETE: ['-', 'red', 'delete'],
  UNMANAGED: ['?', 'gray', 'not in the file'],
  NONE: [' ', 'gray', 'as it should be'],
}

/** A plan as a diff, by account. Webhooks that are as they should be are only counted. */
export function showPlan(
  { changes, problems, refusals, warnings, sources }: Plan,
  options: ShowOptions,
  secrets: readonly string[] = [],
): readonly string[] {
  const { style } = options
  const shown = changes.filter((change) => change.kind !== 'NONE' || change.warnings.length > 0)
  const byAccount = Map.groupBy(shown, ({ account }) => account.slug)
  const accounts = [...byAccount].flatMap(([slug, own]) => [
    style('bold', slug),
    ...own.flatMap((change) => showChange(change, options)),
    '',
  ])
  const told = [
    ...warnings.map(({ message }) => `${style('yellow', 'warning')} ${toShown(message, options)}`),
    ...refusals.map(({ account, message }) => `${style('red', 'unusual')} ${account.slug}: ${toShown(message, options)}`),
    ...problems.map(({ account, message, desiredIndexes }) => {
      const places = desiredIndexes.map((index) => `${options.locate?.(index) ?? index}: `).join('')
      return `${style('red', 'problem')} ${places}${account.slug}: ${toShown(message, options)}`
    }),
    ...secrets.map((line) => `${style('yellow', 'secret')} ${line}`),
    ...sources
      .flatMap((source) => describeSource(maskSource(source, options)))
      .map((line) => `${style('red', 'not read')} ${toPlain(line)}`),
  ]
  return [...accounts, ...told, ...(told.length > 0 ? [''] : []), summarize(changes)]
}

function maskSource(source: Plan['sources'][number], { mask }: ShowOptions): Plan['sources'][number] {
  const { error } = source
  if (error === null) return source
  const upstream = error.upstream && { message: error.upstream.message && mask(error.upstream.message) }
  return { ...source, error: { ...error, message: mask(error.message), upstream } }
}

/** What a change is called. */
export function toLabel({ name, url }: Pick<Change, 'name' | 'url'>, options: Pick<ShowOptions, 'mask'>): string {
  const shownUrl = toShown(url, options)
  return name === null ? shownUrl : `${toShown(name, options)} (${shownUrl})`
}

function showChange(change: Change, options: ShowOptions): readonly string[] {
  const { style } = options
  const [sign, color, verb] = signs[change.kind]
  return [
    `  ${style(color, `${sign} ${verb}`)} ${toLabel(change, options)}`,
    ...change.fields.map((field) => `      ${showField(field, change.kind, options)}`),
    ...showPrice(change).map((line) => `      ${style('gray', line)}`),
    ...change.warnings.map(({ message }) => `      ${style('yellow', toShown(message, options))}`),
  ]
}

function showField(
  { path, before, after, comparable, note }: Change['fields'][number],
  kind: Kind,
  options: ShowOptions,
): string {
  const { style } = options
  const name = path.replace(/^options\.[^.]+\./, 'options.')
  if (!comparable) return style('gray', `${name}: ${toShown(note ?? 'cannot be compared', options)}`)
  if (kind !== 'CREATE' && Array.isArray(before) && Array.isArray(after)) return `${name}: ${showItems(before, after, options)}`
  const [old, now] = [before, after].map((value) => showValue(value, options))
  return kind === 'CREATE'
    ? `${name}: ${style('green', now ?? '')}`
    : `${name}: ${style('red', old ?? '')} → ${style('green', now ?? '')}`
}

/** What a list loses and gains. */
function showItems(before: readonly Json[], after: readonly Json[], options: ShowOptions): string {
  const { style } = options
  const toTexts = (items: readonly Json[]) => new Set(items.map((item) => showValue(item, options)))
  const [old, now] = [toTexts(before), toTexts(after)]
  const [lost, gained] = [[...old].filter((item) => !now.has(item)), [...now].filter((item) => !old.has(item))]
  return [...lost.map((item) => style('red', `-${item}`)), ...gained.map((item) => style('green', `+${item}`))].join(' ')
}

function showValue(value: Json, { mask }: ShowOptions): string {
  if (value === null) return 'none'
  const masked = maskAll(value, mask)
  return toPlain(typeof masked === 'string' ? masked : JSON.stringify(masked))
}

function showPrice({ price }: Change): readonly string[] {
  if (price === null) return []
  return [
    ...(price.changesId ? ['It gets a new ID.'] : []),
    ...(price.duplicateDeliveries ? ['Events may be delivered twice in the meantime.'] : []),
    ...(price.losesDeliveryHistory ? ['Its delivery log is lost.'] : []),
    ...(price.needsVerification ? ['Its URL must be verified again.'] : []),
  ]
}

function summarize(changes: readonly Change[]): string {
  const count = (kind: Kind) => changes.filter((change) => change.kind === kind).length
  const calls = changes.reduce((sum, change) => sum + change.calls, 0)
  const parts = [
    `${count('CREATE')} to create`,
    `${count('UPDATE')} to update`,
    `${count('REPLACE')} to replace`,
    `${count('DELETE')} to delete`,
    `${count('NONE')} as they should be`,
    ...(count('UNMANAGED') > 0 ? [`${count('UNMANAGED')} not in the file`] : []),
  ]
  return `Plan: ${parts.join(', ')}.${calls > 0 ? ` At most ${calls} ${calls === 1 ? 'request' : 'requests'}.` : ''}`
}

/** Without the values of variables, and with nothing that a terminal would take for a command. */
export function toShown(text: string, { mask }: Pick<ShowOptions, 'mask'>): string {
  return toPlain(mask(text))
}
