import { type ExpressionBuilder, sql } from 'kysely'
import type { Change, Database } from './database.ts'
import { RefusedWriteError } from './error.ts'
import type { Tables } from './tables.ts'

/** The lease of this process has run out: nothing may begin before it is renewed. */
export class LeaseLapsedError extends RefusedWriteError {
  override readonly name = 'LeaseLapsedError'
}

/** A process that uses the store. */
export interface Owner {
  /** Random. */
  readonly id: string
  /** Starts of hashes of its keys; it seals with the first. */
  readonly keyIds: readonly [string, ...string[]]
  /** How long it counts as alive after a renewal. */
  readonly leaseMs: number
}

export type Owners = ReturnType<typeof createOwners>

/** Who uses the store, as statements. Only the clock of the database is compared: those of the processes may differ. */
export function createOwners({ queries, isShared, now }: Database, { id, keyIds, leaseMs }: Owner) {
  const listLiving = () => queries.selectFrom('owners').select('owners.id').where('until_ms', '>', now())
  /** Nobody else can open a store that is not shared, so those of earlier processes are gone, and this one stays. */
  const toUntil = (eb: ExpressionBuilder<Tables, 'owners'>) =>
    isShared ? eb(now(), '+', eb.val(leaseMs)) : eb.val(Number.MAX_SAFE_INTEGER)

  /** This process, once its lease has not run out for as long as a lease. */
  const findSteady = () =>
    listLiving()
      .where('id', '=', id)
      .where((eb) => eb('since_ms', '<=', eb(now(), '-', eb.val(leaseMs))))

  // When nobody could reach the database for a while, all leases have run out: then each has the time of a lease to renew its own.
  const listPresent = () =>
    queries
      .selectFrom('owners')
      .select('owners.id')
      .where((eb) => eb.or([eb('until_ms', '>', now()), eb.not(eb.exists(findSteady()))]))

  const isOrphaned = (eb: ExpressionBuilder<Tables, 'entries'>) =>
    eb.or([eb('entries.owner', 'is', null), eb('entries.owner', 'not in', listPresent())])

  return {
    id,

    /** Starts or renews the lease. */
    renew: (): Change => ({
      query: queries
        .insertInto('owners')
        .values((eb) => ({ id, key_id: keyIds[0], known_keys: keyIds.join(' '), since_ms: now(), until_ms: toUntil(eb) }))
        .onConflict((conflict) =>
          conflict.column('id').doUpdateSet((eb) => ({
            since_ms: eb
              .case()
              .when('owners.until_ms', '>', now())
              .then(eb.ref('owners.since_ms'))
              .else(eb.ref('excluded.since_ms'))
              .end(),
            until_ms: eb.ref('excluded.until_ms'),
          })),
        ),
    }),

    /** Removes everybody, as those of earlier processes. */
    forgetAll: (): Change => ({ query: queries.deleteFrom('owners') }),

    leave: (): Change => ({ query: queries.deleteFrom('owners').where('id', '=', id) }),

    /** Refuses a transaction of a process whose lease has run out, as after a pause: others would take over at once what it begins. */
    requireLease: (): Change => ({
      query: listLiving().where('id', '=', id),
      refuse: () => new LeaseLapsedError('The lease of this process has run out.'),
    }),

    /** How many are alive, by the time of the database, which is returned too. */
    async count(): Promise<{ readonly living: number; readonly nowMs: number }> {
      const { count, now_ms: nowMs } = await listLiving()
        .clearSelect()
        .select(({ fn }) => [fn.countAll<number>().as('count'), sql<number>`${now()}`.as('now_ms')])
        .executeTakeFirstOrThrow()
      return { living: Math.max(1, count), nowMs }
    },

    /** Whether a living process has not renewed its lease since this one came, so that it has not counted it. */
    async isUnknown(): Promise<boolean> {
      const own = queries.selectFrom('owners').select('since_ms').where('id', '=', id)
      const row = await listLiving()
        .where('id', '<>', id)
        .where((eb) => eb('until_ms', '<', eb(own, '+', eb.val(leaseMs))))
        .executeTakeFirst()
      return row !== undefined
    },

    /** Whether another process carries out the entry that is not known to be gone. */
    isElsewhere: (eb: ExpressionBuilder<Tables, 'entries'>) =>
      eb.and([eb('entries.owner', '<>', id), eb('entries.owner', 'in', listPresent())]),

    /** Whether nobody carries out the entry, or only somebody who is gone. */
    isOrphaned,

    /** Whether this process may take the entry. */
    isClaimable: (eb: ExpressionBuilder<Tables, 'entries'>) => eb.or([isOrphaned(eb), eb('entries.owner', '=', id)]),
  }
}
