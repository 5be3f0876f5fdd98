import { isDeepStrictEqual } from 'node:util'
import { isRecord } from '../../gateway/unchecked.ts'
import { toNormalName } from '../../plan/name.ts'
import { toHref } from '../../provider/answers.ts'
import type { DesiredWebhook } from '../file/desired.ts'
import { escapeVariables } from '../file/variables.ts'
import type { PulledWebhook } from './actual.ts'

interface EditOptions {
  readonly provider: string
  /** Whether name and URL are not enough to know it by. */
  readonly needsId: boolean
  /** Paths of what it does not have. */
  readonly unsaid: readonly string[]
}

/** What the file is to say of a webhook: the fields that it manages as they are. The same value if nothing differs. */
export function editWebhook(
  item: unknown,
  { id, fields }: PulledWebhook,
  known: DesiredWebhook,
  { provider, needsId, unsaid }: EditOptions,
): unknown {
  if (!isRecord(item)) return item
  const own = known.options?.[provider] ?? {}
  const given = isRecord(item['options']) ? item['options'] : {}
  const options = Object.entries(own).flatMap(([option, value]) => {
    const actual = fields.options?.[option]
    return actual === undefined || isDeepStrictEqual(actual, value)
      ? []
      : [[option, merge(given[option], value, actual)] as const]
  })
  const types = fields.eventTypes
  const isSame = {
    id: known.id === id || (known.id === undefined && !needsId),
    name: known.name === undefined || toNormalName(fields.name ?? known.name) === toNormalName(known.name),
    url: toHref(known.url) === toHref(fields.url),
    eventTypes:
      known.eventTypes === undefined || types === undefined || isDeepStrictEqual(new Set(known.eventTypes), new Set(types)),
    enabled: known.enabled === undefined || (fields.enabled ?? known.enabled) === known.enabled,
  }
  const { id: _, ...rest } = item
  const edited = {
    ...(isSame.id ? item : { ...(needsId && { id: escapeVariables(id) }), ...rest }),
    ...(!isSame.name && { name: escapeVariables(fields.name) }),
    ...(!isSame.url && { url: escapeVariables(fields.url) }),
    ...(!isSame.eventTypes && { eventTypes: mergeTypes(item['eventTypes'], known.eventTypes ?? [], types ?? []) }),
    ...(!isSame.enabled && { enabled: fields.enabled }),
    ...(options.length > 0 && { options: { ...given, ...Object.fromEntries(options) } }),
  }
  const isEdited = options.length > 0 || unsaid.length > 0 || Object.values(isSame).includes(false)
  const said = withoutPaths(edited, unsaid)
  return isEdited && !isDeepStrictEqual(said, item) ? said : item
}

function withoutPaths(item: Readonly<Record<string, unknown>>, paths: readonly string[]): object {
  const kept = Object.entries(item).flatMap(([field, value]) => {
    if (field !== 'options' || !isRecord(value)) return paths.includes(field) ? [] : [[field, value] as const]
    const options = Object.entries(value).filter(([option]) => !paths.includes(`options.${option}`))
    return options.length === 0 ? [] : [[field, Object.fromEntries(options)] as const]
  })
  return paths.length === 0 ? item : Object.fromEntries(kept)
}

/** The event types that there are, those that the file has as it writes them and in its order. */
function mergeTypes(written: unknown, known: readonly string[], actual: readonly string[]): readonly unknown[] {
  const given: readonly unknown[] | null = Array.isArray(written) ? written : null
  const kept = given === null ? [] : known.flatMap((type, index) => (actual.includes(type) ? [given[index]] : []))
  const isKnown = new Set(given === null ? [] : known)
  return [...kept, ...actual.filter((type) => !isKnown.has(type)).map(escapeVariables)]
}

/** A value that there is, with the parts that the file has as it writes them. */
function merge(written: unknown, known: unknown, actual: unknown): unknown {
  if (written !== undefined && isDeepStrictEqual(known, actual)) return written
  if (!isRecord(written) || !isRecord(known) || !isRecord(actual)) return escapeVariables(actual)
  return Object.fromEntries(Object.entries(actual).map(([key, value]) => [key, merge(written[key], known[key], value)]))
}
