import { resolve } from 'node:path'
import type { Environment } from '../../config/config.ts'
import { providers } from '../../providers/index.ts'
import type { Client } from '../client/client.ts'
import { CommandError } from '../failure.ts'
import type { DesiredWebhook, WebhooksFile } from '../file/desired.ts'
import { formatProblems, readWebhooksFiles } from '../file/read.ts'
import type { Problem } from '../file/source.ts'
import { readText } from '../file/text.ts'
import { describeWrongProvider } from '../plan/ask.ts'
import { toLabel } from '../plan/show.ts'
import { ReplaceError, replaceFile } from '../replace.ts'
import type { Terminal } from '../terminal.ts'
import { type PulledAccount, readActual } from './actual.ts'
import { type Edit, type EditedFile, editFiles } from './edit.ts'
import { findTargets } from './targets.ts'

export interface PullOptions {
  readonly file: readonly string[]
  /** Slugs; all accounts if there are none. */
  readonly account: readonly string[]
  readonly environment: Environment
  readonly folder: string
}

/** Makes files say what exists. */
export async function pullWebhooks(
  { file: given, account, environment, folder }: PullOptions,
  client: Client,
  terminal: Terminal,
) {
  const { files, places, stated, mask } = readFiles(given, folder, environment)
  terminal.progress('Reading accounts')
  const accounts = await readActual(client, account, providers)
  const wrong = accounts.flatMap((each) => findWrongProvider(each, stated))
  if (wrong.length > 0) throw new CommandError(formatProblems(wrong))
  const edits = editFiles(files, accounts)
  const repeated = edits.flatMap((edit) => edit.repeated)
  if (repeated.length > 0) throw new CommandError(formatProblems(repeated.flatMap((pair) => toProblem(pair, places))))
  for (const [index, edit] of edits.entries()) {
    const file = files[index]
    if (file !== undefined && edit.text !== file.text) await writeFile(file, edit.text, folder)
  }
  for (const [index, { removed }] of edits.entries())
    for (const { account: slug, name = null, url } of removed)
      terminal.note(
        `${slug}: ${toLabel({ name, url }, { mask })} is removed from ${files[index]?.file}, because it does not exist`,
      )
  for (const [index, { inherited }] of edits.entries())
    for (const {
      known: { account: slug, name = null, url },
      path,
    } of inherited)
      terminal.note(
        `${slug}: ${toLabel({ name, url }, { mask })} differs from ${files[index]?.file} in ${path}, a default of its account: no file can say what it has`,
      )
  for (const account of accounts) for (const line of describeLeftOut(account)) terminal.note(line)
  const count = accounts.reduce((sum, { webhooks }) => sum + webhooks.length, 0)
  const all = `${toCount(count, 'webhook')} of ${toCount(accounts.length, 'account')}`
  const [first] = edits
  if (edits.length === 1 && first !== undefined) return terminal.print(`${files[0]?.file}: ${all}; ${toCounts(first)}`)
  for (const [index, edit] of edits.entries()) terminal.print(`${files[index]?.file}: ${toCounts(edit)}`)
  terminal.print(`${toCount(files.length, 'file')}: ${all}`)
}

/** A file that takes an account for one of another provider, whose webhooks it would say then. */
function findWrongProvider({ slug, provider: { name } }: PulledAccount, stated: WebhooksFile['accounts']): readonly Problem[] {
  const own = stated.get(slug)
  return own === undefined || own.provider === name ? [] : [{ ...own, issue: describeWrongProvider(name) }]
}

/** Where the files say each webhook. */
type Places = ReadonlyMap<DesiredWebhook, Omit<Problem, 'issue'>>

/** The files as they are, and what they say. Throws ConfigError if they cannot be read. */
function readFiles(
  given: readonly string[],
  folder: string,
  environment: Environment,
): {
  readonly files: readonly EditedFile[]
  readonly places: Places
  /** What the files take the accounts for. */
  readonly stated: WebhooksFile['accounts']
} & Pick<WebhooksFile, 'mask'> {
  const { existing, created } = findTargets(given, folder)
  if (created !== undefined)
    return { files: [{ file: created, text: null, known: [] }], places: new Map(), stated: new Map(), mask: (text) => text }
  const texts = existing.map((file) => ({ file, text: readText(resolve(folder, file)) }))
  const {
    webhooks,
    accounts: stated,
    mask,
  } = readWebhooksFiles({
    files: existing,
    folder,
    environment,
    providers,
    needsSecrets: false,
    isPlanned: false,
  })
  const files = texts.map(({ file, text }) => {
    if (typeof text !== 'string') throw new CommandError([`${file}: cannot be read. Check its path and permissions`])
    const known = webhooks.filter(({ locate }) => locate([]).place.file === file).map(({ input }) => input)
    return { file, text, known }
  })
  return { files, places: new Map(webhooks.map(({ input, locate }) => [input, locate([])])), stated, mask }
}

function toProblem([own, other]: Edit['repeated'][number], places: Places): readonly Problem[] {
  const [at, first] = [places.get(own), places.get(other)?.place]
  if (at === undefined || first === undefined) return []
  const same = `${first.file}:${first.line}:${first.column}`
  const issue = `means the same webhook as ${same}. Keep one, or tell them apart by id, or by name where the provider has names`
  return [{ ...at, issue }]
}

async function writeFile({ file, text: before }: EditedFile, text: string, folder: string): Promise<void> {
  try {
    await replaceFile(resolve(folder, file), {
      change(found) {
        if (found === before) return text
        throw new CommandError([`${file}: somebody has changed it meanwhile. Run the command again`])
      },
    })
  } catch (error) {
    if (error instanceof ReplaceError) throw new CommandError([error.message])
    throw error
  }
}

/** What exists, and no file can say. */
function describeLeftOut({ slug, webhooks, others }: PulledAccount): readonly string[] {
  return [
    ...others.map(({ id, url, obstacle }) => `${slug}: ${url} cannot be in a file, and no plan changes it: ${obstacle} (${id})`),
    ...webhooks.flatMap(({ id, fields: { url }, leftOut }) => {
      return [...leftOut].map(([path, issue]) => {
        return `${slug}: ${url} is in the file without what no file can say: ${path}: ${issue} (${id})`
      })
    }),
  ]
}

function toCounts({ added, changed, removed }: Edit): string {
  return `${added} added, ${changed} changed, ${removed.length} removed`
}

function toCount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
