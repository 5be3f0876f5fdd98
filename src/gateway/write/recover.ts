import { setTimeout as sleep } from 'node:timers/promises'
import { InvalidInputError, LimitReachedError, NotFoundError, OutcomeUnknownError, type WebhookError } from '../../errors.ts'
import type { AccountOperations, CreateResult } from '../operations.ts'
import type { Options } from '../../provider/fields.ts'
import type { CreateInput, Repeat } from '../../provider/operations.ts'
import type { Provider } from '../../provider/provider.ts'
import { isUnsupported } from '../../provider/unsupported.ts'
import type { AccountWebhook } from '../../webhook.ts'
import { type MaySendAgain, sendAgain, sendOnceMore } from './again.ts'
import { isSameUrl } from './compare.ts'
import { find } from './find.ts'
import { dropMade, type Known, recoverProven, search } from './search.ts'
import { recovered, type Write } from './write.ts'

/** Sends a create, first or again. */
export type SendCreate = (operations: AccountOperations) => Promise<CreateResult>

/** What may be done to recover a create. */
export interface Means {
  readonly send: SendCreate
  /** Replace the signing secret of the webhook that it is proven to have made. */
  readonly replaceSecret: boolean
  /** Null if it was sent without a key. */
  readonly maySendAgain: MaySendAgain | null
}

/** Thrown if a create is proven to have made nothing. */
export class NotMade extends Error {
  override readonly name = 'NotMade'
  readonly refusal: WebhookError

  constructor(refusal: WebhookError) {
    super(refusal.message, { cause: refusal })
    this.refusal = refusal
  }
}

/** Determines the outcome of a create without a response: by its key where the provider has keys, else by its proof. */
export async function recover(
  doubt: OutcomeUnknownError,
  write: Write,
  input: CreateInput<Options>,
  before: Known,
  means: Means,
): Promise<CreateResult> {
  const result = await determine(doubt, write, input, before, means)
  return { ...result, warnings: [recovered, ...result.warnings] }
}

async function determine(
  doubt: OutcomeUnknownError,
  write: Write,
  input: CreateInput<Options>,
  before: Known,
  { send, replaceSecret, maySendAgain }: Means,
): Promise<CreateResult> {
  const repeat = getRepeat(write.connection.provider)
  if (repeat === undefined || maySendAgain === null) return search(doubt, write, input, before, replaceSecret)
  const maySend = () => maySendAgain(repeat)
  switch (repeat.comesTo) {
    case 'REFUSED': {
      const made = await createByKey(write, input, send, maySend)
      if (made === null) throw new OutcomeUnknownError(`${doubt.message} No webhook with its ID was found.`, [], doubt)
      return 'webhook' in made ? made : recoverProven(doubt, write, made, input, replaceSecret)
    }
    case 'REPLAYED': {
      const { result, refusal } = await sendAgain(write, maySend, send)
      if (result !== null) return result
      if (refusal !== null && (await provesNothingMade(refusal, write, input, before))) throw new NotMade(refusal)
      return search(doubt, write, input, before, replaceSecret)
    }
  }
}

/** How a create can be repeated; undefined if it cannot. */
export function getRepeat({ operations: { CREATE } }: Provider): Repeat | undefined {
  return isUnsupported(CREATE) ? undefined : CREATE.repeat
}

/** Reads the webhook whose ID is the key of a create, and sends the create again while there is none. */
async function createByKey(
  write: Write,
  input: CreateInput<Options>,
  send: SendCreate,
  maySend: () => boolean,
): Promise<CreateResult | AccountWebhook | null> {
  let isRefused = false
  for (const pauseMs of write.looksMs) {
    if (pauseMs >= write.budget.remainingMs) break
    await sleep(pauseMs)
    const found = await findMade(write, input)
    if (found !== null) return found
    if (isRefused || !maySend()) continue
    const { result, refusal } = await sendOnceMore(write, send)
    if (result !== null) return result
    isRefused = refusal !== null
  }
  return isRefused ? findMade(write, input) : null
}

async function findMade(write: Write, { key }: CreateInput<Options>): Promise<AccountWebhook | null> {
  const found = await find(write, key)
  return found instanceof NotFoundError ? null : found
}

/**
 * Whether a refused repeat proves that the create made nothing: a provider that remembers the key would have responded as it did the
 * first time. The list must agree, because the provider may check the input before the key.
 */
async function provesNothingMade(
  refusal: WebhookError,
  write: Write,
  input: CreateInput<Options>,
  before: Known,
): Promise<boolean> {
  if (!(refusal instanceof InvalidInputError || refusal instanceof LimitReachedError)) return false
  const { webhooks, unreadable, knowsAllIds } = await write.connection.within(write.budget).list()
  const same = webhooks.filter(({ url }) => isSameUrl(url, input.url))
  const left = await dropMade(write, same)
  if (left === null || !before.isComplete || !knowsAllIds) return false
  const known = new Set(before.ids)
  return [...left.map(({ id }) => id), ...unreadable].every((id) => id !== null && known.has(id))
}
