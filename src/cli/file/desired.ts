import { dirname, resolve } from 'node:path'
import type { Environment } from '../../config/config.ts'
import type { Provider } from '../../provider/provider.ts'
import type { Json } from '../../webhook.ts'
import type { Mask } from './mask.ts'
import { type FileAccountShape, type FileWebhookShape, findSecretOption } from './shape.ts'
import type { Sink } from './sink-shape.ts'
import type { Path, Place, Problem } from './source.ts'

/** A webhook that there should be, as the API takes it. */
export interface DesiredWebhook {
  readonly account: string
  readonly id?: string
  readonly name?: string
  readonly url: string
  readonly eventTypes?: readonly string[]
  readonly enabled?: boolean
  readonly options?: Readonly<Record<string, Readonly<Record<string, Json | undefined>>>>
}

/** Where a secret goes, and what it is called there. */
export type SecretSink = { readonly name: string } & (
  | {
      readonly file: string
      /** With the names of variables in place of their values. */
      readonly shownFile: string
    }
  | { readonly command: readonly string[]; readonly folder: string }
)

export interface FileWebhook {
  readonly input: DesiredWebhook
  /** Null if nothing is said, or if the secret is given. */
  readonly sink: SecretSink | null
  readonly hasOwnSecret: boolean
  /** Where a field stands, by its path below the input; the webhook itself if it is a default. */
  locate(path: Path): { readonly place: Place; readonly path: Path }
}

/** What all files say. */
export interface WebhooksFile {
  readonly webhooks: readonly FileWebhook[]
  /** Slugs of the accounts in which webhooks that are in no file are deleted. */
  readonly prune: readonly string[]
  /** Names of the providers by slug, and where they are stated. */
  readonly accounts: ReadonlyMap<string, { readonly provider: string; readonly place: Place; readonly path: Path }>
  readonly mask: Mask
}

/** What one file says of an account. */
export interface AccountPart {
  readonly slug: string
  readonly account: FileAccountShape
  readonly sink: Sink | undefined
  readonly file: string
  locate(path: Path): { readonly place: Place; readonly path: Path }
  /** What the file has there, with its variables. */
  readText(path: Path): string | undefined
}

interface DesiredOptions {
  readonly environment: Environment
  readonly providers: readonly Provider[]
  readonly folder: string
  readonly mask: Mask
  addProblem(problem: Problem): void
}

export function toDesired(parts: readonly AccountPart[], options: DesiredOptions): Omit<WebhooksFile, 'mask'> {
  const bySlug = Map.groupBy(parts, ({ slug }) => slug)
  for (const [first, ...others] of bySlug.values()) {
    for (const other of others) if (first !== undefined) compareParts(first, other, options)
  }
  const webhooks = parts.flatMap((part) =>
    part.account.webhooks.map((webhook, index) => toWebhook(part, webhook, index, options)),
  )
  return {
    webhooks,
    prune: [...bySlug].filter(([, each]) => each.some(({ account }) => account.prune === true)).map(([slug]) => slug),
    accounts: new Map(
      parts.toReversed().map(({ slug, account, locate }) => [slug, { provider: account.provider, ...locate(['provider']) }]),
    ),
  }
}

/** An account can be in several files, which have to agree on what it is. */
function compareParts(first: AccountPart, other: AccountPart, { addProblem }: DesiredOptions): void {
  for (const key of ['provider', 'prune'] as const) {
    const [said, says] = [first.account[key], other.account[key]]
    if (said === undefined || says === undefined || said === says) continue
    const { file, line } = first.locate([key]).place
    addProblem({ ...other.locate([key]), issue: `is ${says} here and ${said} in ${file}:${line}. Make them equal` })
  }
}

function toWebhook(part: AccountPart, webhook: FileWebhookShape, index: number, options: DesiredOptions): FileWebhook {
  const { slug, account, file } = part
  const { defaults = {} } = account
  const given = { ...defaults, ...webhook, options: { ...defaults.options, ...webhook.options } }
  const { id, name, url, eventTypes, enabled, secret, secrets: sink = part.sink } = given
  const locate = (path: Path) => part.locate(['webhooks', index, ...(isIn(webhook, path) ? path : [])])
  const set = { ...given.options, ...readSecret(secret?.env, account.provider, options) }
  const input: DesiredWebhook = {
    account: slug,
    ...(id !== undefined && { id }),
    ...(name !== undefined && { name }),
    url,
    ...(eventTypes !== undefined && { eventTypes }),
    ...(enabled !== undefined && { enabled }),
    ...(Object.keys(set).length > 0 && { options: { [account.provider]: set } }),
  }
  const folder = resolve(options.folder, dirname(file))
  const hasOwnSecret = secret !== undefined
  // With the names of variables, which are the same wherever the file is used, and which can be shown.
  const [ownName, ownUrl = ''] = ['name', 'url'].map((field) => part.readText(['webhooks', index, field]))
  const fallback = toSecretName(slug, ownName ?? ownUrl.replace(/^https?:\/\//, ''))
  return {
    input,
    hasOwnSecret,
    sink: hasOwnSecret || sink === undefined ? null : toSink(sink, fallback, folder, options),
    locate,
  }
}

/** The secret from its variable, as the option that the provider takes it in. */
function readSecret(
  variable: string | undefined,
  providerName: string,
  { environment, providers }: DesiredOptions,
): Readonly<Record<string, string>> {
  const provider = providers.find(({ name }) => name === providerName)
  const option = provider && findSecretOption(provider)
  const value = variable === undefined ? undefined : environment[variable]
  return option !== undefined && value ? { [option]: value } : {}
}

function isIn(webhook: object, path: Path): boolean {
  const [first] = path
  return first !== undefined && Object.hasOwn(webhook, first)
}

/** Paths are relative to the file that names them, and commands run beside it. */
function toSink(sink: Sink, fallback: string, folder: string, { mask }: DesiredOptions): SecretSink {
  const name = ('name' in sink ? sink.name : undefined) ?? fallback
  if ('file' in sink) return { name, file: resolve(folder, sink.file), shownFile: resolve(folder, mask(sink.file)) }
  return { name, command: sink.command, folder }
}

function toSecretName(account: string, webhook: string): string {
  const name = `${account}_${webhook}_SECRET`.toUpperCase().replaceAll(/[^A-Z0-9]+/g, '_')
  return /^\d/.test(name) ? `_${name}` : name
}
