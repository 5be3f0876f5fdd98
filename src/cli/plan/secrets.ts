import type { Environment } from '../../config/config.ts'
import type { Client } from '../client/client.ts'
import { AcknowledgeSecretDocument, NewestSecretDocument, RevealSecretDocument } from '../client/documents.ts'
import { toPlain } from '../../observe/plain.ts'
import { CommandError } from '../failure.ts'
import type { SecretSink, WebhooksFile } from '../file/desired.ts'
import { HangError, SinkError } from '../sink/error.ts'
import { describeSink, putSecret } from '../sink/sink.ts'
import type { Terminal } from '../terminal.ts'
import type { Plan } from './ask.ts'
import { describeKept, isPlaceable, listKept, type Owner } from './kept.ts'
import { maskSink } from './mask.ts'
import { toLabel, toShown } from './show.ts'
import { isMaker, requireOwnPlaces } from './sinks.ts'
import { describeReveal, describeRotate } from './ways.ts'

export interface SecretKeeper {
  /** Puts the secret of a write where it is to go, if it has one of its own. Resolves to whether it is there. */
  keep(owner: Owner, secret: string | null, made: Made): Promise<boolean>
  /** Same for the secrets of earlier runs that were killed before, whatever else there is to solve. Resolves to whether all are there. */
  keepEarlier(plan: Plan): Promise<boolean>
}

/** What has made a secret. */
interface Made {
  readonly webhookId: string
  /** Null if nothing was recorded. */
  readonly entryId: string | null
  /** Until when the journal keeps it; null if it does not. */
  readonly until: string | null
}

interface KeeperOptions {
  readonly file: WebhooksFile
  readonly client: Client
  readonly terminal: Terminal
  readonly environment: Environment
  /** Aborted when the run is told to end. */
  readonly signal: AbortSignal
}

export function createSecretKeeper({ file, client, terminal, environment, signal }: KeeperOptions): SecretKeeper {
  const { send } = client
  /** Commands that did not end: each would be waited for once more with every secret. */
  const hung = new Set<string>()
  const toWebhook = ({ desiredIndex }: Owner) => (desiredIndex === null ? undefined : file.webhooks[desiredIndex])
  const toSink = (owner: Owner) => toWebhook(owner)?.sink ?? null
  const toLine = (owner: Owner) => `${owner.account.slug}: ${toLabel(owner, file)}`

  async function keep(owner: Owner, secret: string | null, made: Made): Promise<boolean> {
    const { entryId } = made
    const webhook = toWebhook(owner)
    // Whoever gave it has it.
    if (webhook?.hasOwnSecret === true) return acknowledge(entryId)
    if (secret === null && (webhook === undefined || !isMaker(webhook, file))) return true
    const sink = toSink(owner)
    const label = toLine(owner)
    const wayOut = `. ${describeWayOut(owner, made)}`
    if (!secret) {
      terminal.note(`${label}: no signing secret came with it${wayOut}`)
      return false
    }
    if (sink === null) {
      terminal.note(`${label}: its signing secret has nowhere to go${wayOut}`)
      return false
    }
    try {
      if (hung.has(toCommand(sink))) throw new SinkError('its command did not end before, and was not run again')
      await putSecret(sink, owner.account.slug, secret, environment, { signal })
    } catch (error) {
      if (!(error instanceof SinkError)) throw error
      if (error instanceof HangError) hung.add(toCommand(sink))
      terminal.note(
        `${label}: its signing secret could not be put where it is to go: ${toPlain(maskSink(error.message, sink, file.mask))}${wayOut}`,
      )
      return false
    }
    terminal.print(`  secret → ${toPlain(maskSink(describeSink(sink), sink, file.mask))}`)
    const newer = await findNewer(made)
    await acknowledge(entryId)
    if (newer === null) return true
    terminal.note(
      `${label}: its signing secret was rotated before it was where it is to go, so that an old one is there. Put the new one there. ${describeWayOut(owner, newer)}`,
    )
    return false
  }

  /** What has set another secret since: a command can take its time. */
  async function findNewer({ webhookId, entryId }: Made): Promise<Made | null> {
    const newest = await send(NewestSecretDocument, { webhookId }).catch(ignoreFailure)
    const [entry] = newest?.journal.nodes ?? []
    if (entry === undefined || entry.id === entryId) return null
    return { webhookId: entry.webhookId ?? webhookId, entryId: entry.id, until: entry.secretUntil }
  }

  function describeWayOut({ account }: Owner, { webhookId, entryId, until }: Made): string {
    if (client.isSandbox) return 'It is lost with the sandbox, which ends with this command'
    if (entryId !== null && until !== null) return `The journal keeps it until ${until}: ${describeReveal(entryId)}`
    return `The journal does not keep it, so that it is lost. Rotate it: ${describeRotate(webhookId, account.slug, file)}`
  }

  /** What is where it is to go need not be in the journal too, which tells the next run what is not. */
  async function acknowledge(entryId: string | null): Promise<true> {
    // If that fails, the next run puts it there once more.
    if (entryId !== null) await send(AcknowledgeSecretDocument, { entryId }).catch(ignoreFailure)
    return true
  }

  async function keepEarlier(plan: Plan): Promise<boolean> {
    const kept = await listKept(plan, file, client, () => {
      terminal.note('Secrets of earlier runs that were killed are not looked for: that requires scope journal:read')
    })
    const sure = kept.filter((each) => isPlaceable(each) && each.missing.length === 0)
    requireOwnPlaces(
      sure.flatMap(({ owner }) => toWebhook(owner) ?? []),
      file,
    )
    for (const each of kept.filter((other) => !sure.includes(other))) terminal.note(describeKept(each, file))
    let isKept = sure.length === kept.length
    for (const { owner, ...made } of sure) {
      const { entryId } = made
      const { revealSigningSecret: revealed } = await send(RevealSecretDocument, { entryId })
      if (revealed.__typename !== 'RevealSigningSecretSuccess') {
        terminal.note(
          `${toLine(owner)}: the secret of an earlier run is still in the journal: ${toShown(revealed.message, file)}`,
        )
        isKept = false
      } else if (revealed.signingSecret !== null) {
        terminal.note(`${toLine(owner)}: the secret of an earlier run is still in the journal`)
        isKept = (await keep(owner, revealed.signingSecret, made)) && isKept
      }
    }
    return isKept
  }

  return { keep, keepEarlier }
}

function toCommand(sink: SecretSink): string {
  return 'command' in sink ? JSON.stringify(sink.command) : ''
}

function ignoreFailure(error: unknown): undefined {
  if (!(error instanceof CommandError)) throw error
}
