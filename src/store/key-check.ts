import type { Change, Database } from './database.ts'
import { StoreError } from './error.ts'
import type { Keyring } from './seal.ts'

/** Records that secrets are sealed with the first key. It writes even if that is recorded already. */
export function enterKey({ queries }: Database, keyring: Keyring): Change {
  const id = keyring.firstId
  return {
    query: queries
      .insertInto('sealing_keys')
      .values({ id })
      .onConflict((conflict) => conflict.column('id').doUpdateSet({ id })),
  }
}

/** Rejects if a secret was sealed with a key that is not among these, or the store has never seen any of them. */
export async function checkKeys({ queries }: Database, keyring: Keyring, place: string): Promise<void> {
  const known = (await queries.selectFrom('sealing_keys').select('id').execute()).map(({ id }) => id)
  const missing = known.filter((id) => !keyring.has(id))
  if (known.length > 0 && missing.length === known.length)
    throw new StoreError(
      `${place}: the key is not the one that this store was sealed with; give that key, after a new one if you want to replace it`,
    )
  for (const id of missing) {
    const sealed = await queries.selectFrom('sealed').select('entry').where('key_id', '=', id).limit(1).executeTakeFirst()
    if (sealed !== undefined)
      throw new StoreError(`${place}: some secrets are sealed with another key (${id}); add that key and run: hookql store rekey`)
  }
}
