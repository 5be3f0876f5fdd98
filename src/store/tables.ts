import type { Generated, Selectable } from 'kysely'
import type { JournaledOperation, JournalState } from '../journal.ts'

// Every dialect returns big integers as numbers: times and positions are far below 2^53.

/** JSON as text; NULL is null. */
type JsonText = string | null

export interface EntryTable {
  readonly position: Generated<number>
  readonly id: string
  readonly operation: JournaledOperation
  readonly account: string
  readonly provider: string
  readonly upstream: string
  readonly webhook: string | null
  readonly previous: string | null
  readonly caller: string
  readonly key_hash: string | null
  /** The key hash while the entry holds its key. */
  readonly held_key: string | null
  readonly before: JsonText
  readonly facts: JsonText
  /** A line of JSON for each step. */
  readonly steps: string
  readonly state: JournalState
  readonly after: JsonText
  readonly result: JsonText
  readonly error: JsonText
  readonly candidates: JsonText
  /** 0 or 1. */
  readonly recovered: number
  /** 0 once it has expired, or if nobody ever had it. */
  readonly secret_until_ms: number | null
  readonly started_ms: number
  readonly settled_ms: number | null
  readonly abandoned_ms: number | null
  /** When the entry was settled for good, or abandoned; null while it is open. */
  readonly closed_ms: number | null
  /** ID of who carries it out; null if nobody does. An abandoned one keeps its last. */
  readonly owner: string | null
  /** When it began by the clock of the database; null if that was before this column. */
  readonly begun_ms: number | null
}

/** The processes that use the store. */
interface OwnerTable {
  readonly id: string
  /** Start of a hash of the key that it seals with. */
  readonly key_id: string
  /** Same of all its keys, separated by spaces. */
  readonly known_keys: string
  /** Since when its lease has not run out, by the clock of the database. */
  readonly since_ms: number
  /** When its lease ends, by the same clock. */
  readonly until_ms: number
}

interface TurnTable {
  /** Hash of what it is the turn of. */
  readonly turn: string
  /** ID of the entry that is in. */
  readonly entry: string | null
  readonly mark: string
  readonly taken_ms: number
}

/** Migrations that a process need not know to use the store. */
interface OptionalMigrationTable {
  readonly migration: string
}

interface SealedTable {
  readonly entry: string
  readonly field: string
  readonly key_id: string
  /** What a database needs before the bytes so that it leaves no copies of them. */
  readonly filler: Uint8Array
  readonly bytes: Uint8Array
}

interface WebhookSecretTable {
  readonly upstream: string
  readonly webhook: string
  readonly set_ms: number
}

/** The keys that secrets of this store have been sealed with. */
interface KeyTable {
  readonly id: string
}

export interface Tables {
  readonly entries: EntryTable
  readonly sealed: SealedTable
  readonly webhook_secrets: WebhookSecretTable
  readonly sealing_keys: KeyTable
  readonly owners: OwnerTable
  readonly turns: TurnTable
  readonly optional_migrations: OptionalMigrationTable
}

/** An entry as it is read. */
export type EntryRow = Selectable<EntryTable> & {
  /** 0 or 1. */
  readonly is_owned_elsewhere: number
}
