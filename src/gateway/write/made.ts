import { OutcomeUnknownError } from '../../errors.ts'
import type { Options } from '../../provider/fields.ts'
import type { CreateInput } from '../../provider/operations.ts'
import type { Connection } from '../connection.ts'
import { getRepeat, type SendCreate } from './recover.ts'

/**
 * A create whose response counts only if it names a webhook that the create can have made: not one of these, by global ID, nor one of
 * an earlier create, and the one with the chosen ID where the key is the ID.
 */
export function toSend(
  { provider, ledger }: Connection,
  input: CreateInput<Options>,
  known: ReadonlySet<string | null>,
): SendCreate {
  const isChosen = getRepeat(provider)?.comesTo === 'REFUSED'
  return async (operations) => {
    const created = await operations.create(input)
    const { id, upstreamId } = created.webhook
    if (!known.has(id) && !ledger.isClaimed(upstreamId) && (!isChosen || upstreamId === input.key)) return created
    throw new OutcomeUnknownError(
      `The response from ${provider.displayName} names a webhook that this request cannot have created. It may have been carried out. ` +
        'Check before you retry.',
      [],
    )
  }
}
