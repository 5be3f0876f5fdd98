import { readConfig } from '../../src/config/config.ts'
import type { Provider } from '../../src/provider/provider.ts'
import { toExampleSettings } from '../../src/provider/settings.ts'
import type { StandIn } from '../../src/sandbox/server.ts'
import { providers } from '../../src/providers/index.ts'

/** The variables that point a process to a stand-in. */
export function toStandInVariables(provider: Provider, { token, baseUrl, settings }: StandIn): Readonly<Record<string, string>> {
  return { ...toVariables(provider, token, settings), [provider.environment.baseUrl]: baseUrl }
}

/** The variables of a provider's simple account, with the examples of its settings unless told otherwise. */
export function toVariables(
  { environment, settings = {} }: Provider,
  token = 'token',
  given = toExampleSettings(settings),
): Readonly<Record<string, string>> {
  return {
    [environment.token]: token,
    ...Object.fromEntries(Object.entries(given).map(([name, value]) => [settings[name]?.variable ?? name, value])),
  }
}

/** The names of all variables that the process reads, found with a configuration that has an account of every provider. */
export function listVariables(): readonly string[] {
  const asked = new Set<string>()
  const tokens = Object.assign({}, ...providers.map((provider) => toVariables(provider))) as Readonly<Record<string, string>>
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
