import { OutcomeUnknownError } from '../../errors.ts'
import { formatId } from '../../id.ts'
import type { Options } from '../../provider/fields.ts'
import type { Created, CreateInput } from '../../provider/operations.ts'
import { getRepeat, type SendCreate } from './recover.ts'
import type { Write } from './write.ts'

/**
 * A create whose response counts only if it names a webhook that the create can have made: not one of these, by global ID, nor one of
 * an earlier create, and the one with the chosen ID where the key is the ID. If it takes a second request, the webhook and its secret
 * are durable before that is sent.
 */
export function toSend(
  { connection, note }: Pick<Write, 'connection' | 'note'>,
  input: CreateInput<Options>,
  known: ReadonlySet<string | null>,
): SendCreate {
  const { provider, account, ledger } = connection
  const isChosen = getRepeat(provider)?.comesTo === 'REFUSED'

  function requireMade(upstreamId: string): void {
    const id = formatId({ kind: 'webhook', slug: account.slug, upstreamId })
    if (!known.has(id) && !ledger.isClaimed(upstreamId) && (!isChosen || upstreamId === input.key)) return
    throw new OutcomeUnknownError(
      `The response from ${provider.displayName} names a webhook that this request cannot have created. It may have been carried out. ` +
        'Check before you retry.',
      [],
    )
  }

  async function onMade({ webhook: { upstreamId }, signingSecret }: Created<unknown>): Promise<void> {
    requireMade(upstreamId)
    await note({ kind: 'MADE', webhook: upstreamId }, signingSecret === null ? {} : { signingSecret: signingSecret.reveal() })
  }

  return async (operations) => {
    const created = await operations.create({ ...input, onMade })
    requireMade(created.webhook.upstreamId)
    return created
  }
}
