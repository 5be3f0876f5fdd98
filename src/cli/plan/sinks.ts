import type { Environment } from '../../config/config.ts'
import { isUnsupported } from '../../provider/unsupported.ts'
import { providers } from '../../providers/index.ts'
import type { Client } from '../client/client.ts'
import { CommandError } from '../failure.ts'
import type { FileWebhook, SecretSink, WebhooksFile } from '../file/desired.ts'
import { formatProblems } from '../file/read.ts'
import type { Problem } from '../file/source.ts'
import { toRealPath } from '../real-path.ts'
import { findSinkIssue } from '../sink/check.ts'
import { hasValue } from '../sink/file.ts'
import type { Change, Plan } from './ask.ts'
import { maskSink } from './mask.ts'

// Which secrets an apply makes, and whether each has a place of its own.

/** Throws CommandError if secrets of a sandbox that nobody has asked for would replace those of real webhooks. */
export function requireOwnSandbox({ webhooks }: WebhooksFile, { isSandboxUnasked }: Pick<Client, 'isSandboxUnasked'>): void {
  if (!isSandboxUnasked || webhooks.every(({ sink }) => sink === null)) return
  throw new CommandError([
    'No account and no server is configured, and the secrets of the sandbox would go where the file keeps those of real webhooks. Configure an account or set HOOKQL_SERVER; or set HOOKQL_SANDBOX=true to use the sandbox. Nothing was changed',
  ])
}

/** Throws CommandError if a secret would have nowhere to go, or take the place of another one. */
export function requireSinks(
  changes: readonly Change[],
  plan: Pick<Plan, 'keepsSecrets'>,
  file: WebhooksFile,
  { keepsJournal, isSandbox }: Pick<Client, 'keepsJournal' | 'isSandbox'>,
  environment: Environment,
): void {
  const made = changes.flatMap((change) => findMade(change, file) ?? [])
  const issue =
    'its signing secret has nowhere to go. Set secrets, such as secrets: { file: secrets.env }, for it, its account or the file'
  const without = made.filter(({ sink }) => sink === null).map(({ locate }) => ({ ...locate([]), issue }))
  if (without.length > 0) throw new CommandError(formatProblems(without))
  requireOwnPlaces(made, file)
  requireWorking(made, file, environment)
  requireFree(changes, file)
  if (made.length > 0 && !plan.keepsSecrets) {
    throw new CommandError([
      'secretRetention: a secret that cannot be put where it is to go would be lost, because the gateway keeps none in its journal. Set it there to some time, such as 24h. Nothing was changed',
    ])
  }
  if (made.length > 0 && !keepsJournal && !isSandbox) {
    throw new CommandError([
      'HOOKQL_STORE: a secret that cannot be put where it is to go would be lost, because the journal does not outlive this command. Set it to a path. Nothing was changed',
    ])
  }
}

/** Throws CommandError if a secret goes where none can be put. */
function requireWorking(made: readonly FileWebhook[], { mask }: WebhooksFile, environment: Environment): void {
  const issues = new Map<string, Problem>()
  for (const { sink, locate } of made) {
    const issue = sink === null ? null : findSinkIssue(sink, environment)
    // Said once for all that have the same.
    if (sink !== null && issue !== null && !issues.has(issue))
      issues.set(issue, {
        ...locate(['secrets']),
        issue: `its signing secret has nowhere to go: ${maskSink(issue, sink, mask)}. Nothing was changed`,
      })
  }
  if (issues.size > 0) throw new CommandError(formatProblems([...issues.values()]))
}

/** Throws CommandError if the secret of a new webhook would replace what nobody has put there for it. */
function requireFree(changes: readonly Change[], file: WebhooksFile): void {
  const made = changes.filter(({ kind }) => kind === 'CREATE').flatMap((change) => findMade(change, file) ?? [])
  const problems = made.flatMap(({ sink, locate }) => {
    if (sink === null || !('file' in sink) || !hasValue(sink.file, sink.name)) return []
    const name = file.mask(sink.name)
    const issue = `its signing secret would replace ${name}, which ${sink.shownFile} has already. Give it a name of its own, such as secrets: { file: secrets.env, name: CREDITS_SECRET }; or remove ${name} there, if nothing needs it any more. Nothing was changed`
    return [{ ...locate(['secrets']), issue }]
  })
  if (problems.length > 0) throw new CommandError(formatProblems(problems))
}

/** The webhook whose secret a change makes; null if it makes none that its caller does not know yet. */
function findMade({ kind, desiredIndex }: Change, file: WebhooksFile): FileWebhook | null {
  const webhook = desiredIndex === null ? undefined : file.webhooks[desiredIndex]
  return webhook !== undefined && (kind === 'CREATE' || kind === 'REPLACE') && isMaker(webhook, file) ? webhook : null
}

/** Whether the provider makes the secret of a webhook. */
export function isMaker({ input, hasOwnSecret }: FileWebhook, { accounts }: WebhooksFile): boolean {
  if (hasOwnSecret) return false
  const provider = providers.find(({ name }) => name === accounts.get(input.account)?.provider)
  // What cannot be rotated is no secret of the webhook, but of all that its account has.
  return provider !== undefined && !isUnsupported(provider.operations.ROTATE_SECRET)
}

/**
 * Throws CommandError if one of these webhooks, whose secrets are to be put away, would replace the secret of another one: that may be
 * there since an earlier run, and the provider shows none twice.
 */
export function requireOwnPlaces(webhooks: readonly FileWebhook[], file: WebhooksFile): void {
  const put = new Set(webhooks)
  const sharing = Map.groupBy(
    file.webhooks.filter((webhook) => webhook.sink !== null && isMaker(webhook, file)),
    ({ sink }) => toPlace(sink),
  )
  const problems = [...sharing.values()].flatMap((group) => {
    const owner = group.find((each) => !put.has(each)) ?? group[0]
    return group.filter((each) => each !== owner && put.has(each)).map((each) => toProblem(each, owner, file))
  })
  if (problems.length > 0) throw new CommandError(formatProblems(problems))
}

/** The same for secrets of which the second would replace the first. A command can go to the same vault from any folder. */
function toPlace(sink: SecretSink | null): string {
  if (sink === null) return ''
  return JSON.stringify('command' in sink ? { ...sink, folder: '' } : { name: sink.name, file: toRealPath(sink.file) })
}

function toProblem({ sink, locate }: FileWebhook, owner: FileWebhook | undefined, { mask }: WebhooksFile): Problem {
  const { file = '', line = 0 } = owner?.locate(['secrets']).place ?? {}
  const issue = `its signing secret would replace that of ${file}:${line}, because both are called ${mask(sink?.name ?? '')}. Give it a name of its own, such as secrets: { file: secrets.env, name: CREDITS_SECRET }`
  return { ...locate(['secrets']), issue }
}
