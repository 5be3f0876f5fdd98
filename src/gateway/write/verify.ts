import { OutcomeUnknownError, WebhookError } from '../../errors.ts'
import type { Provider } from '../../provider/provider.ts'
import { countCalls } from '../../provider/unsupported.ts'
import type { AccountWebhook } from '../../webhook.ts'
import { readCurrent } from './current.ts'
import { type CallBound, callOnce, type Write } from './write.ts'

/** Starts a verification once and reads its outcome. */
export async function verifyOnce(write: Write, upstreamId: string): Promise<AccountWebhook> {
  const { ledger } = write.connection
  const doubt = await callOnce(write, (operations) => operations.verify(upstreamId)).then(() => null, toDoubt)
  const webhook = await read(write, upstreamId, doubt)
  if (webhook.status !== 'PENDING_VERIFICATION') ledger.acknowledge(webhook, ['verified'])
  if (doubt === null || webhook.status !== 'PENDING_VERIFICATION') return webhook
  throw new OutcomeUnknownError(doubt.message, [webhook], doubt)
}

function toDoubt(error: unknown): OutcomeUnknownError {
  if (error instanceof OutcomeUnknownError) return error
  throw error
}

async function read(write: Write, upstreamId: string, doubt: OutcomeUnknownError | null): Promise<AccountWebhook> {
  const { connection, budget } = write
  try {
    return await readCurrent(
      write,
      () => connection.within(budget).get(upstreamId),
      (webhook) => webhook,
      // Other differences may come from someone else and say nothing about the verification.
      ['url', 'verified'],
    )
  } catch (cause) {
    if (!(cause instanceof WebhookError)) throw cause
    const message = 'The verification was started, but its result could not be read. Query the webhook and check its status.'
    throw doubt ?? new OutcomeUnknownError(message, [], cause)
  }
}

/** The verification and the reads of its outcome, whether or not the response was lost. */
export function boundVerification({ operations: { GET, VERIFY } }: Provider, looks: number): CallBound {
  const read = countCalls(VERIFY) > 0 ? countCalls(GET) : 0
  return { calls: countCalls(VERIFY) + read, looks: looks * read }
}
