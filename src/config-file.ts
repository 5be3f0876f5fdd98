import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { parseDocument } from 'yaml'
import * as z from 'zod'
import { findBaseUrlIssue, findHeaderIssue, findTokenIssue } from './config-value.ts'
import type { AccountSettings } from './connection.ts'
import { slugPattern } from './id.ts'
import type { Provider } from './provider.ts'

/** The shape of the configuration file; its JSON Schema ships with the package. */
export function createFileShape(providers: readonly Provider[]) {
  const slugIssue = 'give lower-case letters, digits and inner hyphens, at most 63'
  // Only editors need to be told here that it is not empty: what is, is refused with what else a token cannot be.
  const text = z.string().meta({ minLength: 1 })
  const account = z.strictObject({
    slug: z.string().regex(slugPattern, slugIssue).describe('Unique name of the account: what mutation inputs take.'),
    provider: z.enum(providers.map(({ name }) => name)).describe('Where it is an account.'),
    token: text.describe('The credential; ${NAME} is taken from the environment.').optional(),
    tokenFile: text.describe('A file that holds the credential, relative to this file.').optional(),
    baseUrl: z.string().optional().describe("What stands before /webhooks; left out: the provider's own."),
    headers: z.record(z.string(), z.string()).optional().describe('Headers to send with every call, e.g. x-client-key.'),
    apiVersion: z.string().optional().describe('Another version of an API that is asked for by version.'),
    rateLimit: z
      .strictObject({
        calls: z.int().min(1).describe('How many calls the account takes.'),
        perMs: z.int().min(1).describe('Within how many milliseconds.'),
      })
      .optional()
      .describe('How fast the account may be called; left out: what the provider documents.'),
    maxWebhooks: z
      .int()
      .min(1)
      .optional()
      .describe('How many webhooks the account can have; left out: what the provider documents.'),
  })
  return z.strictObject({
    $schema: z.string().optional().describe('Where this schema is, for editors.'),
    accounts: z
      .array(account.meta({ oneOf: [{ required: ['token'] }, { required: ['tokenFile'] }] }))
      .min(1, 'name at least one account')
      .describe('The accounts that the gateway serves.'),
  })
}

export interface FileOptions {
  readonly file: string
  readonly providers: readonly Provider[]
  /** The value of a variable; undefined where it is not set. */
  getVariable(name: string): string | undefined
  /** Takes one line for each problem: file, key, what is wrong; never a value. */
  addProblem(problem: string): void
  /** Who has taken a slug, in words; it is taken from then on. */
  takeSlug(slug: string, place: string): string | undefined
}

/** The accounts of a configuration file; not to be used once there is a problem. */
export function readAccounts(options: FileOptions): readonly AccountSettings[] {
  const { file, providers } = options
  const text = readText(file)
  if (text === undefined) {
    options.addProblem(`${file}: cannot be read; HOOKQL_CONFIG names it`)
    return []
  }
  const document = parseDocument(text, { logLevel: 'error' })
  for (const { code, linePos } of document.errors) {
    const issue = code === 'DUPLICATE_KEY' ? 'has a key that is there already' : 'is not YAML'
    options.addProblem(`${file}: line ${linePos?.[0].line ?? 1} ${issue}`)
  }
  if (document.errors.length > 0) return []
  const resolved = toContent(document)
  if (resolved === undefined) {
    options.addProblem(`${file}: an alias leads nowhere, or to too much`)
    return []
  }

  const broken = new Set<string>()
  const content = interpolate(resolved, [], options.getVariable, (path, issue) => {
    broken.add(formatPath(path))
    addProblem(path, issue)
  })
  // What an unset variable leaves behind is wrong in more than one way; one line is enough.
  const report: Report = (path, issue) => {
    if (issue !== undefined && !broken.has(formatPath(path))) addProblem(path, issue)
  }

  const parsed = createFileShape(providers).safeParse(content, { error: toShapeIssue })
  for (const issue of parsed.error?.issues ?? []) report(issue.path, issue.message)
  const given = isRecord(content) && Array.isArray(content['accounts']) ? content['accounts'] : []
  const tokens = given.map((account: unknown, index) => {
    return isRecord(account) ? inspect(account, ['accounts', index], report, options) : undefined
  })
  return (parsed.data?.accounts ?? []).map(({ slug, provider, baseUrl, headers, apiVersion, rateLimit, maxWebhooks }, index) => {
    const more = { baseUrl, headers: toLowerCaseKeys(headers), apiVersion, rateLimit, maxWebhooks }
    return { slug, provider, sandbox: false, token: tokens[index] ?? '', ...more }
  })

  function addProblem(path: Path, issue: string) {
    options.addProblem([file, formatPath(path), issue].filter(Boolean).join(': '))
  }
}

type Path = readonly PropertyKey[]
type Report = (path: Path, issue: string | undefined) => void

/** Reports what the shape does not say of an account, also when the shape finds fault with it. Returns its token. */
function inspect(account: Content, path: Path, report: Report, { file, providers, takeSlug }: FileOptions): string | undefined {
  const { slug, token, tokenFile, baseUrl, headers, apiVersion } = account
  const provider = providers.find(({ name }) => name === account['provider'])
  const versionHeader = provider?.apiVersion?.header

  if (typeof slug === 'string') {
    const owner = takeSlug(slug, `${file}: ${formatPath(path)}`)
    report([...path, 'slug'], owner && `is taken by ${owner}; every account needs its own`)
  }
  if ((token === undefined) === (tokenFile === undefined)) report(path, 'give either token or tokenFile')
  if (typeof token === 'string') report([...path, 'token'], findTokenIssue(token))
  const content = typeof tokenFile === 'string' ? readText(resolve(dirname(file), tokenFile))?.trim() : undefined
  if (typeof tokenFile === 'string') {
    report([...path, 'tokenFile'], content === undefined ? 'cannot be read' : findTokenIssue(content))
  }
  if (typeof baseUrl === 'string') report([...path, 'baseUrl'], findBaseUrlIssue(baseUrl))
  for (const [name, value] of isRecord(headers) ? Object.entries(headers) : []) {
    if (typeof value === 'string') report([...path, 'headers', name], findHeaderIssue(name, value, versionHeader))
  }
  if (apiVersion !== undefined && provider !== undefined && versionHeader === undefined) {
    report([...path, 'apiVersion'], `${provider.displayName} has no versions to choose`)
  } else if (typeof apiVersion === 'string') {
    report([...path, 'apiVersion'], findHeaderIssue('api-version', apiVersion))
  }
  return typeof token === 'string' ? token : content
}

/** zod's own messages are for programmers, and some repeat what was given. */
function toShapeIssue(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case 'unrecognized_keys':
      return `unknown key ${issue.keys.map(formatKey).join(', ')}`
    case 'invalid_value':
      return issue.input === undefined ? 'is missing' : `give one of ${issue.values.join(', ')}`
    case 'invalid_type':
      if (issue.input === undefined) return 'is missing'
      if (issue.expected === 'string') return 'give text, in quotes where it looks like something else'
      return issue.expected === 'array' ? 'give a list' : 'give keys with values'
    default:
      return 'is not valid'
  }
}

/** `value` with ${NAME} in every text taken from the environment. */
function interpolate(
  value: unknown,
  path: Path,
  getVariable: FileOptions['getVariable'],
  report: (path: Path, issue: string) => void,
): unknown {
  if (typeof value === 'string') {
    const issues = new Set<string>()
    const text = value.replaceAll(/\$\{([^}]*)\}/g, (_, name: string) => {
      const isName = /^[A-Za-z_][A-Za-z0-9_]*$/.test(name)
      const found = isName ? getVariable(name) : undefined
      if (!isName) issues.add('write ${NAME}, with the name of a variable')
      else if (found === undefined) issues.add(`the variable ${name} is not set`)
      return found ?? ''
    })
    for (const issue of issues) report(path, issue)
    return text
  }
  if (Array.isArray(value)) return value.map((item, index) => interpolate(item, [...path, index], getVariable, report))
  if (!isRecord(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, interpolate(item, [...path, key], getVariable, report)]),
  )
}

/** Undefined where its aliases cannot be resolved. */
function toContent(document: ReturnType<typeof parseDocument>): unknown {
  try {
    return document.toJS()
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

function isRecord(value: unknown): value is Content {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function toLowerCaseKeys(headers: Readonly<Record<string, string>> | undefined): Readonly<Record<string, string>> | undefined {
  return headers && Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}

function formatPath(path: Path): string {
  return path.map((key) => formatKey(String(key))).join('.')
}

/** A problem is one line, whatever the keys are. */
function formatKey(key: string): string {
  return /^[\w$-]+$/.test(key) ? key : JSON.stringify(key)
}
