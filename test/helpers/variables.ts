import { readConfig } from '../../src/config/config.ts'
import { providers } from '../../src/providers/index.ts'

/** The names of all variables that the process reads: those that a configuration with an account of every provider asks for. */
export function listVariables(): readonly string[] {
  const asked = new Set<string>()
  const tokens = Object.fromEntries(providers.map(({ environment }) => [environment.token, 'token']))
  const environment = new Proxy<Readonly<Record<string, string | undefined>>>(tokens, {
    get(target, name) {
      asked.add(String(name))
      return target[String(name)]
    },
  })
  // On a reload nothing is asked for but what is read: the names that only look like ours are left alone.
  readConfig(environment, providers, 'RELOAD')
  return [...asked].toSorted()
}
