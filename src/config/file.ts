import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { parseDocument } from 'yaml'
import * as z from 'zod'
import { interpolate, type Path } from './interpolate.ts'
import { createFileShape } from './shape.ts'
import { findBaseUrlIssue, findHeaderIssue, findHeaderNameIssue, findOriginIssue, findTokenIssue, readValue } from './value.ts'
import type { AccountSettings } from '../gateway/account.ts'
import { findReachIssues, findVersionIssue } from '../gateway/reach.ts'
import { isRecord } from '../gateway/unchecked.ts'
import type { Provider } from '../provider/provider.ts'
import { Secret } from '../secret.ts'
import { findKeysIssue, findRetentionIssues, findStoreUrlIssue, toRetention } from './store.ts'
import type { TokenFile } from './token-file.ts'
import { toMilliseconds } from './duration.ts'

export interface FileOptions {
  readonly file: string
  readonly providers: readonly Provider[]
  /** The value of a variable; undefined if it is not set. */
  getVariable(name: string): string | undefined
  /** Reports a problem as one line: file, key and issue, never a value. */
  addProblem(problem: string): void
  /** Claims a slug, or returns a description of its owner. */
  takeSlug(slug: string, place: string): string | undefined
  /** Whether an account has this slug; without accounts, one of the sandbox. */
  hasSlug(slug: string): boolean
}

type Shape = z.infer<ReturnType<typeof createFileShape>>
type Auth = NonNullable<Shape['auth']>
/** Trusted documents by hash. */
type Documents = ReadonlyMap<string, string>

/** Content of a configuration file. */
export interface FileConfig {
  readonly accounts: readonly AccountSettings[]
  /** Null disables authentication. */
  readonly auth: { readonly apiKeys: NonNullable<Auth['apiKeys']>; readonly jwt: Auth['jwt'] } | null
  readonly limits: Readonly<Partial<Record<keyof NonNullable<Shape['limits']>, number>>>
  readonly corsOrigins: readonly string[]
  readonly corsHeaders: readonly string[]
  readonly trustedDocuments: { readonly documents: Documents; readonly only: boolean } | null
  /** Path; null for the log. */
  readonly auditFile: string | null
  readonly allowPrivateTargets: boolean
  readonly tokenFiles: readonly TokenFile[]
  /** URL of the database that the store is in; null for another place. */
  readonly storeUrl: Secret | null
  /** Keys that seal secrets in the store; null for none of the operator's own. */
  readonly storeKeys: Secret | null
  /** How long signing secrets are kept; 0 keeps none. */
  readonly secretRetentionMs: number
  readonly journalRetentionMs: number
}

/** Defaults of an empty file. */
export const emptyFile = toFileConfig({ tokens: [], file: '' })

/** The content of a configuration file; unusable if there is a problem. */
export function readConfigFile(options: FileOptions): FileConfig {
  const { file, providers } = options
  const text = readText(file)
  if (text === undefined) {
    options.addProblem(`${file}: cannot be read. Check the path in HOOKQL_CONFIG`)
    return emptyFile
  }
  const document = parseDocument(text, { logLevel: 'error' })
  for (const { code, linePos } of document.errors) {
    const issue = code === 'DUPLICATE_KEY' ? 'repeats a key' : 'is not valid YAML'
    options.addProblem(`${file}: line ${linePos?.[0].line ?? 1} ${issue}`)
  }
  if (document.errors.length > 0) return emptyFile
  const resolved = toContent(document)
  if (resolved === undefined) {
    options.addProblem(`${file}: an alias is undefined, contains itself or expands to too much data`)
    return emptyFile
  }

  const broken = new Set<string>()
  const content = interpolate(resolved, [], options.getVariable, (path, issue) => {
    broken.add(formatPath(path))
    addProblem(path, issue)
  })
  // An unset variable causes several problems; one line is enough.
  const report: Report = (path, issue) => {
    if (issue !== undefined && !broken.has(formatPath(path))) addProblem(path, issue)
  }

  const parsed = createFileShape(providers).safeParse(content, { error: toShapeIssue })
  for (const issue of parsed.error?.issues ?? []) report(issue.path, issue.message)
  const given = isRecord(content) && Array.isArray(content['accounts']) ? content['accounts'] : []
  const tokens = given.map((account: unknown, index) => {
    return isRecord(account) ? inspect(account, ['accounts', index], report, options) : undefined
  })
  if (isRecord(content) && isRecord(content['auth'])) inspectAuth(content['auth'], report, options)
  for (const [index, origin] of (parsed.data?.corsOrigins ?? []).entries()) {
    report(['corsOrigins', index], findOriginIssue(origin))
  }
  for (const [index, name] of (parsed.data?.corsHeaders ?? []).entries()) {
    report(['corsHeaders', index], findHeaderNameIssue(name))
  }
  const documents = parsed.data?.trustedDocuments
  const trusted = documents && readDocuments(resolve(dirname(file), documents.file))
  if (documents !== undefined && trusted === undefined) {
    report(['trustedDocuments', 'file'], 'cannot be read as a JSON object of hashes and documents')
  }
  const keyFile = parsed.data?.storeKeyFile
  const keys = keyFile === undefined ? undefined : readValue(resolve(dirname(file), keyFile), findKeysIssue)
  report(['storeKeyFile'], keys?.issue)
  const urlFile = parsed.data?.storeUrlFile
  const storeUrl = urlFile === undefined ? undefined : readValue(resolve(dirname(file), urlFile), findStoreUrlIssue)
  report(['storeUrlFile'], storeUrl?.issue)
  for (const [key, issue] of findRetentionIssues(toRetention(parsed.data ?? {}))) report([key], issue)
  return toFileConfig({ shape: parsed.data, tokens, documents: trusted, storeKeys: keys?.text, storeUrl: storeUrl?.text, file })

  function addProblem(path: Path, issue: string) {
    options.addProblem([file, formatPath(path), issue].filter(Boolean).join(': '))
  }
}

interface FileContent {
  readonly shape?: Partial<Shape> | undefined
  readonly tokens: readonly (string | undefined)[]
  readonly documents?: Documents | undefined
  readonly storeKeys?: string | undefined
  readonly storeUrl?: string | undefined
  readonly file: string
}

function toFileConfig({ shape = {}, tokens, documents, storeKeys, storeUrl, file }: FileContent): FileConfig {
  const { accounts = [], auth, limits = {}, corsOrigins = [], corsHeaders = [] } = shape
  const { trustedDocuments, auditFile, allowPrivateTargets = false } = shape
  const { secretRetention, journalRetention } = toRetention(shape)
  const beside = (path: string) => resolve(dirname(file), path)
  return {
    accounts: accounts.map(({ slug, provider, baseUrl, headers, apiVersion, settings, rateLimit, maxWebhooks }, index) => {
      const more = { baseUrl, headers: toHeaders(headers), apiVersion, settings, rateLimit, maxWebhooks }
      return { slug, provider, sandbox: false, token: new Secret(tokens[index] ?? ''), ...more }
    }),
    auth: auth === undefined ? null : { apiKeys: auth.apiKeys ?? [], jwt: auth.jwt },
    limits: Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined)),
    corsOrigins,
    corsHeaders,
    trustedDocuments: documents === undefined ? null : { documents, only: trustedDocuments?.only ?? false },
    auditFile: auditFile === undefined ? null : beside(auditFile),
    allowPrivateTargets,
    tokenFiles: accounts.flatMap(({ slug, tokenFile }) => (tokenFile === undefined ? [] : { slug, path: beside(tokenFile) })),
    storeUrl: storeUrl === undefined ? null : new Secret(storeUrl),
    storeKeys: storeKeys === undefined ? null : new Secret(storeKeys),
    secretRetentionMs: toMilliseconds(secretRetention),
    journalRetentionMs: toMilliseconds(journalRetention),
  }
}

const documentsShape = z.record(z.string(), z.string())

/** Undefined if the file is not a JSON object of hashes and documents. */
function readDocuments(path: string): Documents | undefined {
  try {
    return new Map(Object.entries(documentsShape.parse(JSON.parse(readFileSync(path, 'utf8')))))
  } catch {
    return undefined
  }
}

type Report = (path: Path, issue: string | undefined) => void

/** Reports problems of an account that the shape cannot, even if the shape fails. Returns its token. */
function inspect(account: Content, path: Path, report: Report, { file, providers, takeSlug }: FileOptions): string | undefined {
  const { slug, token, tokenFile, baseUrl, headers } = account
  const provider = providers.find(({ name }) => name === account['provider'])
  const findIssue = (text: string) => findTokenIssue(text, provider)

  if (typeof slug === 'string') {
    const owner = takeSlug(slug, `${file}: ${formatPath(path)}`)
    report([...path, 'slug'], owner && `is already used by ${owner}. Every account needs a unique slug`)
  }
  if ((token === undefined) === (tokenFile === undefined)) report(path, 'must have either token or tokenFile')
  if (typeof token === 'string') report([...path, 'token'], findIssue(token))
  const read = typeof tokenFile === 'string' ? readValue(resolve(dirname(file), tokenFile), findIssue) : undefined
  report([...path, 'tokenFile'], read?.issue)
  if (typeof baseUrl === 'string') report([...path, 'baseUrl'], findBaseUrlIssue(baseUrl))
  for (const [name, value] of isRecord(headers) ? Object.entries(headers) : []) {
    if (typeof value === 'string') report([...path, 'headers', name], findHeaderIssue(name, value, provider))
  }
  if (provider !== undefined) inspectReach(provider, account, path, report)
  return typeof token === 'string' ? token : read?.text
}

/** Reports problems with the version and the settings of an account. */
function inspectReach(provider: Provider, { apiVersion, settings = {} }: Content, path: Path, report: Report): void {
  const version = typeof apiVersion === 'string' ? apiVersion : ''
  // If it has the wrong type, the shape reports that, but nothing else says that there are no versions.
  if (typeof apiVersion === 'string' || (apiVersion !== undefined && provider.apiVersion === undefined)) {
    report([...path, 'apiVersion'], findVersionIssue(provider, version))
  }
  if (!isRecord(settings)) return
  if (provider.settings === undefined) {
    const isEmpty = Object.keys(settings).length === 0
    return report([...path, 'settings'], isEmpty ? undefined : `${provider.displayName} does not support settings`)
  }
  for (const { name, issue } of findReachIssues(provider, settings)) {
    report([...path, 'settings', ...(name === null ? [] : [name])], issue)
  }
}

/** Reports problems of `auth` that the shape cannot, even if the shape fails. */
function inspectAuth({ apiKeys, jwt }: Content, report: Report, { hasSlug }: FileOptions): void {
  if (apiKeys === undefined && jwt === undefined)
    report(['auth'], 'must have apiKeys or jwt. To disable authentication, omit auth')
  const names = new Set<unknown>()
  for (const [index, key] of (Array.isArray(apiKeys) ? apiKeys : []).entries()) {
    if (!isRecord(key)) continue
    const path = ['auth', 'apiKeys', index]
    if (names.has(key['name'])) report([...path, 'name'], 'is already used by another key')
    names.add(key['name'])
    for (const [place, slug] of (Array.isArray(key['accounts']) ? key['accounts'] : []).entries()) {
      if (typeof slug === 'string' && !hasSlug(slug)) report([...path, 'accounts', place], 'no account has this slug')
    }
  }
  if (isRecord(jwt) && typeof jwt['jwksUrl'] === 'string') report(['auth', 'jwt', 'jwksUrl'], findBaseUrlIssue(jwt['jwksUrl']))
}

const wantedTypes: Readonly<Record<string, string>> = {
  string: 'must be a string. Add quotes if it looks like another type',
  array: 'must be a list',
  int: 'must be an integer',
  number: 'must be an integer',
  boolean: 'must be true or false',
}

/** Replaces zod's messages, which are for programmers and sometimes repeat values. */
export function toShapeIssue(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case 'unrecognized_keys':
      return `unknown key ${issue.keys.map(formatKey).join(', ')}`
    case 'invalid_value':
      return issue.input === undefined ? 'is missing' : `must be one of ${issue.values.join(', ')}`
    case 'invalid_type':
      if (issue.input === undefined) return 'is missing'
      return wantedTypes[issue.expected] ?? 'must be a mapping'
    case 'too_small':
      return issue.origin === 'array' || issue.origin === 'string' ? 'is empty' : `must be at least ${issue.minimum}`
    case 'too_big':
      return `must be at most ${issue.maximum}`
    default:
      return 'is not valid'
  }
}

/** Undefined if its aliases cannot be resolved. */
function toContent(document: ReturnType<typeof parseDocument>): unknown {
  try {
    const content: unknown = document.toJS()
    // Throws for what contains itself.
    JSON.stringify(content)
    return content
  } catch {
    return undefined
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

type Content = Readonly<Partial<Record<string, unknown>>>

/** Lowercase names; any value may be a credential. */
function toHeaders(headers: Readonly<Record<string, string>> | undefined): Readonly<Record<string, Secret>> | undefined {
  return headers && Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), new Secret(value)]))
}

function formatPath(path: Path): string {
  return path.map((key) => formatKey(String(key))).join('.')
}

/** Keeps a problem on one line, even if a key contains line breaks. */
export function formatKey(key: string): string {
  return /^[\w$-]+$/.test(key) ? key : JSON.stringify(key)
}
