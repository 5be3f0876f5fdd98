import type { JournaledOperation, JournalState } from '../journal.ts'
import type { Json } from '../webhook.ts'

// What outlives the process. The store knows nothing of webhooks beyond the columns it is searched by: the rest is JSON of the
// gateway, and secrets, which it seals itself.

/** Secrets of an entry by field. They are stored sealed only. */
export type Secrets = Readonly<Record<string, string>>

/** A write before it is sent. */
export interface Intent {
  /** Random and unguessable. */
  readonly id: string
  readonly operation: JournaledOperation
  /** Slug of the account. */
  readonly account: string
  readonly provider: string
  /** The upstream account, regardless of slugs: its normalized base URL. */
  readonly upstream: string
  /** The provider's ID of the webhook; null before a create. */
  readonly webhook: string | null
  readonly caller: string
  /** Hash of the caller and the idempotency key; null without one. At most one entry holds a hash at a time. */
  readonly keyHash: string | null
  /** The state of the webhook before. */
  readonly before: Json
  /** What settles the write if nobody else can. Contains no secrets. */
  readonly facts: Json
  readonly secrets: Secrets
  readonly startedMs: number
}

/** How a write ended, as far as is known. */
export interface Outcome {
  readonly state: Exclude<JournalState, 'RUNNING'>
  /** The provider's ID of the resulting webhook; null leaves it as it is. A different one than before moves that to `previous`. */
  readonly webhook: string | null
  readonly after: Json
  /** The result of a success, without its secret. */
  readonly result: Json
  readonly error: Json
  readonly candidates: Json
  readonly recovered: boolean
  /** The signing secret that was handed out; null if there is none, or none is kept. */
  readonly signingSecret: string | null
  /** When it is erased; 0 if it has expired, or nobody ever had it; null if there is none. */
  readonly secretUntilMs: number | null
  /** Whether a repeated call with the same key gets this outcome; if not, it is carried out again. */
  readonly holdsKey: boolean
  /** Whether this write set the webhook's secret. */
  readonly setsSecret: boolean
  readonly settledMs: number
}

/** A step of a write that a crash would hide, in order. Its `webhook` is one that the write has made, or takes as its own. */
export type Step = Readonly<Record<string, Json>> & { readonly kind: string }

export interface StoredEntry
  extends Omit<Intent, 'secrets'>, Omit<Outcome, 'state' | 'signingSecret' | 'setsSecret' | 'settledMs'> {
  /** Increases with each entry. */
  readonly position: number
  readonly state: JournalState
  /** The webhook that a rotation replaced. */
  readonly previous: string | null
  readonly steps: readonly Step[]
  /** Null if it was not abandoned. */
  readonly abandonedMs: number | null
  readonly settledMs: number | null
  /** Whether another process carries it out, and was alive when this was read. */
  readonly isOwnedElsewhere: boolean
}

export interface RecentEntry {
  readonly entry: StoredEntry
  /** Time since it began, by the clock of the database. */
  readonly ageMs: number
}

/** The turn at a webhook or URL, as it was read before the first request of a write. */
export interface ReadTurn {
  /** Hash of what it is the turn of. */
  readonly turn: string
  /** Random, and another one whenever somebody takes the turn; null if nobody has lately. */
  readonly mark: string | null
}

export interface Turn extends ReadTurn {
  /** ID of the entry that is in; null if the turn is free. It stays in without a living owner too, until somebody settles it. */
  readonly heldBy: string | null
  /** Whether nobody who is alive carries out that entry: then it can be claimed. */
  readonly isOrphaned: boolean
}

export interface EntryFilter {
  /** Slugs; undefined for all. */
  readonly accounts?: readonly string[] | undefined
  readonly operations?: readonly JournaledOperation[] | undefined
  readonly states?: readonly JournalState[] | undefined
  readonly webhook?: { readonly account: string; readonly id: string } | undefined
  readonly sinceMs?: number | undefined
  /** Exclusive. */
  readonly untilMs?: number | undefined
}

/**
 * The journal and everything that lasts. Every method rejects with StoreError if the store fails.
 *
 * Whoever begins or claims an entry owns it, and only the owner tells what becomes of it. A process that several share a store with
 * holds a lease, which the store renews by itself; once it has run out, by the clock of the database, others may claim its entries, if
 * they have held their own for as long: after an outage of the database, nobody is taken for gone before it could renew its lease.
 */
export interface Store {
  /** Whether several processes can use it at the same time. */
  readonly isShared: boolean
  /**
   * Resolves once the intent is durable and the turns are taken. Rejects with TurnTakenError if somebody is in or was since a turn was
   * read, with KeyHeldError if another entry holds the same key, and if one has the same ID.
   */
  begin(intent: Intent, turns?: readonly ReadTurn[]): Promise<void>
  /** Adds a step and secrets to an open entry of this owner; resolves once they are durable. Rejects with TakenOverError if it has another. */
  note(id: string, step: Step, secrets?: Secrets): Promise<void>
  /**
   * Records the outcome of an open entry of this owner, and gives it and its turns back; resolves once that is durable. Rejects with
   * TakenOverError if the entry has an outcome already, or another owner.
   * All secrets of the entry are erased, except that an UNKNOWN one keeps those that settle it, and any one keeps `digest`.
   */
  settle(id: string, outcome: Outcome): Promise<void>
  /**
   * Ends an open entry of which nobody can know the outcome, erases its secrets but `digest`, and frees its key and turns. Rejects with
   * TakenOverError if it has another owner.
   */
  abandon(id: string, nowMs: number): Promise<void>
  /** A turn as it is now. */
  readTurn(turn: string): Promise<Turn>
  /**
   * Takes an open entry that nobody else who is alive owns, with these turns besides those that it has. Resolves to false if it is
   * settled, abandoned or somebody else's, or if another entry has one of the turns.
   */
  claim(id: string, turns?: readonly string[]): Promise<boolean>
  /** Gives back what was claimed: the entry, and its turns unless it is RUNNING. Does nothing if somebody else has it by now. */
  release(id: string): Promise<void>
  /**
   * Whether nobody else can have taken an entry since this process began or claimed it, or was told so last: its lease has not run out
   * since, by a clock that nobody sets, and does not for some seconds. Asks nobody.
   */
  isSure(id: string): boolean
  /** Renews the lease, and resolves once nobody else has the entry or can take it for now. Rejects with TakenOverError if somebody has. */
  confirm(id: string): Promise<void>
  find(id: string): Promise<StoredEntry | null>
  /** The entry that holds a key. */
  findByKey(keyHash: string): Promise<StoredEntry | null>
  /** The entries that hold a key with this start, oldest first. */
  listByKey(start: string): Promise<readonly StoredEntry[]>
  /** At most `limit` entries, newest first by their start: those after the entry at position `before`, which may be gone by now. */
  list(filter: EntryFilter, limit: number, before?: number): Promise<readonly StoredEntry[]>
  /** Those of the webhooks that another entry has made: by a create, in a rotation, or in a step while its outcome is open. */
  findMade(upstream: string, webhooks: readonly string[], except: string | null): Promise<ReadonlySet<string>>
  /** The entries of a webhook that began within this time by the clock of the database, oldest first. */
  listRecent(upstream: string, webhook: string, withinMs: number): Promise<readonly RecentEntry[]>
  /** The time since an entry began, by the clock of the database; null if nobody knows. Negative if that clock was set back. */
  readAgeMs(id: string): Promise<number | null>
  /** The secret of an entry; null if it was erased or there is none. */
  openSecret(id: string, field: string): Promise<string | null>
  /** Erases the signing secret of an entry from the files. */
  eraseSigningSecret(id: string): Promise<void>
  /** When the secret of each webhook was last set through a write; undefined for others. */
  findSecretTimes(upstream: string, webhooks: readonly string[]): Promise<ReadonlyMap<string, number>>
  /** Whether another write has set the secret of an entry's webhook since the entry began. */
  wasSecretSetSince(id: string): Promise<boolean>
  /** Erases expired secrets, and removes entries settled before `keepSinceMs` in small steps; open entries stay. */
  maintain(nowMs: number, keepSinceMs: number, secretRetentionMs?: number): Promise<void>
  /** Rejects if the store is gone, or does not record an entry in time, which is tried where none was recorded lately. Leaves nothing behind. */
  check(): Promise<void>
  /** Whether entries can be recorded, as far as the last attempts showed. */
  isHealthy(): boolean
  /**
   * Resolves once all other processes have counted this one, so that each keeps to its share; or after some seconds, where one does not
   * renew its lease. Never rejects.
   */
  meetOthers(): Promise<void>
  /**
   * The time that entries and secrets go by, in milliseconds since 1970: of the database that several processes share, as the last renewal
   * of the lease told it, because their own clocks may differ; of this machine otherwise.
   */
  readClock(): number
  /**
   * How many processes share the store, this one included, as the last renewal of its lease told; Infinity once the lease may run out before
   * it is renewed: then the others use the share of this one.
   */
  countOwners(): number
  close(): Promise<void>
}
