import { isUnsupported } from '../../provider/unsupported.ts'
import { providers } from '../../providers/index.ts'
import type { Client } from '../client/client.ts'
import { CommandError } from '../failure.ts'
import type { FileWebhook, WebhooksFile } from '../file/desired.ts'
import { formatProblems } from '../file/read.ts'
import type { Change } from './ask.ts'

// Which secrets an apply makes, and whether each has a place of its own.

/** Whether a change makes a secret that its caller does not know yet. */
function makesSecret({ kind, desiredIndex }: Change, { webhooks, accounts }: WebhooksFile): FileWebhook | null {
  const webhook = desiredIndex === null ? undefined : webhooks[desiredIndex]
  if (webhook === undefined || webhook.hasOwnSecret || (kind !== 'CREATE' && kind !== 'REPLACE')) return null
  const provider = providers.find(({ name }) => name === accounts.get(webhook.input.account)?.provider)
  // What cannot be rotated is no secret of the webhook, but of all that its account has.
  return provider === undefined || isUnsupported(provider.operations.ROTATE_SECRET) ? null : webhook
}

/** Throws CommandError if a secret would have nowhere to go. */
export function requireSinks(
  changes: readonly Change[],
  file: WebhooksFile,
  { keepsSecrets }: Pick<Client, 'keepsSecrets'>,
): void {
  const made = changes.flatMap((change) => makesSecret(change, file) ?? [])
  const issue =
    'its signing secret has nowhere to go. Set secrets, such as secrets: { file: secrets.env }, for it, its account or the file'
  const without = made.filter(({ sink }) => sink === null).map(({ locate }) => ({ ...locate([]), issue }))
  if (without.length > 0) throw new CommandError(formatProblems(without))
  if (made.length > 0 && !keepsSecrets) {
    throw new CommandError([
      'HOOKQL_STORE: a secret that cannot be put where it is to go would be lost, because the journal does not outlive this command. Set it to a path, and secretRetention not to 0',
    ])
  }
}
