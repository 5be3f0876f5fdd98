import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parse } from 'yaml'
import type { Environment } from '../../config/config.ts'
import { providers } from '../../providers/index.ts'
import type { Client } from '../client/client.ts'
import { CommandError } from '../failure.ts'
import type { DesiredWebhook } from '../file/desired.ts'
import { findFiles } from '../file/files.ts'
import { readWebhooksFiles } from '../file/read.ts'
import type { Terminal } from '../terminal.ts'
import { toPlain } from '../plan/show.ts'
import { type PulledAccount, readActual } from './actual.ts'
import { editFile } from './edit.ts'

export interface PullOptions {
  readonly file: readonly string[]
  /** Slugs; all accounts if there are none. */
  readonly account: readonly string[]
  readonly environment: Environment
  readonly folder: string
}

/** Makes a file say what exists. */
export async function pullWebhooks(
  { file: given, account, environment, folder }: PullOptions,
  client: Client,
  terminal: Terminal,
): Promise<void> {
  const { file, path } = findTarget(given, folder)
  const exists = existsSync(path)
  const known = exists ? readKnown(file, folder, environment) : []
  terminal.progress('Reading accounts')
  const accounts = await readActual(client, account, providers)
  const before = exists ? readFileSync(path, 'utf8') : null
  const { text, added, changed, removed } = editFile(before, accounts, known)
  const written = file.endsWith('.json') ? `${JSON.stringify(parse(text, { merge: true }), null, 2)}\n` : text
  // An interrupted write must not leave half a file.
  if (written !== before) {
    writeFileSync(`${path}.new`, written)
    renameSync(`${path}.new`, path)
  }
  for (const account of accounts) for (const line of describeLeftOut(account)) terminal.note(toPlain(line))
  const count = accounts.reduce((sum, { webhooks }) => sum + webhooks.length, 0)
  terminal.print(
    `${file}: ${toCount(count, 'webhook')} of ${toCount(accounts.length, 'account')}; ${added} added, ${changed} changed, ${removed} removed`,
  )
}

/** What exists, and no file can say. */
function describeLeftOut({ slug, webhooks, others }: PulledAccount): readonly string[] {
  return [
    ...others.map(({ id, url, obstacle }) => `${slug}: ${url} cannot be in a file, and no plan changes it: ${obstacle} (${id})`),
    ...webhooks.flatMap(({ id, fields: { url }, leftOut }) => {
      return leftOut.map((field) => `${slug}: ${url} is in the file without what no file can say: ${field} (${id})`)
    }),
  ]
}

function readKnown(file: string, folder: string, environment: Environment): readonly DesiredWebhook[] {
  return readWebhooksFiles({ files: [file], folder, environment, providers, needsSecrets: false }).webhooks.map(
    ({ input }) => input,
  )
}

function findTarget(given: readonly string[], folder: string): { readonly file: string; readonly path: string } {
  const { files, missing } = findFiles(given, folder)
  const [file = '', ...others] = [...files, ...missing]
  if (others.length > 0) throw new CommandError(['-f: pull writes one file. Pass one'])
  return { file, path: resolve(folder, file) }
}

function toCount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
