import { isDeepStrictEqual } from 'node:util'
import { toHref } from '../provider/answers.ts'
import type { EventCatalogue } from '../provider/events.ts'
import type { CommonField, FieldRules, Options, OptionStatement } from '../provider/fields.ts'
import type { Provider } from '../provider/provider.ts'
import { type Shown, showsDetails } from '../provider/recovery.ts'
import type { AccountWebhook, Json } from '../webhook.ts'
import type { Desired } from './desired.ts'
import { toNormalName } from './name.ts'

// Compares what there should be with what there is. What reads do not show is UNTOLD, and never a reason to change anything.

/** A managed field of a webhook that exists, unless it is known to be as desired. */
export interface Compared {
  /** Below the input of a mutation, e.g. `url` or `options.acme.metadata`. */
  readonly path: string
  /** Null if it is UNTOLD. */
  readonly before: Json
  /** Null if it is a secret. */
  readonly after: Json
  readonly isShown: Exclude<Shown, true>
  readonly rules: FieldRules
  readonly isSecret: boolean
}

/** The fields that a desired webhook manages and that are not known to be as desired. */
export function compare(provider: Provider, desired: Desired, webhook: AccountWebhook): readonly Compared[] {
  const options = Object.keys(desired.options).flatMap((option) => compareOption(provider, desired.options, webhook, option))
  return [...compareCommon(provider, desired, webhook), ...options]
}

function compareCommon(
  { fields, eventTypes: catalogue }: Provider,
  { name, url, eventTypes, enabled }: Desired,
  webhook: AccountWebhook,
): readonly Compared[] {
  const toCompared = (path: CommonField, before: Json, after: Json | undefined, isShown: Shown): readonly Compared[] => {
    if (after === undefined || isShown === true) return []
    const isUntold = before === null && fields[path].isUnreported === true
    return [{ path, before, after, isShown: isUntold ? 'UNTOLD' : isShown, rules: fields[path], isSecret: false }]
  }
  const isListed = isSameOrder(webhook.eventTypes, eventTypes)
  const [shown, asked] = isListed ? [] : [webhook.eventTypes, eventTypes].map((each) => each && toDistinct(catalogue, each))
  const isSending = webhook.enabled && webhook.status !== 'SUSPENDED'
  return [
    ...toCompared('name', webhook.name, name, isSameName(webhook.name, name)),
    ...toCompared('url', webhook.url, url, webhook.url === url || toHref(webhook.url) === toHref(url)),
    ...toCompared('eventTypes', shown ?? null, asked ?? undefined, shown == null ? 'UNTOLD' : isSameOrder(shown, asked)),
    // Enabling a webhook that the provider has suspended is a change.
    ...toCompared('enabled', isSending, enabled, isSending === enabled),
  ]
}

function isSameOrder(shown: readonly string[] | null, asked: readonly string[] | null | undefined): boolean {
  return shown?.length === asked?.length && shown?.every((name, index) => name === asked?.[index]) === true
}

/** Event types in an order of their own, without those that a pattern among them covers. */
export function toDistinct({ wildcards, all }: EventCatalogue, eventTypes: readonly string[]): readonly string[] {
  const given = new Set(eventTypes)
  if ((wildcards === true || all === true) && given.has('*')) return ['*']
  const isCovered = (name: string) => {
    if (wildcards !== true) return false
    const pattern = `${name.split('.')[0] ?? name}.*`
    return name !== pattern && given.has(pattern)
  }
  return [...given].filter((name) => !isCovered(name)).toSorted()
}

function isSameName(shown: string | null, asked: string | undefined): boolean {
  return shown === asked || (shown !== null && asked !== undefined && toNormalName(shown) === toNormalName(asked))
}

function compareOption(provider: Provider, options: Options, webhook: AccountWebhook, option: string): readonly Compared[] {
  const { [option]: asked } = options
  const statement = provider.options[option]
  if (asked === undefined || statement === undefined) return []
  const { onCreate = 'OPTIONAL', onUpdate = 'OPTIONAL', secret = false } = statement
  const isShown = secret ? 'UNTOLD' : showsOption(provider, options, webhook, option, statement)
  if (isShown === true) return []
  const shown = webhook.details[option]
  return [
    {
      path: `options.${provider.name}.${option}`,
      before: secret || shown === undefined ? null : toJson(shown),
      after: secret ? null : asked,
      isShown,
      rules: { onCreate, onUpdate },
      isSecret: secret,
    },
  ]
}

/** Whether a webhook has this one of these options. */
export function showsOption(
  provider: Provider,
  options: Options,
  webhook: AccountWebhook,
  option: string,
  { nullable, isReworded, alternative }: OptionStatement,
): Shown {
  const { [option]: asked = null } = options
  if (provider.showsOptions !== undefined) return provider.showsOptions(webhook, { [option]: asked })
  const shown = webhook.details[option]
  if (shown === null && nullable !== true) {
    const isUnset = alternative !== undefined && webhook.details[alternative] === true && options[alternative] !== true
    // Null is also what could not be read, where it is no value.
    return isUnset && asked !== null ? false : 'UNTOLD'
  }
  const isShown = showsDetails(webhook.details, { [option]: asked })
  if (isShown === 'UNTOLD' && Array.isArray(shown) && isSameList(shown, asked)) return true
  if (isShown === true || shown === undefined) return isShown
  return isReworded === true ? 'UNTOLD' : false
}

/** Order and duplicates do not matter. */
function isSameList(shown: readonly Json[], asked: Json): boolean {
  const items: readonly Json[] = Array.isArray(asked) ? asked : []
  return shown.every((item) => contains(items, item)) && items.every((item) => contains(shown, item))
}

function contains(list: readonly Json[], item: Json): boolean {
  return list.some((each) => isDeepStrictEqual(each, item))
}

/** A value that is shown, as it would be sent. */
export function toJson(value: Json): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const members = Object.entries<Json | undefined>(value)
  return Object.fromEntries(members.flatMap(([name, each]) => (each === undefined ? [] : [[name, toJson(each)]])))
}
