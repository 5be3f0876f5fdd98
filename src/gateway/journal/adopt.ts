import { InvalidInputError, NotFoundError, PermissionDeniedError, UnsupportedError } from '../../errors.ts'
import type { Options } from '../../provider/fields.ts'
import type { CreateInput } from '../../provider/operations.ts'
import { isUnsupported } from '../../provider/unsupported.ts'
import type { StoredEntry } from '../../store/store.ts'
import type { AccountWebhook, Warning } from '../../webhook.ts'
import type { CreateResult } from '../operations.ts'
import { sendAgain } from '../write/again.ts'
import { toSend } from '../write/made.ts'
import { getRepeat } from '../write/recover.ts'
import type { Known } from '../write/search.ts'
import { find } from '../write/find.ts'
import { newKey } from '../write/proof.ts'
import { callOnce, type Write } from '../write/write.ts'
import type { Recordable } from './outcome.ts'
import { unpack } from './record.ts'
import { type Open, type Looking, type RotationFacts, isMade, readMaySend, toSecret, readInput } from './begun.ts'

// What a person takes as the result of a write whose outcome is unknown.

export interface Adoption {
  readonly upstreamId: string
  /** Whether nobody would get the secret that the write gave to the webhook. */
  readonly losesSecret: boolean
}

/** Takes a candidate as the result, on the word of a person. Rotates its key where that is the way to a secret. */
export async function adoptAs(write: Looking, entry: StoredEntry, adoption: Adoption, open: Open): Promise<Recordable> {
  const { operation, candidates } = entry
  const { upstreamId, losesSecret } = adoption
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
      const adopted = await adoptMade(write, entry, found, losesSecret, open)
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
async function adoptMade(
  write: Looking,
  entry: StoredEntry,
  found: AccountWebhook,
  losesSecret: boolean,
  open: Open,
): Promise<Recordable> {
  const { operation, facts } = entry
  const { upstreamId } = found
  const { kind, plan } = unpack<RotationFacts>(facts)
  const adopted = { webhook: found, ...(operation === 'ROTATE_SECRET' && { plan }), warnings: [] }
  const own =
    (await readOwn(entry, kind, upstreamId, open)) ?? (kind === 'CREATE' ? await findSecret(write, entry, found, open) : null)
  if (own?.signingSecret != null && losesSecret) throw toLost(entry)
  if (own !== null) return { ...adopted, ...own }
  const rotation = write.connection.provider.operations.ROTATE_SECRET
  if (isUnsupported(rotation)) return { ...adopted, signingSecret: null, warnings: [toNoSecret(rotation.note)] }
  if (rotation.strategy !== 'PROVIDER') {
    // A webhook that was to be replaced has the secret that it had.
    const isSecretLost = upstreamId !== entry.webhook
    return { ...adopted, signingSecret: null, isSecretLost, warnings: [toNoSecret(rotateIt)] }
  }
  await write.note({ kind: 'ADOPTING', webhook: upstreamId })
  const rotated = await callOnce(write, (operations) => operations.rotateSecret({ ...found, key: newKey() }))
  return { ...adopted, ...rotated, isNewSecret: true }
}

/** The secret that the write gave to the webhook, whether or not it was seen to take effect. */
async function readOwn({ steps }: StoredEntry, kind: RotationFacts['kind'], upstreamId: string, open: Open) {
  const isOwn = kind === 'UPDATE' || steps.some((step) => isMade(step) && step['webhook'] === upstreamId)
  const signingSecret = isOwn ? toSecret(await open('signingSecret')) : null
  return signingSecret && { signingSecret }
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

function toLost({ caller }: StoredEntry): PermissionDeniedError {
  return new PermissionDeniedError(
    `To adopt the webhook requires scope secrets:reveal: its signing secret is that of ${caller}, and the journal keeps none. Nothing was changed.`,
  )
}

function toNoSecret(wayOut: string): Warning {
  return { code: 'NO_SIGNING_SECRET', message: `The signing secret of the webhook is not known. ${wayOut}` }
}
