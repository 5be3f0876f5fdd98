import type { Options } from '../provider/fields.ts'
import type { Twin } from '../provider/operations.ts'
import type { Provider } from '../provider/provider.ts'
import { isUnsupported, type Unsupported } from '../provider/unsupported.ts'
import type { AccountWebhook, Json } from '../webhook.ts'
import { compare, toJson } from './compare.ts'
import type { Desired } from './desired.ts'

/** The fields in which a webhook differs from a desired one that it is to take the place of, apart from a name that only one can have. */
export function listDifferences(provider: Provider, desired: Desired, webhook: AccountWebhook): readonly string[] {
  const isLate = (path: string) => path === 'name' && provider.fields.name.isUnique === true
  const differing = compare(provider, desired, webhook).filter(({ isShown, path }) => isShown === false && !isLate(path))
  return differing.map(({ path }) => path)
}

/** Input that creates a webhook as desired, with what is not managed as it is now; or why there is none. */
export function toReplacement(provider: Provider, webhook: AccountWebhook, desired: Desired): Twin<Options> | Unsupported {
  const { CREATE, DELETE } = provider.operations
  if (isUnsupported(CREATE)) return CREATE
  if (isUnsupported(DELETE)) return DELETE
  const twin = toTwin(provider, webhook)
  if (isUnsupported(twin)) return twin
  const { url, name = twin.name, eventTypes = twin.eventTypes, enabled = twin.enabled } = desired
  return { url, name, eventTypes, enabled, options: merge(provider, twin.options, desired.options) }
}

function toTwin(provider: Provider, webhook: AccountWebhook): Twin<Options> | Unsupported {
  const { ROTATE_SECRET: rotation } = provider.operations
  if (!isUnsupported(rotation) && rotation.strategy === 'REPLACEMENT') return rotation.toTwin(webhook)
  const { url, name, eventTypes, enabled, details } = webhook
  const shown = Object.entries(provider.options).flatMap(([option, { secret, onCreate = 'OPTIONAL' }]) => {
    const value = details[option]
    const isKept = secret !== true && typeof onCreate === 'string' && value !== undefined && !isEmpty(value)
    return isKept ? [[option, toJson(value)] as const] : []
  })
  return { url, name: name ?? '', eventTypes: eventTypes ?? undefined, enabled, options: Object.fromEntries(shown) }
}

/** What a create leaves out, because it is the default or was not read. */
function isEmpty(value: Json): boolean {
  return value === null || (Array.isArray(value) && value.length === 0)
}

function merge({ options: statements }: Provider, now: Options, desired: Options): Options {
  const asked = Object.entries(desired).filter(([, value]) => value !== undefined)
  const merged = asked.map(([option, value]) => {
    const before = now[option]
    const isMerged = statements[option]?.isMerged === true && isMembers(before) && isMembers(value)
    return [option, isMerged ? dropRemoved({ ...before, ...value }) : value] as const
  })
  const given = Object.fromEntries(asked)
  const isReplaced = (option: string) =>
    Object.entries(statements).some(
      ([own, { alternative }]) =>
        alternative !== undefined &&
        ((option === alternative && given[own] !== undefined) || (option === own && given[alternative] === true)),
    )
  const kept = Object.entries(now).filter(([option]) => !isReplaced(option))
  return { ...Object.fromEntries(kept), ...Object.fromEntries(merged) }
}

function isMembers(value: Json | undefined): value is { readonly [key: string]: Json | undefined } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function dropRemoved(members: { readonly [key: string]: Json | undefined }): Json {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== ''))
}
