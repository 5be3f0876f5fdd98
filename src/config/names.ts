import { formatKey } from './file.ts'
import { findNearest } from '../gateway/nearest.ts'
import type { Provider } from '../provider/provider.ts'

// Finds variables that have no effect: a misspelled one would otherwise silently drop an account or a setting.

/** Maximum edit distance for a name to count as misspelled. */
const mostEdits = 2

/** Prefixes of other products that resemble a provider's name: VERIFY_TOKEN is Messenger's. */
const otherWords = /^(?:BAND|BANK|BRAND|VERIFIED|VERIFIER|VERIFY)_/

/** Variables that Kubernetes sets for a Service named hookql. */
const ofKubernetes = /^HOOKQL_(?:PORT$|PORT_|SERVICE_)/

export interface GivenNames {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly providers: readonly Provider[]
  /** Names that the gateway reads. */
  readonly own: ReadonlySet<string>
  /** Names that the configuration file uses as ${NAME}. */
  readonly ofFile: ReadonlySet<string>
}

export interface NameFindings {
  /** One line for each variable that is probably misspelled or incomplete. */
  readonly problems: readonly string[]
  /** Other names that look like ours. */
  readonly unknown: readonly string[]
}

export function inspectNames({ environment, providers, own, ofFile }: GivenNames): NameFindings {
  const isSet = (name: string) => Boolean(environment[name])
  const variables = providers.map(({ environment: { token, baseUrl }, settings = {} }) => {
    return { token, others: [baseUrl, ...Object.values(settings).map(({ variable }) => variable)] }
  })
  const lonely = variables.flatMap(({ token, others }) => {
    const useless = others.filter((name) => isSet(name) && !isSet(token) && !ofFile.has(name))
    return useless.map((name) => `${name}: has no effect without ${token}. Set both or unset it`)
  })

  const ofProviders = variables.flatMap(({ token, others }) => [token, ...others])
  // HOST and PORT are short and common, so no name counts as a misspelling of them.
  const known = [...ofProviders, ...[...own].filter((name) => name.startsWith('HOOKQL_'))]
  const unread = Object.keys(environment)
    .filter((name) => isSet(name) && !own.has(name) && !ofFile.has(name) && !ofProviders.includes(name))
    .filter((name) => !ofKubernetes.test(name) && !otherWords.test(name))
    .map((name) => ({ name, nearest: findNearest(name.toUpperCase(), known, () => mostEdits)[0] }))
  const misspelt = unread.flatMap(({ name, nearest }) => {
    if (nearest === undefined) return []
    return `${formatKey(name)}: is not a HookQL variable. Did you mean ${nearest}? Rename or unset it`
  })
  const unknown = unread.filter(({ name, nearest }) => nearest === undefined && /^HOOKQL_/i.test(name))
  return { problems: [...lonely, ...misspelt], unknown: unknown.map(({ name }) => formatKey(name)) }
}
