import { distance } from 'fastest-levenshtein'
import { formatKey } from './file.ts'
import type { Provider } from '../provider/provider.ts'

// What is set and does nothing: where it was meant to, an account or a setting would be missing in silence.

/** How many letters of a name may be wrong, missing or too many for it to be taken for a mistake. */
const mostEdits = 2

/** Words that are others' own, as near as they come to the name of a provider: VERIFY_TOKEN is Messenger's. */
const otherWords = /^(?:BAND|BANK|BRAND|VERIFIED|VERIFIER|VERIFY)_/

/** What Kubernetes sets for a Service with the name hookql. */
const ofKubernetes = /^HOOKQL_(?:PORT$|PORT_|SERVICE_)/

export interface GivenNames {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly providers: readonly Provider[]
  /** The names that the gateway itself reads. */
  readonly own: ReadonlySet<string>
  /** The names that the configuration file has in ${NAME}. */
  readonly ofFile: ReadonlySet<string>
}

export interface NameFindings {
  /** A line for each variable that was meant to do something, as far as its name tells. */
  readonly problems: readonly string[]
  /** All others that look like ours. */
  readonly unknown: readonly string[]
}

export function inspectNames({ environment, providers, own, ofFile }: GivenNames): NameFindings {
  const isSet = (name: string) => Boolean(environment[name])
  const lonely = providers.flatMap(({ environment: { token, baseUrl } }) => {
    if (!isSet(baseUrl) || isSet(token) || ofFile.has(baseUrl)) return []
    return `${baseUrl}: has no effect without ${token}. Set both or unset it`
  })

  const ofProviders = providers.flatMap((provider) => Object.values(provider.environment))
  // HOST and PORT are short, and others' too: nothing is taken for them.
  const known = [...ofProviders, ...[...own].filter((name) => name.startsWith('HOOKQL_'))]
  const unread = Object.keys(environment)
    .filter((name) => isSet(name) && !own.has(name) && !ofFile.has(name) && !ofProviders.includes(name))
    .filter((name) => !ofKubernetes.test(name) && !otherWords.test(name))
    .map((name) => ({ name, nearest: findNearest(name.toUpperCase(), known) }))
  const misspelt = unread.flatMap(({ name, nearest }) => {
    if (nearest === undefined) return []
    return `${formatKey(name)}: is not a HookQL variable. Did you mean ${nearest}? Rename or unset it`
  })
  const unknown = unread.filter(({ name, nearest }) => nearest === undefined && /^HOOKQL_/i.test(name))
  return { problems: [...lonely, ...misspelt], unknown: unknown.map(({ name }) => formatKey(name)) }
}

function findNearest(name: string, known: readonly string[]): string | undefined {
  const near = known
    .filter((each) => Math.abs(each.length - name.length) <= mostEdits)
    .map((each) => ({ each, edits: distance(each, name) }))
    .filter(({ edits }) => edits <= mostEdits)
  return near.toSorted((a, b) => a.edits - b.edits)[0]?.each
}
