import { NotFoundError, OutcomeUnknownError, WebhookError } from '../../errors.ts'
import type { Options } from '../../provider/fields.ts'
import type { CreateInput, RotateInput, UpdateInput } from '../../provider/operations.ts'
import { maybeSending, stillSending } from '../../provider/disable.ts'
import { isUnsupported } from '../../provider/unsupported.ts'
import type { StoredEntry } from '../../store/store.ts'
import type { AccountWebhook } from '../../webhook.ts'
import type { CreateResult } from '../operations.ts'
import { readBackUpdate, updateOnce } from '../write/change.ts'
import { toSend } from '../write/made.ts'
import { getRepeat, recover } from '../write/recover.ts'
import type { Known } from '../write/search.ts'
import { find } from '../write/find.ts'
import { keep } from '../write/replace.ts'
import type { Rotated } from '../write/rotation.ts'
import { describeHint, rotateAgain } from '../write/rotate.ts'
import { recovered } from '../write/write.ts'
import { recentMs } from './others.ts'
import type { Recordable } from './outcome.ts'
import { unpack } from './record.ts'
import {
  type Open,
  type Looking,
  type Look,
  type RotationFacts,
  interrupted,
  readMade,
  readMaySend,
  isRecoverable,
  toTarget,
  toSecret,
  readInput,
} from './begun.ts'

// What can be found out of a write that nobody lived to see, or whose outcome is unknown: by proof only. A write is sent again only
// with the provider's own idempotency key, and never after the provider may have forgotten it.

function toDoubt(): OutcomeUnknownError {
  return new OutcomeUnknownError(interrupted, [])
}

export const looks: Readonly<Record<StoredEntry['operation'], Look>> = {
  CREATE: (write, entry, open) => lookForCreated(write, entry, open),

  async UPDATE(write, entry, open) {
    const input = await readInput<UpdateInput<Options>>(open)
    doubtRecent(write, entry)
    return readBackUpdate(toDoubt(), write, input)
  },

  async DELETE(write, entry) {
    const { id, upstreamId } = toTarget(entry)
    doubtRecent(write, entry)
    const found = await find(write, upstreamId)
    if (found instanceof NotFoundError) return { deletedId: id, alreadyAbsent: false, warnings: [recovered] }
    throw new OutcomeUnknownError(`${interrupted} The webhook was not deleted again.`, found === null ? [] : [found])
  },

  async VERIFY(write, entry) {
    const found = await find(write, toTarget(entry).upstreamId)
    if (found instanceof NotFoundError) throw found
    if (found !== null && found.status !== 'PENDING_VERIFICATION') return { webhook: found, warnings: [recovered] }
    throw new OutcomeUnknownError(`${interrupted} The webhook is not verified.`, found === null ? [] : [found])
  },

  async ROTATE_SECRET(write, entry, open) {
    const { kind, plan, secretHint } = unpack<RotationFacts>(entry.facts)
    switch (kind) {
      case 'UPDATE': {
        const result = await looks.UPDATE(write, entry, open)
        return { ...result, plan, signingSecret: toSecret(await open('signingSecret')) }
      }
      case 'CREATE':
        return { ...(await lookForTwin(write, entry, open)), plan }
      case 'ROTATE': {
        const again = await lookAtRotation(write, open)
        if (again !== null) return { ...again, plan }
        const found = await find(write, toTarget(entry).upstreamId)
        const after = found instanceof NotFoundError ? null : found
        throw new OutcomeUnknownError(`${interrupted} ${describeHint(after, secretHint)}`, after === null ? [] : [after])
      }
    }
  },

  TEST: () => Promise.reject(new OutcomeUnknownError(`${interrupted} The test event may have been sent.`, [])),
  REDELIVER: () => Promise.reject(new OutcomeUnknownError(`${interrupted} The event may have been resent.`, [])),
}

async function lookForCreated(write: Looking, entry: StoredEntry, open: Open) {
  const made = readMade(entry)
  if (made !== null) return finishMade(write, made, open)
  const input = await readInput<CreateInput<Options>>(open)
  const before = unpack<Known>(entry.facts)
  const send = toSend(write, input, new Set(before.ids))
  const means = { send, replaceSecret: write.mayReplaceSecret, maySendAgain: await readMaySend(write, open) }
  const created = await recover(toDoubt(), write, input, before, means)
  // A provider repeats its response even if somebody has deleted the webhook since.
  const isRepeated = getRepeat(write.connection.provider)?.comesTo === 'REPLAYED'
  if (isRepeated && (await find(write, created.webhook.upstreamId)) instanceof NotFoundError) throw toDoubt()
  write.connection.ledger.claim(created.webhook.upstreamId)
  return created
}

/** The result of a create that was stopped once its webhook was made, which is disabled if it still has to be. */
async function finishMade(
  write: Looking,
  upstreamId: string,
  open: Open,
  others: readonly AccountWebhook[] = [],
): Promise<CreateResult> {
  const found = await find(write, upstreamId)
  if (!isWebhook(found)) {
    const message = `${interrupted} The new webhook ${found === null ? 'could not be read' : 'does not exist any more'}.`
    throw new OutcomeUnknownError(message, others)
  }
  write.connection.ledger.claim(upstreamId)
  const made = { webhook: found, signingSecret: toSecret(await open('signingSecret')), warnings: [recovered] }
  const { enabled } = await readInput<CreateInput<Options>>(open)
  if (enabled || !found.enabled) return made
  // Later, somebody may have enabled it by hand.
  if (!isRecoverable(write.readAgeMs())) return { ...made, warnings: [recovered, stillSending] }
  const nothing = { url: undefined, name: undefined, eventTypes: undefined, options: {} }
  try {
    const { webhook, warnings } = await updateOnce(write, { ...nothing, upstreamId, enabled: false })
    const more = warnings.filter(({ code }) => code !== recovered.code)
    return { ...made, webhook, warnings: [recovered, ...more, ...(webhook.enabled ? [stillSending] : [])] }
  } catch (error) {
    if (!(error instanceof WebhookError)) throw error
    return { ...made, warnings: [recovered, error instanceof OutcomeUnknownError ? maybeSending : stillSending] }
  }
}

/** The result of a rotation by the provider, if it may be sent again with its key: a later one would be answered by an old secret. */
async function lookAtRotation(write: Looking, open: Open): Promise<Rotated | null> {
  const maySend = await readMaySend(write, open)
  const rotation = write.connection.provider.operations.ROTATE_SECRET
  if (maySend === null || write.isSecretNewer || isUnsupported(rotation) || rotation.strategy !== 'PROVIDER') return null
  return rotateAgain(write, rotation.repeat, await readInput<RotateInput>(open), maySend)
}

/** Later writes to the webhook warn that this one may still take effect. */
export function doubtRecent(
  { connection, readAgeMs }: Pick<Looking, 'connection' | 'readAgeMs'>,
  { webhook }: StoredEntry,
): void {
  if (webhook !== null && readAgeMs() < recentMs) connection.ledger.doubt(webhook)
}

/** The twin of a rotation, if it was made, and whether the old webhook still exists. That one is not changed. */
async function lookForTwin(write: Looking, entry: StoredEntry, open: Open): Promise<Recordable> {
  const { id, upstreamId } = toTarget(entry)
  const old = await find(write, upstreamId)
  // Only somebody else can have deleted the old webhook before the twin was made, and it needs no twin then.
  const isWanted = isWebhook(old)
  const twin = readMade(entry)
  const created =
    twin !== null
      ? await finishMade(write, twin, open, isWanted ? [old] : [])
      : isWanted
        ? await lookForCreated(write, entry, open)
        : await lookForUnwanted(write, entry, open)
  if (old instanceof NotFoundError) return created
  const kept = keep({ webhook: { id } }, 'The gateway stopped during the rotation.', old === null)
  return { ...created, warnings: [...created.warnings, ...kept.warnings] }
}

/** Same, for a twin that is not to be made: it is sent again for its secret only if the account has a webhook that it may have made. */
async function lookForUnwanted(write: Looking, entry: StoredEntry, open: Open): Promise<CreateResult> {
  try {
    return await lookForCreated({ ...write, maySendAgain: false }, entry, open)
  } catch (error) {
    if (!(error instanceof OutcomeUnknownError) || error.candidates.length === 0) throw error
    return lookForCreated(write, entry, open)
  }
}

function isWebhook(found: Awaited<ReturnType<typeof find>>): found is AccountWebhook {
  return found !== null && !(found instanceof NotFoundError)
}
