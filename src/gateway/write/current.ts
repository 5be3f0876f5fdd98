import { setTimeout as sleep } from 'node:timers/promises'
import { UpstreamUnavailableError } from '../../errors.ts'
import type { Webhook } from '../../webhook.ts'
import type { Write } from './write.ts'

/**
 * Reads the state that a write is based on, and reads again while it is older than a write that the provider acknowledged to
 * this process, which the new write would undo. Compares all fields or only these. If this fails, nothing was sent.
 */
export async function readCurrent<Read>(
  { connection: { provider, ledger }, budget, looksMs }: Write,
  read: () => Promise<Read>,
  toWebhook: (read: Read) => Webhook,
  fields?: readonly string[],
): Promise<Read> {
  let last = await read()
  for (const pauseMs of looksMs) {
    if (!ledger.isBehind(toWebhook(last), fields) || pauseMs >= budget.remainingMs) break
    await sleep(pauseMs)
    last = await read()
  }
  if (!ledger.isBehind(toWebhook(last), fields)) return last
  throw new UpstreamUnavailableError(
    `${provider.displayName} does not show a change that it confirmed less than a minute ago: the response is outdated, ` +
      'or someone else changed the webhook. Nothing was sent. Retry in a moment.',
    'SERVER_ERROR',
  )
}
