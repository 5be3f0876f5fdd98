import { formatId } from '../../id.ts'
import type { CreateInput } from '../../provider/operations.ts'
import type { Options } from '../../provider/fields.ts'
import type { StoredEntry } from '../../store/store.ts'
import type { AccountWebhook, Warning } from '../../webhook.ts'
import type { Connection } from '../connection.ts'
import { findInput, makesSecret, type Open, readMade, type RotationFacts } from './begun.ts'
import { unpack } from './record.ts'

// What a write leaves behind whose outcome nobody looks for any more.

/** Tells of the webhooks that nobody may have the signing secret of once an entry is abandoned. */
export async function warnOfLeft(
  entry: StoredEntry,
  connection: Connection | undefined,
  open: Open,
): Promise<readonly Warning[]> {
  const { operation } = entry
  if (operation !== 'CREATE' && operation !== 'ROTATE_SECRET') return []
  const input = operation === 'CREATE' ? await findInput<CreateInput<Options>>(open) : null
  if (connection !== undefined && !makesSecret(connection.provider, input)) return []
  const left = listLeft(entry)
  if (left.length === 0) return []
  const named = left.length === 1 ? `webhook ${left[0] ?? ''}` : `one of the webhooks ${left.join(', ')}`
  const message = `This write may have given ${named} a signing secret that nobody has. If so, it stays in use. Rotate the secret, or delete the webhook and create it again.`
  return [{ code: 'NO_SIGNING_SECRET', message }]
}

/** Global IDs of the webhooks that it may have made, or given another secret. */
function listLeft(entry: StoredEntry): readonly string[] {
  const { account: slug, webhook, facts, candidates } = entry
  const toId = (upstreamId: string) => formatId({ kind: 'webhook', slug, upstreamId })
  const before = webhook === null ? [] : [toId(webhook)]
  if (unpack<Partial<RotationFacts> | null>(facts)?.kind !== 'CREATE') return before
  const made = readMade(entry)
  if (made !== null) return [toId(made)]
  const ids = (unpack<readonly AccountWebhook[] | null>(candidates) ?? []).map(({ id }) => id)
  return ids.filter((id) => !before.includes(id))
}
