import { tellUsage } from './usage.ts'
import type { Provider } from '../../src/provider/provider.ts'
import { providers } from '../../src/providers/index.ts'

/** The providers that a program is asked to run for; all if none is named. */
export function takeProviders(usage: string): readonly Provider[] {
  tellUsage(usage)
  const names = process.argv.slice(2)
  const unknown = names.filter((name) => providers.every((provider) => provider.name !== name))
  if (unknown.length > 0) {
    process.stderr.write(`There is no provider ${unknown.join(', ')}. ${usage}\n`)
    process.exit(1)
  }
  return names.length === 0 ? providers : providers.filter(({ name }) => names.includes(name))
}
