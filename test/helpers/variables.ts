import { readConfig } from '../../src/config/config.ts'
import { providers } from '../../src/providers/index.ts'

/** The names of all variables that the process reads, found with a configuration that has an account of every provider. */
export function listVariables(): readonly string[] {
  const asked = new Set<string>()
  const tokens = Object.fromEntries(providers.map(({ environment }) => [environment.token, 'token']))
  const environment = new Proxy<Readonly<Record<string, string | undefined>>>(tokens, {
    get(target, name) {
      asked.add(String(name))
      return target[String(name)]
    },
  })
  // A reload looks up only the variables it reads, not names that merely look like ours.
  readConfig(environment, providers, 'RELOAD')
  return [...asked].toSorted()
}
