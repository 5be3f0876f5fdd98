import { setTimeout as sleep } from 'node:timers/promises'
import { UpstreamUnavailableError } from '../../errors.ts'
import { getRemainingMs } from '../../http/budget.ts'
import type { Webhook } from '../../webhook.ts'
import type { Connection } from '../connection.ts'
import type { Write } from './write.ts'

/**
 * Reads what a write builds on: again while it is older than what the provider has acknowledged to this process, because
 * the write would undo that: by all fields, or by these. Nothing was sent where this fails.
 */
export async function readCurrent<Read>(
  { provider, ledger }: Connection,
  read: () => Promise<Read>,
  toWebhook: (read: Read) => Webhook,
  { budget, looksMs }: Pick<Write, 'budget' | 'looksMs'>,
  fields?: readonly string[],
): Promise<Read> {
  let last = await read()
  for (const pauseMs of looksMs) {
    if (!ledger.isBehind(toWebhook(last), fields) || pauseMs >= getRemainingMs(budget)) break
    await sleep(pauseMs)
    last = await read()
  }
  if (!ledger.isBehind(toWebhook(last), fields)) return last
  throw new UpstreamUnavailableError(
    `${provider.displayName} does not return the webhook in the state it confirmed less than a minute ago: the response is outdated, ` +
      'or someone else changed the webhook. Nothing was sent. Retry in a moment.',
    'SERVER_ERROR',
  )
}
