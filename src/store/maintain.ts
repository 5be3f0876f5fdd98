import { setTimeout as sleep } from 'node:timers/promises'
import type { Changes } from './changes.ts'
import type { Change, Database } from './database.ts'

/** Rows per transaction, so that others get their turn in between. */
const step = 500
const pauseMs = 5
/** What is left of turns and processes is removed after a day, by the clock of the database: no write takes that long. */
const dayMs = 86_400_000

interface Times {
  readonly nowMs: number
  readonly keepSinceMs: number
  /** Secrets that were to be kept longer than this expire earlier; undefined leaves them as they are. */
  readonly secretRetentionMs: number | undefined
}

/** Erases what has expired, and removes what is too old. */
export async function maintain(
  { queries, purge, now }: Database,
  { expireSigned }: Changes,
  write: (changes: readonly Change[]) => Promise<void>,
  { nowMs, keepSinceMs, secretRetentionMs: mostMs }: Times,
): Promise<void> {
  if (mostMs !== undefined) {
    const longer = queries
      .selectFrom('entries')
      .select('id')
      .where(({ eb, ref, val }) => eb('secret_until_ms', '>', eb(ref('settled_ms'), '+', val(mostMs))))
      .where('secret_until_ms', 'is not', null)
      .limit(step)
    const shorten = (ids: readonly string[]) =>
      queries
        .updateTable('entries')
        .set(({ eb, ref, val }) => ({ secret_until_ms: eb(ref('settled_ms'), '+', val(mostMs)) }))
        .where('id', 'in', ids)
    await inSteps(
      () => longer.execute(),
      (ids) => write([{ query: shorten(ids) }]),
    )
  }
  const expired = queries
    .selectFrom('entries')
    .select('id')
    .where('secret_until_ms', '>', 0)
    .where('secret_until_ms', '<=', nowMs)
    .limit(step)
  await inSteps(
    () => expired.execute(),
    (ids) => write(expireSigned(ids)),
  )
  const old = queries.selectFrom('entries').select('id').where('closed_ms', '<', keepSinceMs).limit(step)
  await inSteps(
    () => old.execute(),
    (ids) => write([{ query: queries.deleteFrom('entries').where('id', 'in', ids) }]),
  )
  const freeTurns = queries
    .selectFrom('turns')
    .select('turn as id')
    .where('entry', 'is', null)
    .where((eb) => eb('taken_ms', '<', eb(now(), '-', eb.val(dayMs))))
    .limit(step)
  await inSteps(
    () => freeTurns.execute(),
    (ids) => write([{ query: queries.deleteFrom('turns').where('turn', 'in', ids).where('entry', 'is', null) }]),
  )
  await write([{ query: queries.deleteFrom('owners').where((eb) => eb('until_ms', '<', eb(now(), '-', eb.val(dayMs)))) }])
  await purge()
}

async function inSteps(read: () => Promise<readonly { readonly id: string }[]>, run: (ids: readonly string[]) => Promise<void>) {
  for (;;) {
    const rows = await read()
    if (rows.length > 0) await run(rows.map(({ id }) => id))
    if (rows.length < step) return
    await sleep(pauseMs)
  }
}
