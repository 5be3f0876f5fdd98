import { type Change, isChanged } from '../../plan/change.ts'
import type { Desired } from '../../plan/desired.ts'
import { toReplacement } from '../../plan/replace.ts'
import type { Options } from '../../provider/fields.ts'
import type { Provider } from '../../provider/provider.ts'
import { isUnsupported } from '../../provider/unsupported.ts'
import type { CreateFields, ProviderOptions, UpdateFields } from '../input.ts'

// The inputs of the mutations that carry a change out.

/** Input that creates the webhook of a change. */
export function toCreateFields(provider: Provider, { account, desired, webhook }: Change): CreateFields {
  if (desired === null) throw new TypeError('Only a desired webhook is created')
  const twin = webhook === null ? desired : toTwin(provider, toReplacement(provider, webhook, desired))
  const { url, name, eventTypes, enabled, options } = twin
  const hasSwitch = typeof provider.fields.enabled.onCreate === 'string'
  return { account: account.slug, url, name, eventTypes, enabled: hasSwitch ? enabled : undefined, ...toOwn(provider, options) }
}

type Settings = Pick<Desired, 'url' | 'name' | 'eventTypes' | 'enabled' | 'options'>

/** A unique name still belongs to the old webhook: the new one gets it afterwards. */
function toTwin({ fields }: Provider, replacement: ReturnType<typeof toReplacement>): Settings {
  if (isUnsupported(replacement)) throw new TypeError('A webhook without a replacement is not replaced')
  const { name, ...rest } = replacement
  return { ...rest, name: name === '' || fields.name.isUnique === true ? undefined : name }
}

/** The name that a new webhook gets once the old one is gone; undefined if it has it already. */
export function toLaterName(provider: Provider, { webhook, desired }: Change): string | undefined {
  return provider.fields.name.isUnique === true ? (desired?.name ?? webhook?.name ?? undefined) : undefined
}

/** Input that updates exactly what a change shows. */
export function toUpdateFields(provider: Provider, { webhook, desired, fields }: Change): UpdateFields {
  if (desired === null || webhook === null) throw new TypeError('Only a desired webhook that exists is updated')
  const paths = new Set(fields.filter(isChanged).map(({ path }) => path))
  const pick = <Value>(path: string, value: Value) => (paths.has(path) ? value : undefined)
  const options = Object.entries(desired.options).filter(([option]) => paths.has(`options.${provider.name}.${option}`))
  return {
    id: webhook.id,
    url: pick('url', desired.url),
    name: pick('name', desired.name),
    eventTypes: pick('eventTypes', desired.eventTypes),
    enabled: pick('enabled', desired.enabled),
    ...toOwn(provider, Object.fromEntries(options)),
  }
}

function toOwn({ name }: Provider, options: Options): { readonly options?: ProviderOptions } {
  return Object.keys(options).length === 0 ? {} : { options: { [name]: options } }
}
