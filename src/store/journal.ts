import { randomUUID } from 'node:crypto'
import { createChanges } from './changes.ts'
import type { Change, Database } from './database.ts'
import { toEntry } from './entry.ts'
import { StoreError, TakenOverError, TurnTakenError } from './error.ts'
import type { Health } from './health.ts'
import type { Lease } from './lease.ts'
import { listRows, selectEntries } from './listing.ts'
import { findMade, listRecent, readAgeMs, wasSecretSetSince } from './made.ts'
import { maintain } from './maintain.ts'
import { LeaseLapsedError } from './owners.ts'
import { type Keyring, toPlace } from './seal.ts'
import type { Intent, ReadTurn, Store, StoredEntry } from './store.ts'
import { createTerms } from './terms.ts'
import { toTrial } from './trial.ts'
import { createTurns } from './turns.ts'

/** The store over a database. */
export function createJournal(database: Database, keyring: Keyring, lease: Lease, health: Health): Store {
  const { queries, isShared } = database
  const { owners } = lease
  const turns = createTurns(database, owners)
  const changes = createChanges(database, keyring, owners, turns)
  const terms = createTerms(lease)
  const underWay = new Set<Promise<void>>()
  /** A trial begins writes, which a lease that lasts permits; it does not show that the lease can be renewed. */
  let isRenewed = true

  /** Runs what the store is not closed before. */
  async function finish(run: () => Promise<void>): Promise<void> {
    const running = run()
    underWay.add(running)
    await running.finally(() => underWay.delete(running))
  }

  const write = (list: readonly Change[]): Promise<void> =>
    finish(async () => {
      try {
        await database.write(list)
      } catch (error) {
        noteFailure(error)
        throw error
      }
    })

  /** Whatever has failed, a trial shows at once whether writes can be recorded. */
  function noteFailure(error: unknown): void {
    health.noteFailure(error)
    tryAgain()
  }

  function tryAgain(): void {
    if (!health.isWritable()) check().catch(() => {})
  }

  /** Same, for what makes an entry this process' own. That needs a lease, which has run out after a pause. */
  async function take(id: string, toChanges: () => readonly Change[]): Promise<void> {
    const attempt = () => terms.show(id, () => write(toChanges()))
    try {
      await attempt()
    } catch (error) {
      if (!(error instanceof LeaseLapsedError)) throw error
      await finish(lease.renew)
      await attempt()
    }
  }

  /** Same, for an entry that is this process' own as far as it knows. */
  async function writeOwn(id: string, list: readonly Change[]): Promise<void> {
    try {
      await write(list)
    } catch (error) {
      if (error instanceof TakenOverError) terms.drop(id)
      throw error
    }
  }

  /** Same, for what ends that. */
  async function end(id: string, list: readonly Change[]): Promise<void> {
    await writeOwn(id, list)
    terms.drop(id)
  }

  async function begin(intent: Intent, read: readonly ReadTurn[] = []): Promise<void> {
    await take(intent.id, () => changes.begin(intent, read))
    health.noteEntry()
    tryAgain()
  }

  async function tryWrites(): Promise<void> {
    const id = randomUUID()
    await take(id, () => toTrial(database, changes, id))
    terms.drop(id)
  }

  async function check(): Promise<void> {
    if (health.isDue()) await health.check(tryWrites)
    // Nothing renews the lease on a store of its own, which would notice that the files are gone.
    else if (!isShared) await write([])
  }

  // Without any write to show it, the database is lost and found again.
  lease.watch((failure) => {
    isRenewed = failure === null
    if (failure === null) tryAgain()
    else noteFailure(failure)
  })

  /** Reads what each write has to know before it begins: without that, it is refused too. */
  async function read<Result>(run: () => Promise<Result>): Promise<Result> {
    try {
      return await run()
    } catch (error) {
      noteFailure(error)
      throw error
    }
  }

  const find = (column: 'id' | 'held_key', value: string): Promise<StoredEntry | null> =>
    read(async () => {
      const row = await selectEntries(queries, owners).where(column, '=', value).executeTakeFirst()
      return row === undefined ? null : toEntry(row)
    })

  return {
    isShared,
    begin,
    note: (id, step, secrets = {}) => writeOwn(id, changes.note(id, step, secrets)),

    async settle(id, outcome) {
      await end(id, changes.settle(id, outcome))
      if (outcome.state !== 'UNKNOWN') database.purgeLater()
    },

    async abandon(id, nowMs) {
      await end(id, changes.abandon(id, nowMs))
      database.purgeLater()
    },

    readTurn: (turn) => read(() => turns.read(turn)),

    async claim(id, names = []) {
      try {
        await take(id, () => changes.claim(id, names))
        return true
      } catch (error) {
        if (error instanceof TakenOverError || error instanceof TurnTakenError) return false
        throw error
      }
    },

    async release(id) {
      try {
        await end(id, changes.release(id))
      } catch (error) {
        if (!(error instanceof TakenOverError)) throw error
      }
    },

    isSure: (id) => !isShared || terms.isSure(id),

    async confirm(id) {
      if (!isShared) return
      await finish(lease.renew)
      await terms.show(id, () => writeOwn(id, changes.keep(id)))
    },

    find: (id) => find('id', id),
    findByKey: (keyHash) => find('held_key', keyHash),
    async listByKey(start) {
      const rows = await selectEntries(queries, owners)
        .where('held_key', '>=', start)
        // A hash consists of hexadecimal digits.
        .where('held_key', '<', `${start}g`)
        .orderBy('position')
        .execute()
      return rows.map(toEntry)
    },
    list: async (filter, limit, before) => (await listRows(queries, owners, { filter, limit, before })).map(toEntry),
    findMade: (upstream, webhooks, except) => read(() => findMade(queries, upstream, webhooks, except)),
    listRecent: (upstream, webhook, withinMs) => read(() => listRecent(database, owners, upstream, webhook, withinMs)),
    readAgeMs: (id) => readAgeMs(database, id),

    async openSecret(id, field) {
      const query = queries.selectFrom('sealed').select(['key_id', 'bytes']).where('entry', '=', id).where('field', '=', field)
      const row = await query.executeTakeFirst()
      if (row === undefined) return null
      const text = keyring.open({ keyId: row.key_id, bytes: row.bytes }, toPlace(id, field))
      if (text === null && !keyring.has(row.key_id))
        throw new StoreError(`A secret in the store is sealed with another key (${row.key_id}); add that key after the first.`)
      if (text === null)
        throw new StoreError('A secret in the store was changed or moved and cannot be opened; restore a backup.')
      return text
    },

    eraseSigningSecret: (id) =>
      finish(async () => {
        await write(changes.eraseSigned([id]))
        await database.purge()
      }),

    async findSecretTimes(upstream, webhooks) {
      if (webhooks.length === 0) return new Map()
      const rows = await queries
        .selectFrom('webhook_secrets')
        .select(['webhook', 'set_ms'])
        .where('upstream', '=', upstream)
        .where('webhook', 'in', webhooks)
        .execute()
      return new Map(rows.map((row) => [row.webhook, row.set_ms]))
    },

    wasSecretSetSince: (id) => wasSecretSetSince(database, id),
    maintain: (nowMs, keepSinceMs, secretRetentionMs) =>
      maintain(database, changes, write, { nowMs, keepSinceMs, secretRetentionMs }),
    check,
    isHealthy: () => health.isWritable() && isRenewed && database.isOpen(),
    meetOthers: () => finish(lease.meetOthers),
    readClock: lease.readClock,
    countOwners: lease.count,
    async close() {
      await Promise.allSettled(underWay)
      await lease.end()
      await database.close()
    },
  }
}
