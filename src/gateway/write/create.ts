import { ConflictError, OutcomeUnknownError } from '../../errors.ts'
import type { Listing } from '../listing.ts'
import type { CreateResult } from '../operations.ts'
import type { Options } from '../../provider/fields.ts'
import type { CreateInput } from '../../provider/operations.ts'
import type { Provider } from '../../provider/provider.ts'
import { countCalls, isUnsupported } from '../../provider/unsupported.ts'
import { allowFromNow } from './again.ts'
import { packIds } from './before.ts'
import { isSameUrl } from './compare.ts'
import { findInTheWay } from './conflict.ts'
import { toSend } from './made.ts'
import { pack } from '../journal/record.ts'
import { getRepeat, NotMade, recover } from './recover.ts'
import { type Known, mostProofs } from './search.ts'
import { addForeseen, type CallBound, callOnce, getCallMs, listAside, type Write } from './write.ts'

/**
 * Creates once. If the response is lost, it is sent again where the provider carries it out once, or the one webhook with the proof
 * of this create is the result. Anything else is an OutcomeUnknownError with candidates, none of which is changed. `replaced` are the
 * global IDs of webhooks that it is to replace.
 */
export async function createOnce(
  write: Write,
  input: CreateInput<Options>,
  replaced: readonly string[] = [],
): Promise<CreateResult> {
  const { connection } = write
  const created = await create(write, input, replaced)
  connection.ledger.claim(created.webhook.upstreamId)
  if (created.isInDoubt === true) connection.ledger.doubt(created.webhook.upstreamId)
  // A create in one request has no earlier state that a read could still return.
  else if (connection.provider.operations.CREATE.support === 'EMULATED' && !created.webhook.enabled)
    connection.ledger.acknowledge(created.webhook, ['enabled'])
  return addForeseen(connection, { operation: 'CREATE', input }, created)
}

async function create(write: Write, input: CreateInput<Options>, replaced: readonly string[]): Promise<CreateResult> {
  const callMs = getCallMs(write.budget)
  // Webhooks that existed before are not candidates.
  const listing = await listAside(write)
  write.checkBefore?.(listing)
  const before = toKnown(listing, input, replaced)
  const there = [...new Set([...before.ids, ...listing.webhooks.map(({ id }) => id)])]
  const send = toSend(write, input, new Set(there))
  const packed = packIds(there)
  const maySendAgain = allowFromNow(write)
  const keyed = getRepeat(write.connection.provider) !== undefined
  await write.begin({
    facts: { kind: 'CREATE', ...before },
    secrets: {
      input: JSON.stringify(pack(input)),
      ...(packed !== null && { before: packed }),
      ...(keyed && { sender: write.connection.sender }),
    },
  })
  try {
    return await callOnce(write, send, callMs)
  } catch (error) {
    if (error instanceof ConflictError) throw await findInTheWay(error, write, input)
    if (!(error instanceof OutcomeUnknownError)) throw error
    return recover(error, write, input, before, { send, replaceSecret: true, maySendAgain }).catch((cause: unknown) => {
      throw cause instanceof NotMade ? cause.refusal : cause
    })
  }
}

function toKnown(
  { webhooks, unreadable, knowsAllIds }: Listing,
  { url }: CreateInput<Options>,
  replaced: readonly string[],
): Known {
  const same = webhooks.filter((webhook) => isSameUrl(webhook.url, url)).map(({ id }) => id)
  const ids = [...same, ...unreadable, ...replaced].filter((id) => id !== null)
  return { ids: [...new Set(ids)], isComplete: knowsAllIds }
}

/** The list before, the create, and the list for a conflicting webhook; then the repeats, the checks, the proofs and the secret. */
export function boundCreate(provider: Provider, looks: number): CallBound {
  const { operations, recovery } = provider
  const { LIST, GET, CREATE } = operations
  const proofs = isUnsupported(recovery) ? 0 : mostProofs + 1
  const calls = 2 * countCalls(LIST) + countCalls(CREATE)
  const searched = looks * countCalls(LIST) + proofs
  switch (getRepeat(provider)?.comesTo) {
    case 'REFUSED':
      return { calls, looks: (looks + 1) * (countCalls(GET) + countCalls(LIST)) + looks * countCalls(CREATE) + 1 }
    case 'REPLAYED':
      return { calls, looks: looks * countCalls(CREATE) + countCalls(LIST) + searched }
    case undefined:
      return { calls, looks: searched }
  }
}
