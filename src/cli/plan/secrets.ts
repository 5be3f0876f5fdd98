import type { Environment } from '../../config/config.ts'
import type { Client } from '../client/client.ts'
import { AcknowledgeSecretDocument, KeptSecretsDocument, RevealSecretDocument } from '../client/documents.ts'
import { CommandError } from '../failure.ts'
import type { WebhooksFile } from '../file/desired.ts'
import { SinkError } from '../sink/error.ts'
import { describeSink, putSecret } from '../sink/sink.ts'
import type { Terminal } from '../terminal.ts'
import type { Change, Plan } from './ask.ts'
import { toLabel, toShown } from './show.ts'
import { requireOwnPlaces } from './sinks.ts'

export interface SecretKeeper {
  /** Puts the secret of a write where it is to go. Resolves to whether it is there. */
  keep(change: Change, secret: string, entryId: string | null): Promise<boolean>
  /** Same for the secrets of earlier runs that were killed before. Resolves to whether all are there. */
  keepEarlier(plan: Plan): Promise<boolean>
}

interface KeeperOptions {
  readonly file: WebhooksFile
  readonly client: Client
  readonly terminal: Terminal
  readonly environment: Environment
}

export function createSecretKeeper({ file, client: { send }, terminal, environment }: KeeperOptions): SecretKeeper {
  const toWebhook = ({ desiredIndex }: Change) => (desiredIndex === null ? undefined : file.webhooks[desiredIndex])
  const toSink = (change: Change) => toWebhook(change)?.sink ?? null

  async function keep(change: Change, secret: string, entryId: string | null): Promise<boolean> {
    // Whoever gave it has it.
    if (toWebhook(change)?.hasOwnSecret === true) return acknowledge(entryId)
    const sink = toSink(change)
    const label = `${change.account.slug}: ${toLabel(change, file)}`
    const wayOut = entryId === null ? '' : `. The journal keeps it: ${describeReveal(entryId)}`
    if (sink === null) {
      terminal.note(`${label}: its signing secret has nowhere to go${wayOut}`)
      return false
    }
    try {
      await putSecret(sink, change.account.slug, secret, environment)
    } catch (error) {
      if (!(error instanceof SinkError)) throw error
      terminal.note(`${label}: its signing secret could not be put where it is to go: ${toShown(error.message, file)}${wayOut}`)
      return false
    }
    terminal.print(`  secret → ${toShown(describeSink(sink), file)}`)
    return acknowledge(entryId)
  }

  /** What is where it is to go need not be in the journal too, which tells the next run what is not. */
  async function acknowledge(entryId: string | null): Promise<true> {
    // If that fails, the next run puts it there once more.
    if (entryId !== null) await send(AcknowledgeSecretDocument, { entryId }).catch(ignoreFailure)
    return true
  }

  async function keepEarlier({ changes }: Plan): Promise<boolean> {
    const known = changes.filter((change) => change.webhook !== null && toSink(change) !== null)
    if (known.length === 0) return true
    const accounts = [...new Set(known.map(({ account }) => account.slug))]
    const nodes = await readKept(accounts)
    const kept = known.flatMap((change) => {
      // A later write has replaced the secrets of those before it.
      const newest = nodes.find(({ webhookId }) => webhookId === change.webhook?.id)
      return newest?.secretUntil == null ? [] : [{ change, entryId: newest.id }]
    })
    requireOwnPlaces(
      kept.flatMap(({ change }) => toWebhook(change) ?? []),
      file,
    )
    let isKept = true
    for (const { change, entryId } of kept) {
      const { revealSigningSecret: revealed } = await send(RevealSecretDocument, { entryId })
      if (revealed.__typename !== 'RevealSigningSecretSuccess' || revealed.signingSecret === null) continue
      terminal.note(`${change.account.slug}: ${toLabel(change, file)}: the secret of an earlier run is still in the journal`)
      isKept = (await keep(change, revealed.signingSecret, entryId)) && isKept
    }
    return isKept
  }

  /** Newest first. Nothing for callers who may not read the journal. */
  async function readKept(accounts: readonly string[]) {
    try {
      return (await send(KeptSecretsDocument, { accounts })).journal.nodes
    } catch (error) {
      if (error instanceof CommandError) return []
      throw error
    }
  }

  return { keep, keepEarlier }
}

function ignoreFailure(error: unknown): void {
  if (!(error instanceof CommandError)) throw error
}

/** How to fetch a secret that could not be put anywhere. */
function describeReveal(entryId: string): string {
  return `mutation { revealSigningSecret(input: { entryId: ${JSON.stringify(entryId)} }) { ... on RevealSigningSecretSuccess { signingSecret } ... on WebhookError { message } } }`
}
