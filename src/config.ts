import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { parseDocument } from 'yaml'
import * as z from 'zod'
import type { AccountSettings } from './connection.ts'
import { slugPattern } from './id.ts'
import type { Provider } from './provider.ts'

export interface Config {
  /** Empty: none is configured. */
  readonly accounts: readonly AccountSettings[]
  /** Whether the stand-ins are asked for although accounts are configured. */
  readonly sandbox: boolean
  readonly host: string
  readonly port: number
  readonly upstreamTimeoutMs: number
}

/** What is wrong with a configuration: a line for each problem, with file and key or variable, never a value. */
export class ConfigError extends Error {
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.problems = problems
  }
}

export type Environment = Readonly<Record<string, string | undefined>>

/** The checked configuration of an environment and the file it names. Throws ConfigError with every problem. */
export function readConfig(environment: Environment, providers: readonly Provider[]): Config {
  const problems: string[] = []
  const file = readVariable(environment, 'HOOKQL_CONFIG')
  const accounts = [
    ...providers.flatMap((provider) => readSimpleAccount(provider, environment, problems)),
    ...(file === undefined ? [] : readFile(file, environment, providers, problems)),
  ]
  const slugs = accounts.map(({ slug }) => slug)
  for (const slug of new Set(slugs.filter((each, index) => slugs.indexOf(each) !== index))) {
    problems.push(`${file ?? 'environment'}: accounts: the slug "${slug}" is taken twice; every account needs its own`)
  }
  const config: Config = {
    accounts,
    sandbox: readFlag(environment, 'HOOKQL_SANDBOX', problems),
    host: readVariable(environment, 'HOST') ?? '127.0.0.1',
    port: readNumber(environment, 'PORT', { fallback: 4000, minimum: 0, maximum: 65_535 }, problems),
    upstreamTimeoutMs: readNumber(
      environment,
      'HOOKQL_UPSTREAM_TIMEOUT_MS',
      { fallback: 10_000, minimum: 1, maximum: 600_000 },
      problems,
    ),
  }
  if (problems.length > 0) throw new ConfigError(problems)
  return config
}

/** An empty value counts as unset. */
function readVariable(environment: Environment, name: string): string | undefined {
  const value = environment[name]
  return value === '' ? undefined : value
}

function readFlag(environment: Environment, name: string, problems: string[]): boolean {
  const value = readVariable(environment, name)
  if (value !== undefined && value !== 'true' && value !== 'false') problems.push(`${name}: give true or false`)
  return value === 'true'
}

function readNumber(
  environment: Environment,
  name: string,
  { fallback, minimum, maximum }: { readonly fallback: number; readonly minimum: number; readonly maximum: number },
  problems: string[],
): number {
  const value = readVariable(environment, name)
  if (value === undefined) return fallback
  const number = /^\d+$/.test(value) ? Number(value) : Number.NaN
  if (number >= minimum && number <= maximum) return number
  problems.push(`${name}: give a whole number from ${minimum} to ${maximum}`)
  return fallback
}

function readSimpleAccount(provider: Provider, environment: Environment, problems: string[]): readonly AccountSettings[] {
  const token = readVariable(environment, provider.environment.token)
  if (token === undefined) return []
  const baseUrl = readVariable(environment, provider.environment.baseUrl)
  const report = (variable: string, issue: string | undefined) => issue !== undefined && problems.push(`${variable}: ${issue}`)
  report(provider.environment.token, findTokenIssue(token))
  if (baseUrl !== undefined) report(provider.environment.baseUrl, findBaseUrlIssue(baseUrl))
  return [{ slug: provider.name, provider: provider.name, sandbox: false, token, baseUrl }]
}

// ---- the file

const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
const headerValue = /^[\x20-\x7e]+$/
const ownHeaders = ['authorization', 'connection', 'content-length', 'content-type', 'host', 'transfer-encoding']

/** The shape of the configuration file; its JSON Schema ships with the package. */
export function createFileShape(providers: readonly Provider[]) {
  const account = z.strictObject({
    slug: z.string().regex(slugPattern, 'give lower-case letters, digits and inner hyphens, at most 63').describe('Unique name of the account: what mutation inputs take.'),
    provider: z.enum(providers.map(({ name }) => name)).describe('Where it is an account.'),
    token: z.string().min(1, 'is empty').optional().describe('The credential; ${NAME} is taken from the environment.'),
    tokenFile: z.string().min(1, 'is empty').optional().describe('A file that holds the credential, relative to this file.'),
    baseUrl: z.string().optional().describe("What stands before /webhooks; left out: the provider's own."),
    headers: z.record(z.string(), z.string()).optional().describe('Headers to send with every call, e.g. x-client-key.'),
    apiVersion: z.string().optional().describe('Another version of an API that is asked for by version.'),
  })
  return z.strictObject({
    $schema: z.string().optional().describe('Where this schema is, for editors.'),
    accounts: z.array(account).min(1, 'name at least one account').describe('The accounts that the gateway serves.'),
  })
}

function readFile(file: string, environment: Environment, providers: readonly Provider[], problems: string[]): readonly AccountSettings[] {
  const report = (path: readonly PropertyKey[], issue: string) =>
    problems.push([file, path.join('.'), issue].filter(Boolean).join(': '))
  const text = readText(file)
  if (text === undefined) {
    report([], 'cannot be read')
    return []
  }
  const document = parseDocument(text)
  for (const { linePos } of document.errors) report([], `line ${linePos?.[0].line ?? '?'} is not YAML`)
  if (document.errors.length > 0) return []
  const content = interpolate(document.toJS(), [], environment, report)
  const parsed = createFileShape(providers).safeParse(content)
  if (!parsed.success) {
    for (const issue of parsed.error.issues) {
      report(issue.path, issue.code === 'unrecognized_keys' ? `unknown key ${issue.keys.join(', ')}` : issue.message)
    }
    return []
  }
  return parsed.data.accounts.flatMap(({ tokenFile, ...account }, index) => {
    const path = ['accounts', index]
    const token = account.token ?? (tokenFile === undefined ? undefined : readText(resolve(dirname(file), tokenFile))?.trim())
    if ((account.token === undefined) === (tokenFile === undefined)) report(path, 'give either token or tokenFile')
    else if (token === undefined) report([...path, 'tokenFile'], 'cannot be read')
    else check([...path, tokenFile === undefined ? 'token' : 'tokenFile'], findTokenIssue(token))
    if (account.baseUrl !== undefined) check([...path, 'baseUrl'], findBaseUrlIssue(account.baseUrl))
    for (const [name, value] of Object.entries(account.headers ?? {})) check([...path, 'headers', name], findHeaderIssue(name, value))
    const takesVersion = providers.some(({ name, apiVersion }) => name === account.provider && apiVersion !== undefined)
    if (account.apiVersion !== undefined && !takesVersion) report([...path, 'apiVersion'], 'this provider has no versions to choose')
    return [{ ...account, sandbox: false, token: token ?? '' }]
  })

  function check(path: readonly PropertyKey[], issue: string | undefined) {
    if (issue !== undefined) report(path, issue)
  }
}

/** `value` with ${NAME} in every string taken from the environment. */
function interpolate(
  value: unknown,
  path: readonly PropertyKey[],
  environment: Environment,
  report: (path: readonly PropertyKey[], issue: string) => void,
): unknown {
  if (typeof value === 'string') {
    return value.replace(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (_, name: string) => {
      const found = readVariable(environment, name)
      if (found === undefined) report(path, `the variable ${name} is not set`)
      return found ?? 'unset'
    })
  }
  if (Array.isArray(value)) return value.map((item, index) => interpolate(item, [...path, index], environment, report))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, interpolate(item, [...path, key], environment, report)]))
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

function findTokenIssue(token: string): string | undefined {
  if (token === '') return 'is empty'
  return /^[\x21-\x7e]+$/.test(token) ? undefined : 'has characters that no token has (spaces, line ends or non-ASCII)'
}

function findHeaderIssue(name: string, value: string): string | undefined {
  if (!headerName.test(name)) return 'is not the name of a header'
  if (ownHeaders.includes(name.toLowerCase())) return 'is set by the gateway itself'
  return headerValue.test(value) ? undefined : 'has a value that no header can carry'
}

/** Plain http is for loopback only: anywhere else the token would travel in the clear. */
function findBaseUrlIssue(text: string): string | undefined {
  if (!URL.canParse(text)) return 'give an absolute URL'
  const url = new URL(text)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'give an https URL'
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') return 'give a URL without user, query and fragment'
  return url.protocol === 'http:' && !isLoopback(url.hostname) ? 'use https: plain http is for loopback only' : undefined
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname)
}
