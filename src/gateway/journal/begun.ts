import { OutcomeUnknownError } from '../../errors.ts'
import { formatId } from '../../id.ts'
import { toHref } from '../../provider/answers.ts'
import type { Options } from '../../provider/fields.ts'
import type { CreateInput, UpdateInput } from '../../provider/operations.ts'
import type { Provider } from '../../provider/provider.ts'
import { isUnsupported } from '../../provider/unsupported.ts'
import { Secret } from '../../secret.ts'
import type { Step, StoredEntry } from '../../store/store.ts'
import type { Json } from '../../webhook.ts'
import type { Connection } from '../connection.ts'
import { setsSecretOption } from '../input.ts'
import { isRemembered, type MaySendAgain } from '../write/again.ts'
import type { Write } from '../write/write.ts'
import type { Recordable } from './outcome.ts'
import { unpack } from './record.ts'

// What an entry of the journal says of a write that has begun, for those who look for its outcome.

/** A secret may be replaced for recovery this long: later, somebody may have set up the webhook by hand. */
const recoverMs = 3_600_000

/** Opens a sealed field of the entry. */
export type Open = (field: string) => Promise<string | null>

export interface Looking extends Write {
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

export interface RotationFacts {
  readonly kind: 'CREATE' | 'UPDATE' | 'ROTATE'
  readonly plan: Json
  /** Before it. */
  readonly secretHint: string | null
}

export const interrupted = 'The outcome of this write is not recorded.'

/** The webhook that a create or rotation is known to have made; null if none is. */
export function readMade({ steps }: StoredEntry): string | null {
  const step = steps.findLast(isMade)
  return step === undefined ? null : unpack<{ readonly webhook: string }>(step).webhook
}

export function isMade({ kind }: Step): boolean {
  return kind === 'MADE' || kind === 'TWIN'
}

/** Whether a write may be sent again with its key by now; null if it had none. */
export async function readMaySend(
  { connection, maySendAgain, budget, readAgeMs }: Looking,
  open: Open,
): Promise<MaySendAgain | null> {
  const sender = await open('sender')
  if (sender === null) return null
  return (repeat) => maySendAgain && sender === connection.sender && isRemembered(repeat, readAgeMs(), budget)
}

/** Whether an entry is recent enough for its secret to be replaced. A clock that was set back says nothing about its age. */
export function isRecoverable(ageMs: number): boolean {
  return ageMs >= 0 && ageMs <= recoverMs
}

export function toTarget({ account, webhook }: StoredEntry) {
  const upstreamId = webhook ?? ''
  return { upstreamId, id: formatId({ kind: 'webhook', slug: account, upstreamId }) }
}

export function toSecret(text: string | null): Secret | null {
  return text === null ? null : new Secret(text)
}

/** Whether a success set the webhook's secret. */
export async function setsSecretOf({ operation }: StoredEntry, { provider }: Connection, open: Open): Promise<boolean> {
  if (operation !== 'UPDATE') return operation === 'CREATE' || operation === 'ROTATE_SECRET'
  return setsSecretOption(provider, (await readInput<UpdateInput<Options>>(open)).options)
}

/** Whether the provider makes a secret for a create, or a rotation without its input, that nobody else has. */
export function makesSecret(provider: Provider, input: CreateInput<Options> | null): boolean {
  // What cannot be rotated is no secret of the webhook, but of all that its account has. Whoever gave one has it.
  return !isUnsupported(provider.operations.ROTATE_SECRET) && (input === null || !setsSecretOption(provider, input.options))
}

/** What an entry's turn is taken for: its webhook, or the URL of a create. */
export async function readTurn({ webhook }: StoredEntry, open: Open): Promise<string> {
  return webhook ?? toHref((await readInput<CreateInput<Options>>(open)).url)
}

export async function readInput<Input>(open: Open): Promise<Input> {
  const input = await findInput<Input>(open)
  if (input === null) throw new OutcomeUnknownError(`${interrupted} Its input could not be read.`, [])
  return input
}

/** Null if it cannot be read any more. */
export async function findInput<Input>(open: Open): Promise<Input | null> {
  const text = await open('input')
  if (text === null) return null
  // What packed it was typed, and it was sealed since.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return unpack<Input>(JSON.parse(text) as Json)
}
