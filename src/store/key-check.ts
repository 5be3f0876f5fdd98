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

/** What the processes seal with that use the store now. */
export async function listOthersKeys({ queries, isShared, now }: Database): Promise<readonly string[]> {
  if (!isShared) return []
  const rows = await queries.selectFrom('owners').select('key_id').distinct().where('until_ms', '>', now()).execute()
  return rows.map((row) => row.key_id)
}

/** Rejects if a running process could not open what this one seals, or the other way round. */
export async function checkOthers(database: Database, keyring: Keyring, place: string): Promise<void> {
  const { queries, isShared, now } = database
  if (!isShared) return
  if ((await listOthersKeys(database)).some((id) => !keyring.has(id))) refuseOther(place)
  const known = await queries.selectFrom('owners').select('known_keys').distinct().where('until_ms', '>', now()).execute()
  if (known.some((row) => !row.known_keys.split(' ').includes(keyring.firstId)))
    throw new StoreError(
      `${place}: a running process does not have the key that this one seals with (${keyring.firstId}); ` +
        'put that key after the old one, here too, until all processes have it',
    )
}

function refuseOther(place: string): never {
  throw new StoreError(`${place}: a running process seals with another key; give all of them the same keys`)
}

/** Rejects if a secret was sealed with a key that is not among these, or is by a running process, or the store has never seen any of them. */
export async function checkKeys(database: Database, keyring: Keyring, place: string): Promise<void> {
  const { queries } = database
  const known = (await queries.selectFrom('sealing_keys').select('id').execute()).map(({ id }) => id)
  const missing = known.filter((id) => !keyring.has(id))
  if (known.length > 0 && missing.length === known.length)
    throw new StoreError(
      `${place}: the key is not the one that this store was sealed with; give that key, after a new one if you want to replace it`,
    )
  if ((await listOthersKeys(database)).some((id) => !keyring.has(id))) refuseOther(place)
  for (const id of missing) {
    const sealed = await queries.selectFrom('sealed').select('entry').where('key_id', '=', id).limit(1).executeTakeFirst()
    if (sealed !== undefined)
      throw new StoreError(`${place}: some secrets are sealed with another key (${id}); add that key and run: hookql store rekey`)
  }
}
