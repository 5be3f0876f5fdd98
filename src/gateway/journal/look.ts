import { InvalidInputError, NotFoundError, OutcomeUnknownError, UnsupportedError, WebhookError } from '../../errors.ts'
import { formatId } from '../../id.ts'
import { toHref } from '../../provider/answers.ts'
import type { Options } from '../../provider/fields.ts'
import type { CreateInput, RotateInput, UpdateInput } from '../../provider/operations.ts'
import { maybeSending, stillSending } from '../../provider/disable.ts'
import { isUnsupported } from '../../provider/unsupported.ts'
import { Secret } from '../../secret.ts'
import type { Step, StoredEntry } from '../../store/store.ts'
import type { AccountWebhook, Json, Warning } from '../../webhook.ts'
import type { Connection } from '../connection.ts'
import type { CreateResult } from '../operations.ts'
import { setsSecretOption } from '../input.ts'
import { isRemembered, type MaySendAgain, sendAgain } from '../write/again.ts'
import { readBackUpdate, updateOnce } from '../write/change.ts'
import { toSend } from '../write/made.ts'
import { getRepeat, recover } from '../write/recover.ts'
import type { Known } from '../write/search.ts'
import { find } from '../write/find.ts'
import { keep } from '../write/replace.ts'
import type { Rotated } from '../write/rotation.ts'
import { newKey } from '../write/proof.ts'
import { describeHint, rotateAgain } from '../write/rotate.ts'
import { callOnce, recovered, type Write } from '../write/write.ts'
import { recentMs } from './others.ts'
import type { Recordable } from './outcome.ts'
import { unpack } from './record.ts'

// What can be found out of a write that nobody lived to see, or whose outcome is unknown: by proof only. A write is sent again only
// with the provider's own idempotency key, and never after the provider may have forgotten it.

/** A secret may be replaced for recovery this long: later, somebody may have set up the webhook by hand. */
const recoverMs = 3_600_000

/** Opens a sealed field of the entry. */
export type Open = (field: string) => Promise<string | null>

interface Looking extends Write {
  readonly mayReplaceSecret: boolean
  /** Whether a write may be sent again with its key. */
  readonly maySendAgain: boolean
  /** Time since the write began; negative if nobody knows, because the clock was set back. */
  readAgeMs(): number
  /** Whether a later write has set the secret of the webhook. */
  readonly isSecretNewer: boolean
}

/** The result of an entry. Throws OutcomeUnknownError if it is not proven, and NotFoundError if its webhook is gone. */
export type Look = (write: Looking, entry: StoredEntry, open: Open) => Promise<Recordable>

interface RotationFacts {
  readonly kind: 'CREATE' | 'UPDATE' | 'ROTATE'
  readonly plan: Json
  /** Before it. */
  readonly secretHint: string | null
}

export const interrupted = 'The outcome of this write is not recorded.'

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

/** The webhook that a create or rotation is known to have made; null if none is. */
function readMade({ steps }: StoredEntry): string | null {
  const step = steps.findLast(isMade)
  return step === undefined ? null : unpack<{ readonly webhook: string }>(step).webhook
}

function isMade({ kind }: Step): boolean {
  return kind === 'MADE' || kind === 'TWIN'
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

/** Whether a write may be sent again with its key by now; null if it had none. */
async function readMaySend({ connection, maySendAgain, budget, readAgeMs }: Looking, open: Open): Promise<MaySendAgain | null> {
  const sender = await open('sender')
  if (sender === null) return null
  return (repeat) => maySendAgain && sender === connection.sender && isRemembered(repeat, readAgeMs(), budget)
}

/** The result of a rotation by the provider, if it may be sent again with its key: a later one would be answered by an old secret. */
async function lookAtRotation(write: Looking, open: Open): Promise<Rotated | null> {
  const maySend = await readMaySend(write, open)
  const rotation = write.connection.provider.operations.ROTATE_SECRET
  if (maySend === null || write.isSecretNewer || isUnsupported(rotation) || rotation.strategy !== 'PROVIDER') return null
  return rotateAgain(write, rotation.repeat, await readInput<RotateInput>(open), maySend)
}

/** Whether an entry is recent enough for its secret to be replaced. A clock that was set back says nothing about its age. */
export function isRecoverable(ageMs: number): boolean {
  return ageMs >= 0 && ageMs <= recoverMs
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

/** Takes a candidate as the result, on the word of a person. Rotates its key where that is the way to a secret. */
export async function adoptAs(write: Looking, entry: StoredEntry, upstreamId: string, open: Open): Promise<Recordable> {
  const { operation, candidates } = entry
  const { connection } = write
  const known = unpack<readonly AccountWebhook[] | null>(candidates) ?? []
  const found = known.some((each) => each.upstreamId === upstreamId) ? await find(write, upstreamId) : null
  if (found === null || found instanceof NotFoundError) {
    const message = 'It is not a candidate of this entry, or could not be read. Choose one of its candidates, or use LOOK_AGAIN.'
    throw new InvalidInputError([{ path: ['input', 'webhookId'], code: 'INVALID', message }])
  }
  switch (operation) {
    case 'UPDATE':
    case 'VERIFY':
      return { webhook: found, warnings: [] }
    case 'CREATE':
    case 'ROTATE_SECRET': {
      const adopted = await adoptMade(write, entry, found, open)
      connection.ledger.claim(upstreamId)
      return adopted
    }
    case 'DELETE':
    case 'TEST':
    case 'REDELIVER':
      throw new UnsupportedError(
        `There is nothing to adopt for ${operation}. Use LOOK_AGAIN or ABANDON.`,
        connection.provider.name,
        ['input', 'as'],
      )
  }
}

/** The webhook that a create or rotation is said to have made or changed, with its secret if there is a way to that. */
async function adoptMade(write: Looking, entry: StoredEntry, found: AccountWebhook, open: Open): Promise<Recordable> {
  const { operation, facts, steps } = entry
  const { upstreamId } = found
  const { kind, plan } = unpack<RotationFacts>(facts)
  const adopted = { webhook: found, ...(operation === 'ROTATE_SECRET' && { plan }), warnings: [] }
  // The secret that this write gave to the webhook, whether or not it was seen to take effect.
  const isOwn = kind === 'UPDATE' || steps.some((step) => isMade(step) && step['webhook'] === upstreamId)
  const signingSecret = isOwn ? toSecret(await open('signingSecret')) : null
  if (signingSecret !== null) return { ...adopted, signingSecret }
  const read = kind === 'CREATE' ? await findSecret(write, entry, found, open) : null
  if (read !== null) return { ...adopted, ...read }
  const rotation = write.connection.provider.operations.ROTATE_SECRET
  if (isUnsupported(rotation)) return { ...adopted, signingSecret, warnings: [toNoSecret(rotation.note)] }
  if (rotation.strategy !== 'PROVIDER') return { ...adopted, signingSecret, warnings: [toNoSecret(rotateIt)] }
  await write.note({ kind: 'ADOPTING', webhook: upstreamId })
  return { ...adopted, ...(await callOnce(write, (operations) => operations.rotateSecret({ ...found, key: newKey() }))) }
}

/** What a create knows of the secret of the webhook that it is said to have made; null for nothing. */
async function findSecret(write: Looking, entry: StoredEntry, found: AccountWebhook, open: Open) {
  const sent = await sendForSecret(write, entry, found.upstreamId, open)
  return sent ?? (await readSecret(write, found, open)) ?? (await readSent(write, open))
}

/** The result of a create that may be sent again with its key. Throws if that proves that it has made another webhook. */
async function sendForSecret(
  write: Looking,
  { facts }: StoredEntry,
  upstreamId: string,
  open: Open,
): Promise<CreateResult | null> {
  const repeat = getRepeat(write.connection.provider)
  const maySend = await readMaySend(write, open)
  if (repeat?.comesTo !== 'REPLAYED' || maySend === null) return null
  const send = toSend(write, await readInput<CreateInput<Options>>(open), new Set(unpack<Known>(facts).ids))
  const { result } = await sendAgain(write, () => maySend(repeat), send)
  if (result === null || result.webhook.upstreamId === upstreamId) return result
  const message = `This write has made another webhook, with ID ${result.webhook.id}. Use LOOK_AGAIN to get its secret.`
  throw new InvalidInputError([{ path: ['input', 'webhookId'], code: 'INVALID', message }])
}

/** What recovers the secret of a webhook that a create has made, if that replaces nothing and no proof speaks against it. */
async function readSecret({ connection, budget }: Write, webhook: AccountWebhook, open: Open): Promise<Recordable | null> {
  const { recovery } = connection.provider
  if (isUnsupported(recovery) || recovery.rotates) return null
  const input = await readInput<CreateInput<Options>>(open)
  const operations = connection.within(budget)
  const proof = await operations.readProof(webhook.upstreamId)
  if (proof !== null && proof !== input.proof) return null
  return operations.recover(webhook, input)
}

/** The secret that a create sent: a candidate that is its own has it. */
async function readSent({ connection: { provider } }: Write, open: Open): Promise<Pick<Recordable, 'signingSecret'> | null> {
  const { CREATE } = provider.operations
  if (isUnsupported(CREATE) || CREATE.toSecret === undefined) return null
  return { signingSecret: CREATE.toSecret(await readInput<CreateInput<Options>>(open)) }
}

const rotateIt = 'To get one, rotate it or create the webhook again.'

function toNoSecret(wayOut: string): Warning {
  return { code: 'NO_SIGNING_SECRET', message: `The signing secret of the webhook is not known. ${wayOut}` }
}

function toTarget({ account, webhook }: StoredEntry) {
  const upstreamId = webhook ?? ''
  return { upstreamId, id: formatId({ kind: 'webhook', slug: account, upstreamId }) }
}

function toSecret(text: string | null): Secret | null {
  return text === null ? null : new Secret(text)
}

/** Whether a success set the webhook's secret. */
export async function setsSecretOf({ operation }: StoredEntry, { provider }: Connection, open: Open): Promise<boolean> {
  if (operation !== 'UPDATE') return operation === 'CREATE' || operation === 'ROTATE_SECRET'
  return setsSecretOption(provider, (await readInput<UpdateInput<Options>>(open)).options)
}

/** What an entry's turn is taken for: its webhook, or the URL of a create. */
export async function readTurn({ webhook }: StoredEntry, open: Open): Promise<string> {
  return webhook ?? toHref((await readInput<CreateInput<Options>>(open)).url)
}

async function readInput<Input>(open: Open): Promise<Input> {
  const text = await open('input')
  if (text === null) throw new OutcomeUnknownError(`${interrupted} Its input could not be read.`, [])
  // What packed it was typed, and it was sealed since.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return unpack<Input>(JSON.parse(text) as Json)
}
