import type { Change, Database } from './database.ts'

/** Rows per transaction, so that other writes get their turn in between. */
const step = 500

/** Erases what has expired, and removes what is too old. */
export async function maintain(
  { queries, purge }: Database,
  write: (changes: readonly Change[]) => Promise<void>,
  nowMs: number,
  keepSinceMs: number,
): Promise<void> {
  const expired = queries.selectFrom('entries').select('id').where('secret_until_ms', '<=', nowMs).limit(step)
  await inSteps(
    () => expired.execute(),
    (ids) =>
      write([
        { query: queries.deleteFrom('sealed').where('entry', 'in', ids).where('field', '=', 'signingSecret') },
        { query: queries.updateTable('entries').where('id', 'in', ids).set({ secret_until_ms: null }) },
      ]),
  )
  const old = queries.selectFrom('entries').select('id').where('closed_ms', '<', keepSinceMs).limit(step)
  await inSteps(
    () => old.execute(),
    (ids) => write([{ query: queries.deleteFrom('entries').where('id', 'in', ids) }]),
  )
  await purge()
}

async function inSteps(read: () => Promise<readonly { readonly id: string }[]>, run: (ids: readonly string[]) => Promise<void>) {
  for (;;) {
    const rows = await read()
    if (rows.length > 0) await run(rows.map(({ id }) => id))
    if (rows.length < step) return
  }
}
