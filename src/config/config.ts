import { emptyFile, type FileConfig, readConfigFile } from './file.ts'
import { inspectNames } from './names.ts'
import { findKeysIssue, findStoreIssue, noSharedKey, noStore, type StorePlace, toStorePlace } from './store.ts'
import { findBaseUrlIssue, findTokenIssue } from './value.ts'
import type { AccountSettings } from '../gateway/account.ts'
import { findReachIssues } from '../gateway/reach.ts'
import type { Provider } from '../provider/provider.ts'
import type { Settings } from '../provider/settings.ts'
import { Secret } from '../secret.ts'
import { isLoopback } from '../gateway/target.ts'

export interface Config extends FileConfig {
  /** Whether the gateway accepts only loopback connections. */
  readonly loopbackOnly: boolean
  /** Whether to use the sandbox even if accounts are configured. */
  readonly sandbox: boolean
  readonly host: string
  readonly port: number
  /** Separate port for metrics and health checks; null for none. */
  readonly adminPort: number | null
  readonly introspection: boolean
  readonly graphiql: boolean
  readonly logLevel: LogLevel
  /** Time budget per account within one operation. */
  readonly upstreamTimeoutMs: number
  /** Maximum size of a provider response; larger ones are aborted. */
  readonly maxResponseBytes: number
  /** Maximum webhooks and bytes read from one account's list. */
  readonly maxListItems: number
  readonly maxListBytes: number
  /** Unknown variables that start with HOOKQL_. */
  readonly unknownVariables: readonly string[]
  /** Whether requests are paced by each account's rate limit and by waits that its provider requests. */
  readonly pacing: boolean
  /** Whether equal concurrent reads share one request. */
  readonly sharing: boolean
  /** File of the store; null keeps it in memory, or in the database. */
  readonly storePath: string | null
}

export const logLevels = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof logLevels)[number]

/** Problems in the configuration: one line each, with file and key or variable, never a value. */
export class ConfigError extends Error {
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.problems = problems
  }
}

const unsafe =
  'without authentication, the gateway listens on loopback only, because anyone who can reach it can manage your webhooks. Configure ' +
  'auth in the HOOKQL_CONFIG file (hookql key creates an API key) or, if access is restricted elsewhere, set HOOKQL_INSECURE=true'

const noAccounts =
  'no account is configured, and production does not start the sandbox by default. Set the token of a provider, set HOOKQL_CONFIG ' +
  'to a file with accounts, or set HOOKQL_SANDBOX=true to use the sandbox, which stores nothing'

export type Environment = Readonly<Record<string, string | undefined>>

/**
 * The validated configuration from an environment and its file. Throws ConfigError with all problems. A reload uses the
 * environment accepted at the start, so a variable that the file no longer uses is not an error.
 */
export function readConfig(
  environment: Environment,
  providers: readonly Provider[],
  moment: 'START' | 'RELOAD' = 'START',
): Config {
  const problems: string[] = []
  const report = (variable: string, issue: string | undefined) => {
    if (issue !== undefined) problems.push(`${variable}: ${issue}`)
  }
  const own = new Set<string>()
  const ofFile = new Set<string>()
  // An empty value counts as unset.
  const take = (name: string, names: Set<string>) => {
    names.add(name)
    return environment[name] || undefined
  }
  const getVariable = (name: string) => take(name, own)
  const owners = new Map<string, string>()

  function readSimpleAccount(provider: Provider): readonly AccountSettings[] {
    const { name, environment: variables } = provider
    const token = getVariable(variables.token)
    if (token === undefined) return []
    const baseUrl = getVariable(variables.baseUrl)
    report(variables.token, findTokenIssue(token, provider))
    report(variables.baseUrl, baseUrl && findBaseUrlIssue(baseUrl))
    owners.set(name, variables.token)
    const settings = readSettings(provider)
    return [{ slug: name, provider: name, sandbox: false, token: new Secret(token), baseUrl, settings }]
  }

  /** The settings of a simple account; undefined if its provider has none. */
  function readSettings(provider: Provider): Settings | undefined {
    if (provider.settings === undefined) return undefined
    const toVariable = (name: string) => provider.settings?.[name]?.variable ?? name
    const given = Object.keys(provider.settings).flatMap((name) => {
      const value = getVariable(toVariable(name))
      return value === undefined ? [] : [[name, value] as const]
    })
    const settings = Object.fromEntries(given)
    for (const { name, issue } of findReachIssues(provider, settings, toVariable)) {
      report(name === null ? provider.environment.token : toVariable(name), issue)
    }
    return settings
  }

  function readWord<Word extends string>(name: string, words: readonly [Word, ...Word[]], fallback: Word = words[0]): Word {
    const value = getVariable(name)
    const word = words.find((each) => each === value)
    if (value !== undefined && word === undefined) report(name, `must be ${words.join(' or ')}`)
    return word ?? fallback
  }

  function readNumber(name: string, fallback: number, minimum: number, maximum: number): number {
    const value = getVariable(name)
    if (value === undefined) return fallback
    const number = /^\d+$/.test(value) ? Number(value) : Number.NaN
    if (number >= minimum && number <= maximum) return number
    report(name, `must be an integer from ${minimum} to ${maximum}`)
    return fallback
  }

  function readFile(file: string): FileConfig {
    return readConfigFile({
      file,
      providers,
      getVariable: (name) => take(name, ofFile),
      addProblem: (problem) => problems.push(problem),
      takeSlug(slug, place) {
        const owner = owners.get(slug)
        if (owner === undefined) owners.set(slug, place)
        return owner
      },
      hasSlug: (slug) => owners.has(slug) || (owners.size === 0 && providers.some(({ name }) => name === slug)),
    })
  }

  /** What the sandbox does lasts no longer than its process. */
  function readStorePlace(ofFile: Secret | null, usesSandbox: boolean): StorePlace {
    // A URL with a blank before it would be the path of a file, which is logged with its password.
    const given = getVariable('HOOKQL_STORE')?.trim()
    if (given === undefined) {
      return ofFile === null && !usesSandbox ? toStorePlace() : { storePath: null, storeUrl: ofFile }
    }
    report('HOOKQL_STORE', ofFile === null ? findStoreIssue(given) : 'is set, and so is storeUrlFile. Remove one of them')
    return toStorePlace(given)
  }

  function readStoreKeys(ofFile: Secret | null, isShared: boolean): Secret | null {
    const given = getVariable('HOOKQL_STORE_KEY')
    if (given === undefined) {
      if (ofFile === null && isShared) report('HOOKQL_STORE_KEY', noSharedKey)
      return ofFile
    }
    report('HOOKQL_STORE_KEY', ofFile === null ? findKeysIssue(given) : 'is set, and so is storeKeyFile. Remove one of them')
    return new Secret(given)
  }

  const simple = providers.flatMap(readSimpleAccount)
  const file = getVariable('HOOKQL_CONFIG')
  const problemsBefore = problems.length
  const fromFile = file === undefined ? emptyFile : readFile(file)
  const fileIsGood = problems.length === problemsBefore
  const { accounts, auth } = fromFile
  const insecure = readWord('HOOKQL_INSECURE', ['false', 'true']) === 'true'
  // Tools for exploration help attackers too.
  const production = getVariable('NODE_ENV')?.trim().toLowerCase() === 'production'
  const explores = auth !== null && production ? 'off' : 'on'
  const sandbox = readWord('HOOKQL_SANDBOX', ['false', 'true']) === 'true'
  const place = readStorePlace(fromFile.storeUrl, sandbox || simple.length + accounts.length === 0)
  const settings = {
    ...fromFile,
    accounts: [...simple, ...accounts],
    loopbackOnly: auth === null && !insecure,
    sandbox,
    host: getVariable('HOST') ?? '127.0.0.1',
    port: readNumber('PORT', 4000, 0, 65_535),
    adminPort: getVariable('HOOKQL_ADMIN_PORT') === undefined ? null : readNumber('HOOKQL_ADMIN_PORT', 0, 0, 65_535),
    introspection: readWord('HOOKQL_INTROSPECTION', ['on', 'off'], explores) === 'on',
    graphiql: readWord('HOOKQL_GRAPHIQL', ['on', 'off'], explores) === 'on',
    logLevel: readWord('HOOKQL_LOG_LEVEL', logLevels, 'info'),
    upstreamTimeoutMs: readNumber('HOOKQL_UPSTREAM_TIMEOUT_MS', 10_000, 1, 600_000),
    maxResponseBytes: readNumber('HOOKQL_MAX_RESPONSE_BYTES', 5_000_000, 1_000, 1_000_000_000),
    maxListItems: readNumber('HOOKQL_MAX_LIST_ITEMS', 100_000, 1, 10_000_000),
    maxListBytes: readNumber('HOOKQL_MAX_LIST_BYTES', 100_000_000, 1_000, 10_000_000_000),
    pacing: readWord('HOOKQL_PACING', ['on', 'off']) === 'on',
    sharing: readWord('HOOKQL_SHARING', ['on', 'off']) === 'on',
    ...place,
    storeKeys: readStoreKeys(fromFile.storeKeys, place.storeUrl !== null),
  }
  // Of commands that ask a gateway.
  for (const name of ['HOOKQL_SERVER', 'HOOKQL_TOKEN']) getVariable(name)
  if (settings.loopbackOnly && !isLoopback(settings.host)) report('HOST', unsafe)
  if (production && !sandbox && settings.accounts.length === 0 && fileIsGood) report('NODE_ENV', noAccounts)
  if (production && !sandbox && getVariable('HOOKQL_STORE') === undefined && fromFile.storeUrl === null)
    report('HOOKQL_STORE', noStore)
  const names = moment === 'START' ? inspectNames({ environment, providers, own, ofFile }) : { problems: [], unknown: [] }
  problems.push(...names.problems)
  if (problems.length > 0) throw new ConfigError(problems)
  return { ...settings, unknownVariables: names.unknown }
}
