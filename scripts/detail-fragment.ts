import { isEnum } from '../src/provider/fields.ts'
import type { Provider } from '../src/provider/provider.ts'

/** Selects what only each provider's webhooks have. Fields have the provider's name in front: two providers can give one name two types. */
export function formatDetailFragment(providers: readonly Provider[]): string {
  const types = providers.map(({ name, displayName, details }) => {
    const fields = Object.entries(details).filter(([, { type }]) => typeof type === 'string' || isEnum(type))
    const lines = fields.map(([field]) => `    ${name}_${field}: ${field}`)
    return `  ... on ${displayName}Webhook {\n${lines.join('\n')}\n  }`
  })
  return `fragment Details on Webhook {\n${types.join('\n')}\n}\n`
}
