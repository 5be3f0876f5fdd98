import { startBudget } from '../../budget.ts'
import { formatId } from '../../id.ts'
import type { CreateInput } from '../../provider/operations.ts'
import type { Options } from '../../provider/fields.ts'
import type { Store, StoredEntry } from '../../store/store.ts'
import type { AccountWebhook, Warning } from '../../webhook.ts'
import type { Connection } from '../connection.ts'
import { unpackIds } from '../write/before.ts'
import { isSameUrl } from '../write/compare.ts'
import { getRepeat } from '../write/recover.ts'
import type { Known } from '../write/search.ts'
import { findInput, makesSecret, readMade, type RotationFacts } from './begun.ts'
import { unpack } from './record.ts'

// What a write leaves behind whose outcome nobody looks for any more.

/** Where to look for it. */
interface Place {
  readonly store: Store
  /** Undefined if the account is not configured any more. */
  readonly connection: Connection | undefined
  /** How long the account may be read. */
  readonly timeoutMs: number
}

interface Left {
  /** Global IDs of the webhooks that it may have made, or given another secret. */
  readonly ids: readonly string[]
  /** Why there may be others; null if there can be none. */
  readonly doubt: string | null
}

/** Tells of the webhooks that nobody may have the signing secret of once an entry is abandoned. */
export async function warnOfLeft(entry: StoredEntry, place: Place): Promise<readonly Warning[]> {
  const { store, connection } = place
  const { id, operation } = entry
  if (operation !== 'CREATE' && operation !== 'ROTATE_SECRET') return []
  const input = await findInput<CreateInput<Options>>((field) => store.openSecret(id, field))
  if (connection !== undefined && !makesSecret(connection.provider, operation === 'CREATE' ? input : null)) return []
  const { ids, doubt } = await findLeft(entry, input, place)
  const named = ids.length === 1 ? `webhook ${ids[0] ?? ''}` : `one of the webhooks ${ids.join(', ')}`
  const left = `This write may have given ${named} a signing secret that nobody has. If so, it stays in use. ${wayOut}`
  return [
    ...(ids.length > 0 ? [{ code: 'NO_SIGNING_SECRET', message: left } as const] : []),
    ...(doubt === null ? [] : [{ code: 'NEW_WEBHOOK_UNKNOWN', message: `${doubt} ${wayOut}` } as const]),
  ]
}

const wayOut = 'Rotate the secret, or delete the webhook and create it again.'
const mayBeLeft = 'This write may have left a new webhook with a signing secret that nobody has.'
const unread = `The account could not be read in full. ${mayBeLeft} Look for it once the account can be read.`
const unlisted = `It is not known which webhooks the account had before this write. ${mayBeLeft} Look for one that nobody else has created.`

async function findLeft(entry: StoredEntry, input: CreateInput<Options> | null, place: Place): Promise<Left> {
  const { account: slug, webhook, facts } = entry
  const toId = (upstreamId: string) => formatId({ kind: 'webhook', slug, upstreamId })
  const own = webhook === null ? [] : [toId(webhook)]
  if (unpack<Partial<RotationFacts> | null>(facts)?.kind !== 'CREATE') return { ids: own, doubt: null }
  const made = readMade(entry)
  if (made !== null) return { ids: [toId(made)], doubt: null }
  const { ids, doubt } = await lookForLeft(entry, input, place)
  return { ids: ids.filter((id) => !own.includes(id)), doubt }
}

/** Looks at the account once more, for what an earlier look may not have seen. Changes nothing. */
async function lookForLeft(
  { id, account: slug, facts, candidates }: StoredEntry,
  input: CreateInput<Options> | null,
  { store, connection, timeoutMs }: Place,
): Promise<Left> {
  const seen = unpack<readonly AccountWebhook[] | null>(candidates) ?? []
  if (connection === undefined || input === null) return { ids: seen.map((each) => each.id), doubt: unread }
  using budget = startBudget(timeoutMs)
  const { webhooks, unreadable, knowsAllIds } = await connection.within(budget).list()
  const known = unpack<Known>(facts)
  const packed = await store.openSecret(id, 'before')
  const before = packed === null ? new Set(known.ids) : unpackIds(packed)
  const isChosen = getRepeat(connection.provider)?.comesTo === 'REFUSED'
  const chosen = formatId({ kind: 'webhook', slug, upstreamId: input.key })
  const mayBeOwn = (each: string) => (isChosen ? each === chosen : !before.has(each))
  const isRead = knowsAllIds && unreadable.every((each) => each !== null && !mayBeOwn(each))
  const fresh = [...webhooks.filter((each) => mayBeOwn(each.id)), ...(isRead ? [] : seen)]
  const isAlike = (webhook: AccountWebhook) =>
    seen.some((each) => each.id === webhook.id) || isSameUrl(webhook.url, input.url) || webhook.name === input.name
  // Somebody may have changed what it was made with, so only what was there before cannot be it.
  const isListed = isChosen || (known.isComplete && packed !== null)
  const meant = isListed ? fresh : fresh.filter(isAlike)
  const made = await store.findMade(
    connection.ledger.account,
    meant.map(({ upstreamId }) => upstreamId),
    id,
  )
  const left = new Set(meant.filter(({ upstreamId }) => !made.has(upstreamId)).map((each) => each.id))
  return { ids: [...left], doubt: isRead ? (meant.length === fresh.length ? null : unlisted) : unread }
}
