import type { Database } from './database.ts'
import { StoreError } from './error.ts'
import { listOthersKeys } from './key-check.ts'
import { type Keyring, toPlace } from './seal.ts'

const step = 500

/** Seals every secret with the first key; returns how many were sealed with another. If it is interrupted, run it again. */
export async function resealAll(database: Database, keyring: Keyring, place: string): Promise<number> {
  const { queries } = database
  const others = await listOthersKeys(database)
  if (others.some((id) => id !== keyring.firstId))
    throw new StoreError(
      `${place}: a running process seals with another key; give all of them the new key first, then run this again`,
    )
  const replaced = await queries.selectFrom('sealing_keys').select('id').where('id', '<>', keyring.firstId).execute()
  let count = 0
  for (const { id } of replaced) {
    const sealed = queries.selectFrom('sealed').select(['entry', 'field', 'bytes']).where('key_id', '=', id).limit(step)
    for (let rows = await sealed.execute(); rows.length > 0; rows = await sealed.execute()) {
      await database.write(
        rows.map(({ entry, field, bytes }) => {
          const text = keyring.open({ keyId: id, bytes }, toPlace(entry, field))
          if (text === null)
            throw new StoreError(`${place}: a secret was changed or moved and cannot be opened; restore a backup`)
          const anew = keyring.seal(text, toPlace(entry, field))
          const set = { key_id: anew.keyId, bytes: anew.bytes }
          return { query: queries.updateTable('sealed').set(set).where('entry', '=', entry).where('field', '=', field) }
        }),
      )
      count += rows.length
    }
    await database.write([{ query: queries.deleteFrom('sealing_keys').where('id', '=', id) }])
  }
  await database.purge()
  return count
}
