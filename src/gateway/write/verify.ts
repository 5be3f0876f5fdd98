import type { Connection } from '../connection.ts'
import { OutcomeUnknownError, WebhookError } from '../../errors.ts'
import type { Provider } from '../../provider/provider.ts'
import { countCalls } from '../../provider/unsupported.ts'
import type { AccountWebhook } from '../../webhook.ts'
import { readCurrent } from './current.ts'
import { type CallBound, startCallBudget, type Write } from './write.ts'

/** Starts a verification, once, and reads what has come of it. */
export async function verifyOnce(connection: Connection, upstreamId: string, write: Write): Promise<AccountWebhook> {
  const doubt = await connection.verify(upstreamId, startCallBudget(write.budget)).then(() => null, toDoubt)
  const webhook = await read(connection, upstreamId, doubt, write)
  if (webhook.status !== 'PENDING_VERIFICATION') connection.ledger.acknowledge(webhook, ['verified'])
  if (doubt === null || webhook.status !== 'PENDING_VERIFICATION') return webhook
  throw new OutcomeUnknownError(doubt.message, [webhook], doubt)
}

function toDoubt(error: unknown): OutcomeUnknownError {
  if (error instanceof OutcomeUnknownError) return error
  throw error
}

async function read(
  connection: Connection,
  upstreamId: string,
  doubt: OutcomeUnknownError | null,
  write: Write,
): Promise<AccountWebhook> {
  const { budget } = write
  try {
    return await readCurrent(
      connection,
      () => connection.get(upstreamId, budget),
      (webhook) => webhook,
      write,
      // What else differs may be somebody else's doing, and says nothing of the verification.
      ['url', 'verified'],
    )
  } catch (cause) {
    if (!(cause instanceof WebhookError)) throw cause
    const message = 'The verification was started, but its result could not be read. Query the webhook and check its status.'
    throw doubt ?? new OutcomeUnknownError(message, [], cause)
  }
}

/** The verification and the read of what has come of it, whether or not its answer was lost. */
export function boundVerification({ operations: { GET, VERIFY } }: Provider, looks: number): CallBound {
  const read = countCalls(VERIFY) > 0 ? countCalls(GET) : 0
  return { calls: countCalls(VERIFY) + read, looks: looks * read }
}
