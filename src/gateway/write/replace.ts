import { isDeepStrictEqual } from 'node:util'
import {
  ConflictError,
  LimitReachedError,
  NotFoundError,
  OutcomeUnknownError,
  UpstreamRejectedError,
  WebhookError,
} from '../../errors.ts'
import { toHref } from '../../provider/answers.ts'
import { newId } from '../../provider/path.ts'
import type { CreateResult, Original, WriteResult } from '../operations.ts'
import type { Options } from '../../provider/fields.ts'
import type { ReplacementRotation, Twin } from '../../provider/operations.ts'
import type { Provider } from '../../provider/provider.ts'
import { countCalls } from '../../provider/unsupported.ts'
import type { AccountWebhook, Warning } from '../../webhook.ts'
import { boundRemove, removeSurely } from './change.ts'
import { boundCreate, createOnce } from './create.ts'
import { readCurrent } from './current.ts'
import { confirmGone } from './find.ts'
import { newMarks, shownMarks } from './proof.ts'
import type { PreparedRotation, Rotated } from './rotation.ts'
import { type CallBound, callOnce, inTurn, toBegun, type Write } from './write.ts'

/**
 * Rotates a secret by replacing a webhook with a twin. Even if a step fails, there are never fewer working webhooks than before: the
 * old one is deleted last, and only once the twin is confirmed to work the same.
 */
export async function prepareReplacement(
  write: Write,
  { price, unseen }: Pick<ReplacementRotation<unknown, Options>, 'price' | 'unseen'>,
  upstreamId: string,
): Promise<PreparedRotation> {
  const { connection, budget } = write
  const original = await readOriginal(write, upstreamId)
  await requireRoom(write)
  // A webhook that was not sending does not have to send afterwards.
  const verifies = price.needsVerification && original.webhook.status === 'ACTIVE'
  const requests = [
    ...(await connection.rehearse(budget, (operations) => operations.create({ ...original.twin, ...shownMarks }))),
    ...(verifies ? await connection.rehearse(budget, (operations) => operations.verify(newId)) : []),
    ...(await connection.rehearse(budget, (operations) => operations.remove(upstreamId))),
  ]

  async function carryOut(): Promise<Rotated> {
    const created = await createTwin(write, original)
    const { signingSecret } = created
    if (signingSecret === null) {
      const reason = `${connection.provider.displayName} returned no signing secret for the new webhook, so there is nothing to rotate.`
      const upstream = { account: connection.account, status: null, code: null, message: null, attempts: 1 }
      throw await withdraw(toBegun(write), created, reason, (message) => new UpstreamRejectedError(message, { upstream }))
    }
    // From here on, an error would lose the secret, so failures become warnings.
    const isKept = await write.note(
      { kind: 'TWIN', webhook: created.webhook.upstreamId },
      { signingSecret: signingSecret.reveal() },
    )
    if (verifies) await tryToVerify(write, created)
    const { webhook, warnings } = await takeOver(toBegun(write), original, created, isKept)
    // By now, the create's warning about an unverified URL no longer applies.
    const open = created.warnings.filter(({ code }) => code !== 'VERIFICATION_REQUIRED' || webhook.status !== 'ACTIVE')
    return { webhook, signingSecret, warnings: [...open, ...warnings] }
  }
  return {
    // The old secret ends with the old webhook.
    plan: {
      ...price,
      strategy: 'REPLACEMENT',
      verificationGap: 'UNTIL_RECEIVER_UPDATED',
      requests,
      graceSeconds: 0,
      ...(unseen !== undefined && { warnings: [{ code: 'SETTINGS_NOT_SHOWN', message: unseen }] }),
    },
    carryOut,
  }
}

/** A replacement briefly needs room for one more webhook. */
async function requireRoom({ connection, budget }: Write): Promise<void> {
  const { maxWebhooks, account, provider } = connection
  if (maxWebhooks === null) return
  const { webhooks, unreadable, knowsAllIds, error } = await connection.within(budget).list()
  if (error !== null && !knowsAllIds) throw error
  if (webhooks.length + unreadable.length < maxWebhooks) return
  throw new LimitReachedError(
    `${provider.displayName} allows at most ${maxWebhooks} webhooks on account "${account.slug}", and a replacement temporarily needs ` +
      'one more. Delete a webhook first. If your plan allows more, set maxWebhooks for the account in the configuration file.',
    maxWebhooks,
  )
}

async function createTwin(write: Write, { webhook, twin }: Original): Promise<CreateResult> {
  try {
    return await inTurn(write, toHref(twin.url), (own) => createOnce(own, { ...twin, ...newMarks() }, [webhook.id]))
  } catch (error) {
    if (!(error instanceof OutcomeUnknownError)) throw error
    const message = `${error.message} This error is about the new webhook. The old webhook is unchanged.`
    throw new OutcomeUnknownError(message, error.candidates, error)
  }
}

/** Deletes an unusable twin. The error says which webhooks remain. */
async function withdraw(
  write: Write,
  { webhook }: CreateResult,
  reason: string,
  toError: (message: string) => WebhookError,
): Promise<WebhookError> {
  const notTouched = 'The old webhook is unchanged.'
  try {
    // For a webhook that was just created, only a stale response reports that it does not exist.
    const wasAbsent = await removeSurely(write, webhook.upstreamId, true)
    if (!wasAbsent) return toError(`${reason} The new webhook was removed. Nothing was changed.`)
    return new OutcomeUnknownError(
      `${reason} The provider reports that the new webhook does not exist. Check whether it does, and delete it if so. ${notTouched}`,
      [webhook],
    )
  } catch (cause) {
    if (!(cause instanceof WebhookError)) throw cause
    return new OutcomeUnknownError(`${reason} The new webhook could not be removed. Delete it. ${notTouched}`, [webhook], cause)
  }
}

/** The outcome is read from the webhook, even if this fails. */
async function tryToVerify(write: Write, { webhook }: CreateResult): Promise<void> {
  try {
    await callOnce(write, (operations) => operations.verify(webhook.upstreamId))
  } catch (error) {
    if (!(error instanceof WebhookError)) throw error
  }
}

/**
 * Checks the twin and deletes the original, or warns if the original remains. Aborts if the original changed in the
 * meantime.
 */
async function takeOver(write: Write, original: Original, created: CreateResult, isKept: boolean): Promise<WriteResult> {
  // The old webhook goes only once the new secret cannot be lost.
  if (!isKept) return { ...keep(original, 'The new secret could not be recorded in the journal.'), webhook: created.webhook }
  const twin = await look(write, created.webhook.upstreamId)
  if (twin === null || twin instanceof NotFoundError)
    return { ...keep(original, 'The new webhook could not be read back.'), webhook: created.webhook }
  const { webhook } = twin
  if (!isSameSettings(twin.twin, original.twin)) {
    return { ...keep(original, 'The new webhook does not have the same settings.'), webhook }
  }
  if (original.webhook.status === 'ACTIVE' && webhook.status !== 'ACTIVE') {
    return { ...keep(original, 'The new webhook sends nothing until it is verified.'), webhook }
  }
  const giveUp = (change: string, toError: (message: string) => WebhookError) => {
    return withdraw(write, created, `The webhook was ${change} while it was being replaced.`, toError)
  }
  const now = await lookAgain(write, original.webhook.upstreamId)
  if (now instanceof NotFoundError) throw await giveUp('deleted', (message) => new NotFoundError(message))
  if (now === null) return { ...keep(original, 'It could not be read again to check for changes in the meantime.'), webhook }
  if (!isSameSettings(now.twin, original.twin)) {
    throw await giveUp(
      'changed',
      (message) => new ConflictError(`${message} Check the webhook, then rotate again.`, null, now.webhook),
    )
  }
  try {
    // It was read just before, so the list must confirm that it is gone.
    await removeSurely(write, original.webhook.upstreamId, true)
    return { webhook, warnings: [] }
  } catch (error) {
    if (!(error instanceof WebhookError)) throw error
    return { ...keep(original, `It could not be deleted: ${error.message}`, error instanceof OutcomeUnknownError), webhook }
  }
}

/** The webhook, in a state at least as new as any that this process has seen. */
function readOriginal(write: Write, upstreamId: string): Promise<Original> {
  const { connection, budget } = write
  return readCurrent(
    write,
    () => connection.within(budget).getOriginal(upstreamId),
    ({ webhook }) => webhook,
  )
}

async function look(write: Write, upstreamId: string): Promise<Original | NotFoundError | null> {
  try {
    return await readOriginal(write, upstreamId)
  } catch (error) {
    if (error instanceof NotFoundError) return error
    if (error instanceof WebhookError) return null
    throw error
  }
}

/** Same, but NotFoundError requires confirmation by the list, because the new webhook is then deleted. */
async function lookAgain(write: Write, upstreamId: string) {
  const found = await look(write, upstreamId)
  if (!(found instanceof NotFoundError)) return found
  return (await confirmGone(found, write, upstreamId)) === found ? found : null
}

export function keep(
  { webhook }: { readonly webhook: Pick<AccountWebhook, 'id'> },
  reason: string,
  unsure = false,
): { readonly warnings: readonly Warning[] } {
  const state = unsure ? 'may still exist' : 'still exists, with its old secret'
  const message =
    `The old webhook (ID ${webhook.id}) ${state}. ${reason} Store the new signing secret now: it is not shown again. Make the ` +
    'receiver accept both secrets, check that the new webhook is active (run verifyWebhook if it is pending), then delete the old one.'
  return { warnings: [{ code: unsure ? 'OLD_WEBHOOK_UNKNOWN' : 'OLD_WEBHOOK_KEPT', message }] }
}

function isSameSettings(a: Twin<Options>, b: Twin<Options>): boolean {
  return isDeepStrictEqual(normalize(a), normalize(b))
}

function normalize({ url, eventTypes, ...rest }: Twin<Options>) {
  return { ...rest, url: toHref(url), eventTypes: eventTypes?.toSorted() }
}

/** The reads before it, each repeated up to once per check, the reads of the rehearsal, and then the twin, its check and the deletion of the old webhook. */
export function boundReplacement(provider: Provider, looks: number): CallBound {
  const { LIST, GET, CREATE, VERIFY, DELETE } = provider.operations
  const rehearsed = countCalls(CREATE) + countCalls(VERIFY) + countCalls(DELETE)
  const [create, remove] = [boundCreate(provider, looks), boundRemove(provider, looks)]
  return {
    calls: 2 * countCalls(LIST) + 3 * countCalls(GET) + rehearsed + create.calls + countCalls(VERIFY) + remove.calls,
    looks: looks * 3 * countCalls(GET) + create.looks + remove.looks,
  }
}
