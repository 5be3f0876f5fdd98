import { startBudget } from '../../budget.ts'
import { formatId } from '../../id.ts'
import type { CreateInput } from '../../provider/operations.ts'
import type { Options } from '../../provider/fields.ts'
import type { Store, StoredEntry } from '../../store/store.ts'
import type { AccountWebhook, Warning } from '../../webhook.ts'
import type { Connection } from '../connection.ts'
import { isSameUrl } from '../write/compare.ts'
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
  /** Whether there can be no others. */
  readonly isComplete: boolean
}

/** Tells of the webhooks that nobody may have the signing secret of once an entry is abandoned. */
export async function warnOfLeft(entry: StoredEntry, place: Place): Promise<readonly Warning[]> {
  const { store, connection } = place
  const { id, operation } = entry
  if (operation !== 'CREATE' && operation !== 'ROTATE_SECRET') return []
  const input = await findInput<CreateInput<Options>>((field) => store.openSecret(id, field))
  if (connection !== undefined && !makesSecret(connection.provider, operation === 'CREATE' ? input : null)) return []
  const { ids, isComplete } = await findLeft(entry, input, place)
  const named = ids.length === 1 ? `webhook ${ids[0] ?? ''}` : `one of the webhooks ${ids.join(', ')}`
  const left = `This write may have given ${named} a signing secret that nobody has. If so, it stays in use. ${wayOut}`
  return [
    ...(ids.length > 0 ? [{ code: 'NO_SIGNING_SECRET', message: left } as const] : []),
    ...(isComplete ? [] : [{ code: 'NEW_WEBHOOK_UNKNOWN', message: `${unread} ${wayOut}` } as const]),
  ]
}

const wayOut = 'Rotate the secret, or delete the webhook and create it again.'
const unread =
  'The account could not be read in full. This write may have left a new webhook with a signing secret that nobody has. Look for it once the account can be read.'

async function findLeft(entry: StoredEntry, input: CreateInput<Options> | null, place: Place): Promise<Left> {
  const { account: slug, webhook, facts } = entry
  const toId = (upstreamId: string) => formatId({ kind: 'webhook', slug, upstreamId })
  const own = webhook === null ? [] : [toId(webhook)]
  if (unpack<Partial<RotationFacts> | null>(facts)?.kind !== 'CREATE') return { ids: own, isComplete: true }
  const made = readMade(entry)
  if (made !== null) return { ids: [toId(made)], isComplete: true }
  const { ids, isComplete } = await lookForLeft(entry, input, place)
  return { ids: ids.filter((id) => !own.includes(id)), isComplete }
}

/** Looks at the account once more, for what an earlier look may not have seen. Changes nothing. */
async function lookForLeft(
  { id, facts, candidates }: StoredEntry,
  input: CreateInput<Options> | null,
  { store, connection, timeoutMs }: Place,
): Promise<Left> {
  const seen = unpack<readonly AccountWebhook[] | null>(candidates) ?? []
  if (connection === undefined || input === null) return { ids: seen.map((each) => each.id), isComplete: false }
  using budget = startBudget(timeoutMs)
  const { webhooks, unreadable, knowsAllIds } = await connection.within(budget).list()
  const before = new Set(unpack<Known>(facts).ids)
  const isComplete = knowsAllIds && unreadable.every((each) => each !== null && before.has(each))
  const isSeen = (webhook: AccountWebhook) => seen.some((each) => each.id === webhook.id)
  const found = webhooks.filter((webhook) => isSeen(webhook) || !before.has(webhook.id))
  const left = [...found, ...(isComplete ? [] : seen)]
  const made = await store.findMade(
    connection.ledger.account,
    left.map(({ upstreamId }) => upstreamId),
    id,
  )
  const fresh = left.filter(({ upstreamId }) => !made.has(upstreamId))
  const meant = fresh.filter((webhook) => isSeen(webhook) || isSameUrl(webhook.url, input.url) || webhook.name === input.name)
  // Somebody may have changed what it was made with.
  const ids = new Set((meant.length > 0 ? meant : fresh).map((each) => each.id))
  return { ids: [...ids], isComplete }
}
