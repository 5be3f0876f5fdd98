import type { FieldRule, FieldRules } from '../../provider/fields.ts'
import type { Provider } from '../../provider/provider.ts'

const managed = new WeakMap<Provider, Provider>()

/** The provider with rules that hold whether a webhook exists or not: what only one of the two allows depends on the plan. */
export function toManaged(provider: Provider): Provider {
  const view = managed.get(provider) ?? buildManaged(provider)
  managed.set(provider, view)
  return view
}

function buildManaged(provider: Provider): Provider {
  const { name, url, eventTypes, enabled } = provider.fields
  const options = Object.entries(provider.options).map(
    ([option, each]) => [option, { ...each, ...toManagedRules(each) }] as const,
  )
  return {
    ...provider,
    fields: {
      name: { ...name, ...toManagedRules(name) },
      url,
      eventTypes: { ...eventTypes, ...toManagedRules(eventTypes) },
      enabled: { ...enabled, ...toManagedRules(enabled) },
    },
    options: Object.fromEntries(options),
  }
}

function toManagedRules({ onCreate = 'OPTIONAL', onUpdate = 'OPTIONAL' }: Partial<FieldRules>): FieldRules {
  const rule: FieldRule = typeof onCreate === 'object' && typeof onUpdate === 'object' ? onCreate : 'OPTIONAL'
  return { onCreate: rule, onUpdate: rule }
}
