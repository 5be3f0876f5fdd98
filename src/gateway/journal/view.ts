import { InvalidInputError, NotFoundError, StoreUnavailableError } from '../../errors.ts'
import { parseId } from '../../id.ts'
import type { JournalEntry } from '../../journal.ts'
import { Secret } from '../../secret.ts'
import { StoreError } from '../../store/error.ts'
import type { EntryFilter, Store, StoredEntry } from '../../store/store.ts'
import type { Account, Instant, Warning } from '../../webhook.ts'
import type { Connection } from '../connection.ts'
import { recordLate } from './commit.ts'
import { toEntry } from './entry.ts'
import type { HeldSecret } from './journaled.ts'
import { unpack } from './record.ts'

/** Who reads a secret. */
export interface Reader {
  /** Name of the caller. */
  readonly name: string
  /** Whether it can read secrets of other callers. */
  readonly revealsAll: boolean
}

export interface PlacedEntry {
  readonly position: number
  readonly entry: JournalEntry
}

export interface Revealed extends HeldSecret {
  readonly journalEntry: JournalEntry
  readonly warnings: readonly Warning[]
}

export interface Acknowledged {
  readonly journalEntry: JournalEntry
  readonly warnings: readonly Warning[]
}

export interface JournalViewOptions {
  readonly openStore: () => Promise<Store>
  readonly connections: readonly Connection[]
  /** Slugs of the accounts whose entries are visible, configured or not; null for all. */
  readonly slugs: ReadonlySet<string> | null
}

export type JournalView = ReturnType<typeof createJournalView>

/** Whether this reader may have the secret of an entry. */
export function mayHaveSecret({ caller }: Pick<StoredEntry, 'caller'>, { name, revealsAll }: Reader): boolean {
  return caller === name || revealsAll
}

/** The journal as its readers see it. Sends no upstream requests; rejects with StoreUnavailableError if the store fails. */
export function createJournalView({ openStore, connections, slugs }: JournalViewOptions) {
  const bySlug = new Map(connections.map((connection) => [connection.account.slug, connection]))
  const isVisible = (slug: string) => slugs === null || slugs.has(slug)

  async function show(stored: StoredEntry): Promise<JournalEntry> {
    return toEntry(stored, toAccount(stored, bySlug.get(stored.account)?.account), await openStore())
  }

  async function read<Result>(run: (store: Store) => Promise<Result>): Promise<Result> {
    try {
      return await run(await openStore())
    } catch (cause) {
      throw cause instanceof StoreError ? new StoreUnavailableError(unreadable, { cause }) : cause
    }
  }

  async function findStored(id: string): Promise<StoredEntry | null> {
    const parsed = parseId(id)
    if (parsed?.kind !== 'entry') return null
    const stored = await read((store) => store.find(parsed.id))
    return stored !== null && isVisible(stored.account) ? stored : null
  }

  /** The entry, if this reader can read its secret. */
  async function requireReadable(id: string, reader: Reader): Promise<StoredEntry> {
    const stored = await findStored(id)
    if (stored !== null && mayHaveSecret(stored, reader)) return stored
    throw new NotFoundError(
      'No journal entry with this ID is yours. Use an ID returned by the journal query. Secrets of other callers require scope secrets:reveal.',
    )
  }

  return {
    /** At most `limit` visible entries older than a position, newest first. */
    async list(filter: EntryFilter, limit: number, before?: number): Promise<readonly PlacedEntry[]> {
      const { accounts = slugs === null ? undefined : [...slugs], webhook } = filter
      if (webhook !== undefined && !isVisible(webhook.account)) return []
      const visible = { ...filter, accounts: accounts?.filter(isVisible) }
      const found = await read((store) => store.list(visible, limit, before))
      return Promise.all(found.map(async (stored) => ({ position: stored.position, entry: await show(stored) })))
    },

    /** Null if there is no visible entry with this global ID. */
    async find(id: string): Promise<JournalEntry | null> {
      const stored = await findStored(id)
      return stored && show(stored)
    },

    /** The store's ID of a visible entry, and its account. */
    async locate(id: string): Promise<{ readonly id: string; readonly account: Account }> {
      const stored = await findStored(id)
      if (stored !== null) return { id: stored.id, account: (await show(stored)).account }
      throw new NotFoundError('No journal entry has this ID. Use an ID returned by the journal query.')
    },

    /** The signing secret that a write handed out, while it is kept. */
    async reveal(id: string, reader: Reader): Promise<Revealed> {
      const { id: own } = await requireReadable(id, reader)
      // The outcome may be known to this process only.
      await read((store) => recordLate(store, own))
      const stored = await requireReadable(id, reader)
      const journalEntry = await show(stored)
      const isExpired = stored.secretUntilMs !== null && journalEntry.secretUntil === null
      const text = isExpired ? null : await read((store) => store.openSecret(stored.id, 'signingSecret'))
      const found = { journalEntry, warnings: [] }
      if (text !== null) return { ...found, signingSecret: new Secret(text) }
      if (journalEntry.isOpen) throw refuse('No secret is known before the outcome of this write is. Settle it first.')
      const { hadSecret = false } = unpack<{ readonly hadSecret?: boolean } | null>(stored.result) ?? {}
      return { ...found, signingSecret: null, ...(hadSecret && { secretState: 'GONE' }) }
    },

    /** Erases the signing secret that a write handed out. */
    async acknowledge(id: string, reader: Reader): Promise<Acknowledged> {
      const stored = await requireReadable(id, reader)
      const journalEntry = await show(stored)
      if (journalEntry.isOpen) {
        throw refuse('The outcome of this write is not known yet, and its secret may be needed to determine it. Settle it first.')
      }
      await read((store) => store.eraseSigningSecret(stored.id))
      return { journalEntry: { ...journalEntry, secretUntil: null, isSecretExpired: false }, warnings: [] }
    },

    /** When the secrets of these webhooks were last set through this gateway, by global ID; undefined for others. */
    async findSecretTimes(ids: readonly string[]): Promise<ReadonlyMap<string, Instant>> {
      const times = new Map<string, Instant>()
      const located = ids.flatMap((id) => {
        const parsed = parseId(id)
        const connection = parsed?.kind === 'webhook' ? bySlug.get(parsed.slug) : undefined
        return parsed?.kind === 'webhook' && connection ? { id, connection, upstreamId: parsed.upstreamId } : []
      })
      for (const [{ ledger }, webhooks] of Map.groupBy(located, ({ connection }) => connection)) {
        const upstreamIds = webhooks.map(({ upstreamId }) => upstreamId)
        const found = await read((store) => store.findSecretTimes(ledger.account, upstreamIds))
        for (const { id, upstreamId } of webhooks) {
          const timeMs = found.get(upstreamId)
          if (timeMs !== undefined) times.set(id, new Date(timeMs).toISOString())
        }
      }
      return times
    },
  }
}

function refuse(message: string): InvalidInputError {
  return new InvalidInputError([{ path: ['input', 'entryId'], code: 'INVALID', message }])
}

const unreadable =
  'The journal cannot be read or written. Nothing was changed. Retry later, or contact the operator of the gateway.'

/** The configured account, or what is known of one that is not configured any more. */
function toAccount({ account: slug, provider }: StoredEntry, configured: Account | undefined): Account {
  return configured?.provider === provider ? configured : { slug, provider, sandbox: false }
}
