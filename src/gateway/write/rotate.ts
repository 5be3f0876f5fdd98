import { OutcomeUnknownError } from '../../errors.ts'
import type { WriteResult } from '../operations.ts'
import type { Options } from '../../provider/fields.ts'
import type { CallerChosenRotation, Grace, ProviderRotation, Repeat, RotateInput, Rotation } from '../../provider/operations.ts'
import type { Provider } from '../../provider/provider.ts'
import { countCalls, isUnsupported } from '../../provider/unsupported.ts'
import { Secret } from '../../secret.ts'
import type { AccountWebhook, RotationPrice } from '../../webhook.ts'
import { pack } from '../journal/record.ts'
import { allowFromNow, type MaySendAgain, sendAgain } from './again.ts'
import { boundUpdate, listAsked, packUpdate, updateOnce } from './change.ts'
import { readCurrent } from './current.ts'
import { newKey, shownMarks } from './proof.ts'
import { boundReplacement, prepareReplacement } from './replace.ts'
import type { PreparedRotation, Rotated, RotationPlan } from './rotation.ts'
import { type CallBound, callOnce, readUntil, recovered, type Write } from './write.ts'

export interface RotationInput {
  readonly upstreamId: string
  readonly newSecret: string | undefined
}

const inPlace: RotationPrice = {
  changesId: false,
  duplicateDeliveries: false,
  losesDeliveryHistory: false,
  needsVerification: false,
}

/** Plans a rotation and checks that it is possible, using reads only. */
export async function prepareRotation(
  write: Write,
  rotation: Rotation<unknown, unknown, Options>,
  input: RotationInput,
): Promise<PreparedRotation> {
  switch (rotation.strategy) {
    case 'PROVIDER':
      return prepareByProvider(write, rotation, input)
    case 'CALLER_CHOSEN':
      return prepareChosen(write, rotation, input)
    case 'REPLACEMENT':
      return prepareReplacement(write, rotation, input.upstreamId)
  }
}

function readBefore(write: Write, upstreamId: string): Promise<AccountWebhook> {
  const { connection, budget } = write
  return readCurrent(
    write,
    () => connection.within(budget).get(upstreamId),
    (webhook) => webhook,
  )
}

async function prepareByProvider(
  write: Write,
  { graceSeconds, price, repeat }: Pick<ProviderRotation<unknown, unknown>, 'graceSeconds' | 'price' | 'repeat'>,
  { upstreamId }: RotationInput,
): Promise<PreparedRotation> {
  const before = await readBefore(write, upstreamId)
  const requests = await write.connection.rehearse(write.budget, (operations) =>
    operations.rotateSecret({ ...before, key: shownMarks.key }),
  )
  return {
    plan: { ...(price ?? inPlace), strategy: 'PROVIDER', verificationGap: toGap(graceSeconds), requests, graceSeconds },
    carryOut: () => rotateOnce(write, before, repeat),
  }
}

/**
 * Rotates once. Without a response, it is sent again only with the provider's own key: a changed hint shows that a rotation happened,
 * but not whose, and another rotation could undo it.
 */
async function rotateOnce(write: Write, before: AccountWebhook, repeat: Repeat | undefined): Promise<Rotated> {
  const { ledger, sender } = write.connection
  const { upstreamId, url, enabled, secretHint } = before
  const input = { upstreamId, url, enabled, key: newKey() }
  const maySend = allowFromNow(write)
  const secrets = repeat === undefined ? {} : { input: JSON.stringify(pack(input)), sender }
  await write.begin({ facts: { kind: 'ROTATE', secretHint }, secrets })
  try {
    const rotated = requireSecret(await callOnce(write, (operations) => operations.rotateSecret(input)))
    ledger.acknowledge(rotated.webhook, [])
    return rotated
  } catch (doubt) {
    if (!(doubt instanceof OutcomeUnknownError)) throw doubt
    const again = await rotateAgain(write, repeat, input, maySend)
    if (again !== null) return again
    ledger.doubt(upstreamId)
    const after = await readUntil(write, upstreamId, (webhook) => webhook.secretHint !== secretHint)
    const message = `${doubt.message} ${describeHint(after, secretHint)}`
    throw new OutcomeUnknownError(message, after === null ? [] : [after], doubt)
  }
}

/** The result of a rotation without a response, from sending it again with its key; null if that may not be or was not answered. */
export async function rotateAgain(
  write: Write,
  repeat: Repeat | undefined,
  input: RotateInput,
  maySend: MaySendAgain,
): Promise<Rotated | null> {
  if (repeat === undefined) return null
  // A refusal may come from the state that the rotation has made.
  const { result } = await sendAgain(
    write,
    () => maySend(repeat),
    (operations) => operations.rotateSecret(input),
  )
  if (result === null) return null
  const rotated = requireSecret({ ...result, warnings: [recovered, ...result.warnings] })
  write.connection.ledger.acknowledge(rotated.webhook, [])
  return rotated
}

/** What the masked secret of a webhook says of a rotation whose outcome is not known. */
export function describeHint(after: AccountWebhook | null, secretHint: string | null): string {
  const found =
    after === null
      ? 'The gateway could not read the webhook to check the outcome.'
      : after.secretHint === null && secretHint === null
        ? 'The provider shows nothing of the secret, so it is not known whether the old secret still works.'
        : after.secretHint === secretHint
          ? 'The masked secret is unchanged, so the old secret still seems to be in use.'
          : 'The masked secret has changed, through this rotation or someone else. The old secret no longer works.'
  return `${found} The rotation was not retried. If deliveries fail verification, rotate again to get a secret that you can read.`
}

async function prepareChosen(
  write: Write,
  rotation: CallerChosenRotation<Options>,
  { upstreamId, newSecret }: RotationInput,
): Promise<PreparedRotation> {
  const signingSecret = newSecret ?? rotation.createSecret()
  const nothing = { url: undefined, name: undefined, eventTypes: undefined, enabled: undefined }
  const before = await readBefore(write, upstreamId)
  const change = { ...nothing, upstreamId, options: rotation.toOptions(signingSecret), before }
  const requests = await write.connection.rehearse(write.budget, (operations) => operations.update(change))
  const { graceSeconds, price = inPlace } = rotation
  const verificationGap = newSecret === undefined ? toGap(graceSeconds) : 'NONE'

  async function carryOut(): Promise<Rotated> {
    const facts = { kind: 'UPDATE', fields: listAsked(change) }
    await write.begin({ facts, secrets: { input: packUpdate(change), signingSecret } })
    try {
      const updated = await updateOnce(write, change)
      return { ...updated, signingSecret: new Secret(signingSecret) }
    } catch (error) {
      if (!(error instanceof OutcomeUnknownError)) throw error
      const advice = 'Rotate again with your own newSecret, so that you know the secret even if the response is lost.'
      throw new OutcomeUnknownError(`${error.message} ${advice}`, error.candidates, error)
    }
  }
  return {
    plan: { ...price, strategy: 'CALLER_CHOSEN', verificationGap, requests, graceSeconds },
    carryOut,
  }
}

/** Whether deliveries fail verification, if the receiver learns the new secret only afterwards. */
function toGap(graceSeconds: Grace): RotationPlan['verificationGap'] {
  return graceSeconds !== null && graceSeconds > 0 ? 'NONE' : 'UNTIL_RECEIVER_UPDATED'
}

function requireSecret({ signingSecret, ...rest }: WriteResult & { readonly signingSecret: Secret | null }): Rotated {
  if (signingSecret === null) throw new TypeError('A provider that rotates must return the new secret')
  return { ...rest, signingSecret }
}

/** The read before it, the reads of the rehearsal, and the rotation; then the repeats and the checks if its response is lost. */
export function boundRotation(provider: Provider, looks: number): CallBound {
  const { ROTATE_SECRET: rotation, GET, UPDATE } = provider.operations
  if (isUnsupported(rotation)) return { calls: 0, looks: 0 }
  const read = countCalls(GET)
  switch (rotation.strategy) {
    case 'PROVIDER':
      return { calls: read + 2 * rotation.maxCalls, looks: looks * (2 * read + (rotation.repeat ? rotation.maxCalls : 0)) }
    case 'CALLER_CHOSEN': {
      const update = boundUpdate(provider, looks)
      return { calls: read + countCalls(UPDATE) + update.calls, looks: looks * read + update.looks }
    }
    case 'REPLACEMENT':
      return boundReplacement(provider, looks)
  }
}
