import { formatId } from '../../id.ts'
import type { JournalEntry, WebhookState } from '../../journal.ts'
import type { Store, StoredEntry } from '../../store/store.ts'
import type { Account, AccountWebhook } from '../../webhook.ts'
import { isRecord } from '../unchecked.ts'
import { unpack, unpackError } from './record.ts'

/** Whether the outcome can still be settled. */
export function isOpen({ state, abandonedMs }: StoredEntry): boolean {
  return (state === 'RUNNING' || state === 'UNKNOWN') && abandonedMs === null
}

/** Whether it is part of a plan that was applied under an idempotency key. */
function hasPart({ facts }: StoredEntry): boolean {
  return isRecord(facts) && facts['part'] != null
}

/** An entry as the API shows it. */
export function toEntry(entry: StoredEntry, account: Account, { readClock }: Pick<Store, 'readClock'>): JournalEntry {
  const { operation, state, webhook, caller, recovered, secretUntilMs } = entry
  const isSecretKept = secretUntilMs !== null && secretUntilMs > readClock()
  return {
    id: formatId({ kind: 'entry', id: entry.id }),
    operation,
    state,
    isOpen: isOpen(entry),
    account,
    webhookId: webhook === null ? null : formatId({ kind: 'webhook', slug: entry.account, upstreamId: webhook }),
    caller,
    isPlanned: hasPart(entry),
    // Computed on access, because few queries select them.
    get before() {
      return unpack<WebhookState | null>(entry.before)
    },
    get after() {
      return unpack<WebhookState | null>(entry.after)
    },
    get error() {
      return entry.error === null ? null : unpackError(entry.error)
    },
    recovered,
    get candidates() {
      return unpack<readonly AccountWebhook[] | null>(entry.candidates) ?? []
    },
    secretUntil: isSecretKept ? new Date(secretUntilMs).toISOString() : null,
    isSecretExpired: state === 'SUCCEEDED' && secretUntilMs !== null && !isSecretKept,
    startedAt: new Date(entry.startedMs).toISOString(),
    settledAt: entry.settledMs === null ? null : new Date(entry.settledMs).toISOString(),
  }
}
