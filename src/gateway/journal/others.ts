import type { Store, StoredEntry } from '../../store/store.ts'
import type { AccountWebhook } from '../../webhook.ts'
import type { Connection } from '../connection.ts'
import { doubtMs } from '../write/ledger.ts'
import type { Others } from '../write/others.ts'
import { getLive, inTime } from './commit.ts'
import { isOpen } from './entry.ts'
import { unpack } from './record.ts'
import { toUnavailable } from './unavailable.ts'

/** How long a write may still take effect after it began: it may be sent at the end of its budget. */
export const recentMs = 2 * doubtMs

/** What other processes on a store do, as a write with this entry sees it; null if there are none. */
export function createOthers(store: Store, connection: Connection, entryId: () => string | null): Others | null {
  if (!store.isShared) return null
  const { ledger } = connection

  return {
    async enter(turn) {
      const { mark, heldBy } = await inTime(store.readTurn(turn)).catch(toNotSent)
      return heldBy === null ? { turn, mark } : null
    },

    async learn(upstreamId) {
      const recent = await inTime(store.listRecent(ledger.account, upstreamId, recentMs)).catch(toNotSent)
      for (const { entry, ageMs } of recent) {
        if (isDoubtful(entry) && !getLive(store).has(entry.id)) ledger.doubt(upstreamId, Math.min(doubtMs, recentMs - ageMs))
        if (ageMs < doubtMs) acknowledge(connection, entry)
      }
    },

    async findMade(upstreamIds) {
      try {
        return await inTime(store.findMade(ledger.account, upstreamIds, entryId()))
      } catch {
        return null
      }
    },
  }
}

/** Thrown if an entry is not this process' to look at: another one has it by now, or it is settled. */
export class NotClaimed extends Error {
  override readonly name = 'NotClaimed'
}

/** Same, for a look at an entry that this process has claimed: its turn is taken by another claim. */
export function createOthersOfLook(store: Store, connection: Connection, id: string): Others | null {
  const others = createOthers(store, connection, () => id)
  if (others === null) return null
  return {
    ...others,
    async enter(turn) {
      if (await inTime(store.claim(id, [turn]))) return { turn, mark: null }
      const entry = await store.find(id)
      if (entry === null || !isOpen(entry) || entry.isOwnedElsewhere) throw new NotClaimed()
      return null
    },
  }
}

/** Whether a write may still take effect, after later ones. */
function isDoubtful({ state, recovered, isOwnedElsewhere }: StoredEntry): boolean {
  return state === 'UNKNOWN' || recovered || (state === 'RUNNING' && !isOwnedElsewhere)
}

/** What the provider has acknowledged to whoever carried a write out: a read that contradicts it may be outdated. */
function acknowledge({ ledger, provider }: Connection, { state, operation, facts, result }: StoredEntry): void {
  if (state !== 'SUCCEEDED') return
  const { webhook } = unpack<{ readonly webhook?: AccountWebhook } | null>(result) ?? {}
  if (webhook === undefined) return
  switch (operation) {
    case 'CREATE':
      if (provider.operations.CREATE.support === 'EMULATED' && !webhook.enabled) ledger.acknowledge(webhook, ['enabled'])
      return
    case 'VERIFY':
      if (webhook.status !== 'PENDING_VERIFICATION') ledger.acknowledge(webhook, ['verified'])
      return
    case 'UPDATE':
    case 'ROTATE_SECRET': {
      const { fields = [] } = unpack<{ readonly fields?: readonly string[] } | null>(facts) ?? {}
      ledger.acknowledge(webhook, fields)
      return
    }
    case 'DELETE':
    case 'TEST':
    case 'REDELIVER':
  }
}

function toNotSent(cause: unknown): never {
  throw toUnavailable(cause)
}
