import { formatKey } from './file.ts'
import { findNearest } from '../gateway/nearest.ts'
import type { Provider } from '../provider/provider.ts'

// Finds variables that have no effect: a misspelled one would otherwise silently drop an account or a setting.

/** Maximum edit distance for a name to count as misspelled. */
const mostEdits = 2

/** Prefixes of other products that resemble a provider's name: VERIFY_TOKEN is Messenger's, and GITLAB is two edits from GITHUB. */
const otherWords = /^(?:BAND|BANK|BRAND|GITLAB|VERIFIED|VERIFIER|VERIFY)_/

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
  // A setting alone is no mistake: GitHub Actions, for example, sets the repository for every program.
  const isSet = (name: string) => Boolean(environment[name])
  const lonely = providers.flatMap(({ environment: { token, baseUrl } }) => {
    if (!isSet(baseUrl) || isSet(token) || ofFile.has(baseUrl)) return []
    return `${baseUrl}: has no effect without ${token}. Set both or unset it`
  })

  const ofProviders = providers.flatMap(({ environment: own, settings = {} }) => [
    ...Object.values(own),
    ...Object.values(settings).map(({ variable }) => variable),
  ])
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
