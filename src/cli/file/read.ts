import { resolve } from 'node:path'
import type * as z from 'zod'
import { ConfigError, type Environment } from '../../config/config.ts'
import { formatKey, toShapeIssue } from '../../config/file.ts'
import { findNearest } from '../../gateway/nearest.ts'
import { isRecord } from '../../gateway/unchecked.ts'
import type { Provider } from '../../provider/provider.ts'
import { type AccountPart, toDesired, type WebhooksFile } from './desired.ts'
import { findFiles } from './files.ts'
import { findBroken, type RuleOptions } from './rules.ts'
import { createWebhooksFileShape, slugIssue } from './shape.ts'
import { type Path, type Problem, readSource, type Source } from './source.ts'
import { findUnread } from './unread.ts'
import { createVariables } from './variables.ts'

export interface ReadOptions {
  /** Names and patterns of files; the usual one if there are none. */
  readonly files: readonly string[]
  readonly folder: string
  readonly environment: Environment
  readonly providers: readonly Provider[]
  /** Whether the variables of given secrets must be set. */
  readonly needsSecrets: boolean
  /** Whether a gateway is to take what they say. */
  readonly isPlanned: boolean
}

/** What the files say there should be. Throws ConfigError with all problems, one line each. */
export function readWebhooksFiles({
  files: given,
  folder,
  environment,
  providers,
  needsSecrets,
  isPlanned,
}: ReadOptions): WebhooksFile {
  const { files, missing } = findFiles(given, folder)
  const absent = missing.map((name) => `${name}: there is no such file. Pass another one with -f, or write one with hookql pull`)
  const variables = createVariables(environment)
  const shape = createWebhooksFileShape(providers)
  const problems: Problem[] = []
  const parts = files.flatMap((file) => {
    const source = readSource(resolve(folder, file), file)
    if (!('content' in source)) {
      problems.push(...source.problems)
      return []
    }
    const rules = { environment, needsSecrets, providers, isPlanned }
    return readParts(source, { fill: variables.fill, shape, rules, addProblem: (problem) => problems.push(problem) })
  })
  const mask = variables.createMask()
  const desired = toDesired(parts, {
    environment,
    providers,
    folder,
    mask,
    addProblem: (problem) => problems.push(problem),
  })
  const lines = [...absent, ...formatProblems(problems.map((each) => ({ ...each, issue: mask(each.issue) })))]
  if (lines.length > 0) throw new ConfigError(lines)
  return { ...desired, mask }
}

/** One line each, in the order of the files. */
export function formatProblems(problems: readonly Problem[]): readonly string[] {
  const inOrder = problems.toSorted(
    (a, b) => a.place.file.localeCompare(b.place.file) || a.place.line - b.place.line || a.place.column - b.place.column,
  )
  const lines = inOrder.map(({ place: { file, line, column }, path, issue }) => {
    return [`${file}:${line}:${column}`, path.map((key) => formatKey(String(key))).join('.'), issue].filter(Boolean).join(': ')
  })
  return [...new Set(lines)]
}

interface PartOptions {
  readonly fill: ReturnType<typeof createVariables>['fill']
  readonly shape: ReturnType<typeof createWebhooksFileShape>
  readonly rules: RuleOptions & Pick<ReadOptions, 'isPlanned'>
  addProblem(problem: Problem): void
}

/** What a file says of each of its accounts. */
function readParts(source: Source, { fill, shape, rules, addProblem }: PartOptions): readonly AccountPart[] {
  const broken = new Set<string>()
  const content = fill(withoutExtensions(source.content), (path, issue) => {
    broken.add(path.join('\n'))
    addProblem({ place: source.locate(path), path, issue })
  })
  if (content === undefined) return []
  const parsed = shape.safeParse(content, { error: toShapeIssue })
  const told = new Set(broken)
  for (const issue of [...(parsed.error?.issues ?? []), ...findUnread(content, shape, rules.providers)]) {
    const paths = issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [issue.path]
    for (const path of paths) told.add(path.join('\n'))
    // A variable that is not set causes several problems; one line is enough.
    if (!broken.has(issue.path.join('\n'))) for (const problem of toProblems(issue, source, rules.providers)) addProblem(problem)
  }
  // The parser leaves it out.
  if (isRecord(content) && isRecord(content['accounts']) && Object.hasOwn(content['accounts'], '__proto__')) {
    const path = ['accounts', '__proto__']
    addProblem({ place: source.locateKey(path), path, issue: slugIssue })
  }
  for (const { path, issue } of rules.isPlanned ? findBroken(content, rules) : []) {
    const isTold = path.some((_, index) => told.has(path.slice(0, index + 1).join('\n')))
    if (!isTold) addProblem({ place: source.locate(path), path, issue })
  }
  return Object.entries(parsed.data?.accounts ?? {}).map(([slug, account]) => ({
    slug,
    account,
    sink: account.secrets ?? parsed.data?.secrets,
    file: source.file,
    locate: (path: Path) => {
      const full = ['accounts', slug, ...path]
      return { place: source.locate(full), path: full }
    },
    readText: (path: Path) => readText(source.content, ['accounts', slug, ...path]),
  }))
}

function readText(content: unknown, path: Path): string | undefined {
  const value = path.reduce<unknown>((inner, key) => (isObject(inner) ? Reflect.get(inner, key) : undefined), content)
  return typeof value === 'string' ? value : undefined
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/** Without the keys whose only purpose is to hold anchors. */
function withoutExtensions(content: unknown): unknown {
  return isRecord(content) ? Object.fromEntries(Object.entries(content).filter(([key]) => !key.startsWith('x-'))) : content
}

function toProblems(issue: z.core.$ZodIssue, source: Source, providers: readonly Provider[]): readonly Problem[] {
  const { path } = issue
  if (issue.code === 'invalid_key') {
    return issue.issues.map(({ message }) => ({ place: source.locateKey(path), path, issue: message }))
  }
  if (issue.code !== 'unrecognized_keys') return [{ place: source.locate(path), path, issue: toIssue(issue, providers) }]
  return issue.keys.map((key) => {
    const [nearest] = findNearest(key, listKeys(providers), (each) => Math.max(each.length / 3, 1))
    const advice = nearest === undefined || nearest === key ? 'Remove it' : `Did you mean ${nearest}?`
    return { place: source.locateKey([...path, key]), path: [...path, key], issue: `there is no such key here. ${advice}` }
  })
}

/** The parser tells of a wrong provider only that no alternative fits. */
function toIssue({ code, path, message }: z.core.$ZodIssue, providers: readonly Provider[]): string {
  const isProvider = code === 'invalid_union' && path.length === 3 && path[2] === 'provider'
  return isProvider ? `must be one of ${providers.map(({ name }) => name).join(', ')}` : message
}

const ownKeys =
  '$schema secrets accounts file command name provider prune defaults webhooks id url eventTypes enabled options secret env'.split(
    ' ',
  )

function listKeys(providers: readonly Provider[]): readonly string[] {
  return [...ownKeys, ...providers.flatMap(({ options }) => Object.keys(options))]
}
